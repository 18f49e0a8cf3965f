//! Queues of a tenant: the store in front, its caps and leases, and what is checked before any
//! backend.

mod clock;
mod durable;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
mod twin;

use std::path::Path;

use super::{Stop, StorageError};
pub(crate) use clock::Clock;
use durable::Durable;
use twin::Twin;

/// The longest name of a queue, in bytes of UTF-8.
pub(crate) const NAME_MAX: usize = 128;
/// The largest body, in bytes.
pub(crate) const BODY_MAX: usize = 256 << 10;
/// The longest lease, in milliseconds: 12 hours, as Amazon SQS has it.
pub(crate) const LEASE_MAX: u64 = 12 * 60 * 60 * 1000;
/// The most messages that one call receives.
pub(crate) const RECEIVE_MAX: u32 = 100;
/// The most bytes of bodies that one call receives: what a host call may carry the other way, too.
const RECEIVE_BYTES: usize = 4 << 20;

/// What one tenant may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueuesQuota {
    /// Queues with messages.
    pub(crate) queues: u64,
    /// Messages of one queue, leased ones included.
    pub(crate) depth: u64,
    /// Bodies of all queues together.
    pub(crate) bytes: u64,
}

impl Default for QueuesQuota {
    /// 100 queues of 1,000 messages, 256 MiB.
    fn default() -> Self {
        Self { queues: 100, depth: 1_000, bytes: 256 << 20 }
    }
}

/// A message as a receiver holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// What acknowledges it: 128 random bits, of this lease alone.
    pub(crate) receipt: String,
    /// How often it was received, this time included.
    pub(crate) attempts: u32,
    pub(crate) body: Vec<u8>,
}

/// The queues of all tenants, in one file for the reasons of [`Pairs`](super::Pairs). A queue
/// exists as long as it has messages.
///
/// Leases are kept in the time of day, so that they survive a restart. A clock that is set
/// forward ends them early; one that is set back by more than the longest lease frees them.
#[derive(Debug)]
pub(crate) struct Queues {
    quota: QueuesQuota,
    clock: Clock,
    store: Box<dyn Store>,
}

/// Which queue.
#[derive(Debug, Clone, Copy)]
struct Name<'n> {
    tenant: &'n str,
    queue: &'n str,
}

/// What a receiver gets, and for how long.
#[derive(Debug, Clone, Copy)]
struct Lease {
    now: u64,
    until: u64,
    max: usize,
}

/// Where messages are kept. Names and bodies have been checked; times are milliseconds.
trait Store: std::fmt::Debug + Send + Sync {
    fn publish(
        &self,
        name: Name<'_>,
        body: &[u8],
        quota: QueuesQuota,
        stop: &Stop,
    ) -> Result<(), StorageError>;

    /// The oldest messages that nobody holds, each with a receipt of its own.
    fn receive(
        &self,
        name: Name<'_>,
        lease: Lease,
        stop: &Stop,
    ) -> Result<Vec<Message>, StorageError>;

    /// Removes the message whose lease has this receipt and lasts; says whether there was one.
    fn acknowledge(
        &self,
        name: Name<'_>,
        receipt: &str,
        now: u64,
        stop: &Stop,
    ) -> Result<bool, StorageError>;

    fn depth(&self, name: Name<'_>, stop: &Stop) -> Result<u64, StorageError>;
}

impl Queues {
    /// Opens the database at `path`, whose folder must exist, and makes it, with mode 0600,
    /// if there is none.
    ///
    /// # Errors
    /// `Failed`: no database of ours, of another schema version, a link, or the disk.
    pub(crate) fn open(
        path: &Path,
        quota: QueuesQuota,
        clock: Clock,
    ) -> Result<Self, StorageError> {
        Ok(Self { quota, clock, store: Box::new(Durable::open(path)?) })
    }

