//! What `deny.toml` says of licences, sources and versions, held without `cargo deny`, which says more:
//! it knows advisories and other systems.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use workbooks_conformance::root;

/// What the workspace is made of here: name, version, where else than in the registry it comes from,
/// licence.
#[expect(clippy::disallowed_methods, reason = "a test starts what it tests")]
fn packages() -> BTreeSet<[String; 4]> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--workspace", "--prefix", "none"])
        .args(["--edges", "all", "--format", "{p}|{l}"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let package = |line: &str| {
        let (package, licence) = line.split_once('|')?;
        let (name, rest) = package.split_once(" v")?;
        let (version, from) = rest.split_once(' ').unwrap_or((rest, ""));
        let from = from.replace("(proc-macro)", "");
        // What was shown before, with what it is made of, is marked.
        let licence = licence.trim_end_matches(" (*)");
        Some([name, version, from.trim(), licence].map(str::to_owned))
    };
    text.lines().filter_map(package).collect()
}

fn rules() -> toml::Value {
    fs::read_to_string(root().join("deny.toml")).unwrap().parse().map(toml::Value::Table).unwrap()
}

/// The texts of a list, or of its tables under `key`.
fn words(list: &toml::Value, key: &str) -> Vec<String> {
    let word = |item: &toml::Value| item.get(key).unwrap_or(item).as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(word).collect()
}

/// Whether an SPDX expression can be fulfilled with these licences; `/` is an old spelling of `OR`.
fn allows(allowed: &BTreeSet<String>, expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words: Vec<_> = spaced.split_whitespace().rev().collect();
    either(allowed, &mut words) && words.is_empty()
}

fn either(allowed: &BTreeSet<String>, words: &mut Vec<&str>) -> bool {
    let mut holds = both(allowed, words);
    while words.last() == Some(&"OR") {
        words.pop();
        holds |= both(allowed, words);
    }
    holds
}

fn both(allowed: &BTreeSet<String>, words: &mut Vec<&str>) -> bool {
    let mut holds = one(allowed, words);
    while words.last() == Some(&"AND") {
        words.pop();
        holds &= one(allowed, words);
    }
    holds
}

fn one(allowed: &BTreeSet<String>, words: &mut Vec<&str>) -> bool {
    match words.pop() {
        Some("(") => either(allowed, words) & (words.pop() == Some(")")),
        Some(licence) if words.last() == Some(&"WITH") => {
            words.pop();
            let exception = words.pop().unwrap_or_default();
            allowed.contains(&format!("{licence} WITH {exception}"))
        }
        licence => licence.is_some_and(|licence| allowed.contains(licence)),
    }
}

#[test]
fn every_licence_is_one_that_is_allowed() {
    let rules = rules();
    let allowed: BTreeSet<_> = words(&rules["licenses"]["allow"], "").into_iter().collect();
    let spared = words(&rules["licenses"]["exceptions"], "crate");
    for (expression, fits) in [
        ("MIT OR GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND Zlib", true),
        ("MIT/GPL-3.0", true),
        ("GPL-3.0 WITH LLVM-exception", false),
        ("", false),
    ] {
        assert_eq!(allows(&allowed, expression), fits, "{expression}");
    }
    for [name, _, _, licence] in packages() {
        let fits = allows(&allowed, &licence) || spared.contains(&name);
        assert!(fits, "{name}: {licence:?}");
    }
}

#[test]
fn each_crate_comes_from_the_registry_in_one_version_but_for_those_that_are_told() {
    let bans = &rules()["bans"];
    let (banned, skipped) = (words(&bans["deny"], "crate"), words(&bans["skip"], "crate"));
    let mut versions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for [name, version, from, _] in packages() {
        assert!(!banned.contains(&name), "{name} is banned");
        assert!(from.is_empty() || from.starts_with("(/"), "{name} comes from {from}");
        let told = format!("{name}@{version}.");
        if !skipped.iter().any(|skipped| told.starts_with(&format!("{skipped}."))) {
            versions.entry(name).or_default().insert(version);
        }
    }
    assert!(versions.len() > 100, "the dependencies are not found");
    versions.retain(|_, versions| versions.len() > 1);
    assert_eq!(versions, BTreeMap::new());
}
