//! `commands`: registered commands, by name, each run to its end.

use wasmtime::component::Linker;
use workbooks_bindings::engine::commands;
use workbooks_bindings::engine::types::{CommandRequest, Output};

use crate::capability::{Call, Capability, Provides, Refusal};
use crate::fabric;
use crate::instance::Guest;

/// The registered commands of the tenant.
///
/// Standard input ≤ 4 MiB; output is captured up to the limits of the grant, and says if it was
/// cut. Children ≤ 8 deep, ≤ 64 at once for a principal; each within the operation's deadline.
#[derive(Debug)]
pub(crate) struct Commands;

impl Capability for Commands {
    fn name(&self) -> &'static str {
        "commands"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        commands::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl commands::Host for Call<'_, Commands> {
    async fn names(&mut self) -> Result<Vec<String>, Refusal> {
        let call = self.admit("names")?;
        fabric::names(call.caller()).await.map_err(|refusal| call.refuse(refusal))
    }

    async fn run(&mut self, request: CommandRequest) -> Result<Output, Refusal> {
        let call = self.admit("run")?;
        fabric::run(&call, request).await.map_err(|refusal| call.refuse(refusal))
    }
}
