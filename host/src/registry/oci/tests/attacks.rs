//! A registry that lies, stalls, never ends, or sends us elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::double::{Answer, Double};
use super::{Servers, limits, network, registry, why};
use crate::egress::doubles::{Seen, Web, text};
use crate::policy::RegistryPolicy;
use crate::provenance::Digest;
use crate::registry::artifact::{Artifact, tests::packed};
use crate::registry::image::{Descriptor, INDEX, Index};
use crate::registry::oci::{Endpoint, Oci};
use crate::registry::{Registry, RegistryError};
use crate::secret::NoSecrets;

type Twist = fn(&Seen, Answer, &str) -> Answer;

/// A registry that has version 1.2.3, and twists what it says of it. `{other}` is the origin of
/// another server.
fn twisted(servers: &Servers, lists: bool, other: &Web, twist: Twist) -> Web {
    let double = Double::new(lists);
    let good = double.clone();
    let honest = servers.web(move |seen| good.answer(seen));
    registry(honest.port(), "").publish(&packed("1.2.3")).unwrap();
    let other = other.address().to_string();
    servers.web(move |seen| twist(seen, double.answer(seen), &other))
}

fn led(to: &str) -> Answer {
    let mut answer = text(307, "");
    answer.headers_mut().insert("location", to.parse().unwrap());
    answer
}

fn is(seen: &Seen, part: &str) -> bool {
    seen.uri.path().contains(part)
}

