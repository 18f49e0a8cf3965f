//! `wbx serve` on guests written as text.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{COMPONENT, Place, wbx};

/// Says `hello` to whoever connects.
pub(crate) const HELLO: &str = r#"(component
  (import "workbooks:engine/types@0.1.0-dev" (instance $types
    (type $failure (record (field "code" string) (field "message" string) (field "retryable" bool)))
    (export "failure" (type $f (eq $failure)))
    (type $error (variant
      (case "revoked") (case "rate-limited" u64) (case "too-large" u64) (case "quota" u64)
      (case "timeout") (case "cancelled") (case "not-found") (case "conflict")
      (case "unsupported" string) (case "invalid" string) (case "denied" string)
      (case "unavailable" string) (case "other" $f)))
    (export "error" (type (eq $error)))))
  (alias export $types "error" (type $error))
  (import "wasi:io/error@0.2.12" (instance $io (export "error" (type (sub resource)))))
  (alias export $io "error" (type $io-error))
  (import "wasi:io/streams@0.2.12" (instance $streams
    (export "input-stream" (type (sub resource)))
    (export "output-stream" (type $out (sub resource)))
    (alias outer 1 $io-error (type $e))
    (type $failed (variant (case "last-operation-failed" (own $e)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $failed)))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "input-stream" (type $input))
  (alias export $streams "output-stream" (type $output))
  (core module $libc (memory (export "memory") 1) (data (i32.const 64) "hello")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $memory)))
  (core module $main
    (import "io" "write" (func $write (param i32 i32 i32 i32)))
    (func (export "handle") (param i32 i32 i32 i32) (result i32)
      (call $write (local.get 3) (i32.const 64) (i32.const 5) (i32.const 128))
      (i32.const 512)))
  (core instance $main (instantiate $main (with "io" (instance (export "write" (func $write))))))
  (func $handle (param "peer" string) (param "input" (own $input)) (param "output" (own $output))
    (result (result (error $error)))
    (canon lift (core func $main "handle") (memory $memory) (realloc $realloc)))
  (instance $handler (export "handle" (func $handle)))
  (export "workbooks:engine/tcp-handler@0.1.0-dev" (instance $handler)))"#;

