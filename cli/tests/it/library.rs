//! `wbx library list|checkout|checkin|query`.

use std::fs;

use serde_json::json;
use snapbox::str;

use crate::support::{Ended, Place};

/// Two seeds, and the DID of the first.
const MINE: &str = "0101010101010101010101010101010101010101010101010101010101010101";
const OTHER: &str = "0202020202020202020202020202020202020202020202020202020202020202";
const ME: &str = "did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX";

fn workspace() -> Place {
    let place = Place::new();
    let member = |title: &str, path: &str, scope: &str| {
        format!("* {title} :member:\n:PROPERTIES:\n:PATH: {path}\n:SCOPE: {scope}\n:END:\n")
    };
    let text = format!("#+TITLE: House\n#+OWNER: {ME}\n")
        + &member("Budget 2027", "members/budget", "write")
        + &member("Recipes", "recipes.html", "read")
        + "* Ada's :member:\n:PROPERTIES:\n:DID: did:web:ada.example\n:END:\n";
    place.write("workspace.org", &text);
    place.write("members/budget/workbook.html", "<p>Budget</p>");
    place.write("members/budget/data/rows.csv", "rent,900\nfood,300\n");
    place.write("members/budget/.notes", "hidden");
    place.write("recipes.html", "<p>Soup</p>");
    place
}

