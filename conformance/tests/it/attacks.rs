//! The list of what is tried on Trust, `conformance/TRUST.md`: every line names cases or tests that
//! there are, and every case of the theme is named.

use std::collections::BTreeSet;
use std::fs;

use workbooks_conformance::{folders, root};

/// What stands between backquotes in the last column of each row: how it is attacked, by which names.
fn rows(text: &str) -> Vec<(&str, Vec<&str>)> {
    let cells = |line| -> Option<(&str, &str)> {
        let (first, rest) = str::strip_prefix(line, "| ")?.split_once(" | ")?;
        Some((first, rest.strip_suffix(" |")?))
    };
    let rows = text.lines().filter_map(cells).skip(1);
    rows.map(|(attack, held)| (attack, held.split('`').skip(1).step_by(2).collect())).collect()
}

/// A name may stand for all that begin so: `tar_*`.
fn means(name: &str, case: &str) -> bool {
    name.strip_suffix('*').map_or(name == case, |start| case.starts_with(start))
}

#[test]
fn every_attack_is_held_by_something_and_every_case_is_in_the_list() {
    let text = fs::read_to_string(root().join("conformance/TRUST.md")).unwrap();
    let rows = rows(&text);
    assert!(rows.len() > 20, "the list is not read");
    let cases = folders(&root().join("conformance/cases/trust")).unwrap();
    let cases: Vec<_> =
        cases.iter().map(|folder| folder.file_name().unwrap().to_str().unwrap()).collect();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for (attack, names) in &rows {
        assert!(!names.is_empty(), "nothing holds: {attack}");
        for name in names {
            if let Some((file, test)) = name.split_once("::") {
                let source = fs::read_to_string(root().join(file)).unwrap_or_default();
                assert!(source.contains(&format!("fn {test}(")), "{attack}: there is no {name}");
                continue;
            }
            let meant: Vec<_> = cases.iter().filter(|case| means(name, case)).collect();
            assert!(!meant.is_empty(), "{attack}: there is no case {name}");
            named.extend(meant.into_iter().copied());
        }
    }
    let unnamed: Vec<_> = cases.iter().filter(|case| !named.contains(**case)).collect();
    assert_eq!(unnamed, [&""; 0]);
}