/// Takes requests and answers none of them.
const MUTE: &str = r#"(component
  (import "wasi:http/types@0.2.12" (instance $http
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $http "incoming-request" (type $request))
  (alias export $http "response-outparam" (type $out))
  (core module $main (func (export "handle") (param i32 i32)))
  (core instance $main (instantiate $main))
  (func $handle (param "request" (own $request)) (param "response-out" (own $out))
    (canon lift (core func $main "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.12" (instance $handler)))"#;

/// `wbx` while it runs, and what it says.
pub(crate) struct Served {
    child: Child,
    pub(crate) said: BufReader<ChildStdout>,
    /// What it reads.
    pub(crate) input: Option<ChildStdin>,
}

#[expect(clippy::disallowed_methods, reason = "a test starts what it tests")]
pub(crate) fn serve(place: &Place, args: &[&str]) -> Served {
    let mut child = Command::new(wbx())
        .args(args)
        .current_dir(place.path(""))
        .env("WBX_HOME", place.path("home"))
        .env("WBX_CACHE", place.path("cache"))
        .env("WBX_TOOLKITS_ROOT", place.path("toolkits"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    let input = child.stdin.take();
    Served { child, said, input }
}

impl Served {
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line
    }

    /// The status, what more was on stdout, and stderr. It is killed if it does not end by itself.
    pub(crate) fn ended(mut self) -> (Option<i32>, String, String) {
        const LONG: Duration = Duration::from_mins(1);
        let (pid, (ended, waits)) = (Pid::from_child(&self.child), channel::<()>());
        let watch = thread::spawn(move || {
            if waits.recv_timeout(LONG) == Err(RecvTimeoutError::Timeout) {
                kill_process(pid, Signal::KILL).unwrap();
            }
        });
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).unwrap();
        let output = self.child.wait_with_output().unwrap();
        drop(ended);
        watch.join().unwrap();
        (output.status.code(), rest, String::from_utf8(output.stderr).unwrap())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test calls its own server on loopback")]
pub(crate) fn heard(address: &str, sent: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).unwrap();
    heard
}

#[test]
fn what_cannot_be_served_is_refused_with_what_to_do() {
    let place = Place::new();
    place.write("sum.wat", COMPONENT).write("hello.wat", HELLO);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("raw=tcp://{}", taken.local_addr().unwrap());
    for (args, status, code, hint) in [
        (&["hello.wat"][..], 2, "workbooks::cli::usage", "--listen web="),
        (&["--listen", "8080", "hello.wat"], 2, "workbooks::cli::usage", "--listen web="),
        (
            &["--listen", "web=example.org:80", "hello.wat"],
            2,
            "workbooks::value::invalid",
            "127.0.0.1",
        ),
        (
            &["--listen", "web=:0", "sum.wat"],
            5,
            "workbooks::serve::no_handler",
            "wasi:http/incoming-handler",
        ),
        (&["--listen", &taken, "hello.wat"], 6, "workbooks::serve::address_in_use", "another port"),
    ] {
        let (found, envelope) = place.json(&[&["serve"], args].concat());
        let error = &envelope["error"];
        assert_eq!((found, error["code"].as_str()), (status, Some(code)), "{args:?} {envelope}");
        assert!(error["hint"].as_str().unwrap().contains(hint), "{args:?} {error}");
    }
}

#[test]
fn a_toolkit_that_does_not_ask_for_serve_is_not_served() {
    let place = Place::new();
    place.toolkit("hello", "#+EXEC: component", HELLO);
    let (status, envelope) = place.json(&["serve", "--listen", "raw=tcp://:0", "hello"]);
    assert_eq!(envelope["error"]["code"], "workbooks::serve::not_granted", "{envelope}");
    assert_eq!(status, 7);
}

#[test]
fn it_listens_says_where_and_drains_at_ctrl_c() {
    let place = Place::new();
    place.toolkit("hello", "#+EXEC: component\n#+CAPS: serve", HELLO);
    for signal in [Signal::INT, Signal::TERM] {
        let mut served = serve(&place, &["serve", "--listen", "raw=tcp://127.0.0.1:0", "hello"]);
        let line = served.line();
        let address = line.trim().strip_prefix("raw").unwrap().trim();
        assert_eq!(heard(address.strip_prefix("tcp://").unwrap(), ""), "hello");
        served.signal(signal);
        assert_eq!(served.ended(), (Some(0), String::new(), String::new()));
    }
}

#[test]
fn with_json_the_addresses_are_one_object_and_a_guest_that_fails_is_told_to_its_operator() {
    let place = Place::new();
    place
        .write("mute.wat", MUTE)
        .write("trap.wat", &MUTE.replace("i32 i32)))", "i32 i32) unreachable))"));
    let mut served = serve(&place, &["--json", "serve", "--listen", "web=127.0.0.1:0", "mute.wat"]);
    let envelope: Value = serde_json::from_str(&served.line()).unwrap();
    assert_eq!((&envelope["ok"], &envelope["verb"]), (&true.into(), &"serve".into()));
    let endpoint = &envelope["data"]["endpoints"][0];
    let address = endpoint["address"].as_str().unwrap();
    assert_eq!(endpoint["name"], "web");
    assert_eq!(endpoint["url"], format!("http://{address}"));
    let get = |address: &str| {
        heard(address, &format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"))
    };
    assert!(get(address).starts_with("HTTP/1.1 502 "));
    served.signal(Signal::INT);
    assert_eq!(served.ended(), (Some(0), String::new(), String::new()));

    let mut served = serve(&place, &["serve", "--listen", "web=:0", "trap.wat"]);
    let line = served.line();
    let answer = get(line.trim().rsplit('/').next().unwrap());
    assert!(answer.starts_with("HTTP/1.1 502 ") && !answer.contains("unreachable"), "{answer}");
    served.signal(Signal::INT);
    let (status, _, stderr) = served.ended();
    assert!(status == Some(0) && stderr.contains("unreachable"), "{status:?} {stderr}");
    let (_, envelope) = place.json(&["audit"]);
    let codes: Vec<_> = envelope["data"]["records"].as_array().unwrap().iter().collect();
    assert!(codes.iter().any(|r| r["code"] == "run::trapped"), "{envelope}");
}

#[test]
fn a_revocation_by_the_operator_ends_it() {
    let place = Place::new();
    place.toolkit("hello", "#+EXEC: component\n#+CAPS: serve", HELLO);
    place.write(
        "home/policy.toml",
        "[toolkit.hello]\ngrants = [\"serve\"]\n[toolkit.hello.serve]\nraw = \"tcp://127.0.0.1:0\"\n",
    );
    let mut served = serve(&place, &["serve", "hello"]);
    assert!(served.line().contains("tcp://127.0.0.1:"));
    assert_eq!(place.run(&["revoke", "hello", "serve"]).status, 0);
    let (status, _, stderr) = served.ended();
    assert_eq!(status, Some(7), "{stderr}");
    assert!(stderr.contains("withdrawn"), "{stderr}");
}
