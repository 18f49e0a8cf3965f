//! Peers that take more than their share: of room, of time, of places.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::{ask, connect, exchange, get, http2, request, rest, status, whole};
use super::{Fixture, block_on};

#[test]
fn a_head_without_end_is_refused() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        let one = format!("x: {}\r\n", "a".repeat(17 << 10));
        let many = "x: a\r\n".repeat(200);
        let endless = format!("x: {}", "a".repeat(1 << 20));
        let long = "a".repeat(100 << 10);
        for (path, headers) in [("", &one), ("", &many), ("", &endless), (&long, &String::new())] {
            let head = format!("GET /{path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n\r\n");
            let answer = exchange(address, head.as_bytes()).await.unwrap_or_default();
            let expected = if path.is_empty() { &[431][..] } else { &[414, 431] };
            assert!(expected.contains(&status(&answer)), "{answer}");
        }
        let mut sender = http2(address).await;
        let mut large = request(&format!("http://{address}/"), None, "");
        for n in 0..3 {
            let value = "a".repeat(8 << 10).parse().unwrap();
            large.headers_mut().insert(["x", "y", "z"][n], value);
        }
        let answer = sender.send_request(large).await.unwrap();
        assert_eq!(whole(answer).await.unwrap().0, 431);
    });
}

#[test]
fn a_body_over_the_cap_is_refused_and_one_at_the_cap_is_not() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("web", |limits| limits.request_bytes = 100_000);
        let address = server.local_addr();
        let chunked = |path: &str, bytes: usize| {
            let chunk = format!("{:x}\r\n{}\r\n", bytes / 10, "a".repeat(bytes / 10)).repeat(10);
            format!(
                "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
                 transfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"
            )
        };
        let counted = |bytes: usize| {
            format!(
                "POST /u HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
                 content-length: {bytes}\r\n\r\n{}",
                "a".repeat(bytes)
            )
        };
        for (sent, expected) in [
            (counted(100_001), 413),
            (chunked("/u", 100_010), 413),
            (counted(100_000), 200),
            (chunked("/u", 100_000), 200),
            // A guest that does not read it is not harmed by it.
            (chunked("/", 100_010), 200),
        ] {
            let answer = exchange(address, sent.as_bytes()).await.unwrap();
            assert_eq!(status(&answer), expected, "{answer}");
        }
        // Half an answer is on its way when the cap is reached.
        let answer = exchange(address, chunked("/echo", 1_000_000).as_bytes()).await;
        let answer = answer.unwrap_or_default();
        assert!(status(&answer) == 413 || !answer.ends_with("0\r\n\r\n"), "{}", answer.len());
    });
}

#[test]
fn who_says_nothing_or_too_slowly_is_closed() {
    let fixture = Fixture::new();
    block_on(async {
        let idle = Duration::from_millis(200);
        let server = fixture.serve("web", |limits| limits.idle = idle);
        let address = server.local_addr();
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        let kept = get(address, "/").replace("connection: close\r\n", "");
        let beginnings = ["", "G", "PRI * HT", "GET / HTTP/1.1\r\nhost: ", preface, &kept];
        for beginning in beginnings {
            let began = Instant::now();
            let mut stream = connect(address).await.unwrap();
            stream.write_all(beginning.as_bytes()).await.unwrap();
            drop(rest(&mut stream).await);
            assert!(idle <= began.elapsed(), "{beginning:?}");
        }
        // One byte at a time is no better than none.
        let (mut answers, mut bytes) = connect(address).await.unwrap().into_split();
        let drip = tokio::spawn(async move {
            bytes.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
            while bytes.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let mut heard = Vec::new();
        drop(answers.read_to_end(&mut heard).await);
        assert!(heard.is_empty());
        drip.await.unwrap();
    });
}

#[test]
fn a_body_that_comes_too_slowly_ends_with_the_request_s_time() {
    let fixture = Fixture::new();
    block_on(async {
        let server =
            fixture.serve("web", |limits| limits.request_time = Duration::from_millis(200));
        let address = server.local_addr();
        let head = format!("POST /u HTTP/1.1\r\nhost: {address}\r\ncontent-length: 9\r\n\r\nab");
        let answer = exchange(address, head.as_bytes()).await.unwrap();
        assert_eq!(status(&answer), 504, "{answer}");
    });
}

#[test]
fn a_peer_that_does_not_read_its_answer_is_closed_and_its_guest_ended() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("web", |limits| {
            limits.request_time = Duration::from_millis(200);
            limits.requests = 1;
            limits.wait = Duration::from_secs(20);
        });
        let address = server.local_addr();
        let mut stream = connect(address).await.unwrap();
        stream.write_all(get(address, "/infinite").as_bytes()).await.unwrap();
        assert_eq!(ask(address, "/").await.0, 200);
        let answer = rest(&mut stream).await.unwrap_or_default();
        assert!(!answer.ends_with("0\r\n\r\n"));
    });
}

#[test]
fn a_client_over_its_rate_is_told_when_to_come_back() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("web", |limits| {
            limits.rate = 2;
            limits.rate_window = Duration::from_hours(1);
        });
        let address = server.local_addr();
        for expected in [200, 200, 429] {
            let answer = exchange(address, get(address, "/").as_bytes()).await.unwrap();
            assert_eq!(status(&answer), expected);
            if expected == 429 {
                let line = answer.lines().find(|line| line.starts_with("retry-after: ")).unwrap();
                let seconds: u64 = line["retry-after: ".len()..].parse().unwrap();
                assert!((1..=3_600).contains(&seconds), "{line}");
            }
        }
    });
    assert_eq!(fixture.refused(), ["rate-limited"]);
}

#[test]
fn one_connection_over_the_most_is_turned_away_until_another_closes() {
    let fixture = Fixture::new();
    block_on(async {
        let (server, address) = fixture.web();
        let mut held = Vec::new();
        for _ in 0..256 {
            held.push(connect(address).await.unwrap());
        }
        let mut beyond = connect(address).await.unwrap();
        assert_eq!(status(&rest(&mut beyond).await.unwrap()), 503);
        // Those that are held can still ask.
        let last = held.last_mut().unwrap();
        last.write_all(get(address, "/").as_bytes()).await.unwrap();
        assert_eq!(status(&rest(last).await.unwrap()), 200);
        drop(held);
        let until = Instant::now() + Duration::from_secs(20);
        while exchange(address, get(address, "/").as_bytes())
            .await
            .is_ok_and(|answer| status(&answer) == 503)
        {
            assert!(Instant::now() < until);
        }
        drop(server);
    });
}

#[test]
fn a_request_over_the_most_at_once_is_busy_and_the_place_of_one_whose_peer_left_is_free() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("web", |limits| {
            limits.requests = 1;
            limits.wait = Duration::from_millis(300);
        });
        let address = server.local_addr();
        let mut waits = connect(address).await.unwrap();
        waits.write_all(get(address, "/quarter").as_bytes()).await.unwrap();
        let mut heard = [0; 12];
        waits.read_exact(&mut heard).await.unwrap();
        let answer = exchange(address, get(address, "/").as_bytes()).await.unwrap();
        assert_eq!(status(&answer), 503);
        assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
        drop(waits);
        assert_eq!(ask(address, "/").await.0, 200);
    });
    assert_eq!(fixture.refused(), ["busy"]);
}
