//! The operations on a UDP socket and its datagrams, each behind the gate.

use tokio::time::timeout;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sockets::network::{IpAddressFamily, IpSocketAddress, Network};
use wasmtime_wasi::p2::bindings::sockets::udp::{
    self, HostIncomingDatagramStream, HostOutgoingDatagramStream, HostUdpSocket, IncomingDatagram,
    IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream,
};
use wasmtime_wasi::p2::bindings::sockets::udp_create_socket;
use wasmtime_wasi::p2::{
    DynPollable, Pollable as _, SocketError, SocketResult, UdpSocket, subscribe,
};

use super::held::{Held, Incoming, Outgoing, Socket, at_once};
use super::{GatedSockets, code, held, masked};
use crate::admission::Revocable;

const UDP: &str = "udp";

type This = Resource<UdpSocket>;

impl udp_create_socket::Host for GatedSockets<'_> {
    async fn create_udp_socket(&mut self, family: IpAddressFamily) -> SocketResult<This> {
        const OPERATION: &str = "create-udp-socket";
        self.admit(UDP, OPERATION)?;
        let permit = self.room(UDP, OPERATION)?;
        let held = Held::new(self.inner.ctx, permit, async |view| {
            udp_create_socket::Host::create_udp_socket(view, family).await
        });
        let held = Revocable::new(self.caller.clone(), UDP, held.await?);
        let socket = self.inner.table.push(Socket { held, family })?;
        Ok(Resource::new_own(socket.rep()))
    }
}

/// Operations that need nothing beyond the gate.
macro_rules! admitted {
    ($($operation:literal $method:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {$(
        fn $method(&mut self, this: This, $($argument: $type),*) -> SocketResult<$result> {
            self.admit(UDP, $operation)?;
            self.on(&this, $operation, |held| {
                let socket = held.socket();
                held.view().$method(socket, $($argument),*)
            })
        }
    )*};
}

impl udp::Host for GatedSockets<'_> {}

impl HostUdpSocket for GatedSockets<'_> {
    admitted! {
        "remote-address" remote_address() -> IpSocketAddress;
        "unicast-hop-limit" unicast_hop_limit() -> u8;
        "set-unicast-hop-limit" set_unicast_hop_limit(value: u8) -> ();
        "receive-buffer-size" receive_buffer_size() -> u64;
        "set-receive-buffer-size" set_receive_buffer_size(value: u64) -> ();
        "send-buffer-size" send_buffer_size() -> u64;
        "set-send-buffer-size" set_send_buffer_size(value: u64) -> ();
    }

    async fn start_bind(
        &mut self,
        this: This,
        _: Resource<Network>,
        local: IpSocketAddress,
    ) -> SocketResult<()> {
        self.admit(UDP, "start-bind")?;
        self.ephemeral(UDP, local)?;
        self.on(&this, "start-bind", |held| {
            let (socket, network) = (held.socket(), held.network());
            at_once(held.view().start_bind(socket, network, local))
        })
    }

    fn finish_bind(&mut self, this: This) -> SocketResult<()> {
        self.on(&this, "finish-bind", |held| {
            let socket = held.socket();
            held.view().finish_bind(socket)
        })
    }

    async fn stream(
        &mut self,
        this: This,
        remote: Option<IpSocketAddress>,
    ) -> SocketResult<(Resource<IncomingDatagramStream>, Resource<OutgoingDatagramStream>)> {
        self.admit(UDP, "stream")?;
        remote.map_or(Ok(()), |remote| self.reach(UDP, "stream", remote))?;
        let (incoming, outgoing) = self.on(&this, "stream", |held| {
            let socket = held.socket();
            at_once(held.view().stream(socket, remote))
        })?;
        let held = held(self.inner.table, &this)?.clone();
        let socket = Resource::<Socket<UdpSocket>>::new_borrow(this.rep());
        let incoming = Incoming::new(held.clone(), &incoming);
        let outgoing = Outgoing::new(held, &outgoing);
        let incoming = self.inner.table.push_child(incoming, &socket)?;
        let outgoing = self.inner.table.push_child(outgoing, &socket)?;
        Ok((Resource::new_own(incoming.rep()), Resource::new_own(outgoing.rep())))
    }

    /// Of the host's own address a guest learns only the port.
    fn local_address(&mut self, this: This) -> SocketResult<IpSocketAddress> {
        self.admit(UDP, "local-address")?;
        self.on(&this, "local-address", |held| {
            let socket = held.socket();
            held.view().local_address(socket).map(masked)
        })
    }

    fn address_family(&mut self, this: This) -> wasmtime::Result<IpAddressFamily> {
        Ok(self.inner.table.get(&Resource::<Socket<UdpSocket>>::new_borrow(this.rep()))?.family)
    }

    fn subscribe(&mut self, this: This) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.inner.table, Resource::<Socket<UdpSocket>>::new_borrow(this.rep()))
    }

    fn drop(&mut self, this: This) -> wasmtime::Result<()> {
        drop(self.inner.table.delete(Resource::<Socket<UdpSocket>>::new_own(this.rep()))?);
        Ok(())
    }
}

