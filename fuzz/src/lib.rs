//! Fuzz targets for everything that reads bytes which came from elsewhere; no product code. The bodies
//! are in `parsers`, which `conformance/tests/parsers.rs` runs too, over the seeds and mutations of
//! them. With a nightly toolchain and `cargo install cargo-fuzz`:
//!
//! ```text
//! CORPUS=fuzz/corpus cargo test -p workbooks-conformance --test parsers
//! cargo +nightly fuzz run manifest
//! ```

mod parsers;

/// Reads as the target of this name does, and says whether that was accepted.
///
/// # Panics
/// If there is none, or when it finds something.
pub fn read(name: &str, bytes: &[u8]) -> bool {
    let target = parsers::TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of this name").read)(bytes)
}
