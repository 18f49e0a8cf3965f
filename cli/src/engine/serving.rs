//! Servers for the person at the keyboard: they run until Ctrl-C, SIGTERM, or the end of the grant,
//! and are drained. What their guests say and how they fail is told meanwhile.

use std::sync::Arc;
use std::time::Duration;

use miette::{Diagnostic, Report};
use thiserror::Error;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use workbooks_host::{Drained, Outcome, Prepared, ServeError, ServeOptions, Server};

use super::call::CallError;

/// How long requests may take to end after the signal.
const DRAIN: Duration = Duration::from_secs(10);
/// How often the policy is asked whether the grant still stands.
const ASK: Duration = Duration::from_secs(1);
/// What guests left behind that waits to be told; more is not told.
const WAITING: usize = 256;

/// Servers that run.
pub(crate) struct Serving {
    runtime: Runtime,
    interrupt: Signal,
    terminate: Signal,
    servers: Vec<(String, Server)>,
    ended: mpsc::Receiver<Outcome>,
}

/// Why servers ended before somebody ended them.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum ServingError {
    /// The operator said so.
    #[error("`{toolkit}` is served no longer: its grant was withdrawn")]
    #[diagnostic(
        code(workbooks::serve::revoked),
        help("`wbx grant {toolkit} serve` lets it be served again")
    )]
    Revoked {
        /// The toolkit.
        toolkit: String,
    },
    /// Its publisher's key was revoked, or its time ended.
    #[error("`{toolkit}` is served no longer: its publisher is not trusted any more")]
    #[diagnostic(code(workbooks::trust::revoked), help("`wbx toolkit show {toolkit}` says why"))]
    Distrusted {
        /// The toolkit.
        toolkit: String,
    },
}

impl Serving {
    /// Listens at every endpoint of the grant.
    pub(crate) fn open(prepared: &Prepared) -> Result<Self, Report> {
        let system = |why: std::io::Error| CallError::System { why: why.to_string() };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
        // Before anybody is told of an address, so that from then on a signal drains.
        let (interrupt, terminate) = {
            let _context = runtime.enter();
            let of = |kind| signal(kind).map_err(system);
            (of(SignalKind::interrupt())?, of(SignalKind::terminate())?)
        };
        let (tell, ended) = mpsc::channel(WAITING);
        let open = |name: &String| {
            let tell = tell.clone();
            let observer = Arc::new(move |outcome| drop(tell.try_send(outcome)));
            let how = ServeOptions { observer: Some(observer), ..ServeOptions::default() };
            Ok((name.clone(), prepared.serve(name, how)?))
        };
        let servers =
            prepared.grant().endpoints().keys().map(open).collect::<Result<_, ServeError>>()?;
        Ok(Self { runtime, interrupt, terminate, servers, ended })
    }

    /// The servers, by the names of their endpoints.
    pub(crate) fn servers(&self) -> impl Iterator<Item = (&str, &Server)> {
        self.servers.iter().map(|(name, server)| (name.as_str(), server))
    }

    /// Waits for a signal, or for `granted` to say no, and drains. Says whether all that had
    /// begun came to its end; none if the grant was withdrawn.
    pub(crate) fn wait(
        self,
        tell: impl Fn(Outcome),
        granted: impl Fn() -> bool,
    ) -> Option<Drained> {
        let Self { runtime, mut interrupt, mut terminate, servers, mut ended } = self;
        let drained = runtime.block_on(async {
            let mut ask = interval(ASK);
            ask.set_missed_tick_behavior(MissedTickBehavior::Skip);
            loop {
                tokio::select! {
                    biased;
                    _ = interrupt.recv() => break,
                    _ = terminate.recv() => break,
                    _ = ask.tick() => if !granted() { return None },
                    Some(outcome) = ended.recv() => tell(outcome),
                }
            }
            let drain = async {
                let all: Vec<_> = servers
                    .into_iter()
                    .map(|(_, server)| tokio::spawn(server.drain(DRAIN)))
                    .collect();
                let mut drained = Drained::Whole;
                for one in all {
                    if !matches!(one.await, Ok(Drained::Whole)) {
                        drained = Drained::Cut;
                    }
                }
                drained
            };
            // Who asks twice does not want to wait.
            tokio::select! {
                drained = drain => Some(drained),
                _ = interrupt.recv() => Some(Drained::Cut),
                _ = terminate.recv() => Some(Drained::Cut),
            }
        });
        while let Ok(outcome) = ended.try_recv() {
            tell(outcome);
        }
        drained
    }
}
