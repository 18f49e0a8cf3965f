//! Publishing to a folder: blobs first, the index last, each whole or not at all. What is
//! interrupted leaves blobs that nothing names.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Directory, Fetch, path_of, version_of};
use crate::provenance::Digest;
use crate::registry::artifact::{Artifact, Part};
use crate::registry::image::{Index, MANIFEST_BYTES};
use crate::registry::{Package, RegistryError};
use crate::toolkit::{quoted, slug};

/// How unfinished files begin.
const NEW: &str = ".new-";
/// Whoever holds it publishes.
const LOCK: &str = ".lock";
const BLOBS: &str = "blobs/sha256";
const INDEX: &str = "index";

/// Publishes a package. `before` is told of each file ahead of its being put in its place, and may
/// fail instead.
pub(super) fn publish<F: Fetch>(
    registry: &Directory<F>,
    package: &Package,
    before: &mut dyn FnMut(&Path) -> io::Result<()>,
) -> Result<Digest, RegistryError> {
    let name = registry.files.name();
    let refuse = |why: String| RegistryError::Unpublishable { why };
    let Some(folder) = registry.files.folder() else {
        return Err(refuse(format!("{name} can only be read: publish to the folder behind it")));
    };
    let artifact = Artifact::of(package)?;
    slug(&artifact.toolkit).map_err(|invalid| refuse(invalid.to_string()))?;
    for part in [&artifact.component, &artifact.referrer] {
        version_of(&part.descriptor).map_err(refuse)?;
    }

    let failed = |why: io::Error| RegistryError::Unavailable {
        registry: name.clone(),
        why: why.to_string(),
    };
    let _turn = turn(folder).map_err(failed)?;
    let (mut index, listed) = match registry.index(&artifact.toolkit)? {
        Some((index, mut listed)) => (index, listed.remove(&artifact.version)),
        None => (Index::new(Vec::new()), None),
    };
    let same = listed.as_ref().is_some_and(|listed| {
        listed.component.is(&artifact.component.descriptor)
            && listed.referrer.is(&artifact.referrer.descriptor)
    });
    if listed.is_some() && !same {
        let what = format!("{} {}", quoted(&artifact.toolkit), artifact.version);
        return Err(RegistryError::Exists { registry: name, what });
    }

    let manifests = [&artifact.component, &artifact.referrer];
    for part in artifact.blobs.iter().chain(manifests) {
        put_blob(folder, part, before).map_err(failed)?;
    }
    sync(&folder.join(BLOBS)).map_err(failed)?;
    if !same {
        index.manifests.extend(manifests.map(|part| part.descriptor.clone()));
        let bytes = index.write();
        if bytes.len() > MANIFEST_BYTES {
            return Err(refuse("its versions are more than an index can list".to_owned()));
        }
        let path = folder.join(INDEX).join(format!("{}.json", artifact.toolkit));
        put(&path, &bytes, before).map_err(failed)?;
        sync(&folder.join(INDEX)).map_err(failed)?;
    }
    Ok(artifact.component.descriptor.digest)
}

/// Makes the folders, waits until nobody else publishes, and removes what one who was interrupted
/// has left.
fn turn(folder: &Path) -> io::Result<File> {
    let within = [folder.join(BLOBS), folder.join(INDEX)];
    for folder in &within {
        DirBuilder::new().recursive(true).create(folder)?;
    }
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(folder.join(LOCK))?;
    file.lock()?;
    for folder in &within {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(NEW.as_bytes()) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(file)
}

/// Writes a blob, unless it is there and whole.
fn put_blob(
    folder: &Path,
    part: &Part,
    before: &mut dyn FnMut(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let path = folder.join(path_of(&part.descriptor.digest));
    let whole = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file())
        && fs::read(&path).is_ok_and(|bytes| bytes == part.bytes);
    if whole { Ok(()) } else { put(&path, &part.bytes, before) }
}

fn put(
    path: &Path,
    bytes: &[u8],
    before: &mut dyn FnMut(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().expect("it lies in a folder of the registry");
    // Everybody may read: a web server is another user.
    let mut file = tempfile::Builder::new()
        .prefix(NEW)
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    before(path)?;
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
