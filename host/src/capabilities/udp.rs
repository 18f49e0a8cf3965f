//! `udp`: one datagram and its reply by host name, and the standard sockets.

use std::sync::Arc;

use wasmtime::component::Linker;
use workbooks_bindings::engine::udp;

use super::connection::{in_time, until};
use crate::capability::{Call, Capability, Provides, Refusal};
use crate::egress::Egress;
use crate::instance::{Guest, sockets};

/// The longest payload of a datagram: 65,535 bytes without the headers of UDP and IPv4 (RFC 768,
/// RFC 791).
const DATAGRAM_MAX: usize = 65_507;

/// Datagrams by host name, which is resolved once and pinned; and `wasi:sockets` to what the
/// grant names.
///
/// A datagram has at most 65,507 bytes. Nobody is heard but who was sent to, and no reply in time
/// is none.
#[derive(Debug)]
pub struct Udp(Arc<Egress>);

impl Udp {
    pub(crate) fn new(egress: Arc<Egress>) -> Self {
        Self(egress)
    }
}

impl Capability for Udp {
    fn name(&self) -> &'static str {
        "udp"
    }

    fn link(&self, interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        if interface.starts_with("wasi:") {
            return sockets::link(interface, linker);
        }
        udp::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl udp::Host for Call<'_, Udp> {
    async fn request(
        &mut self,
        host: String,
        port: u16,
        data: Vec<u8>,
        timeout_ms: u32,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let call = self.admit("request")?;
        let (until, caller, egress) =
            (until(&call, timeout_ms), call.caller(), &call.capability().0);
        in_time(&call, call.deadline(), async {
            if data.len() > DATAGRAM_MAX {
                return Err(Refusal::TooLarge(DATAGRAM_MAX as u64));
            }
            let _permit = caller.principal().connection()?;
            let pinned = egress.resolve(caller, &host, port, until).await?;
            let socket = egress.datagrams(&pinned).await?;
            let gone = |_| Refusal::Unavailable("the far side does not take datagrams".into());
            socket.send(&data).await.map_err(gone)?;
            let mut reply = vec![0; usize::from(u16::MAX)];
            let Ok(received) = tokio::time::timeout_at(until.into(), socket.recv(&mut reply)).await
            else {
                return Ok(None);
            };
            reply.truncate(received.map_err(gone)?);
            Ok(Some(reply))
        })
        .await
    }
}
