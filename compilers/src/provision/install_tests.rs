//! Claims about installing a compiler and fetching a source.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::*;
use crate::toolchain::{Package, Pinned, Registry, Toolchain};
use workbooks_host::provenance::Digest;

/// Serves one archive from memory and counts how often.
pub(super) struct Shelf {
    archive: Vec<u8>,
    fetched: AtomicUsize,
}

impl Shelf {
    pub(super) fn new(archive: Vec<u8>) -> Self {
        Self { archive, fetched: AtomicUsize::new(0) }
    }

    pub(super) fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
}

impl PackageClient for Shelf {
    fn fetch(&self, _: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        let path = into.join("x.tgz");
        fs::write(&path, &self.archive)?;
        Ok(path)
    }
}

/// For what must not reach the network.
pub(super) struct Offline;

impl PackageClient for Offline {
    fn fetch(&self, _: &Package, _: &Path) -> Result<PathBuf, ClientError> {
        Err(ClientError::NotInstalled { program: "nothing" })
    }
}

pub(super) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, data) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        builder.append_data(&mut header, path, *data).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A toolchain of a module and a tree, its archive, and a store.
pub(super) fn example() -> (Pinned, Vec<u8>, TempDir) {
    let tree = tar(&[("include/a.h", b"a"), ("include/cuda.h", b"c"), ("lib/b.a", b"b")]);
    let archive = gzip(&tar(&[
        ("package/m.wasm", b"module"),
        ("package/r.tar", &tree),
        ("package/install.sh", b"never unpacked"),
    ]));
    let digest_of_tree =
        Digest::of_files([("include/a.h", Digest::of(b"a")), ("lib/b.a", Digest::of(b"b"))]);
    let text = format!(
        "lane = 'x'\ntitle = 'x'\nlicence = 'x'\n\
         [cost]\ndisk_bytes = 1\ncpu_seconds = 1\nmemory_bytes = 1\n\
         [[source]]\nregistry = 'npm'\nname = 'x'\nversion = '1.0.0'\nsha256 = '{}'\n\
         [[source.file]]\npath = 'package/m.wasm'\nname = 'm.wasm'\nrole = 'module'\nsha256 = '{}'\nbytes = 6\n\
         [[source.file]]\npath = 'package/r.tar'\nname = 'root'\nrole = 'tree'\nsha256 = '{}'\nbytes = {}\n\
         keep = ['include/a', 'lib/']\ntree = '{digest_of_tree}'\n",
        Digest::of(&archive),
        Digest::of(b"module"),
        Digest::of(&tree),
        tree.len(),
    );
    (Pinned::parse(&text).unwrap(), archive, tempfile::tempdir().unwrap())
}

pub(super) fn installed(
    pinned: &Pinned,
    store: &TempDir,
    client: &dyn PackageClient,
) -> Result<Toolchain, ProvisionError> {
    install(pinned, store.path(), client, &Silent, |_, _| Ok(Vec::new()))
}

pub(super) fn is_missing(pinned: &Pinned, store: &TempDir) -> bool {
    matches!(state(pinned, store.path()), State::Missing)
}

/// All names under the lane's folder but the lock.
pub(super) fn left(store: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(store.path().join("x")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "lock").collect()
}

#[test]
fn a_wrong_archive_is_refused_and_leaves_nothing() {
    let (pinned, mut archive, store) = example();
    archive.push(0);
    let got = Digest::of(&archive);
    match installed(&pinned, &store, &Shelf::new(archive)) {
        Err(ProvisionError::WrongHash { expected, got: said, .. }) => {
            assert_eq!((expected, said), (pinned.package().sha256, got));
        }
        other => panic!("{other:?}"),
    }
    assert!(is_missing(&pinned, &store));
    assert!(left(&store).is_empty());
}

