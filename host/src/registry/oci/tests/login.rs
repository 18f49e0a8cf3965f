//! A password and a token go where they are meant to, and nowhere else.

use std::sync::{Arc, Mutex};

use super::double::{Answer, Double};
use super::{BASIC, Servers, USER, registry, why};
use crate::egress::doubles::{Seen, text};
use crate::registry::artifact::tests::packed;
use crate::registry::{Registry, RegistryError};

fn challenge(challenge: &str) -> Answer {
    let mut answer = text(401, "");
    answer.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
    answer
}

fn authorization(seen: &Seen) -> Option<&str> {
    seen.headers.get("authorization").map(|value| value.to_str().unwrap())
}

#[test]
fn a_registry_that_never_has_enough_is_asked_twice() {
    for (wanted, requests) in [("Basic realm=\"x\"", 2), ("Bearer realm=\"http://{}/t\"", 3)] {
        let servers = Servers::new();
        let place = Arc::<Mutex<String>>::default();
        let own = place.clone();
        let web = servers.web(move |seen| match seen.uri.path() {
            "/t" => text(200, r#"{"token":"abc"}"#),
            _ => challenge(&wanted.replace("{}", &own.lock().unwrap())),
        });
        *place.lock().unwrap() = web.address().to_string();
        let said = registry(web.port(), USER).versions("hello");
        assert!(matches!(said, Err(RegistryError::Denied { .. })), "{said:?}");
        assert_eq!(web.seen().len(), requests);
    }
}

#[test]
fn a_password_is_not_told_unasked_or_to_who_asks_otherwise() {
    for wanted in ["", "Negotiate", "Digest realm=\"x\"", "Bearer service=\"x\""] {
        let servers = Servers::new();
        let web = servers.web(move |_| challenge(wanted));
        let said = registry(web.port(), USER).versions("hello");
        assert!(matches!(said, Err(RegistryError::Denied { .. })), "{said:?}");
        assert!(web.seen().iter().all(|seen| authorization(seen).is_none()));
    }
}

#[test]
fn nobody_is_sent_elsewhere_for_a_token() {
    let servers = Servers::new();
    let other = servers.web(|_| text(200, r#"{"token":"abc"}"#));
    for realm in [
        "https://evil.example.net/token".to_owned(),
        format!("http://127.0.0.1:{}/token", other.port()),
        format!("https://127.0.0.1:{}/token", other.port()),
        "http://ada:open@127.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        String::new(),
    ] {
        let wanted = format!("Bearer realm=\"{realm}\",service=\"x\"");
        let web = servers.web(move |_| challenge(&wanted));
        let said = registry(web.port(), USER).versions("hello");
        assert!(matches!(said, Err(RegistryError::Denied { .. })), "{realm}: {said:?}");
        assert_eq!((web.seen().len(), other.connections()), (1, 0), "{realm}");
    }
}

#[test]
fn a_realm_that_redirects_or_gives_no_token_is_not_believed() {
    for (status, body) in [
        (302, "{\"token\":\"abc\"}"),
        (200, "{}"),
        (200, "{\"token\":\"\"}"),
        (200, "{\"token\":\"a\\r\\nb\"}"),
        (200, "{\"token\":\"a\",\"token\":\"b\"}"),
        (200, "[]"),
        (401, ""),
    ] {
        let servers = Servers::new();
        let other = servers.web(|_| text(200, r#"{"token":"abc"}"#));
        let elsewhere = format!("http://127.0.0.1:{}/", other.port());
        let place = Arc::<Mutex<String>>::default();
        let own = place.clone();
        let web = servers.web(move |seen| match seen.uri.path() {
            "/t" => {
                let mut answer = text(status, body);
                answer.headers_mut().insert("location", elsewhere.parse().unwrap());
                answer
            }
            _ => challenge(&format!("Bearer realm=\"http://{}/t\"", own.lock().unwrap())),
        });
        *place.lock().unwrap() = web.address().to_string();
        assert!(registry(web.port(), USER).versions("hello").is_err(), "{status} {body}");
        assert_eq!((web.seen().len(), other.connections()), (2, 0), "{status} {body}");
    }
}

#[test]
fn a_token_is_for_what_is_done_and_no_more() {
    let (servers, double) = (Servers::new(), Double::default());
    let place = Arc::<Mutex<String>>::default();
    let own = place.clone();
    let web = servers.web(move |seen| {
        if seen.uri.path() == "/t" {
            let pushes = seen.uri.query().unwrap().contains("push");
            return text(200, if pushes { r#"{"token":"w"}"# } else { r#"{"access_token":"r"}"# });
        }
        let reads = matches!(seen.method.as_str(), "GET" | "HEAD");
        match authorization(seen) {
            Some("Bearer w") => double.answer(seen),
            Some("Bearer r") if reads => double.answer(seen),
            _ => challenge(&format!(
                "Bearer realm=\"http://{}/t?x=1\",service=\"the registry\",scope=\"registry:catalog:*\"",
                own.lock().unwrap()
            )),
        }
    });
    *place.lock().unwrap() = web.address().to_string();
    let registry = registry(web.port(), USER);
    registry.publish(&packed("1.2.3")).unwrap();
    registry.fetch("hello", &"1.2.3".parse().unwrap()).unwrap();
    let asked: Vec<_> = web.seen().into_iter().filter(|seen| seen.uri.path() == "/t").collect();
    let scopes: Vec<_> = asked.iter().map(|seen| seen.uri.query().unwrap()).collect();
    let scope =
        |actions| format!("x=1&service=the+registry&scope=repository%3Atools%2Fhello%3A{actions}");
    assert_eq!(scopes, [scope("pull"), scope("pull%2Cpush")], "each once");
    assert!(asked.iter().all(|seen| authorization(seen) == Some(BASIC)));
    let basic = |seen: &Seen| authorization(seen) == Some(BASIC);
    assert_eq!(web.seen().iter().filter(|seen| basic(seen)).count(), 2, "the password is for /t");
}

#[test]
fn a_redirect_goes_without_the_login() {
    let (servers, double) = (Servers::new(), Double::default());
    let kept = double.clone();
    let web = servers.web(move |seen| {
        if let Some(path) = seen.uri.path().strip_prefix("/stored") {
            let uri = path.parse().unwrap();
            return kept.answer(&Seen { uri, ..seen.clone() });
        }
        if authorization(seen) != Some(BASIC) {
            return challenge("Basic realm=\"x\"");
        }
        let is_blob = seen.uri.path().contains("/blobs/sha256");
        if is_blob && seen.method == http::Method::GET {
            let mut answer = text(307, "");
            let to = format!("/stored{}", seen.uri.path());
            answer.headers_mut().insert("location", to.parse().unwrap());
            return answer;
        }
        kept.answer(seen)
    });
    let registry = registry(web.port(), USER);
    registry.publish(&packed("1.2.3")).unwrap();
    let fetched = registry.fetch("hello", &"1.2.3".parse().unwrap()).unwrap();
    assert_eq!(fetched.package, packed("1.2.3"));
    let seen = web.seen();
    let stored: Vec<_> =
        seen.iter().filter(|seen| seen.uri.path().starts_with("/stored")).collect();
    assert_eq!(stored.len(), 4);
    assert!(stored.iter().all(|seen| authorization(seen).is_none()));
}

#[test]
fn an_answer_shows_no_login() {
    let servers = Servers::new();
    let web = servers.web(|seen| {
        let said = authorization(seen).unwrap_or_default().to_owned();
        match said.is_empty() {
            true => challenge("Basic"),
            false => text(500, format!(r#"{{"errors":[{{"code":"{said}"}}]}}"#)),
        }
    });
    let said = why(registry(web.port(), USER).versions("hello"));
    assert!(said.ends_with("it answers 500"), "{said}");
}
