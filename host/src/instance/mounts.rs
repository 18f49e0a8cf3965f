//! Folders of the host that a grant shows to a guest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use crate::policy::Mount;
use crate::storage::Volume;

/// Why a folder cannot be mounted. Shown to the operator, never to the guest.
#[derive(Debug, Error, Diagnostic)]
pub enum MountError {
    /// It is not there, or cannot be opened.
    #[error("`{}` cannot be mounted: {why}", path.display())]
    #[diagnostic(
        code(workbooks::mount::unreadable),
        help("a mount is `host::guest`, with `:rw` at the end to let the guest write")
    )]
    Unreadable {
        /// The host's path.
        path: PathBuf,
        /// What the system says.
        #[source]
        why: io::Error,
    },
    /// It is no folder.
    #[error("`{}` is not a folder", path.display())]
    #[diagnostic(code(workbooks::mount::not_a_folder), help("mount the folder in which it lies"))]
    NotAFolder {
        /// The host's path.
        path: PathBuf,
    },
    /// Another mount has its place in the guest.
    #[error("two folders are mounted at `{guest}`")]
    #[diagnostic(code(workbooks::mount::twice), help("give each mount a place of its own"))]
    Twice {
        /// The guest's path.
        guest: String,
    },
    /// A volume has its place in the guest.
    #[error("`{guest}` is a volume of the workbook, or lies in one")]
    #[diagnostic(
        code(workbooks::mount::volume),
        help("mount it elsewhere: `/workspace`, `/memory` and `/tmp` are volumes")
    )]
    Volume {
        /// The guest's path.
        guest: String,
    },
    /// It would show the host's own cache, keys or state.
    #[error("`{}` contains or lies in `{}`, which belongs to the host", path.display(), protected.display())]
    #[diagnostic(
        code(workbooks::mount::protected),
        help("mount a folder that is apart from the host's cache, keys and state")
    )]
    Protected {
        /// The host's path.
        path: PathBuf,
        /// What it touches.
        protected: PathBuf,
    },
}

/// Folders that no mount may contain or lie in: cache, keys and state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Protected {
    folders: Vec<PathBuf>,
    /// What mounts may lie in all the same, and not be.
    laid_out: Vec<PathBuf>,
}

impl Protected {
    pub(crate) fn new(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let folders = folders.into_iter().map(|folder| resolved(&folder)).collect();
        Self { folders, laid_out: Vec::new() }
    }

    /// The same, but that mounts may lie in these.
    pub(crate) fn but_in(mut self, laid_out: impl IntoIterator<Item = PathBuf>) -> Self {
        self.laid_out.extend(laid_out.into_iter().map(|folder| resolved(&folder)));
        self
    }

    /// The folders, without links.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    fn check(&self, path: &Path) -> Result<(), MountError> {
        // What is protected in a folder that is laid out stays so.
        let laid_out = |folder: &Path| {
            let opens =
                |open: &PathBuf| open.starts_with(folder) && path.starts_with(open) && path != open;
            self.laid_out.iter().any(opens)
        };
        let touches = |folder: &&PathBuf| {
            folder.starts_with(path) || (path.starts_with(folder) && !laid_out(folder))
        };
        match self.folders.iter().find(touches) {
            None => Ok(()),
            Some(folder) => {
                Err(MountError::Protected { path: path.to_owned(), protected: folder.clone() })
            }
        }
    }
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(path), ..) => path,
        (Err(_), Some(parent), Some(name)) => resolved(parent).join(name),
        _ => path.to_owned(),
    }
}

/// Where a guest sees its volumes. No mount may be there or below: what one half of its calls
/// finds at a path, the other half would not.
pub(super) const VOLUMES: [(&str, Volume); 3] =
    [("/workspace", Volume::Workspace), ("/memory", Volume::Memory), ("/tmp", Volume::Tmp)];

