//! What is stored comes back as it was, or not at all.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::sync::Barrier;

use super::*;
use crate::provenance::{Files, SigningKey, Statement};

fn signed(seed: u8, main: &[u8]) -> Package {
    let mut files = Files::default();
    files.insert("manifest.org", b"#+TOOLKIT: t".to_vec()).unwrap();
    files.insert("src/main.c", main.to_vec()).unwrap();
    let key = SigningKey::of(&[seed; 32]);
    let issued = "2026-11-21T12:00:00Z".parse().unwrap();
    let statement = Statement::of(&files, "t", &semver::Version::new(1, 0, 0), &key, issued);
    Package { files, envelope: Some(statement.sign(&key)) }
}

struct Stored {
    _folder: tempfile::TempDir,
    store: Store,
    package: Package,
    tree: Digest,
    envelope: Digest,
}

impl Stored {
    fn get(&self) -> Result<Option<Package>, StoreError> {
        self.store.get(&self.tree, &self.envelope)
    }

    fn path(&self) -> PathBuf {
        self.store.path(&self.tree, &self.envelope)
    }
}

fn stored() -> Stored {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("home/store"));
    let package = signed(7, b"int main;");
    let tree = store.put(&package).unwrap();
    let envelope = package.envelope_digest().unwrap();
    Stored { _folder: folder, store, package, tree, envelope }
}

#[test]
fn what_nobody_signed_is_not_stored() {
    let stored = stored();
    let unsigned = Package { envelope: None, ..stored.package.clone() };
    assert!(matches!(stored.store.put(&unsigned), Err(StoreError::Unsigned)));
}

#[test]
fn no_changed_byte_of_a_file_comes_back() {
    let stored = stored();
    let whole = fs::read(stored.path()).unwrap();
    for at in (0..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(stored.path(), changed).unwrap();
        // A byte that means nothing, of a header's spare room, say, may be another.
        match stored.get() {
            Ok(package) => assert_eq!(package.as_ref(), Some(&stored.package), "{at}"),
            Err(error) => assert!(matches!(error, StoreError::Damaged { .. }), "{at} {error}"),
        }
    }
    fs::write(stored.path(), &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(stored.get(), Err(StoreError::Damaged { .. })));
}

#[test]
fn another_package_under_its_name_does_not_come_back() {
    let stored = stored();
    for other in [signed(7, b"int evil;"), signed(8, b"int main;")] {
        fs::write(stored.path(), write_tar(&other)).unwrap();
        assert!(matches!(stored.get(), Err(StoreError::Damaged { .. })));
    }
}

#[test]
fn what_is_damaged_can_be_stored_again() {
    let stored = stored();
    fs::write(stored.path(), b"").unwrap();
    assert!(stored.get().is_err());
    assert_eq!(stored.store.put(&stored.package).unwrap(), stored.tree);
    assert_eq!(stored.get().unwrap(), Some(stored.package));
}

#[test]
fn what_others_may_write_or_a_link_is_not_read() {
    let stored = stored();
    let not_private = |stored: &Stored| {
        assert!(matches!(stored.get(), Err(StoreError::NotPrivate { .. })));
    };
    fs::set_permissions(stored.path(), fs::Permissions::from_mode(0o666)).unwrap();
    not_private(&stored);
    fs::set_permissions(stored.path(), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(stored.get().is_ok());
    let elsewhere = stored.store.folder.join("elsewhere");
    fs::rename(stored.path(), &elsewhere).unwrap();
    symlink(&elsewhere, stored.path()).unwrap();
    not_private(&stored);
    fs::set_permissions(&stored.store.folder, fs::Permissions::from_mode(0o755)).unwrap();
    not_private(&stored);
    let put = stored.store.put(&stored.package);
    assert!(matches!(put, Err(StoreError::NotPrivate { .. })));
}

#[test]
fn files_are_the_users_alone() {
    let stored = stored();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&stored.path()), 0o600);
    assert_eq!(mode(&stored.store.folder), 0o700);
}

#[test]
fn what_an_interrupted_one_left_is_no_entry_and_goes_with_the_next() {
    let stored = stored();
    let left = stored.store.folder.join(".new-left");
    fs::write(&left, b"half").unwrap();
    assert_eq!(stored.store.list().unwrap(), [(stored.tree, stored.envelope)]);
    stored.store.put(&signed(8, b"int main;")).unwrap();
    assert!(!left.exists());
    assert_eq!(stored.store.list().unwrap().len(), 2);
}

#[test]
fn of_two_who_sign_the_same_files_neither_takes_the_others_place() {
    let stored = stored();
    let other = signed(8, b"int main;");
    assert_eq!(stored.store.put(&other).unwrap(), stored.tree);
    assert_eq!(stored.get().unwrap(), Some(stored.package));
    let envelope = other.envelope_digest().unwrap();
    assert_eq!(stored.store.get(&stored.tree, &envelope).unwrap(), Some(other));
}

#[test]
fn many_who_store_at_once_leave_whole_entries() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("store"));
    let together = Barrier::new(4);
    std::thread::scope(|scope| {
        for seed in [7, 7, 8, 8] {
            let (store, together) = (&store, &together);
            scope.spawn(move || {
                let package = signed(seed, b"int main;");
                together.wait();
                let tree = store.put(&package).unwrap();
                let envelope = package.envelope_digest().unwrap();
                assert_eq!(store.get(&tree, &envelope).unwrap(), Some(package));
            });
        }
    });
    assert_eq!(store.list().unwrap().len(), 2);
}

#[test]
fn what_is_removed_is_gone() {
    let stored = stored();
    assert!(stored.store.remove(&stored.tree, &stored.envelope).unwrap());
    assert!(!stored.store.remove(&stored.tree, &stored.envelope).unwrap());
    assert_eq!(stored.get().unwrap(), None);
    let none = Store::new(stored.store.folder.join("none"));
    assert!(none.list().unwrap().is_empty());
    assert!(!none.remove(&stored.tree, &stored.envelope).unwrap());
    assert!(!none.folder.exists());
}
