//! What is published is found again, never becomes another, and is there as a whole or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;

use super::double::Double;
use super::{Servers, registry, why};
use crate::egress::doubles::text;
use crate::provenance::{SigningKey, Statement};
use crate::registry::artifact::{Artifact, tests::packed};
use crate::registry::image::{Descriptor, INDEX, Index, MANIFEST, Manifest};
use crate::registry::{ARTIFACT, Package, Registry, RegistryError};

const DOUBLES: [bool; 2] = [true, false];

fn signed(package: &Package, version: &str, issued: &str) -> Package {
    let key = SigningKey::of(&[7; 32]);
    let (version, issued) = (version.parse().unwrap(), issued.parse().unwrap());
    let statement = Statement::of(&package.files, "hello", &version, &key, issued);
    Package { envelope: Some(statement.sign(&key)), files: package.files.clone() }
}

#[test]
fn what_is_published_comes_back_with_its_signature() {
    for lists in DOUBLES {
        let (servers, double) = (Servers::new(), Double::new(lists));
        let kept = double.clone();
        let web = servers.web(move |seen| kept.answer(seen));
        let registry = registry(web.port(), "");
        assert_eq!(registry.versions("hello").unwrap(), []);
        for version in ["1.2.3", "1.2.4", "2.0.0-rc.1", "1.10.0"] {
            let digest = registry.publish(&packed(version)).unwrap();
            let fetched = registry.fetch("hello", &version.parse().unwrap()).unwrap();
            assert_eq!((fetched.package, fetched.digest), (packed(version), digest));
        }
        let versions: Vec<_> =
            registry.versions("hello").unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(versions, ["1.2.3", "1.2.4", "1.10.0", "2.0.0-rc.1"]);
        let tagged = double.manifests().iter().any(|name| name.contains("/sha256-"));
        assert_eq!(tagged, !lists, "the list of signatures is kept where there is no other");
    }
}

#[test]
fn a_version_never_becomes_another() {
    for lists in DOUBLES {
        let (servers, double) = (Servers::new(), Double::new(lists));
        let kept = double.clone();
        let web = servers.web(move |seen| kept.answer(seen));
        let registry = registry(web.port(), "");
        registry.publish(&packed("1.2.3")).unwrap();
        let before = double.manifests();
        let again = signed(&packed("1.2.3"), "1.2.3", "2026-11-22T12:00:00Z");
        let mut other = packed("1.2.3");
        other.files.insert("more.org", Vec::new()).unwrap();
        // The same component, of the same second.
        let other = signed(&other, "1.2.3", "2026-11-21T12:00:00Z");
        for package in [again, other] {
            let published = registry.publish(&package);
            assert!(matches!(published, Err(RegistryError::Exists { .. })), "{published:?}");
        }
        assert_eq!(double.manifests(), before);
        let writes = |seen: &&crate::egress::doubles::Seen| seen.method == Method::PUT;
        let written = web.seen().iter().filter(writes).count();
        registry.publish(&packed("1.2.3")).unwrap();
        assert_eq!(web.seen().iter().filter(writes).count(), written, "nothing to be done");
    }
}

#[test]
fn a_publication_that_breaks_off_anywhere_leaves_no_version_and_can_be_repeated() {
    for lists in DOUBLES {
        for broken in 0.. {
            let (servers, double) = (Servers::new(), Double::new(lists));
            let (kept, asked) = (double.clone(), Arc::<AtomicUsize>::default());
            let count = asked.clone();
            let web = servers.web(move |seen| {
                if count.fetch_add(1, Ordering::SeqCst) == broken {
                    text(500, "")
                } else {
                    kept.answer(seen)
                }
            });
            let registry = registry(web.port(), "");
            let published = registry.publish(&packed("1.2.3"));
            let tagged = double.manifests().contains(&"tools/hello/1.2.3".to_owned());
            asked.store(usize::MAX / 2, Ordering::SeqCst);
            if published.is_ok() {
                assert!(tagged && broken > 10, "{broken}");
                break;
            }
            if tagged {
                let fetched = registry.fetch("hello", &"1.2.3".parse().unwrap()).unwrap();
                assert_eq!(fetched.package, packed("1.2.3"));
            }
            registry.publish(&packed("1.2.3")).unwrap();
            let fetched = registry.fetch("hello", &"1.2.3".parse().unwrap()).unwrap();
            assert_eq!(fetched.package, packed("1.2.3"));
        }
    }
}

#[test]
fn what_others_say_of_a_component_stays_said() {
    let (servers, double) = (Servers::new(), Double::default());
    let artifact = Artifact::of(&packed("1.2.3")).unwrap();
    let mut other = Descriptor::of(MANIFEST, b"another signature");
    other.artifact_type = Some("application/vnd.example.signature".to_owned());
    let tag = format!("tools/hello/sha256-{}", artifact.component.descriptor.digest);
    double.put(&tag, INDEX, &Index::new(vec![other]).write());
    let kept = double.clone();
    let web = servers.web(move |seen| kept.answer(seen));
    let registry = registry(web.port(), "");
    registry.publish(&packed("1.2.3")).unwrap();
    let fetched = registry.fetch("hello", &"1.2.3".parse().unwrap()).unwrap();
    assert_eq!(fetched.package, packed("1.2.3"));
    let reference = format!("127.0.0.1:{}/{}", web.port(), tag.replace("o/sha", "o:sha"));
    assert!(
        registry.pull_component(&reference.parse().unwrap()).is_err(),
        "a list is no component"
    );
    assert_eq!(registry.versions("hello").unwrap().len(), 1);
}

