//! A directory registry gives what was published, and refuses everything else.

use std::cell::Cell;
use std::fs;
use std::io;

use miette::Diagnostic as _;

use super::*;
use crate::provenance::{Files, SigningKey};
use crate::registry::ARTIFACT;
use crate::registry::artifact::Artifact;

fn package(id: &str, version: &str, main: &str) -> Package {
    let mut files = Files::default();
    files.insert("manifest.org", format!("#+TOOLKIT: {id}").into_bytes()).unwrap();
    files.insert("src/main.c", main.as_bytes().to_vec()).unwrap();
    files.insert(ARTIFACT, wat::parse_str("(component)").unwrap()).unwrap();
    let key = SigningKey::of(&[7; 32]);
    let issued = "2026-11-21T12:00:00Z".parse().unwrap();
    let statement = Statement::of(&files, id, &version.parse().unwrap(), &key, issued);
    Package { envelope: Some(statement.sign(&key)), files }
}

struct Published {
    folder: tempfile::TempDir,
    registry: Directory<LocalFiles>,
    package: Package,
}

fn published() -> Published {
    let folder = tempfile::tempdir().unwrap();
    let registry = Directory::open(&folder.path().join("registry")).unwrap();
    let package = package("hello", "1.0.0", "int main;");
    registry.publish(&package).unwrap();
    Published { folder, registry, package }
}

impl Published {
    fn at(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join("registry").join(path)
    }

    fn fetch(&self) -> Result<Fetched, RegistryError> {
        self.registry.fetch("hello", &Version::new(1, 0, 0))
    }

    /// Changes the text of the index.
    fn edit(&self, edit: impl Fn(&str) -> String) {
        let text = fs::read_to_string(self.at("index/hello.json")).unwrap();
        let edited = edit(&text);
        assert_ne!(edited, text);
        fs::write(self.at("index/hello.json"), edited).unwrap();
    }
}

fn code(error: &RegistryError) -> String {
    error.code().unwrap().to_string().replace("workbooks::registry::", "")
}

#[test]
fn an_unknown_toolkit_or_version_is_told() {
    let it = published();
    for id in ["nope", "", "../index/hello", "HELLO", ".", "hello.json"] {
        assert!(it.registry.versions(id).unwrap().is_empty(), "{id}");
        let error = it.registry.fetch(id, &Version::new(1, 0, 0)).unwrap_err();
        assert_eq!(code(&error), "not_found");
    }
    let error = it.registry.fetch("hello", &Version::new(2, 0, 0)).unwrap_err();
    assert_eq!(code(&error), "not_found");
    let nowhere = Directory::open(&it.at("nowhere")).unwrap();
    assert_eq!(code(&nowhere.versions("hello").unwrap_err()), "unavailable");
    assert_eq!(code(&Directory::open(&it.at("index/hello.json")).unwrap_err()), "unavailable");
}

#[test]
fn a_blob_with_other_bytes_or_another_size_is_refused() {
    let it = published();
    for entry in fs::read_dir(it.at("blobs/sha256")).unwrap() {
        let path = entry.unwrap().path();
        let whole = fs::read(&path).unwrap();
        if whole == b"{}" {
            // The configuration of what has none is there for other tools.
            continue;
        }
        let mut flipped = whole.clone();
        flipped[0] ^= 1;
        for bytes in [&flipped, &[whole.as_slice(), b"x"].concat(), &whole[1..].to_vec()] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(code(&it.fetch().unwrap_err()), "malformed", "{path:?}");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(code(&it.fetch().unwrap_err()), "malformed", "{path:?}");
        fs::create_dir(&path).unwrap();
        assert!(it.fetch().is_err());
        fs::remove_dir(&path).unwrap();
        fs::write(&path, whole).unwrap();
        assert_eq!(it.fetch().unwrap().package, it.package);
    }
}

#[test]
fn an_index_that_cannot_be_is_refused() {
    let edits: [fn(&str) -> String; 9] = [
        |_| String::new(),
        |text| text.replace("1.0.0", "latest"),
        |text| text.replace("1.0.0", "1.0.0+build"),
        |text| text.replacen("1.0.0", "1.0.1", 1),
        |text| text.replace("image.manifest", "image.index"),
        |text| text.replace("sha256:", "sha512:"),
        |text| text.replace("\"artifactType\":\"application/vnd.workbooks.toolkit.v1\",", ""),
        |text| text.replace("\"manifests\":[", "\"manifests\":[],\"manifests\":["),
        |text| format!("{text}{}", " ".repeat(MANIFEST_BYTES)),
    ];
    for edit in edits {
        let it = published();
        it.edit(edit);
        assert_eq!(code(&it.fetch().unwrap_err()), "malformed");
        // Nothing is added to what cannot be read.
        let next = package("hello", "2.0.0", "");
        assert_eq!(code(&it.registry.publish(&next).unwrap_err()), "malformed");
    }
    for size in ["0", "9", "99999999", "-", "1."] {
        let it = published();
        it.edit(|text| text.replace("\"size\":", &format!("\"size\":{size}")));
        assert_eq!(code(&it.fetch().unwrap_err()), "malformed", "{size}");
    }
    let it = published();
    it.edit(|text| {
        let (head, rest) = text.split_once('[').unwrap();
        let (all, tail) = rest.rsplit_once(']').unwrap();
        format!("{head}[{all},{all}]{tail}")
    });
    assert_eq!(code(&it.registry.versions("hello").unwrap_err()), "malformed");
}

