//! `wbx key` and `wbx trust`: keys that stay at home, and whom they are told of.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::{ECHO, Place};

/// The seed of 32 bytes 7, in base64, and its key.
const SEED: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

fn ok(place: &Place, args: &[&str]) -> Value {
    let (status, envelope) = place.json(args);
    assert_eq!(status, 0, "{args:?}: {envelope}");
    envelope["data"].clone()
}

fn refused(place: &Place, args: &[&str]) -> (i32, String) {
    let (status, envelope) = place.json(args);
    (status, envelope["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn did(place: &Place) -> String {
    ok(place, &["key", "show"])["did"].as_str().unwrap().to_owned()
}

fn mode(place: &Place, path: &str) -> u32 {
    fs::metadata(place.path(path)).unwrap().permissions().mode() & 0o777
}

/// A place with a key of its own.
fn with_key() -> Place {
    let place = Place::new();
    ok(&place, &["key", "new"]);
    place
}

/// Where the statements of a place's keys are.
fn statements(place: &Place) -> String {
    place.path("home/keys/signing/local.intoto.jsonl").display().to_string()
}

/// A toolkit `echo` of version 1.0.0, packed as its folder, signed by this place.
fn signed(place: &Place) {
    place.toolkit("echo", "#+VERSION: 1.0.0", ECHO);
    ok(place, &["toolkit", "sign", "echo"]);
}

/// Verifies here the toolkit that lies there.
fn verify(here: &Place, there: &Place) -> (i32, String) {
    refused(here, &["toolkit", "verify", &there.path("toolkits/echo").display().to_string()])
}

#[test]
fn a_key_is_its_users_alone_and_its_seed_is_shown_nowhere() {
    let place = Place::new();
    assert_eq!(refused(&place, &["key", "show"]), (4, "workbooks::cli::not_found::key".into()));
    let made = ok(&place, &["key", "new"]);
    assert_eq!(refused(&place, &["key", "new"]), (6, "workbooks::key::exists".into()));
    assert_eq!(made["did"], did(&place));
    assert_eq!(
        (mode(&place, "home/keys/signing"), mode(&place, "home/keys/signing/local.key")),
        (0o700, 0o600)
    );
    let seed = fs::read_to_string(place.path("home/keys/signing/local.key")).unwrap();
    for args in [&["key", "show"][..], &["key", "list"], &["doctor"], &["key", "did-web", "a.org"]]
    {
        let ended = place.run(args);
        assert!(ended.stdout.contains("z6Mk") && !ended.stdout.contains(seed.trim()), "{args:?}");
    }
    ok(&place, &["key", "new", "--tenant", "other"]);
    assert_ne!(ok(&place, &["key", "show", "--tenant", "other"])["did"], made["did"]);
    assert_eq!(refused(&place, &["key", "new", "--tenant", "../x"]).0, 2);
}

#[test]
fn a_key_that_others_may_read_is_not_used() {
    let place = with_key();
    let file = place.path("home/keys/signing/local.key");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let expected = (5, "workbooks::key::permissions".to_owned());
    assert_eq!(refused(&place, &["key", "show"]), expected);
    assert_eq!(refused(&place, &["key", "rotate"]), expected);
    place.toolkit("echo", "#+VERSION: 1.0.0", ECHO);
    assert_eq!(refused(&place, &["toolkit", "sign", "echo"]), expected);
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, "no key").unwrap();
    assert_eq!(refused(&place, &["key", "show"]), (1, "workbooks::key::damaged".into()));
}

#[test]
fn the_environment_gives_a_key_before_the_disk() {
    let place = with_key();
    let own = did(&place);
    let run = |seed: &str, args: &[&str]| {
        let output = place.command(args).env("WBX_SIGNING_KEY", seed).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (_, shown) = run(SEED, &["key", "show"]);
    assert!(!shown.contains(&own) && shown.contains("WBX_SIGNING_KEY"), "{shown}");
    assert_eq!(run(&"07".repeat(32), &["key", "show"]).1, shown);
    assert_eq!(run("nonsense", &["key", "show"]).0, Some(2));
    assert_eq!(run(SEED, &["key", "rotate"]).0, Some(2));
    assert_eq!(did(&place), own);
}

#[test]
fn only_a_trusted_key_is_believed_and_only_as_far_as_was_said() {
    let (author, stranger) = (Place::new(), Place::new());
    signed(&author);
    let key = did(&author);
    let unknown = (5, "workbooks::trust::unknown_issuer".to_owned());
    assert_eq!(verify(&author, &author), (0, String::new()), "one's own key needs no entry");
    assert_eq!(verify(&stranger, &author), unknown);
    for (bounds, code) in [
        (&["--toolkit", "other"][..], "workbooks::trust::not_for_toolkit"),
        (&["--until", "2020-01-31"], "workbooks::trust::expired"),
        (&["--toolkit", "echo,other", "--until", "2999-01-31T12:00:00Z"], ""),
        (&["--name", "Ada"], ""),
    ] {
        ok(&stranger, &[&["trust", "add", &key], bounds].concat());
        let status = if code.is_empty() { 0 } else { 5 };
        assert_eq!(verify(&stranger, &author), (status, code.to_owned()), "{bounds:?}");
    }
    let listed = ok(&stranger, &["trust", "list"]);
    assert_eq!(listed["keys"][0]["name"], "Ada");
    assert_eq!(ok(&stranger, &["trust", "remove", "Ada"])["removed"], key);
    assert_eq!(verify(&stranger, &author), unknown);
    assert_eq!(refused(&stranger, &["trust", "remove", "Ada"]).0, 4);
}

#[test]
fn what_is_no_key_is_not_trusted() {
    let place = Place::new();
    for (args, status) in [
        (&["did:key:z6Mk"][..], 2),
        (&["did:web:example.org"], 2),
        (&["nowhere.jsonl"], 4),
        (&["did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "--until", "soon"], 2),
        (&["did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "--toolkit", "No.Pe"], 2),
    ] {
        assert_eq!(refused(&place, &[&["trust", "add"], args].concat()).0, status, "{args:?}");
    }
    assert_eq!(refused(&place, &["trust", "add", "/dev/zero"]).0, 1, "it never ends");
    place.write("file.jsonl", "{}\n");
    assert_eq!(refused(&place, &["trust", "add", "file.jsonl"]).0, 5);
    place.write("home/trust.toml", "[[key]]\ndid = 'x'\n");
    assert_eq!(refused(&place, &["trust", "list"]), (5, "workbooks::trust::store".into()));
}

#[test]
fn a_revoked_key_is_not_believed_again() {
    let (author, stranger) = (Place::new(), Place::new());
    signed(&author);
    let key = did(&author);
    ok(&stranger, &["trust", "add", &key, "--name", "Ada"]);
    ok(&stranger, &["trust", "revoke", "Ada"]);
    let revoked = (5, "workbooks::trust::revoked".to_owned());
    assert_eq!(verify(&stranger, &author), revoked);
    assert_eq!(refused(&stranger, &["trust", "add", &key]), revoked);
    assert_eq!(refused(&stranger, &["trust", "remove", "Ada"]), revoked);
}

#[test]
fn a_key_hands_over_to_another_and_whoever_trusted_it_hears_of_it() {
    let (author, stranger) = (Place::new(), Place::new());
    signed(&author);
    let old = did(&author);
    ok(&stranger, &["trust", "add", &old, "--name", "Ada", "--toolkit", "echo"]);
    let rotated = ok(&author, &["key", "rotate"]);
    assert_eq!((&rotated["replaced"], &rotated["did"]), (&json!(old), &json!(did(&author))));
    assert_eq!(verify(&author, &author), (0, String::new()), "what the old key signed stays");
    signed(&author);
    assert_eq!(verify(&stranger, &author), (5, "workbooks::trust::unknown_issuer".into()));
    let file = statements(&author);
    assert_eq!(refused(&stranger, &["trust", "add", &file, "--name", "Eve"]).0, 2);
    let heard = ok(&stranger, &["trust", "add", &file]);
    assert_eq!(heard["heard"][0]["news"], true);
    assert_eq!(ok(&stranger, &["trust", "add", &file])["heard"][0]["news"], false);
    assert_eq!(verify(&stranger, &author), (0, String::new()));
    let keys = ok(&stranger, &["trust", "list"])["keys"].clone();
    let names: Vec<_> = keys.as_array().unwrap().iter().map(|key| &key["name"]).collect();
    assert_eq!(names, ["Ada", "Ada"]);
    // Who trusted neither is told nothing.
    let other = Place::new();
    assert_eq!(
        refused(&other, &["trust", "add", &file]),
        (5, "workbooks::trust::unknown_issuer".into())
    );
}

#[test]
fn a_key_that_is_revoked_by_its_owner_signs_nothing_more() {
    let (author, stranger) = (Place::new(), Place::new());
    signed(&author);
    let old = did(&author);
    ok(&stranger, &["trust", "add", &old]);
    ok(&author, &["key", "rotate"]);
    ok(&author, &["key", "revoke", &old]);
    ok(&stranger, &["trust", "add", &statements(&author)]);
    let revoked = (5, "workbooks::trust::revoked".to_owned());
    assert_eq!((verify(&stranger, &author), verify(&author, &author)), (revoked.clone(), revoked));
    signed(&author);
    assert_eq!(verify(&stranger, &author), (0, String::new()), "the successor is believed");
    let current = did(&author);
    ok(&author, &["key", "revoke", &current]);
    assert_eq!(refused(&author, &["key", "show"]).0, 4);
    let states: Vec<_> = ok(&author, &["key", "list"])["keys"].as_array().unwrap().clone();
    assert!(states.len() == 2 && states.iter().all(|key| key["state"] == "revoked"), "{states:?}");
    assert_eq!(refused(&author, &["key", "revoke", "did:key:z6Mk"]).0, 2);
    assert_eq!(
        refused(
            &author,
            &["key", "revoke", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"]
        )
        .0,
        4
    );
}

#[test]
fn a_web_site_answers_for_a_key() {
    let (author, stranger) = (Place::new(), Place::new());
    signed(&author);
    let ended = author.run(&["key", "did-web", "example.org"]);
    assert!(ended.stderr.contains("https://example.org/.well-known/did.json"), "{}", ended.stderr);
    stranger.write("did.json", &ended.stdout);
    let add = |site: &str| refused(&stranger, &["trust", "add", site, "--document", "did.json"]);
    assert_eq!(add("did:web:example.com"), (5, "workbooks::trust::did_web".into()));
    assert_eq!(add("did:web:example.org"), (0, String::new()));
    assert_eq!(verify(&stranger, &author), (0, String::new()));
    assert_eq!(ok(&stranger, &["trust", "list"])["keys"][0]["name"], "did:web:example.org");
}

#[test]
fn doctor_names_the_key_and_counts_whom_it_trusts() {
    let (place, other) = (with_key(), with_key());
    ok(&place, &["trust", "add", &did(&other)]);
    let checks = ok(&place, &["doctor"])["checks"].clone();
    let says = |what: &str| {
        let found = checks.as_array().unwrap().iter().find(|check| check["what"] == what);
        found.unwrap()["says"].as_str().unwrap().to_owned()
    };
    assert_eq!(says("key"), did(&place));
    assert!(says("trust").ends_with("trusted: 1"), "{}", says("trust"));
}
