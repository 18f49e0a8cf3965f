//! What an installed compiler says of itself: which pins it has, and what was derived from them.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
};

use super::error::{At as _, ProvisionError};
use crate::toolchain::Pinned;
use workbooks_host::provenance::Digest;

/// The file that is written last: its presence means that all the rest is there.
pub(super) const NAME: &str = "installed";

/// Writes the digest of the pins, and one line for each file and folder that was derived, as
/// `sha256sum` prints them; through to the disk.
pub(super) fn write(
    pinned: &Pinned,
    folder: &Path,
    derived: &BTreeMap<String, Digest>,
) -> Result<(), ProvisionError> {
    let mut text = format!("{}\n", pinned.digest);
    for (name, digest) in derived {
        text.push_str(&format!("{digest}  {name}\n"));
    }
    let path = folder.join(NAME);
    fs::write(&path, text).at(&path)?;
    File::open(&path).and_then(|file| file.sync_all()).at(&path)
}

/// What was derived, unless the record is missing, broken or of other pins.
pub(super) fn read(pinned: &Pinned, folder: &Path) -> Option<BTreeMap<String, Digest>> {
    let text = fs::read_to_string(folder.join(NAME)).ok()?;
    let mut lines = text.lines();
    if lines.next()? != pinned.digest.to_string() {
        return None;
    }
    lines
        .map(|line| {
            let (digest, name) = line.split_once("  ")?;
            Some((name.to_owned(), digest.parse().ok()?))
        })
        .collect()
}
