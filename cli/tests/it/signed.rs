//! `wbx toolkit sign` and `verify`: every file, and nothing but every file.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{ECHO, Place};

/// What somebody does to a toolkit.
type Change<'a> = &'a dyn Fn(&Place);

fn code(place: &Place, args: &[&str]) -> (i32, String) {
    let (status, envelope) = place.json(args);
    (status, envelope["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn verify(place: &Place) -> (i32, String) {
    code(place, &["toolkit", "verify", "echo"])
}

fn signed() -> Place {
    let place = Place::new();
    place.toolkit("echo", "#+VERSION: 1.0.0", ECHO);
    place.write("toolkits/echo/skills/echo.org", "#+TITLE: Echo\n");
    assert_eq!(code(&place, &["toolkit", "sign", "echo"]), (0, String::new()));
    place
}

#[test]
fn what_is_not_signed_is_not_verified() {
    let place = Place::new();
    place.toolkit("echo", "#+VERSION: 1.0.0", ECHO);
    assert_eq!(verify(&place), (5, "workbooks::trust::unsigned".into()));
    assert_eq!(code(&place, &["toolkit", "verify", "nope"]).0, 4);
    assert_eq!(code(&place, &["toolkit", "verify"]).0, 4);
}

#[test]
fn what_has_no_version_or_another_author_is_not_signed() {
    let place = Place::new();
    place.toolkit("echo", "", ECHO);
    let sign = ["toolkit", "sign", "echo"];
    assert_eq!(code(&place, &sign), (5, "workbooks::manifest::no_version".into()));
    let author = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
    place.toolkit("echo", &format!("#+VERSION: 1.0.0\n#+AUTHOR_DID: {author}"), ECHO);
    assert_eq!(code(&place, &sign), (5, "workbooks::trust::not_for_toolkit".into()));
    assert!(!place.path("toolkits/echo/toolkit.intoto.jsonl").exists());
}

#[test]
fn the_first_signature_makes_the_key_and_says_so() {
    let place = Place::new();
    place.toolkit("echo", "#+VERSION: 1.0.0", ECHO);
    let first = place.run(&["toolkit", "sign", "echo"]);
    assert!(
        first.status == 0 && first.stderr.contains("wbx trust add did:key:z6Mk"),
        "{}",
        first.stderr
    );
    let second = place.run(&["toolkit", "sign", "echo"]);
    assert_eq!((second.status, &*second.stderr), (0, ""));
    assert_eq!(verify(&place), (0, String::new()));
}

#[test]
fn changing_adding_removing_or_renaming_any_file_breaks_the_signature() {
    let change = |path: &'static str| {
        move |place: &Place| {
            let file = place.path(path);
            let mut bytes = fs::read(&file).unwrap();
            bytes[0] ^= 1;
            fs::write(file, bytes).unwrap();
        }
    };
    let changes: [(&str, Change<'_>); 6] = [
        ("a manifest", &|place| {
            let file = place.path("toolkits/echo/manifest.org");
            let text = fs::read_to_string(&file).unwrap();
            fs::write(file, format!("{text}\n")).unwrap();
        }),
        ("a source", &change("toolkits/echo/tool.wat")),
        ("a skill", &change("toolkits/echo/skills/echo.org")),
        ("one more", &|place| {
            place.write("toolkits/echo/skills/more.org", "");
        }),
        ("one less", &|place| {
            fs::remove_file(place.path("toolkits/echo/skills/echo.org")).unwrap();
        }),
        ("another name", &|place| {
            let name = |name: &str| place.path(&format!("toolkits/echo/skills/{name}.org"));
            fs::rename(name("echo"), name("ECHO")).unwrap();
        }),
    ];
    for (what, change) in changes {
        let place = signed();
        change(&place);
        assert_eq!(verify(&place), (5, "workbooks::trust::tampered".into()), "{what}");
        assert_eq!(code(&place, &["toolkit", "sign", "echo"]).0, 0, "{what}");
        assert_eq!(verify(&place).0, 0, "{what}");
    }
}

#[test]
fn every_file_that_differs_is_named() {
    let place = signed();
    place.write("toolkits/echo/tool.wat", "(module)").write("toolkits/echo/more.txt", "");
    fs::remove_file(place.path("toolkits/echo/skills/echo.org")).unwrap();
    let ended = place.run(&["toolkit", "verify", "echo"]);
    for words in ["`tool.wat` was changed", "`more.txt` was added", "`skills/echo.org` is missing"]
    {
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    let (_, envelope) = place.json(&["toolkit", "verify", "echo"]);
    assert!(envelope["error"]["message"].as_str().unwrap().contains("`more.txt` was added"));
}

#[test]
fn a_flipped_byte_of_the_signature_is_refused_and_signing_again_mends_it() {
    let place = signed();
    let file = place.path("toolkits/echo/toolkit.intoto.jsonl");
    let good = fs::read(&file).unwrap();
    for at in [0, good.len() / 3, good.len() / 2, good.len() - 20] {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        fs::write(&file, bytes).unwrap();
        assert_eq!(verify(&place).0, 5, "{at}");
    }
    fs::write(&file, "").unwrap();
    assert_eq!(verify(&place).0, 5);
    assert_eq!(code(&place, &["toolkit", "sign", "echo"]).0, 0);
    assert_eq!(verify(&place).0, 0);
}

#[test]
fn the_signature_of_another_toolkit_does_not_fit() {
    let place = signed();
    place.toolkit("other", "#+VERSION: 1.0.0", ECHO);
    let name = "toolkit.intoto.jsonl";
    let there = place.path("toolkits/other").join(name);
    fs::copy(place.path("toolkits/echo").join(name), there).unwrap();
    assert_eq!(
        code(&place, &["toolkit", "verify", "other"]),
        (5, "workbooks::trust::tampered".into())
    );
}

#[test]
fn a_link_is_no_file_of_a_toolkit() {
    let place = signed();
    symlink("/etc/passwd", place.path("toolkits/echo/link")).unwrap();
    assert_eq!(verify(&place), (5, "workbooks::package::special".into()));
}
