//! The host listens, the guest handles: a server for each endpoint of a grant, and an instance for
//! each request. This is the only place that listens.
//!
//! ```text
//! Prepared::serve → accept (256) ─ http.rs: head → guard → rate → place → instance → answer
//!                                └ tcp.rs: an instance for the connection
//! ```
//!
//! Whatever goes wrong with a guest, its peer learns a status and no more; the record has why.

mod activity;
mod body;
mod clients;
mod error;
mod guard;
mod http;
mod limits;
mod record;
mod server;
mod stream;
mod tcp;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use miette::Diagnostic as _;
use tokio::sync::{Semaphore, mpsc};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

pub use error::ServeError;
pub use limits::ServeLimits;
pub use server::{Drained, Server};

use crate::admission::Principal;
use crate::instance::{Cell, Guest, Inner, Prepared};
use crate::policy::Scheme;
use crate::run::{Outcome, Run, RunError};
use crate::world::base_name;
use clients::Clients;
use record::Tally;
use server::Phases;

/// How an endpoint is served.
#[derive(Default)]
pub struct ServeOptions {
    /// Its bounds.
    pub limits: ServeLimits,
    /// Is told how each instance ended, on a thread of the guests': it must not block.
    pub observer: Option<Observer>,
}

/// Is told how the instance of a request, or of a TCP connection, ended.
pub type Observer = Arc<dyn Fn(Outcome) + Send + Sync>;

impl std::fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServeOptions").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Prepared {
    /// Listens at an endpoint of the grant, and handles what comes with this component, until the
    /// server is drained or dropped or the grant is withdrawn.
    ///
    /// # Errors
    ///
    /// [`ServeError`]: `serve` or the endpoint was not granted, the component does not export the
    /// handler, or the address cannot be had.
    pub fn serve(&self, endpoint: &str, how: ServeOptions) -> Result<Server, ServeError> {
        let grant = &self.0.grant;
        let toolkit = || grant.toolkit().to_owned();
        if !grant.allows("serve") {
            return Err(ServeError::NotGranted { toolkit: toolkit() });
        }
        if self.0.principal.is_revoked() {
            return Err(ServeError::Revoked { toolkit: toolkit() });
        }
        let endpoints = grant.endpoints();
        let found = endpoints.get(endpoint).ok_or_else(|| ServeError::UnknownEndpoint {
            toolkit: toolkit(),
            endpoint: endpoint.to_owned(),
            names: endpoints.keys().cloned().collect(),
        })?;
        let handler = self
            .handler(found.scheme)
            .ok_or_else(|| ServeError::NoHandler { toolkit: toolkit(), scheme: found.scheme })?;
        server::open(&self.0, endpoint, found, handler, how)
    }

    /// Whether its component exports what is called for an endpoint of this scheme.
    pub fn handles(&self, scheme: Scheme) -> bool {
        self.handler(scheme).is_some()
    }

    fn handler(&self, scheme: Scheme) -> Option<Handler> {
        let component = &self.0.component;
        let wanted = error::handler(scheme);
        let exports = component.component_type();
        let (name, _) =
            exports.exports(component.engine()).find(|(name, _)| base_name(name) == wanted)?;
        match scheme {
            Scheme::Http => ProxyPre::new(self.0.pre.clone()).ok().map(Handler::Http),
            Scheme::Tcp => {
                let interface = component.get_export_index(None, name)?;
                component.get_export_index(Some(&interface), "handle").map(Handler::Tcp)
            }
        }
    }
}

/// What is called.
enum Handler {
    Http(ProxyPre<Guest>),
    Tcp(wasmtime::component::ComponentExportIndex),
}

/// What everything that happens at one endpoint shares.
struct Listening {
    inner: Arc<Inner>,
    handler: Handler,
    /// Names that a request may ask for, besides the address.
    hosts: Vec<String>,
    limits: ServeLimits,
    protocol: auto::Builder<TokioExecutor>,
    clients: Clients,
    connections: Arc<Semaphore>,
    tally: Arc<Tally>,
    observer: Option<Observer>,
    phases: Phases,
    /// The server waits until the last of these is gone.
    _alive: mpsc::Sender<()>,
}

impl Listening {
    fn principal(&self) -> &Arc<Principal> {
        &self.inner.principal
    }

    /// A store for a request that must have ended at `deadline`.
    fn cell(&self, deadline: Instant) -> Result<Cell, RunError> {
        let deadline = Some(deadline.saturating_duration_since(Instant::now()));
        let run = Run { deadline, ..Run::default() };
        Cell::new(self.inner.clone(), run).inspect_err(|error| self.failed(error))
    }

    /// Awaits a guest, unless the server ends first.
    async fn until_ended<T>(
        &self,
        guest: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        let mut phases = self.phases.subscribe();
        tokio::select! {
            biased;
            ended = guest => ended,
            () = phases.ended() => Err(RunError::Killed),
        }
    }

    /// Puts on record how an instance ended, and ends it.
    async fn settle(&self, cell: Cell, ended: Result<i32, RunError>) {
        if let Err(error) = &ended {
            self.failed(error);
        }
        if let Some(observer) = &self.observer {
            observer(cell.finish(ended).await);
        }
    }

    fn failed(&self, error: &RunError) {
        // Whoever killed it knows.
        if !matches!(error, RunError::Killed) {
            let code = error.code().map(|code| code.to_string()).unwrap_or_default();
            self.tally.refused(code.strip_prefix("workbooks::").unwrap_or(&code));
        }
    }
}
