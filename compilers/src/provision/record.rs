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

/// What a line begins with that names a package which was taken though another may stand for it.
const MADE_OF: &str = "made of ";

/// What was recorded besides the pins.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Files and folders that were derived.
    pub(super) derived: BTreeMap<String, Digest>,
    /// The packages that were taken, where there was a choice.
    pub(super) made_of: Vec<String>,
}

/// Writes the digest of the pins, the packages that were chosen, and one line for each file and
/// folder that was derived, as `sha256sum` prints them; through to the disk.
pub(super) fn write(pinned: &Pinned, folder: &Path, record: &Record) -> Result<(), ProvisionError> {
    let mut text = format!("{}\n", pinned.digest);
    for package in &record.made_of {
        text.push_str(&format!("{MADE_OF}{package}\n"));
    }
    for (name, digest) in &record.derived {
        text.push_str(&format!("{digest}  {name}\n"));
    }
    let path = folder.join(NAME);
    fs::write(&path, text).at(&path)?;
    File::open(&path).and_then(|file| file.sync_all()).at(&path)
}

/// The record, unless it is missing, broken or of other pins.
pub(super) fn read(pinned: &Pinned, folder: &Path) -> Option<Record> {
    let text = fs::read_to_string(folder.join(NAME)).ok()?;
    let mut lines = text.lines();
    if lines.next()? != pinned.digest.to_string() {
        return None;
    }
    let mut record = Record::default();
    for line in lines {
        if let Some(package) = line.strip_prefix(MADE_OF) {
            record.made_of.push(package.to_owned());
            continue;
        }
        let (name, digest) = derived(line)?;
        record.derived.insert(name.to_owned(), digest);
    }
    Some(record)
}

/// Whether the compiler in `folder`, of whatever pins, has a derived file of this digest. None if
/// there is no compiler.
pub(crate) fn derives(folder: &Path, sha256: Digest) -> Option<bool> {
    let text = fs::read_to_string(folder.join(NAME)).ok()?;
    Some(text.lines().filter_map(derived).any(|(_, digest)| digest == sha256))
}

fn derived(line: &str) -> Option<(&str, Digest)> {
    let (digest, name) = line.split_once("  ")?;
    Some((name, digest.parse().ok()?))
}
