//! `posix`: native programs that the operator named, each with a template of its arguments.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::timeout_at;
use wasmtime::component::Linker;
use workbooks_bindings::engine::posix;

use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::child::{Program, ProgramError, Starter};
use crate::instance::Guest;

/// Programs that run at once, over all guests of a host.
const AT_ONCE: usize = 8;
/// Bytes of standard input.
const INPUT: usize = 4 << 20;

/// Programs of the policy's `[toolkit.ID.posix.NAME]`, out of reach of the host's network,
/// processes and keys, in an empty folder. Nothing runs without a helper.
///
/// Standard input ≤ 4 MiB; eight programs at once on a host, the others wait; what else bounds a
/// program stands in the policy.
#[derive(Debug)]
pub struct Posix {
    starter: Option<Starter>,
    turns: Arc<Semaphore>,
}

impl Posix {
    pub(crate) fn new(starter: Option<Starter>) -> Self {
        Self { starter, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    async fn perform(
        call: &Admitted<'_, Self>,
        request: posix::CommandRequest,
    ) -> Result<posix::Output, Refusal> {
        let this = call.capability();
        let starter = this.starter.as_ref().ok_or_else(|| {
            Refusal::Unsupported("this host starts no native programs".to_owned())
        })?;
        let allowed = call.grant().programs().get(&request.name).ok_or_else(|| {
            Refusal::Denied("the policy allows no program of this name".to_owned())
        })?;
        if !request.env.is_empty() {
            return Err(Refusal::Denied("a program's environment is the operator's".to_owned()));
        }
        if !request.extra.is_empty() {
            return Err(Refusal::Invalid("a program takes nothing extra".to_owned()));
        }
        if request.stdin.len() > INPUT {
            return Err(Refusal::TooLarge(INPUT as u64));
        }
        let args =
            allowed.arguments(&request.argv).map_err(|why| Refusal::Invalid(why.to_string()))?;
        let program = Program {
            path: allowed.path.clone(),
            args,
            env: allowed.env.clone().into_iter().collect(),
            input: request.stdin,
            memory: allowed.memory,
            time: allowed.time,
            output: allowed.output,
            network: allowed.network,
        };
        let run = async {
            let turn = timeout_at(call.deadline().into(), this.turns.acquire());
            let _turn = turn.await.map_err(|_| Refusal::Timeout)?;
            Ok::<_, Refusal>(starter.run(program).await)
        };
        let ended = tokio::select! {
            biased;
            () = call.withdrawn() => return Err(Refusal::Revoked),
            ended = run => ended?,
        };
        match ended {
            Ok(ended) => Ok(posix::Output {
                status: ended.status,
                stdout: ended.stdout,
                stderr: ended.stderr,
                truncated: ended.truncated,
            }),
            Err(ProgramError::Timeout) => Err(Refusal::Timeout),
            Err(ProgramError::NotStarted(why)) => Err(Refusal::Unavailable(why)),
        }
    }
}

impl Capability for Posix {
    fn name(&self) -> &'static str {
        "posix"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        posix::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl posix::Host for Call<'_, Posix> {
    async fn run(&mut self, request: posix::CommandRequest) -> Result<posix::Output, Refusal> {
        let call = self.admit("run")?;
        Posix::perform(&call, request).await.map_err(|refusal| call.refuse(refusal))
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::component::ResourceTable;
    use workbooks_bindings::engine::posix::Host as _;

    use super::*;
    use crate::child::Helper;
    use crate::egress::doubles::caller_under;

    #[tokio::test]
    async fn who_is_revoked_while_others_run_waits_no_longer() {
        let starter = Starter::new(Helper::new("/bin/false", ["x"]), Vec::new()).unwrap();
        let posix = Posix::new(Some(starter));
        let _busy = posix.turns.acquire_many(u32::try_from(AT_ONCE).unwrap()).await.unwrap();
        let caller = caller_under("posix.true.path = '/bin/true'").0;
        let request = posix::CommandRequest {
            name: "true".to_owned(),
            argv: Vec::new(),
            stdin: Vec::new(),
            env: Vec::new(),
            extra: Vec::new(),
        };
        let mut table = ResourceTable::new();
        let mut call = Call::new(&posix, &caller, &mut table);
        let revoke = async {
            tokio::task::yield_now().await;
            caller.principal().revoke();
        };
        let (said, ()) = tokio::join!(call.run(request), revoke);
        assert_eq!(said.unwrap_err(), Refusal::Revoked);
    }
}
