//! What a program finds, and what is out of its reach.

use std::net::TcpListener;
use std::path::PathBuf;

use crate::guest::{Guest, block_on};

/// A folder of the host that a program's own folder does not lie over.
const ELSEWHERE: &str = "/var/tmp";

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("a_program_that_the_policy_does_not_name_is_denied_and_on_record", unnamed),
    ("what_does_not_fit_the_template_starts_nothing", misfits),
    ("without_a_helper_nothing_starts", no_helper),
    ("a_program_that_is_not_there_is_not_started", absent),
    ("the_environment_is_what_the_policy_says_and_nothing_else", environment),
    ("no_descriptor_of_the_hosts_is_open", descriptors),
    ("no_network_is_in_reach_unless_the_policy_gives_it", network),
    ("no_process_of_the_hosts_is_in_sight", processes),
    ("it_is_in_no_session_of_the_hosts_so_that_it_has_no_terminal", session),
    ("only_a_folder_of_its_own_can_be_written_and_it_is_empty_each_time", folder),
    ("the_host_s_own_folders_are_empty", hidden),
    ("no_privilege_is_left_and_none_can_be_had", privileges),
];

fn unnamed() {
    let guest = Guest::shell("");
    let request = "{name: \"bash\", argv: [], stdin: [], env: [], extra: []}";
    let said = block_on(guest.call(request));
    assert!(said.starts_with("err(denied("), "{said}");
    let request = "{name: \"sh\", argv: [\"id\"], stdin: [], env: [(\"A\", \"b\")], extra: []}";
    let said = block_on(guest.call(request));
    assert!(said.starts_with("err(denied("), "{said}");
    assert_eq!(guest.denied(), ["denied", "denied"]);
}

fn misfits() {
    let guest = Guest::of("path = '/bin/echo'\nargv = ['{a}']", Vec::new());
    for argv in ["", "\"a\", \"b\"", "\"-n\"", "\"/etc/passwd\"", "\"..\"", "\"a b\""] {
        let request = format!("{{name: \"sh\", argv: [{argv}], stdin: [], env: [], extra: []}}");
        let said = block_on(guest.call(&request));
        assert!(said.starts_with("err(invalid("), "{argv}: {said}");
    }
    assert_eq!(guest.says("a"), "a\n");
}

fn no_helper() {
    let guest = Guest::with(None, "path = '/bin/sh'\nargv = ['{*:any}']", Vec::new());
    let said = block_on(guest.run("x", b"")).unwrap_err();
    assert!(said.starts_with("err(unsupported("), "{said}");
    assert_eq!(guest.denied(), ["unsupported"]);
}

fn absent() {
    let guest = Guest::of("path = '/no/such/program'\nargv = ['{*:any}']", Vec::new());
    let said = block_on(guest.run("x", b"")).unwrap_err();
    assert_eq!(said, "err(unavailable(\"the program is not there\"))");
    let guest = Guest::of("path = '/etc/passwd'\nargv = ['{*:any}']", Vec::new());
    assert_eq!(block_on(guest.run("x", b"")).unwrap().status, 126);
}

fn environment() {
    let guest = Guest::shell("env = { GIVEN = 'this' }");
    let seen = guest.says("/usr/bin/env");
    let shells = ["PWD=", "OLDPWD=", "_=", "SHLVL="];
    let given = seen.lines().filter(|line| !shells.iter().any(|own| line.starts_with(own)));
    assert_eq!(given.collect::<Vec<_>>(), ["GIVEN=this"]);
}

fn descriptors() {
    // The last is the folder that is read.
    let open = Guest::shell("").says("exec /bin/ls /proc/self/fd");
    assert_eq!(open.split_whitespace().collect::<Vec<_>>(), ["0", "1", "2", "3"]);
}

fn network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!("(exec 3<>/dev/tcp/127.0.0.1/{port}) && echo connected");
    let bash = "path = '/bin/bash'\nargv = ['-c', '{script:any}']";
    assert_eq!(Guest::of(bash, Vec::new()).says(&script), "");
    // The same script, where the operator lets it.
    let open = Guest::of(&format!("{bash}\nnetwork = true"), Vec::new());
    assert_eq!(open.says(&script), "connected\n");
}

fn processes() {
    let script = format!("cat /proc/{}/cmdline; ls /proc", std::process::id());
    let seen = Guest::shell("").says(&script);
    let pids: Vec<u32> = seen.split_whitespace().filter_map(|name| name.parse().ok()).collect();
    assert!(!pids.is_empty() && pids.iter().all(|pid| *pid < 20), "{pids:?}");
}

fn session() {
    // 0 is a session outside of the program's namespace.
    let script = "test -e /proc/self/stat || echo 1; cut -d ' ' -f 6 /proc/self/stat 2>/dev/null";
    assert_eq!(Guest::shell("").says(script), "1\n");
}

fn folder() {
    let theirs = tempfile::tempdir_in(ELSEWHERE).unwrap();
    let script = format!(
        "pwd; ls -A; echo x > mine && cat mine; (echo x > {}/x) || echo refused; \
         (echo x > /dev/shm/x) || echo refused; (echo x > /x) || echo refused",
        theirs.path().display()
    );
    let guest = Guest::shell("");
    for _ in 0..2 {
        assert_eq!(guest.says(&script), "/tmp\nx\nrefused\nrefused\nrefused\n");
    }
    assert!(!theirs.path().join("x").exists());
}

fn hidden() {
    let keys = tempfile::tempdir_in(ELSEWHERE).unwrap();
    std::fs::write(keys.path().join("key"), "secret").unwrap();
    let script = format!("cat {0}/key; umount {0}; cat {0}/key", keys.path().display());
    assert_eq!(Guest::shell("").says(&script), "secretsecret");
    let shell = "path = '/bin/sh'\nargv = ['-c', '{script:any}']";
    let protected: Vec<PathBuf> = vec![keys.path().to_owned(), "/no/such/folder".into()];
    assert_eq!(Guest::of(shell, protected).says(&script), "");
}

fn privileges() {
    let guest = Guest::shell("");
    let status = guest.says("grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)' /proc/self/status");
    let expected = "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n\
        CapEff:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n";
    assert_eq!(status, expected);
    assert_eq!(guest.says("mount -t tmpfs none /tmp && echo mounted"), "");
    assert_eq!(guest.says("unshare -Ur mount -t tmpfs none /tmp && echo mounted"), "");
}
