//! A child that its caller talks to while it runs.

use std::io::Cursor;
use std::sync::Arc;

use tokio::io::AsyncReadExt as _;
use tokio::sync::watch;
use workbooks_bindings::engine::types::CommandRequest;

use super::STDIN_BYTES;
use super::child::{self, Child};
use super::pipe::{Reader, Writer, pipe};
use crate::admission::{Caller, Kind, Slot};
use crate::capability::Refusal;
use crate::instance::{Input, Kill, Output};

/// How a child ended: its status, or why it has none.
type Ended = Option<Result<i32, Refusal>>;

/// A process. Dropping it kills the child.
///
/// It counts for its principal until it is dropped and the child has ended.
#[derive(Debug)]
pub(crate) struct Process {
    kill: Kill,
    ended: watch::Receiver<Ended>,
    /// The ends of its pipes that were not asked for yet.
    pub(crate) stdin: Option<Writer>,
    pub(crate) stdout: Option<Reader>,
    pub(crate) stderr: Option<Reader>,
    _slot: Arc<Slot>,
}

impl Process {
    /// Starts a command. Its input is what the request holds, and then what comes through the
    /// pipe until that is dropped.
    pub(crate) async fn spawn(
        caller: &Arc<Caller>,
        request: CommandRequest,
    ) -> Result<Self, Refusal> {
        if request.stdin.len() > STDIN_BYTES {
            return Err(Refusal::TooLarge(STDIN_BYTES as u64));
        }
        let slot = Arc::new(Slot::take(caller.principal(), Kind::Process)?);
        let child = Child::find(caller, &request.name).await?;
        let ((stdin, theirs), (to_stdout, stdout), (to_stderr, stderr)) = (pipe(), pipe(), pipe());
        let mut run = child.run(caller, request, |bytes| {
            Input::Stream(Box::new(Cursor::new(bytes).chain(theirs)))
        })?;
        run.stdout = Output::Stream(Box::new(to_stdout));
        run.stderr = Output::Stream(Box::new(to_stderr));
        let running = child.spawn(run, slot.clone());
        let kill = running.kill_switch();
        let (tell, ended) = watch::channel(None);
        child.inner.host.runtime().spawn(async move {
            let outcome = running.outcome().await;
            // Nobody may be left to hear it.
            drop(tell.send(Some(outcome.ended.map_err(|why| child::stopped(&why)))));
        });
        Ok(Self {
            kill,
            ended,
            stdin: Some(stdin),
            stdout: Some(stdout),
            stderr: Some(stderr),
            _slot: slot,
        })
    }

    /// How it ended; nothing while it runs.
    pub(crate) fn status(&self) -> Ended {
        self.ended.borrow().clone()
    }

    /// Ends it, wherever it stands.
    pub(crate) fn kill(&self) {
        self.kill.now();
    }

    /// Waits for its end, for as long as it takes.
    pub(crate) fn end(&self) -> End {
        End(self.ended.clone())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill.now();
    }
}

/// The end of a process, which outlives its handle.
#[derive(Debug)]
pub(crate) struct End(watch::Receiver<Ended>);

impl End {
    /// Waits for it.
    pub(crate) async fn wait(&mut self) {
        // When the sender is gone, the process is too.
        drop(self.0.wait_for(Option::is_some).await);
    }
}