impl HostIncomingDatagramStream for GatedSockets<'_> {
    fn receive(
        &mut self,
        this: Resource<IncomingDatagramStream>,
        most: u64,
    ) -> SocketResult<Vec<IncomingDatagram>> {
        self.still_granted(UDP, "receive")?;
        let incoming = self.inner.table.get(&Resource::<Incoming>::new_borrow(this.rep()))?;
        let stream = incoming.stream();
        let received = incoming.held.with("receive", |held| held.view().receive(stream, most));
        received.map_err(|refusal| code(&refusal))?
    }

    fn subscribe(
        &mut self,
        this: Resource<IncomingDatagramStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.inner.table, Resource::<Incoming>::new_borrow(this.rep()))
    }

    fn drop(&mut self, this: Resource<IncomingDatagramStream>) -> wasmtime::Result<()> {
        self.inner.table.delete(Resource::<Incoming>::new_own(this.rep()))?.close();
        Ok(())
    }
}

impl HostOutgoingDatagramStream for GatedSockets<'_> {
    fn check_send(&mut self, this: Resource<OutgoingDatagramStream>) -> SocketResult<u64> {
        self.outgoing(&this, "check-send", |held, stream| held.view().check_send(stream))
    }

    /// All of them are refused when the address of one is out of reach.
    fn send(
        &mut self,
        this: Resource<OutgoingDatagramStream>,
        datagrams: Vec<OutgoingDatagram>,
    ) -> SocketResult<u64> {
        self.admit(UDP, "send")?;
        for address in datagrams.iter().filter_map(|datagram| datagram.remote_address) {
            self.reach(UDP, "send", address)?;
        }
        self.outgoing(&this, "send", |held, stream| held.view().send(stream, datagrams))
    }

    fn subscribe(
        &mut self,
        this: Resource<OutgoingDatagramStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.inner.table, Resource::<Outgoing>::new_borrow(this.rep()))
    }

    /// What was sent still goes out, if it does in the time of one operation.
    async fn drop(&mut self, this: Resource<OutgoingDatagramStream>) -> wasmtime::Result<()> {
        let mut outgoing = self.inner.table.delete(Resource::<Outgoing>::new_own(this.rep()))?;
        drop(timeout(self.caller.operation_deadline(), outgoing.ready()).await);
        outgoing.close();
        Ok(())
    }
}

impl GatedSockets<'_> {
    fn outgoing<T>(
        &self,
        this: &Resource<OutgoingDatagramStream>,
        operation: &'static str,
        work: impl FnOnce(&mut Held<UdpSocket>, Resource<OutgoingDatagramStream>) -> SocketResult<T>,
    ) -> SocketResult<T> {
        self.still_granted(UDP, operation)?;
        let outgoing = self.inner.table.get(&Resource::<Outgoing>::new_borrow(this.rep()))?;
        let stream = outgoing.stream();
        let done = outgoing.held.with(operation, |held| work(held, stream));
        done.map_err(|refusal| SocketError::from(code(&refusal)))?
    }
}
