//! `llm`: a model, by the host's provider, key and meter.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::Linker;
use workbooks_bindings::engine::llm::{self, Completion, Request};

use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::instance::Guest;
use crate::llm::{Meter, Provider, check, complete};

/// The host's model, if it has one.
///
/// A request is at most 4 MiB, 1,024 messages and 128 tools; an answer at most 4 MiB. Busy providers
/// are asked up to four times within the provider's own deadline (120 s), which is longer than that
/// of other operations. Tokens are metered for each principal and those on whose behalf it runs, and
/// bounded by `llm_tokens` of the policy.
pub(crate) struct Llm {
    provider: Option<Arc<dyn Provider>>,
    meter: Arc<Meter>,
}

impl Llm {
    pub(crate) fn new(provider: Option<Arc<dyn Provider>>, meter: Arc<Meter>) -> Self {
        Self { provider, meter }
    }

    async fn perform(
        call: &Admitted<'_, Self>,
        mut request: Request,
    ) -> Result<Completion, Refusal> {
        let this = call.capability();
        check(&mut request)?;
        let provider = this.provider.as_deref().ok_or_else(|| {
            let what = "no model is set up: the operator's policy has no table `[llm]`";
            Refusal::Unsupported(what.to_owned())
        })?;
        let reservation = this.meter.reserve(call.caller(), &request)?;
        let until = Instant::now() + provider.time();
        let completed = tokio::select! {
            biased;
            () = call.withdrawn() => Err(Refusal::Revoked),
            completed = complete(provider, call.caller(), &request, until) => completed,
        };
        match completed {
            Ok(completion) => {
                reservation.settle(&completion);
                Ok(completion)
            }
            // Given up: the provider may have answered to nobody.
            Err(refusal @ (Refusal::Revoked | Refusal::Timeout)) => Err(refusal),
            Err(refusal) => {
                reservation.release();
                Err(refusal)
            }
        }
    }
}

impl Capability for Llm {
    fn name(&self) -> &'static str {
        "llm"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        llm::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl llm::Host for Call<'_, Llm> {
    async fn complete(&mut self, request: Request) -> Result<Completion, Refusal> {
        let call = self.admit("complete")?;
        Llm::perform(&call, request).await.map_err(|refusal| call.refuse(refusal))
    }
}
