//! `wbx toolkit show ID [SKILL]` and `wbx toolkit check`, as far as they are about skills.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use snapbox::str;

use crate::support::{ECHO, Place};

const SKILL: &str = "#+TITLE: Say it again
#+TOOLKIT: echo
#+SKILL: again
#+VERSION: 0.1.0
#+DESCRIPTION: Use when something is to be said again.
#+TAGS: task
#+STATUS: stable

* When to use
* Mental model
* Workflow
   #+CAPTION: Say it
   #+begin_src sh
   wbx toolkit run echo hello
   #+end_src
* Pitfalls
- one
- two
- three
- four
* Verification checklist
* See also
- [[file:references/more.org]]
";

fn place() -> Place {
    let place = Place::new();
    place.toolkit("echo", "#+TAGLINE: Says it again.", ECHO);
    let manifest = place.path("toolkits/echo/manifest.org");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(
        &manifest,
        text + "\n* Echo :toolkit:\n| again | [[file:skills/again/SKILL.org]] |\n",
    )
    .unwrap();
    place.write("toolkits/echo/skills/again/SKILL.org", SKILL);
    place.write("toolkits/echo/skills/again/references/more.org", "#+TITLE: More\nMuch more.\n");
    place
}

/// The toolkits of this repository.
fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../toolkits")
}

#[test]
fn every_mistake_of_a_skill_is_told_by_check() {
    let place = place();
    let wrong = SKILL
        .replace("#+TAGS: task\n", "")
        .replace("TOOLKIT: echo", "TOOLKIT: ecco")
        .replace("   #+CAPTION: Say it\n", "")
        .replace("* Mental model\n", "")
        .replace("- four\n", "")
        .replace("more.org", "less.org");
    place.write("toolkits/echo/skills/again/SKILL.org", &wrong);
    let ended = place.run(&["toolkit", "check", "echo"]);
    assert_eq!(ended.status, 5);
    for said in [
        "`#+TAGS` is missing",
        "ecco",
        "no caption",
        "`Mental model` is missing",
        "3 pitfalls",
        "`file:references/less.org`",
    ] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
}

#[test]
fn no_skill_is_found_outside_of_the_toolkit() {
    let place = place();
    place.write("toolkits/secret.org", "#+TITLE: x\n");
    for name in ["nope", "../secret", "again/../../manifest", "again/references/nope", ""] {
        let ended = place.run(&["toolkit", "show", "echo", name]);
        assert_eq!(ended.status, 4, "{name}: {}", ended.stdout);
    }
    let near = place.run(&["toolkit", "show", "echo", "agian"]);
    assert!(near.stderr.contains("did you mean `again`"), "{}", near.stderr);
}

#[test]
fn what_a_terminal_would_obey_in_a_skill_is_written_out() {
    let place = place();
    let evil = SKILL.replace("- one", "- o\u{1b}[2Jn\u{202e}e");
    place.write("toolkits/echo/skills/again/SKILL.org", &evil);
    let ended = place.run(&["toolkit", "show", "echo", "again"]);
    assert_eq!(ended.status, 0);
    assert!(!ended.stdout.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'));
}

#[test]
fn skills_are_shown_in_tiers() {
    let place = place();
    let (status, index) = place.json(&["toolkit", "show", "echo"]);
    assert_eq!(status, 0, "{index}");
    let again = &index["data"]["skills"][0];
    assert_eq!((&again["id"], &again["tier"]), (&json!("again"), &json!("task")));
    assert_eq!(again["steps"], json!(["Say it"]));
    assert_eq!(again["leaves"], json!(["references/more.org"]));
    let shown = place.run(&["toolkit", "show", "echo"]).stdout;
    assert!(shown.contains("again  task  Use when something is to be said again."), "{shown}");

    let skill = place.run(&["toolkit", "show", "echo", "again"]).stdout;
    assert_eq!(skill, format!("{SKILL}more: `wbx toolkit show echo again/references/more.org`\n"));
    place
        .command(&["toolkit", "show", "echo", "again/references/more"])
        .assert()
        .code(0)
        .stdout_eq(str![[r"
#+TITLE: More
Much more.

"]]);
    let (status, check) = place.json(&["toolkit", "check", "echo"]);
    assert_eq!((status, &check["data"]["skills"]), (0, &json!(1)), "{check}");
}

#[test]
fn the_projects_word_to_authors_is_listed_shown_and_checked() {
    let place = place();
    assert_eq!(place.run(&["toolkit", "check", "AUTHORING.org"]).status, 4);
    place.write("toolkits/AUTHORING.org", "#+TITLE: How\n[[file:echo/manifest.org]]\n");
    let listed = place.run(&["toolkit", "list"]).stdout;
    assert!(listed.contains("wbx toolkit show AUTHORING.org"), "{listed}");
    assert!(place.run(&["toolkit", "show", "AUTHORING"]).stdout.starts_with("#+TITLE: How\n"));
    assert_eq!(place.run(&["toolkit", "check", "AUTHORING.org"]).status, 0);
    place.write("toolkits/AUTHORING.org", "[[file:gone/manifest.org]]\n");
    let ended = place.run(&["toolkit", "check", "AUTHORING.org"]);
    assert_eq!(ended.status, 5);
    for said in ["`#+TITLE` is missing", "leads to a file that is not there"] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
}

#[test]
fn our_own_skills_and_our_word_to_authors_are_as_they_should_be() {
    let place = Place::new();
    let run = |args: &[&str]| {
        let output =
            place.command(args).env("WBX_TOOLKITS_ROOT", ours()).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), serde_json::from_str::<serde_json::Value>(&text).unwrap())
    };
    let (status, checked) = run(&["toolkit", "check", "AUTHORING.org"]);
    assert_eq!(status, Some(0), "{checked}");
    for id in ["lua", "notes"] {
        // A check would build it.
        let (_, shown) = run(&["toolkit", "show", id]);
        assert_eq!(shown["data"]["unsound"], json!([]));
        assert_eq!(shown["data"]["skills"].as_array().unwrap().len(), 1, "{shown}");
    }
}
