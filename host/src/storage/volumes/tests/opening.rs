//! Which files are opened, and what survives a kill.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use super::*;

fn open(path: &Path) -> Result<Volumes, StorageError> {
    Volumes::open(path, VolumesQuota::default())
}

/// The text of the refusal, which names no path.
fn refusal(path: &Path) -> String {
    let Err(StorageError::Failed(text)) = open(path) else { panic!("it was opened") };
    assert!(!text.contains(path.to_str().unwrap()), "{text}");
    text
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_database_of_another_application_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    for (n, sql) in ["CREATE TABLE t (x)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"]
        .into_iter()
        .enumerate()
    {
        let path = folder.path().join(format!("{n}.db"));
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(refusal(&path).contains("another application"));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_database_of_a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.db");
    drop(open(&path).unwrap());
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 2").unwrap();
    assert!(refusal(&path).contains("version 2"));
}

#[test]
fn what_is_no_database_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.db");
    std::fs::write(&path, "not a database at all, but long enough to be read as one".repeat(20))
        .unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    assert!(refusal(&path).contains("not a database"));
    assert!(std::fs::read(&path).unwrap().starts_with(b"not a"));
    refusal(folder.path());
    refusal(&folder.path().join("no/folder/v.db"));
    refusal(Path::new("/"));
}

#[test]
fn a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.db"), folder.path().join("link.db"));
    drop(open(&real).unwrap());
    symlink(&real, &link).unwrap();
    assert!(refusal(&link).contains("regular file"));
    symlink(folder.path().join("nowhere"), folder.path().join("dangling.db")).unwrap();
    refusal(&folder.path().join("dangling.db"));
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn a_link_above_the_folder_is_the_operators_business() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("real")).unwrap();
    symlink(folder.path().join("real"), folder.path().join("link")).unwrap();
    assert!(open(&folder.path().join("link/v.db")).is_ok());
}

#[test]
fn nobody_else_can_read_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.db");
    let volumes = open(&path).unwrap();
    volumes.put("f", b"x");
    for name in ["v.db", "v.db-wal", "v.db-shm"] {
        assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_database_that_others_can_read_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.db");
    drop(open(&path).unwrap());
    for bits in [0o604, 0o620, 0o640] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(bits)).unwrap();
        assert!(refusal(&path).contains("0600"));
        assert_eq!(mode(&path), bits);
    }
}

#[test]
fn memory_volumes_are_apart_and_leave_nothing() {
    let [a, b] = [(); 2].map(|()| Volumes::memory(VolumesQuota::default()).unwrap());
    a.put("f", b"a");
    assert_eq!(b.get("f"), Err(StorageError::NotFound));
    assert_eq!(b.ask("SELECT 1 FROM files").unwrap().rows.len(), 0);
}

#[test]
fn two_that_open_the_same_new_file_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.db");
    std::thread::scope(|scope| {
        for name in ["a", "b", "c", "d"] {
            let path = &path;
            scope.spawn(move || open(path).unwrap().put(name, b""));
        }
    });
    assert_eq!(open(&path).unwrap().list(), ["a", "b", "c", "d"]);
}

/// Not a test of its own: the child of the next. Reads the path of a database from its input
/// and writes until it is killed.
#[test]
#[ignore = "the child of `no_acknowledged_write_is_lost_by_a_kill`"]
fn child_that_writes_until_it_is_killed() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let Some(path) = line.strip_suffix('\n') else { return };
    let volumes = open(Path::new(path)).unwrap();
    let mut out = std::io::stderr();
    for n in 0u32..1_000_000 {
        volumes.put(&format!("d/{n}"), &n.to_le_bytes().repeat(20_000));
        writeln!(out, "ack {n}").unwrap();
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the child is this test binary")]
fn no_acknowledged_write_is_lost_by_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.db");
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--nocapture", "child_that_writes_until_it_is_killed"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{}", path.display()).unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let acks = |line: String| line.strip_prefix("ack ")?.parse::<u32>().ok();
        lines.by_ref().filter_map(acks).nth(10 * round).unwrap();
        child.kill().unwrap();
        let last = lines.filter_map(acks).last().unwrap_or(10 * u32::try_from(round).unwrap());
        child.wait().unwrap();
        let volumes = open(&path).unwrap();
        for n in 0..=last {
            assert!(volumes.get(&format!("d/{n}")).unwrap() == n.to_le_bytes().repeat(20_000));
        }
        let check = Connection::open(&path).unwrap();
        let sound: String =
            check.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
    }
}
