//! Claims about removing a compiler, about what two share, and about what comes from a folder.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use super::{
    install_tests::{Offline, Shelf, example, installed, is_missing, left},
    *,
};
use crate::toolchain::Pinned;
use workbooks_host::provenance::Digest;

fn blobs(store: &Path) -> usize {
    fs::read_dir(store.join("blobs")).unwrap().count()
}

/// Another version of the example, with the same module in it.
fn next(pinned: &Pinned) -> Pinned {
    let mut next = pinned.clone();
    next.sources[0].package.version = "1.0.1".to_owned();
    next.made_by(["another"])
}

#[test]
fn what_two_versions_have_is_stored_once_and_stays_while_one_uses_it() {
    let (one, archive, store) = example();
    let (two, shelf) = (next(&one), Shelf::new(archive));
    let first = installed(&one, &store, &shelf).unwrap();
    let second = installed(&two, &store, &shelf).unwrap();
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    assert_eq!(inode(&first.path("m.wasm")), inode(&second.path("m.wasm")));
    assert_eq!(blobs(store.path()), 1);

    assert_eq!(remove(&one, store.path(), &Silent).unwrap(), Some(vec![]));
    assert!(is_missing(&one, &store) && verify(&two, store.path()).is_ok());
    let module = Digest::of(b"module");
    assert_eq!(remove(&two, store.path(), &Silent).unwrap(), Some(vec![module]));
    assert_eq!((blobs(store.path()), left(&store).len()), (0, 0));
    assert_eq!(remove(&two, store.path(), &Silent).unwrap(), None);
}

#[test]
fn a_sweep_leaves_the_version_that_is_named_and_what_it_shares() {
    let (one, archive, store) = example();
    let (two, shelf) = (next(&one), Shelf::new(archive));
    installed(&one, &store, &shelf).unwrap();
    assert!(sweep::others(&one, store.path()).is_empty());
    installed(&two, &store, &shelf).unwrap();
    let others = sweep::others(&two, store.path());
    assert_eq!(others, [one.folder(store.path())]);
    assert_eq!(sweep::sweep(&two, store.path(), &Silent).unwrap(), []);
    assert!(is_missing(&one, &store) && verify(&two, store.path()).is_ok());
    // Where none is installed, all that are here are others.
    let third = next(&two).made_by(["third"]);
    assert_eq!(sweep::sweep(&third, store.path(), &Silent).unwrap(), [Digest::of(b"module")]);
    assert_eq!((blobs(store.path()), left(&store).len()), (0, 0));
}

#[test]
fn damage_that_no_look_tells_is_found_and_repaired() {
    let (pinned, archive, store) = example();
    let shelf = Shelf::new(archive);
    let toolchain = installed(&pinned, &store, &shelf).unwrap();
    assert_eq!(condemn(&pinned, store.path(), &Silent).unwrap(), None);
    fs::write(toolchain.path("m.wasm"), b"moduLe").unwrap();
    assert!(matches!(state(&pinned, store.path()), State::Installed(_)));
    assert_eq!(condemn(&pinned, store.path(), &Silent).unwrap().as_deref(), Some("m.wasm"));
    assert!(matches!(state(&pinned, store.path()), State::Damaged { .. }));
    installed(&pinned, &store, &shelf).unwrap();
    assert!(verify(&pinned, store.path()).is_ok());
    assert_eq!(fs::read(toolchain.path("m.wasm")).unwrap(), b"module");
}

#[test]
fn a_damaged_compiler_can_be_removed() {
    let (pinned, archive, store) = example();
    let toolchain = installed(&pinned, &store, &Shelf::new(archive)).unwrap();
    fs::remove_file(toolchain.path("installed")).unwrap();
    assert!(remove(&pinned, store.path(), &Silent).unwrap().is_some());
    assert!(is_missing(&pinned, &store));
}

#[test]
fn from_a_folder_no_client_is_asked() {
    let (pinned, archive, store) = example();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x-1.0.0.tgz"), &archive).unwrap();
    // What would ask a client fails.
    let client = FromFolder::new(folder.path(), &Offline);
    installed(&pinned, &store, &client).unwrap();
    assert!(folder.path().join("x-1.0.0.tgz").exists(), "the person's own file stays");

    let (pinned, archive, store) = example();
    fs::write(folder.path().join("x-1.0.0.tgz"), [archive, vec![0]].concat()).unwrap();
    let error = installed(&pinned, &store, &client).unwrap_err();
    assert!(matches!(error, ProvisionError::WrongHash { .. }), "{error}");
    assert!(is_missing(&pinned, &store));
}

#[test]
fn a_store_that_cannot_be_written_is_said_by_its_place() {
    let (pinned, archive, store) = example();
    let file = store.path().join("file");
    fs::write(&file, "").unwrap();
    let error = super::install(&pinned, &file, &Shelf::new(archive), &Silent, |_, _| Ok(vec![]));
    let error = error.unwrap_err();
    let shown = error.to_string();
    assert!(matches!(error, ProvisionError::Io { .. }) && shown.contains("file"), "{shown}");
}

#[test]
fn what_an_interrupted_installation_kept_goes_with_a_removal_or_the_next_installation() {
    let (pinned, archive, store) = example();
    assert_eq!(remove(&pinned, store.path(), &Silent).unwrap(), None);
    assert!(!store.path().join("x").exists(), "a removal makes no folder");
    let keep = || {
        fs::create_dir_all(store.path().join("x")).unwrap();
        for digest in [pinned.package().sha256, Digest::of(b"of an older program")] {
            fs::write(store.path().join(format!("x/{digest}.archive")), &archive).unwrap();
        }
    };
    keep();
    assert_eq!(remove(&pinned, store.path(), &Silent).unwrap(), None);
    assert!(left(&store).is_empty());
    keep();
    let toolchain = installed(&pinned, &store, &Offline).unwrap();
    assert_eq!(left(&store), [toolchain.folder.file_name().unwrap().to_str().unwrap()]);
}
