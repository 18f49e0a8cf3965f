//! Statements that would never end, or grow without end; and who waits for whom.

use std::time::Instant;

use super::*;

const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

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
fn bombs_end_at_the_deadline() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    volumes.put("big", &vec![b'a'; 4_000_000]);
    volumes.put("b", b"");
    let many = vec!["files"; 12].join(", ");
    let nested: String = (1..40)
        .map(|n| format!(", c{n} AS (SELECT 1 FROM c{} a, c{} b)", n - 1, n - 1))
        .collect();
    let needle = format!("%{}b%", "a".repeat(60));
    for sql in [
        format!("SELECT count(*) FROM {many}, {many}, {many}"),
        format!("WITH c0 AS (SELECT 1 FROM files){nested} SELECT count(*) FROM c39"),
        format!("SELECT sum(a.content LIKE '{needle}') FROM files a, files b, files c, files d, files e, files f, files g, files h"),
        "WITH RECURSIVE n(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM n) SELECT count(*) FROM n".to_owned(),
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT group_concat(i) FROM n".to_owned(),
    ] {
        let start = Instant::now();
        let stop = Stop::after(Duration::from_millis(50));
        let answer = volumes.query(&sql, &[], &stop);
        let took = start.elapsed();
        eprintln!("BOMB {} {took:?} {answer:?}", &sql[..60]);
        assert!(answer.is_err(), "{}", &sql[..60]);
        assert!(took < Duration::from_millis(900), "{}: {took:?}", &sql[..60]);
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

#[test]
#[ignore = "measure"]
fn measure() {
    let rss = || std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM")).map(str::to_owned).collect::<Vec<_>>().join(" ");
    let (_folder, [volumes, mem]) = both(VolumesQuota::default());
    eprintln!("{}", rss());
    let s = Instant::now();
    let many: Vec<_> = (0..200).map(|n| Volumes::open(&_folder.path().join(format!("{n}.db")), VolumesQuota::default()).unwrap()).collect();
    eprintln!("open new: {:?} {}", s.elapsed() / 200, rss());
    for v in &many { v.put("a", b"x"); v.get("a").unwrap(); }
    eprintln!("used {}", rss());
    drop(many);
    let s = Instant::now();
    let many: Vec<_> = (0..200).map(|n| Volumes::open(&_folder.path().join(format!("{n}.db")), VolumesQuota::default()).unwrap()).collect();
    eprintln!("reopen: {:?} {}", s.elapsed() / 200, rss());
    let s = Instant::now();
    let many2: Vec<_> = (0..200).map(|_| Volumes::memory(VolumesQuota::default()).unwrap()).collect();
    eprintln!("memory: {:?} {}", s.elapsed() / 200, rss());
    drop(many); drop(many2);
    {
        use crate::storage::pairs::{Pairs, PairsQuota};
        let stop = soon();
        for p in [Pairs::memory(PairsQuota::default()), Pairs::open(&_folder.path().join("p.db"), PairsQuota::default()).unwrap()] {
            p.set("tenant", "some-key", b"some value of a few bytes", &stop).unwrap();
            let s = Instant::now(); for _ in 0..20000 { p.get("tenant", "some-key", &stop).unwrap(); } eprintln!("get {:?}", s.elapsed() / 20000);
            let s = Instant::now(); for _ in 0..20000 { p.set("tenant", "some-key", b"some value of a few bytes", &stop).unwrap(); } eprintln!("set {:?}", s.elapsed() / 20000);
        }
    }

    let time = |what: &str, f: &mut dyn FnMut()| { let s = Instant::now(); f(); eprintln!("{what}: {:?} {}", s.elapsed(), rss()); };
    volumes.put("b", b"x");
    for depth in [4, 8, 10, 12, 14, 16, 20, 24] {
        let nested: String = (1..depth).map(|n| format!(", c{n} AS (SELECT 1 FROM c{} a, c{} b)", n - 1, n - 1)).collect();
        let sql = format!("WITH c0 AS (SELECT 1 FROM files){nested} SELECT count(*) FROM c{}", depth - 1);
        time(&format!("depth {depth}"), &mut || eprintln!("{:?}", volumes.query(&sql, &[], &Stop::after(Duration::from_millis(100))).map(|r| r.rows.len())));
    }
    let joins = vec!["files"; 60].join(", ");
    time("joins 60", &mut || eprintln!("{:?}", volumes.query(&format!("SELECT 1 FROM {joins}"), &[], &Stop::after(Duration::from_millis(100))).map(|r| r.rows.len())));
    let ors = (0..80).map(|n| format!("path = '{n}'")).collect::<Vec<_>>().join(" OR ");
    let joins = (0..20).map(|n| format!("files f{n}")).collect::<Vec<_>>().join(", ");
    let ors2 = (0..20).map(|n| ors.replace("path", &format!("f{n}.path"))).map(|o| format!("({o})")).collect::<Vec<_>>().join(" AND ");
    time("or joins", &mut || eprintln!("{:?}", volumes.query(&format!("SELECT 1 FROM {joins} WHERE {ors2}"), &[], &Stop::after(Duration::from_millis(100))).map(|r| r.rows.len())));
    let ins = vec!["1"; 30000].join(",");
    time("in list", &mut || eprintln!("{:?}", volumes.query(&format!("SELECT size IN ({ins}) FROM files"), &[], &Stop::after(Duration::from_millis(100))).map(|r| r.rows.len())));
    let vals = vec!["(1)"; 15000].join(",");
    time("values", &mut || eprintln!("{:?}", volumes.query(&format!("VALUES {vals}"), &[], &Stop::after(Duration::from_millis(100))).map(|r| r.rows.len())));
    let ands = vec!["size"; 90].join("+");
    time("plus", &mut || eprintln!("{:?}", volumes.query(&format!("SELECT {ands} FROM files"), &[], &Stop::after(Duration::from_millis(100))).map(|r| r.rows.len())));
}
