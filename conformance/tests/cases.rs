//! Runs every case of `cases/` as a test of its own; `BLESS=1` writes what they expect.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use workbooks_conformance::case::{self, Lanes};
use workbooks_host::Helper;

/// The first word of this program as the helper of its hosts.
const HELPER: &str = "helper";

#[expect(
    clippy::disallowed_methods,
    reason = "switches of the tests, and where wbx keeps its lanes"
)]
fn environment(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// Where `wbx` keeps its lanes: fetching them and generating their code takes a minute, and
/// whoever ran it has paid.
fn lanes() -> Lanes {
    let cache = environment("WBX_CACHE")
        .or_else(|| environment("XDG_CACHE_HOME").map(|cache| cache.join("workbooks")))
        .or_else(|| environment("HOME").map(|home| home.join(".cache/workbooks")))
        .unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned());
    let builds = Path::new(env!("CARGO_TARGET_TMPDIR")).join("builds");
    let this = std::env::current_exe().expect("the system names this program");
    Lanes { cache, builds, helper: Some(Helper::new(this, [HELPER])) }
}

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|word| word == HELPER) {
        return workbooks_host::child::main();
    }
    let bless = environment("BLESS").is_some();
    let cases = case::all().expect("cases/ can be read");
    assert!(!cases.is_empty(), "there are no cases");
    let trials = cases.into_iter().map(|(name, folder)| {
        // What others make is made by their own tools, which need not be here.
        let lacks = name.starts_with("foreign/") && case::lacks(&folder, &lanes()).is_some();
        Trial::test(name, move || case::hold(&folder, &lanes(), bless).map_err(Into::into))
            .with_ignored_flag(lacks)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