#[test]
fn a_component_of_others_comes_without_a_signature() {
    let (servers, double) = (Servers::new(), Double::default());
    let artifact = Artifact::of(&packed("1.2.3")).unwrap();
    for blob in &artifact.blobs[..2] {
        double.put_blob(&blob.bytes);
    }
    double.put("else/where/latest", MANIFEST, &artifact.component.bytes);
    double.put(
        &format!("else/where/{}", artifact.component.descriptor.name()),
        MANIFEST,
        &artifact.component.bytes,
    );
    let kept = double.clone();
    let web = servers.web(move |seen| kept.answer(seen));
    let registry = registry(web.port(), "");
    let host = format!("127.0.0.1:{}", web.port());
    let named = artifact.component.descriptor.name();
    for reference in [format!("{host}/else/where"), format!("{host}/else/where@{named}")] {
        let fetched = registry.pull_component(&reference.parse().unwrap()).unwrap();
        assert_eq!(fetched.package.envelope, None);
        assert_eq!(fetched.package.files.len(), 1);
        assert_eq!(fetched.package.files.get(ARTIFACT), packed("1.2.3").files.get(ARTIFACT));
    }
    let absent = registry.pull_component(&format!("{host}/else/where:1").parse().unwrap());
    assert!(matches!(absent, Err(RegistryError::NotFound { .. })));
}

#[test]
fn two_toolkits_over_one_component_are_refused() {
    for lists in DOUBLES {
        let (servers, double) = (Servers::new(), Double::new(lists));
        let kept = double.clone();
        let web = servers.web(move |seen| kept.answer(seen));
        let registry = registry(web.port(), "");
        registry.publish(&packed("1.2.3")).unwrap();
        let artifact = Artifact::of(&packed("1.2.3")).unwrap();
        let mut second = Manifest::read(&artifact.referrer.bytes).unwrap();
        second.annotations.insert("x".to_owned(), "y".to_owned());
        let bytes = second.write();
        let mut listed = artifact.referrer.descriptor.clone();
        listed.size = bytes.len() as u64;
        listed.digest = crate::provenance::Digest::of(&bytes);
        double.put(&format!("tools/hello/{}", listed.name()), MANIFEST, &bytes);
        let both = Index::new(vec![artifact.referrer.descriptor, listed]).write();
        let tag = format!("tools/hello/sha256-{}", artifact.component.descriptor.digest);
        double.put(&tag, INDEX, &both);
        let said = why(registry.fetch("hello", &"1.2.3".parse().unwrap()));
        assert!(said.contains("2 toolkits"), "{said}");
    }
}

#[test]
fn a_component_of_more_than_64_mib_goes_and_comes() {
    let (servers, double) = (Servers::new(), Double::default());
    let web = servers.web(move |seen| double.answer(seen));
    let registry = registry(web.port(), "");
    let mut big = packed("1.2.3");
    let mut wasm = big.files.remove(ARTIFACT).unwrap();
    // A custom section of zeros.
    let size = 70_u32 << 20;
    wasm.push(0);
    wasm.extend((0..5).map(|at| ((size >> (7 * at)) & 0x7f) as u8 | if at < 4 { 0x80 } else { 0 }));
    wasm.resize(wasm.len() + size as usize, 0);
    let mut files = crate::provenance::Files::default();
    for (path, bytes) in &big.files {
        files.insert(path, bytes.to_vec()).unwrap();
    }
    files.insert(ARTIFACT, wasm).unwrap();
    let big = signed(&Package { files, envelope: None }, "1.2.3", "2026-11-21T12:00:00Z");
    registry.publish(&big).unwrap();
    assert!(registry.fetch("hello", &"1.2.3".parse().unwrap()).unwrap().package == big);
}

#[test]
fn what_an_oci_registry_cannot_name_is_not_published() {
    let servers = Servers::new();
    let web = servers.web(|_| text(500, ""));
    let registry = registry(web.port(), "");
    let build = signed(&packed("1.2.3"), "1.2.3+build", "2026-11-21T12:00:00Z");
    assert!(matches!(registry.publish(&build), Err(RegistryError::Unpublishable { .. })));
    let absent = registry.fetch("hello", &"1.2.3+build".parse().unwrap());
    assert!(matches!(absent, Err(RegistryError::NotFound { .. })));
    for id in ["../x", "Hello", "a b", ""] {
        assert!(matches!(registry.versions(id), Err(RegistryError::NotFound { .. })), "{id}");
    }
    assert_eq!(web.connections(), 0);
}
