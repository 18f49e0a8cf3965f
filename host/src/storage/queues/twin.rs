//! The memory twin: the same answers from a map.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::{Stop, StorageError};
use super::{LEASE_MAX, Lease, Message, Name, QueuesQuota, RECEIVE_BYTES, Store, receipt};

/// By name; a queue without messages is removed.
type Tenant = BTreeMap<String, Queue>;

#[derive(Debug, Default)]
pub(super) struct Twin {
    tenants: Mutex<HashMap<String, Tenant>>,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Kept>,
    bytes: u64,
}

#[derive(Debug)]
struct Kept {
    /// That of the last lease; empty before the first.
    message: Message,
    leased_until: u64,
}

impl Twin {
    fn tenants(&self) -> MutexGuard<'_, HashMap<String, Tenant>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn is_leased(&self, now: u64) -> bool {
        self.leased_until > now && self.leased_until <= now + LEASE_MAX
    }
}

impl Store for Twin {
    fn publish(
        &self,
        name: Name<'_>,
        body: &[u8],
        quota: QueuesQuota,
        _: &Stop,
    ) -> Result<(), StorageError> {
        let mut tenants = self.tenants();
        let tenant = tenants.entry(name.tenant.to_owned()).or_default();
        let size = body.len() as u64;
        let depth = tenant.get(name.queue).map_or(0, |queue| queue.messages.len()) as u64 + 1;
        let queues = tenant.len() as u64 + u64::from(depth == 1);
        let bytes = tenant.values().map(|queue| queue.bytes).sum::<u64>() + size;
        quota.allows(depth, queues, bytes)?;
        let message = Message { receipt: String::new(), attempts: 0, body: body.to_vec() };
        let queue = tenant.entry(name.queue.to_owned()).or_default();
        queue.messages.push_back(Kept { message, leased_until: 0 });
        queue.bytes += size;
        Ok(())
    }

    fn receive(
        &self,
        name: Name<'_>,
        lease: Lease,
        _: &Stop,
    ) -> Result<Vec<Message>, StorageError> {
        let mut tenants = self.tenants();
        let queue = tenants.get_mut(name.tenant).and_then(|tenant| tenant.get_mut(name.queue));
        let Some(queue) = queue else { return Ok(Vec::new()) };
        let (mut found, mut bytes) = (Vec::new(), 0);
        let free = queue.messages.iter_mut().filter(|kept| !kept.is_leased(lease.now));
        for kept in free.take(lease.max) {
            bytes += kept.message.body.len();
            if bytes > RECEIVE_BYTES {
                break;
            }
            kept.message.receipt = receipt()?;
            kept.message.attempts = kept.message.attempts.saturating_add(1);
            kept.leased_until = lease.until;
            found.push(kept.message.clone());
        }
        Ok(found)
    }

    fn acknowledge(
        &self,
        name: Name<'_>,
        receipt: &str,
        now: u64,
        _: &Stop,
    ) -> Result<bool, StorageError> {
        let mut tenants = self.tenants();
        let Some(tenant) = tenants.get_mut(name.tenant) else { return Ok(false) };
        let Some(queue) = tenant.get_mut(name.queue) else { return Ok(false) };
        let held = |kept: &Kept| kept.is_leased(now) && kept.message.receipt == receipt;
        let Some(at) = queue.messages.iter().position(held) else { return Ok(false) };
        if let Some(kept) = queue.messages.remove(at) {
            queue.bytes -= kept.message.body.len() as u64;
        }
        if queue.messages.is_empty() {
            tenant.remove(name.queue);
        }
        Ok(true)
    }

    fn depth(&self, name: Name<'_>, _: &Stop) -> Result<u64, StorageError> {
        let tenants = self.tenants();
        let queue = tenants.get(name.tenant).and_then(|tenant| tenant.get(name.queue));
        Ok(queue.map_or(0, |queue| queue.messages.len()) as u64)
    }
}
