//! Which packages a program has, in the order in which they are compiled.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{
    PLAN,
    step::{Call, Sight, Steps},
};
use crate::compile_error::CompileError;

/// Packages that a program may have.
const MAX_PACKAGES: usize = 2000;

/// One package.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    /// Its import path.
    pub(super) path: String,
    /// The language that it is written in: `go1.21`.
    pub(super) lang: String,
    /// Its files, by their paths in the sandbox.
    pub(super) files: Vec<String>,
    /// The packages of the program that it imports.
    #[serde(default, deserialize_with = "or_none")]
    pub(super) imports: Vec<String>,
    /// Its files in assembly, likewise, where functions without a body may have one.
    #[serde(default)]
    pub(super) assembly: Vec<String>,
    /// What these may include.
    #[serde(default)]
    pub(super) headers: Vec<String>,
    /// What it embeds, as the compiler reads it.
    #[serde(default)]
    pub(super) embed: Option<Embed>,
}

/// The files that a package embeds.
#[derive(Debug, Deserialize, serde::Serialize)]
pub(super) struct Embed {
    #[serde(rename = "Patterns")]
    pub(super) patterns: BTreeMap<String, Vec<String>>,
    #[serde(rename = "Files")]
    pub(super) files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Plan {
    packages: Vec<Package>,
}

/// Plans the program: the main package last, every other before those that import it.
///
/// # Errors
/// [`CompileError::Rejected`] with what is wrong with the imports.
pub(super) fn of(steps: &Steps<'_>) -> Result<Vec<Package>, CompileError> {
    let job = steps.job;
    let root = &job.tree.root;
    let mut args = vec!["plan".to_owned()];
    args.push(at(&entry(root, job.units)));
    // The go.mod may stand beside the source's folder.
    args.push(at(""));
    if !job.bindings.is_empty() {
        args.push(at("bindings"));
    }
    let call = Call { at: "the plan", tool: PLAN, args, sight: Sight::Source, out: None };
    let text = steps.run(call)?;
    let unreadable = |why: String| CompileError::Io(std::io::Error::other(why));
    let plan: Plan = serde_json::from_slice(&text).map_err(|why| unreadable(why.to_string()))?;
    if plan.packages.len() > MAX_PACKAGES {
        return Err(unreadable(format!("more than {MAX_PACKAGES} packages")));
    }
    Ok(plan.packages)
}

/// A path in the sandbox.
fn at(path: &str) -> String {
    if path.is_empty() { "/build".to_owned() } else { format!("/build/{path}") }
}

/// The folder of the main package: the source's own if files of it are compiled, else the one
/// that has all the files, else the first with a `main.go`, else the shortest.
fn entry(root: &str, units: &[String]) -> String {
    let folders: BTreeSet<&str> = units.iter().map(|unit| folder(unit)).collect();
    let main = || folders.iter().find(|dir| units.iter().any(|unit| is_main(dir, unit)));
    let shortest = || folders.iter().min_by_key(|dir| (dir.len(), **dir));
    let found = folders.get(root).or_else(main).or_else(shortest);
    found.copied().unwrap_or(root).to_owned()
}

fn is_main(dir: &str, unit: &str) -> bool {
    folder(unit) == dir && unit.rsplit('/').next() == Some("main.go")
}

fn folder(unit: &str) -> &str {
    unit.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Go writes a list without elements as null.
fn or_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_package_is_in_the_source_s_folder_or_where_main_go_is() {
        let entry = |units: &[&str]| {
            entry("src", &units.iter().map(|&unit| unit.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(entry(&["src/a.go", "src/b/main.go"]), "src");
        assert_eq!(entry(&["src/a/a.go", "src/cmd/x/main.go"]), "src/cmd/x");
        assert_eq!(entry(&["src/cmd/x/x.go"]), "src/cmd/x");
    }
}
