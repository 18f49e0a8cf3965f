//! Requests that are answered, and what a peer is told of a guest that fails.

use std::time::Duration;

use super::client::{ask, exchange, get, http1, http2, request, status, whole};
use super::{Fixture, block_on};

#[test]
fn a_guest_that_fails_is_a_502_without_a_word_and_on_record() {
    let fixture = Fixture::limited(|limits| limits.cpu_time = Duration::from_millis(50));
    block_on(async {
        let (_server, address) = fixture.web();
        for path in ["/trap", "/loop", "/none", "/memory", "/status"] {
            assert_eq!(ask(address, path).await, (502, String::new()), "{path}");
        }
    });
    let refused = fixture.refused();
    for code in ["run::trapped", "limit::cpu", "limit::memory", "unanswered", "informational"] {
        assert!(refused.iter().any(|r| r == code), "{code} is not in {refused:?}");
    }
}

#[test]
fn an_answer_that_is_not_whole_is_never_a_silent_end() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        let answer = exchange(address, get(address, "/half").as_bytes()).await;
        let answer = answer.unwrap_or_default();
        assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
        let mut sender = http1(address).await;
        // Where nothing was sent yet, there is no answer at all.
        if let Ok(answer) = sender.send_request(request("/half", Some(address), "")).await {
            assert!(whole(answer).await.is_err());
        }
        let mut sender = http2(address).await;
        let target = format!("http://{address}/half");
        if let Ok(answer) = sender.send_request(request(&target, None, "")).await {
            assert!(whole(answer).await.is_err());
        }
    });
}

#[test]
fn an_answer_over_the_cap_is_aborted() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("web", |limits| limits.response_bytes = 1 << 20);
        let address = server.local_addr();
        let mut sender = http1(address).await;
        let answer = sender.send_request(request("/infinite", Some(address), "")).await.unwrap();
        assert!(whole(answer).await.is_err());
    });
    assert_eq!(fixture.refused(), ["response-too-large"]);
}

#[test]
fn a_guest_that_takes_too_long_is_a_504() {
    let fixture = Fixture::new();
    block_on(async {
        let server =
            fixture.serve("web", |limits| limits.request_time = Duration::from_millis(100));
        assert_eq!(ask(server.local_addr(), "/wait").await.0, 504);
    });
    assert!(fixture.refused().contains(&"limit::deadline".to_owned()));
}

#[test]
fn each_request_is_answered_by_an_instance_of_its_own_on_one_connection() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        let mut sender = http1(address).await;
        for body in ["one", "two"] {
            sender.ready().await.unwrap();
            let answer = sender.send_request(request("/echo", Some(address), body)).await.unwrap();
            assert_eq!(whole(answer).await.unwrap(), (200, body.to_owned()));
        }
        sender.ready().await.unwrap();
        // A trap of one is nothing to the next.
        for (path, expected) in [("/trap", 502), ("/", 200)] {
            let answer = sender.send_request(request(path, Some(address), "")).await.unwrap();
            assert_eq!(whole(answer).await.unwrap().0, expected);
            sender.ready().await.unwrap();
        }
    });
}

#[test]
fn http_2_is_spoken_on_the_same_port() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        let sender = http2(address).await;
        let target = format!("http://{address}/echo");
        let requests = (0..8).map(|n| {
            let mut sender = sender.clone();
            let request = request(&target, None, &n.to_string());
            tokio::spawn(async move { whole(sender.send_request(request).await.unwrap()).await })
        });
        for (n, answer) in requests.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(answer.await.unwrap().unwrap(), (200, n.to_string()));
        }
    });
}

#[test]
fn a_large_body_goes_through_both_ways() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        let body = "x".repeat(4 << 20);
        let mut sender = http1(address).await;
        let answer = sender.send_request(request("/echo", Some(address), &body)).await.unwrap();
        let (status, echoed) = whole(answer).await.unwrap();
        assert!(status == 200 && echoed == body, "{status}, {} bytes", echoed.len());
    });
}

#[test]
fn a_head_request_is_answered_without_a_body() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        let head = get(address, "/").replace("GET", "HEAD");
        let answer = exchange(address, head.as_bytes()).await.unwrap();
        assert_eq!((status(&answer), answer.ends_with("\r\n\r\n")), (200, true), "{answer}");
    });
}
