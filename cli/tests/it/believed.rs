//! What runs when its publisher is believed no longer: it ends, and what others hold of it is not
//! used again.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use workbooks_host::provenance::Trusted;

use crate::commands::{CALLER, CAT, REQUEST};
use crate::serve::{HELLO, heard, serve};
use crate::support::Place;
use crate::third_party::{added, did, lock, now, trust};

/// How a publisher comes to be believed no longer.
const ENDS: [&str; 2] = ["revoke", "remove"];

fn end(place: &Place, how: &str) {
    let ended = place.run(&["trust", how, &did(1).to_string()]);
    assert_eq!(ended.status, 0, "{how}: {}", ended.stderr);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test calls its own server on loopback")]
fn a_server_ends_with_the_trust_in_whoever_made_it() {
    for how in ENDS {
        let place = Place::new();
        trust(&place, [Trusted::new(did(1), now())]);
        let entry = added(&place, "hello", "#+EXEC: component\n#+CAPS: serve", HELLO, 1);
        lock(&place, &[entry]);
        let mut served = serve(&place, &["serve", "--listen", "raw=tcp://127.0.0.1:0", "hello"]);
        let line = served.line();
        let address = line.trim().rsplit('/').next().unwrap();
        assert_eq!(heard(address, ""), "hello", "{how}");
        end(&place, how);
        let (status, more, stderr) = served.ended();
        assert_eq!((status, more.as_str()), (Some(5), ""), "{how}: {stderr}");
        assert!(stderr.contains("its publisher is not trusted any more"), "{how}: {stderr}");
        assert!(TcpStream::connect(address).is_err(), "{how}: nobody listens there any more");
        let again = place.run(&["serve", "--listen", "raw=tcp://127.0.0.1:0", "hello"]);
        assert_eq!(again.status, 5, "{how}: {}", again.stderr);
    }
}

/// The toolkit `caller`, which passes requests on for as long as it gets answers.
fn caller(place: &Place) {
    let looped = CALLER.replace("(local $n i32)", "(local $n i32) (loop $again");
    let looped = format!("{} (br $again))))", looped.strip_suffix("))").unwrap());
    place.toolkit("caller", "#+CAPS: commands", &looped);
}

/// Runs it: a request before the trust ends and one after that.
fn called(place: &Place, how: &str) {
    let mut running = serve(place, &["toolkit", "run", "caller"]);
    let mut input = running.input.take().unwrap();
    let mut answer = [0; 2];
    for _ in 0..2 {
        input.write_all(REQUEST.as_bytes()).unwrap();
        running.said.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"hi", "{how}");
    }
    end(place, how);
    input.write_all(REQUEST.as_bytes()).unwrap();
    let (status, more, stderr) = running.ended();
    assert_eq!((status, more.as_str()), (Some(9), ""), "{how}: {stderr}");
}

#[test]
fn a_command_that_was_added_is_not_run_again_by_what_runs_already() {
    for how in ENDS {
        let place = Place::new();
        caller(&place);
        trust(&place, [Trusted::new(did(1), now())]);
        let entry = added(&place, "kit", "#+EXEC: command", CAT, 1);
        lock(&place, &[entry]);
        assert_eq!(place.run(&["command", "add", "cat", "kit"]).status, 0);
        called(&place, how);
    }
}

#[test]
fn a_toolkit_that_was_added_is_not_run_again_as_a_command_that_is_held_built() {
    for how in ENDS {
        let place = Place::new();
        caller(&place);
        trust(&place, [Trusted::new(did(1), now())]);
        let entry = added(&place, "cat", "#+EXEC: command", CAT, 1);
        lock(&place, &[entry]);
        called(&place, how);
    }
}
