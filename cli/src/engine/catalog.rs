//! Where toolkits are found: by id in the project's own tree, by folder, or as a bare file.

use std::path::{Path, PathBuf};

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_host::{Manifest, Vocabulary, world};

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

/// A toolkit that was found; its manifest is not read yet.
#[derive(Clone, Debug)]
pub(crate) struct Toolkit {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Whether it lies in the project's own tree.
    pub(crate) own: bool,
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
pub(crate) fn find(session: &Session, target: &str) -> Result<Target, FindError> {
    let path = session.surroundings.folder.join(target);
    let is_file = [".wasm", ".wat"].iter().any(|suffix| target.ends_with(suffix));
    let is_path = is_file || target.contains('/') || matches!(target, "." | "..");
    if is_path {
        return match (files::is_folder(&path), files::exists(&path)) {
            (true, _) => folder(session, path).map(Target::Toolkit),
            (false, true) => Ok(Target::File(path)),
            (false, false) => Err(FindError::Nothing { path: target.into() }),
        };
    }
    let root = root(session);
    if let Some(root) = &root
        && files::exists(&root.join(target).join(MANIFEST))
    {
        return Ok(Target::Toolkit(Toolkit { folder: root.join(target), own: true }));
    }
    if files::exists(&path.join(MANIFEST)) {
        return folder(session, path).map(Target::Toolkit);
    }
    Err(FindError::Unknown { id: target.to_owned(), help: unknown(target, root.as_deref()) })
}

/// The same, where a bare file will not do.
pub(crate) fn find_toolkit(session: &Session, target: &str) -> Result<Toolkit, FindError> {
    match find(session, target)? {
        Target::Toolkit(toolkit) => Ok(toolkit),
        Target::File(path) => Err(FindError::NoManifest { path }),
    }
}

/// A folder that somebody named. It is the project's own if it lies where an id would find it.
fn folder(session: &Session, path: PathBuf) -> Result<Toolkit, FindError> {
    let folder = files::real(&path);
    if !files::exists(&folder.join(MANIFEST)) {
        return Err(FindError::NoManifest { path });
    }
    let own = root(session).is_some_and(|root| folder.parent() == Some(&files::real(&root)));
    Ok(Toolkit { folder, own })
}

fn unknown(id: &str, root: Option<&Path>) -> String {
    let Some(root) = root else {
        return "there is no folder `toolkits` here or above; set WBX_TOOLKITS_ROOT, or name a folder or file".into();
    };
    let ids = ids(root);
    match nearest(id, ids.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`? `wbx toolkit list` shows all"),
        None => "`wbx toolkit list` shows all there are".into(),
    }
}

impl Toolkit {
    /// Reads its manifest.
    pub(crate) fn manifest(&self, session: &Session) -> Result<Manifest, Report> {
        let text = session.io.read(&self.folder.join(MANIFEST))?;
        let name = self.folder.file_name().and_then(|name| name.to_str());
        Ok(Manifest::parse(&text, name, &vocabulary())?)
    }
}
