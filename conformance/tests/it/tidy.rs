//! What no lint sees.

use std::fs;
use std::path::Path;

use workbooks_conformance::{root, rust_files};
use workbooks_host::world;

/// The longest file, in lines.
const LONGEST: usize = 500;
/// Files that are tables, and may be longer.
const TABLES: &[&str] = &[];
/// Names that say nothing of what is in a file.
const NAMELESS: &[&str] = &[
    "common", "core", "handler", "helper", "helpers", "macros", "manager", "misc", "service",
    "types", "util", "utils",
];
/// Files of the Dock that are no capability.
const BESIDE: &[&str] = &[
    "mod",
    "backend",
    "blocking",
    "closed",
    "connection",
    "keyvalue",
    "log",
    "program",
    "testing",
    "tests",
    "unavailable",
];

fn named(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Each file that breaks a rule, with why.
fn broken(rule: impl Fn(&str, &str) -> Option<String>) -> Vec<String> {
    let files = rust_files().expect("the tree can be read");
    assert!(files.len() > 50, "the tree is not found");
    files
        .iter()
        .filter_map(|path| {
            rule(&named(path), &fs::read_to_string(path).expect("it is text"))
                .map(|why| format!("{}: {why}", named(path)))
        })
        .collect()
}

#[test]
fn every_file_says_first_what_it_is() {
    let found = broken(|_, text| {
        let first = text.lines().next().unwrap_or_default();
        let says = first.strip_prefix("//! ").is_some_and(|rest| rest.len() > 10);
        (!says).then(|| {
            format!("its first line is {first:?}, and should be `//! What may stand here`")
        })
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    let found = broken(|name, text| {
        let lines = text.lines().count();
        (lines > LONGEST && !TABLES.contains(&name)).then(|| format!("{lines} lines"))
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_name_says_something() {
    let found = broken(|name, _| {
        let nameless = |part: &str| NAMELESS.contains(&part.trim_end_matches(".rs"));
        name.split('/').find(|part| nameless(part)).map(|part| format!("`{part}` says nothing"))
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_file_of_the_dock_is_called_as_its_capability() {
    for entry in fs::read_dir(root().join("host/src/capabilities")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            BESIDE.contains(&name) || world::capability(name).is_some(),
            "`{name}` is no capability"
        );
    }
}

#[test]
fn what_a_toolkit_asks_and_a_policy_allows_is_decided_without_io_or_engine() {
    const BEYOND: &[&str] =
        &["std::fs", "std::env", "std::net", "std::process", "tokio::", "wasmtime::", "rusqlite::"];
    let found = broken(|name, text| {
        let pure = ["host/src/toolkit/", "host/src/policy/"];
        let bound = pure.iter().any(|folder| name.starts_with(folder));
        let reached = BEYOND.iter().find(|beyond| bound && text.contains(**beyond));
        reached.map(|beyond| format!("it reaches `{beyond}`"))
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn only_the_cache_loads_native_code() {
    let lint = concat!("unsafe", "_code");
    let found = broken(|name, text| {
        let expected = name == "host/src/cache.rs";
        (text.contains(lint) != expected).then(|| format!("`{lint}` is the cache's alone"))
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn processes_start_in_three_places() {
    let started = concat!("process::", "Command");
    let found = broken(|name, text| {
        let product = ["host/src/", "compilers/src/", "cli/src/"];
        let places = ["host/src/child/", "compilers/src/provision/", "cli/src/io/"];
        let bound = |folders: &[&str]| folders.iter().any(|folder| name.starts_with(folder));
        let test = name.contains("/tests/");
        let starts = text.contains(started) || text.contains("Command::new(");
        (starts && !test && bound(&product) && !bound(&places))
            .then(|| "it starts a process".to_owned())
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn winch_is_not_linked() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"cranelift-codegen\""), "the lock is not read");
    assert!(!lock.contains("winch"));
}
