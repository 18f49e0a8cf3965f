//! The guest's own world: the contract cut down to what a manifest's `#+CAPS` name.

use std::path::Path;

use miette::Diagnostic;
use thiserror::Error;
use wit_parser::{Resolve, UnresolvedPackageGroup, WorldId};

use crate::{declared::Declared, declared_error::DeclaredError, origin::Origin};

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
    /// `kernel`, of a component that is one already.
    Kernel,
    /// `wasi:cli/run`, of a component that is a command already.
    Run,
    /// What `serve` calls for HTTP: the world `handler-http`.
    Http,
    /// What `serve` calls for TCP: the world `handler-tcp`.
    Tcp,
}

impl Door {
    /// What a component exports whose manifest names this world in `#+WIT`; tools, unless it is one
    /// of the handlers. Any other world is the author's own: see [`Contract::guest`].
    pub fn of_component(world: Option<&str>) -> Self {
        match world {
            Some("handler-http") => Self::Http,
            Some("handler-tcp") => Self::Tcp,
            _ => Self::Tool,
        }
    }
}

/// Why there is no such world.
#[derive(Debug, Error, Diagnostic)]
pub enum WorldError {
    /// A capability that the contract does not have.
    #[error("there is no capability {name:?}")]
    #[diagnostic(code(workbooks::world::unknown_capability), help("the capabilities are: {known}"))]
    UnknownCapability {
        /// What was asked for.
        name: String,
        /// All that there are.
        known: String,
    },

    /// The world that the toolkit's author declares is not taken.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Declared(#[from] DeclaredError),

    /// Bindings for the world cannot be made.
    #[error("there are no {language} bindings for this world: {why}")]
    #[diagnostic(
        code(workbooks::wit::bindings),
        help("write the function that it names in another way")
    )]
    Bindings {
        /// For which language.
        language: &'static str,
        /// What the generator said.
        why: String,
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
    /// The WIT text of the world of the toolkit `origin`, a component whose manifest says `caps`
    /// and `wit` (`#+CAPS`, `#+WIT`): what the capabilities open and a handler or tools, or, where
    /// `wit` names none of the handlers, the exports of the world of that name in the toolkit's
    /// `wit/`. All of the text stands alone but for the contract: see [`Contract::resolved`].
    ///
    /// # Errors
    /// [`WorldError::UnknownCapability`] and [`WorldError::Declared`].
    pub fn guest(
        &self,
        caps: &[String],
        wit: Option<&str>,
        origin: &Origin,
    ) -> Result<String, WorldError> {
        let declared = wit.filter(|_| Door::of_component(wit) == Door::Tool);
        let Some(name) = declared else {
            return self.world(caps, Door::of_component(wit));
        };
        let offered = self.world(caps, Door::Core)?;
        let declared = Declared::read(origin, name)?;
        let included = declared.included(*self, name, &self.resolved(&offered)?)?;
        let world = offered.trim_end().trim_end_matches('}');
        Ok(format!("{world}  include {};\n}}\n\n{}", included.world, included.packages))
    }

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
        let mut lines = vec![format!("include {PACKAGE}/base{version};")];
        for word in words {
            if !package.worlds.contains_key(&format!("cap-{word}")) {
                let known = package.worlds.keys().filter_map(|name| name.strip_prefix("cap-"));
                let known = known.collect::<Vec<_>>().join(" ");
                return Err(WorldError::UnknownCapability { name: word.to_owned(), known });
            }
            lines.push(format!("include {PACKAGE}/cap-{word}{version};"));
        }
        match door {
            Door::Core => {}
            Door::Tool => lines.push(format!("export {PACKAGE}/tool{version};")),
            Door::Kernel => lines.push(format!("export {PACKAGE}/kernel{version};")),
            Door::Run => lines.push("export wasi:cli/run@0.2.12;".to_owned()),
            Door::Http => lines.push("export wasi:http/incoming-handler@0.2.12;".to_owned()),
            Door::Tcp => lines.push(format!("export {PACKAGE}/tcp-handler{version};")),
        }
        Ok(format!(
            "package workbooks:{GUEST};\n\nworld {GUEST} {{\n  {}\n}}\n",
            lines.join("\n  ")
        ))
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

    pub(crate) fn resolve(&self) -> Result<(Resolve, wit_parser::PackageId), WorldError> {
        let mut main = wit_parser::SourceMap::new();
        let mut dependencies = Vec::new();
        for (path, text) in self.0 {
            if path.starts_with("deps/") {
                dependencies.push(
                    UnresolvedPackageGroup::parse(path, text)
                        .map_err(|(_, error)| contract(error))?,
                );
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

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    fn all() -> Vec<String> {
        let (resolve, package) = Contract::OURS.resolve().unwrap();
        let worlds = resolve.packages[package].worlds.keys();
        worlds.filter_map(|name| name.strip_prefix("cap-")).map(str::to_owned).collect()
    }

    fn imports(text: &str) -> Vec<String> {
        let (resolve, world) = Contract::OURS.resolved(text).unwrap();
        let world = &resolve.worlds[world];
        world.imports.keys().map(|key| resolve.name_world_key(key)).collect()
    }

    #[test]
    fn an_unknown_capability_is_refused_with_those_there_are() {
        match Contract::OURS.world(&caps(&["kv", "kvv"]), Door::Core) {
            Err(WorldError::UnknownCapability { name, known }) => {
                assert_eq!(name, "kvv");
                assert!(known.contains("kv ") && known.contains("vfs"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_guest_without_capabilities_imports_only_the_base() {
        let base = imports(&Contract::OURS.world(&[], Door::Core).unwrap());
        assert!(base.iter().any(|name| name.starts_with("workbooks:engine/log@")));
        for closed in ["kv", "sockets", "http", "filesystem"] {
            assert!(!base.iter().any(|name| name.contains(closed)), "{closed}");
        }
    }

    #[test]
    fn each_capability_adds_its_own_imports() {
        let base = imports(&Contract::OURS.world(&[], Door::Core).unwrap());
        assert_eq!(all().len(), 16);
        for word in all() {
            let with = imports(&Contract::OURS.world(&caps(&[&word]), Door::Core).unwrap());
            assert!(base.iter().all(|name| with.contains(name)), "{word}");
            assert!(with.len() > base.len() || word == "serve", "{word}");
        }
    }

    #[test]
    fn a_handler_imports_no_more_than_its_types() {
        for door in [Door::Http, Door::Tcp] {
            let all = imports(&Contract::OURS.world(&caps(&["serve"]), door).unwrap());
            assert!(!all.iter().any(|name| name.contains("outgoing-handler")), "{all:?}");
        }
    }

    #[test]
    fn the_order_of_the_words_does_not_matter() {
        let one = Contract::OURS.world(&caps(&["vfs", "kv", "kv"]), Door::Tool).unwrap();
        assert_eq!(one, Contract::OURS.world(&caps(&["kv", "vfs"]), Door::Tool).unwrap());
    }

    #[test]
    fn there_are_c_bindings_for_every_world() {
        for words in all().into_iter().map(|word| vec![word]).chain([all()]) {
            let world = Contract::OURS.world(&words, Door::Tool).unwrap();
            let files = crate::bindings::for_c(Contract::OURS, &world).unwrap();
            let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
            assert!(names.contains(&"guest.c") && names.contains(&"guest.h"), "{names:?}");
            assert!(names.contains(&"guest_component_type.o"), "{names:?}");
        }
    }
}
