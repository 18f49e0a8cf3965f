//! The operations on a TCP socket, each behind the gate.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sockets::network::{IpAddressFamily, IpSocketAddress, Network};
use wasmtime_wasi::p2::bindings::sockets::tcp::{self, HostTcpSocket, ShutdownType};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, SocketError, SocketResult, TcpSocket, subscribe,
};
use workbooks_bindings::Refusal;

use super::held::{Held, Socket, at_once};
use super::stream::{Input, Output, Streams};
use super::{GatedSockets, held, masked};
use crate::admission::Revocable;

const TCP: &str = "tcp";

type This = Resource<TcpSocket>;

impl tcp_create_socket::Host for GatedSockets<'_> {
    fn create_tcp_socket(&mut self, family: IpAddressFamily) -> SocketResult<This> {
        const OPERATION: &str = "create-tcp-socket";
        self.admit(TCP, OPERATION)?;
        let permit = self.room(TCP, OPERATION)?;
        let held = at_once(Held::new(self.inner.ctx, permit, async |view| {
            tcp_create_socket::Host::create_tcp_socket(view, family)
        }))?;
        let held = Revocable::new(self.caller.clone(), TCP, held);
        let socket = self.inner.table.push(Socket { held, family })?;
        Ok(Resource::new_own(socket.rep()))
    }
}

impl GatedSockets<'_> {
    fn no_server(&self, operation: &'static str) -> SocketError {
        self.refuse(TCP, operation, &Refusal::Denied("a server is for `serve`".into()))
    }
}

/// Operations that need nothing beyond the gate.
macro_rules! admitted {
    ($($operation:literal $method:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {$(
        fn $method(&mut self, this: This, $($argument: $type),*) -> SocketResult<$result> {
            self.admit(TCP, $operation)?;
            self.on(&this, $operation, |held| {
                let socket = held.socket();
                held.view().$method(socket, $($argument),*)
            })
        }
    )*};
}

impl tcp::Host for GatedSockets<'_> {}

impl HostTcpSocket for GatedSockets<'_> {
    admitted! {
        "remote-address" remote_address() -> IpSocketAddress;
        "set-listen-backlog-size" set_listen_backlog_size(value: u64) -> ();
        "keep-alive-enabled" keep_alive_enabled() -> bool;
        "set-keep-alive-enabled" set_keep_alive_enabled(value: bool) -> ();
        "keep-alive-idle-time" keep_alive_idle_time() -> u64;
        "set-keep-alive-idle-time" set_keep_alive_idle_time(value: u64) -> ();
        "keep-alive-interval" keep_alive_interval() -> u64;
        "set-keep-alive-interval" set_keep_alive_interval(value: u64) -> ();
        "keep-alive-count" keep_alive_count() -> u32;
        "set-keep-alive-count" set_keep_alive_count(value: u32) -> ();
        "hop-limit" hop_limit() -> u8;
        "set-hop-limit" set_hop_limit(value: u8) -> ();
        "receive-buffer-size" receive_buffer_size() -> u64;
        "set-receive-buffer-size" set_receive_buffer_size(value: u64) -> ();
        "send-buffer-size" send_buffer_size() -> u64;
        "set-send-buffer-size" set_send_buffer_size(value: u64) -> ();
        "shutdown" shutdown(direction: ShutdownType) -> ();
    }

    async fn start_bind(
        &mut self,
        this: This,
        _: Resource<Network>,
        local: IpSocketAddress,
    ) -> SocketResult<()> {
        self.admit(TCP, "start-bind")?;
        self.ephemeral(TCP, local)?;
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

    fn start_connect(
        &mut self,
        this: This,
        _: Resource<Network>,
        remote: IpSocketAddress,
    ) -> SocketResult<()> {
        self.admit(TCP, "start-connect")?;
        self.reach(TCP, "start-connect", remote)?;
        self.on(&this, "start-connect", |held| {
            let (socket, network) = (held.socket(), held.network());
            held.view().start_connect(socket, network, remote)
        })
    }

    fn finish_connect(
        &mut self,
        this: This,
    ) -> SocketResult<(Resource<DynInputStream>, Resource<DynOutputStream>)> {
        self.on(&this, "finish-connect", |held| {
            let socket = held.socket();
            let (input, output) = held.view().finish_connect(socket)?;
            let (input, output) = (held.table.delete(input)?, held.table.delete(output)?);
            *held.as_mut() = Streams { input: Some(input), output: Some(output) };
            Ok(())
        })?;
        let held = held(self.inner.table, &this)?;
        let (input, output) = (Input::of(held), Output::of(held));
        let socket = Resource::<Socket<TcpSocket>>::new_borrow(this.rep());
        let input = self.inner.table.push_child(input, &socket)?;
        let output = self.inner.table.push_child(output, &socket)?;
        Ok((input, output))
    }

    /// Always refused.
    async fn start_listen(&mut self, _: This) -> SocketResult<()> {
        self.admit(TCP, "start-listen")?;
        Err(self.no_server("start-listen"))
    }

    /// Always refused.
    fn finish_listen(&mut self, _: This) -> SocketResult<()> {
        Err(self.no_server("finish-listen"))
    }

    /// Always refused.
    fn accept(
        &mut self,
        _: This,
    ) -> SocketResult<(This, Resource<DynInputStream>, Resource<DynOutputStream>)> {
        Err(self.no_server("accept"))
    }

    /// Of the host's own address a guest learns only the port.
    fn local_address(&mut self, this: This) -> SocketResult<IpSocketAddress> {
        self.admit(TCP, "local-address")?;
        self.on(&this, "local-address", |held| {
            let socket = held.socket();
            held.view().local_address(socket).map(masked)
        })
    }

    fn is_listening(&mut self, _: This) -> wasmtime::Result<bool> {
        Ok(false)
    }

    fn address_family(&mut self, this: This) -> wasmtime::Result<IpAddressFamily> {
        Ok(self.inner.table.get(&Resource::<Socket<TcpSocket>>::new_borrow(this.rep()))?.family)
    }

    fn subscribe(&mut self, this: This) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.inner.table, Resource::<Socket<TcpSocket>>::new_borrow(this.rep()))
    }

    fn drop(&mut self, this: This) -> wasmtime::Result<()> {
        drop(self.inner.table.delete(Resource::<Socket<TcpSocket>>::new_own(this.rep()))?);
        Ok(())
    }
}
