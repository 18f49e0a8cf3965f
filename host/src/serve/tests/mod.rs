//! Servers as their peers meet them: over loopback, with guests written as text.

mod abuse;
mod client;
mod ends;
mod guest;
mod hosts;
mod http;
mod listener;
mod tcp;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{ServeLimits, ServeOptions, Server};
use crate::admission::{Decision, MemoryAudit};
use crate::policy::ToolkitPolicy;
use crate::{Artifact, Grant, Host, Limits, Prepared, Profile};

/// A host with a guest that is served.
struct Fixture {
    host: Host,
    prepared: Prepared,
    audit: Arc<MemoryAudit>,
}

/// A grant to be served over both schemes, at ports that the system chooses.
fn grant(limits: impl FnOnce(&mut Limits)) -> Grant {
    let endpoint = |text: &str| text.parse().unwrap();
    let operator = ToolkitPolicy {
        grants: ["serve".to_owned()].into(),
        serve: BTreeMap::from([
            ("web".to_owned(), endpoint("http://127.0.0.1:0")),
            ("raw".to_owned(), endpoint("tcp://127.0.0.1:0")),
        ]),
        ..ToolkitPolicy::default()
    };
    let grant = Grant::bare("guest", &Profile::named("compute"), &operator);
    let mut changed = grant.limits().clone();
    limits(&mut changed);
    grant.with_limits(changed)
}

impl Fixture {
    fn new() -> Self {
        Self::limited(|_| {})
    }

    fn limited(limits: impl FnOnce(&mut Limits)) -> Self {
        let audit = Arc::new(MemoryAudit::default());
        let host = Host::builder().threads(2).audit(audit.clone()).build().unwrap();
        let prepared = host.prepare(&Artifact::bare(guest::component()), &grant(limits)).unwrap();
        Self { host, prepared, audit }
    }

    fn serve(&self, endpoint: &str, change: impl FnOnce(&mut ServeLimits)) -> Server {
        let mut how = ServeOptions::default();
        change(&mut how.limits);
        self.prepared.serve(endpoint, how).unwrap()
    }

    fn web(&self) -> (Server, SocketAddr) {
        let server = self.serve("web", |_| {});
        let address = server.local_addr();
        (server, address)
    }

    /// The codes that `serve` put on record.
    fn refused(&self) -> Vec<String> {
        let denied = |record: crate::admission::Record| match record.decision {
            Decision::Denied(code) if record.capability == "serve" => Some(code),
            _ => None,
        };
        self.audit.records().into_iter().filter_map(denied).collect()
    }
}

/// Waits at most a minute, so that what hangs fails its test.
fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_mins(1), future).await }).unwrap()
}
