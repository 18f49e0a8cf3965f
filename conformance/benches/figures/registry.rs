//! A directory registry of many toolkits, and the store: what a look-up and an installed toolkit
//! cost, on files that the machine holds in memory.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use workbooks_host::provenance::{Files, SigningKey, Statement};
use workbooks_host::registry::{ARTIFACT, Directory, MANIFEST, Package, Registry as _, Store};

const TOOLKITS: u32 = 10_000;
/// Bytes of the large toolkit.
const BYTES: u32 = 10 << 20;
const ROUNDS: u32 = 20;

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let time = |_| {
        let began = Instant::now();
        black_box(work());
        began.elapsed()
    };
    (0..ROUNDS).map(time).min().unwrap()
}

/// A signed toolkit of so many bytes, most of them in an artifact that cannot be compressed.
fn package(id: &str, bytes: u32) -> Package {
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    let mut artifact = b"\0asm\x0d\0\x01\0".to_vec();
    artifact.extend((0..bytes).map(|_| noise()));
    let mut files = Files::default();
    files.insert(MANIFEST, format!("#+TOOLKIT: {id}\n").into_bytes()).unwrap();
    files.insert(ARTIFACT, artifact).unwrap();
    let key = SigningKey::of(&[7; 32]);
    let issued = "2026-11-21T12:00:00Z".parse().unwrap();
    let statement = Statement::of(&files, id, &"1.0.0".parse().unwrap(), &key, issued);
    Package { envelope: Some(statement.sign(&key)), files }
}

/// A registry of `TOOLKITS`, all listed by what the first has: a look-up reads no more than that.
fn registry(folder: &Path) -> Directory<impl workbooks_host::registry::Fetch + use<>> {
    let registry = Directory::open(folder).unwrap();
    registry.publish(&package("toolkit-0", 1 << 10)).unwrap();
    registry.publish(&package("large", BYTES)).unwrap();
    let index = fs::read(folder.join("index/toolkit-0.json")).unwrap();
    for n in 1..TOOLKITS {
        fs::write(folder.join(format!("index/toolkit-{n}.json")), &index).unwrap();
    }
    registry
}

pub(crate) fn run() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(&folder.path().join("registry"));
    let version = "1.0.0".parse().unwrap();
    let found = best(|| registry.versions("toolkit-7777").unwrap());
    println!("look-up among {TOOLKITS} toolkits: {found:.1?} (target 5 ms)");
    let fetched = best(|| registry.fetch("toolkit-0", &version).unwrap());
    println!("fetch of a small toolkit: {fetched:.1?}");
    let fetched = best(|| registry.fetch("large", &version).unwrap());
    println!("fetch of a toolkit of {} MiB: {fetched:.1?}", BYTES >> 20);

    let store = Store::new(folder.path().join("store"));
    let package = package("large", BYTES);
    let envelope = package.envelope_digest().unwrap();
    let tree = store.put(&package).unwrap();
    let loaded = best(|| store.get(&tree, &envelope).unwrap().unwrap());
    let read = best(|| {
        let file = fs::read_dir(folder.path().join("store")).unwrap().map(|entry| entry.unwrap());
        file.filter(|entry| entry.path().extension().is_some())
            .map(|entry| fs::read(entry.path()).unwrap())
            .collect::<Vec<_>>()
    });
    println!(
        "an installed toolkit of {} MiB, every byte compared: {loaded:.1?}; read alone: {read:.1?}",
        BYTES >> 20
    );
}
