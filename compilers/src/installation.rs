//! What is installed on this machine: how lanes stand, what one takes, and its removal.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::{
    build::{Compilers, find},
    compile_error::CompileError,
    lane::Lane,
    lanes::LANES,
    provision::{self, ProvisionError, State, sweep},
    sandbox::Module,
    toolchain::Toolchain,
};

/// How a lane stands on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not here.
    Missing,
    /// It is here, and code for it is still to be generated or just being so: the next
    /// installation or build does, or waits for it.
    Preparing,
    /// It runs at once.
    Installed,
    /// It is no longer what was installed.
    Damaged {
        /// The first difference.
        what: String,
    },
}

impl Standing {
    /// Its word, for lists.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Preparing => "preparing",
            Self::Installed => "installed",
            Self::Damaged { .. } => "damaged",
        }
    }
}

/// Versions of a lane that this program does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// How many there are.
    pub versions: usize,
    /// Bytes on disk that they alone have.
    pub bytes: u64,
}

impl Compilers<'_> {
    /// How a lane stands, by names and sizes; [`Compilers::verify`] reads its files.
    ///
    /// # Errors
    /// [`CompileError::NoLane`], or [`CompileError::Stopped`] if the engine does not start.
    pub fn standing(&self, lane: &str) -> Result<Standing, CompileError> {
        let lane = find(lane)?;
        let toolchain = match provision::state(lane.pinned(), &self.store) {
            State::Missing => return Ok(Standing::Missing),
            State::Damaged { what } => return Ok(Standing::Damaged { what }),
            State::Installed(toolchain) => toolchain,
        };
        for module in lane.modules(&toolchain).into_iter().chain(lane.engines(&toolchain)) {
            let stopped = |source| CompileError::Stopped { at: lane.word().to_owned(), source };
            if self.sandbox.prepared(&module).map_err(stopped)?.is_none() {
                return Ok(Standing::Preparing);
            }
        }
        Ok(Standing::Installed)
    }

    /// Bytes on disk of a lane's compiler and its generated code, measured; none if it is not
    /// here.
    ///
    /// # Errors
    /// [`CompileError::NoLane`], or [`CompileError::Stopped`] if the engine does not start.
    pub fn disk_bytes(&self, lane: &str) -> Result<Option<u64>, CompileError> {
        let lane = find(lane)?;
        let State::Installed(toolchain) = provision::state(lane.pinned(), &self.store) else {
            return Ok(None);
        };
        let mut bytes = on_disk(&toolchain.folder);
        for module in lane.modules(&toolchain).into_iter().chain(lane.engines(&toolchain)) {
            let stopped = |source| CompileError::Stopped { at: lane.word().to_owned(), source };
            bytes += self.sandbox.prepared(&module).map_err(stopped)?.unwrap_or_default();
        }
        Ok(Some(bytes))
    }

    /// The lanes that an installation of `lanes` installs, in that order: those that they need
    /// come first, and those that are ready are left out.
    ///
    /// # Errors
    /// [`CompileError::NoLane`], or [`CompileError::Stopped`] if the engine does not start.
    pub fn to_install(&self, lanes: &[&str]) -> Result<Vec<&'static dyn Lane>, CompileError> {
        let mut all: Vec<&'static dyn Lane> = Vec::new();
        for word in lanes {
            let lane = find(word)?;
            let needs: Vec<_> = lane.pinned().needs.iter().map(String::as_str).collect();
            for lane in self.to_install(&needs)?.into_iter().chain([lane]) {
                let known = all.iter().any(|other| other.word() == lane.word());
                if !known && self.standing(lane.word())? != Standing::Installed {
                    all.push(lane);
                }
            }
        }
        Ok(all)
    }

    /// Removes a lane's compiler and its generated code, less what other lanes or other versions
    /// of it use. Says whether it was here.
    ///
    /// # Errors
    /// [`CompileError::NoLane`], or [`CompileError::Provision`]: without `force`, if a lane that
    /// is here needs it.
    pub fn remove(&self, lane: &str, force: bool) -> Result<bool, CompileError> {
        let lane = find(lane)?;
        let by: Vec<_> = LANES.iter().filter(|other| self.rests_on(**other, lane)).collect();
        if !by.is_empty() && !force {
            let by = by.iter().map(|lane| lane.word()).collect::<Vec<_>>().join(" ");
            return Err(ProvisionError::Needed { lane: lane.word().to_owned(), by }.into());
        }
        let modules = match provision::state(lane.pinned(), &self.store) {
            State::Installed(toolchain) => {
                [lane.modules(&toolchain), lane.engines(&toolchain)].concat()
            }
            State::Missing | State::Damaged { .. } => {
                // It may have lost its record of what was derived.
                let (pinned, derived) = (lane.pinned().clone(), BTreeMap::new());
                let folder = pinned.folder(&self.store);
                Toolchain { folder, pinned, derived, made_of: Vec::new() }.modules().collect()
            }
        };
        let removed = provision::remove(lane.pinned(), &self.store, self.progress)?;
        let Some(free) = removed else { return Ok(false) };
        for module in modules.iter().filter(|module| free.contains(&module.sha256)) {
            let stopped = |source| CompileError::Stopped { at: lane.word().to_owned(), source };
            self.sandbox.forget(module).map_err(stopped)?;
        }
        Ok(true)
    }

    /// What other versions of a lane are here, installed by older or newer programs.
    ///
    /// # Errors
    /// [`CompileError::NoLane`].
    pub fn others(&self, lane: &str) -> Result<Others, CompileError> {
        let folders = sweep::others(find(lane)?.pinned(), &self.store);
        Ok(Others { versions: folders.len(), bytes: sweep::own_bytes(&folders) })
    }

    /// Removes the other versions of a lane, and the code that was generated for them alone. Gives
    /// what went.
    ///
    /// # Errors
    /// [`CompileError::NoLane`], [`CompileError::Provision`] if the disk refuses, or
    /// [`CompileError::Stopped`] if the engine does not start.
    pub fn sweep(&self, lane: &str) -> Result<Others, CompileError> {
        let lane = find(lane)?;
        let mut went = self.others(lane.word())?;
        let stopped = |source| CompileError::Stopped { at: lane.word().to_owned(), source };
        for sha256 in sweep::sweep(lane.pinned(), &self.store, self.progress)? {
            let module = Module { path: PathBuf::new(), sha256 };
            if let Some(bytes) = self.sandbox.prepared(&module).map_err(stopped)? {
                went.bytes += bytes;
                self.sandbox.forget(&module).map_err(stopped)?;
            }
        }
        Ok(went)
    }

    /// Whether `other` is here and needs `lane`.
    fn rests_on(&self, other: &dyn Lane, lane: &dyn Lane) -> bool {
        other.pinned().needs.iter().any(|word| word == lane.word())
            && !matches!(provision::state(other.pinned(), &self.store), State::Missing)
    }
}

/// Bytes that a folder takes; what cannot be read counts nothing.
fn on_disk(folder: &Path) -> u64 {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => folders.push(entry.path()),
                Ok(found) => bytes += found.blocks() * 512,
                Err(_) => {}
            }
        }
    }
    bytes
}