fn changed(answer: Answer, change: impl FnOnce(&mut Vec<u8>)) -> Answer {
    use http_body::Body as _;
    let (head, mut body) = answer.into_parts();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut bytes = Vec::new();
    while let std::task::Poll::Ready(Some(frame)) =
        std::pin::Pin::new(&mut body).poll_frame(&mut context)
    {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
    change(&mut bytes);
    Answer::from_parts(head, http_body_util::Full::new(bytes.into()))
}

#[test]
fn whatever_leads_away_is_not_followed() {
    let twists: [(&str, Twist); 5] = [
        ("manifest", |seen, answer, other| {
            if is(seen, "/manifests/1.2.3") {
                led(&format!("https://{other}{}", seen.uri.path()))
            } else {
                answer
            }
        }),
        ("manifest, to itself", |seen, answer, _| {
            if is(seen, "/manifests/1.2.3") { led(seen.uri.path()) } else { answer }
        }),
        ("blob, in the clear", |seen, answer, other| {
            if is(seen, "/blobs/") {
                led(&format!("http://{other}{}", seen.uri.path()))
            } else {
                answer
            }
        }),
        ("blob, to this machine", |seen, answer, other| {
            if is(seen, "/blobs/") {
                led(&format!("https://{other}{}", seen.uri.path()))
            } else {
                answer
            }
        }),
        (
            "blob, in circles",
            |seen, answer, _| {
                if is(seen, "/blobs/") { led(seen.uri.path()) } else { answer }
            },
        ),
    ];
    for (what, twist) in twists {
        let servers = Servers::new();
        let other = servers.web(|_| text(200, ""));
        let web = twisted(&servers, true, &other, twist);
        let fetched = registry(web.port(), "").fetch("hello", &"1.2.3".parse().unwrap());
        assert!(fetched.is_err(), "{what}");
        assert_eq!(other.connections(), 0, "{what}");
        assert!(web.seen().len() < 12, "{what}");
    }
}

#[test]
fn whatever_is_not_what_its_digest_says_is_told() {
    let twists: [(&str, Twist); 8] =
        [
            ("blob", |seen, answer, _| {
                if is(seen, "/blobs/") { changed(answer, |bytes| bytes[0] ^= 1) } else { answer }
            }),
            ("longer blob", |seen, answer, _| {
                if is(seen, "/blobs/") { changed(answer, |bytes| bytes.push(b' ')) } else { answer }
            }),
            ("shorter blob", |seen, answer, _| {
                if is(seen, "/blobs/") {
                    changed(answer, |bytes| bytes.truncate(bytes.len() - 1))
                } else {
                    answer
                }
            }),
            ("no blob", |seen, answer, _| if is(seen, "/blobs/") { text(404, "") } else { answer }),
            ("manifest by digest", |seen, answer, _| {
                if is(seen, "/manifests/sha256:") {
                    changed(answer, |bytes| bytes.push(b' '))
                } else {
                    answer
                }
            }),
            ("manifest and header", |seen, mut answer, _| {
                if is(seen, "/manifests/1.2.3") {
                    let other = format!("sha256:{}", "a".repeat(64));
                    answer.headers_mut().insert("docker-content-digest", other.parse().unwrap());
                }
                answer
            }),
            ("size in the index", |seen, answer, _| {
                if is(seen, "/referrers/") {
                    changed(answer, |bytes| {
                        let mut index = Index::read(bytes).unwrap();
                        index.manifests[0].size += 1;
                        *bytes = index.write();
                    })
                } else {
                    answer
                }
            }),
            ("manifest that is none", |seen, answer, _| {
                if is(seen, "/manifests/1.2.3") { text(200, "<html>") } else { answer }
            }),
        ];
    for (what, twist) in twists {
        let servers = Servers::new();
        let other = servers.web(|_| text(200, ""));
        let web = twisted(&servers, true, &other, twist);
        let fetched = registry(web.port(), "").fetch("hello", &"1.2.3".parse().unwrap());
        assert!(
            matches!(
                fetched,
                Err(RegistryError::Malformed { .. } | RegistryError::NotFound { .. })
            ),
            "{what}: {fetched:?}"
        );
    }
}

fn crowd(answer: Answer, many: u32) -> Answer {
    changed(answer, |bytes| {
        let mut index = Index::read(bytes).unwrap();
        let one = index.manifests[0].clone();
        let digests = (0..many).map(|n| Digest::of(&n.to_le_bytes()));
        index.manifests.extend(digests.map(|digest| Descriptor { digest, ..one.clone() }));
        *bytes = index.write();
    })
}

#[test]
fn of_many_that_refer_to_one_component_none_is_asked_for() {
    let twists: [(Twist, &str); 3] = [
        (
            |seen, answer, _| if is(seen, "/referrers/") { crowd(answer, 1) } else { answer },
            "2 toolkits have the same component",
        ),
        (
            |seen, answer, _| if is(seen, "/referrers/") { crowd(answer, 900) } else { answer },
            "901 toolkits have the same component",
        ),
        (
            |seen, answer, _| if is(seen, "/referrers/") { crowd(answer, 1000) } else { answer },
            "more than 1000 toolkits of one component",
        ),
    ];
    for (twist, wanted) in twists {
        let servers = Servers::new();
        let other = servers.web(|_| text(200, ""));
        let web = twisted(&servers, true, &other, twist);
        let said = why(registry(web.port(), "").fetch("hello", &"1.2.3".parse().unwrap()));
        assert!(said.contains(wanted), "{said}");
        assert!(!web.seen().iter().any(|seen| is(seen, "/manifests/sha256:")), "{wanted}");
    }
}

#[test]
fn another_answer_the_second_time_is_seen_by_its_digest() {
    let (servers, double) = (Servers::new(), Double::default());
    let kept = double.clone();
    let web = servers.web(move |seen| kept.answer(seen));
    let registry = registry(web.port(), "");
    let first = registry.publish(&packed("1.2.3")).unwrap();
    let second = registry.publish(&packed("1.2.4")).unwrap();
    let other = Artifact::of(&packed("1.2.4")).unwrap();
    double.put("tools/hello/1.2.3", "x/y", &other.component.bytes);
    assert_eq!(registry.fetch("hello", &"1.2.3".parse().unwrap()).unwrap().digest, second);
    let by_digest = format!("127.0.0.1:{}/tools/hello:1.2.3@sha256:{first}", web.port());
    let pulled = registry.pull_component(&by_digest.parse().unwrap()).unwrap();
    assert_eq!((pulled.digest, pulled.package), (first, packed("1.2.3")));
    double.put(&format!("tools/hello/sha256:{first}"), "x/y", &other.component.bytes);
    let said = why(registry.pull_component(&by_digest.parse().unwrap()));
    assert!(said.contains("instead of sha256:"), "{said}");
}

#[test]
fn a_body_that_stalls_is_left() {
    let servers = Servers::new();
    for (head, piece, times) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", &b"{"[..], 1),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n", 3),
    ] {
        let raw = servers.raw(head, piece, times);
        let said = why(registry(raw.port(), "").versions("hello"));
        assert!(said.ends_with("it does not answer in time"), "{said}");
    }
    let silent = servers.raw("", b"", 0);
    let host = format!("127.0.0.1:{}", silent.port()).parse().unwrap();
    let impatient = super::Limits { answer: std::time::Duration::from_millis(200), ..limits() };
    let endpoint = super::endpoint(silent.port(), "");
    let registry = Oci::at(&host, "", endpoint, &network(), impatient).unwrap();
    let said = why(registry.versions("hello"));
    assert!(said.ends_with("it does not answer in time"), "{said}");
}

