//! Secrets in files: one for each, in a folder for each tenant, which no other user can read.
//!
//! A file has a first line, `workbooks-secret 1 PURPOSE`, and then the bytes. Folders have mode
//! 0700 and files 0600; what anybody else owns, or may read, is refused. Each step holds on to the
//! folder that the step before has checked, so that no path is looked up twice.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Purpose, SECRET_MAX, Secret, SecretError, SecretProvider};
use crate::toolkit::{Invalid, variable};

/// What the first line begins with.
const FORMAT: &str = "workbooks-secret 1 ";
/// The longest first line.
const HEAD_MAX: usize = 64;
/// The longest name.
const NAME_MAX: usize = 128;

/// Secrets in a folder of this user's. Clones and other processes see what was set at once.
#[derive(Clone, Debug)]
pub struct FileSecrets {
    folder: PathBuf,
}

/// Why secrets in files could not be used.
#[derive(Debug, Error, Diagnostic)]
pub enum FileSecretsError {
    /// No secret can have this name.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Name(#[from] Invalid),
    /// Somebody else can read it, or owns it, or it is no file or folder of its own.
    #[error("`{}` is not this user's alone", path.display())]
    #[diagnostic(
        code(workbooks::secrets::permissions),
        help(
            "give the folder mode 0700 and the file 0600, and take the secret for known: store another"
        )
    )]
    NotPrivate {
        /// The file or folder.
        path: PathBuf,
    },
    /// It was not written by this.
    #[error("`{}` is no secret of ours", path.display())]
    #[diagnostic(code(workbooks::secrets::damaged), help("store it again with `wbx secret set`"))]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("`{}` cannot be used: {why}", path.display())]
    #[diagnostic(code(workbooks::secrets::file), help("`wbx doctor` says where secrets are kept"))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What it says.
        why: io::Error,
    },
}

impl FileSecrets {
    /// Secrets in `folder`, which the first that is stored makes.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Stores a secret, whole or not at all, in place of the one of that name.
    ///
    /// # Errors
    ///
    /// [`FileSecretsError`]; a name is that of a variable, of at most 128 characters.
    pub fn set(&self, tenant: &str, name: &str, secret: &Secret) -> Result<(), FileSecretsError> {
        let name = checked(name)?;
        let path = self.folder.join(folder_name(tenant)).join(name);
        let file = |why: io::Error| FileSecretsError::File { path: path.clone(), why };
        let folder = self.made(tenant)?;
        let new = format!(".{name}.new");
        // One that a crash has left.
        match rustix::fs::unlinkat(&folder, &new, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(why) => return Err(file(why.into())),
        }
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let write = || {
            let opened = rustix::fs::openat(&folder, &new, flags, Mode::RUSR | Mode::WUSR)?;
            let mut opened = File::from(opened);
            opened.write_all(format!("{FORMAT}{}\n", secret.purpose).as_bytes())?;
            opened.write_all(&secret.bytes)?;
            opened.sync_all()?;
            rustix::fs::renameat(&folder, &new, &folder, name)?;
            Ok(rustix::fs::fsync(&folder)?)
        };
        write().map_err(|why| {
            // What could not be finished is not left.
            let _ = rustix::fs::unlinkat(&folder, &new, AtFlags::empty());
            file(why)
        })
    }

    /// The names of a tenant's secrets and what they are for, sorted.
    ///
    /// # Errors
    ///
    /// [`FileSecretsError`], at the first file that is not as it should be.
    pub fn list(&self, tenant: &str) -> Result<Vec<(String, Purpose)>, FileSecretsError> {
        let Some(folder) = self.found(tenant)? else { return Ok(Vec::new()) };
        let path = self.folder.join(folder_name(tenant));
        let file = |why: Errno| FileSecretsError::File { path: path.clone(), why: why.into() };
        let mut names = Vec::new();
        for entry in Dir::read_from(&folder).map_err(file)? {
            let entry = entry.map_err(file)?;
            names.extend(
                entry.file_name().to_str().ok().filter(|n| checked(n).is_ok()).map(str::to_owned),
            );
        }
        names.sort_unstable();
        names
            .into_iter()
            .filter_map(|name| {
                let secret = read_file(&folder, &path, &name).transpose()?;
                Some(secret.map(|secret| (name, secret.purpose)))
            })
            .collect()
    }

    /// Removes a secret, and says whether there was one.
    ///
    /// # Errors
    ///
    /// [`FileSecretsError`].
    pub fn remove(&self, tenant: &str, name: &str) -> Result<bool, FileSecretsError> {
        let name = checked(name)?;
        let Some(folder) = self.found(tenant)? else { return Ok(false) };
        let _ = rustix::fs::unlinkat(&folder, format!(".{name}.new"), AtFlags::empty());
        let removed = match rustix::fs::unlinkat(&folder, name, AtFlags::empty()) {
            Ok(()) => rustix::fs::fsync(&folder).map(|()| true),
            Err(Errno::NOENT) => Ok(false),
            Err(why) => Err(why),
        };
        removed.map_err(|why| FileSecretsError::File {
            path: self.folder.join(folder_name(tenant)).join(name),
            why: why.into(),
        })
    }
}

