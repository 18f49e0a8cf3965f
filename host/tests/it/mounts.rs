//! Folders of the host, as a guest meets them: what a mount shows, what it refuses, and when.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use workbooks_host::admission::{Decision, MemoryAudit};
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Grant, Host, Input, Output, Profile, Run, RunError};

use crate::script::{CREATE, EXCLUSIVE, FOLDER, READ, Script, TRUNCATE, WRITE};
use crate::support::{block_on, host, prepare};

const OK: &str = "00 ";
const AGAIN: &str = "06 ";
const LOOP: &str = "32 ";
const NO_ENTRY: &str = "44 ";
const NOT_PERMITTED: &str = "63 ";

fn mounted(mount: &str) -> Grant {
    let operator = ToolkitPolicy {
        grants: ["vfs".to_owned()].into(),
        mounts: vec![mount.parse().unwrap()],
        ..ToolkitPolicy::default()
    };
    Grant::bare("guest", &Profile::named("posix"), &operator)
}

fn read_only(folder: &Path) -> Grant {
    mounted(&format!("{}::/data", folder.display()))
}

fn writable(folder: &Path) -> Grant {
    mounted(&format!("{}::/data:rw", folder.display()))
}

/// What a script wrote to its output, if it came to its end.
fn output(grant: &Grant, script: &Script, stdin: &[u8]) -> Vec<u8> {
    let guest = prepare(&host(), &script.wat(), grant).unwrap();
    let outcome = block_on(guest.run(Run::args(["script"]).stdin(stdin.to_vec())));
    assert_eq!(outcome.ended.unwrap(), 0);
    outcome.stdout
}

fn said(grant: &Grant, script: &Script) -> String {
    String::from_utf8(output(grant, script, b"")).unwrap()
}

#[test]
fn a_read_only_mount_shows_files_and_takes_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "hello").unwrap();
    let script = Script::default()
        .open("a", READ, 0)
        .read()
        .open("a", WRITE, 0)
        .open("a", READ, TRUNCATE)
        .open("new", WRITE, CREATE)
        .make_folder("new")
        .rename("a", "b")
        .unlink("a")
        .touch("a");
    assert_eq!(
        said(&read_only(folder.path()), &script),
        format!("{OK}hello{OK}{}", NOT_PERMITTED.repeat(7))
    );
    assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "hello");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_writable_mount_takes_files_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old"), "x").unwrap();
    let script = Script::default()
        .make_folder("deep")
        .open("deep/new", WRITE, CREATE | EXCLUSIVE)
        .save()
        .rename("deep/new", "deep/renamed")
        .touch("deep/renamed")
        .unlink("old");
    assert_eq!(output(&writable(folder.path()), &script, b"written"), OK.repeat(6).as_bytes());
    assert_eq!(fs::read_to_string(folder.path().join("deep/renamed")).unwrap(), "written");
    assert!(!folder.path().join("old").exists());
}

#[test]
fn no_path_leads_out() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("mount");
    fs::create_dir_all(folder.join("deep")).unwrap();
    fs::write(root.path().join("secret"), "secret").unwrap();
    let absolute = root.path().join("secret");
    let mut script = Script::default();
    let ways =
        ["../secret", "deep/../../secret", "/etc/passwd", "..", "/", absolute.to_str().unwrap()];
    for way in ways {
        script = script.open(way, READ, 0).stat(way);
    }
    script = script
        .rename("../secret", "mine")
        .unlink("../secret")
        .make_folder("../mine")
        .open("../mine", WRITE, CREATE);
    for grant in [read_only(&folder), writable(&folder)] {
        assert_eq!(said(&grant, &script), NOT_PERMITTED.repeat(2 * ways.len() + 4));
    }
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2);
}

#[test]
fn a_link_that_leads_out_is_refused_and_one_that_stays_is_followed() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("mount");
    fs::create_dir(&folder).unwrap();
    fs::write(root.path().join("secret"), "secret").unwrap();
    fs::write(folder.join("a"), "hello").unwrap();
    symlink("../secret", folder.join("relative")).unwrap();
    symlink(root.path().join("secret"), folder.join("absolute")).unwrap();
    symlink("..", folder.join("up")).unwrap();
    symlink("a", folder.join("inside")).unwrap();
    symlink("loop", folder.join("loop")).unwrap();
    let script = Script::default()
        .open("relative", READ, 0)
        .open("absolute", READ, 0)
        .open("up/secret", READ, 0)
        .open("up", READ, FOLDER)
        .read_link("absolute")
        .open("loop", READ, 0)
        .open("inside", READ, 0)
        .read();
    let refused = NOT_PERMITTED.repeat(5);
    assert_eq!(said(&writable(&folder), &script), format!("{refused}{LOOP}{OK}hello{OK}"));
}

#[test]
fn a_writable_mount_takes_no_links() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "hello").unwrap();
    let script = Script::default().symlink("../secret", "b").symlink("a", "b").link("a", "b");
    assert_eq!(said(&writable(folder.path()), &script), NOT_PERMITTED.repeat(3));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_pipe_and_a_socket_are_refused_and_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    symlink("pipe", folder.path().join("link")).unwrap();
    let mut script = Script::default();
    for name in ["pipe", "socket", "link"] {
        script =
            script.open(name, READ, 0).open(name, WRITE, 0).open(name, WRITE, CREATE).touch(name);
    }
    assert_eq!(said(&writable(folder.path()), &script), NOT_PERMITTED.repeat(12));
}

