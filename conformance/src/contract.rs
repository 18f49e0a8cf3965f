//! A package of WIT with its dependencies, as text and resolved: the contract, or a copy of it.

use std::fs;
use std::path::Path;

use wit_parser::{PackageId, Resolve, SourceMap, UnresolvedPackageGroup, WorldId};

/// One version of a package.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Paths and texts; those of dependencies begin with `deps/`.
    files: Vec<(String, String)>,
    /// All of it, resolved.
    pub resolve: Resolve,
    /// The package itself.
    pub package: PackageId,
}

impl Contract {
    /// The contract of this build.
    ///
    /// # Errors
    ///
    /// When it does not resolve.
    pub fn ours() -> Result<Self, String> {
        let files = workbooks_host::world::WIT;
        Self::new(files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect())
    }

    /// A folder that is laid out as `wit/`, or a single file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or does not resolve.
    pub fn at(path: &Path) -> Result<Self, String> {
        let failed = |why: std::io::Error| format!("{}: {why}", path.display());
        if path.is_file() {
            return Self::new(vec![(
                "package.wit".into(),
                fs::read_to_string(path).map_err(failed)?,
            )]);
        }
        let mut files = Vec::new();
        for folder in ["", "deps/"] {
            let Ok(entries) = fs::read_dir(path.join(folder)) else { continue };
            for entry in entries {
                let file = entry.map_err(failed)?.path();
                if file.extension().is_some_and(|extension| extension == "wit") {
                    let name = file.file_name().unwrap_or_default().to_string_lossy();
                    files.push((
                        format!("{folder}{name}"),
                        fs::read_to_string(&file).map_err(failed)?,
                    ));
                }
            }
        }
        files.sort();
        Self::new(files)
    }

    fn new(files: Vec<(String, String)>) -> Result<Self, String> {
        let mut main = SourceMap::new();
        let mut dependencies = Vec::new();
        for (path, text) in &files {
            if path.starts_with("deps/") {
                let group = UnresolvedPackageGroup::parse(path, text)
                    .map_err(|(_, why)| why.to_string())?;
                dependencies.push(group);
            } else {
                main.push(Path::new(path), text.as_str());
            }
        }
        let main = main.parse().map_err(|(_, why)| why.to_string())?;
        let mut resolve = Resolve::default();
        let package = resolve.push_groups(main, dependencies).map_err(|why| why.to_string())?;
        Ok(Self { files, resolve, package })
    }

    /// The same package at another version.
    ///
    /// # Errors
    ///
    /// When it names its own version in another place than its `package` lines.
    pub fn with_version(&self, version: &str) -> Result<Self, String> {
        let name = &self.resolve.packages[self.package].name;
        let (old, new) = (
            format!("package {name};"),
            format!("package {}:{}@{version};", name.namespace, name.name),
        );
        let files = self.files.iter().map(|(path, text)| (path.clone(), text.replace(&old, &new)));
        Self::new(files.collect())
    }

    /// The package's version; empty if it has none.
    pub fn version(&self) -> String {
        self.resolve.packages[self.package]
            .name
            .version
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    /// The line that includes a world of the package in a world of another one.
    pub fn include(&self, world: &str) -> String {
        let name = &self.resolve.packages[self.package].name;
        let version =
            name.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
        format!("include {}:{}/{world}{version};", name.namespace, name.name)
    }

    /// The only world of `text`, a package that may name this one.
    ///
    /// # Errors
    ///
    /// When it does not resolve.
    pub fn beside(&self, text: &str) -> Result<(Resolve, WorldId), String> {
        let mut resolve = self.resolve.clone();
        let package = resolve.push_str("beside.wit", text).map_err(|why| format!("{why:#}"))?;
        let world = resolve.select_world(&[package], None).map_err(|why| format!("{why:#}"))?;
        Ok((resolve, world))
    }

    /// A world of the package.
    pub fn world(&self, name: &str) -> Option<WorldId> {
        self.resolve.packages[self.package].worlds.get(name).copied()
    }
}
