//! Toolkits of others: nothing of them is used that is not what somebody trusted signed, and what
//! they get is what that somebody was granted here.

use std::fs;

use serde_json::{Value, json};
use workbooks_host::provenance::{Did, SigningKey, Statement, Timestamp, TrustStore, Trusted};
use workbooks_host::registry::{Package, SIGNATURE, Store, read_folder};

use crate::commands::{CALLER, CAT, REQUEST};
use crate::support::{COMPONENT, ECHO, Place, SPIN};

/// What a guest says that is told nothing and reads nothing.
const THIRD: &str = "#+VERSION: 1.0.0\n#+TRUST: third-party\n#+EXEC: command";

fn key(seed: u8) -> SigningKey {
    SigningKey::of(&[seed; 32])
}

pub(crate) fn did(seed: u8) -> Did {
    key(seed).did()
}

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Signs what lies in a folder.
fn sign(place: &Place, folder: &str, id: &str, version: &str, seed: u8) -> Package {
    let mut package = read_folder(&place.path(folder)).unwrap();
    let version = version.parse().unwrap();
    let statement = Statement::of(&package.files, id, &version, &key(seed), now());
    let envelope = statement.sign(&key(seed));
    place.write(&format!("{folder}/{SIGNATURE}"), &envelope.to_json());
    package.envelope = Some(envelope);
    package
}

pub(crate) fn trust(place: &Place, keys: impl IntoIterator<Item = Trusted>) {
    let mut trust = TrustStore::default();
    keys.into_iter().for_each(|key| trust.add(key).unwrap());
    place.write("home/trust.toml", &trust.to_toml());
}

/// Puts a package where added ones are, and gives what the lock says of it.
fn store(place: &Place, package: &Package, id: &str, version: &str, seed: u8) -> String {
    let tree = Store::new(place.path("home/store")).put(package).unwrap();
    let envelope = package.envelope_digest().unwrap();
    let publisher = did(seed);
    format!(
        "[[toolkit]]\nid = \"{id}\"\nversion = \"{version}\"\nsource = \"./{id}\"\n\
         tree = \"{tree}\"\npublisher = \"{publisher}\"\nenvelope = \"{envelope}\"\n"
    )
}

pub(crate) fn lock(place: &Place, entries: &[String]) {
    place.write("wbx.lock", &format!("version = 1\n{}", entries.concat()));
}

/// A toolkit that was added: made in a folder that is gone afterwards.
pub(crate) fn added(place: &Place, id: &str, lines: &str, wat: &str, seed: u8) -> String {
    place.toolkit(id, &format!("#+VERSION: 1.0.0\n{lines}"), wat);
    let folder = format!("toolkits/{id}");
    let package = sign(place, &folder, id, "1.0.0", seed);
    fs::remove_dir_all(place.path(&folder)).unwrap();
    store(place, &package, id, "1.0.0", seed)
}

