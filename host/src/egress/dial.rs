//! Resolving, checking and dialling. A [`Pinned`] is made nowhere else.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::time::timeout_at;
use workbooks_bindings::Refusal;

use super::tls::Tls;
use super::{Name, ResolveError, Resolver, guard, port};
use crate::admission::Caller;
use crate::toolkit::Destination;

/// The network of one host.
pub(crate) struct Egress {
    resolver: Arc<dyn Resolver>,
    pub(super) tls: Tls,
    /// How often it dialled, for tests that nothing was.
    #[cfg(test)]
    pub(super) dialled: std::sync::atomic::AtomicUsize,
}

/// A destination that the grant opens, with addresses that passed the guard.
#[derive(Clone, Debug)]
pub(crate) struct Pinned {
    name: Name,
    port: u16,
    addresses: Vec<SocketAddr>,
}

impl Pinned {
    /// The host, whose name the certificate must bear.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What may be dialled, in the order of the answers. Never empty; never for a guest to see,
    /// unless it wrote the address itself or asked for its lookup.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

/// More than any service has; a longer answer is refused, not cut.
const MOST_ADDRESSES: usize = 64;

/// How many of them are tried.
const TRIED: usize = 4;

impl Egress {
    pub(crate) fn new(resolver: Arc<dyn Resolver>, tls: Tls) -> Self {
        Self {
            resolver,
            tls,
            #[cfg(test)]
            dialled: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    /// Finds out what to dial for a host as a guest wrote it. One lookup, and none for what the
    /// grant does not open.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for what is no host, [`Refusal::Denied`] if the grant does not open
    /// it or an answer is not public (unless all lie in the ranges that the grant names) or there
    /// is none, [`Refusal::Unavailable`] if no name server answers, [`Refusal::Timeout`].
    pub(crate) async fn resolve(
        &self,
        caller: &Caller,
        host: &str,
        port: u16,
        until: Instant,
    ) -> Result<Pinned, Refusal> {
        let name = Name::read(host)?;
        self.pin(caller, name, port, until).await
    }

    pub(super) async fn pin(
        &self,
        caller: &Caller,
        name: Name,
        port: u16,
        until: Instant,
    ) -> Result<Pinned, Refusal> {
        let wanted = name.at(port);
        opens(caller, &wanted)?;
        if until <= Instant::now() {
            return Err(Refusal::Timeout);
        }
        let nowhere = || Refusal::Denied(format!("`{wanted}` is not a public destination"));
        let found = match &name {
            Name::Address(address) => vec![*address],
            // The name of a private network is not even asked for. That there is none and that
            // it is private are told alike, so that nobody maps a network by its names.
            Name::Dns(_) if name.is_internal() && caller.grant().private().is_empty() => {
                return Err(nowhere());
            }
            Name::Dns(text) => match timeout_at(until.into(), self.resolver.resolve(text)).await {
                Ok(Ok(found)) => found,
                Ok(Err(ResolveError::NotFound)) => return Err(nowhere()),
                Ok(Err(ResolveError::Failed)) => {
                    return Err(Refusal::Unavailable(format!("`{text}` cannot be resolved")));
                }
                Err(_) => return Err(Refusal::Timeout),
            },
        };
        if found.is_empty() || found.len() > MOST_ADDRESSES || !may_be_dialled(caller, &found) {
            return Err(nowhere());
        }
        let addresses = found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        Ok(Pinned { name, port, addresses })
    }

    /// Whether a guest that names an address itself may dial it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`] if the grant does not open it, or it is neither public nor in a range
    /// that the grant names.
    #[expect(clippy::unused_self, reason = "who may dial is asked of the network")]
    pub(crate) fn may_dial(&self, caller: &Caller, address: SocketAddr) -> Result<(), Refusal> {
        let wanted = Name::Address(address.ip()).at(address.port());
        opens(caller, &wanted)?;
        let scoped = matches!(address, SocketAddr::V6(v6) if v6.scope_id() != 0);
        if scoped || !may_be_dialled(caller, &[address.ip()]) {
            return Err(Refusal::Denied(format!("`{wanted}` is not a public destination")));
        }
        Ok(())
    }

    /// Connects to the first address that accepts, of the first four.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`] if none accepts, and [`Refusal::Timeout`].
    pub(crate) async fn connect(
        &self,
        pinned: &Pinned,
        until: Instant,
    ) -> Result<TcpStream, Refusal> {
        let tried = &pinned.addresses[..pinned.addresses.len().min(TRIED)];
        let mut refusal = Refusal::Timeout;
        for (at, address) in tried.iter().enumerate() {
            // One that does not answer leaves the others their share of the time.
            let left = u32::try_from(tried.len() - at).unwrap_or(1);
            let share = until.saturating_duration_since(Instant::now()) / left;
            if share.is_zero() {
                return Err(Refusal::Timeout);
            }
            #[cfg(test)]
            self.dialled.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            #[expect(clippy::disallowed_methods, reason = "this is the seam")]
            let connecting = TcpStream::connect(*address);
            match tokio::time::timeout(share, connecting).await {
                Ok(Ok(stream)) => {
                    // Who writes small pieces means them to arrive.
                    drop(stream.set_nodelay(true));
                    return Ok(stream);
                }
                Ok(Err(_)) => {
                    refusal = Refusal::Unavailable(format!(
                        "`{}:{}` does not accept connections",
                        pinned.name, pinned.port
                    ));
                }
                Err(_) => refusal = Refusal::Timeout,
            }
        }
        Err(refusal)
    }
}

/// Whether the lists of the grant open a destination.
fn opens(caller: &Caller, wanted: &Destination) -> Result<(), Refusal> {
    let net = caller.grant().net();
    if !net.contain(wanted) {
        return Err(Refusal::Denied(format!("the grant does not name `{wanted}` under `net`")));
    }
    if port::is_closed(wanted.port) && !(wanted.port != 0 && net.name(wanted)) {
        return Err(Refusal::Denied(format!("port {} is closed", wanted.port)));
    }
    Ok(())
}

/// All of them are public, or all of them lie in ranges that the grant names: an answer that
/// mixes the two is an attack.
fn may_be_dialled(caller: &Caller, addresses: &[IpAddr]) -> bool {
    let private = caller.grant().private();
    addresses.iter().all(|address| guard::special(*address).is_none())
        || addresses.iter().all(|address| private.iter().any(|range| range.contains(*address)))
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Egress").finish_non_exhaustive()
    }
}
