//! A workspace on disk: reading its members, and giving out and taking back their files.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::shown;
use super::member::{self, Kind, Taken, name_of, path_of};
use super::tree::{self, Node};
use super::workspace::{MAX_WORKSPACE_BYTES, WORKSPACE};
use super::{Access, LibraryError, Member, Workspace, exchange};
use crate::provenance::{Did, Digest, Files};
use crate::toolkit::quoted;

/// The file in a checkout that says what it is a checkout of.
pub const CHECKOUT: &str = ".checkout.json";
/// Bytes of that file.
const MAX_RECORD: u64 = 4 << 10;

/// A workspace, as somebody sees it.
#[derive(Debug, Clone)]
pub struct Library {
    root: PathBuf,
    who: Option<Did>,
    workspace: Workspace,
}

/// What a checkout gave out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkout {
    /// How many files.
    pub files: usize,
    /// Paths that begin with a dot: they were not given out, and stay where they are.
    pub left_out: Vec<String>,
}

/// What a checkin changed. Nothing, if all lists are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkin {
    /// Paths that are new.
    pub added: Vec<String>,
    /// Paths with other content.
    pub changed: Vec<String>,
    /// Paths that are gone.
    pub removed: Vec<String>,
    /// Paths of the checkout that begin with a dot: they were not taken.
    pub left_out: Vec<String>,
    /// The page that was signed.
    pub signed: Option<String>,
}

/// What a checkout says of itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    member: String,
    kind: Kind,
    /// Of the member's files, as they were given out.
    digest: Digest,
}

impl Library {
    /// The workspace in a folder, as `who` sees it.
    ///
    /// # Errors
    /// [`LibraryError::Workspace`], [`LibraryError::Io`].
    pub fn open(root: &Path, who: Option<Did>) -> Result<Self, LibraryError> {
        let root = root.canonicalize().map_err(|error| LibraryError::io(root, &error))?;
        let workspace = read_workspace(&mut described(&root)?, &root)?;
        Ok(Self { root, who, workspace })
    }

    /// What `workspace.org` says.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// What may be done with a member.
    pub fn access(&self, member: &Member) -> Access {
        self.workspace.access(member, self.who.as_ref())
    }

    /// Reads a member's files, without following a link.
    ///
    /// # Errors
    /// [`LibraryError::Refused`] without access; [`LibraryError::Elsewhere`],
    /// [`LibraryError::Missing`], [`LibraryError::Special`], [`LibraryError::Files`],
    /// [`LibraryError::TooLarge`], [`LibraryError::Io`].
    pub fn read(&self, member: &Member) -> Result<Taken, LibraryError> {
        self.allowed(member, Access::Read)?;
        member::read(&self.root, member)
    }

    /// Copies a member's files to `into`, a folder that is not there or is empty.
    ///
    /// # Errors
    /// As [`Library::read`]; [`LibraryError::Unknown`], [`LibraryError::Taken`],
    /// [`LibraryError::Within`].
    pub fn checkout(&self, id: &str, into: &Path) -> Result<Checkout, LibraryError> {
        let member = self.find(id)?;
        let taken = self.read(member)?;
        self.outside(into)?;
        if into.symlink_metadata().is_ok() && !is_empty(into) {
            return Err(LibraryError::Taken { path: shown(into) });
        }
        let above = into.parent().filter(|above| !above.as_os_str().is_empty());
        let above = above.unwrap_or(Path::new("."));
        let stage = stage(above, ".checkout-")?;
        let new = stage.path().join("new");
        fs::create_dir(&new).map_err(|error| LibraryError::io(&new, &error))?;
        exchange::write(&taken.files, &new, None)?;
        record(&new, &taken, id)?;
        fs::rename(&new, into).map_err(|error| LibraryError::io(into, &error))?;
        Ok(Checkout { files: taken.files.len(), left_out: taken.left_out })
    }

    /// Puts all files of a checkout in the place of the member's, at once. `sign` is given the
    /// member's page, if it has one, and the one that it replaces, and gives what is stored of it.
    ///
    /// # Errors
    /// As [`Library::read`], for both sides; [`LibraryError::Refused`] without write access,
    /// [`LibraryError::NoCheckout`], [`LibraryError::OneFile`], [`LibraryError::Sign`], and
    /// [`LibraryError::Changed`] if the member is not what was checked out. Then nothing has
    /// changed.
    pub fn checkin(
        &self,
        id: &str,
        from: &Path,
        sign: impl FnOnce(&[u8], Option<&[u8]>) -> Result<Option<Vec<u8>>, String>,
    ) -> Result<Checkin, LibraryError> {
        // Whoever holds the description's lock is the one who checks in, and what it says then
        // is what counts.
        let mut description = described(&self.root)?;
        description.lock().map_err(|error| LibraryError::io(&self.root, &error))?;
        let workspace = read_workspace(&mut description, &self.root)?;
        let library = Self { workspace, ..self.clone() };
        let member = library.find(id)?;
        library.allowed(member, Access::Write)?;

        let base = checked_out(from, id)?;
        let old = member::read(&self.root, member)?;
        if old.kind != base.kind || old.digest() != base.digest {
            return Err(LibraryError::Changed { id: id.to_owned() });
        }
        let path = path_of(member)?;
        let mut new = work(from, member, old.kind)?;
        let left_out = std::mem::take(&mut new.left_out);
        let signed = signed(&mut new, &old, sign)?;
        let mut done = differences(&old.files, &new.files);
        if done != Checkin::default() {
            self.replace(path, &old, &new).map_err(|error| match error {
                LibraryError::Changed { .. } => LibraryError::Changed { id: id.to_owned() },
                other => other,
            })?;
            record(from, &new, id)?;
        }
        done.left_out = left_out;
        done.signed = signed;
        Ok(done)
    }

