//! A package goes to a registry and comes back, and nothing else does.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::provenance::{Files, SigningKey};

const COMPONENT: &str = r#"(component
    (import "wasi:cli/stdin@0.2.0" (instance))
    (component (import "hidden" (func)))
    (instance $run)
    (export "wasi:cli/run@0.2.0" (instance $run)))"#;

pub(in crate::registry) fn packed(version: &str) -> Package {
    let mut files = Files::default();
    files.insert("manifest.org", b"#+TOOLKIT: hello".to_vec()).unwrap();
    files.insert("src/main.c", b"int main;".to_vec()).unwrap();
    files.insert(&format!("docs/{}.org", "long".repeat(50)), b"a".repeat(10_000)).unwrap();
    files.insert(ARTIFACT, wat::parse_str(COMPONENT).unwrap()).unwrap();
    let key = SigningKey::of(&[7; 32]);
    let issued = "2026-11-21T12:00:00Z".parse().unwrap();
    let statement = Statement::of(&files, "hello", &version.parse().unwrap(), &key, issued);
    Package { envelope: Some(statement.sign(&key)), files }
}

/// A registry in memory, which counts what is asked of it.
#[derive(Default)]
struct Memory {
    blobs: BTreeMap<Digest, Vec<u8>>,
    asked: Cell<u64>,
}

impl Blobs for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn blob(&self, of: &Descriptor) -> Result<Vec<u8>, RegistryError> {
        self.asked.set(self.asked.get() + 1);
        self.blobs
            .get(&of.digest)
            .cloned()
            .ok_or_else(|| RegistryError::NotFound { registry: self.name(), what: of.name() })
    }
}

fn kept(artifact: &Artifact) -> Memory {
    let blobs = artifact.blobs.iter().map(|part| (part.descriptor.digest, part.bytes.clone()));
    Memory { blobs: blobs.collect(), ..Memory::default() }
}

fn artifact() -> Artifact {
    Artifact::of(&packed("1.2.3")).unwrap()
}

fn text(part: &Part) -> String {
    String::from_utf8(part.bytes.clone()).unwrap()
}

#[test]
fn what_is_not_signed_or_not_built_is_not_published() {
    let good = packed("1.2.3");
    let unsigned = Package { envelope: None, ..good.clone() };
    let mut unbuilt = good;
    unbuilt.files.remove(ARTIFACT);
    for package in [unsigned, unbuilt] {
        assert!(matches!(Artifact::of(&package), Err(RegistryError::Unpublishable { .. })));
    }
}

#[test]
fn a_package_comes_back_as_it_went() {
    let artifact = artifact();
    let memory = kept(&artifact);
    let back = package(&memory, &artifact.component.bytes, &artifact.referrer.bytes).unwrap();
    assert_eq!(back, packed("1.2.3"));
    assert_eq!(
        component(&memory, &artifact.component.bytes).unwrap(),
        packed("1.2.3").files.get(ARTIFACT).unwrap()
    );
}

#[test]
fn the_same_package_gives_the_same_bytes() {
    let (one, other) = (artifact(), artifact());
    assert_eq!(one.component.bytes, other.component.bytes);
    assert_eq!(one.referrer.bytes, other.referrer.bytes);
}

#[test]
fn the_configuration_is_the_one_of_the_wasm_artifact() {
    let config: Value = serde_json::from_slice(&artifact().blobs[0].bytes).unwrap();
    assert_eq!(config["architecture"], "wasm");
    assert_eq!(config["os"], "wasip2");
    assert_eq!(config["created"], "2026-11-21T12:00:00Z");
    assert_eq!(config["layerDigests"][0], artifact().blobs[1].descriptor.name());
    assert_eq!(config["component"]["imports"], serde_json::json!(["wasi:cli/stdin@0.2.0"]));
    assert_eq!(config["component"]["exports"], serde_json::json!(["wasi:cli/run@0.2.0"]));
}

#[test]
fn another_byte_in_any_blob_is_told() {
    let artifact = artifact();
    // The empty configuration is never asked for: its type says all.
    for (at, part) in artifact.blobs.iter().enumerate().filter(|(at, _)| *at != 2) {
        let mut memory = kept(&artifact);
        let bytes = memory.blobs.get_mut(&part.descriptor.digest).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let pulled = package(&memory, &artifact.component.bytes, &artifact.referrer.bytes);
        assert!(matches!(pulled, Err(RegistryError::Malformed { .. })), "blob {at}");
        let bytes = memory.blobs.get_mut(&part.descriptor.digest).unwrap();
        bytes[middle] ^= 1;
        bytes.push(0);
        assert!(package(&memory, &artifact.component.bytes, &artifact.referrer.bytes).is_err());
    }
}

