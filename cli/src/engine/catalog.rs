//! Where toolkits are found: by id in the project's own tree, by folder, or as a bare file.

use std::path::{Path, PathBuf};

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_host::registry::Entry;
use workbooks_host::{Vocabulary, world};

use super::workbook::Workbook;
use crate::io::files;
use crate::project::{MANIFEST, ids, root};
use crate::session::Session;
use crate::verb::nearest::nearest;

/// What a TARGET names.
#[derive(Debug)]
pub(crate) enum Target {
    /// A folder with a manifest.
    Toolkit(Toolkit),
    /// A WebAssembly file without one.
    File(PathBuf),
}

/// A toolkit that was found; nothing of it is read yet.
#[derive(Clone, Debug)]
pub(crate) struct Toolkit {
    /// Where it came from.
    pub(crate) provenance: Provenance,
}

/// Where a toolkit came from.
#[derive(Clone, Debug)]
pub(crate) enum Provenance {
    /// A folder of the project's own tree.
    Own(PathBuf),
    /// A folder that somebody named.
    Named(PathBuf),
    /// From elsewhere: what the workbook's lock says of it. It is a third party's, whatever it
    /// claims.
    Added(Box<Entry>),
}

/// Why nothing was found.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum FindError {
    /// No such toolkit.
    #[error("there is no toolkit `{id}`")]
    #[diagnostic(code(workbooks::cli::not_found::toolkit), help("{help}"))]
    Unknown {
        /// The id.
        id: String,
        /// The nearest, or where was looked.
        help: String,
    },
    /// A folder without a manifest.
    #[error("`{}` is not a toolkit: it has no `{MANIFEST}`", path.display())]
    #[diagnostic(code(workbooks::cli::not_found::manifest), help("`wbx toolkit new` writes one"))]
    NoManifest {
        /// The folder.
        path: PathBuf,
    },
    /// The project has one of this id, and another was added.
    #[error(
        "`{id}` is two toolkits: one in `{}`, and one that `{}` says was added from {from}",
        folder.display(), lock.display()
    )]
    #[diagnostic(
        code(workbooks::cli::conflict::ambiguous),
        help(
            "name the folder to mean the first; to keep one, `wbx toolkit remove {id}` or rename the folder"
        )
    )]
    Ambiguous {
        /// The id.
        id: String,
        /// The project's own.
        folder: PathBuf,
        /// What names the other.
        lock: PathBuf,
        /// Where the other came from.
        from: String,
    },
    /// It is not the user's to change.
    #[error("`{id}` was added to this workbook, and is its publisher's")]
    #[diagnostic(
        code(workbooks::cli::usage),
        help("to make your own of it, put its files into a folder and change its id")
    )]
    NotYours {
        /// The id.
        id: String,
    },
    /// Nothing is there.
    #[error("there is nothing at `{}`", path.display())]
    #[diagnostic(
        code(workbooks::cli::not_found::path),
        help("name a toolkit by its id, its folder, or a `.wasm` or `.wat` file")
    )]
    Nothing {
        /// The path.
        path: PathBuf,
    },
}

/// The words that `#+CAPS` may hold: those of the contract.
pub(crate) fn vocabulary() -> Vocabulary {
    Vocabulary::new(world::CAPABILITIES.iter().map(|row| row.name))
}

/// What `target` names.
pub(crate) fn find(session: &Session, target: &str) -> Result<Target, Report> {
    let path = session.surroundings.folder.join(target);
    let is_file = [".wasm", ".wat"].iter().any(|suffix| target.ends_with(suffix));
    let is_path = is_file || target.contains('/') || matches!(target, "." | "..");
    if is_path {
        return match (files::is_folder(&path), files::exists(&path)) {
            (true, _) => Ok(Target::Toolkit(folder(session, path)?)),
            (false, true) => Ok(Target::File(path)),
            (false, false) => Err(FindError::Nothing { path: target.into() }.into()),
        };
    }
    if let Some(toolkit) = by_id(session, target)? {
        return Ok(Target::Toolkit(toolkit));
    }
    if files::exists(&path.join(MANIFEST)) {
        return Ok(Target::Toolkit(folder(session, path)?));
    }
    Err(FindError::Unknown { id: target.to_owned(), help: unknown(session, target)? }.into())
}

/// The toolkit of this id: the project's own, or the one that was added.
pub(crate) fn by_id(session: &Session, id: &str) -> Result<Option<Toolkit>, Report> {
    let own = root(session).map(|root| root.join(id));
    let own = own.filter(|folder| files::exists(&folder.join(MANIFEST)));
    let workbook = Workbook::of(session);
    let added = workbook.lock(session)?.find(id).cloned();
    let provenance = match (own, added) {
        (None, None) => return Ok(None),
        (Some(folder), None) => Provenance::Own(folder),
        (None, Some(entry)) => Provenance::Added(Box::new(entry)),
        (Some(folder), Some(entry)) => {
            let (id, lock) = (id.to_owned(), workbook.lock_file());
            return Err(FindError::Ambiguous { id, folder, lock, from: entry.source }.into());
        }
    };
    Ok(Some(Toolkit { provenance }))
}

/// The same, where a bare file will not do.
pub(crate) fn find_toolkit(session: &Session, target: &str) -> Result<Toolkit, Report> {
    match find(session, target)? {
        Target::Toolkit(toolkit) => Ok(toolkit),
        Target::File(path) => Err(FindError::NoManifest { path }.into()),
    }
}

/// A folder that somebody named. It is the project's own if it lies where an id would find it.
fn folder(session: &Session, path: PathBuf) -> Result<Toolkit, FindError> {
    let folder = files::real(&path);
    if !files::exists(&folder.join(MANIFEST)) {
        return Err(FindError::NoManifest { path });
    }
    let own = root(session).is_some_and(|root| folder.parent() == Some(&files::real(&root)));
    let provenance = if own { Provenance::Own(folder) } else { Provenance::Named(folder) };
    Ok(Toolkit { provenance })
}

fn unknown(session: &Session, id: &str) -> Result<String, Report> {
    let root = root(session);
    let mut all: Vec<String> = root.as_deref().map(ids).unwrap_or_default();
    all.extend(Workbook::of(session).lock(session)?.entries().map(|entry| entry.id.clone()));
    Ok(match (nearest(id, all.iter().map(String::as_str)), root) {
        (Some(near), _) => format!("did you mean `{near}`? `wbx toolkit list` shows all"),
        (None, None) => "there is no folder `toolkits` here or above; set WBX_TOOLKITS_ROOT, or name a folder or file".into(),
        (None, Some(_)) => "`wbx toolkit list` shows all there are".into(),
    })
}

impl Toolkit {
    /// Its folder, to change something there.
    pub(crate) fn own_folder(&self) -> Result<&Path, FindError> {
        match &self.provenance {
            Provenance::Own(folder) | Provenance::Named(folder) => Ok(folder),
            Provenance::Added(entry) => Err(FindError::NotYours { id: entry.id.clone() }),
        }
    }

    /// Its folder, if it lies in one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.provenance {
            Provenance::Own(folder) | Provenance::Named(folder) => Some(folder),
            Provenance::Added(_) => None,
        }
    }
}
