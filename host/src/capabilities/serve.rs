//! `serve`: a guest that runs opens an endpoint of its grant; the host listens, and handles each
//! request with another instance of the same component.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::{Linker, Resource};
use workbooks_bindings::engine::serve;

use crate::capability::{Call, Capability, Provides, Refusal};
use crate::instance::Guest;
use crate::instance::wasi;
use crate::serve::{ServeError, ServeOptions, Server};

/// Listeners by name. Each lives as long as its handle, at the longest as long as the run.
///
/// An endpoint that was opened already is `conflict`, whoever opened it; one that the grant does
/// not name is `denied`; a component without the handler is `unsupported`.
#[derive(Debug, Default)]
pub(crate) struct Serve {
    /// Tenant, toolkit and endpoint of what is open.
    open: Arc<Mutex<BTreeSet<Key>>>,
}

type Key = (String, String, String);

/// What stands behind a handle. Fields are dropped in this order: the port is free before its name.
struct Listener {
    server: Server,
    _name: Name,
}

/// A name that nobody else can open.
struct Name {
    open: Arc<Mutex<BTreeSet<Key>>>,
    key: Key,
}

impl Serve {
    fn take(&self, key: Key) -> Option<Name> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(key.clone()).then(|| Name { open: self.open.clone(), key })
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Capability for Serve {
    fn name(&self) -> &'static str {
        "serve"
    }

    fn link(&self, interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        if interface.starts_with("wasi:") {
            return wasi::link_network(interface, linker);
        }
        serve::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl serve::Host for Call<'_, Serve> {}

impl serve::HostListener for Call<'_, Serve> {
    async fn open(&mut self, endpoint: String) -> Result<Resource<serve::Listener>, Refusal> {
        let call = self.admit("open")?;
        let caller = call.caller();
        if !call.grant().endpoints().contains_key(&endpoint) {
            let denied = Refusal::Denied("the grant names no such endpoint".to_owned());
            return Err(call.refuse(denied));
        }
        let toolkit = call.grant().toolkit().to_owned();
        let key = (call.tenant().to_owned(), toolkit, endpoint.clone());
        let name = call.capability().take(key).ok_or(Refusal::Conflict)?;
        let gone = || Refusal::Unavailable("the component is gone".to_owned());
        let prepared = caller.prepared().ok_or_else(gone)?;
        let server = prepared.serve(&endpoint, ServeOptions::default());
        let server = server.map_err(|error| call.refuse(refusal(&error)))?;
        self.keep(Listener { server, _name: name })
    }

    async fn drop(&mut self, listener: Resource<serve::Listener>) -> wasmtime::Result<()> {
        let listener: Listener = self.take(&listener)?;
        listener.server.close().await;
        Ok(())
    }
}

/// What a guest is told: never the address.
fn refusal(error: &ServeError) -> Refusal {
    match error {
        ServeError::Revoked { .. } => Refusal::Revoked,
        ServeError::NotGranted { .. } | ServeError::UnknownEndpoint { .. } => {
            Refusal::Denied("the grant names no such endpoint".to_owned())
        }
        ServeError::NoHandler { scheme, .. } => {
            Refusal::Unsupported(format!("the component exports no handler for {scheme}"))
        }
        ServeError::InUse { .. } => Refusal::Conflict,
        ServeError::Address { .. } => {
            Refusal::Unavailable("the host cannot listen there".to_owned())
        }
    }
}
