//! Shape `command`: arguments and standard input in, standard output and an exit status out.

use std::sync::Arc;

use tokio::task::JoinHandle;
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::CommandPre;

use super::{Outcome, Run, RunError, Usage};
use crate::capabilities::Log;
use crate::instance::{Cell, Inner, Kill, Prepared};
use crate::toolkit::Shape;

impl Prepared {
    /// Runs it as a command to its end.
    pub async fn run(&self, run: Run) -> Outcome {
        self.spawn(run).outcome().await
    }

    /// Starts it as a command on the host's own runtime.
    pub fn spawn(&self, run: Run) -> Running {
        self.spawn_holding(run, ())
    }

    /// The same; `held` is dropped when it has ended, and not when nobody waits for that.
    pub(crate) fn spawn_holding(&self, run: Run, held: impl Send + 'static) -> Running {
        let kill = Kill::default();
        let task = match self.expect_shape(Shape::Command) {
            Ok(()) => {
                let command = command(self.0.clone(), run, kill.clone());
                self.0.host.runtime().spawn(async move {
                    let outcome = command.await;
                    drop(held);
                    outcome
                })
            }
            Err(refused) => self.0.host.runtime().spawn(async { not_started(refused) }),
        };
        Running { task, kill }
    }
}

/// A command that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    task: JoinHandle<Outcome>,
    kill: Kill,
}

impl Running {
    /// Ends it, wherever it stands; [`Running::outcome`] then says [`RunError::Killed`].
    pub fn kill(&self) {
        self.kill.now();
    }

    /// Ends it when called; for another thread than the one that awaits.
    pub fn killer(&self) -> impl Fn() + Send + Sync + 'static {
        let kill = self.kill.clone();
        move || kill.now()
    }

    /// What ends it, for who keeps that.
    pub(crate) fn kill_switch(&self) -> Kill {
        self.kill.clone()
    }

    /// Waits for its end.
    pub async fn outcome(mut self) -> Outcome {
        (&mut self.task).await.unwrap_or_else(|failed| {
            not_started(RunError::Trapped { why: format!("the host failed: {failed}") })
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill.now();
    }
}

/// Runs a command to its end, on the thread of whoever awaits it.
pub(crate) async fn command(inner: Arc<Inner>, run: Run, kill: Kill) -> Outcome {
    let pre = match CommandPre::new(inner.pre.clone()) {
        Ok(pre) => pre,
        Err(why) => return not_started(RunError::Trapped { why: why.root_cause().to_string() }),
    };
    let mut cell = match Cell::new(inner, run) {
        Ok(cell) => cell,
        Err(refused) => return not_started(refused),
    };
    cell.kill = kill;
    cell.preempt();
    let ended = cell
        .supervise(async |store| {
            let command = pre.instantiate_async(&mut *store).await?;
            match command.wasi_cli_run().call_run(store).await {
                Ok(said) => Ok(said.map_or(1, |()| 0)),
                Err(error) => error.downcast::<I32Exit>().map(|exit| exit.0),
            }
        })
        .await;
    cell.finish(ended).await
}

fn not_started(refused: RunError) -> Outcome {
    Outcome {
        ended: Err(refused),
        stdout: Vec::new(),
        stderr: Vec::new(),
        truncated: false,
        log: Log::default(),
        usage: Usage::default(),
    }
}
