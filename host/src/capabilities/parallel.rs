//! `parallel`: many commands side by side, each on an instance of its own.

use wasmtime::component::Linker;
use workbooks_bindings::engine::parallel::{self, Options};
use workbooks_bindings::engine::types::{CommandRequest, Error, Output};

use crate::capability::{Call, Capability, Provides, Refusal};
use crate::fabric;
use crate::instance::Guest;

/// ≤ 1,024 requests with ≤ 4 MiB of standard input together, ≤ 64 at once; each has a result of
/// its own and, together, 16 MiB of output.
#[derive(Debug)]
pub(crate) struct Parallel;

impl Capability for Parallel {
    fn name(&self) -> &'static str {
        "parallel"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        parallel::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl parallel::Host for Call<'_, Parallel> {
    async fn run_many(
        &mut self,
        requests: Vec<CommandRequest>,
        options: Options,
    ) -> Result<Vec<Result<Output, Error>>, Refusal> {
        let call = self.admit("run-many")?;
        let done = fabric::run_many(&call, requests, options).await;
        let done = done.map_err(|refusal| call.refuse(refusal))?;
        Ok(done.into_iter().map(|one| one.map_err(|why| call.refuse(why).into())).collect())
    }
}
