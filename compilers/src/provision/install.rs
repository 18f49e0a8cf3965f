//! Installing, checking and looking up a pinned compiler, and fetching a source package.

use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;

use super::{
    blobs,
    client::PackageClient,
    error::{At as _, ProvisionError},
    progress::{Progress, Stage},
    record::{self, Record},
    store::Locked,
    unpack::{Caps, Unpacked, private_folder, unpack, unpack_zip},
};
use crate::{
    compile_error::CompileError,
    toolchain::{Package, Pinned, PinnedFile, PinnedSource, Registry, Role, Toolchain},
};
use workbooks_host::provenance::Digest;

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
    let Some(record) = record::read(pinned, &folder) else { return damaged(record::NAME) };
    for file in pinned.files() {
        let right =
            fs::symlink_metadata(folder.join(&file.name)).is_ok_and(|meta| match file.role {
                Role::Module | Role::File => meta.is_file() && meta.len() == file.bytes,
                Role::Tree | Role::Folder => meta.is_dir(),
            });
        if !right {
            return damaged(&file.name);
        }
    }
    if let Some(lost) = record.derived.keys().find(|name| !folder.join(name).exists()) {
        return damaged(lost);
    }
    State::Installed(Box::new(toolchain(pinned, folder, record)))
}

fn toolchain(pinned: &Pinned, folder: PathBuf, record: Record) -> Toolchain {
    let Record { derived, made_of } = record;
    Toolchain { pinned: pinned.clone(), folder, derived, made_of }
}

/// Reads every installed file again and compares it with its pin, or with what was recorded when
/// it was derived.
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
    let pins = pinned.files().map(|file| {
        let expected = if file.role == Role::Tree { file.tree } else { Some(file.sha256) };
        (&file.name, expected)
    });
    let derived = toolchain.derived.iter().map(|(name, digest)| (name, Some(*digest)));
    for (name, expected) in pins.chain(derived) {
        if Some(digest_of(&toolchain.path(name))?) != expected {
            return Err(ProvisionError::Damaged { lane: lane(), what: name.clone() });
        }
    }
    Ok(toolchain)
}

/// Installs `pinned` under `store`, or finds it installed.
///
/// `derive` makes what else belongs to it: it gets the folder with all pinned files and an empty
/// one for what it makes on the way, and names the files and folders that it put into the first.
///
/// It can be killed at any moment and run again: nothing half installed is ever seen, and an
/// archive that was fetched and checked is not fetched again; one that was under way is, from its
/// beginning. Of packages that may stand for one another, one that is here already is taken, else
/// the first that can be fetched. Two at once are safe; the second waits and finds it done.
/// Afterwards no network is needed.
///
/// # Errors
/// See [`ProvisionError`]. After an error nothing is installed.
pub fn install(
    pinned: &Pinned,
    store: &Path,
    client: &dyn PackageClient,
    progress: &dyn Progress,
    derive: impl FnOnce(&Path, &Path) -> Result<Vec<String>, CompileError>,
) -> Result<Toolchain, ProvisionError> {
    if let State::Installed(toolchain) = state(pinned, store) {
        return Ok(*toolchain);
    }
    let locked = Locked::enter(&store.join(&pinned.lane), progress)?;
    if let State::Installed(toolchain) = state(pinned, store) {
        return Ok(*toolchain);
    }
    progress.stage(&Stage::Installing { lane: pinned.lane.clone(), cost: pinned.cost });
    let fresh = locked.fresh()?;
    let mut record = Record::default();
    for ways in pinned.ways() {
        let packages: Vec<_> = ways.iter().map(|source| &source.package).collect();
        let (chosen, archive) = locked.archive_of(&packages, client, progress)?;
        let source = ways[chosen];
        progress.stage(&Stage::Unpacking { what: source.package.to_string() });
        unpack_pinned(source, &archive, fresh.path())?;
        if ways.len() > 1 {
            record.made_of.push(source.package.to_string());
        }
    }
    let scratch = locked.fresh()?;
    let names = derive(fresh.path(), scratch.path())
        .map_err(|why| ProvisionError::Derive { lane: pinned.lane.clone(), why: vec![why] })?;
    for file in pinned.sources.iter().flat_map(|source| &source.files).filter(|f| f.temporary) {
        remove(&fresh.path().join(&file.name))?;
    }
    for name in names {
        let digest = digest_of(&fresh.path().join(&name))?;
        record.derived.insert(name, digest);
    }
    let pins = pinned.files().filter(|file| matches!(file.role, Role::Module | Role::File));
    let pins = pins.map(|file| (&file.name, file.sha256));
    let derived = record.derived.iter().map(|(name, digest)| (name, *digest));
    for (name, digest) in pins.chain(derived) {
        let path = fresh.path().join(name);
        if path.is_file() {
            blobs::share(store, &path, digest)?;
        }
    }
    record::write(pinned, fresh.path(), &record)?;
    let folder = pinned.folder(store);
    locked.keep(fresh, &folder)?;
    for source in pinned.ways().flatten() {
        locked.discard(&source.package)?;
    }
    Ok(toolchain(pinned, folder, record))
}