#[test]
fn a_wrong_file_in_a_right_archive_is_refused() {
    let (mut pinned, archive, store) = example();
    pinned.sources[0].files[0].sha256 = Digest::of(b"another");
    let error = installed(&pinned, &store, &Shelf::new(archive.clone())).unwrap_err();
    assert!(error.to_string().contains("package/m.wasm"), "{error}");

    let (mut pinned, _, _) = example();
    pinned.sources[0].files[1].tree = Some(Digest::of(b"another"));
    let error = installed(&pinned, &store, &Shelf::new(archive.clone())).unwrap_err();
    assert!(matches!(error, ProvisionError::WrongHash { .. }));

    let (mut pinned, _, _) = example();
    pinned.sources[0].files[1].path = "package/absent".into();
    let error = installed(&pinned, &store, &Shelf::new(archive)).unwrap_err();
    assert!(matches!(error, ProvisionError::MissingFile { .. }));
    assert!(is_missing(&pinned, &store));
}

#[test]
fn only_pinned_files_are_unpacked_for_this_user_alone() {
    let (pinned, archive, store) = example();
    let toolchain = installed(&pinned, &store, &Shelf::new(archive)).unwrap();
    assert_eq!(fs::read(toolchain.path("m.wasm")).unwrap(), b"module");
    assert_eq!(fs::read(toolchain.path("root/lib/b.a")).unwrap(), b"b");
    assert!(!toolchain.path("root/include/cuda.h").exists());
    assert!(!toolchain.path("root.tar").exists() && !toolchain.path("install.sh").exists());
    for folder in [store.path().join("x"), toolchain.folder.clone(), toolchain.path("root/lib")] {
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
    }
    assert_eq!(left(&store).len(), 1, "the archive is gone");
}

#[test]
fn once_installed_nothing_is_fetched() {
    let (pinned, archive, store) = example();
    installed(&pinned, &store, &Shelf::new(archive)).unwrap();
    assert!(installed(&pinned, &store, &Offline).is_ok());
    assert!(verify(&pinned, store.path()).is_ok());
}

#[test]
fn a_half_downloaded_archive_is_fetched_again_and_a_whole_one_is_not() {
    let (pinned, archive, store) = example();
    let kept = store.path().join("x").join(format!("{}.archive", pinned.package().sha256));
    fs::create_dir(store.path().join("x")).unwrap();
    fs::write(&kept, &archive[..archive.len() / 2]).unwrap();
    let shelf = Shelf::new(archive.clone());
    installed(&pinned, &store, &shelf).unwrap();
    assert_eq!(shelf.fetched(), 1);

    let (pinned, archive, store) = example();
    fs::create_dir(store.path().join("x")).unwrap();
    fs::write(
        store.path().join("x").join(format!("{}.archive", pinned.package().sha256)),
        &archive,
    )
    .unwrap();
    assert!(installed(&pinned, &store, &Offline).is_ok());
}

#[test]
fn what_a_killed_installer_left_is_removed() {
    let (pinned, archive, store) = example();
    let unfinished = store.path().join("x/.new-abc");
    fs::create_dir_all(unfinished.join("root")).unwrap();
    fs::write(unfinished.join("m.wasm"), b"half").unwrap();
    assert!(is_missing(&pinned, &store));
    installed(&pinned, &store, &Shelf::new(archive)).unwrap();
    assert!(!unfinished.exists());
}

#[test]
fn of_two_installers_one_fetches_and_both_end_well() {
    let (pinned, archive, store) = example();
    let shelf = Shelf::new(archive);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| installed(&pinned, &store, &shelf).unwrap());
        }
    });
    assert_eq!(shelf.fetched(), 1);
}

#[test]
fn damage_is_seen_and_an_installation_repairs_it() {
    let (pinned, archive, store) = example();
    let shelf = Shelf::new(archive);
    let folder = installed(&pinned, &store, &shelf).unwrap().folder;

    fs::write(folder.join("m.wasm"), b"moduLe").unwrap();
    assert!(matches!(verify(&pinned, store.path()), Err(ProvisionError::Damaged { .. })));
    fs::write(folder.join("m.wasm"), b"mod").unwrap();
    assert!(matches!(state(&pinned, store.path()), State::Damaged { .. }));
    installed(&pinned, &store, &shelf).unwrap();
    assert!(verify(&pinned, store.path()).is_ok());

    fs::write(folder.join("root/include/more.h"), b"").unwrap();
    assert!(matches!(verify(&pinned, store.path()), Err(ProvisionError::Damaged { .. })));
}