fn code(place: &Place, args: &[&str]) -> (i32, String) {
    let (status, envelope) = place.json(args);
    (status, envelope["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn capabilities(place: &Place, id: &str) -> Value {
    place.json(&["toolkit", "show", id]).1["data"]["grant"]["capabilities"].clone()
}

const VERBS: [&[&str]; 6] = [
    &["toolkit", "run", "third"],
    &["toolkit", "build", "third"],
    &["toolkit", "check", "third"],
    &["serve", "--listen", "web=127.0.0.1:0", "third"],
    &["wit", "third"],
    &["command", "add", "third", "third"],
];

#[test]
fn what_nobody_signed_is_refused_by_every_verb_that_uses_it_and_shown_with_the_reason() {
    let place = Place::new();
    place.toolkit("third", THIRD, ECHO);
    for verb in VERBS {
        assert_eq!(code(&place, verb), (5, "workbooks::trust::unsigned".into()), "{verb:?}");
    }
    let (status, shown) = place.json(&["toolkit", "show", "third"]);
    assert_eq!((status, &shown["data"]["grant"]), (0, &Value::Null), "{shown}");
    assert_eq!(shown["data"]["signature"]["code"], "workbooks::trust::unsigned");
    assert!(place.run(&["toolkit", "show", "third"]).stdout.contains("it is not signed"));
    assert_eq!(code(&place, &["grant", "third", "kv"]).0, 5);
}

#[test]
fn a_signature_that_is_not_believed_is_refused_with_its_own_code() {
    let place = Place::new();
    place.toolkit("third", THIRD, ECHO);
    sign(&place, "toolkits/third", "third", "1.0.0", 1);
    let past = || "2020-01-01T00:00:00Z".parse().unwrap();
    let trusted = || Trusted::new(did(1), past());
    for (keys, expected) in [
        (None, "unknown_issuer"),
        (Some(Trusted::new(did(2), past())), "unknown_issuer"),
        (Some(Trusted { until: Some(past()), ..trusted() }), "expired"),
        (Some(Trusted { revoked: Some(past()), ..trusted() }), "revoked"),
        (Some(Trusted { toolkits: Some(["other".into()].into()), ..trusted() }), "not_for_toolkit"),
    ] {
        trust(&place, keys);
        for verb in VERBS {
            let refused = code(&place, verb);
            assert_eq!(refused, (5, format!("workbooks::trust::{expected}")), "{verb:?}");
        }
    }
}

#[test]
fn what_was_signed_runs_and_not_a_byte_else() {
    let place = Place::new();
    place.toolkit("third", THIRD, ECHO).write("toolkits/third/skills/a.org", "* a");
    sign(&place, "toolkits/third", "third", "1.0.0", 1);
    trust(&place, [Trusted { name: Some("Ada".into()), ..Trusted::new(did(1), now()) }]);
    assert_eq!(place.run_with(&["toolkit", "run", "third", "a"], "b").stdout, "ab");
    let (_, shown) = place.json(&["toolkit", "show", "third"]);
    assert_eq!(shown["data"]["publisher"], json!({ "did": did(1).to_string(), "name": "Ada" }));
    assert_eq!(shown["data"]["own"], false, "{shown}");
    for (path, text) in [
        ("skills/a.org", "* b"),
        ("skills/b.org", "* a"),
        ("tool.wat", SPIN),
        ("artifact.wasm", "\0asm"),
    ] {
        let at = place.path(&format!("toolkits/third/{path}"));
        let before = fs::read(&at).ok();
        fs::write(&at, text).unwrap();
        let refused = code(&place, &["toolkit", "run", "third"]);
        assert_eq!(refused, (5, "workbooks::trust::tampered".into()), "{path}");
        match before {
            Some(bytes) => fs::write(&at, bytes).unwrap(),
            None => fs::remove_file(&at).unwrap(),
        }
    }
    assert_eq!(place.run(&["toolkit", "run", "third"]).status, 7, "it exits with 7 by itself");
}

#[test]
fn the_statement_of_another_toolkit_or_version_proves_nothing() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now())]);
    place.toolkit("third", THIRD, ECHO);
    for (id, version) in [("other", "1.0.0"), ("third", "1.0.1")] {
        sign(&place, "toolkits/third", id, version, 1);
        let refused = code(&place, &["toolkit", "run", "third"]);
        assert_eq!(refused, (5, "workbooks::trust::not_for_toolkit".into()), "{id} {version}");
    }
}

#[test]
fn what_was_added_runs_from_the_store_and_gets_nothing_unasked_whatever_it_claims() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now())]);
    let lines = "#+TRUST: first-party\n#+EXEC: command\n#+CAPS: kv";
    let entry = added(&place, "kit", lines, ECHO, 1);
    lock(&place, &[entry]);
    assert_eq!(place.run_with(&["toolkit", "run", "kit", "a"], "b").stdout, "ab");
    assert_eq!(capabilities(&place, "kit"), json!([]));
    // What is granted to every toolkit of the id is not meant for a third party.
    place.write("home/policy.toml", "[toolkit.kit]\ngrants = [\"kv\"]\n");
    assert_eq!(capabilities(&place, "kit"), json!([]));
    assert_eq!(place.run(&["grant", "kit", "kv"]).status, 0);
    assert_eq!(capabilities(&place, "kit"), json!(["kv"]));
    let global = fs::read_to_string(place.path("home/policy.toml")).unwrap();
    assert!(!global.contains("publisher"), "{global}");
    // What the installation takes is taken in every workbook.
    place.write("home/policy.toml", "[toolkit.kit]\nrevoked = true\n");
    assert_eq!(code(&place, &["toolkit", "run", "kit"]).1, "workbooks::grant::revoked");
    place.write("home/policy.toml", "");
    assert_eq!(place.run(&["revoke", "kit", "kv"]).status, 0);
    assert_eq!(capabilities(&place, "kit"), json!([]));
    assert_eq!(place.run(&["revoke", "kit"]).status, 0);
    assert_eq!(code(&place, &["toolkit", "run", "kit"]).1, "workbooks::grant::revoked");
}

