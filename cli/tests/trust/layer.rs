//! A directory registry whose owner is the attacker: every digest fits, and the files are others.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Puts `bytes` in the place of the layer of files of the first version of `id`.
pub(crate) fn replace(registry: &Path, id: &str, bytes: &[u8]) {
    let index_file = registry.join(format!("index/{id}.json"));
    let mut index: Value = serde_json::from_slice(&fs::read(&index_file).unwrap()).unwrap();
    let listed = index["manifests"].as_array_mut().unwrap().iter_mut();
    let referrer =
        listed.into_iter().find(|manifest| manifest["artifactType"].is_string()).unwrap();
    let (_, hex) = referrer["digest"].as_str().unwrap().split_once(':').unwrap();
    let manifest = fs::read(registry.join("blobs/sha256").join(hex)).unwrap();
    let mut manifest: Value = serde_json::from_slice(&manifest).unwrap();
    put(registry, &mut manifest["layers"][1], bytes);
    put(registry, referrer, &serde_json::to_vec(&manifest).unwrap());
    fs::write(index_file, serde_json::to_vec(&index).unwrap()).unwrap();
}

/// Adds a blob, and corrects what describes it.
fn put(registry: &Path, descriptor: &mut Value, bytes: &[u8]) {
    let digest =
        Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    fs::write(registry.join("blobs/sha256").join(&digest), bytes).unwrap();
    descriptor["digest"] = json!(format!("sha256:{digest}"));
    descriptor["size"] = json!(bytes.len());
}
