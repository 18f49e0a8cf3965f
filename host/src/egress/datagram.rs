//! UDP to a pinned destination.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;
use workbooks_bindings::Refusal;

use super::{Egress, Pinned};

impl Egress {
    /// A socket that sends to the first address of `pinned` that there is a route to, and hears
    /// nobody else.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`] if there is a route to none.
    pub(crate) async fn datagrams(&self, pinned: &Pinned) -> Result<UdpSocket, Refusal> {
        for address in pinned.addresses() {
            #[cfg(test)]
            self.dialled.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let any: SocketAddr = match address {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            let Ok(socket) = UdpSocket::bind(any).await else { continue };
            if socket.connect(address).await.is_ok() {
                return Ok(socket);
            }
        }
        Err(Refusal::Unavailable(format!(
            "there is no way to `{}:{}`",
            pinned.name(),
            pinned.port()
        )))
    }
}
