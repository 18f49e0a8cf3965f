//! The envelope of `--json`, on every verb that there is.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{ECHO, Place};

/// Every verb of the tree, as its words.
fn leaves(tree: &Value, words: &[String], found: &mut Vec<Vec<String>>) {
    let below = tree["subcommands"].as_array().unwrap();
    if below.is_empty() {
        found.push(words.to_vec());
    }
    for verb in below {
        let words: Vec<_> =
            words.iter().cloned().chain([verb["name"].as_str().unwrap().to_owned()]).collect();
        leaves(verb, &words, found);
    }
}

fn assert_envelope(envelope: &Value, verb: &str) {
    let keys: BTreeSet<_> = envelope.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(envelope["verb"], verb);
    if envelope["ok"] == true {
        assert_eq!(keys, ["data", "ok", "verb"].into());
    } else {
        assert_eq!(keys, ["error", "ok", "verb"].into());
        let error: BTreeSet<_> =
            envelope["error"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(error, ["code", "hint", "message", "retryable"].into());
        assert!(envelope["error"]["code"].as_str().unwrap().starts_with("workbooks::"));
        assert!(!envelope["error"]["message"].as_str().unwrap().is_empty());
        assert!(!envelope["error"]["hint"].as_str().unwrap().is_empty(), "{envelope}");
    }
}

#[test]
fn every_verb_answers_with_one_envelope_whatever_it_is_given() {
    let place = Place::new();
    place.toolkit("echo", "", ECHO);
    let (_, tree) = place.json(&["help"]);
    let mut verbs = Vec::new();
    leaves(&tree["data"], &[], &mut verbs);
    assert!(verbs.len() >= 15, "{verbs:?}");
    for verb in &verbs {
        let words: Vec<_> = verb.iter().map(String::as_str).collect();
        // None of these makes a toolkit that would need a lane.
        for more in [&[][..], &["No.Pe"], &["--no-such-flag"], &["No.Pe", "No.Pe"], &["echo"]] {
            let args: Vec<_> = words.iter().chain(more).copied().collect();
            let (status, envelope) = place.json(&args);
            assert_envelope(&envelope, &words.join(" "));
            // A toolkit's own status may be anything.
            if envelope["data"]["status"].is_null() {
                assert_eq!(status == 0, envelope["ok"] == true, "{args:?}");
            }
        }
    }
}

#[test]
fn the_envelope_stands_for_no_verb_and_a_wrong_one_too() {
    let place = Place::new();
    for (args, verb) in [
        (&[][..], ""),
        (&["nope"], ""),
        (&["toolkit"], "toolkit"),
        (&["--help"], ""),
        (&["--version"], ""),
    ] {
        assert_envelope(&place.json(args).1, verb);
    }
}

#[test]
fn the_tree_of_verbs_names_their_arguments() {
    let (_, envelope) = Place::new().json(&["help", "toolkit", "run"]);
    let args = envelope["data"]["args"].as_array().unwrap();
    let named = |name: &str| args.iter().find(|arg| arg["name"] == name).unwrap();
    assert_eq!(named("profile")["long"], "profile");
    assert_eq!(named("command")["required"], true);
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = Place::new().run(&["completions", shell]);
        assert!(ended.status == 0 && ended.stdout.contains("toolkit"), "{shell}");
    }
}

#[test]
fn the_world_of_no_capability_has_no_socket_and_no_file() {
    let world = |caps: &[&str]| Place::new().run(&[&["wit"], caps].concat()).stdout;
    let base = world(&[]);
    assert!(base.contains("world guest") && base.contains("workbooks:engine/log"), "{base}");
    assert!(
        !base.contains("import wasi:sockets")
            && !base.contains("import wasi:filesystem")
            && !base.contains("/kv@")
    );
    assert!(world(&["--caps", "kv,vfs"]).contains("engine/kv"));
}
