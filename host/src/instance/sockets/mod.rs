//! `wasi:sockets`: wasmtime's own implementation, behind the gate. Sockets connect and send, and
//! no more: what listens is `serve`'s. Names are looked up by egress.
//!
//! Each operation is admitted as a call of `tcp` or `udp`. What is asked again and again until
//! something is ready, and the pieces of what is open, does not pay the rate; revocation is looked
//! at for every one, and closes every socket, also of a guest that does nothing.
//!
//! A guest reads refusals as error codes: `would-block` when it is over its rate and may try
//! again later, `new-socket-limit` beside as many sockets as it may have, and `access-denied` for
//! what trying again will not change.

mod held;
mod lookup;
mod reach;
mod stream;
mod tcp;
#[cfg(test)]
mod tests;
mod udp;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, IpSocketAddress, Network};
use wasmtime_wasi::p2::bindings::sockets::{
    instance_network, ip_name_lookup, tcp as wasi_tcp, tcp_create_socket, udp as wasi_udp,
    udp_create_socket,
};
use wasmtime_wasi::p2::{SocketError, SocketResult};
use wasmtime_wasi::sockets::{WasiSocketsCtxView, WasiSocketsView};
use workbooks_bindings::Refusal;

pub(crate) use reach::Reach;
pub(crate) use stream::{Input, Output, Streams};

use self::held::{Held, Socket};
use super::Guest;
use crate::admission::{Caller, Revocable};
use crate::world::base_name;

/// The sockets of one guest, and who it is.
pub(super) struct GatedSockets<'a> {
    caller: Arc<Caller>,
    reach: Arc<Reach>,
    inner: WasiSocketsCtxView<'a>,
}

/// Projects [`Guest`] onto [`GatedSockets`].
struct Gated;

impl HasData for Gated {
    type Data<'a> = GatedSockets<'a>;
}

/// Links one interface of `wasi:sockets`.
pub(crate) fn link(interface: &str, l: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let of = GatedSockets::of;
    match base_name(interface) {
        "wasi:sockets/network" => {
            network::add_to_linker::<_, Gated>(l, &network::LinkOptions::default(), of)
        }
        "wasi:sockets/instance-network" => instance_network::add_to_linker::<_, Gated>(l, of),
        "wasi:sockets/tcp" => wasi_tcp::add_to_linker::<_, Gated>(l, of),
        "wasi:sockets/tcp-create-socket" => tcp_create_socket::add_to_linker::<_, Gated>(l, of),
        "wasi:sockets/udp" => wasi_udp::add_to_linker::<_, Gated>(l, of),
        "wasi:sockets/udp-create-socket" => udp_create_socket::add_to_linker::<_, Gated>(l, of),
        "wasi:sockets/ip-name-lookup" => ip_name_lookup::add_to_linker::<_, Gated>(l, of),
        _ => Err(wasmtime::format_err!("`{interface}` is not of `wasi:sockets`")),
    }
}

/// A kind of socket, and the capability that opens it.
trait Transport: 'static {
    const CAPABILITY: &'static str;
}

impl Transport for wasmtime_wasi::p2::TcpSocket {
    const CAPABILITY: &'static str = "tcp";
}

impl Transport for wasmtime_wasi::p2::UdpSocket {
    const CAPABILITY: &'static str = "udp";
}

