//! Installing, checking and looking up a pinned compiler, and fetching a source package.

use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;

use super::{
    client::PackageClient,
    error::{At as _, ProvisionError},
    progress::{Progress, Stage},
    store::Locked,
    unpack::{Caps, private_folder, unpack},
};
use crate::{
    digest::Digest,
    toolchain::{Package, Pinned, PinnedFile, Role, Toolchain},
};

/// The file that is written last: its presence means that all the rest is there.
const INSTALLED: &str = "installed";

/// How a lane's compiler stands on this machine, as far as a look tells; [`verify`] tells more.
#[derive(Clone, Debug)]
pub enum State {
    /// It is there.
    Installed(Box<Toolchain>),
    /// It was never installed, or another version was.
    Missing,
    /// It was installed and is no longer whole.
    Damaged {
        /// The first difference.
        what: String,
    },
}

/// Looks whether `pinned` is installed under `store`, by names and sizes. Reads no file but one,
/// and needs no network.
pub fn state(pinned: &Pinned, store: &Path) -> State {
    let folder = pinned.folder(store);
    if !folder.exists() {
        return State::Missing;
    }
    let damaged = |what: &str| State::Damaged { what: what.to_owned() };
    match fs::read_to_string(folder.join(INSTALLED)) {
        Ok(text) if text == pinned.digest.to_string() => {}
        _ => return damaged(INSTALLED),
    }
    for file in &pinned.files {
        let right =
            fs::symlink_metadata(folder.join(&file.name)).is_ok_and(|meta| match file.role {
                Role::Module => meta.is_file() && meta.len() == file.bytes,
                Role::Tree => meta.is_dir(),
            });
        if !right {
            return damaged(&file.name);
        }
    }
    State::Installed(Box::new(toolchain(pinned, folder)))
}

/// Reads every installed file again and compares it with its pin.
///
/// # Errors
/// [`ProvisionError::Missing`], [`ProvisionError::Damaged`] with the first difference, or
/// [`ProvisionError::Io`].
pub fn verify(pinned: &Pinned, store: &Path) -> Result<Toolchain, ProvisionError> {
    let lane = || pinned.lane.clone();
    let toolchain = match state(pinned, store) {
        State::Missing => return Err(ProvisionError::Missing { lane: lane() }),
        State::Damaged { what } => return Err(ProvisionError::Damaged { lane: lane(), what }),
        State::Installed(toolchain) => *toolchain,
    };
    for file in &pinned.files {
        let path = toolchain.path(&file.name);
        let (got, expected) = match file.role {
            Role::Module => (Digest::of_file(&path).at(&path)?, Some(file.sha256)),
            Role::Tree => (digest_of_tree(&path)?, file.tree),
        };
        if Some(got) != expected {
            return Err(ProvisionError::Damaged { lane: lane(), what: file.name.clone() });
        }
    }
    Ok(toolchain)
}

/// Installs `pinned` under `store`, or finds it installed.
///
/// It can be killed at any moment and run again: nothing half installed is ever seen, and a
/// checked archive is not fetched twice. Two at once are safe; the second waits and finds it
/// done. Afterwards no network is needed.
///
/// # Errors
/// See [`ProvisionError`]. After an error nothing is installed.
pub fn install(
    pinned: &Pinned,
    store: &Path,
    client: &dyn PackageClient,
    progress: &dyn Progress,
) -> Result<Toolchain, ProvisionError> {
    if let State::Installed(toolchain) = state(pinned, store) {
        return Ok(*toolchain);
    }
    let locked = Locked::enter(&store.join(&pinned.lane), progress)?;
    if let State::Installed(toolchain) = state(pinned, store) {
        return Ok(*toolchain);
    }
    let archive = locked.archive(&pinned.package, client, progress)?;
    let fresh = locked.fresh()?;
    progress.stage(&Stage::Unpacking { what: pinned.package.to_string() });
    unpack_pinned(pinned, &archive, fresh.path())?;
    let mark = fresh.path().join(INSTALLED);
    fs::write(&mark, pinned.digest.to_string()).at(&mark)?;
    File::open(&mark).and_then(|file| file.sync_all()).at(&mark)?;
    let folder = pinned.folder(store);
    locked.keep(fresh, &folder)?;
    fs::remove_file(&archive).at(&archive)?;
    Ok(toolchain(pinned, folder))
}

