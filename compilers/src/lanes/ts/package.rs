//! A package that is a toolkit's source (`#+BUILD_SRC: npm:…`), as the toolkit's own program finds
//! it: under its name, as if it were installed.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::source::Tree;

/// What a package says of itself.
#[derive(Deserialize)]
struct About {
    name: String,
}

/// The tree with the package that is its root under `node_modules/`; none if there is no such
/// package, or the program consists of files of it.
pub(super) fn by_name(tree: &Tree, units: &[String]) -> Option<Tree> {
    let about = tree.files.get(&format!("{}/package.json", tree.root))?;
    if units.iter().any(|unit| tree.in_root(unit).is_some()) {
        return None;
    }
    let About { name } = serde_json::from_slice(about).ok()?;
    if name.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return None;
    }
    let place = |path: &String| match tree.in_root(path) {
        Some(inside) => format!("node_modules/{name}/{inside}"),
        None => path.clone(),
    };
    let files: BTreeMap<_, _> =
        tree.files.iter().map(|(path, bytes)| (place(path), bytes.clone())).collect();
    Some(Tree { files, root: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(about: &str) -> Tree {
        let files = [("a-1.0.0/package.json", about), ("a-1.0.0/i.d.ts", ""), ("src/main.ts", "")];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        Tree { files: files.into(), root: "a-1.0.0".to_owned() }
    }

    #[test]
    fn a_package_is_found_by_its_name() {
        let own = ["src/main.ts".to_owned()];
        let moved = by_name(&tree("{\"name\": \"@x/a\"}"), &own).unwrap();
        let paths: Vec<_> = moved.files.keys().map(String::as_str).collect();
        let expected =
            ["node_modules/@x/a/i.d.ts", "node_modules/@x/a/package.json", "src/main.ts"];
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_package_that_is_compiled_itself_or_has_no_name_stays() {
        let own = ["src/main.ts".to_owned()];
        for about in
            ["", "{}", "{\"name\": \"\"}", "{\"name\": \"../a\"}", "{\"name\": \"a/../b\"}"]
        {
            assert!(by_name(&tree(about), &own).is_none(), "{about}");
        }
        let theirs = ["a-1.0.0/i.ts".to_owned()];
        assert!(by_name(&tree("{\"name\": \"a\"}"), &theirs).is_none());
    }
}
