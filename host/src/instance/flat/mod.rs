//! Imports of a component that are functions and not interfaces: those of the world `legacy`, and
//! what the core modules of the original become (`adapt/broker.rs`). Each is opened by a
//! capability, passes its gate through the very functions that its interface has, and is linked
//! only where it is granted.
//!
//! None of them has an error in its type. Where the answer is a text, an error is the JSON object
//! `{"error": "…"}` in its place, as the original had it; nothing is cut to fit.

mod answer;
mod serve;

use std::any::Any;
use std::sync::Arc;

use wasmtime::component::{Linker, LinkerInstance};

use super::Guest;
use crate::capabilities::{Browse, Commands, Llm, Parallel, Vfs};
use crate::capability::Capability;

/// Who has a function.
#[derive(Clone, Copy)]
pub(super) enum Opened {
    /// Every guest.
    ToAll,
    /// Who was granted this capability.
    By(&'static str),
}

const FUNCTIONS: [(&str, Opened); 8] = [
    ("session-info", Opened::ToAll),
    ("vfs-query", Opened::By("vfs")),
    ("run-command", Opened::By("commands")),
    ("run-command-many", Opened::By("parallel")),
    ("llm-complete", Opened::By("llm")),
    ("browse-fetch", Opened::By("browse")),
    ("host-exec", Opened::By("commands")),
    ("host-parallel-map", Opened::By("parallel")),
];

/// Whether an import is one of these functions, and who has it.
pub(super) fn opened(import: &str) -> Option<Opened> {
    FUNCTIONS.iter().find(|(name, _)| *name == import).map(|(_, opened)| *opened)
}

/// Links each that a granted capability opens.
pub(super) fn link(
    granted: &[Arc<dyn Capability>],
    linker: &mut Linker<Guest>,
) -> wasmtime::Result<()> {
    let mut root = linker.root();
    for (name, opened) in FUNCTIONS {
        match opened {
            Opened::ToAll => serve::session_info(name, &mut root)?,
            Opened::By(owner) => {
                if let Some(capability) = granted.iter().find(|c| c.name() == owner) {
                    link_one(name, &**capability, &mut root)?;
                }
            }
        }
    }
    Ok(())
}

/// A capability that an embedder put in the place of ours has no such function: the call is
/// refused.
fn link_one(
    name: &'static str,
    capability: &dyn Capability,
    root: &mut LinkerInstance<'_, Guest>,
) -> wasmtime::Result<()> {
    match name {
        "vfs-query" if is::<Vfs>(capability) => serve::vfs_query(name, root),
        "run-command" if is::<Commands>(capability) => serve::run_command(name, root),
        "run-command-many" if is::<Parallel>(capability) => serve::run_command_many(name, root),
        "llm-complete" if is::<Llm>(capability) => serve::llm_complete::<Llm>(name, root),
        "browse-fetch" if is::<Browse>(capability) => serve::browse_fetch::<Browse>(name, root),
        "host-exec" if is::<Commands>(capability) => serve::host_exec(name, root),
        "host-parallel-map" if is::<Parallel>(capability) => serve::host_parallel_map(name, root),
        _ => serve::refused(name, capability.name(), root),
    }
}

fn is<C: Capability>(capability: &dyn Capability) -> bool {
    (capability as &dyn Any).is::<C>()
}