#[test]
fn a_device_is_refused_and_the_denial_is_on_record() {
    let audit = Arc::new(MemoryAudit::default());
    let host = Host::builder().threads(1).audit(audit.clone()).build().unwrap();
    let script = Script::default().open("null", READ, 0).open("zero", READ, 0);
    let guest = prepare(&host, &script.wat(), &mounted("/dev::/dev")).unwrap();
    let outcome = block_on(guest.run(Run::default()));
    assert_eq!(outcome.stdout, NOT_PERMITTED.repeat(2).as_bytes());
    let record =
        audit.records().into_iter().find(|record| record.decision != Decision::Allowed).unwrap();
    assert_eq!((record.capability.as_str(), record.operation.as_str()), ("vfs", "open-at"));
}

#[test]
fn a_folder_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["first", "second", "third"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let script = Script::default().open(".", READ, FOLDER).list().open("nothing", READ, FOLDER);
    let listing = output(&read_only(folder.path()), &script, b"");
    let listing = String::from_utf8_lossy(&listing);
    for name in ["first", "second", "third"] {
        assert!(listing.contains(name), "{listing}");
    }
    assert!(listing.starts_with(OK) && listing.ends_with(&format!("{OK}{NO_ENTRY}")), "{listing}");
}

#[test]
fn large_files_are_streamed_out_and_in() {
    let folder = tempfile::tempdir().unwrap();
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).take(5 << 20).collect();
    fs::write(folder.path().join("a"), &large).unwrap();
    let script = Script::default().open("a", READ, 0).read().open("b", WRITE, CREATE).save();
    let read = output(&writable(folder.path()), &script, &large);
    assert_eq!(read, [OK.as_bytes(), &large, OK.as_bytes(), OK.as_bytes(), OK.as_bytes()].concat());
    assert_eq!(fs::read(folder.path().join("b")).unwrap(), large);
}

/// Runs a script that waits once for a byte; meanwhile its toolkit is revoked.
fn revoked_while_it_waits(grant: &Grant, script: &Script, before: &str) -> String {
    let host = host();
    let guest = prepare(&host, &script.wat(), grant).unwrap();
    let (mut stdin, theirs) = tokio::io::duplex(8);
    let (mut stdout, out) = tokio::io::duplex(1 << 16);
    let run = Run {
        stdin: Input::Stream(Box::new(theirs)),
        stdout: Output::Stream(Box::new(out)),
        ..Run::args(["script"])
    };
    block_on(async {
        let running = guest.spawn(run);
        let mut first = vec![0; before.len()];
        stdout.read_exact(&mut first).await.unwrap();
        assert_eq!(String::from_utf8(first).unwrap(), before);
        host.revoke("guest");
        stdin.write_all(b"\n").await.unwrap();
        assert_eq!(running.outcome().await.ended.unwrap(), 0);
        let mut after = String::new();
        stdout.read_to_string(&mut after).await.unwrap();
        after
    })
}

#[test]
fn a_revoked_guest_reads_no_further_in_an_open_file_and_opens_no_other() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), vec![b'a'; 200]).unwrap();
    let script = Script::default()
        .open("a", READ, 0)
        .read_some(2)
        .wait()
        .read()
        .stat("a")
        .open("a", READ, 0);
    let after = revoked_while_it_waits(&read_only(folder.path()), &script, &format!("{OK}aa{OK}"));
    assert_eq!(after, format!("{OK}{}", NOT_PERMITTED.repeat(3)));
}

#[test]
fn a_revoked_guest_writes_no_further_in_an_open_file() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script::default()
        .open("a", WRITE, CREATE)
        .write("before")
        .wait()
        .write("after")
        .unlink("a");
    let after = revoked_while_it_waits(&writable(folder.path()), &script, &OK.repeat(2));
    assert_eq!(after, format!("{OK}{}", NOT_PERMITTED.repeat(2)));
    assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "before");
}

#[test]
fn a_revoked_guest_lists_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script::default().open(".", READ, FOLDER).wait().list();
    let after = revoked_while_it_waits(&read_only(folder.path()), &script, OK);
    assert_eq!(after, format!("{OK}{NOT_PERMITTED}"));
}

#[test]
fn a_guest_over_its_rate_may_try_again_later() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "").unwrap();
    let grant = read_only(folder.path());
    let mut limits = grant.limits().clone();
    limits.rate = 3;
    let script = Script::default().stat("a").stat("a").stat("a").stat("a").stat("a");
    let said = said(&grant.with_limits(limits), &script);
    assert!(said.starts_with(OK) && said.ends_with(AGAIN), "{said}");
}

#[test]
fn a_guest_that_reads_without_end_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "hello").unwrap();
    let script = Script::default().open("a", READ, 0).read_for_ever();
    let guest = prepare(&host(), &script.wat(), &read_only(folder.path())).unwrap();
    let (mut stdout, out) = tokio::io::duplex(1 << 10);
    block_on(async {
        let running = guest.spawn(Run { stdout: Output::Stream(Box::new(out)), ..Run::default() });
        stdout.read_exact(&mut [0; OK.len()]).await.unwrap();
        running.kill();
        assert!(matches!(running.outcome().await.ended, Err(RunError::Killed)));
    });
}

#[test]
fn without_a_mount_the_first_folder_is_the_workspace_and_holds_nothing_of_the_host() {
    let operator = ToolkitPolicy { grants: ["vfs".to_owned()].into(), ..ToolkitPolicy::default() };
    let grant = Grant::bare("guest", &Profile::named("posix"), &operator);
    let script = Script::default().open("a", READ, 0).open("../etc/passwd", READ, 0).stat(".");
    assert_eq!(said(&grant, &script), [NO_ENTRY, NOT_PERMITTED, OK].concat());
}