    /// Queues in a map, without SQLite, gone when they are dropped. They never wait, so that
    /// they look at no `Stop`.
    pub(crate) fn memory(quota: QueuesQuota, clock: Clock) -> Self {
        Self { quota, clock, store: Box::new(Twin::default()) }
    }

    /// Puts `body` at the end of a queue; the message is durable when this returns.
    ///
    /// # Errors
    /// `Invalid` name; `TooLarge` for a body of more than 256 KiB; `Quota`; `Timeout`,
    /// `Cancelled`, `Failed`.
    pub(crate) fn publish(
        &self,
        tenant: &str,
        queue: &str,
        body: &[u8],
        stop: &Stop,
    ) -> Result<(), StorageError> {
        let name = Name::checked(tenant, queue)?;
        if body.len() > BODY_MAX {
            return Err(StorageError::TooLarge(BODY_MAX as u64));
        }
        self.store.publish(name, body, self.quota, stop)
    }

    /// The oldest messages that nobody holds, for `lease` milliseconds: at most `max`, at most
    /// 100, and at most 4 MiB of bodies. None if there is none; nothing waits for one.
    ///
    /// # Errors
    /// `Invalid` name, a lease of no or more than 43,200,000 ms, or a `max` of 0; `Timeout`,
    /// `Cancelled`, `Failed`.
    pub(crate) fn receive(
        &self,
        tenant: &str,
        queue: &str,
        lease: u32,
        max: u32,
        stop: &Stop,
    ) -> Result<Vec<Message>, StorageError> {
        let name = Name::checked(tenant, queue)?;
        let lease = u64::from(lease);
        if !(1..=LEASE_MAX).contains(&lease) {
            return Err(StorageError::invalid("lease: it must last 1 to 43200000 ms"));
        }
        if max == 0 {
            return Err(StorageError::invalid("a maximum of 0 receives nothing"));
        }
        let now = self.clock.now();
        let max = max.min(RECEIVE_MAX) as usize;
        self.store.receive(name, Lease { now, until: now + lease, max }, stop)
    }

    /// Removes a message for good, by the receipt of the lease that holds it.
    ///
    /// # Errors
    /// `NotFound` for a receipt of another queue, of a lease that has ended, or of none;
    /// `Invalid` name; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn acknowledge(
        &self,
        tenant: &str,
        queue: &str,
        receipt: &str,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        let name = Name::checked(tenant, queue)?;
        let found = self.store.acknowledge(name, receipt, self.clock.now(), stop)?;
        if found { Ok(()) } else { Err(StorageError::NotFound) }
    }

    /// How many messages a queue has, leased ones included.
    ///
    /// # Errors
    /// `Invalid` name; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn depth(
        &self,
        tenant: &str,
        queue: &str,
        stop: &Stop,
    ) -> Result<u64, StorageError> {
        self.store.depth(Name::checked(tenant, queue)?, stop)
    }
}

impl<'n> Name<'n> {
    fn checked(tenant: &'n str, queue: &'n str) -> Result<Self, StorageError> {
        if queue.is_empty() || queue.len() > NAME_MAX {
            Err(StorageError::invalid("queue: its name must have 1 to 128 bytes"))
        } else if queue.chars().any(char::is_control) {
            Err(StorageError::invalid("queue: its name holds a control character"))
        } else {
            Ok(Self { tenant, queue })
        }
    }
}

impl QueuesQuota {
    /// Whether a queue may come to have `depth` messages, and its tenant this.
    fn allows(self, depth: u64, queues: u64, bytes: u64) -> Result<(), StorageError> {
        let counts = [(depth, self.depth), (queues, self.queues), (bytes, self.bytes)];
        match counts.into_iter().find(|(count, limit)| count > limit) {
            Some((_, limit)) => Err(StorageError::Quota(limit)),
            None => Ok(()),
        }
    }
}

/// 128 random bits of the operating system's.
fn receipt() -> Result<String, StorageError> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits)
        .map_err(|_| StorageError::Failed("the system has no random bits".to_owned()))?;
    Ok(crate::hex(&bits))
}
