//! Gives a component the imports that its grant names, and reports everything else that it wants
//! in one error.

use std::collections::BTreeSet;
use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, InstancePre, Linker};

use super::flat::{self, Opened};
use super::{Guest, wasi};
use crate::capabilities::link_closed;
use crate::capability::{Capability, Granted};
use crate::policy::{Grant, Profile, Withheld};
use crate::world::{self, base_name, compatible};

/// Why a component could not be linked.
#[derive(Debug, Error, Diagnostic)]
pub enum LinkError {
    /// It imports what it was not granted, or what nobody provides. All such imports are here.
    #[error("`{toolkit}` imports {} that it does not get", count(missing.len()))]
    #[diagnostic(code(workbooks::link::not_granted), help("{}", helps(missing)))]
    NotGranted {
        /// The toolkit.
        toolkit: String,
        /// Every such import.
        #[related]
        missing: Vec<MissingImport>,
    },
    /// It was built for another host: what it lacks no grant can give.
    #[error("`{toolkit}` imports {} that this host does not have", count(missing.len()))]
    #[diagnostic(code(workbooks::link::unknown), help("{}", helps(missing)))]
    Foreign {
        /// The toolkit.
        toolkit: String,
        /// Every such import.
        #[related]
        missing: Vec<MissingImport>,
    },
    /// An import has a granted name but another type.
    #[error("`{toolkit}` was built for another world: {why}")]
    #[diagnostic(
        code(workbooks::link::shape),
        help(
            "rebuild it against the world that `wbx wit` prints; `wbx toolkit check` lists every difference"
        )
    )]
    Shape {
        /// The toolkit.
        toolkit: String,
        /// What wasmtime says.
        why: String,
    },
}

/// One import that a component does not get.
#[derive(Clone, Debug, Error, Diagnostic, PartialEq, Eq)]
pub enum MissingImport {
    /// A capability owns it, and it was not granted.
    #[error("`{interface}` is opened by the capability `{capability}`, {}", withheld_by(*withheld))]
    #[diagnostic(code(workbooks::link::not_granted))]
    NotGranted {
        /// The import.
        interface: String,
        /// The capability.
        capability: &'static str,
        /// Who withholds it.
        withheld: Withheld,
        /// What to do.
        remedy: String,
    },
    /// This host has it at another version.
    #[error("`{interface}` is not the version that this host has: `{ours}`")]
    #[diagnostic(code(workbooks::link::version))]
    Version {
        /// The import.
        interface: String,
        /// The host's.
        ours: String,
    },
    /// Nobody provides it.
    #[error("`{interface}` is opened by no capability")]
    #[diagnostic(code(workbooks::link::unknown))]
    Unknown {
        /// The import.
        interface: String,
    },
}

impl MissingImport {
    /// The import.
    pub fn interface(&self) -> &str {
        match self {
            Self::NotGranted { interface, .. }
            | Self::Version { interface, .. }
            | Self::Unknown { interface } => interface,
        }
    }

    /// Whether the guest's manifest asks for what opens it. Of an interpreter it says what the
    /// program imports. What a caller kept to itself, its child does not ask for.
    pub(crate) fn asked(&self, grant: &Grant) -> bool {
        match self {
            Self::NotGranted { capability, .. } => {
                grant.withheld().contains_key(*capability) && grant.declared().contains(*capability)
            }
            _ => true,
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::NotGranted { remedy, .. } => remedy.clone(),
            Self::Version { .. } => {
                "rebuild the toolkit against the world that `wbx wit` prints".into()
            }
            Self::Unknown { interface } => {
                format!(
                    "`{interface}` is neither of `{}` nor of WASI 0.2; build the toolkit without it",
                    world::PACKAGE
                )
            }
        }
    }
}

fn withheld_by(withheld: Withheld) -> &'static str {
    match withheld {
        Withheld::Manifest => "which the manifest does not ask for",
        Withheld::Profile => "which the profile does not hold",
        Withheld::Policy => "which the operator's policy does not grant",
        Withheld::Caller => "which the one that runs it does not have",
    }
}

fn count(missing: usize) -> String {
    if missing == 1 { "one interface".into() } else { format!("{missing} interfaces") }
}

fn helps(missing: &[MissingImport]) -> String {
    missing
        .iter()
        .map(MissingImport::remedy)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
        .join("\n")
}

/// The names of the imports that give a component anything to call.
pub(crate) fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    let imports = component.component_type();
    let imports = imports.imports(engine).filter(|(_, import)| confers(engine, &import.ty));
    imports.map(|(name, _)| name.to_owned()).collect()
}