fn source(archive: &[u8]) -> Package {
    let (name, version) = ("x".to_owned(), "1.0.0".to_owned());
    let (sha256, registry) = (Digest::of(archive), Registry::Cargo);
    Package { registry, name, version, sha256, bytes: None, platform: None }
}

#[test]
fn a_source_package_is_unpacked_once_without_its_top_folder() {
    let archive = gzip(&tar(&[("x-1.0.0/src/a.c", b"int a;"), ("x-1.0.0/build.rs", b"")]));
    let store = tempfile::tempdir().unwrap();
    let package = source(&archive);
    let folder = fetch_source(&package, store.path(), &Shelf::new(archive), &Silent).unwrap();
    assert_eq!(fs::read(folder.join("src/a.c")).unwrap(), b"int a;");
    assert_eq!(fetch_source(&package, store.path(), &Offline, &Silent).unwrap(), folder);
}

#[test]
fn a_decompression_bomb_is_refused() {
    let archive = gzip(&tar(&[("x-1.0.0/zeros", &vec![0; 8 << 20])]));
    let store = tempfile::tempdir().unwrap();
    let package = source(&archive);
    let error = fetch_source(&package, store.path(), &Shelf::new(archive), &Silent).unwrap_err();
    assert!(
        matches!(error, ProvisionError::Unpack { source: UnpackError::TooLarge { .. }, .. }),
        "{error}"
    );
    assert!(!store.path().join("source").join(package.sha256.to_string()).exists());
}

#[test]
fn a_source_with_other_bytes_is_refused() {
    let archive = gzip(&tar(&[("x-1.0.0/a.c", b"")]));
    let store = tempfile::tempdir().unwrap();
    let package = source(b"other bytes");
    let error = fetch_source(&package, store.path(), &Shelf::new(archive), &Silent).unwrap_err();
    assert!(matches!(error, ProvisionError::WrongHash { .. }));
}

#[test]
fn what_a_lane_derives_is_recorded_and_what_it_only_needed_for_that_is_gone() {
    let (mut pinned, archive, store) = example();
    pinned.sources[0].files[1].temporary = true;
    let derive = |folder: &Path, _: &Path| {
        let from = fs::read(folder.join("root/lib/b.a"))?;
        fs::write(folder.join("made.wasm"), [from, b"!".to_vec()].concat())?;
        fs::create_dir(folder.join("more"))?;
        fs::write(folder.join("more/file"), b"x")?;
        Ok(vec!["made.wasm".to_owned(), "more".to_owned()])
    };
    let shelf = Shelf::new(archive);
    let toolchain = install(&pinned, store.path(), &shelf, &Silent, derive).unwrap();
    assert_eq!(toolchain.module("made.wasm").unwrap().sha256, Digest::of(b"b!"));
    assert!(!toolchain.path("root").exists());
    assert!(verify(&pinned, store.path()).is_ok());

    fs::write(toolchain.path("made.wasm"), b"b?").unwrap();
    assert!(matches!(verify(&pinned, store.path()), Err(ProvisionError::Damaged { .. })));
    fs::remove_file(toolchain.path("made.wasm")).unwrap();
    assert!(matches!(state(&pinned, store.path()), State::Damaged { .. }));
}

#[test]
fn a_lane_that_cannot_derive_leaves_nothing_but_the_checked_archive() {
    let (pinned, archive, store) = example();
    let fails = |_: &Path, _: &Path| Err(io::Error::other("it fails").into());
    let error = install(&pinned, store.path(), &Shelf::new(archive), &Silent, fails).unwrap_err();
    assert!(matches!(error, ProvisionError::Derive { .. }), "{error:?}");
    assert!(is_missing(&pinned, &store));
    assert_eq!(left(&store), [format!("{}.archive", pinned.package().sha256)]);
    assert!(installed(&pinned, &store, &Offline).is_ok());
}
