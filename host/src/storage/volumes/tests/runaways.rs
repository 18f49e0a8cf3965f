//! Statements that would never end, or grow without end; and who waits for whom.

use std::process::Command;
use std::time::Instant;

use super::super::guard::HEAP_MAX;
use super::super::query::VALUE_MAX;
use super::*;

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

/// How much later than its deadline a statement may end, on a busy machine.
const LATE: Duration = Duration::from_millis(200);

#[test]
fn an_endless_statement_ends_at_its_deadline_and_the_volumes_go_on() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        let start = Instant::now();
        let stop = Stop::after(Duration::from_millis(30));
        assert_eq!(volumes.query(ENDLESS, &[], &stop), Err(StorageError::Timeout));
        assert!(start.elapsed() < Duration::from_millis(30) + LATE);
        volumes.put("f", b"");
        assert_eq!(volumes.ask("SELECT 1 FROM files").unwrap().rows.len(), 1);
    }
}

#[test]
fn an_endless_statement_ends_when_it_is_cancelled() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        let stop = soon();
        std::thread::scope(|scope| {
            let query = scope.spawn(|| volumes.query(ENDLESS, &[], &stop));
            // The query is under way once it has the connection.
            while !query.is_finished() && volumes.asker.take(&Stop::at(Instant::now())).is_ok() {
                std::thread::yield_now();
            }
            let start = Instant::now();
            stop.cancel();
            assert_eq!(query.join().unwrap(), Err(StorageError::Cancelled));
            assert!(start.elapsed() < LATE);
        });
    }
}

#[test]
fn files_are_read_and_written_beside_an_endless_query() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    let stop = soon();
    std::thread::scope(|scope| {
        let query = scope.spawn(|| volumes.query(ENDLESS, &[], &stop));
        while !query.is_finished() && volumes.asker.take(&Stop::at(Instant::now())).is_ok() {
            std::thread::yield_now();
        }
        volumes.put("f", b"beside");
        assert_eq!(volumes.get("f").unwrap(), b"beside");
        let second = volumes.query("SELECT 1", &[], &Stop::after(Duration::from_millis(10)));
        assert_eq!(second, Err(StorageError::Timeout));
        stop.cancel();
        assert_eq!(query.join().unwrap(), Err(StorageError::Cancelled));
    });
}

#[test]
fn a_query_waits_for_another_database_s_and_its_files_do_not() {
    let (_folder, all) = both(VolumesQuota::default());
    let [busy, other] = &all;
    let stop = soon();
    std::thread::scope(|scope| {
        let query = scope.spawn(|| busy.query(ENDLESS, &[], &stop));
        while !query.is_finished() && other.ask_within(Duration::from_millis(5)).is_ok() {
            std::thread::yield_now();
        }
        assert_eq!(other.ask_within(Duration::from_millis(5)), Err(StorageError::Timeout));
        other.put("f", b"beside");
        stop.cancel();
        assert_eq!(query.join().unwrap(), Err(StorageError::Cancelled));
    });
}

#[test]
fn bombs_end_at_the_deadline() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    volumes.put("big", &vec![b'a'; VALUE_MAX - 1000]);
    volumes.put("b", b"");
    let many = ["files"; 12].join(", ");
    let nested = (1..40).map(|n| format!("c{n} AS (SELECT 1 FROM c{} a, c{} b)", n - 1, n - 1));
    let nested = nested.collect::<Vec<_>>().join(", ");
    let needle = format!("%{}b%", "a".repeat(60));
    for sql in [
        format!("SELECT count(*) FROM {many}, {many}, {many}"),
        format!("WITH c0 AS (SELECT 1 FROM files), {nested} SELECT count(*) FROM c39"),
        format!(
            "SELECT sum(a.content LIKE '{needle}') FROM files a, files b, files c, files d, files e, files f, files g, files h"
        ),
        "WITH RECURSIVE n(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM n) SELECT count(*) FROM n"
            .to_owned(),
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT group_concat(i) FROM n"
            .to_owned(),
    ] {
        let start = Instant::now();
        let stop = Stop::after(Duration::from_millis(50));
        let answer = volumes.query(&sql, &[], &stop);
        let took = start.elapsed();
        assert!(answer.is_err(), "{}", &sql[..60]);
        assert!(took < Duration::from_millis(400), "{}: {took:?}", &sql[..60]);
    }
}

#[test]
fn one_writer_and_many_readers_see_whole_states() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        let size = 150_000;
        volumes.put("f", &vec![0; size]);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 1..20 {
                    volumes.put("f", &vec![n; size]);
                }
            });
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..40 {
                        let bytes = volumes.get("f").unwrap();
                        assert!(bytes.len() == size && bytes.iter().all(|byte| *byte == bytes[0]));
                    }
                });
            }
        });
    }
}

/// Not a test of its own: the child of the next, because the bound is the whole process's.
#[test]
#[ignore = "the child of `a_statement_that_hoards_memory_ends_at_the_bound`"]
fn child_that_hoards_memory() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        volumes.put("big", &vec![b'a'; VALUE_MAX - 1000]);
        let hoard = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                     SELECT i, content FROM n, files ORDER BY -i";
        assert_eq!(volumes.ask(hoard), Err(StorageError::Quota(HEAP_MAX)));
        volumes.put("f", b"goes on");
        assert_eq!(volumes.ask("SELECT 1 FROM files").unwrap().rows.len(), 2);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the child is this test binary")]
fn a_statement_that_hoards_memory_ends_at_the_bound() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "child_that_hoards_memory"])
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"));
}
