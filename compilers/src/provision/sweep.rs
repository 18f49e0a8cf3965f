//! Versions of a lane that this program does not name: those of older programs, and of newer ones.

use std::{
    collections::HashMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{
    blobs,
    error::{At as _, ProvisionError},
    progress::Progress,
    store::Locked,
};
use crate::toolchain::Pinned;
use workbooks_host::provenance::Digest;

/// The folders of the other versions of the lane of `pinned`, in order of their names.
pub(crate) fn others(pinned: &Pinned, store: &Path) -> Vec<PathBuf> {
    let own = pinned.folder(store);
    let entries = fs::read_dir(store.join(&pinned.lane)).into_iter().flatten().flatten();
    let mut others: Vec<_> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .filter(|path| *path != own && is_version(path))
        .collect();
    others.sort();
    others
}

/// `<version>-<digest8>`, as an installation calls it: nothing else is ours to remove.
fn is_version(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.rsplit_once('-')).is_some_and(|(version, digest)| {
        !version.is_empty()
            && !version.starts_with('.')
            && digest.len() == 8
            && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Bytes on disk that go with these folders together: what others are linked to stays, but for
/// the blob, which goes with its last user.
pub(crate) fn own_bytes(folders: &[PathBuf]) -> u64 {
    let mut files: HashMap<(u64, u64), (u64, u64)> = HashMap::new();
    let mut left = folders.to_vec();
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => left.push(entry.path()),
                Ok(found) => {
                    let bytes = found.blocks() * 512;
                    let file = files.entry((found.dev(), found.ino()));
                    file.or_insert((bytes, found.nlink())).1 -= 1;
                }
                Err(_) => {}
            }
        }
    }
    files.into_values().filter(|(_, others)| *others <= 1).map(|(bytes, _)| bytes).sum()
}

/// Removes the other versions of the lane of `pinned`, and gives the digests of the files that
/// nobody has any longer.
///
/// # Errors
/// [`ProvisionError::Io`].
pub(crate) fn sweep(
    pinned: &Pinned,
    store: &Path,
    progress: &dyn Progress,
) -> Result<Vec<Digest>, ProvisionError> {
    if others(pinned, store).is_empty() {
        return Ok(Vec::new());
    }
    let locked = Locked::enter(&store.join(&pinned.lane), progress)?;
    for folder in others(pinned, store) {
        // Renamed first: a reader never sees half of it.
        let old = locked.fresh()?;
        fs::rename(&folder, old.path().join("old")).at(&folder)?;
    }
    blobs::release_all(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_installation_named_is_a_version() {
        for name in ["1.0.0-0123abcd", "22.0.0-git20542-10-4a146dcb"] {
            assert!(is_version(Path::new(name)), "{name}");
        }
        for name in ["lock", ".new-0123abcd", "mine", "1.0.0-0123abc", "-0123abcd", "1-0123abcx"] {
            assert!(!is_version(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_file_that_somebody_else_has_too_is_not_counted() {
        let place = tempfile::tempdir().unwrap();
        let folders = ["a", "b", "c"].map(|name| place.path().join(name));
        for folder in &folders {
            fs::create_dir(folder).unwrap();
        }
        let file = folders[0].join("file");
        fs::write(&file, vec![1; 100_000]).unwrap();
        let whole = own_bytes(&folders[..1]);
        assert!(whole >= 100_000);
        // The blob, then another old version, then one that stays.
        fs::hard_link(&file, place.path().join("blob")).unwrap();
        assert_eq!(own_bytes(&folders[..1]), whole);
        fs::hard_link(&file, folders[1].join("file")).unwrap();
        assert_eq!(own_bytes(&folders[..2]), whole);
        fs::hard_link(&file, folders[2].join("file")).unwrap();
        assert_eq!(own_bytes(&folders[..2]), 0);
    }
}