#[test]
fn a_grant_is_for_one_workbook_and_one_publisher() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now()), Trusted::new(did(2), now())]);
    let ours = added(&place, "kit", "#+EXEC: component\n#+CAPS: kv", COMPONENT, 1);
    let theirs = added(&place, "kit", "#+EXEC: component\n#+CAPS: kv net", COMPONENT, 2);
    lock(&place, &[ours]);
    assert_eq!(place.run(&["grant", "kit", "kv"]).status, 0);
    assert_eq!(capabilities(&place, "kit"), json!(["kv"]));
    lock(&place, std::slice::from_ref(&theirs));
    assert_eq!(capabilities(&place, "kit"), json!([]), "by another publisher");
    assert_eq!(place.run(&["grant", "kit", "net"]).status, 0);
    assert_eq!(capabilities(&place, "kit"), json!(["net"]), "the first one's grants are gone");
}

#[test]
fn an_entry_of_the_lock_that_names_another_publisher_than_signed_is_refused() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now()), Trusted::new(did(2), now())]);
    let entry = added(&place, "kit", "#+EXEC: command", ECHO, 1);
    for (from, to) in [
        (did(1).to_string(), did(2).to_string()),
        ("1.0.0".to_owned(), "1.0.1".to_owned()),
        ("id = \"kit\"".to_owned(), "id = \"kitten\"".to_owned()),
    ] {
        lock(&place, &[entry.replace(&from, &to)]);
        let id = if to.contains("kitten") { "kitten" } else { "kit" };
        let refused = code(&place, &["toolkit", "run", id]);
        assert_eq!(refused, (5, "workbooks::trust::not_for_toolkit".into()), "{to}");
    }
}

#[test]
fn what_the_store_lacks_or_has_damaged_is_not_run() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now())]);
    let entry = added(&place, "kit", "#+EXEC: command", ECHO, 1);
    lock(&place, &[entry]);
    let stored = fs::read_dir(place.path("home/store")).unwrap().map(|entry| entry.unwrap().path());
    let stored = stored.into_iter().find(|path| path.extension().is_some()).unwrap();
    let mut bytes = fs::read(&stored).unwrap();
    let at = bytes.windows(6).position(|at| at == b"_start").unwrap();
    bytes[at] = b'x';
    fs::write(&stored, &bytes).unwrap();
    for verb in [&["toolkit", "run", "kit"][..], &["toolkit", "build", "kit"], &["wit", "kit"]] {
        assert_eq!(code(&place, verb).0, 5, "{verb:?}");
    }
    fs::remove_file(&stored).unwrap();
    let ended = place.run(&["toolkit", "run", "kit"]);
    assert_eq!(ended.status, 4, "{}", ended.stderr);
    assert!(ended.stderr.contains("wbx toolkit add"), "{}", ended.stderr);
    assert_eq!(place.run(&["toolkit", "show", "kit"]).status, 0);
}

#[test]
fn an_id_that_is_own_and_added_is_refused_and_both_places_are_named() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now())]);
    let entry = added(&place, "kit", "#+EXEC: command", ECHO, 1);
    lock(&place, &[entry]);
    place.toolkit("kit", "#+EXEC: command", ECHO);
    let (status, envelope) = place.json(&["toolkit", "run", "kit"]);
    assert_eq!(
        (status, &envelope["error"]["code"]),
        (6, &json!("workbooks::cli::conflict::ambiguous"))
    );
    let said = envelope["error"]["message"].as_str().unwrap();
    assert!(said.contains("toolkits/kit") && said.contains("wbx.lock"), "{said}");
    let folder = place.path("toolkits/kit").display().to_string();
    assert_eq!(place.run_with(&["toolkit", "run", &folder, "a"], "").stdout, "a");
}

#[test]
fn an_artifact_that_its_publisher_signed_needs_no_compiler() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now())]);
    let wasm = workbooks_host::adapt::text_to_binary(ECHO.as_bytes()).unwrap();
    let text = "#+TOOLKIT: kit\n#+VERSION: 1.0.0\n#+TRUST: third-party\n#+EXEC: command\n\
                #+BUILD_LANG: rust\n#+BUILD_SRC: path:src\n";
    place.write("toolkits/kit/manifest.org", text).write("toolkits/kit/src/main.rs", "");
    fs::write(place.path("toolkits/kit/artifact.wasm"), wasm).unwrap();
    sign(&place, "toolkits/kit", "kit", "1.0.0", 1);
    assert_eq!(place.run_with(&["toolkit", "run", "kit", "a"], "b").stdout, "ab");
    // Of a first party nobody signed it.
    place.write("toolkits/kit/manifest.org", &text.replace("third-party", "first-party"));
    assert_ne!(place.run(&["toolkit", "run", "kit"]).status, 7);
}

