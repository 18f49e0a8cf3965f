//! `wbx grant|revoke|audit`, and what they change.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{ECHO, Place};

#[test]
fn what_is_granted_is_stored_and_what_is_revoked_does_not_run() {
    let place = Place::new();
    place.toolkit("echo", "#+CAPS: net", ECHO);
    let capabilities =
        || place.json(&["toolkit", "show", "echo"]).1["data"]["grant"]["capabilities"].clone();
    assert_eq!(capabilities(), serde_json::json!([]));
    assert_eq!(place.run(&["grant", "echo", "net"]).status, 0);
    assert_eq!(capabilities(), serde_json::json!(["net"]));
    assert_eq!(place.run(&["revoke", "echo", "net"]).status, 0);
    assert_eq!(capabilities(), serde_json::json!([]));
    assert_eq!(place.run(&["toolkit", "run", "echo"]).status, 7);
    assert_eq!(place.run(&["revoke", "echo"]).status, 0);
    let ended = place.run(&["toolkit", "run", "--grant", "net", "echo"]);
    assert_eq!(ended.status, 7);
    assert!(ended.stderr.contains("revoked"), "{}", ended.stderr);
}

#[test]
fn a_grant_to_nobody_is_stored_with_a_warning() {
    let ended = Place::new().run(&["grant", "nobody", "kv"]);
    assert_eq!(ended.status, 0);
    assert!(ended.stderr.contains("there is no toolkit `nobody`"), "{}", ended.stderr);
}

#[test]
fn a_policy_with_a_mistake_is_shown_and_nothing_runs() {
    let place = Place::new();
    place
        .toolkit("echo", "", ECHO)
        .write("home/policy.toml", "[toolkit.echo]\ngrants = [\"kvv\"]\n");
    for args in [&["toolkit", "run", "echo"][..], &["grant", "echo", "kv"]] {
        let ended = place.run(args);
        assert_eq!(ended.status, 1, "{args:?}");
        assert!(
            ended.stderr.contains("`kvv`") && ended.stderr.contains("policy.toml"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn the_folders_of_an_installation_are_the_users_alone() {
    let place = Place::new();
    place.write("echo.wat", ECHO);
    assert_eq!(place.run(&["toolkit", "run", "echo.wat"]).status, 7);
    assert_eq!(place.run(&["grant", "x", "kv"]).status, 0);
    for (folder, mode) in [
        ("home", 0o700),
        ("home/state", 0o700),
        ("home/keys", 0o700),
        ("cache", 0o700),
        ("cache/artifacts", 0o700),
        ("home/policy.toml", 0o600),
        ("home/audit.jsonl", 0o600),
    ] {
        let found = std::fs::metadata(place.path(folder)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{folder}: {found:o}");
    }
}

#[test]
fn the_record_is_read_and_a_damaged_line_is_counted() {
    let place = Place::new();
    let line = r#"{"at":0,"tenant":"local","toolkit":"notes","instance":"notes","capability":"kv","operation":"get","decision":"denied","code":"revoked","count":2}"#;
    place.write("home/audit.jsonl", &format!("{line}\n{{\"at\":17\n"));
    let (status, envelope) = place.json(&["audit"]);
    assert_eq!(status, 0);
    assert_eq!(envelope["data"]["records"][0]["operation"], "get");
    assert_eq!(envelope["data"]["damaged"], 1);
    let (_, envelope) = place.json(&["audit", "--toolkit", "other"]);
    assert_eq!(envelope["data"]["records"], serde_json::json!([]));
    assert!(place.run(&["audit"]).stdout.starts_with("1970-01-01 00:00:00Z  notes  kv.get"));
}

#[test]
fn the_record_is_counted_and_drives_no_terminal() {
    let place = Place::new();
    let line = |capability: &str, code: &str, count: u32| {
        format!(
            r#"{{"at":0,"tenant":"local","toolkit":"notes","instance":"i","capability":"{capability}","operation":"get","decision":"denied","code":"{code}","count":{count}}}"#
        )
    };
    let evil = "k\\u001b[2J\u{9b}31m\u{202e}\u{2066}v";
    let lines = [line("kv", "revoked", 2), line("kv", "revoked", 3), line(evil, "quota", 1)];
    place.write("home/audit.jsonl.1", &format!("{}\n", lines[0]));
    place.write("home/audit.jsonl", &format!("{}\n{}\n", lines[1], lines[2]));
    let stats = place.run(&["audit", "--stats"]).stdout;
    assert!(stats.contains("5  denied: revoked"), "{stats}");
    let (_, envelope) = place.json(&["audit", "--stats"]);
    let first = &envelope["data"]["stats"][1];
    assert_eq!((&first["capability"], &first["count"]), (&"kv".into(), &5.into()), "{envelope}");
    assert_eq!(envelope["data"]["damaged"], 0);
    for args in [&["audit"][..], &["audit", "--stats"], &["--json", "audit"]] {
        let shown = place.run(args).stdout;
        let hazard = |c: char| {
            c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c) || c == '\u{2066}'
        };
        assert!(!shown.contains(hazard) && shown.contains("[2J"), "{shown:?}");
    }
}
