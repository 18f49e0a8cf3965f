//! Whether a component fits a world of the contract: every mismatch, not the first. What a grant
//! withholds from a component is for `instance/link.rs` to say.

mod mismatch;
mod print;
mod signature;
#[cfg(test)]
mod tests;

use miette::Diagnostic;
use thiserror::Error;
use wit_component::DecodedWasm;
use wit_parser::{Function, InterfaceId, Resolve, TypeDefKind, TypeId, WorldId, WorldItem};

pub use mismatch::Mismatch;
pub use print::print_world;

use crate::adapt::{AdaptError, Kind, ScanLimits, scan};
use crate::world::{self, base_name, compatible};

/// Why an artifact could not be compared at all.
#[derive(Debug, Error, Diagnostic)]
pub enum CheckError {
    /// It is damaged, or over a limit.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Artifact(#[from] AdaptError),
    /// It is a core module.
    #[error("only components have typed imports and exports, this is a core module ({found})")]
    #[diagnostic(
        code(workbooks::check::not_a_component),
        help("commands and kernels are checked as the components that `adapt` makes of them")
    )]
    NotAComponent {
        /// What it is.
        found: &'static str,
    },
    /// It is valid, but its types cannot be written in WIT.
    #[error("the types of the component cannot be written in WIT: {why}")]
    #[diagnostic(
        code(workbooks::check::not_wit),
        help("build it with bindings made from WIT (`wbx wit` prints the world)")
    )]
    NotWit {
        /// What the decoder says.
        why: String,
    },
}

/// Every way in which `component` does not fit `world` of `resolve`; empty if it does.
///
/// A component may import less than the world has and export more. Interfaces match on another
/// compatible version, as wasmtime matches them ([`world::compatible`]); types match by their
/// structure, resources by name and interface.
///
/// # Errors
///
/// [`CheckError`] if it is not a valid component within the limits of [`ScanLimits`].
pub fn check(
    component: &[u8],
    resolve: &Resolve,
    world: WorldId,
) -> Result<Vec<Mismatch>, CheckError> {
    let kind = scan(component, &ScanLimits::default())?.kind;
    if kind != Kind::Component {
        return Err(CheckError::NotAComponent { found: kind.as_str() });
    }
    let not_wit = |why: String| CheckError::NotWit { why };
    let (theirs, guest) =
        match wit_component::decode(component).map_err(|why| not_wit(format!("{why:#}")))? {
            DecodedWasm::Component(theirs, guest) => (theirs, guest),
            DecodedWasm::WitPackage(..) => {
                return Err(not_wit("it is a WIT package, not a program".into()));
            }
        };
    let mut comparison = Comparison { ours: resolve, theirs: &theirs, found: Vec::new() };
    comparison.imports(guest, world);
    comparison.exports(guest, world);
    Ok(comparison.found)
}

struct Comparison<'a> {
    ours: &'a Resolve,
    theirs: &'a Resolve,
    found: Vec<Mismatch>,
}

/// An item of a world, by its name.
type Named<'a> = (String, &'a WorldItem);

fn named<'a>(
    resolve: &'a Resolve,
    items: impl IntoIterator<Item = (&'a wit_parser::WorldKey, &'a WorldItem)>,
) -> Vec<Named<'a>> {
    items.into_iter().map(|(key, item)| (resolve.name_world_key(key), item)).collect()
}

fn matching<'n, 'a>(items: &'n [Named<'a>], name: &str) -> Option<&'n Named<'a>> {
    items.iter().find(|(other, _)| compatible(other, name))
}

fn other_version<'n>(mut names: impl Iterator<Item = &'n str>, name: &str) -> Option<&'n str> {
    names.find(|other| other.contains('@') && base_name(other) == base_name(name))
}