fn unpack_pinned(source: &PinnedSource, archive: &Path, into: &Path) -> Result<(), ProvisionError> {
    let package = source.package.to_string();
    let total: u64 = source.files.iter().map(|file| file.bytes).sum();
    let caps = Caps { entries: 50_000, total, stream: total + (256 << 20) };
    let unpacked = open(&source.package, archive, into, caps, |path| staged(source, path))?;
    for file in &source.files {
        if file.role == Role::Folder {
            let inside = |entry: &Unpacked| {
                let rest = entry.path.strip_prefix(&file.path)?.to_owned();
                file.keeps(&rest).then_some((rest, entry.digest))
            };
            let files: Vec<_> = unpacked.iter().filter_map(inside).collect();
            let files = files.iter().map(|(path, digest)| (path.as_str(), *digest));
            expect(&file.name, file.sha256, Digest::of_files(files))?;
            continue;
        }
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

/// Unpacks an archive as its registry makes them: wheels are zip files, all others gzipped tar.
fn open(
    package: &Package,
    archive: &Path,
    into: &Path,
    caps: Caps,
    place: impl FnMut(&str) -> Option<PathBuf>,
) -> Result<Vec<Unpacked>, ProvisionError> {
    let reader = BufReader::new(File::open(archive).at(archive)?);
    let unpacked = match package.registry {
        Registry::Pip => unpack_zip(reader, into, caps, place),
        Registry::Npm | Registry::Cargo | Registry::Sdist => {
            unpack(GzDecoder::new(reader), into, caps, place)
        }
    };
    unpacked.map_err(|error| ProvisionError::unpack(&package.to_string(), error))
}

/// Where a file of the archive is written: a tree's own archive only until it is unpacked.
fn staged(source: &PinnedSource, path: &str) -> Option<PathBuf> {
    source.files.iter().find_map(|file| match file.role {
        Role::Folder => {
            let rest = path.strip_prefix(&file.path)?;
            file.keeps(rest).then(|| Path::new(&file.name).join(rest))
        }
        _ if path != file.path => None,
        Role::Tree => Some(tar_of(file)),
        Role::Module | Role::File => Some(file.name.clone().into()),
    })
}

fn tar_of(file: &PinnedFile) -> PathBuf {
    format!("{}.tar", file.name).into()
}

fn unpack_tree(file: &PinnedFile, into: &Path, package: &str) -> Result<(), ProvisionError> {
    let tar = into.join(tar_of(file));
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

fn remove(path: &Path) -> Result<(), ProvisionError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.at(path)
}

/// The digest of a file, or over every file of a folder, however it came there.
fn digest_of(path: &Path) -> Result<Digest, ProvisionError> {
    if path.is_dir() { digest_of_tree(path) } else { Digest::of_file(path).at(path) }
}

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
    let (_, archive) = locked.archive_of(&[package], client, progress)?;
    let fresh = locked.fresh()?;
    progress.stage(&Stage::Unpacking { what: package.to_string() });
    let caps = Caps::source(fs::metadata(&archive).at(&archive)?.len());
    // A wheel has no top folder.
    let place = |path: &str| match package.registry {
        Registry::Pip => Some(path.into()),
        Registry::Npm | Registry::Cargo | Registry::Sdist => Some(path.split_once('/')?.1.into()),
    };
    open(package, &archive, fresh.path(), caps, place)?;
    locked.keep(fresh, &folder)?;
    locked.discard(package)?;
    Ok(folder)
}
