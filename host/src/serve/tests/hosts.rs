//! The `Host` games of a stranger's page, and requests that two readers would read differently.

use super::client::{ask, connect, exchange, http2, request, rest, status, whole};
use super::{Fixture, block_on};
use tokio::io::AsyncWriteExt as _;

/// What is answered to a head; `{a}` is the address.
fn answers(heads: &[(&str, u16)]) {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        for (head, expected) in heads {
            let head = head.replace("{a}", &address.to_string());
            let answer = exchange(address, head.as_bytes()).await.unwrap_or_default();
            assert_eq!(status(&answer), *expected, "{head:?}\n{answer}");
        }
    });
}

#[test]
fn a_name_that_was_made_to_point_here_is_misdirected() {
    answers(&[
        ("GET / HTTP/1.1\r\nhost: evil.example.org\r\nconnection: close\r\n\r\n", 421),
        ("GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n", 421),
        ("GET / HTTP/1.1\r\nhost: 169.254.169.254\r\nconnection: close\r\n\r\n", 421),
        ("GET http://evil.org/ HTTP/1.1\r\nhost: evil.org\r\nconnection: close\r\n\r\n", 421),
    ]);
}

#[test]
fn a_host_that_is_missing_twice_there_or_of_two_minds_is_a_bad_request() {
    answers(&[
        ("GET / HTTP/1.1\r\nconnection: close\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: {a}\r\nhost: {a}\r\nconnection: close\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: {a}\r\nhost: evil.org\r\nconnection: close\r\n\r\n", 400),
        ("GET http://evil.org/ HTTP/1.1\r\nhost: {a}\r\nconnection: close\r\n\r\n", 400),
        ("GET http://{a}/ HTTP/1.1\r\nhost: evil.org\r\nconnection: close\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: evil@{a}\r\nconnection: close\r\n\r\n", 400),
    ]);
}

#[test]
fn connect_and_upgrades_are_refused() {
    answers(&[
        ("CONNECT {a} HTTP/1.1\r\nhost: {a}\r\nconnection: close\r\n\r\n", 405),
        ("GET / HTTP/1.1\r\nhost: {a}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: {a}\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n", 400),
    ]);
}

#[test]
fn heads_that_smuggle_are_refused() {
    answers(&[
        ("POST /e HTTP/1.1\r\nhost: {a}\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400),
        ("POST /e HTTP/1.1\r\nhost: {a}\r\ncontent-length: +1\r\n\r\na", 400),
        ("POST /e HTTP/1.1\r\nhost: {a}\r\ncontent-length: 1, 1\r\n\r\na", 400),
        ("POST /e HTTP/1.1\r\nhost: {a}\r\ntransfer-encoding: identity\r\n\r\n", 400),
        ("POST /e HTTP/1.1\r\nhost: {a}\r\ntransfer-encoding: chunked, gzip\r\n\r\n", 400),
        ("POST /e HTTP/1.0\r\nhost: {a}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: {a}\r\nx: a\r\n b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost : {a}\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: {a}\r\nx\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: {a}\r\nx: a\0b\r\n\r\n", 400),
        ("GET /\t HTTP/1.1\r\nhost: {a}\r\n\r\n", 400),
        ("GET / HTTP/3.0\r\nhost: {a}\r\n\r\n", 400),
        ("\x16\x03\x01\x02\0\x01\0\x01\r\n\r\n", 400),
    ]);
}

#[test]
fn a_length_beside_chunks_is_not_believed_and_nothing_after_it_is_read() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        for lengths in [
            "content-length: 40\r\ntransfer-encoding: chunked",
            "transfer-encoding: chunked\r\ncontent-length: 0",
        ] {
            let sent = format!(
                "POST /echo HTTP/1.1\r\nhost: {address}\r\n{lengths}\r\n\r\n\
                 0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: {address}\r\n\r\n"
            );
            let answer = exchange(address, sent.as_bytes()).await.unwrap_or_default();
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
            assert!(!answer.contains("hello"), "{answer}");
        }
    });
}

#[test]
fn chunks_that_are_none_end_the_request() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        for chunk in ["x\r\n", "-1\r\n", "ffffffffffffffffff\r\n", "1\r\nab\r\n"] {
            let mut stream = connect(address).await.unwrap();
            let head = format!(
                "POST /u HTTP/1.1\r\nhost: {address}\r\ntransfer-encoding: chunked\r\n\r\n"
            );
            stream.write_all(format!("{head}{chunk}0\r\n\r\n").as_bytes()).await.unwrap();
            let answer = rest(&mut stream).await.unwrap_or_default();
            assert_ne!(status(&answer), 200, "{chunk:?}\n{answer}");
        }
    });
}

#[test]
fn a_host_of_http_2_is_held_to_the_same() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        let mut sender = http2(address).await;
        let mut ask = async |target: &str, host| {
            let answer = sender.send_request(request(target, host, "")).await.unwrap();
            whole(answer).await.unwrap().0
        };
        let evil = "198.51.100.1:80".parse().unwrap();
        assert_eq!(ask("http://evil.example.org/", None).await, 421);
        assert_eq!(ask(&format!("http://{address}/"), Some(evil)).await, 400);
        assert_eq!(ask(&format!("https://{address}/"), None).await, 421);
        assert_eq!(ask(&format!("http://{address}/"), Some(address)).await, 200);
    });
}

#[test]
fn the_guest_sees_the_host_that_was_asked_for() {
    let fixture = Fixture::new();
    block_on(async {
        let (_server, address) = fixture.web();
        assert_eq!(ask(address, "/authority").await, (200, address.to_string()));
    });
}
