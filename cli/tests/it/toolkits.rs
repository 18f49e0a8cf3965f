//! `wbx toolkit new|list|show|check`.

use snapbox::str;

use crate::support::{COMPONENT, ECHO, Place, WANTS_KV};

#[test]
fn terminal_escapes_of_a_manifest_and_of_names_never_reach_the_terminal() {
    let place = Place::new();
    place.toolkit("evil", "#+TAGLINE: a\u{1b}]0;owned\u{7}b\u{202e}c", ECHO);
    place.toolkit("good", "#+TAGLINE: fine", ECHO);
    place.write("toolkits/na\u{1b}[2Jme/manifest.org", "#+TOOLKIT: x\n");
    for args in [
        &["toolkit", "list"][..],
        &["toolkit", "show", "evil"],
        &["toolkit", "run", "no\u{1b}[2Jpe"],
        &["toolkit", "check", "./toolkits/na\u{1b}[2Jme"],
    ] {
        let ended = place.run(args);
        let all = ended.stdout + &ended.stderr;
        assert!(
            !all.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'),
            "{args:?}: {all:?}"
        );
    }
}

#[test]
fn a_broken_manifest_is_listed_as_broken_beside_the_others() {
    let place = Place::new();
    place.toolkit("echo", "#+STATUS: beta\n#+CAPS: kv vfs\n#+TAGLINE: Says it again.", ECHO);
    place.write("toolkits/broken/manifest.org", "#+TOOLKIT: broken\n#+EXEC: comand\n");
    place.command(&["toolkit", "list"]).assert().code(0).stderr_eq(str![""]).stdout_eq(str![[r"
broken  broken  -        -       broken/manifest.org:2:9: `#+EXEC`: `comand` is not a shape
echo    beta    command  kv vfs  Says it again.

"]]);
    let (_, envelope) = place.json(&["toolkit", "list"]);
    assert_eq!(envelope["data"]["toolkits"][1]["caps"], serde_json::json!(["kv", "vfs"]));
}

#[test]
fn a_toolkit_is_shown_with_what_it_would_get() {
    let place = Place::new();
    place.toolkit("tool", "#+CAPS: kv net", ECHO);
    let (status, envelope) = place.json(&["toolkit", "show", "tool"]);
    assert_eq!(status, 0);
    let grant = &envelope["data"]["grant"];
    assert_eq!(grant["capabilities"], serde_json::json!(["kv"]));
    assert_eq!(grant["withheld"], serde_json::json!({"net": "policy"}));
    assert_eq!(grant["profile"], "minimal");
    let elsewhere = place.path("toolkits/tool").display().to_string();
    place.command(&["toolkit", "show", &elsewhere, "--json"]).env("WBX_TOOLKITS_ROOT", place.path("none"))
        .assert().code(0).stdout_eq(str![[r#"
{"ok":true,"verb":"toolkit show","data":{[..]"own":false,"grant":{"profile":"compute","capabilities":[],"withheld":{"kv":"policy","net":"policy"},[..]

"#]]);
}

#[test]
fn a_check_lists_what_is_wrong_with_manifest_and_artifact() {
    let place = Place::new();
    place.write("toolkits/bad/manifest.org", "#+TOOLKIT: bad\n#+EXEC: comand\n#+CAPS: kvv\n");
    let ended = place.run(&["toolkit", "check", "bad"]);
    assert_eq!(ended.status, 5);
    assert!(ended.stderr.contains("comand") && ended.stderr.contains("kvv"), "{}", ended.stderr);

    place.toolkit("undeclared", "#+EXEC: component", WANTS_KV);
    let ended = place.run(&["toolkit", "check", "undeclared"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    for said in ["workbooks:engine/kv", "`kv`", "#+CAPS", "workbooks:engine/tool"] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
}

#[test]
fn a_file_that_fits_says_what_it_needs() {
    let place = Place::new();
    place.write("sum.wat", COMPONENT);
    let (status, envelope) = place.json(&["toolkit", "check", "sum.wat"]);
    assert_eq!((status, &envelope["data"]["needs"]), (0, &serde_json::json!([])));
}

#[test]
fn a_new_toolkit_is_sound_and_never_overwrites() {
    let place = Place::new();
    for shape in ["command", "component", "kernel"] {
        let (status, envelope) =
            place.json(&["toolkit", "new", "--exec", shape, &format!("my-{shape}")]);
        assert_eq!(status, 0, "{envelope}");
        let (status, envelope) = place.json(&["toolkit", "show", &format!("my-{shape}")]);
        assert_eq!((status, &envelope["data"]["exec"]), (0, &shape.into()), "{envelope}");
        assert_eq!(envelope["data"]["warnings"], serde_json::json!([]));
    }
    place.write("toolkits/my-kernel/src/my-kernel.c", "mine");
    assert_eq!(place.run(&["toolkit", "new", "my-kernel"]).status, 6);
    assert_eq!(
        std::fs::read_to_string(place.path("toolkits/my-kernel/src/my-kernel.c")).unwrap(),
        "mine"
    );
}

#[test]
fn an_editor_is_told_of_the_world_of_a_new_component_and_of_one_that_changed() {
    let place = Place::new();
    assert_eq!(place.run(&["toolkit", "new", "--exec", "component", "mine"]).status, 0);
    let header = |name: &str| {
        std::fs::read_to_string(place.path("toolkits/mine/sdk").join(name)).unwrap_or_default()
    };
    assert!(header("workbooks.h").contains("WB_TOOLS") && header("guest.h").contains("tool_call"));
    assert!(!header("guest.h").contains("kv_get"));
    let flags = std::fs::read_to_string(place.path("toolkits/mine/compile_flags.txt")).unwrap();
    assert_eq!(flags, "-Isdk\n");

    assert_eq!(place.run(&["wit", "--lang", "c"]).status, 2, "it needs a folder");
    let args = ["wit", "--caps", "kv", "--lang", "c", "--into", "toolkits/mine"];
    let (status, envelope) = place.json(&args);
    assert_eq!(status, 0, "{envelope}");
    assert!(header("guest.h").contains("kv_get"));
    assert!(header("guest_world.h").contains("#define WORKBOOKS_IMPORTS_KV 1\n"));
    // What is not typed needs no typings.
    assert_eq!(place.run(&["toolkit", "new", "plain"]).status, 0);
    assert!(!place.path("toolkits/plain/sdk").exists());
}
