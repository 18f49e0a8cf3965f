//! What is left of a queue whose process is killed in the middle of its work.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::super::*;
use super::{Hand, soon};

/// Not a test of its own: the child of the next. Reads the path of a database and the first number
/// from its input, then publishes numbers and acknowledges every other, until it is killed.
#[test]
#[ignore = "the child of `a_kill_loses_nothing_published_and_brings_nothing_acknowledged_back`"]
fn child_that_works_until_it_is_killed() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let Some((first, path)) = line.strip_suffix('\n').and_then(|line| line.split_once(' ')) else {
        return;
    };
    let queues = Queues::open(Path::new(path), QueuesQuota::default(), Clock::system()).unwrap();
    let first: u32 = first.parse().unwrap();
    let mut out = std::io::stderr();
    for n in (first..).step_by(2) {
        for n in [n, n + 1] {
            queues.publish("t", "q", &n.to_le_bytes(), &soon()).unwrap();
            writeln!(out, "published {n}").unwrap();
        }
        let message = queues.receive("t", "q", 3_600_000, 1, &soon()).unwrap().remove(0);
        let number = number(&message);
        writeln!(out, "acknowledging {number}").unwrap();
        queues.acknowledge("t", "q", &message.receipt, &soon()).unwrap();
        writeln!(out, "acknowledged {number}").unwrap();
    }
}

fn number(message: &Message) -> u32 {
    u32::from_le_bytes(message.body[..].try_into().unwrap())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the child is this test binary")]
fn a_kill_loses_nothing_published_and_brings_nothing_acknowledged_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queues.db");
    let (mut published, mut begun, mut ended) =
        <(BTreeSet<u32>, BTreeSet<_>, BTreeSet<_>)>::default();
    for round in 1..=3_u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--nocapture",
                "queues::tests::crash::child_that_works_until_it_is_killed",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{} {}", round * 100_000, path.display()).unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        for (at, line) in lines.enumerate() {
            if at == 37 * round as usize {
                child.kill().unwrap();
            }
            let Some((what, number)) = line.split_once(' ') else { continue };
            let Ok(number) = number.parse() else { continue };
            match what {
                "published" => published.insert(number),
                "acknowledging" => begun.insert(number),
                "acknowledged" => ended.insert(number),
                _ => continue,
            };
        }
        child.wait().unwrap();
        assert!(ended.len() > 5 && published.len() > 10, "it was killed in the middle");
    }
    // When every lease has ended, what is there is what was not acknowledged.
    let hand = Hand::at(Clock::system().now() + LEASE_MAX / 2);
    let queues = Queues::open(&path, QueuesQuota::default(), hand.clock()).unwrap();
    let mut left = BTreeSet::new();
    loop {
        let some = queues.receive("t", "q", 60_000, 100, &soon()).unwrap();
        if some.is_empty() {
            break;
        }
        for message in &some {
            assert!(left.insert(number(message)), "twice");
        }
    }
    assert_eq!(left.intersection(&ended).count(), 0, "it came back");
    let lost: Vec<_> = published.difference(&left).filter(|n| !begun.contains(n)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}
