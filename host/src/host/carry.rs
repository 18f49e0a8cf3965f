//! The volumes of an instance, carried from host to host as a file.

use std::path::Path;
use std::time::Duration;

use miette::Diagnostic;
use thiserror::Error;

use super::Host;
use crate::storage::{Carried, Stop, StorageError, Volume};
use crate::toolkit::{printable, quoted};

/// How long it may take: 256 MiB, on a slow disk.
const TIME: Duration = Duration::from_mins(2);

/// Why volumes could not be carried.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum CarryError {
    /// The instance has files already.
    #[error("the instance {instance} has files already")]
    #[diagnostic(
        code(workbooks::carry::not_empty),
        help("nothing was changed; name one that has none: `--instance NAME`")
    )]
    NotEmpty {
        /// The instance, quoted.
        instance: String,
    },
    /// The file is not one of volumes, or damaged, or made to deceive.
    #[error("the volumes were not taken: {why}")]
    #[diagnostic(
        code(workbooks::carry::unsound),
        help("nothing was changed; get the bundle anew from its publisher")
    )]
    Unsound {
        /// What is wrong, printable.
        why: String,
    },
    /// More than an instance may have.
    #[error("the volumes are over the limit of {limit}")]
    #[diagnostic(code(workbooks::carry::too_large), help("nothing was changed; carry less"))]
    TooLarge {
        /// In bytes or in entries, whichever it is.
        limit: u64,
    },
    /// No volume has this name.
    #[error("there is no volume {volume}")]
    #[diagnostic(
        code(workbooks::carry::no_volume),
        help("the volumes of an instance are `workspace`, `memory` and `tmp`")
    )]
    NoVolume {
        /// The name, quoted.
        volume: String,
    },
    /// The disk, or the state folder.
    #[error("the volumes of {instance} cannot be carried: {why}")]
    #[diagnostic(
        code(workbooks::carry::failed),
        help("`wbx doctor` says where state is kept and whether it can be used")
    )]
    Failed {
        /// The instance, quoted.
        instance: String,
        /// Why.
        why: String,
    },
}

impl Host {
    /// Writes `volumes` of an instance (`workspace`, `memory`, `tmp`) into a new SQLite file at
    /// `to`, as they are at one moment: one table `vfs(volume, path, content, mtime)`, times in
    /// milliseconds. An instance that never ran has no files. Blocks.
    ///
    /// # Errors
    /// [`CarryError`]; what was written stays.
    pub fn export_volumes(
        &self,
        instance: &str,
        volumes: &[&str],
        to: &Path,
    ) -> Result<Carried, CarryError> {
        let (chosen, stop) = (chosen(volumes)?, Stop::after(TIME));
        let Some(workbook) = self.0.volumes(instance) else { return Ok(Carried::default()) };
        let done = workbook.apart(false, &stop, |volumes| volumes.export(to, &chosen, &stop));
        done.map_err(|why| CarryError::of(instance, why))
    }

    /// Takes `volumes` out of such a file, whoever wrote it, into an instance in which they are
    /// empty: all that it has of them, or nothing. Rows are read, and nothing else: a schema of
    /// anything more is refused. `from` is to be a copy that nobody else writes. Blocks.
    ///
    /// # Errors
    /// [`CarryError`]; nothing is changed then.
    pub fn import_volumes(
        &self,
        instance: &str,
        volumes: &[&str],
        from: &Path,
    ) -> Result<Carried, CarryError> {
        let (chosen, stop) = (chosen(volumes)?, Stop::after(TIME));
        let Some(workbook) = self.0.volumes(instance) else { return Ok(Carried::default()) };
        let done = workbook.apart(true, &stop, |volumes| volumes.import(from, &chosen, &stop));
        done.map_err(|why| CarryError::of(instance, why))
    }
}

fn chosen(volumes: &[&str]) -> Result<Vec<Volume>, CarryError> {
    let all = [Volume::Workspace, Volume::Memory, Volume::Tmp];
    let find = |name: &&str| {
        let found = all.into_iter().find(|volume| volume.name() == *name);
        found.ok_or_else(|| CarryError::NoVolume { volume: quoted(name) })
    };
    let mut chosen = Vec::new();
    for volume in volumes.iter().map(find) {
        let volume = volume?;
        if !chosen.contains(&volume) {
            chosen.push(volume);
        }
    }
    Ok(chosen)
}

impl CarryError {
    fn of(instance: &str, why: StorageError) -> Self {
        let instance = quoted(instance);
        match why {
            StorageError::NotEmpty => Self::NotEmpty { instance },
            StorageError::Quota(limit) | StorageError::TooLarge(limit) => Self::TooLarge { limit },
            StorageError::Invalid(why) => Self::Unsound { why: printable(&why) },
            StorageError::Conflict => {
                Self::Unsound { why: "a path in it is a file and a directory".to_owned() }
            }
            other => Self::Failed { instance, why: other.to_string() },
        }
    }
}
