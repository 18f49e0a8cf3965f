//! Both backends against a model, and receivers at once.

use std::collections::BTreeSet;
use std::sync::Mutex;

use proptest::prelude::*;

use super::tests::{Hand, soon};
use super::*;

#[derive(Debug, Clone)]
enum Step {
    Publish,
    Receive {
        lease: u32,
        max: u32,
    },
    /// The receipt that was given as the nth, counted from the last.
    Acknowledge(usize),
    Wait(u64),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Publish),
        4 => (1u32..50, 1u32..4).prop_map(|(lease, max)| Step::Receive { lease, max }),
        4 => (0usize..6).prop_map(Step::Acknowledge),
        3 => (1u64..60).prop_map(Step::Wait),
        1 => Just(Step::Reopen),
    ]
}

/// A message as the model has it: its number is its body.
#[derive(Debug)]
struct Modelled {
    number: u8,
    attempts: u32,
    until: u64,
}

/// What the model says that a step gives: numbers and attempts, or whether it was done.
fn expected(messages: &mut [Modelled], now: u64, lease: u32, max: u32) -> Vec<(u8, u32)> {
    let free = messages.iter_mut().filter(|message| message.until <= now).take(max as usize);
    free.map(|message| {
        message.attempts += 1;
        message.until = now + u64::from(lease);
        (message.number, message.attempts)
    })
    .collect()
}

fn hold(steps: &[Step], mut queues: Queues, reopen: impl Fn() -> Option<Queues>, hand: &Hand) {
    let (mut now, mut published) = (1_000_u64, 0_u8);
    let mut model: Vec<Modelled> = Vec::new();
    // Each receipt, with its message and its attempt.
    let mut receipts: Vec<(String, u8, u32)> = Vec::new();
    for step in steps {
        match *step {
            Step::Publish => {
                queues.publish("t", "q", &[published], &soon()).unwrap();
                model.push(Modelled { number: published, attempts: 0, until: 0 });
                published += 1;
            }
            Step::Receive { lease, max } => {
                let got = queues.receive("t", "q", lease, max, &soon()).unwrap();
                let seen: Vec<_> = got.iter().map(|m| (m.body[0], m.attempts)).collect();
                assert_eq!(seen, expected(&mut model, now, lease, max));
                receipts.extend(got.into_iter().map(|m| (m.receipt, m.body[0], m.attempts)));
            }
            Step::Acknowledge(nth) => {
                let Some(at) = receipts.len().checked_sub(nth + 1) else { continue };
                let (receipt, number, attempts) = &receipts[at];
                let current = model.iter().position(|message| {
                    (message.number, message.attempts) == (*number, *attempts)
                        && now < message.until
                });
                let done = queues.acknowledge("t", "q", receipt, &soon());
                assert_eq!(done, current.map(drop).ok_or(StorageError::NotFound));
                current.map(|at| model.remove(at));
            }
            Step::Wait(ms) => {
                now += ms;
                hand.ahead(ms);
            }
            Step::Reopen => queues = reopen().unwrap_or(queues),
        }
        assert_eq!(queues.depth("t", "q", &soon()), Ok(model.len() as u64));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_is_what_the_model_says(steps in proptest::collection::vec(step(), 0..60)) {
        let folder = tempfile::tempdir().unwrap();
        let hand = Hand::at(1_000);
        let open = || {
            let path = folder.path().join("queues.db");
            Queues::open(&path, QueuesQuota::default(), hand.clock()).unwrap()
        };
        hold(&steps, open(), || Some(open()), &hand);
        let hand = Hand::at(1_000);
        hold(&steps, Queues::memory(QueuesQuota::default(), hand.clock()), || None, &hand);
    }
}

#[test]
fn of_receivers_at_once_no_two_hold_the_same_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queues.db");
    let open = || Queues::open(&path, QueuesQuota::default(), Clock::system()).unwrap();
    let quota = QueuesQuota::default();
    // Two connections stand for two processes.
    for stores in [vec![open(), open()], vec![Queues::memory(quota, Clock::system())]] {
        for n in 0..200_u8 {
            stores[0].publish("t", "q", &[n], &soon()).unwrap();
        }
        let seen = Mutex::new(BTreeSet::new());
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (queues, seen) = (&stores[thread % stores.len()], &seen);
                scope.spawn(move || {
                    loop {
                        let got = queues.receive("t", "q", 60_000, 3, &soon()).unwrap();
                        if got.is_empty() {
                            break;
                        }
                        for message in got {
                            assert!(seen.lock().unwrap().insert(message.body[0]), "twice");
                            queues.acknowledge("t", "q", &message.receipt, &soon()).unwrap();
                        }
                    }
                });
            }
        });
        assert_eq!(seen.lock().unwrap().len(), 200);
        assert_eq!(stores[0].depth("t", "q", &soon()), Ok(0));
    }
}