    /// Puts `new` in the place of `old`.
    fn replace(&self, path: &str, old: &Taken, new: &Taken) -> Result<(), LibraryError> {
        let place = self.root.join(path);
        let above = place.parent().unwrap_or(&self.root);
        let stage = stage(above, ".checkin-")?;
        let staged = match old.kind {
            Kind::File => stage.path().join(name_of(path)),
            Kind::Folder => stage.path().join("new"),
        };
        match old.kind {
            Kind::File => exchange::write(&new.files, stage.path(), Some(above))?,
            Kind::Folder => {
                fs::create_dir(&staged).map_err(|error| LibraryError::io(&staged, &error))?;
                exchange::write(&new.files, &staged, Some(&place))?;
                if let Some(Node::Folder(folder)) = tree::open(&self.root, path)? {
                    exchange::keep_hidden(folder.as_fd(), &staged)?;
                }
                let mode = place.symlink_metadata().map(|found| found.permissions());
                mode.and_then(|mode| fs::set_permissions(&staged, mode))
                    .map_err(|error| LibraryError::io(&staged, &error))?;
            }
        }
        exchange::exchange(&staged, &place)?;
        // An editor asks for no lock: what it wrote in the meantime is not to be lost.
        let unchanged = was(&staged, old);
        if !matches!(unchanged, Ok(true)) {
            exchange::exchange(&staged, &place)?;
            return Err(unchanged.err().unwrap_or(LibraryError::Changed { id: String::new() }));
        }
        Ok(())
    }

    /// The member of this id.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`], with the ids that there are.
    pub fn find(&self, id: &str) -> Result<&Member, LibraryError> {
        self.workspace.member(id).ok_or_else(|| {
            let ids = self.workspace.members.iter().map(|member| member.id.as_str());
            let help = match self.workspace.members.len() {
                0 => format!("`{WORKSPACE}` names no member"),
                _ => crate::toolkit::did_you_mean(id, ids),
            };
            LibraryError::Unknown { id: quoted(id), help }
        })
    }

    fn allowed(&self, member: &Member, wanted: Access) -> Result<(), LibraryError> {
        let has = self.access(member);
        if has >= wanted {
            return Ok(());
        }
        let help = match (&self.who, &self.workspace.owner, has) {
            (_, _, Access::Read) => "its `:SCOPE:` is read: whoever may edit the workspace can \
                                     write `:SCOPE: write`"
                .to_owned(),
            (None, _, _) => "this installation has no key: `wbx key new` makes one".to_owned(),
            (Some(you), None, _) => {
                format!("the workspace is nobody's: if it is yours, add `#+OWNER: {you}` to it")
            }
            (Some(you), Some(_), _) => format!(
                "you are {you}, neither its `#+OWNER` nor the member's `:DID:`: ask the owner"
            ),
        };
        Err(LibraryError::Refused { action: wanted.word(), id: member.id.clone(), help })
    }

    /// Refuses a place within a member.
    fn outside(&self, into: &Path) -> Result<(), LibraryError> {
        let above = into.parent().filter(|above| !above.as_os_str().is_empty());
        let above = above.unwrap_or(Path::new("."));
        let real = above.canonicalize().map_err(|error| LibraryError::io(above, &error))?;
        let real = into.file_name().map_or(real.clone(), |name| real.join(name));
        let holds = |member: &&Member| {
            member.path.as_ref().is_some_and(|path| real.starts_with(self.root.join(path)))
        };
        match self.workspace.members.iter().find(holds) {
            // The member's own place is taken, which says more.
            Some(member)
                if member.path.as_ref().is_none_or(|path| real != self.root.join(path)) =>
            {
                Err(LibraryError::Within { path: shown(into), id: member.id.clone() })
            }
            _ => Ok(()),
        }
    }
}

fn described(root: &Path) -> Result<File, LibraryError> {
    match tree::open(root, WORKSPACE)? {
        Some(Node::File(file)) => Ok(file),
        Some(Node::Folder(_)) => Err(LibraryError::special(WORKSPACE, "a folder")),
        None => {
            let error = std::io::Error::from(std::io::ErrorKind::NotFound);
            Err(LibraryError::io(&root.join(WORKSPACE), &error))
        }
    }
}

