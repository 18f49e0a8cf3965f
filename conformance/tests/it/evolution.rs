//! What a release may change: on fixtures, and, once there is a release, on the contract itself.

use std::fs;

use workbooks_conformance::{Contract, broken_by, folders, root};

#[test]
fn each_fixture_is_judged_as_it_expects() {
    let fixtures = folders(&root().join("conformance/fixtures/evolution")).unwrap();
    assert!(fixtures.len() >= 8, "{fixtures:?}");
    let mut wrong = Vec::new();
    for folder in fixtures {
        let at = |name: &str| Contract::at(&folder.join(name)).unwrap();
        let broken = broken_by(&at("before.wit"), &at("after.wit")).unwrap();
        let mut said: Vec<_> = broken.iter().map(ToString::to_string).collect();
        if said.is_empty() {
            said.push("allowed".to_owned());
        }
        let said = said.join("\n") + "\n";
        if bless() {
            fs::write(folder.join("expected"), &said).unwrap();
        }
        let expected = fs::read_to_string(folder.join("expected")).unwrap_or_default();
        if said != expected {
            wrong.push(format!("{}: expected\n{expected}but it was\n{said}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[expect(clippy::disallowed_methods, reason = "it is a switch of the tests")]
fn bless() -> bool {
    std::env::var_os("BLESS").is_some()
}

#[test]
fn the_contract_breaks_no_release_of_its_minor() {
    let ours = Contract::at(&root().join("wit")).unwrap();
    let releases = folders(&root().join("wit/released")).unwrap();
    if releases.is_empty() {
        assert!(
            ours.version().ends_with("-dev"),
            "{} is no draft, but nothing is released",
            ours.version()
        );
    }
    let minor = |version: &str| version.split('.').take(2).collect::<Vec<_>>().join(".");
    for folder in releases {
        let released = Contract::at(&folder).unwrap();
        assert_eq!(folder.file_name().unwrap().to_str(), Some(released.version().as_str()));
        if minor(&released.version()) == minor(&ours.version()) {
            assert_eq!(broken_by(&released, &ours).unwrap(), [], "{}", released.version());
        }
    }
}

#[test]
fn the_contract_breaks_nothing_of_itself() {
    let ours = Contract::at(&root().join("wit")).unwrap();
    assert_eq!(broken_by(&ours, &ours).unwrap(), []);
}
