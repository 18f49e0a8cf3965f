//! The registry that a host keeps in a folder: for each tenant, names, each an entry that says
//! which artifact it is and what it may do; artifacts are stored once, by their digest.
//!
//! ```text
//! artifacts/<sha256>.wasm      the artifact, whole or not there
//! tenants/<sha256>/<name>.toml its entry; the folder is the digest of the tenant's name
//! lock                         held by whoever changes anything
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::registry::{Command, CommandError, Commands, is_name};
use crate::adapt::{self, Declared};
use crate::policy::{Grant, Profile, ToolkitPolicy};
use crate::toolkit::{ArgMode, command_name};

/// Bytes of an entry, at most: a policy of one toolkit.
const ENTRY_BYTES: u64 = 64 << 10;

/// Commands of every tenant, in a folder of this user's alone.
#[derive(Clone, Debug)]
pub struct CommandFolder(pub(super) PathBuf);

/// What is stored of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The digest of its artifact, in lower-case hexadecimal.
    pub sha256: String,
    /// How it gets its arguments.
    pub arg_mode: ArgMode,
    /// The profile whose limits it has.
    pub profile: String,
    /// What it may do by itself.
    #[serde(default)]
    pub policy: ToolkitPolicy,
}

impl Entry {
    /// What a command of this name may do by itself.
    pub fn grant(&self, name: &str) -> Grant {
        Grant::bare(name, &Profile::named(&self.profile), &self.policy)
    }
}

impl CommandFolder {
    /// The registry in `folder`, which the first [`CommandFolder::add`] makes.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Stores a command, instead of the one of that name if there is one: what runs goes on with
    /// what it was started from. Returns its entry.
    ///
    /// # Errors
    ///
    /// When the name is none, the artifact is no command, or the disk refuses.
    pub fn add(
        &self,
        tenant: &str,
        name: &str,
        wasm: &[u8],
        arg_mode: ArgMode,
        (profile, policy): (&str, ToolkitPolicy),
    ) -> Result<Entry, CommandError> {
        command_name(name)?;
        let options = adapt::Options { shape: Some(Declared::Command), ..Default::default() };
        adapt::adapt(wasm, &options)?;
        let sha256 = crate::hex(&Sha256::digest(wasm));
        let entry = Entry { sha256, arg_mode, profile: profile.to_owned(), policy };
        let text = toml::to_string(&entry)
            .map_err(|why| CommandError::Unavailable { why: why.to_string() })?;
        let _turn = self.turn()?;
        write(&self.artifact(&entry.sha256), wasm)?;
        write(&self.entry(tenant, name), text.as_bytes())?;
        self.sweep()?;
        Ok(entry)
    }

    /// Every command of a tenant with its entry, sorted by name.
    ///
    /// # Errors
    ///
    /// When the folder or an entry cannot be read.
    pub fn list(&self, tenant: &str) -> Result<Vec<(String, Entry)>, CommandError> {
        let mut names = self.names(tenant)?;
        names.sort_unstable();
        let entry = |name: String| {
            let entry = self.read(tenant, &name)?;
            Ok(entry.map(|entry| (name, entry)))
        };
        names.into_iter().map(entry).filter_map(Result::transpose).collect()
    }

