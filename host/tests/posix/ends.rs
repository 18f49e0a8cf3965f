//! How programs end, and that nothing is left of them.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::guest::{Guest, Said, block_on};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("input_output_and_status_go_through", through),
    ("input_that_nobody_reads_holds_nothing_up", unread),
    ("a_flood_is_cut_where_the_cap_is_and_the_guest_is_told", flood),
    ("memory_past_the_limit_is_not_given", memory),
    ("time_ends_a_program_and_all_that_it_started", time),
    ("what_a_program_leaves_behind_ends_with_it", left_behind),
    ("a_revoked_guest_s_program_ends_at_once", revoked),
    ("a_guest_that_is_given_up_takes_its_program_along", given_up),
    ("a_program_ends_with_its_host_however_that_ends", host_killed),
];

/// Whether a process with this in its command line is there.
fn lives(mark: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let this = |line: &[u8]| line.windows(mark.len()).any(|part| part == mark.as_bytes());
    lines.filter(|line| line.starts_with(b"sleep")).any(|line| this(&line))
}

/// Looks until it is so, for some seconds at most.
async fn soon(so: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(8);
    while !so() && Instant::now() < end {
        tokio::task::yield_now().await;
    }
    so()
}

fn gone(mark: &str) -> bool {
    block_on(soon(|| !lives(mark)))
}

fn through() {
    let guest = Guest::shell("");
    let said = block_on(guest.run("read line; echo $line; echo problem >&2; exit 7", b"hello\n"));
    let (stdout, stderr) = ("hello\n".to_owned(), "problem\n".to_owned());
    assert_eq!(said.unwrap(), Said { status: 7, stdout, stderr, truncated: false });
    assert_eq!(block_on(guest.run("kill -KILL $$", b"")).unwrap().status, 137);
}

fn unread() {
    assert_eq!(block_on(Guest::shell("").run("exit 3", &vec![0; 200_000])).unwrap().status, 3);
}

fn flood() {
    let guest = Guest::shell("output = '1000B'");
    let flood = "head -c 100000 /dev/zero; head -c 10 /dev/zero >&2";
    let said = block_on(guest.run(flood, b"")).unwrap();
    assert_eq!((said.stdout.len(), said.stderr.len(), said.truncated), (1000, 10, true));
    let said = block_on(guest.run("head -c 1000 /dev/zero", b"")).unwrap();
    assert_eq!((said.stdout.len(), said.truncated), (1000, false));
}

fn memory() {
    let guest = Guest::shell("memory = '256MiB'");
    let hog = "x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}";
    assert_ne!(block_on(guest.run(hog, b"")).unwrap().status, 0);
    // What it keeps in its folder is bounded too: by the file, and by the folder.
    let full = "head -c 60000000 /dev/zero > a; head -c 60000000 /dev/zero > b; du -sk . | cut -f1";
    assert!(guest.says(full).trim().parse::<u64>().unwrap() <= 64 << 10);
}

fn time() {
    let guest = Guest::shell("time = '800ms'");
    // Sessions of their own, and no parent: no signal to a group reaches them.
    let script = "setsid sleep 54321.5 & sleep 54321.6 & setsid sh -c 'sleep 54321.7 &'; wait";
    assert_eq!(block_on(guest.run(script, b"")).unwrap_err(), "err(timeout)");
    assert!(gone("54321."));
    let spin = block_on(Guest::shell("time = '1s'").run("while :; do :; done", b""));
    assert!(matches!(spin, Err(why) if why == "err(timeout)"));
}

fn left_behind() {
    let guest = Guest::shell("");
    let script = "setsid sleep 4321.5 >/dev/null 2>&1 & exit 3";
    assert_eq!(block_on(guest.run(script, b"")).unwrap().status, 3);
    assert!(gone("4321.5"));
}

fn revoked() {
    let guest = Guest::shell("time = '50s'");
    block_on(async {
        let revoke = async {
            assert!(soon(|| lives("7654.5")).await);
            guest.host.revoke("guest");
        };
        let (said, ()) = tokio::join!(guest.run("setsid sleep 7654.5", b""), revoke);
        assert_eq!(said.unwrap_err(), "err(revoked)");
    });
    assert!(gone("7654.5"));
    assert_eq!(guest.denied(), ["revoked"]);
}

fn given_up() {
    let guest = Guest::shell("time = '50s'");
    block_on(async {
        tokio::select! {
            said = guest.run("setsid sleep 8765.5", b"") => panic!("{said:?}"),
            begun = soon(|| lives("8765.5")) => assert!(begun),
        }
    });
    assert!(gone("8765.5"));
}

/// Runs until it is killed; what this program does when a test of its own starts it.
pub(crate) fn stay() {
    let guest = Guest::shell("time = '50s'");
    drop(block_on(guest.run("setsid sleep 6543.5", b"")));
}

fn host_killed() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a host that is killed has to be another process"
    )]
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut host = command.arg(crate::STAY).stdin(Stdio::null()).spawn().unwrap();
    assert!(block_on(soon(|| lives("6543.5"))));
    host.kill().unwrap();
    assert_eq!(host.wait().unwrap().signal(), Some(9));
    assert!(gone("6543.5"));
}
