//! The outside world as a verb sees it: built once, passed first.

use std::path::{Path, PathBuf};

use crate::args::{Args, Asked, UsageError};
use crate::io::{self, Io, IoError, Surroundings, files};
use crate::output::Output;

/// What every verb is given.
pub(crate) struct Session {
    /// The seam.
    pub(crate) io: Box<dyn Io>,
    /// What the process was given.
    pub(crate) surroundings: Surroundings,
    /// Where answers go.
    pub(crate) output: Output,
    /// The folders of this installation.
    pub(crate) home: Home,
}

impl Session {
    /// Reads the surroundings and the command line.
    pub(crate) fn open() -> (Self, Result<Asked, UsageError>) {
        let surroundings = Surroundings::read();
        let (json, asked) = Args::read(&surroundings.args);
        let mut output = Output::new(&surroundings);
        output.json = json;
        if json {
            output.verb = Args::words(&surroundings.args);
        }
        let home = Home::of(&surroundings);
        (Self { io: io::platform(), surroundings, output, home }, asked)
    }
}

/// The folders of this installation, each the user's alone (mode 0700).
#[derive(Clone, Debug)]
pub(crate) struct Home {
    /// Policy, state, keys and the record: `$WBX_HOME`, or `workbooks` in the XDG data folder.
    pub(crate) root: PathBuf,
    /// What can be made again: `$WBX_CACHE`, or `workbooks` in the XDG cache folder.
    pub(crate) cache: PathBuf,
}

impl Home {
    fn of(surroundings: &Surroundings) -> Self {
        let folder =
            |setting: &str, variable: &str, fallback: &str| match surroundings.setting(setting) {
                Some(set) => surroundings.folder.join(set),
                None => surroundings.xdg(variable, fallback).join("workbooks"),
            };
        Self {
            root: folder("HOME", "XDG_DATA_HOME", ".local/share"),
            cache: folder("CACHE", "XDG_CACHE_HOME", ".cache"),
        }
    }

    /// The operator's policy.
    pub(crate) fn policy(&self) -> PathBuf {
        self.root.join("policy.toml")
    }

    /// Volumes and pairs.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// Commands that were added.
    pub(crate) fn commands(&self) -> PathBuf {
        self.root.join("commands")
    }

    /// Keys.
    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// Packages that were added, by digest.
    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// What workbooks' added toolkits may do, a folder for each workbook.
    pub(crate) fn workbooks(&self) -> PathBuf {
        self.root.join("workbooks")
    }

    /// Secrets that toolkits use and never see.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.keys().join("secrets")
    }

    /// The keys of this installation.
    pub(crate) fn signing(&self) -> PathBuf {
        self.keys().join("signing")
    }

    /// Whom it trusts.
    pub(crate) fn trust(&self) -> PathBuf {
        self.root.join("trust.toml")
    }

    /// The record of what toolkits did.
    pub(crate) fn audit(&self) -> PathBuf {
        self.root.join("audit.jsonl")
    }

    /// Native code of artifacts.
    pub(crate) fn artifacts(&self) -> PathBuf {
        self.cache.join("artifacts")
    }

    /// Compilers and source packages.
    pub(crate) fn lanes(&self) -> PathBuf {
        self.cache.join("lanes")
    }

    /// What is laid out for one process.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.cache.join("scratch")
    }

    /// What was built.
    pub(crate) fn builds(&self) -> PathBuf {
        self.cache.join("builds")
    }

    /// Makes the folders, for this user alone.
    pub(crate) fn make(&self) -> Result<(), IoError> {
        let all = [self.root.clone(), self.cache.clone(), self.state(), self.keys()];
        all.iter()
            .filter(|folder| !files::is_folder(folder))
            .try_for_each(|folder: &PathBuf| files::private_folder(folder))
    }

    /// Every folder, with its name.
    pub(crate) fn folders(&self) -> [(&'static str, &Path); 2] {
        [("home", &self.root), ("cache", &self.cache)]
    }
}
