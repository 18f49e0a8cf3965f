//! `tls`: connections by host name, with the certificate verified.

use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};
use workbooks_bindings::engine::tls;

use super::connection::{self, Dial};
use crate::admission::Caller;
use crate::capability::{Call, Capability, Provides, Refusal};
use crate::egress::Egress;
use crate::instance::Guest;

/// As [`Tcp`](super::Tcp), over TLS 1.2 or 1.3: the name goes along (SNI), and the certificate
/// must be good for it. A peer that goes without saying so (`close_notify`) has broken the
/// connection, since whoever is in between could have cut it.
#[derive(Debug)]
pub struct Tls(Arc<Egress>);

impl Tls {
    pub(crate) fn new(egress: Arc<Egress>) -> Self {
        Self(egress)
    }
}

impl Capability for Tls {
    fn name(&self) -> &'static str {
        "tls"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        tls::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl Dial for Tls {
    type Stream = TlsStream<TcpStream>;

    /// Up to TLS 1.2 who is told the end must close at once and drop what it has to say
    /// (RFC 5246, 7.2.1), and many do so still.
    const TELLS_END: bool = false;

    async fn dial(
        &self,
        caller: &Caller,
        host: &str,
        port: u16,
        until: Instant,
    ) -> Result<TlsStream<TcpStream>, Refusal> {
        let pinned = self.0.resolve(caller, host, port, until).await?;
        let stream = self.0.connect(&pinned, until).await?;
        self.0.tls(stream, &pinned, &[], until).await
    }
}

impl tls::Host for Call<'_, Tls> {
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

impl tls::HostConnection for Call<'_, Tls> {
    async fn connect(
        &mut self,
        host: String,
        port: u16,
        timeout_ms: u32,
    ) -> Result<Resource<tls::Connection>, Refusal> {
        connection::connect(self, &host, port, timeout_ms).await
    }

    async fn input(
        &mut self,
        this: Resource<tls::Connection>,
    ) -> Result<Resource<DynInputStream>, Refusal> {
        connection::input(self, &this)
    }

    async fn output(
        &mut self,
        this: Resource<tls::Connection>,
    ) -> Result<Resource<DynOutputStream>, Refusal> {
        connection::output(self, &this)
    }

    async fn shutdown(&mut self, this: Resource<tls::Connection>) -> Result<(), Refusal> {
        connection::shutdown(self, &this).await
    }

    async fn drop(&mut self, this: Resource<tls::Connection>) -> wasmtime::Result<()> {
        connection::close(self, &this)
    }
}
