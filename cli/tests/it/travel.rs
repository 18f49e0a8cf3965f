//! What goes on where one toolkit of several fails, what has an id already, and for whom what is
//! written stands.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{ECHO, Place};

/// Publishes a toolkit to a registry of the author's own.
fn publish(author: &Place, registry: &str, id: &str, version: &str) -> PathBuf {
    author.toolkit(id, &format!("#+VERSION: {version}"), ECHO);
    let to = author.path(registry);
    let shown = to.display().to_string();
    let ended = author.run(&["toolkit", "publish", id, "--to", &shown, "--yes"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    to
}

fn look_in(stranger: &Place, registry: &std::path::Path) {
    let library = registry.display().to_string();
    stranger.write("home/policy.toml", &format!("[registry]\nlibrary = {library:?}\n"));
}

fn added(stranger: &Place, id: &str) {
    let ended = stranger.run(&["toolkit", "add", id, "--yes", "--trust"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
}

#[test]
fn an_update_that_fails_leaves_the_others_to_be_updated_and_decides_the_status() {
    let (author, rival, stranger) = (Place::new(), Place::new(), Place::new());
    let registry = publish(&author, "registry", "one", "1.0.0");
    publish(&author, "registry", "two", "1.0.0");
    look_in(&stranger, &registry);
    added(&stranger, "one");
    added(&stranger, "two");
    // Somebody else publishes the next `one`.
    fs::remove_dir_all(&registry).unwrap();
    let other = publish(&rival, "registry", "one", "1.1.0");
    fs::rename(&other, &registry).unwrap();
    publish(&author, "registry", "two", "1.1.0");

    let ended = stranger.run(&["toolkit", "update"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(ended.stdout.contains("two 1.0.0 → 1.1.0"), "{}", ended.stdout);
    for said in ["1 of 2 toolkits stay as they were", "`one` was not updated", "unknown_issuer"] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    let lock = fs::read_to_string(stranger.path("wbx.lock")).unwrap();
    assert!(lock.contains("\"1.0.0\"") && lock.contains("\"1.1.0\""), "{lock}");

    publish(&author, "registry", "two", "1.2.0");
    let (status, envelope) = stranger.json(&["toolkit", "update"]);
    assert_eq!(status, 5, "{envelope}");
    assert_eq!(envelope["error"]["code"], "workbooks::trust::unknown_issuer");
    let message = envelope["error"]["message"].as_str().unwrap();
    assert!(message.contains("two 1.1.0 → 1.2.0") && message.contains("`one`"), "{message}");
}

#[test]
fn an_id_that_was_added_is_no_name_for_a_new_toolkit() {
    let (author, stranger) = (Place::new(), Place::new());
    let registry = publish(&author, "registry", "echo", "1.0.0");
    look_in(&stranger, &registry);
    added(&stranger, "echo");
    let (status, envelope) = stranger.json(&["toolkit", "new", "echo"]);
    assert_eq!(
        (status, &envelope["error"]["code"]),
        (6, &json!("workbooks::cli::conflict::added"))
    );
    assert!(!stranger.path("toolkits/echo").exists());
    assert_eq!(stranger.run(&["toolkit", "remove", "echo"]).status, 0);
    assert_eq!(stranger.run(&["toolkit", "new", "echo"]).status, 0);
}

#[test]
fn what_was_added_is_shown_as_a_third_partys_whatever_it_says() {
    let (author, stranger) = (Place::new(), Place::new());
    author.toolkit("echo", "#+VERSION: 1.0.0\n#+TRUST: first-party", ECHO);
    let to = author.path("registry").display().to_string();
    assert_eq!(author.run(&["toolkit", "publish", "echo", "--to", &to, "--yes"]).status, 0);
    look_in(&stranger, &author.path("registry"));
    added(&stranger, "echo");
    assert_eq!(stranger.json(&["toolkit", "show", "echo"]).1["data"]["trust"], "third-party");
    assert_eq!(author.json(&["toolkit", "show", "echo"]).1["data"]["trust"], "first-party");
}

#[test]
fn what_nobody_could_be_asked_about_is_not_published_and_says_so_of_publishing() {
    let place = Place::new();
    place.toolkit("echo", "#+VERSION: 1.0.0", ECHO);
    let to = place.path("registry").display().to_string();
    let (status, envelope) = place.json(&["toolkit", "publish", "echo", "--to", &to]);
    assert_eq!(
        (status, &envelope["error"]["code"]),
        (1, &json!("workbooks::publish::unconsented"))
    );
    let message = envelope["error"]["message"].as_str().unwrap();
    assert!(message.contains("nothing was published"), "{message}");
    assert!(!place.path("registry/index").exists());
}

#[test]
fn what_a_registry_does_not_have_is_not_found_and_named() {
    let (author, stranger) = (Place::new(), Place::new());
    look_in(&stranger, &publish(&author, "registry", "echo", "1.0.0-rc.1"));
    let ended = stranger.run(&["toolkit", "add", "nope", "--yes"]);
    assert_eq!(ended.status, 4, "{}", ended.stderr);
    assert!(ended.stderr.contains("has no `nope`"), "{}", ended.stderr);
    for source in ["./nope", "./nope.zip", "./nope.tar", "./nope.wasm"] {
        let ended = stranger.run(&["toolkit", "add", source, "--yes"]);
        assert_eq!(ended.status, 4, "{}", ended.stderr);
    }
    let ended = stranger.run(&["toolkit", "add", "echo", "--yes"]);
    assert_eq!(ended.status, 4, "{}", ended.stderr);
    for said in ["has no version of `echo` that is a release", "it has: 1.0.0-rc.1"] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
}

#[cfg(unix)]
#[test]
fn what_is_written_for_others_keeps_its_mode_and_the_lock_is_as_readable_as_the_workbook() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (author, stranger) = (Place::new(), Place::new());
    look_in(&stranger, &publish(&author, "registry", "echo", "1.0.0"));
    for (folder, lock) in [(0o700, 0o600), (0o755, 0o644)] {
        fs::set_permissions(stranger.path("."), fs::Permissions::from_mode(folder)).unwrap();
        added(&stranger, "echo");
        assert_eq!(mode(stranger.path("wbx.lock")), lock);
    }
    stranger.write("page.html", "<!doctype html><title>x</title><p>x");
    fs::set_permissions(stranger.path("page.html"), fs::Permissions::from_mode(0o664)).unwrap();
    assert_eq!(stranger.run(&["sign", "page.html"]).status, 0);
    assert_eq!(mode(stranger.path("page.html")), 0o664);
}