fn toolchain(pinned: &Pinned, folder: PathBuf) -> Toolchain {
    Toolchain { pinned: pinned.clone(), folder }
}

fn unpack_pinned(pinned: &Pinned, archive: &Path, into: &Path) -> Result<(), ProvisionError> {
    let package = pinned.package.to_string();
    let wanted = |path: &str| pinned.files.iter().find(|file| file.path == path);
    let total: u64 = pinned.files.iter().map(|file| file.bytes).sum();
    let caps = Caps { entries: 10_000, total, stream: total + (256 << 20) };
    let reader = GzDecoder::new(BufReader::new(File::open(archive).at(archive)?));
    let unpacked = unpack(reader, into, caps, |path| Some(staged(wanted(path)?)))
        .map_err(|error| ProvisionError::unpack(&package, error))?;
    for file in &pinned.files {
        let Some(got) = unpacked.iter().find(|entry| entry.path == file.path) else {
            return Err(ProvisionError::MissingFile { package, path: file.path.clone() });
        };
        expect(&file.path, file.sha256, got.digest)?;
        if file.role == Role::Tree {
            unpack_tree(file, into, &package)?;
        }
    }
    Ok(())
}

/// Where a file of the archive is written: a tree's own archive only until it is unpacked.
fn staged(file: &PinnedFile) -> PathBuf {
    match file.role {
        Role::Module => file.name.clone().into(),
        Role::Tree => format!("{}.tar", file.name).into(),
    }
}

fn unpack_tree(file: &PinnedFile, into: &Path, package: &str) -> Result<(), ProvisionError> {
    let tar = into.join(staged(file));
    let folder = into.join(&file.name);
    private_folder(&folder).at(&folder)?;
    let caps = Caps { entries: 10_000, total: file.bytes, stream: file.bytes };
    let reader = BufReader::new(File::open(&tar).at(&tar)?);
    let unpacked = unpack(reader, &folder, caps, |path| file.keeps(path).then(|| path.into()))
        .map_err(|error| ProvisionError::unpack(package, error))?;
    let got = Digest::of_files(unpacked.iter().map(|entry| (entry.path.as_str(), entry.digest)));
    fs::remove_file(&tar).at(&tar)?;
    expect(&file.name, file.tree.unwrap_or(file.sha256), got)
}

fn expect(what: &str, expected: Digest, got: Digest) -> Result<(), ProvisionError> {
    if got == expected {
        return Ok(());
    }
    Err(ProvisionError::WrongHash { what: what.to_owned(), expected, got })
}

/// The digest over every file under `root`, however it came there.
fn digest_of_tree(root: &Path) -> Result<Digest, ProvisionError> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).at(&folder)? {
            let entry = entry.at(&folder)?;
            let path = entry.path();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().at(&path)?.is_dir() {
                folders.push((path, format!("{name}/")));
            } else {
                files.push((name, Digest::of_file(&path).at(&path)?));
            }
        }
    }
    Ok(Digest::of_files(files.iter().map(|(path, digest)| (path.as_str(), *digest))))
}

/// The folder of a source package's files, fetched and unpacked if it is not under `store` yet.
/// The archive's single top folder (`name-version/`, `package/`) is left out of the paths.
///
/// No script of the package runs. At most 20,000 files and 256 MiB are unpacked.
///
/// # Errors
/// See [`ProvisionError`].
pub fn fetch_source(
    package: &Package,
    store: &Path,
    client: &dyn PackageClient,
    progress: &dyn Progress,
) -> Result<PathBuf, ProvisionError> {
    package.check()?;
    let shelf = store.join("source");
    let folder = shelf.join(package.sha256.to_string());
    if folder.exists() {
        return Ok(folder);
    }
    let locked = Locked::enter(&shelf, progress)?;
    if folder.exists() {
        return Ok(folder);
    }
    let archive = locked.archive(package, client, progress)?;
    let fresh = locked.fresh()?;
    progress.stage(&Stage::Unpacking { what: package.to_string() });
    let file = File::open(&archive).at(&archive)?;
    let caps = Caps::source(file.metadata().at(&archive)?.len());
    let reader = GzDecoder::new(BufReader::new(file));
    unpack(reader, fresh.path(), caps, |path| Some(path.split_once('/')?.1.into()))
        .map_err(|error| ProvisionError::unpack(&package.to_string(), error))?;
    locked.keep(fresh, &folder)?;
    fs::remove_file(&archive).at(&archive)?;
    Ok(folder)
}