impl FileSecrets {
    /// The tenant's folder, made if it is not there.
    fn made(&self, tenant: &str) -> Result<OwnedFd, FileSecretsError> {
        let failed = |why: io::Error| FileSecretsError::File { path: self.folder.clone(), why };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(failed)?;
        let missing = || failed(io::ErrorKind::NotFound.into());
        let base = open_folder(CWD, &self.folder, &self.folder)?.ok_or_else(missing)?;
        let name = folder_name(tenant);
        match rustix::fs::mkdirat(&base, &name, Mode::RWXU) {
            Ok(()) => rustix::fs::fsync(&base).map_err(|why| failed(why.into()))?,
            Err(Errno::EXIST) => {}
            Err(why) => return Err(failed(why.into())),
        }
        let path = self.folder.join(&name);
        open_folder(&base, Path::new(&name), &path)?.ok_or_else(missing)
    }

    /// The tenant's folder, if there is one.
    fn found(&self, tenant: &str) -> Result<Option<OwnedFd>, FileSecretsError> {
        let Some(base) = open_folder(CWD, &self.folder, &self.folder)? else { return Ok(None) };
        let name = folder_name(tenant);
        open_folder(&base, Path::new(&name), &self.folder.join(&name))
    }

    fn read(&self, tenant: &str, name: &str) -> Result<Option<Secret>, FileSecretsError> {
        let name = checked(name)?;
        let Some(folder) = self.found(tenant)? else { return Ok(None) };
        read_file(&folder, &self.folder.join(folder_name(tenant)), name)
    }
}

impl SecretProvider for FileSecrets {
    fn secret(&self, tenant: &str, name: &str) -> Result<Option<Secret>, SecretError> {
        let why = |error| match error {
            FileSecretsError::Name(_) => "its name is none".to_owned(),
            FileSecretsError::NotPrivate { .. } => "others may read it".to_owned(),
            FileSecretsError::Damaged { .. } => "its file is damaged".to_owned(),
            FileSecretsError::File { why, .. } => why.kind().to_string(),
        };
        self.read(tenant, name).map_err(|error| SecretError { why: why(error) })
    }
}

fn checked(name: &str) -> Result<&str, Invalid> {
    variable(name)?;
    if name.len() > NAME_MAX {
        return Err(Invalid::new(name, "is too long", "use at most 128 characters"));
    }
    Ok(name)
}

/// A name for the disk: slugs stand for themselves, anything else for its digest.
fn folder_name(tenant: &str) -> String {
    let slug = tenant.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if slug && (1..=64).contains(&tenant.len()) {
        tenant.to_owned()
    } else {
        format!("_{}", crate::hex(&Sha256::digest(tenant)))
    }
}

/// A folder of this user's alone; none if there is nothing. `shown` is what errors call it.
fn open_folder(
    at: impl std::os::fd::AsFd,
    path: &Path,
    shown: &Path,
) -> Result<Option<OwnedFd>, FileSecretsError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    private(rustix::fs::openat(at, path, flags, Mode::empty()), shown).map(|f| f.map(Into::into))
}

fn read_file(
    folder: &OwnedFd,
    shown: &Path,
    name: &str,
) -> Result<Option<Secret>, FileSecretsError> {
    let path = shown.join(name);
    // Without blocking, or a pipe would hold us up.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let opened = rustix::fs::openat(folder, name, flags, Mode::empty());
    let Some(file) = private(opened, &path)? else { return Ok(None) };
    // Room for all of it at once: a vector that grows leaves copies behind.
    let most = HEAD_MAX + SECRET_MAX + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(most + 1));
    match file.metadata() {
        Ok(found) if found.is_file() => {}
        _ => return Err(FileSecretsError::NotPrivate { path }),
    }
    if let Err(why) = file.take(most as u64).read_to_end(&mut bytes) {
        return Err(FileSecretsError::File { path, why });
    }
    parse(&bytes).map(Some).ok_or(FileSecretsError::Damaged { path })
}

/// What was opened, if it is this user's alone.
fn private(opened: Result<OwnedFd, Errno>, path: &Path) -> Result<Option<File>, FileSecretsError> {
    let path = path.to_owned();
    let file = match opened {
        Ok(opened) => File::from(opened),
        Err(Errno::NOENT) => return Ok(None),
        // A link, or no folder.
        Err(Errno::LOOP | Errno::NOTDIR) => return Err(FileSecretsError::NotPrivate { path }),
        Err(why) => return Err(FileSecretsError::File { path, why: why.into() }),
    };
    match file.metadata() {
        Ok(found) if is_own(&found) => Ok(Some(file)),
        Ok(_) => Err(FileSecretsError::NotPrivate { path }),
        Err(why) => Err(FileSecretsError::File { path, why }),
    }
}

fn is_own(found: &std::fs::Metadata) -> bool {
    let others = found.mode() & 0o077;
    found.uid() == rustix::process::geteuid().as_raw() && others == 0
}

fn parse(bytes: &[u8]) -> Option<Secret> {
    let end = bytes.iter().take(HEAD_MAX).position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let purpose = head.strip_prefix(FORMAT)?.parse().ok()?;
    Secret::new(purpose, Zeroizing::new(bytes[end + 1..].to_vec())).ok()
}