impl Comparison<'_> {
    /// What the guest imports, the world must have.
    fn imports(&mut self, guest: WorldId, world: WorldId) {
        let offered = named(self.ours, &self.ours.worlds[world].imports);
        for (name, item) in named(self.theirs, &self.theirs.worlds[guest].imports) {
            let wanted = matching(&offered, &name).map(|(_, item)| *item);
            match (item, wanted) {
                (
                    WorldItem::Interface { id, .. },
                    Some(WorldItem::Interface { id: offered, .. }),
                ) => {
                    for (function, have) in &self.theirs.interfaces[*id].functions {
                        let want = self.ours.interfaces[*offered].functions.get(function);
                        self.function(Some(&name), function, Some(have), want);
                    }
                    self.resources(&name, self.theirs, *id, self.ours, *offered);
                }
                (WorldItem::Function(have), Some(WorldItem::Function(want))) => {
                    self.function(None, &name, Some(have), Some(want));
                }
                (WorldItem::Type { .. }, _) => {}
                (WorldItem::Interface { id, .. }, None) if !confers(self.theirs, *id) => {}
                _ => {
                    let mismatch = absent(name, offered.iter().map(|(name, _)| name.as_str()));
                    self.found.push(mismatch);
                }
            }
        }
    }

    /// What the world exports, the guest must have.
    fn exports(&mut self, guest: WorldId, world: WorldId) {
        let offered = named(self.theirs, &self.theirs.worlds[guest].exports);
        for (name, item) in named(self.ours, &self.ours.worlds[world].exports) {
            let found = matching(&offered, &name).map(|(_, item)| *item);
            match (item, found) {
                (
                    WorldItem::Interface { id, .. },
                    Some(WorldItem::Interface { id: offered, .. }),
                ) => {
                    for (function, want) in &self.ours.interfaces[*id].functions {
                        let have = self.theirs.interfaces[*offered].functions.get(function);
                        self.function(Some(&name), function, have, Some(want));
                    }
                    self.resources(&name, self.ours, *id, self.theirs, *offered);
                }
                (WorldItem::Function(want), Some(WorldItem::Function(have))) => {
                    self.function(None, &name, Some(have), Some(want));
                }
                (WorldItem::Type { .. }, _) => {}
                _ => {
                    let names = offered.iter().map(|(name, _)| name.as_str());
                    let mismatch = match other_version(names, &name) {
                        Some(theirs) => {
                            Mismatch::Version { interface: theirs.to_owned(), ours: name }
                        }
                        None => Mismatch::MissingExport { export: name },
                    };
                    self.found.push(mismatch);
                }
            }
        }
    }

    fn function(
        &mut self,
        interface: Option<&str>,
        function: &str,
        have: Option<&Function>,
        want: Option<&Function>,
    ) {
        let interface = interface.map(str::to_owned);
        let (Some(have), Some(want)) = (have, want) else {
            self.found.push(Mismatch::MissingFunction {
                interface: interface.unwrap_or_default(),
                function: function.to_owned(),
                exported: have.is_none(),
            });
            return;
        };
        let want = signature::of(self.ours, want, usize::MAX);
        let have = signature::of(self.theirs, have, want.len());
        if have != want {
            self.found.push(Mismatch::Shape { interface, item: function.to_owned(), have, want });
        }
    }

    /// Resources are the only types that a linker looks for by name.
    fn resources(
        &mut self,
        interface: &str,
        of: &Resolve,
        needed: InterfaceId,
        among: &Resolve,
        found: InterfaceId,
    ) {
        let have_needed = std::ptr::eq(of, self.theirs);
        for (name, id) in &of.interfaces[needed].types {
            if !matches!(of.types[*id].kind, TypeDefKind::Resource) {
                continue;
            }
            let other = among.interfaces[found].types.get(name);
            if other.is_none_or(|id| !is_resource(among, *id)) {
                let other = other.map_or("nothing", |id| among.types[*id].kind.as_str());
                let (have, want) =
                    if have_needed { ("resource", other) } else { (other, "resource") };
                self.found.push(Mismatch::Shape {
                    interface: Some(interface.to_owned()),
                    item: name.clone(),
                    have: have.to_owned(),
                    want: want.to_owned(),
                });
            }
        }
    }
}

/// A type or an alias of one that is a resource.
fn is_resource(resolve: &Resolve, mut id: TypeId) -> bool {
    loop {
        match resolve.types[id].kind {
            TypeDefKind::Resource => return true,
            TypeDefKind::Type(wit_parser::Type::Id(next)) => id = next,
            _ => return false,
        }
    }
}

/// An interface of nothing but types needs no definition in a linker.
fn confers(resolve: &Resolve, id: InterfaceId) -> bool {
    let interface = &resolve.interfaces[id];
    !interface.functions.is_empty()
        || interface
            .types
            .values()
            .any(|id| matches!(resolve.types[*id].kind, TypeDefKind::Resource))
}

/// An import that the world does not have.
fn absent<'n>(import: String, offered: impl Iterator<Item = &'n str>) -> Mismatch {
    let opens =
        |row: &&world::CapabilityRow| row.interfaces.iter().any(|ours| compatible(ours, &import));
    let capabilities: Vec<_> =
        world::CAPABILITIES.iter().filter(opens).map(|row| row.name).collect();
    let known = world::INTERFACES.iter().map(|row| row.name);
    match other_version(offered.chain(known), &import) {
        Some(ours) if capabilities.is_empty() => {
            Mismatch::Version { ours: ours.to_owned(), interface: import }
        }
        _ => Mismatch::NotInWorld { import, capabilities },
    }
}
