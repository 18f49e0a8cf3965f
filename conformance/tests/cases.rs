//! Runs every case of `cases/` as a test of its own; `BLESS=1` writes what they expect.

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use workbooks_conformance::case::{self, Lanes};
use workbooks_host::Helper;

/// The first word of this program as the helper of its hosts.
const HELPER: &str = "helper";

/// What `wbx` itself is run on: the tests of its crate read that theme.
const OF_WBX: &str = "trust/";

fn lanes() -> Lanes {
    let this = std::env::current_exe().expect("the system names this program");
    let helper = Some(Helper::new(this, [HELPER]));
    Lanes::of_whoever_tests(Path::new(env!("CARGO_TARGET_TMPDIR")), helper)
}

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|word| word == HELPER) {
        return workbooks_host::child::main();
    }
    #[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
    let bless = std::env::var_os("BLESS").is_some();
    let cases = case::all().expect("cases/ can be read");
    assert!(!cases.is_empty(), "there are no cases");
    let own = cases.into_iter().filter(|(name, _)| !name.starts_with(OF_WBX));
    let trials = own.map(|(name, folder)| {
        // What others make is made by their own tools, which need not be here.
        let lacks = name.starts_with("foreign/") && case::lacks(&folder, &lanes()).is_some();
        Trial::test(name, move || case::hold(&folder, &lanes(), bless).map_err(Into::into))
            .with_ignored_flag(lacks)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