fn read_workspace(file: &mut File, root: &Path) -> Result<Workspace, LibraryError> {
    let mut text = Vec::new();
    file.take(MAX_WORKSPACE_BYTES as u64 + 1)
        .read_to_end(&mut text)
        .map_err(|error| LibraryError::io(&root.join(WORKSPACE), &error))?;
    Ok(Workspace::parse(&text, WORKSPACE)?)
}

/// A folder for what is made, where renaming it to its place is one step.
fn stage(above: &Path, prefix: &str) -> Result<tempfile::TempDir, LibraryError> {
    let made = tempfile::Builder::new().prefix(prefix).tempdir_in(above);
    made.map_err(|error| LibraryError::io(above, &error))
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().is_ok_and(|mut entries| entries.next().is_none())
}

fn record(folder: &Path, taken: &Taken, id: &str) -> Result<(), LibraryError> {
    let record = Record { member: id.to_owned(), kind: taken.kind, digest: taken.digest() };
    let text = serde_json::to_string(&record).expect("a record has strings alone") + "\n";
    let path = folder.join(CHECKOUT);
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.persist(&path).map_err(|failed| failed.error)
    };
    write().map(drop).map_err(|error| LibraryError::io(&path, &error))
}

/// What a checkout says of itself, if it is one of this member.
fn checked_out(from: &Path, id: &str) -> Result<Record, LibraryError> {
    let none = |why| LibraryError::NoCheckout { path: shown(from), id: id.to_owned(), why };
    let Some(Node::File(file)) = tree::open(from, CHECKOUT)? else {
        return Err(none("it has no record of one"));
    };
    let mut text = Vec::new();
    file.take(MAX_RECORD)
        .read_to_end(&mut text)
        .map_err(|error| LibraryError::io(&from.join(CHECKOUT), &error))?;
    let record: Record =
        serde_json::from_slice(&text).map_err(|_| none("its record cannot be read"))?;
    if record.member != id {
        return Err(none("it is one of another member"));
    }
    Ok(record)
}

/// The files of a checkout.
fn work(from: &Path, member: &Member, kind: Kind) -> Result<Taken, LibraryError> {
    let folder = File::open(from).map_err(|error| LibraryError::io(from, &error))?;
    let (files, mut left_out) = tree::files(folder.as_fd())?;
    left_out.retain(|path| path != CHECKOUT);
    let name = name_of(path_of(member)?);
    if kind == Kind::File && (files.len() != 1 || files.get(name).is_none()) {
        let other = files.iter().map(|(path, _)| path).find(|path| *path != name);
        let found = other.map_or_else(|| "no such file".to_owned(), quoted);
        return Err(LibraryError::OneFile { id: member.id.clone(), name: quoted(name), found });
    }
    Ok(Taken { kind, files, left_out })
}

/// Signs the page among the new files, unless it is the one that is there already.
fn signed(
    new: &mut Taken,
    old: &Taken,
    sign: impl FnOnce(&[u8], Option<&[u8]>) -> Result<Option<Vec<u8>>, String>,
) -> Result<Option<String>, LibraryError> {
    let Some(page) = new.page().map(ToOwned::to_owned) else { return Ok(None) };
    let content = new.files.get(&page).unwrap_or_default();
    if new.files == old.files {
        return Ok(None);
    }
    let failed = |why| LibraryError::Sign { path: quoted(&page), why };
    let signed = sign(content, old.files.get(&page)).map_err(failed)?;
    let Some(content) = signed else { return Ok(None) };
    let mut files = Files::default();
    for (path, bytes) in &new.files {
        files.insert(path, if path == page { content.clone() } else { bytes.to_vec() })?;
    }
    let is_new = files.get(&page) != old.files.get(&page);
    new.files = files;
    Ok(is_new.then_some(page))
}

fn differences(old: &Files, new: &Files) -> Checkin {
    let mut done = Checkin::default();
    for (path, bytes) in new {
        match old.get(path) {
            None => done.added.push(path.to_owned()),
            Some(before) if before != bytes => done.changed.push(path.to_owned()),
            Some(_) => {}
        }
    }
    let gone = old.iter().map(|(path, _)| path).filter(|path| new.get(path).is_none());
    done.removed = gone.map(ToOwned::to_owned).collect();
    done
}

/// Whether what lies at `staged` now is what was read before.
fn was(staged: &Path, old: &Taken) -> Result<bool, LibraryError> {
    let (above, name) = (staged.parent(), staged.file_name().and_then(|name| name.to_str()));
    let found = tree::open(above.unwrap_or(staged), name.unwrap_or_default())?;
    Ok(match (found, old.kind) {
        (Some(Node::Folder(folder)), Kind::Folder) => tree::files(folder.as_fd())?.0 == old.files,
        (Some(Node::File(file)), Kind::File) => {
            let bytes = tree::bytes(file, name.unwrap_or_default())?;
            old.files.iter().all(|(_, before)| before == bytes)
        }
        _ => false,
    })
}
