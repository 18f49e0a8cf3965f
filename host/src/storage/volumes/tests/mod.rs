//! Claims about the volumes, each against a file and against memory.

mod files;
mod model;
mod opened;
mod opening;
mod portable;
mod refusals;
mod runaways;
mod sql;

use std::time::Duration;

use super::*;

pub(super) fn soon() -> Stop {
    Stop::after(Duration::from_secs(10))
}

pub(super) fn path(text: &str) -> VfsPath {
    VfsPath::parse(text).unwrap()
}

/// Volumes in a file and in memory, and the folder of the file.
pub(super) fn both(quota: VolumesQuota) -> (tempfile::TempDir, [Volumes; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let durable = Volumes::open(&folder.path().join("volumes.db"), quota).unwrap();
    (folder, [durable, Volumes::memory(quota).unwrap()])
}

/// In the workspace.
impl Volumes {
    pub(super) fn put(&self, at: &str, data: &[u8]) {
        self.write(Volume::Workspace, &path(at), None, data, &soon()).unwrap();
    }

    pub(super) fn get(&self, at: &str) -> Result<Vec<u8>, StorageError> {
        self.read(Volume::Workspace, &path(at), 0, u32::MAX, &soon())
    }

    pub(super) fn ask(&self, sql: &str) -> Result<Rows, StorageError> {
        self.query(sql, &[], &soon())
    }

    pub(super) fn ask_within(&self, time: Duration) -> Result<Rows, StorageError> {
        self.query("SELECT 1", &[], &Stop::after(time))
    }

    /// All paths of the workspace.
    pub(super) fn list(&self) -> Vec<String> {
        let (entries, _) = self.entries(Volume::Workspace, "", None, 1000, &soon()).unwrap();
        entries.into_iter().map(|entry| entry.path).collect()
    }
}