#[test]
fn a_body_that_does_not_end_is_cut_off() {
    let servers = Servers::new();
    let endless = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let huge = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
    for head in [endless, huge] {
        let raw = servers.raw(head, b"8\r\n        \r\n", usize::MAX);
        let said = why(registry(raw.port(), "").versions("hello"));
        assert!(said.contains("more than 4194304 bytes"), "{said}");
    }
}

#[test]
fn a_list_of_pages_ends_and_stays_where_it_is() {
    let next: [fn(usize, &str) -> String; 4] = [
        |_, _| "/v2/tools/hello/tags/list?n=1000".to_owned(),
        |page, _| format!("/v2/tools/hello/tags/list?n=1000&last={page}"),
        |_, _| "/v2/tools/other/tags/list".to_owned(),
        |_, other| format!("http://{other}/v2/tools/hello/tags/list"),
    ];
    for (which, next) in next.into_iter().enumerate() {
        let servers = Servers::new();
        let other = servers.web(|_| text(200, ""));
        let (to, pages) = (other.address().to_string(), Arc::<AtomicUsize>::default());
        let web = servers.web(move |_| {
            let mut answer = text(200, r#"{"name":"tools/hello","tags":["1.0.0"]}"#);
            let page = pages.fetch_add(1, Ordering::SeqCst);
            let link = format!("<{}>; rel=\"next\"", next(page, &to));
            answer.headers_mut().insert("link", link.parse().unwrap());
            answer
        });
        let listed = registry(web.port(), "").versions("hello");
        assert!(matches!(listed, Err(RegistryError::Malformed { .. })), "{which}");
        assert!(web.seen().len() <= 200, "{which}");
        assert_eq!(other.connections(), 0, "{which}");
    }
}

#[test]
fn an_upload_goes_nowhere_else() {
    let servers = Servers::new();
    let other = servers.web(|_| text(201, ""));
    for place in [
        format!("http://{}/x", other.address()),
        format!("//{}/x", other.address()),
        "file:///x".to_owned(),
        "http://[".to_owned(),
    ] {
        let web = servers.web(move |seen| match seen.method.as_str() {
            "POST" => {
                let mut answer = text(202, "");
                answer.headers_mut().insert("location", place.parse().unwrap());
                answer
            }
            _ => text(404, ""),
        });
        let published = registry(web.port(), "").publish(&packed("1.2.3"));
        assert!(matches!(published, Err(RegistryError::Malformed { .. })), "{published:?}");
        assert_eq!(other.connections(), 0);
    }
}

#[test]
fn a_registry_that_takes_all_and_keeps_nothing_is_told() {
    let servers = Servers::new();
    let web = servers.web(|seen| match seen.method.as_str() {
        "POST" => {
            let mut answer = text(202, "");
            answer.headers_mut().insert("location", "/v2/up".parse().unwrap());
            answer
        }
        "PUT" => text(201, ""),
        _ => text(404, ""),
    });
    let said = why(registry(web.port(), "").publish(&packed("1.2.3")));
    assert!(said.contains("does not keep"), "{said}");
}

#[test]
fn a_private_registry_that_the_policy_does_not_open_is_not_dialled() {
    let servers = Servers::new();
    let web = servers.web(|_| text(200, ""));
    for host in [web.address().to_string(), format!("localhost:{}", web.port())] {
        let host = host.parse().unwrap();
        let policy = RegistryPolicy::default();
        let endpoint = Endpoint::new(&host, &policy, &NoSecrets, "local").unwrap();
        let registry = Oci::at(&host, "", endpoint, &network(), limits()).unwrap();
        let said = registry.versions("hello");
        assert!(matches!(said, Err(RegistryError::Denied { .. })), "{said:?}");
    }
    assert_eq!(web.connections(), 0);
}

#[test]
fn a_list_of_referrers_that_is_none_is_refused() {
    for body in ["{}", "[]", "", r#"{"schemaVersion":2,"manifests":[{}]}"#] {
        let servers = Servers::new();
        let double = Double::default();
        let good = double.clone();
        let honest = servers.web(move |seen| good.answer(seen));
        registry(honest.port(), "").publish(&packed("1.2.3")).unwrap();
        let component = Artifact::of(&packed("1.2.3")).unwrap().component.descriptor.digest;
        double.put(&format!("tools/hello/sha256-{component}"), INDEX, body.as_bytes());
        let fetched = registry(honest.port(), "").fetch("hello", &"1.2.3".parse().unwrap());
        assert!(matches!(fetched, Err(RegistryError::Malformed { .. })), "{body}");
    }
}

/// One that is busy as often as it is said, and then is what it should be.
fn busy(servers: &Servers, status: u16, times: usize, asks: Option<&'static str>) -> Web {
    let double = Double::new(true);
    let good = double.clone();
    let honest = servers.web(move |seen| good.answer(seen));
    registry(honest.port(), "").publish(&packed("1.2.3")).unwrap();
    let answered = AtomicUsize::new(0);
    servers.web(move |seen| {
        if answered.fetch_add(1, Ordering::SeqCst) >= times {
            return double.answer(seen);
        }
        let mut answer = text(status, r#"{"errors":[{"code":"TOOMANYREQUESTS"}]}"#);
        if let Some(asks) = asks {
            answer.headers_mut().insert("retry-after", asks.parse().unwrap());
        }
        answer
    })
}

#[test]
fn one_that_is_always_busy_is_asked_a_few_times_and_called_so() {
    for status in [429, 503] {
        let servers = Servers::new();
        let web = busy(&servers, status, usize::MAX, None);
        let refused = registry(web.port(), "").versions("hello").unwrap_err();
        let RegistryError::Busy { status: said, after, .. } = &refused else { panic!("{refused}") };
        assert_eq!((*said, *after, web.seen().len()), (status, None, 5), "{refused}");
    }
}

#[test]
fn one_that_asks_for_more_patience_than_there_is_is_not_waited_for() {
    let far = "Fri, 31 Dec 2999 23:59:59 GMT";
    for (asks, said) in [("11", "11 s"), ("18446744073709551615", " s of"), (far, " s of")] {
        let servers = Servers::new();
        let web = busy(&servers, 429, 1, Some(asks));
        let refused = registry(web.port(), "").versions("hello").unwrap_err();
        assert!(matches!(refused, RegistryError::Busy { .. }), "{refused}");
        assert!(refused.to_string().contains(said), "{refused}");
        assert_eq!(web.seen().len(), 1, "{asks}");
    }
    // There is no more of it than the time of the whole request.
    let servers = Servers::new();
    let web = busy(&servers, 503, 1, Some("2"));
    let hurried = super::Limits { whole: std::time::Duration::from_secs(1), ..limits() };
    let host = format!("127.0.0.1:{}", web.port()).parse().unwrap();
    let oci =
        Oci::at(&host, "tools", super::endpoint(web.port(), ""), &network(), hurried).unwrap();
    let refused = oci.versions("hello").unwrap_err();
    assert!(matches!(refused, RegistryError::Busy { .. }), "{refused}");
    assert_eq!(web.seen().len(), 1);
}

#[test]
fn one_that_is_busy_for_a_while_is_asked_again_and_not_before_it_asks_for() {
    for (asks, least) in [(None, 0), (Some("1"), 1), (Some("Sun, 06 Nov 1994 08:49:37 GMT"), 0)] {
        let servers = Servers::new();
        let web = busy(&servers, 429, 2, asks);
        let began = std::time::Instant::now();
        let fetched = registry(web.port(), "").fetch("hello", &"1.2.3".parse().unwrap()).unwrap();
        assert!(fetched.package.envelope.is_some());
        assert!(began.elapsed() >= std::time::Duration::from_secs(2 * least), "{asks:?}");
    }
}

#[test]
fn what_is_brought_to_one_that_is_busy_is_there_once() {
    let servers = Servers::new();
    let double = Double::new(true);
    let (kept, asked) = (double.clone(), AtomicUsize::new(0));
    // Every other request is too much for it, whatever it asks for.
    let web = servers.web(move |seen| match asked.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => text(503, ""),
        _ => kept.answer(seen),
    });
    registry(web.port(), "").publish(&packed("1.2.3")).unwrap();
    let oci = registry(web.port(), "");
    assert_eq!(oci.versions("hello").unwrap(), ["1.2.3".parse().unwrap()]);
    assert_eq!(double.manifests().len(), 3, "{:?}", double.manifests());
}
