//! Helpers that do their work, that do not, and what is done to them. The test program is its own
//! helper: one of its tests, which only others start.

mod codegen;

use std::fs::OpenOptions;

use super::Helper;

/// The harness writes to standard output before the test begins: that goes nowhere, and what the
/// helper answers goes through another descriptor.
const QUIETLY: &str = r#"exec 3>&1 >/dev/null; exec "$0" "$@""#;

pub(crate) fn helper() -> Helper {
    let this = std::env::current_exe().unwrap().into_os_string().into_string().unwrap();
    let test = "child::tests::acts_as_the_helper";
    // On one thread, as namespaces are left by processes that have no other.
    let flags = [test, "--exact", "--ignored", "--nocapture", "--test-threads=1"];
    Helper::new("/bin/sh", ["-c", QUIETLY, this.as_str()].into_iter().chain(flags))
}

#[test]
#[ignore = "it is the helper that other tests start"]
#[expect(clippy::exit, reason = "nothing may follow on standard output")]
fn acts_as_the_helper() {
    let Ok(answers) = OpenOptions::new().write(true).open("/proc/self/fd/3") else { return };
    rustix::stdio::dup2_stdout(answers).unwrap();
    std::process::exit(super::work().unwrap_or(super::bounds::FAILED).into());
}
