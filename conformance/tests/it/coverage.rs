//! The chain of names: a capability is called the same everywhere, and nothing is left out.

use std::fs;

use workbooks_conformance::{Contract, case, folders, root};
use workbooks_host::{Host, Policy, world};

#[test]
fn every_capability_has_its_wit_its_interface_and_a_case() {
    let contract = Contract::ours().unwrap();
    let package = &contract.resolve.packages[contract.package];
    let mut missing = Vec::new();
    for row in world::CAPABILITIES {
        let name = row.name;
        let mut needs = |there: bool, what: String| {
            if !there {
                missing.push(what);
            }
        };
        needs(root().join(format!("wit/{name}.wit")).is_file(), format!("wit/{name}.wit"));
        needs(package.interfaces.contains_key(name), format!("interface `{name}`"));
        needs(package.worlds.contains_key(&format!("cap-{name}")), format!("world `cap-{name}`"));
        needs(!row.summary.is_empty(), format!("a sentence about interface `{name}`"));
        let own = format!("{}/{name}@", world::PACKAGE.split('@').next().unwrap());
        needs(
            row.interfaces.iter().any(|i| i.starts_with(&own)),
            format!("`{own}…` in `cap-{name}`"),
        );
        let cases = folders(&root().join("conformance/cases").join(name)).unwrap_or_default();
        needs(!cases.is_empty(), format!("a case in conformance/cases/{name}/"));
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_host_offers_what_the_contract_has_and_nothing_else() {
    let host = Host::builder().threads(1).build().unwrap();
    let words = host.vocabulary();
    let contract: Vec<_> = world::CAPABILITIES.iter().map(|row| row.name).collect();
    assert_eq!(words.iter().collect::<Vec<_>>(), contract);
}

#[test]
fn every_wit_file_is_a_capability_or_known() {
    for entry in fs::read_dir(root().join("wit")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let known =
                ["types", "worlds", "shapes"].contains(&name) || world::capability(name).is_some();
            assert!(known, "wit/{name}.wit is neither a capability nor shared");
        }
    }
}

#[test]
fn every_case_is_one() {
    for (name, folder) in case::all().unwrap() {
        for file in ["case.toml", "expected.txt"] {
            assert!(folder.join(file).is_file(), "{name} has no {file}");
        }
    }
}

#[test]
fn the_readme_names_every_capability_and_its_policy_is_one() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let table: String = readme.lines().filter(|line| line.starts_with("| `")).collect();
    let unnamed: Vec<_> = world::CAPABILITIES
        .iter()
        .map(|row| row.name)
        .filter(|name| !table.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(unnamed, [""; 0]);

    let mut blocks = readme.split("```toml\n").skip(1);
    let (text, _) = blocks
        .find_map(|block| {
            block.split_once("```").filter(|(text, _)| text.contains("[toolkit.notes]"))
        })
        .unwrap();
    let host = Host::builder().threads(1).build().unwrap();
    let policy = Policy::parse(text, &host.vocabulary()).unwrap();
    let notes = policy.toolkit("notes").unwrap();
    assert_eq!((notes.serve.len(), notes.secrets.len(), notes.sign.len()), (1, 1, 1));
    assert_eq!((notes.private.len(), notes.net.as_ref().map(Vec::len)), (1, Some(1)));
}