/// Opens each mount, read-only unless it says otherwise. With `volumes`, the guest has these too.
pub(super) fn open(
    wasi: &mut WasiCtxBuilder,
    mounts: &[Mount],
    volumes: bool,
    protected: &Protected,
) -> Result<(), MountError> {
    for (at, mount) in mounts.iter().enumerate() {
        if volumes && VOLUMES.iter().any(|(place, _)| Path::new(&mount.guest).starts_with(place)) {
            return Err(MountError::Volume { guest: mount.guest.clone() });
        }
        if mounts[..at].iter().any(|other| other.guest == mount.guest) {
            return Err(MountError::Twice { guest: mount.guest.clone() });
        }
        let asked = Path::new(&mount.host);
        let unreadable = |why| MountError::Unreadable { path: asked.to_owned(), why };
        let path = asked.canonicalize().map_err(unreadable)?;
        protected.check(&path)?;
        if !fs::metadata(&path).map_err(unreadable)?.is_dir() {
            return Err(MountError::NotAFolder { path: asked.to_owned() });
        }
        let perms = if mount.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
        wasi.preopened_dir(&path, &mount.guest, perms)
            .map_err(|why| unreadable(io::Error::other(why.root_cause().to_string())))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(host: &Path) -> Mount {
        format!("{}::/data", host.display()).parse().unwrap()
    }

    fn open_with(protected: &Path, host: &Path) -> Result<(), MountError> {
        open(
            &mut WasiCtxBuilder::new(),
            &[mount(host)],
            true,
            &Protected::new([protected.to_owned()]),
        )
    }

    #[test]
    fn the_state_its_parents_and_its_children_are_refused_through_links_too() {
        let root = tempfile::tempdir().unwrap();
        let state = root.path().join("state");
        fs::create_dir_all(state.join("deep")).unwrap();
        std::os::unix::fs::symlink(&state, root.path().join("link")).unwrap();
        for path in
            [root.path().to_owned(), state.clone(), state.join("deep"), root.path().join("link")]
        {
            let refused = open_with(&state, &path);
            assert!(matches!(refused, Err(MountError::Protected { .. })), "{}", path.display());
        }
        fs::create_dir(root.path().join("beside")).unwrap();
        open_with(&state, &root.path().join("beside")).unwrap();
    }

    #[test]
    fn what_is_laid_out_may_be_mounted_and_neither_its_folder_nor_what_is_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let (cache, scratch) = (root.path().join("cache"), root.path().join("cache/scratch"));
        fs::create_dir_all(scratch.join("run/files")).unwrap();
        fs::create_dir_all(cache.join("scratch-not")).unwrap();
        std::os::unix::fs::symlink(&cache, scratch.join("run/link")).unwrap();
        let keys = scratch.join("run/keys/deep");
        let key = keys.join("key");
        fs::create_dir_all(&key).unwrap();
        let protected = Protected::new([cache.clone(), keys]).but_in([scratch.clone()]);
        for refused in [
            cache.as_path(),
            &scratch,
            &cache.join("scratch-not"),
            &scratch.join("run/link"),
            &scratch.join("run"),
            &key,
        ] {
            let real = refused.canonicalize().unwrap();
            let found = protected.check(&real);
            assert!(matches!(found, Err(MountError::Protected { .. })), "{}", refused.display());
        }
        let files = scratch.join("run/files").canonicalize().unwrap();
        protected.check(&files).unwrap();
    }

    #[test]
    fn the_place_of_a_volume_is_refused_to_guests_that_have_volumes() {
        let root = tempfile::tempdir().unwrap();
        let protected = Protected::new([root.path().join("state")]);
        let open = |guest: &str, volumes| {
            let mount = format!("{}::{guest}", root.path().display()).parse().unwrap();
            open(&mut WasiCtxBuilder::new(), &[mount], volumes, &protected)
        };
        fs::create_dir(root.path().join("beside")).unwrap();
        for guest in ["/workspace", "/memory", "/tmp", "/tmp/deep"] {
            assert!(matches!(open(guest, true), Err(MountError::Volume { .. })), "{guest}");
            assert!(!matches!(open(guest, false), Err(MountError::Volume { .. })), "{guest}");
        }
        for guest in ["/", "/tmpfs", "/data/tmp"] {
            assert!(!matches!(open(guest, true), Err(MountError::Volume { .. })), "{guest}");
        }
    }

    #[test]
    fn a_file_a_fifo_and_a_device_are_no_folders() {
        let root = tempfile::tempdir().unwrap();
        let (file, fifo) = (root.path().join("file"), root.path().join("fifo"));
        fs::write(&file, "x").unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        for path in [file, fifo, "/dev/null".into()] {
            let refused = open_with(&root.path().join("state"), &path);
            assert!(matches!(refused, Err(MountError::NotAFolder { .. })), "{}", path.display());
        }
    }
}
