//! `tcp`: connections by host name, and the standard sockets.

use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpStream;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};
use workbooks_bindings::engine::tcp;

use super::connection::{self, Dial};
use crate::admission::Caller;
use crate::capability::{Call, Capability, Provides, Refusal};
use crate::egress::Egress;
use crate::instance::Guest;
use crate::instance::sockets;

/// Connections by host name, which is resolved once and pinned; and `wasi:sockets` to what the
/// grant names.
///
/// A principal has at most 64 sockets open, over all that connects; one exchange sends
/// and brings back at most 4 MiB each. A timeout longer than the operation's own maximum
/// ([`Limits::operation_deadline`](crate::Limits::operation_deadline)) is that maximum.
#[derive(Debug)]
pub struct Tcp(Arc<Egress>);

impl Tcp {
    pub(crate) fn new(egress: Arc<Egress>) -> Self {
        Self(egress)
    }
}

impl Capability for Tcp {
    fn name(&self) -> &'static str {
        "tcp"
    }

    fn link(&self, interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        if interface.starts_with("wasi:") {
            return sockets::link(interface, linker);
        }
        tcp::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl Dial for Tcp {
    type Stream = TcpStream;

    const TELLS_END: bool = true;

    async fn dial(
        &self,
        caller: &Caller,
        host: &str,
        port: u16,
        until: Instant,
    ) -> Result<TcpStream, Refusal> {
        let pinned = self.0.resolve(caller, host, port, until).await?;
        self.0.connect(&pinned, until).await
    }
}

impl tcp::Host for Call<'_, Tcp> {
    async fn request(
        &mut self,
        host: String,
        port: u16,
        data: Vec<u8>,
        timeout_ms: u32,
    ) -> Result<Vec<u8>, Refusal> {
        connection::request(self, &host, port, &data, timeout_ms).await
    }
}

impl tcp::HostConnection for Call<'_, Tcp> {
    async fn connect(
        &mut self,
        host: String,
        port: u16,
        timeout_ms: u32,
    ) -> Result<Resource<tcp::Connection>, Refusal> {
        connection::connect(self, &host, port, timeout_ms).await
    }

    async fn input(
        &mut self,
        this: Resource<tcp::Connection>,
    ) -> Result<Resource<DynInputStream>, Refusal> {
        connection::input(self, &this)
    }

    async fn output(
        &mut self,
        this: Resource<tcp::Connection>,
    ) -> Result<Resource<DynOutputStream>, Refusal> {
        connection::output(self, &this)
    }

    async fn shutdown(&mut self, this: Resource<tcp::Connection>) -> Result<(), Refusal> {
        connection::shutdown(self, &this).await
    }

    async fn drop(&mut self, this: Resource<tcp::Connection>) -> wasmtime::Result<()> {
        connection::close(self, &this)
    }
}