#[test]
fn an_index_that_gives_another_toolkit_or_version_is_refused() {
    let it = published();
    fs::copy(it.at("index/hello.json"), it.at("index/other.json")).unwrap();
    let error = it.registry.fetch("other", &Version::new(1, 0, 0)).unwrap_err();
    assert_eq!(code(&error), "malformed");
    // An older version under a newer one's name.
    it.edit(|text| text.replace("1.0.0", "9.0.0"));
    let error = it.registry.fetch("hello", &Version::new(9, 0, 0)).unwrap_err();
    assert_eq!(code(&error), "malformed");
}

#[test]
fn a_signature_of_another_component_is_refused() {
    let it = published();
    it.registry.publish(&package("hello", "2.0.0", "int other;")).unwrap();
    let mut changed = package("hello", "2.0.0", "int other;");
    let mut files = Files::default();
    for (path, bytes) in changed.files.iter().filter(|(path, _)| *path != ARTIFACT) {
        files.insert(path, bytes.to_vec()).unwrap();
    }
    files.insert(ARTIFACT, wat::parse_str("(component (core module))").unwrap()).unwrap();
    changed.files = files;
    let evil = Artifact::of(&changed).unwrap().component;
    let good = Artifact::of(&package("hello", "2.0.0", "int other;")).unwrap().component;
    fs::write(it.at(&path_of(&evil.descriptor.digest)), &evil.bytes).unwrap();
    let listed = |part: &crate::registry::artifact::Part| {
        format!("{}\",\"size\":{}", part.descriptor.name(), part.descriptor.size)
    };
    it.edit(|text| text.replace(&listed(&good), &listed(&evil)));
    let error = it.registry.fetch("hello", &Version::new(2, 0, 0)).unwrap_err();
    assert_eq!(code(&error), "malformed");
    assert!(error.to_string().contains("belong to another component"), "{error}");
}

#[test]
fn a_version_never_changes() {
    let it = published();
    let error = it.registry.publish(&package("hello", "1.0.0", "int evil;")).unwrap_err();
    assert_eq!(code(&error), "exists");
    assert_eq!(it.fetch().unwrap().package, it.package);
    // The same again is no change, and mends what is damaged.
    let blob = fs::read_dir(it.at("blobs/sha256")).unwrap().next().unwrap().unwrap().path();
    fs::write(&blob, b"damaged").unwrap();
    it.registry.publish(&it.package).unwrap();
    assert_eq!(it.fetch().unwrap().package, it.package);
    assert_eq!(it.registry.versions("hello").unwrap(), [Version::new(1, 0, 0)]);
}

#[test]
fn what_has_no_signature_artifact_or_rank_is_not_published() {
    let it = published();
    let unsigned = Package { envelope: None, ..package("hello", "2.0.0", "") };
    let mut unbuilt = package("hello", "2.0.0", "");
    unbuilt.files.remove(ARTIFACT);
    for refused in
        [unsigned, unbuilt, package("hello", "2.0.0+x", ""), package("../a", "2.0.0", "")]
    {
        assert_eq!(code(&it.registry.publish(&refused).unwrap_err()), "unpublishable");
    }
    assert_eq!(it.registry.versions("hello").unwrap().len(), 1);
}

#[test]
fn an_interrupted_publication_leaves_nothing_half_there() {
    let next = package("hello", "2.0.0", "int other;");
    let mut failures = 0_u32;
    loop {
        let it = published();
        let left = Cell::new(failures);
        let interrupted = publish::publish(&it.registry, &next, &mut |_| {
            let here = left.get();
            left.set(here.wrapping_sub(1));
            if here == 0 { Err(io::Error::other("the power is out")) } else { Ok(()) }
        });
        if interrupted.is_ok() {
            break;
        }
        failures += 1;
        assert_eq!(it.registry.versions("hello").unwrap(), [Version::new(1, 0, 0)]);
        assert_eq!(it.fetch().unwrap().package, it.package);
        // What a kill leaves besides.
        fs::write(it.at("blobs/sha256/.new-left"), b"half").unwrap();
        it.registry.publish(&next).unwrap();
        let fetched = it.registry.fetch("hello", &Version::new(2, 0, 0)).unwrap();
        assert_eq!(fetched.package, next);
        for folder in ["index", "blobs/sha256"] {
            for entry in fs::read_dir(it.at(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(!name.starts_with('.'), "{name}");
            }
        }
    }
    // Its manifests, those blobs that the first version has not, and the index.
    assert!(failures >= 5, "{failures}");
}

#[test]
fn many_who_publish_at_once_are_all_listed() {
    let it = published();
    std::thread::scope(|scope| {
        for minor in 1..5 {
            let registry = &it.registry;
            scope.spawn(move || {
                registry.publish(&package("hello", &format!("1.{minor}.0"), "x")).unwrap();
            });
        }
    });
    assert_eq!(it.registry.versions("hello").unwrap().len(), 5);
}

#[test]
fn what_can_only_be_read_is_not_published_to() {
    struct Web(LocalFiles);
    impl Fetch for Web {
        fn name(&self) -> String {
            "https://example.org/registry".to_owned()
        }
        fn get(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, RegistryError> {
            self.0.get(path, limit)
        }
    }
    let it = published();
    let web = Directory::over(Web(it.registry.files.clone()));
    assert_eq!(web.fetch("hello", &Version::new(1, 0, 0)).unwrap().package, it.package);
    assert_eq!(code(&web.publish(&it.package).unwrap_err()), "unpublishable");
}
