//! What registries say, and the lock that keeps to it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use semver::Version;
use serde_json::{Value, json};
use workbooks_host::provenance::Digest;
use workbooks_host::registry::{Directory, Entry, Fetch, Lock, Registry, RegistryError};

use super::accepted;
use super::archive::{key, package};

const INDEX: &str = "index/echo.json";

/// Files of a directory registry, in memory.
struct Shown(BTreeMap<String, Vec<u8>>);

impl Fetch for Shown {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn get(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, RegistryError> {
        let found = self.0.get(path).filter(|bytes| bytes.len() as u64 <= limit);
        Ok(found.cloned())
    }
}

/// What publishing `echo` makes.
fn published() -> &'static BTreeMap<String, Vec<u8>> {
    static FILES: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let registry = Directory::open(folder.path()).expect("a new registry");
        registry.publish(&package()).expect("it is published");
        let mut files = BTreeMap::new();
        for below in ["index", "blobs/sha256"] {
            for entry in std::fs::read_dir(folder.path().join(below)).expect("it is there") {
                let entry = entry.expect("an entry");
                let name = format!("{below}/{}", entry.file_name().to_string_lossy());
                files.insert(name, std::fs::read(entry.path()).expect("a file"));
            }
        }
        files
    })
}

fn ask(files: BTreeMap<String, Vec<u8>>) -> bool {
    let registry = Directory::over(Shown(files));
    accepted(registry.versions("echo"));
    accepted(registry.fetch("echo", &Version::new(1, 0, 0))).is_some()
}

pub(super) fn indexes() -> Vec<Vec<u8>> {
    vec![published()[INDEX].clone()]
}

pub(super) fn index(bytes: &[u8]) -> bool {
    let mut files = published().clone();
    files.insert(INDEX.to_owned(), bytes.to_vec());
    ask(files)
}

/// The index, and where the blob lies that its entry `nth` describes.
fn listed(nth: usize) -> (Value, String) {
    let index: Value = serde_json::from_slice(&published()[INDEX]).expect("it is JSON");
    let digest = index["manifests"][nth]["digest"].as_str().expect("a digest").to_owned();
    (index, format!("blobs/{}", digest.replace(':', "/")))
}

pub(super) fn manifests() -> Vec<Vec<u8>> {
    (0..2).map(|nth| published()[&listed(nth).1].clone()).collect()
}

/// As the manifest of the component, and as that of the signature, under the digests that it has.
pub(super) fn manifest(bytes: &[u8]) -> bool {
    let as_that_of = |nth: usize| {
        let (mut index, _) = listed(nth);
        let digest = Digest::of(bytes);
        index["manifests"][nth]["digest"] = json!(format!("sha256:{digest}"));
        index["manifests"][nth]["size"] = json!(bytes.len());
        let mut files = published().clone();
        files.insert(INDEX.to_owned(), index.to_string().into_bytes());
        files.insert(format!("blobs/sha256/{digest}"), bytes.to_vec());
        ask(files)
    };
    as_that_of(0) | as_that_of(1)
}

pub(super) fn locks() -> Vec<Vec<u8>> {
    let package = package();
    let mut lock = Lock::default();
    lock.insert(Entry {
        id: "echo".to_owned(),
        version: Version::new(1, 0, 0),
        source: "./echo".to_owned(),
        tree: package.tree(),
        digest: None,
        publisher: key().did(),
        envelope: package.envelope_digest().expect("it is signed"),
        pinned: true,
    });
    vec![lock.to_toml().into_bytes()]
}

pub(super) fn lock(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Some(lock) = accepted(Lock::parse(text)) else { return false };
    let again = Lock::parse(&lock.to_toml()).expect("it was written");
    assert!(again.entries().eq(lock.entries()), "it reads back as it was written");
    true
}
