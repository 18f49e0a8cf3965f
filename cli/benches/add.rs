//! What `wbx toolkit add` takes from a directory registry that was asked before: the whole process,
//! from its start to the lock on disk. At most 100 ms.
//!
//! `cargo bench -p workbooks-cli --bench add`
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark starts programs, prints, and fails loudly"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

/// How often it is measured.
const TIMES: usize = 20;
/// Bytes of data beside the program, so that there is something to verify.
const DATA: usize = 1 << 20;
/// Ends at once.
const PROGRAM: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

fn main() {
    let place = tempfile::tempdir().unwrap();
    let registry = place.path().join("registry").display().to_string();
    let digest = Sha256::digest(PROGRAM);
    let digest = digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let folder = place.path().join("author/toolkits/measured");
    fs::create_dir_all(&folder).unwrap();
    fs::create_dir_all(place.path().join("stranger")).unwrap();
    fs::create_dir_all(&registry).unwrap();
    fs::create_dir_all(place.path().join("stranger-home")).unwrap();
    let manifest = format!(
        "#+TOOLKIT: measured\n#+VERSION: 1.0.0\n#+BUILD_SRC: wasm:tool.wat\n#+SHA256: {digest}\n"
    );
    fs::write(folder.join("manifest.org"), manifest).unwrap();
    fs::write(folder.join("tool.wat"), PROGRAM).unwrap();
    fs::write(folder.join("data.bin"), noise()).unwrap();
    let policy = format!("[registry]\nlibrary = {registry:?}\n");
    fs::write(place.path().join("stranger-home/policy.toml"), policy).unwrap();

    wbx(place.path(), "author", &["toolkit", "publish", "measured", "--to", &registry, "--yes"]);
    let add = ["toolkit", "add", "measured", "--yes", "--trust"];
    println!("first  {:>7.1} ms", millis(wbx(place.path(), "stranger", &add)));
    let mut took: Vec<_> = (0..TIMES)
        .map(|_| {
            wbx(place.path(), "stranger", &["toolkit", "remove", "measured"]);
            wbx(place.path(), "stranger", &add)
        })
        .collect();
    took.sort_unstable();
    println!("median {:>7.1} ms of {TIMES}, at most 100", millis(took[TIMES / 2]));
    println!("worst  {:>7.1} ms", millis(took[TIMES - 1]));
}

/// Bytes that do not compress.
fn noise() -> Vec<u8> {
    let blocks = (0..DATA / 32).map(|at| Sha256::digest(at.to_le_bytes()));
    blocks.flat_map(|block| block.to_vec()).collect()
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

/// `wbx` of one of the two, and how long it took.
fn wbx(place: &Path, who: &str, args: &[&str]) -> Duration {
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_wbx"))
        .args(args)
        .current_dir(place.join(who))
        .env("WBX_HOME", place.join(format!("{who}-home")))
        .env("WBX_CACHE", place.join(format!("{who}-cache")))
        .output()
        .unwrap();
    let took = began.elapsed();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    took
}
