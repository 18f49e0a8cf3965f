//! Which addresses the sockets of one instance may reach: those that egress lets it dial, and
//! those that it looked up by a name of its grant.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::sockets::SocketAddrUse;
use workbooks_bindings::Refusal;

use crate::admission::Caller;
use crate::egress::{Egress, Name};
use crate::policy::Destinations;
use crate::toolkit::Destination;

/// Addresses that are remembered, of each kind. Whoever needs more has the oldest forgotten, and
/// looks up or sends again.
const REMEMBERED_MAX: usize = 1_024;

/// What one instance may reach.
pub(crate) struct Reach {
    egress: Arc<Egress>,
    caller: Arc<Caller>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// What names of the grant led to, with the ports that it has for them.
    resolved: Recent,
    /// Whom a datagram was sent to: nobody else is heard.
    peers: Recent,
}

/// The addresses that came last.
#[derive(Default)]
struct Recent(VecDeque<SocketAddr>);

impl Recent {
    fn has(&self, address: SocketAddr) -> bool {
        self.0.contains(&address)
    }

    fn remember(&mut self, address: SocketAddr) {
        if self.has(address) {
            return;
        }
        if self.0.len() == REMEMBERED_MAX {
            self.0.pop_front();
        }
        self.0.push_back(address);
    }
}

impl Reach {
    pub(crate) fn new(egress: Arc<Egress>, caller: Arc<Caller>) -> Arc<Self> {
        Arc::new(Self { egress, caller, known: Mutex::default() })
    }

    /// Lets `wasi` make the sockets that were granted, to addresses within reach. The gate has
    /// asked before; this is asked again by what dials and sends, so that no way leads around.
    pub(crate) fn open(self: Arc<Self>, wasi: &mut WasiCtxBuilder) {
        let grant = self.caller.grant().clone();
        wasi.allow_tcp(grant.allows("tcp")).allow_udp(grant.allows("udp"));
        wasi.socket_addr_check(move |address, purpose| {
            Box::pin(std::future::ready(self.permits(address, purpose)))
        });
    }

    /// Whether a socket may be used so.
    pub(super) fn permits(&self, address: SocketAddr, purpose: SocketAddrUse) -> bool {
        match purpose {
            SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => is_ephemeral(address),
            SocketAddrUse::TcpConnect => self.may_dial(address).is_ok(),
            SocketAddrUse::UdpSend => {
                let may = self.may_dial(address).is_ok();
                if may {
                    self.known().peers.remember(plain(address));
                }
                may
            }
            SocketAddrUse::UdpReceive => self.known().peers.has(plain(address)),
            SocketAddrUse::TcpListen | SocketAddrUse::TcpAccept => false,
        }
    }

    /// Whether the instance may reach this address.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`].
    pub(super) fn may_dial(&self, address: SocketAddr) -> Result<(), Refusal> {
        let scoped = matches!(address, SocketAddr::V6(v6) if v6.scope_id() != 0);
        if !scoped && self.known().resolved.has(plain(address)) {
            return Ok(());
        }
        self.egress.may_dial(&self.caller, address)
    }

    /// Looks up a name of the grant, once, and remembers what it leads to.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`] for a name that the grant does not have, before any query leaves, and
    /// for one of which any answer may not be dialled; [`Refusal::Quota`] beside as many sockets as
    /// a principal may have.
    pub(super) async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Refusal> {
        let until = Instant::now() + self.caller.operation_deadline();
        // A lookup is a socket to a name server.
        let _permit = self.caller.principal().connection()?;
        let ports = ports(self.caller.grant().net(), &Name::read(name)?);
        let port = ports.first().copied().unwrap_or(443);
        let pinned = tokio::select! {
            () = self.caller.principal().withdrawn() => return Err(Refusal::Revoked),
            pinned = self.egress.resolve(&self.caller, name, port, until) => pinned?,
        };
        let addresses: Vec<_> = pinned.addresses().iter().map(SocketAddr::ip).collect();
        let mut known = self.known();
        for (address, port) in addresses.iter().flat_map(|a| ports.iter().map(move |p| (a, p))) {
            known.resolved.remember((*address, *port).into());
        }
        Ok(addresses)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ports that the grant names for a host; none, if it leaves all of them open, or none.
fn ports(net: &Destinations, name: &Name) -> Vec<u16> {
    let Destinations::Only(list) = net else { return Vec::new() };
    let names = |allowed: &&Destination| allowed.contains(&name.at(allowed.port));
    list.iter().filter(names).map(|allowed| allowed.port).collect()
}

/// An address without what IPv6 adds to it.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port())
}

/// Whether the system chooses both address and port.
pub(super) fn is_ephemeral(address: SocketAddr) -> bool {
    address.ip().is_unspecified() && address.port() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_addresses_is_forgotten_from_its_start() {
        let at = |port: usize| SocketAddr::from(([192, 0, 2, 1], u16::try_from(port).unwrap()));
        let mut recent = Recent::default();
        for port in 1..=REMEMBERED_MAX + 1 {
            recent.remember(at(port));
            recent.remember(at(port));
        }
        assert_eq!(recent.0.len(), REMEMBERED_MAX);
        assert!(!recent.has(at(1)) && recent.has(at(2)) && recent.has(at(REMEMBERED_MAX + 1)));
    }

    #[test]
    fn only_what_the_system_chooses_may_be_bound() {
        let ephemeral = |text: &str| is_ephemeral(text.parse().unwrap());
        assert!(ephemeral("0.0.0.0:0") && ephemeral("[::]:0"));
        assert!(!ephemeral("0.0.0.0:80") && !ephemeral("127.0.0.1:0") && !ephemeral("[::1]:0"));
    }
}
