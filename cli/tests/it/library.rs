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