    /// The entry of a command, if there is one.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn get(&self, tenant: &str, name: &str) -> Result<Option<Entry>, CommandError> {
        if is_name(name) { self.read(tenant, name) } else { Ok(None) }
    }

    /// Forgets a command. Its artifact goes when no other command is the same.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], or what the disk says.
    pub fn remove(&self, tenant: &str, name: &str) -> Result<(), CommandError> {
        command_name(name)?;
        let path = self.entry(tenant, name);
        if !path.exists() {
            return Err(CommandError::NotFound { name: name.to_owned() });
        }
        let _turn = self.turn()?;
        fs::remove_file(&path).map_err(|why| storage(&path, why))?;
        self.sweep()
    }

    pub(super) fn artifact(&self, sha256: &str) -> PathBuf {
        self.0.join("artifacts").join(sha256).with_extension("wasm")
    }

    fn tenant(&self, tenant: &str) -> PathBuf {
        self.0.join("tenants").join(crate::hex(&Sha256::digest(tenant)))
    }

    pub(super) fn entry(&self, tenant: &str, name: &str) -> PathBuf {
        self.tenant(tenant).join(format!("{name}.toml"))
    }

    /// Holds the registry's lock until it is dropped; whoever comes second waits.
    fn turn(&self) -> Result<File, CommandError> {
        make(&self.0)?;
        let path = self.0.join("lock");
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).mode(0o600).open(&path);
        let locked = file.and_then(|file| file.lock().map(|()| file));
        locked.map_err(|why| storage(&path, why))
    }

    fn read(&self, tenant: &str, name: &str) -> Result<Option<Entry>, CommandError> {
        let path = self.entry(tenant, name);
        let mut text = String::new();
        let read =
            File::open(&path).and_then(|file| file.take(ENTRY_BYTES).read_to_string(&mut text));
        match read {
            Ok(_) => {}
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(storage(&path, why)),
        }
        let damaged = |why: String| CommandError::Damaged { name: name.to_owned(), why };
        let entry: Entry =
            toml::from_str(&text).map_err(|why| damaged(why.message().to_owned()))?;
        // It becomes a part of a path.
        if entry.sha256.len() != 64 || !entry.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(damaged("its digest is none".to_owned()));
        }
        Ok(Some(entry))
    }

    /// Removes artifacts that no entry of any tenant names.
    fn sweep(&self) -> Result<(), CommandError> {
        let mut named = Vec::new();
        for tenant in entries(&self.0.join("tenants"))? {
            for entry in entries(&tenant)? {
                let text = fs::read_to_string(&entry).map_err(|why| storage(&entry, why))?;
                // An entry that is damaged may name anything.
                let Ok(entry) = toml::from_str::<Entry>(&text) else { return Ok(()) };
                named.push(self.artifact(&entry.sha256));
            }
        }
        for artifact in entries(&self.0.join("artifacts"))? {
            if !named.contains(&artifact) {
                fs::remove_file(&artifact).map_err(|why| storage(&artifact, why))?;
            }
        }
        Ok(())
    }
}

impl Commands for CommandFolder {
    fn names(&self, tenant: &str) -> Result<Vec<String>, CommandError> {
        let names = entries(&self.tenant(tenant))?;
        let stem =
            |path: &PathBuf| Some(path.file_name()?.to_str()?.strip_suffix(".toml")?.to_owned());
        Ok(names.iter().filter_map(stem).filter(|name| is_name(name)).collect())
    }

    fn find(&self, tenant: &str, name: &str) -> Result<Option<Command>, CommandError> {
        let Some(entry) = self.get(tenant, name)? else { return Ok(None) };
        let file = self.artifact(&entry.sha256);
        let command = Command::file(file, &entry.sha256, entry.grant(name));
        Ok(Some(command.arg_mode(entry.arg_mode)))
    }
}

/// What is in a folder; nothing if it is not there. Files that are being written are left out.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(storage(folder, why)),
    };
    let paths = listed.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(|why| storage(folder, why))?;
    let is_new = |path: &Path| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    };
    paths.retain(|path| !is_new(path));
    Ok(paths)
}

/// Writes a file whole or not at all, for this user alone.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let folder = path.parent().unwrap_or(path);
    make(folder)?;
    let written = || {
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|failed| failed.error)?;
        File::open(folder)?.sync_all()
    };
    written().map_err(|why| storage(path, why))
}

fn make(folder: &Path) -> Result<(), CommandError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|why| storage(folder, why))
}

fn storage(path: &Path, why: io::Error) -> CommandError {
    CommandError::Storage { path: path.to_owned(), why }
}
