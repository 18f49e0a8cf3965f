//! Removing a lane's compiler, and only what no other compiler uses.

use std::{fs, path::Path};

use super::{
    blobs,
    error::{At as _, ProvisionError},
    install::{State, state},
    progress::Progress,
    record,
    store::Locked,
};
use crate::toolchain::{Pinned, Role};
use workbooks_host::provenance::Digest;

/// Removes the compiler of `pinned` from `store`, whole or damaged, and gives the digests of those
/// of its files that no other compiler has; none if it was not there. Other versions of the lane
/// stay.
///
/// # Errors
/// [`ProvisionError::Io`].
pub fn remove(
    pinned: &Pinned,
    store: &Path,
    progress: &dyn Progress,
) -> Result<Option<Vec<Digest>>, ProvisionError> {
    let folder = pinned.folder(store);
    if !folder.exists() {
        return Ok(None);
    }
    let locked = Locked::enter(&store.join(&pinned.lane), progress)?;
    let pins = pinned.files().filter(|file| matches!(file.role, Role::Module | Role::File));
    let mut digests: Vec<_> = pins.map(|file| file.sha256).collect();
    digests.extend(record::read(pinned, &folder).unwrap_or_default().derived.into_values());
    // Renamed first: a reader never sees half of it.
    let old = locked.fresh()?;
    fs::rename(&folder, old.path().join("old")).at(&folder)?;
    drop(old);
    let mut free = Vec::new();
    for digest in digests {
        if blobs::release(store, digest)? {
            free.push(digest);
        }
    }
    Ok(Some(free))
}

/// Has the compiler of `pinned` taken for damaged if it is, so that an installation repairs it.
/// Gives the first difference.
///
/// # Errors
/// [`ProvisionError::Io`].
pub(crate) fn condemn(
    pinned: &Pinned,
    store: &Path,
    progress: &dyn Progress,
) -> Result<Option<String>, ProvisionError> {
    if !matches!(state(pinned, store), State::Installed(_)) {
        return Ok(None);
    }
    match super::verify(pinned, store) {
        Ok(_) | Err(ProvisionError::Missing { .. }) => Ok(None),
        Err(ProvisionError::Damaged { what, .. }) => {
            let _locked = Locked::enter(&store.join(&pinned.lane), progress)?;
            let record = pinned.folder(store).join(record::NAME);
            fs::remove_file(&record).at(&record)?;
            Ok(Some(what))
        }
        Err(other) => Err(other),
    }
}
