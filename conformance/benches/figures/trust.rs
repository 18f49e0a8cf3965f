//! What it costs to prove a toolkit of 10 MB on the bytes that are then used, beside reading those
//! bytes alone.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use workbooks_host::Manifest;
use workbooks_host::provenance::{
    Files, SigningKey, Statement, Timestamp, TrustStore, Trusted, verify,
};
use workbooks_host::registry::{ARTIFACT, MANIFEST, Package, archive};
use workbooks_host::toolkit::Vocabulary;

use crate::measure::best;

/// Bytes of the artifact, and of all sources together.
const ARTIFACT_BYTES: usize = 8_000_000;
const SOURCE_BYTES: usize = 2_000_000;
/// Sources.
const SOURCES: usize = 200;
const MANIFEST_TEXT: &[u8] = b"#+TOOLKIT: large\n#+VERSION: 1.0.0\n";
const ROUNDS: u32 = 10;

/// Bytes that no one knows how to make smaller: a sequence of xorshift.
fn bytes(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..count).map(step).collect()
}

fn package(key: &SigningKey) -> Package {
    let vocabulary = Vocabulary::new(["kv"]);
    let version = Manifest::parse(MANIFEST_TEXT, None, &vocabulary).unwrap().version.unwrap();
    let mut files = Files::default();
    files.insert(MANIFEST, MANIFEST_TEXT.to_vec()).unwrap();
    files.insert(ARTIFACT, bytes(ARTIFACT_BYTES, 1)).unwrap();
    for n in 0..SOURCES {
        files.insert(&format!("src/{n}.c"), bytes(SOURCE_BYTES / SOURCES, n as u64)).unwrap();
    }
    let statement = Statement::of(&files, "large", &version, key, Timestamp::UNIX_EPOCH);
    Package { files, envelope: Some(statement.sign(key)) }
}

fn load(path: &Path) -> Package {
    archive::read_tar(BufReader::new(File::open(path).unwrap())).unwrap()
}

pub(crate) fn run() {
    let key = SigningKey::of(&[7; 32]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.tar");
    std::fs::write(&path, archive::write_tar(&package(&key))).unwrap();
    let mut trust = TrustStore::default();
    trust.add(Trusted::new(key.did(), Timestamp::UNIX_EPOCH)).unwrap();
    let loaded = best(ROUNDS, || drop(load(&path)));
    let proved = best(ROUNDS, || {
        let package = load(&path);
        verify(&package, &trust, Timestamp::UNIX_EPOCH).unwrap();
    });
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "a toolkit of 10 MB: loaded and verified {:.1} ms, loaded alone {:.1} ms, verified {:.1} ms (target 15 ms)",
        ms(proved),
        ms(loaded),
        ms(proved.saturating_sub(loaded))
    );
}
