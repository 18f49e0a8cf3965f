//! How often each client has asked: a rate for each, in a table that no flood of addresses fills.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::admission::Rate;

/// Clients that are remembered at once.
const MOST: usize = 10_000;

/// The clients of one server.
pub(super) struct Clients {
    limit: u32,
    window: Duration,
    epoch: Instant,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    clients: HashMap<IpAddr, Arc<Client>>,
    /// When it was last looked for clients that can be forgotten.
    swept_ms: u64,
}

/// One client; a connection holds its own, so that a request looks nothing up.
pub(super) struct Client {
    rate: Rate,
    epoch: Instant,
    seen_ms: AtomicU64,
}

impl Clients {
    pub(super) fn new(limit: u32, window: Duration) -> Self {
        Self { limit, window, epoch: Instant::now(), known: Mutex::default() }
    }

    /// The client at `address`; none when too many others are remembered.
    pub(super) fn of(&self, address: IpAddr) -> Option<Arc<Client>> {
        self.at(address, millis(self.epoch.elapsed()))
    }

    fn at(&self, address: IpAddr, now_ms: u64) -> Option<Arc<Client>> {
        let key = network(address);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.clients.get(&key) {
            client.seen_ms.store(now_ms, Ordering::Relaxed);
            return Some(client.clone());
        }
        // To look through all of them takes long enough not to be done for each stranger.
        if known.clients.len() >= MOST && now_ms >= known.swept_ms + 1_000 {
            known.swept_ms = now_ms;
            let old = now_ms.saturating_sub(2 * millis(self.window));
            known.clients.retain(|_, client| {
                Arc::strong_count(client) > 1 || client.seen_ms.load(Ordering::Relaxed) >= old
            });
        }
        if known.clients.len() >= MOST {
            return None;
        }
        let client = Arc::new(Client {
            rate: Rate::new(self.limit, self.window),
            epoch: self.epoch,
            seen_ms: AtomicU64::new(now_ms),
        });
        known.clients.insert(key, client.clone());
        Some(client)
    }
}

impl Client {
    /// Counts one request.
    ///
    /// # Errors
    ///
    /// The milliseconds after which another may pass.
    pub(super) fn take(&self) -> Result<(), u64> {
        let now_ms = millis(self.epoch.elapsed());
        self.seen_ms.store(now_ms, Ordering::Relaxed);
        self.rate.take(now_ms)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Whoever has one address of an IPv6 network of 64 bits has them all (RFC 6177 §2).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn each_client_has_a_rate_of_its_own() {
        let clients = Clients::new(1, Duration::from_hours(1));
        let (a, b) = (clients.of(v4(1)).unwrap(), clients.of(v4(2)).unwrap());
        assert!(a.take().is_ok() && b.take().is_ok());
        assert!(a.take().is_err() && clients.of(v4(1)).unwrap().take().is_err());
    }

    #[test]
    fn one_network_and_one_mapped_address_are_one_client() {
        let clients = Clients::new(1, Duration::from_hours(1));
        let take = |text: &str| clients.of(text.parse().unwrap()).unwrap().take().is_ok();
        assert!(take("2001:db8::1") && !take("2001:db8::2") && take("2001:db8:0:1::1"));
        assert!(take("192.0.2.1") && !take("::ffff:192.0.2.1"));
    }

    #[test]
    fn a_flood_of_addresses_forgets_nobody_within_the_window_and_takes_no_more_room() {
        let window = Duration::from_mins(1);
        let clients = Clients::new(1, window);
        let held = clients.at(v4(0), 0).unwrap();
        for n in 1..MOST {
            assert!(clients.at(v4(u32::try_from(n).unwrap()), 0).is_some());
        }
        let beyond = v4(u32::try_from(MOST).unwrap());
        assert!(clients.at(beyond, millis(window)).is_none());
        assert!(clients.at(beyond, 3 * millis(window)).is_some());
        let known = clients.known.lock().unwrap();
        assert_eq!(known.clients.len(), 2, "the one that is held, and the new one");
        assert!(Arc::ptr_eq(&known.clients[&v4(0)], &held));
    }
}
