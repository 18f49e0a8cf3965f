//! Operations of `wasi:sockets`, called as the linker would, with loopback peers of the test's
//! own.

/// The error code of each operation.
macro_rules! codes {
    ($($operation:expr),* $(,)?) => { [$($crate::instance::sockets::tests::said($operation).err()),*] };
}

mod lookup;
mod revoked;
mod tcp;
mod udp;

use wasmtime_wasi::p2::bindings::sockets::network::IpAddressFamily;
use wasmtime_wasi::p2::{Pollable, TcpSocket, UdpSocket};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};

use super::*;
use crate::capabilities::tests::doubles::{ALL, Fixture, LOCAL};
use crate::egress::doubles::Dns;

/// A guest with sockets.
struct Guest {
    fixture: Fixture,
    reach: Arc<Reach>,
    wasi: WasiCtx,
}

impl Guest {
    fn new(fixture: Fixture) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        let reach = Reach::new(fixture.egress.clone(), fixture.caller.clone());
        reach.clone().open(&mut wasi);
        Self { fixture, reach, wasi: wasi.build() }
    }

    /// One that may use everything, to public destinations and the loopback interface.
    async fn local() -> Self {
        Self::new(Fixture::local().await)
    }

    /// One under a policy in the words of `policy.toml`.
    async fn under(policy: &[&str]) -> Self {
        let dns = Dns::start().await.with("peer.example", &["127.0.0.1"]);
        Self::new(Fixture::under(policy, &dns))
    }

    fn gate(&mut self) -> GatedSockets<'_> {
        GatedSockets {
            caller: self.fixture.caller.clone(),
            reach: self.reach.clone(),
            inner: WasiSocketsCtxView { ctx: self.wasi.sockets(), table: &mut self.fixture.table },
        }
    }

    fn network(&mut self) -> Resource<Network> {
        instance_network::Host::instance_network(&mut self.gate()).unwrap()
    }

    fn tcp(&mut self) -> Result<Resource<TcpSocket>, ErrorCode> {
        let family = IpAddressFamily::Ipv4;
        said(tcp_create_socket::Host::create_tcp_socket(&mut self.gate(), family))
    }

    async fn udp(&mut self) -> Result<Resource<UdpSocket>, ErrorCode> {
        let family = IpAddressFamily::Ipv4;
        said(udp_create_socket::Host::create_udp_socket(&mut self.gate(), family).await)
    }

    /// Waits until what the guest's table holds under a handle is ready.
    async fn ready<T: Pollable>(&mut self, rep: u32) {
        let entry = self.fixture.table.get_any_mut(rep).unwrap();
        entry.downcast_mut::<T>().unwrap().ready().await;
    }
}

fn address(text: &str) -> IpSocketAddress {
    text.parse::<SocketAddr>().unwrap().into()
}

fn again<T: 'static>(resource: &Resource<T>) -> Resource<T> {
    Resource::new_borrow(resource.rep())
}

/// The error code of a result.
fn said<T>(result: SocketResult<T>) -> Result<T, ErrorCode> {
    result.map_err(|error| error.downcast().unwrap())
}