/// Refuses these imports if `grant` does not open them all. Of a guest that is an interpreter, those
/// that its program does not ask for are given back: they are to be closed.
pub(crate) fn admit(
    imports: &[String],
    grant: &Grant,
    known: &[Arc<dyn Capability>],
    interprets: bool,
) -> Result<Vec<MissingImport>, LinkError> {
    let missing = imports.iter().filter_map(|interface| examine(interface, grant, known));
    let (missing, closed): (Vec<_>, Vec<_>) =
        missing.partition(|import| !interprets || import.asked(grant));
    let toolkit = grant.toolkit().to_owned();
    if missing.iter().any(|import| matches!(import, MissingImport::NotGranted { .. })) {
        return Err(LinkError::NotGranted { toolkit, missing });
    }
    if !missing.is_empty() {
        return Err(LinkError::Foreign { toolkit, missing });
    }
    Ok(closed)
}

/// Instances of nothing but types grant nothing, and wasmtime needs no definition of them.
fn confers(engine: &Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::ComponentInstance(instance) => {
            instance.exports(engine).any(|(_, export)| !matches!(export.ty, ComponentItem::Type(_)))
        }
        ComponentItem::Type(_) => false,
        _ => true,
    }
}

fn examine(interface: &str, grant: &Grant, known: &[Arc<dyn Capability>]) -> Option<MissingImport> {
    if world::BASE.iter().any(|base| compatible(base, interface)) {
        return None;
    }
    let opens = |c: &&Arc<dyn Capability>| c.interfaces().iter().any(|i| compatible(i, interface));
    let owners: Vec<_> = match flat::opened(interface) {
        Some(Opened::ToAll) => return None,
        Some(Opened::By(owner)) => vec![owner],
        None => known.iter().filter(opens).map(|c| c.name()).collect(),
    };
    if owners.iter().any(|owner| grant.allows(owner)) {
        return None;
    }
    // Of several that open it, the one that was asked for is meant.
    let asked = owners.iter().find(|owner| grant.why_withheld(owner) != Withheld::Manifest);
    if let Some(&capability) = asked.or(owners.first()) {
        let withheld = grant.why_withheld(capability);
        return Some(MissingImport::NotGranted {
            interface: interface.to_owned(),
            capability,
            withheld,
            remedy: remedy(grant, capability, withheld),
        });
    }
    let same_name = |ours: &&&str| base_name(ours) == base_name(interface);
    let ours = world::BASE
        .iter()
        .find(same_name)
        .or_else(|| known.iter().find_map(|c| c.interfaces().iter().find(same_name)));
    Some(match ours {
        Some(ours) => {
            MissingImport::Version { interface: interface.to_owned(), ours: (*ours).to_owned() }
        }
        None => MissingImport::Unknown { interface: interface.to_owned() },
    })
}

fn remedy(grant: &Grant, capability: &str, withheld: Withheld) -> String {
    match withheld {
        Withheld::Caller => format!("grant `{capability}` to the one that runs it too"),
        _ if grant.is_bare() => format!("grant it: `--grant {capability}`"),
        Withheld::Manifest => format!("add `{capability}` to the line `#+CAPS:` of its manifest"),
        Withheld::Profile => {
            let holder = Profile::smallest_holding(std::iter::once(capability), "posix");
            let profile = holder.map_or_else(|| "posix".to_owned(), |profile| profile.name);
            format!("run it with `--profile {profile}`, which holds `{capability}`")
        }
        Withheld::Policy => format!(
            "grant it: `wbx grant {} {capability}`, or `--grant {capability}` for one run",
            grant.toolkit()
        ),
    }
}

/// Links exactly what `grant` names. Of a guest that is an interpreter, what its program does not
/// ask for is closed, see [`link_closed`].
pub(crate) fn link(
    engine: &Engine,
    component: &Component,
    grant: &Grant,
    known: &[Arc<dyn Capability>],
    interprets: bool,
) -> Result<(InstancePre<Guest>, Granted), LinkError> {
    let closed = admit(&imports(engine, component), grant, known, interprets)?;
    let granted: Vec<_> = known.iter().filter(|c| grant.allows(c.name())).cloned().collect();
    let shape = |why: wasmtime::Error| LinkError::Shape {
        toolkit: grant.toolkit().to_owned(),
        why: format!("{why:#}"),
    };
    let mut linker = Linker::new(engine);
    for interface in world::BASE {
        wasi::link_base(interface, &mut linker).map_err(shape)?;
    }
    let mut linked = BTreeSet::new();
    for capability in &granted {
        for interface in capability.interfaces() {
            if linked.insert(*interface) {
                capability.link(interface, &mut linker).map_err(shape)?;
            }
        }
    }
    for import in &closed {
        if let MissingImport::NotGranted { interface, capability, .. } = import {
            link_closed(capability, interface, &mut linker).map_err(shape)?;
        }
    }
    flat::link(&granted, &mut linker).map_err(shape)?;
    let pre = linker.instantiate_pre(component).map_err(shape)?;
    Ok((pre, Granted::new(granted)))
}