#[test]
fn what_was_added_is_found_below_the_top_and_is_a_command_of_the_project() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now())]);
    let entry = added(&place, "kit", "#+EXEC: command", ECHO, 1);
    lock(&place, &[entry]);
    place.write("workspace.org", "").write("notes/deep/a", "");
    let below = place.path("notes/deep");
    let output = place.command(&["toolkit", "run", "kit", "a"]).current_dir(below).output();
    assert_eq!(output.unwrap().stdout, b"a");
    let commands = || place.json(&["command", "list"]).1["data"]["commands"].clone();
    assert_eq!(commands(), json!([{ "name": "kit", "source": "toolkit" }]));
    trust(&place, []);
    assert_eq!(commands(), json!([]), "what may not be used is no command");
}

#[test]
fn files_that_a_third_party_shows_its_guest_are_not_kept_for_a_command() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now())]);
    place.toolkit("third", &format!("{THIRD}\n#+CAPS: vfs\n#+PREOPEN: data::/data"), ECHO);
    place.write("toolkits/third/data/a", "");
    sign(&place, "toolkits/third", "third", "1.0.0", 1);
    let run = &["toolkit", "run", "--grant", "vfs", "third", "a"];
    assert_eq!(place.run(run).stdout, "a");
    let refused = code(&place, &["command", "add", "third", "third"]);
    assert_eq!(refused.1, "workbooks::command::files");
}

#[test]
fn the_policy_makes_a_third_party_of_a_toolkit_and_never_a_first() {
    let place = Place::new();
    place.toolkit("mine", "#+EXEC: command", ECHO).toolkit("third", THIRD, ECHO);
    place.write(
        "home/policy.toml",
        "[toolkit.mine]\ntrust = \"third-party\"\n[toolkit.third]\ntrust = \"first-party\"\n",
    );
    for id in ["mine", "third"] {
        let refused = code(&place, &["toolkit", "run", id]);
        assert_eq!(refused, (5, "workbooks::trust::unsigned".into()), "{id}");
    }
}

#[test]
fn what_was_added_is_not_signed_in_the_name_of_another() {
    let place = Place::new();
    trust(&place, [Trusted::new(did(1), now())]);
    let entry = added(&place, "kit", "#+EXEC: command", ECHO, 1);
    lock(&place, &[entry]);
    assert_eq!(place.run(&["toolkit", "sign", "kit"]).status, 2);
    assert_eq!(place.run(&["toolkit", "verify", "kit"]).status, 0);
}

#[test]
fn a_command_ends_with_the_trust_in_whoever_made_it() {
    let place = Place::new();
    let believed = || Trusted::new(did(1), now());
    trust(&place, [believed()]);
    let entry = added(&place, "kit", "#+EXEC: command", CAT, 1);
    lock(&place, &[entry]);
    assert_eq!(place.run(&["command", "add", "cat", "kit"]).status, 0);
    lock(&place, &[]);
    place.toolkit("caller", "#+CAPS: commands", CALLER);
    let run = || place.run_with(&["toolkit", "run", "caller"], REQUEST);
    assert_eq!((run().status, run().stdout.as_str()), (0, "hi"));
    trust(&place, [Trusted { revoked: Some(now()), ..believed() }]);
    assert_eq!(run().status, 9);
    trust(&place, []);
    assert_eq!(run().status, 9);
    trust(&place, [believed()]);
    assert_eq!(run().status, 0);
}

#[test]
fn a_text_of_a_project_that_never_ends_is_not_read() {
    let place = Place::new();
    place.toolkit("mine", "#+EXEC: command", ECHO);
    let manifest = place.path("toolkits/mine/manifest.org");
    let link = |at: &std::path::Path| std::os::unix::fs::symlink("/dev/zero", at).unwrap();
    fs::remove_file(&manifest).unwrap();
    link(&manifest);
    let ended = place.run(&["toolkit", "run", "mine"]);
    assert!(ended.stderr.contains("no plain file"), "{}", ended.stderr);
    assert_eq!(place.run(&["toolkit", "list"]).status, 0);
    link(&place.path("wbx.lock"));
    let ended = place.run(&["toolkit", "run", "other"]);
    assert!(ended.stderr.contains("no plain file"), "{}", ended.stderr);
}
