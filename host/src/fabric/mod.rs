//! Children: the commands that a guest may run by name, and what runs them, alone, side by side,
//! or as processes that it talks to.
//!
//! A child runs under the lesser of its command's grant and its caller's, in its caller's
//! instance (so that it sees the same volumes and no others), on its caller's account, and no
//! longer than its caller. Its environment is the constants of its own grant and what the request
//! says, never the caller's own.

mod child;
mod folder;
mod made;
mod many;
mod pipe;
mod process;
mod registry;
pub mod wire;

#[cfg(test)]
mod folder_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use workbooks_bindings::engine::types::{CommandRequest, Output};

use crate::admission::{Caller, Kind, Slot};
use crate::capability::{Admitted, Capability, Refusal};
use crate::instance::Input;

pub(crate) use child::{Child, Children};
pub use folder::{CommandFolder, Entry};
pub use made::Made;
pub(crate) use many::{INPUTS, run_many};
pub(crate) use pipe::{Reader, Writer};
pub(crate) use process::{End, Process};
pub use registry::{Command, CommandError, Commands, NoCommands};

/// How deep children may start children: the ninth is refused. The original's number.
pub(crate) const DEPTH: u32 = 8;
/// Bytes of standard input of one command.
pub(crate) const STDIN_BYTES: usize = 4 << 20;

/// What a host knows of commands.
pub(crate) struct Fabric {
    pub(crate) registry: Arc<dyn Commands>,
    pub(crate) children: Children,
}

impl Fabric {
    pub(crate) fn new(registry: Arc<dyn Commands>) -> Self {
        Self { registry, children: Children::default() }
    }
}

/// The commands that the caller may run, sorted.
pub(crate) async fn names(caller: &Arc<Caller>) -> Result<Vec<String>, Refusal> {
    let host = child::prepared(caller)?.0.host.clone();
    let tenant = caller.tenant().to_owned();
    let names = child::off_thread(move || host.fabric.registry.names(&tenant)).await?;
    let mut names = names.map_err(|why| why.refusal())?;
    names.retain(|name| registry::is_name(name));
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Runs one command to its end, within the operation's deadline.
pub(crate) async fn run<C: Capability>(
    call: &Admitted<'_, C>,
    request: CommandRequest,
) -> Result<Output, Refusal> {
    let child = |caller, name: String| async move { Child::find(caller, &name).await };
    to_its_end(call, request, child).await
}

/// Runs the child that `find` finds to its end, within the operation's deadline.
async fn to_its_end<'c, C: Capability, F: Future<Output = Result<Child, Refusal>>>(
    call: &Admitted<'c, C>,
    request: CommandRequest,
    find: impl FnOnce(&'c Arc<Caller>, String) -> F,
) -> Result<Output, Refusal> {
    if request.stdin.len() > STDIN_BYTES {
        return Err(Refusal::TooLarge(STDIN_BYTES as u64));
    }
    let caller = call.caller();
    let deadline = call.time();
    let slot = Slot::take(caller.principal(), Kind::Command)?;
    let ended = async {
        let child = find(caller, request.name.clone()).await?;
        let mut run = child.run(caller, request, Input::Bytes)?;
        run.deadline = Some(deadline);
        child::ended(child.spawn(run, slot).outcome().await)
    };
    tokio::select! {
        ended = ended => ended,
        () = call.withdrawn() => Err(Refusal::Revoked),
    }
}
