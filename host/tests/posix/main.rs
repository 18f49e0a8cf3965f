//! Native programs as a guest runs them. The test program is the helper of its own hosts.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]
#![cfg(target_os = "linux")]

mod ends;
mod guest;
mod reach;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// What makes this program a helper.
const HELPER: &str = "helper";
/// What makes it a host that a test kills.
const STAY: &str = "stay";

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some(HELPER) => return workbooks_host::child::main(),
        Some(STAY) => ends::stay(),
        _ => {}
    }
    let tests = reach::TESTS.iter().chain(ends::TESTS);
    let trials = tests.map(|(name, test)| {
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