impl GatedSockets<'_> {
    fn of(guest: &mut Guest) -> GatedSockets<'_> {
        GatedSockets {
            caller: guest.caller().clone(),
            reach: guest.reach.clone(),
            inner: guest.sockets(),
        }
    }

    /// Passes one operation of `capability` through the grant, revocation, rate and audit.
    ///
    /// `tcp` and `udp` share interfaces, and whichever comes first has linked them.
    fn admit(&self, capability: &str, operation: &str) -> SocketResult<()> {
        if !self.caller.grant().allows(capability) {
            let why = format!("`{capability}` is not granted");
            return Err(self.refuse(capability, operation, &Refusal::Denied(why)));
        }
        Ok(self.caller.admit(capability, operation).map_err(|refusal| code(&refusal))?)
    }

    /// The capability that an interface of both counts as.
    fn either(&self) -> &'static str {
        if self.caller.grant().allows("tcp") { "tcp" } else { "udp" }
    }

    /// A refusal, on the record.
    fn refuse(&self, capability: &str, operation: &str, refusal: &Refusal) -> SocketError {
        self.caller.refused(capability, operation, refusal);
        code(refusal).into()
    }

    /// Room for one more socket.
    fn room(&self, capability: &str, operation: &str) -> SocketResult<OwnedSemaphorePermit> {
        let room = self.caller.principal().connection();
        room.map_err(|full| self.refuse(capability, operation, &full))
    }

    /// Refuses an address that is out of reach.
    fn reach(
        &self,
        capability: &str,
        operation: &str,
        address: IpSocketAddress,
    ) -> SocketResult<()> {
        let within = self.reach.may_dial(address.into());
        within.map_err(|refusal| self.refuse(capability, operation, &refusal))
    }

    /// Refuses to be bound to more than the system chooses.
    fn ephemeral(&self, capability: &str, address: IpSocketAddress) -> SocketResult<()> {
        if reach::is_ephemeral(address.into()) {
            return Ok(());
        }
        let why = Refusal::Denied("an address of its own is for `serve`".into());
        Err(self.refuse(capability, "start-bind", &why))
    }

    /// Whether the grant still stands, for operations that the rate does not count.
    fn still_granted(&self, capability: &str, operation: &str) -> SocketResult<()> {
        let standing = self.caller.still_granted(capability, operation);
        Ok(standing.map_err(|refusal| code(&refusal))?)
    }

    /// Does `work` on a socket of type `S`, if the grant still stands.
    fn on<S: Transport, T>(
        &self,
        socket: &Resource<S>,
        operation: &'static str,
        work: impl FnOnce(&mut Held<S>) -> SocketResult<T>,
    ) -> SocketResult<T> {
        self.still_granted(S::CAPABILITY, operation)?;
        held(self.inner.table, socket)?.with(operation, work).map_err(|refusal| code(&refusal))?
    }
}

/// The socket behind a handle of the guest's.
fn held<'a, S: 'static>(
    table: &'a ResourceTable,
    socket: &Resource<S>,
) -> SocketResult<&'a Revocable<Held<S>>> {
    Ok(&table.get(&Resource::<Socket<S>>::new_borrow(socket.rep()))?.held)
}

/// An address of the host's own, of which a guest learns only the port.
fn masked(address: IpSocketAddress) -> IpSocketAddress {
    let address = SocketAddr::from(address);
    let unspecified: std::net::IpAddr = match address {
        SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    SocketAddr::new(unspecified, address.port()).into()
}

fn code(refusal: &Refusal) -> ErrorCode {
    match refusal {
        Refusal::RateLimited(_) => ErrorCode::WouldBlock,
        Refusal::Quota(_) => ErrorCode::NewSocketLimit,
        Refusal::TooLarge(_) => ErrorCode::DatagramTooLarge,
        Refusal::Timeout => ErrorCode::Timeout,
        Refusal::Unsupported(_) => ErrorCode::NotSupported,
        Refusal::Invalid(_) => ErrorCode::InvalidArgument,
        Refusal::Unavailable(_) => ErrorCode::RemoteUnreachable,
        _ => ErrorCode::AccessDenied,
    }
}

impl network::Host for GatedSockets<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        self.inner.convert_error_code(error)
    }

    /// Never refused: it says why a stream failed, a refusal of ours among others.
    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        match self.inner.table.get(&error)?.downcast_ref::<Refusal>() {
            Some(refusal) => Ok(Some(code(refusal))),
            None => self.inner.network_error_code(error),
        }
    }
}

impl network::HostNetwork for GatedSockets<'_> {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.inner, network)
    }
}

impl instance_network::Host for GatedSockets<'_> {
    /// Never refused: it has no error to return, and opens nothing by itself.
    fn instance_network(&mut self) -> wasmtime::Result<Resource<Network>> {
        self.inner.instance_network()
    }
}
