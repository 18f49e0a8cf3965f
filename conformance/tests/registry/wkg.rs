//! `wkg`, the tool of the Bytecode Alliance for packages of components, built once of its crate.

use std::path::{Path, PathBuf};

use crate::docker::{client, command};

/// Its version.
const WKG: &str = "wkg@0.16.1";

/// The program, built for the first test that wants it and kept beside what else is built: that
/// takes some minutes of CPU. Nothing where its crate is out of reach.
pub(crate) fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let root = folder.join(WKG);
    let program = root.join("bin").join("wkg");
    if !program.is_file() {
        let root = root.to_str().unwrap();
        let args = ["install", "--quiet", "--debug", "--locked", "--root", root, WKG];
        let debug = ["--config", "profile.dev.debug=0"];
        client("cargo", &[&args[..], &debug[..]].concat(), folder)?;
    }
    Some(program)
}

/// Runs it.
pub(crate) fn run(program: &Path, args: &[&str]) {
    let output = command(program).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
