//! Runs every case of `cases/` as a test of its own; `BLESS=1` writes what they expect.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use workbooks_conformance::case;

#[expect(clippy::disallowed_methods, reason = "it is a switch of the tests")]
fn main() -> ExitCode {
    let bless = std::env::var_os("BLESS").is_some();
    let cases = case::all().expect("cases/ can be read");
    assert!(!cases.is_empty(), "there are no cases");
    let trials = cases.into_iter().map(|(name, folder)| {
        Trial::test(name, move || case::hold(&folder, bless).map_err(Into::into))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