#[test]
fn manifests_that_do_not_belong_together_are_refused() {
    let artifact = artifact();
    let memory = kept(&artifact);
    let other = Artifact::of(&packed("1.2.4")).unwrap();
    let crossed = package(&memory, &other.component.bytes, &artifact.referrer.bytes);
    assert!(matches!(crossed, Err(RegistryError::Malformed { .. })));
    let referrer = text(&artifact.referrer);
    for bad in [
        referrer.replace(TOOLKIT, "application/vnd.other"),
        referrer.replace(ENVELOPE, "application/json"),
        referrer.replace(FILES, "application/vnd.oci.image.layer.v1.tar+gzip"),
        referrer.replace(EMPTY, CONFIG),
        referrer.replace("\"subject\"", "\"about\""),
    ] {
        assert_ne!(bad, referrer);
        let pulled = package(&memory, &artifact.component.bytes, bad.as_bytes());
        assert!(matches!(pulled, Err(RegistryError::Malformed { .. })), "{bad}");
    }
}

#[test]
fn a_size_that_cannot_be_is_refused_before_anything_is_asked_for() {
    let artifact = artifact();
    let memory = kept(&artifact);
    let size = format!("\"size\":{}", artifact.blobs[1].bytes.len());
    let manifest = text(&artifact.component);
    let huge = manifest.replace(&size, &format!("\"size\":{}", LAYER_BYTES + 1));
    assert_ne!(huge, manifest);
    assert!(component(&memory, huge.as_bytes()).is_err());
    assert_eq!(memory.asked.get(), 1, "the configuration alone");
}

#[test]
fn what_is_no_component_is_refused() {
    let artifact = artifact();
    let manifest = text(&artifact.component);
    for bad in [
        manifest.replace(CONFIG, "application/vnd.oci.image.config.v1+json"),
        manifest.replace(WASM, "application/vnd.wasm.content.layer.v1+wasm"),
        manifest.replace("\"layers\":[", "\"layers\":[],\"was\":["),
    ] {
        assert_ne!(bad, manifest);
        let pulled = component(&kept(&artifact), bad.as_bytes());
        assert!(matches!(pulled, Err(RegistryError::Malformed { .. })), "{bad}");
    }
}

#[test]
fn a_configuration_that_names_other_layers_or_machines_is_refused() {
    let artifact = artifact();
    let good = text(&artifact.blobs[0]);
    let layer = artifact.blobs[1].descriptor.name();
    for bad in [
        good.replace(&layer, &format!("sha256:{}", Digest::of(b"other"))),
        good.replace("\"wasm\"", "\"amd64\""),
        good.replace("wasip2", "linux"),
    ] {
        assert_ne!(bad, good);
        let config = Part::new(CONFIG, bad.clone().into_bytes());
        let manifest =
            Manifest::new(config.descriptor.clone(), vec![artifact.blobs[1].descriptor.clone()]);
        let mut memory = kept(&artifact);
        memory.blobs.insert(config.descriptor.digest, config.bytes);
        let pulled = component(&memory, &manifest.write());
        assert!(matches!(pulled, Err(RegistryError::Malformed { .. })), "{bad}");
    }
}

/// A package whose files are this archive.
fn with_files(archive: &[u8]) -> Result<Package, RegistryError> {
    let artifact = artifact();
    let rest = Part::new(FILES, archive.to_vec());
    let mut manifest = Manifest::read(&artifact.referrer.bytes).unwrap();
    manifest.layers[1] = rest.descriptor.clone();
    let mut memory = kept(&artifact);
    memory.blobs.insert(rest.descriptor.digest, rest.bytes);
    package(&memory, &artifact.component.bytes, &manifest.write())
}

#[test]
fn files_that_bring_a_component_of_their_own_are_refused() {
    let whole = tree::pack(packed("1.2.3").files).unwrap();
    assert!(matches!(with_files(&whole), Err(RegistryError::Files(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_archive_and_no_manifest_makes_it_panic(bytes: Vec<u8>, at: prop::sample::Index, flip: u8) {
        prop_assert!(with_files(&bytes).is_err());
        let artifact = artifact();
        let mut referrer = artifact.referrer.bytes.clone();
        let at = at.index(referrer.len());
        referrer[at] ^= flip;
        if let Ok(back) = package(&kept(&artifact), &artifact.component.bytes, &referrer) {
            prop_assert_eq!(back, packed("1.2.3"));
        }
    }
}
