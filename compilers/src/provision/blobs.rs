//! Engines by content: the large files of compilers are hard links to `<store>/blobs/<sha256>`, so
//! that two lanes, or two versions of one, which have the same file store it once.
//!
//! Links count their users, so nothing else does, and nothing is locked: a blob without users may
//! go at any time, and who misses one links its own.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{
    error::{At as _, ProvisionError},
    unpack::private_folder,
};
use workbooks_host::provenance::Digest;

fn folder(store: &Path) -> PathBuf {
    store.join("blobs")
}

/// Makes the file at `path`, which has the digest `sha256`, one with the blob, or the blob of it.
/// Where files cannot be linked, it stays as it is.
pub(super) fn share(store: &Path, path: &Path, sha256: Digest) -> Result<(), ProvisionError> {
    let folder = folder(store);
    private_folder(&folder).at(&folder)?;
    let blob = folder.join(sha256.to_string());
    if Digest::of_file(&blob).is_ok_and(|got| got == sha256) {
        let linked = path.with_extension("linked");
        if fs::hard_link(&blob, &linked).is_ok() {
            fs::rename(&linked, path).at(path)?;
            // Of two names of one file, `rename` keeps both.
            drop(fs::remove_file(&linked));
        }
        return Ok(());
    }
    // Damaged ones are unlinked; what links to them is found damaged by whoever looks.
    drop(fs::remove_file(&blob));
    drop(fs::hard_link(path, &blob));
    Ok(())
}

/// Removes the blob with this digest if nothing is linked to it, and says whether nothing is.
pub(super) fn release(store: &Path, sha256: Digest) -> Result<bool, ProvisionError> {
    let blob = folder(store).join(sha256.to_string());
    let found = match fs::symlink_metadata(&blob) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(ProvisionError::io(&blob, error)),
    };
    if found.nlink() > 1 {
        return Ok(false);
    }
    fs::remove_file(&blob).at(&blob)?;
    Ok(true)
}

/// Removes every blob that nothing is linked to, and gives their digests.
pub(super) fn release_all(store: &Path) -> Result<Vec<Digest>, ProvisionError> {
    let names = fs::read_dir(folder(store)).into_iter().flatten().flatten();
    let all = names.filter_map(|entry| entry.file_name().to_str()?.parse::<Digest>().ok());
    let mut free = Vec::new();
    for digest in all {
        if release(store, digest)? {
            free.push(digest);
        }
    }
    Ok(free)
}
