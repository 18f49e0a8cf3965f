//! A socket of `wasmtime-wasi`, out of the guest's reach: in a table of its own, from which it
//! can be taken away when the grant is withdrawn. The guest's table holds what leads to it.

use std::marker::PhantomData;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::sockets::network::{IpAddressFamily, Network};
use wasmtime_wasi::p2::bindings::sockets::{instance_network, udp};
use wasmtime_wasi::p2::{Pollable, SocketError, SocketResult, UdpSocket};
use wasmtime_wasi::sockets::{WasiSocketsCtx, WasiSocketsCtxView};

use super::stream::{Streams, poll};
use crate::admission::Revocable;

/// A socket of type `S` and what belongs to it.
pub(super) struct Held<S> {
    ctx: WasiSocketsCtx,
    pub(super) table: ResourceTable,
    network: u32,
    socket: u32,
    streams: Streams,
    _permit: OwnedSemaphorePermit,
    _socket: PhantomData<fn() -> S>,
}

impl<S: 'static> Held<S> {
    /// Makes a socket in a table of its own.
    pub(super) fn new(
        ctx: &WasiSocketsCtx,
        permit: OwnedSemaphorePermit,
        make: impl AsyncFnOnce(&mut WasiSocketsCtxView<'_>) -> SocketResult<Resource<S>>,
    ) -> impl Future<Output = SocketResult<Self>> {
        let (mut ctx, mut table) = (ctx.clone(), ResourceTable::new());
        async move {
            let mut view = WasiSocketsCtxView { ctx: &mut ctx, table: &mut table };
            let network = instance_network::Host::instance_network(&mut view);
            let network = network.map_err(SocketError::trap)?.rep();
            let socket = make(&mut view).await?.rep();
            let streams = Streams::default();
            Ok(Self { ctx, table, network, socket, streams, _permit: permit, _socket: PhantomData })
        }
    }

    /// What implements `wasi:sockets` for this one socket.
    pub(super) fn view(&mut self) -> WasiSocketsCtxView<'_> {
        WasiSocketsCtxView { ctx: &mut self.ctx, table: &mut self.table }
    }

    /// The socket, as `view` knows it.
    pub(super) fn socket(&self) -> Resource<S> {
        Resource::new_borrow(self.socket)
    }

    /// The network, as `view` knows it.
    pub(super) fn network(&self) -> Resource<Network> {
        Resource::new_borrow(self.network)
    }
}

impl<S> AsMut<Streams> for Held<S> {
    fn as_mut(&mut self) -> &mut Streams {
        &mut self.streams
    }
}

/// What the guest's table holds of a socket.
pub(super) struct Socket<S> {
    pub(super) held: Revocable<Held<S>>,
    pub(super) family: IpAddressFamily,
}

#[async_trait]
impl<S: Pollable> Pollable for Socket<S> {
    async fn ready(&mut self) {
        let ready = |held: &mut Held<S>, cx: &mut Context<'_>| {
            let socket = held.socket();
            held.table.get_mut(&socket).map_or(Poll::Ready(()), |socket| poll(socket, cx))
        };
        self.held.ready(ready).await;
    }
}

/// What the guest's table holds of one direction of a UDP socket, which is of type `D`.
pub(super) struct Datagrams<D> {
    pub(super) held: Revocable<Held<UdpSocket>>,
    stream: u32,
    _stream: PhantomData<fn() -> D>,
}

impl<D: Pollable> Datagrams<D> {
    pub(super) fn new(held: Revocable<Held<UdpSocket>>, stream: &Resource<D>) -> Self {
        Self { held, stream: stream.rep(), _stream: PhantomData }
    }

    /// The stream, as the socket's own table knows it.
    pub(super) fn stream(&self) -> Resource<D> {
        Resource::new_borrow(self.stream)
    }

    /// The guest dropped it.
    pub(super) fn close(&self) {
        let stream = Resource::<D>::new_own(self.stream);
        drop(self.held.if_held(|held| held.table.delete(stream)));
    }
}

#[async_trait]
impl<D: Pollable> Pollable for Datagrams<D> {
    async fn ready(&mut self) {
        let stream = self.stream();
        let ready = |held: &mut Held<UdpSocket>, cx: &mut Context<'_>| {
            held.table.get_mut(&stream).map_or(Poll::Ready(()), |stream| poll(stream, cx))
        };
        self.held.ready(ready).await;
    }
}

pub(super) type Incoming = Datagrams<udp::IncomingDatagramStream>;
pub(super) type Outgoing = Datagrams<udp::OutgoingDatagramStream>;

/// The result of an operation that has nothing to wait for: what is asynchronous in it is the
/// check of addresses, and ours answers at once.
pub(super) fn at_once<T>(operation: impl Future<Output = SocketResult<T>>) -> SocketResult<T> {
    match pin!(operation).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => Err(SocketError::trap(wasmtime::format_err!("a check of ours waits"))),
    }
}
