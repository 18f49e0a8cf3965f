//! What both backends promise, each claim against each.

mod crash;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::*;

pub(super) fn soon() -> Stop {
    Stop::after(Duration::from_mins(1))
}

/// A clock that stands still until it is set.
#[derive(Clone)]
pub(super) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(super) fn at(ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(ms)))
    }

    pub(super) fn set(&self, ms: u64) {
        self.0.store(ms, Ordering::Relaxed);
    }

    pub(super) fn ahead(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub(super) fn clock(&self) -> Clock {
        let hand = self.0.clone();
        Clock::of(move || hand.load(Ordering::Relaxed))
    }
}

const NOON: u64 = 1_700_000_000_000;

/// Both backends, their clock, and the folder that one lives in.
fn both(quota: QueuesQuota) -> (tempfile::TempDir, Hand, [Queues; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::at(NOON);
    let durable = Queues::open(&folder.path().join("queues.db"), quota, hand.clock()).unwrap();
    let twin = Queues::memory(quota, hand.clock());
    (folder, hand, [durable, twin])
}

fn bodies(messages: &[Message]) -> String {
    let body = |message: &Message| String::from_utf8(message.body.clone()).unwrap();
    messages.iter().map(body).collect::<Vec<_>>().join(" ")
}

impl Queues {
    fn put(&self, body: &[u8]) -> Result<(), StorageError> {
        self.publish("t", "q", body, &soon())
    }

    fn get(&self, lease: u32, max: u32) -> Vec<Message> {
        self.receive("t", "q", lease, max, &soon()).unwrap()
    }

    fn done(&self, receipt: &str) -> Result<(), StorageError> {
        self.acknowledge("t", "q", receipt, &soon())
    }
}

#[test]
fn a_bad_name_is_refused_by_every_operation() {
    let (_folder, _, both) = both(QueuesQuota::default());
    let long = "q".repeat(NAME_MAX + 1);
    for queues in &both {
        for name in ["", "a\0b", "a\nb", "\u{1b}[2J", &long] {
            let refused = [
                queues.publish("t", name, b"", &soon()),
                queues.receive("t", name, 1, 1, &soon()).map(drop),
                queues.acknowledge("t", name, "", &soon()),
                queues.depth("t", name, &soon()).map(drop),
            ];
            assert!(refused.iter().all(|r| matches!(r, Err(StorageError::Invalid(_)))), "{name:?}");
        }
        queues.publish("t", &"q".repeat(NAME_MAX), b"", &soon()).unwrap();
    }
}

#[test]
fn a_lease_out_of_bounds_is_refused() {
    let (_folder, _, both) = both(QueuesQuota::default());
    let longest = u32::try_from(LEASE_MAX).unwrap();
    for queues in &both {
        for (lease, max) in [(0, 1), (longest + 1, 1), (u32::MAX, 1), (1, 0)] {
            let refused = queues.receive("t", "q", lease, max, &soon());
            assert!(matches!(refused, Err(StorageError::Invalid(_))), "{lease} {max}");
        }
        assert!(queues.get(1, u32::MAX).is_empty() && queues.get(longest, 1).is_empty());
    }
}

#[test]
fn a_body_over_the_cap_is_refused_and_one_at_it_is_kept() {
    let (_folder, _, both) = both(QueuesQuota::default());
    for queues in &both {
        let refused = queues.put(&vec![0; BODY_MAX + 1]);
        assert_eq!(refused, Err(StorageError::TooLarge(BODY_MAX as u64)));
        queues.put(&vec![1; BODY_MAX]).unwrap();
        assert_eq!(queues.get(1, 1)[0].body.len(), BODY_MAX);
    }
}

#[test]
fn the_thousandth_message_is_kept_and_the_next_is_refused_until_one_is_acknowledged() {
    let (_folder, _, both) = both(QueuesQuota::default());
    for queues in &both {
        for _ in 0..1_000 {
            queues.put(b"").unwrap();
        }
        assert_eq!(queues.put(b""), Err(StorageError::Quota(1_000)));
        assert_eq!(queues.depth("t", "q", &soon()), Ok(1_000));
        let held = queues.get(1_000, u32::MAX);
        assert_eq!(held.len(), RECEIVE_MAX as usize);
        assert_eq!(queues.put(b""), Err(StorageError::Quota(1_000)), "what is leased counts");
        queues.done(&held[0].receipt).unwrap();
        queues.put(b"").unwrap();
        queues.publish("t", "another", b"", &soon()).unwrap();
        queues.publish("another", "q", b"", &soon()).unwrap();
    }
}

#[test]
fn more_queues_or_bytes_than_the_quota_are_refused_and_counted_by_tenant() {
    let (_folder, _, both) = both(QueuesQuota { queues: 2, depth: 9, bytes: 10 });
    for queues in &both {
        let put =
            |tenant, queue, size: usize| queues.publish(tenant, queue, &vec![0; size], &soon());
        put("t", "q", 4).unwrap();
        put("t", "r", 5).unwrap();
        assert_eq!(put("t", "s", 0), Err(StorageError::Quota(2)));
        assert_eq!(put("t", "q", 2), Err(StorageError::Quota(10)));
        assert_eq!(queues.depth("t", "q", &soon()), Ok(1));
        put("other", "s", 10).unwrap();
        // A queue without messages does not exist.
        let held = queues.get(9, 9);
        queues.done(&held[0].receipt).unwrap();
        put("t", "s", 5).unwrap();
    }
}

#[test]
fn messages_come_first_in_first_out_and_each_to_one_receiver() {
    let (_folder, _, both) = both(QueuesQuota::default());
    for queues in &both {
        for body in ["a", "b", "c", "d"] {
            queues.put(body.as_bytes()).unwrap();
        }
        assert_eq!(bodies(&queues.get(1_000, 2)), "a b");
        assert_eq!(bodies(&queues.get(1_000, 9)), "c d");
        assert!(queues.get(1_000, 9).is_empty());
        assert_eq!(queues.depth("t", "q", &soon()), Ok(4));
    }
}

#[test]
fn an_expired_lease_brings_the_message_again_in_its_old_place_and_counts() {
    let (_folder, hand, both) = both(QueuesQuota::default());
    for queues in &both {
        hand.set(NOON);
        queues.put(b"a").unwrap();
        queues.put(b"b").unwrap();
        let first = queues.get(1_000, 1);
        hand.ahead(999);
        assert_eq!(bodies(&queues.get(1_000, 1)), "b");
        hand.ahead(1);
        assert_eq!(queues.done(&first[0].receipt), Err(StorageError::NotFound), "too late");
        let again = queues.get(1_000, 9);
        assert_eq!((bodies(&again).as_str(), again[0].attempts), ("a", 2));
        assert_ne!(again[0].receipt, first[0].receipt);
        assert_eq!(queues.done(&first[0].receipt), Err(StorageError::NotFound), "an old lease");
        queues.done(&again[0].receipt).unwrap();
        assert_eq!(queues.done(&again[0].receipt), Err(StorageError::NotFound), "twice");
        hand.ahead(LEASE_MAX);
        assert_eq!(bodies(&queues.get(1, 9)), "b");
    }
}

#[test]
fn a_receipt_is_unguessable_and_of_its_own_queue_and_tenant() {
    let (_folder, _, both) = both(QueuesQuota::default());
    for queues in &both {
        queues.put(b"a").unwrap();
        queues.put(b"b").unwrap();
        let held = queues.get(1_000, 2);
        assert_ne!(held[0].receipt, held[1].receipt);
        let receipt = &held[0].receipt;
        assert!(receipt.len() == 32 && receipt.bytes().all(|b| b.is_ascii_hexdigit()));
        for guess in
            ["", "1", "0", "%", &receipt.to_uppercase(), &receipt[1..], &format!("{receipt} ")]
        {
            // The digits may all be decimal: then upper case is the same.
            if guess != receipt {
                assert_eq!(queues.done(guess), Err(StorageError::NotFound), "{guess}");
            }
        }
        for (tenant, queue) in [("t", "r"), ("other", "q"), ("tq", "")] {
            assert!(queues.acknowledge(tenant, queue, receipt, &soon()).is_err());
        }
        queues.done(receipt).unwrap();
    }
}

#[test]
fn no_tenant_sees_anothers_messages() {
    let (_folder, _, both) = both(QueuesQuota::default());
    for queues in &both {
        queues.put(b"secret").unwrap();
        for (tenant, queue) in
            [("T", "q"), ("", "tq"), ("t ", "q"), ("t", "Q"), ("%", "%"), ("t'--", "q")]
        {
            assert!(queues.receive(tenant, queue, 1, 9, &soon()).unwrap().is_empty());
            assert_eq!(queues.depth(tenant, queue, &soon()), Ok(0));
        }
        assert_eq!(queues.get(1, 1).len(), 1);
    }
}

#[test]
fn one_call_receives_no_more_than_four_mebibytes() {
    let (_folder, _, both) = both(QueuesQuota::default());
    for queues in &both {
        for _ in 0..18 {
            queues.put(&vec![0; BODY_MAX]).unwrap();
        }
        assert_eq!(queues.get(1_000, 18).len(), 16);
        assert_eq!(queues.get(1_000, 18).len(), 2, "the rest is not lost");
    }
}

#[test]
fn a_clock_that_was_set_back_locks_no_message_away() {
    let (_folder, hand, both) = both(QueuesQuota::default());
    for queues in &both {
        hand.set(NOON);
        queues.put(b"a").unwrap();
        let held = queues.get(60_000, 1);
        hand.set(NOON - 30 * LEASE_MAX);
        assert_eq!(queues.done(&held[0].receipt), Err(StorageError::NotFound));
        assert_eq!(queues.get(60_000, 1)[0].attempts, 2);
        for strange in [0, u64::MAX] {
            hand.set(strange);
            drop(queues.get(1, 1));
        }
    }
}

#[test]
fn messages_and_leases_outlive_the_process_that_made_them() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::at(NOON);
    let open = || {
        let path = folder.path().join("queues.db");
        Queues::open(&path, QueuesQuota::default(), hand.clock()).unwrap()
    };
    open().put(b"a").unwrap();
    open().put(b"b").unwrap();
    let held = open().get(1_000, 1);
    assert_eq!(bodies(&open().get(500, 9)), "b");
    open().done(&held[0].receipt).unwrap();
    hand.ahead(500);
    assert_eq!(bodies(&open().get(1, 9)), "b");
}
