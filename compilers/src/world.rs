//! The guest's own world: the contract cut down to what a manifest's `#+CAPS` name.

use std::path::Path;

use miette::Diagnostic;
use thiserror::Error;
use wit_parser::{Resolve, UnresolvedPackageGroup, WorldId};

/// The contract's package, without its version.
const PACKAGE: &str = "workbooks:engine";
/// The name of the package and the world that is made.
const GUEST: &str = "guest";

/// What a guest exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Nothing typed: a command or a kernel, which the host lifts.
    Core,
    /// `tool`: tools that an agent can call.
    Tool,
}

/// Why there is no such world.
#[derive(Debug, Error, Diagnostic)]
pub enum WorldError {
    /// A capability that the contract does not have.
    #[error("there is no capability {name:?}")]
    #[diagnostic(
        code(workbooks::world::unknown_capability),
        help("the capabilities are: {known}")
    )]
    UnknownCapability {
        /// What was asked for.
        name: String,
        /// All that there are.
        known: String,
    },

    /// The contract's own text does not resolve: a bug of ours.
    #[error("the contract does not resolve: {0}")]
    #[diagnostic(code(workbooks::world::contract))]
    Contract(String),
}

/// The contract's text: paths and contents of the files of `wit/`, dependencies under `deps/`.
#[derive(Clone, Copy, Debug)]
pub struct Contract<'a>(pub &'a [(&'a str, &'a str)]);

impl Contract<'static> {
    /// This build's own contract.
    pub const OURS: Self = Self(workbooks_bindings::WIT);
}

impl Contract<'_> {
    /// The WIT text of the guest's world for `caps`, the words of `#+CAPS`: package
    /// `workbooks:guest`, world `guest`.
    ///
    /// # Errors
    /// [`WorldError::UnknownCapability`].
    pub fn world(&self, caps: &[String], door: Door) -> Result<String, WorldError> {
        let (resolve, contract) = self.resolve()?;
        let package = &resolve.packages[contract];
        let version = package.name.version.as_ref().map(|v| format!("@{v}")).unwrap_or_default();
        let mut words: Vec<_> = caps.iter().map(String::as_str).collect();
        words.sort_unstable();
        words.dedup();
        let mut text = format!("package workbooks:{GUEST};\n\nworld {GUEST} {{\n");
        text.push_str(&format!("  include {PACKAGE}/base{version};\n"));
        for word in words {
            if !package.worlds.contains_key(&format!("cap-{word}")) {
                let known = package.worlds.keys().filter_map(|name| name.strip_prefix("cap-"));
                let known = known.collect::<Vec<_>>().join(" ");
                return Err(WorldError::UnknownCapability { name: word.to_owned(), known });
            }
            text.push_str(&format!("  include {PACKAGE}/cap-{word}{version};\n"));
        }
        match door {
            Door::Core => {}
            Door::Tool => text.push_str(&format!("  export {PACKAGE}/tool{version};\n")),
        }
        text.push_str("}\n");
        Ok(text)
    }

    /// The resolved world of `text`, which [`Contract::world`] made.
    ///
    /// # Errors
    /// [`WorldError::Contract`].
    pub fn resolved(&self, text: &str) -> Result<(Resolve, WorldId), WorldError> {
        let (mut resolve, _) = self.resolve()?;
        let guest = resolve.push_str("guest.wit", text).map_err(contract)?;
        let world = resolve.select_world(&[guest], Some(GUEST)).map_err(contract)?;
        Ok((resolve, world))
    }

    fn resolve(&self) -> Result<(Resolve, wit_parser::PackageId), WorldError> {
        let mut main = wit_parser::SourceMap::new();
        let mut dependencies = Vec::new();
        for (path, text) in self.0 {
            if path.starts_with("deps/") {
                dependencies.push(UnresolvedPackageGroup::parse(path, text).map_err(|(_, error)| contract(error))?);
            } else {
                main.push(Path::new(path), *text);
            }
        }
        let main = main.parse().map_err(|(_, error)| contract(error))?;
        let mut resolve = Resolve::default();
        let package = resolve.push_groups(main, dependencies).map_err(contract)?;
        Ok((resolve, package))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn contract(error: impl ToString) -> WorldError {
    WorldError::Contract(error.to_string())
}
