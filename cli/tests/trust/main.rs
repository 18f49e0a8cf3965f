//! Runs every case of `conformance/cases/trust/` as a test of its own: what is done to a toolkit that
//! somebody signed, and what `wbx` says then. `BLESS=1` writes what they expect.
//!
//! The data is conformance's; the runner is here, where cargo hands out the program.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod archive;
mod case;
mod layer;
mod place;
mod step;
mod toolkit;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use case::Case;
use libtest_mimic::{Arguments, Failed, Trial};
use place::Place;

/// Whether the case in `folder` goes as it expects.
fn hold(folder: &Path, bless: bool) -> Result<(), Failed> {
    let case: Case = toml::from_str(&fs::read_to_string(folder.join("case.toml"))?)?;
    let place = Place::of(&case, folder);
    for step in &case.steps {
        step.perform(&place);
    }
    let text = place.ended();
    let hazard = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(character) = text.chars().find(|c| hazard(*c)) {
        return Err(format!("a terminal would obey {character:?} of {text:?}").into());
    }
    let path = folder.join("expected.txt");
    if bless {
        return Ok(fs::write(path, text)?);
    }
    let expected = fs::read_to_string(path)?;
    if text == expected {
        return Ok(());
    }
    Err(format!("expected:\n{expected}\nbut it was:\n{text}\n(BLESS=1 accepts it)").into())
}

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
    let bless = std::env::var_os("BLESS").is_some();
    let theme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/cases/trust");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(theme).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() > 50, "the cases are not found");
    let trials = folders.into_iter().map(|folder| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        Trial::test(name, move || hold(&folder, bless))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