fn run_as(place: &Place, key: &str, args: &[&str]) -> Ended {
    let output = place.command(args).env("WBX_SIGNING_KEY", key).output().unwrap();
    Ended {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(place: &Place, args: &[&str]) -> Ended {
    run_as(place, MINE, args)
}

fn json(place: &Place, args: &[&str]) -> (i32, serde_json::Value) {
    let args: Vec<_> = ["--json"].iter().chain(args).copied().collect();
    let ended = run(place, &args);
    (ended.status, serde_json::from_str(&ended.stdout).unwrap())
}

#[test]
fn without_a_workspace_there_is_nothing_to_list() {
    let ended = Place::new().run(&["library", "list"]);
    assert_eq!(ended.status, 4);
    assert!(ended.stderr.contains("workspace.org"), "{}", ended.stderr);
}

#[test]
fn a_stranger_is_told_why_and_gets_nothing() {
    let place = workspace();
    let nobody = place.run(&["library", "checkout", "recipes"]);
    assert_eq!(nobody.status, 7);
    assert!(nobody.stderr.contains("wbx key new"), "{}", nobody.stderr);
    let ended = run_as(&place, OTHER, &["library", "checkout", "recipes"]);
    assert_eq!(ended.status, 7, "{}", ended.stderr);
    assert!(!place.path("recipes").exists());
    let unusable = run_as(&place, "nonsense", &["library", "list"]);
    assert!(unusable.status != 0 && unusable.stderr.contains("WBX_SIGNING_KEY"));
}

#[test]
fn a_workspace_with_mistakes_is_shown_where_they_are() {
    let place = Place::new();
    place.write("workspace.org", "* One\n:PROPERTIES:\n:PATH: ../etc\n:SCOPE: wirte\n:END:\n");
    let ended = run(&place, &["library", "list"]);
    assert_eq!(ended.status, 5);
    for said in ["../etc", "leads out", "wirte", "write"] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
}

#[test]
fn no_escape_of_a_workspace_reaches_the_terminal() {
    let place = workspace();
    let evil = format!("#+OWNER: {ME}\n* a\u{1b}[2Jb\n:PROPERTIES:\n:PATH: recipes.html\n:END:\n");
    place.write("workspace.org", &evil);
    let ended = run(&place, &["library", "list"]);
    assert_eq!(ended.status, 5);
    assert!(!(ended.stdout + &ended.stderr).contains('\u{1b}'));
}

#[test]
fn members_are_listed_with_what_may_be_done() {
    let place = workspace();
    place
        .command(&["library", "list"])
        .env("WBX_SIGNING_KEY", MINE)
        .assert()
        .code(0)
        .stderr_eq(str![""])
        .stdout_eq(str![[r"
budget-2027  write  folder of 2 files, its page unsigned  Budget 2027
recipes      read   file, its page unsigned               Recipes
ada-s        read   elsewhere                             Ada's

"]]);
    let (_, stranger) = place.json(&["library", "list"]);
    let access: Vec<_> = stranger["data"]["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["access"].as_str().unwrap())
        .collect();
    assert_eq!(access, ["none", "none", "none"]);
    assert!(stranger["data"]["members"][0]["files"].is_null(), "it was not even looked at");
}

#[test]
fn a_checkout_is_checked_in_whole_and_never_over_what_others_wrote() {
    let place = workspace();
    let (status, out) = json(&place, &["library", "checkout", "budget-2027", "--into", "work"]);
    assert_eq!((status, &out["data"]["files"]), (0, &json!(2)), "{out}");
    assert_eq!(out["data"]["left_out"], json!([".notes"]));
    assert_eq!(run(&place, &["library", "checkout", "budget-2027", "--into", "work"]).status, 6);

    place.write("work/data/rows.csv", "rent,950\n").write("work/more/plan.org", "* Plan\n");
    let (status, done) = json(&place, &["library", "checkin", "budget-2027", "work"]);
    assert_eq!(status, 0, "{done}");
    assert_eq!(done["data"]["added"], json!(["more/plan.org"]));
    assert_eq!(done["data"]["signed"], json!("workbook.html"));
    let (_, listed) = json(&place, &["library", "list"]);
    let member = &listed["data"]["members"][0];
    assert_eq!(member["signed"], json!(format!("signed by {ME}")), "{member}");
    // A page that nobody touched since is not signed anew.
    let (_, same) = json(&place, &["library", "checkin", "budget-2027", "work"]);
    assert_eq!((&same["data"]["changed"], &same["data"]["signed"]), (&json!([]), &json!(null)));
    let read = |path: &str| fs::read_to_string(place.path(path)).unwrap();
    assert_eq!(read("members/budget/more/plan.org"), "* Plan\n");
    assert_eq!(read("members/budget/data/rows.csv"), "rent,950\n");
    assert_eq!(read("members/budget/.notes"), "hidden");

    place.write("members/budget/data/rows.csv", "theirs\n").write("work/data/rows.csv", "mine\n");
    let conflict = run(&place, &["library", "checkin", "budget-2027", "work"]);
    assert_eq!(conflict.status, 6, "{}", conflict.stderr);
    assert_eq!(read("members/budget/data/rows.csv"), "theirs\n");

    json(&place, &["library", "checkout", "recipes"]);
    place.write("recipes/recipes.html", "<p>Stew</p>");
    assert_eq!(run(&place, &["library", "checkin", "recipes", "recipes"]).status, 7);
    assert_eq!(read("recipes.html"), "<p>Soup</p>");
}

#[test]
fn one_question_goes_to_all_members_that_may_be_read() {
    let place = workspace();
    let ended = run(&place, &["library", "query", "DELETE FROM files"]);
    assert_eq!(ended.status, 2, "{}", ended.stderr);
    place
        .command(&[
            "library",
            "query",
            "SELECT member, path, size FROM files WHERE content LIKE '%Soup%' OR path LIKE '%csv'",
        ])
        .env("WBX_SIGNING_KEY", MINE)
        .assert()
        .code(0)
        .stdout_eq(str![[r"
member       path           size
budget-2027  data/rows.csv  18
recipes      recipes.html   11
skipped ada-s: the member `ada-s` is kept elsewhere: it has no `:PATH:`

"]]);
    let (_, stranger) = place.json(&["library", "query", "SELECT count(*) FROM files"]);
    assert_eq!(stranger["data"]["rows"], json!([[0]]));
    assert_eq!(stranger["data"]["skipped"].as_array().unwrap().len(), 3);
}

#[test]
fn of_each_signed_page_it_is_told_whether_its_signer_is_trusted() {
    let place = workspace();
    assert_eq!(run_as(&place, OTHER, &["sign", "recipes.html"]).status, 0);
    let recipes = || json(&place, &["library", "list"]).1["data"]["members"][1].clone();
    let found = recipes();
    let signer = found["signer"].as_str().unwrap().to_owned();
    assert_eq!((&found["trusted"], &signer != ME), (&json!(false), true), "{found}");
    let says = run(&place, &["library", "list"]).stdout;
    assert!(says.contains(&format!("signed by {signer}, whom you do not trust")), "{says}");

    assert_eq!(run(&place, &["trust", "add", &signer, "--name", "Ada"]).status, 0);
    let found = recipes();
    assert_eq!((&found["trusted"], &found["distrust"]), (&json!(true), &json!(null)), "{found}");
    assert_eq!(found["signed"], "signed by Ada");

    assert_eq!(run(&place, &["trust", "revoke", "Ada"]).status, 0);
    let found = recipes();
    assert_eq!(found["trusted"], false);
    assert!(found["distrust"].as_str().unwrap().contains("revoked"), "{found}");

    let page = fs::read_to_string(place.path("recipes.html")).unwrap();
    place.write("recipes.html", &page.replace("Soup", "Soap"));
    let found = recipes();
    assert_eq!(found["signed"], "not what was signed");
    assert_eq!((&found["signer"], &found["trusted"]), (&json!(null), &json!(null)), "{found}");
}

/// Writes its text into `plan.md` of the volume `workspace`.
fn writer(text: &str) -> String {
    format!(
        r#"(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "plan.md") (data (i32.const 96) "{text}")
  (func (export "_start")
    (if (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 7) (i32.const 1)
        (i64.const 64) (i64.const 64) (i32.const 0) (i32.const 16))
      (then (call $exit (i32.const 8))))
    (i32.store (i32.const 0) (i32.const 96)) (i32.store (i32.const 4) (i32.const {}))
    (if (call $write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8))
      (then (call $exit (i32.const 9))))))"#,
        text.len()
    )
}

#[test]
fn a_member_that_carries_volumes_is_asked_about_and_goes_out_and_in_with_them() {
    let place = workspace();
    let done = |args: &[&str]| {
        let ended = run(&place, args);
        assert_eq!(ended.status, 0, "{args:?} {}", ended.stderr);
    };
    let write = |instance: &str, text: &str| {
        place.write("writer.wat", &writer(text));
        done(&["toolkit", "run", "--instance", instance, "--grant", "vfs", "writer.wat"]);
    };
    let asked = || {
        let sql = "SELECT member, volume, path, content FROM files WHERE volume <> ''";
        json(&place, &["library", "query", sql]).1["data"]["rows"].clone()
    };
    place.write("notes/workbook.html", "<body><p>Notes</p></body>");
    write("notes", "soup on friday");
    done(&["bundle", "notes", "--out", "members/budget/workbook.html"]);
    let row = |text: &str| json!([["budget-2027", "workspace", "plan.md", text]]);
    assert_eq!(asked(), row("soup on friday"));

    done(&["library", "checkout", "budget-2027", "--into", "work"]);
    done(&["unbundle", "work/workbook.html", "--into", "copy"]);
    write("copy", "stew on sunday");
    done(&["bundle", "copy", "--out", "work/workbook.html"]);
    assert_eq!(asked(), row("soup on friday"), "not checked in yet");
    done(&["library", "checkin", "budget-2027", "work"]);
    assert_eq!(asked(), row("stew on sunday"));
    done(&["verify", "members/budget/workbook.html"]);
    done(&["unbundle", "members/budget/workbook.html", "--into", "third", "--signed"]);
    let (_, listed) = json(&place, &["library", "list"]);
    assert_eq!(listed["data"]["members"][0]["trusted"], true, "{listed}");

    // What the signature does not bind is not asked about.
    let page = fs::read_to_string(place.path("members/budget/workbook.html")).unwrap();
    place.write("members/budget/workbook.html", &page.replace("<p>Notes", "<p>Rates"));
    assert_eq!(asked(), json!([]));
}
