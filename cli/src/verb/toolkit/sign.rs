//! `wbx toolkit sign [ID]`: signs every file of a toolkit, as they are now.

use std::path::Path;

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;
use workbooks_host::Manifest;
use workbooks_host::provenance::{Did, Statement, Timestamp};
use workbooks_host::registry::{MANIFEST, Package, PackageError, SIGNATURE, read_folder};

use crate::engine::{catalog, identity};
use crate::io::{IoError, files};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Why a toolkit cannot be signed.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum SignError {
    /// What is signed has a version, or an older one could be taken for it.
    #[error("`{id}` has no version")]
    #[diagnostic(
        code(workbooks::manifest::no_version),
        help("add the line `#+VERSION: 0.1.0` to its manifest")
    )]
    NoVersion {
        /// The toolkit.
        id: String,
    },
    /// Its author is somebody else.
    #[error("the manifest names another author, {author}, than the key, {did}")]
    #[diagnostic(
        code(workbooks::trust::not_for_toolkit),
        help("write `#+AUTHOR_DID: {did}`, or leave the line out")
    )]
    Author {
        /// As the manifest has it.
        author: String,
        /// The key.
        did: Did,
    },
}

/// Signs, in place of the signature that is there.
pub(crate) fn sign(
    session: &Session,
    target: Option<&str>,
    tenant: &str,
) -> Result<Answer, Report> {
    let found = catalog::find_toolkit(session, target.unwrap_or("."))?;
    let folder = found.own_folder()?;
    let file = folder.join(SIGNATURE);
    let package = signable(folder, &file)?;
    let manifest = manifest_of(&package, Some(folder))?;
    let Some(version) = &manifest.version else {
        return Err(SignError::NoVersion { id: manifest.id }.into());
    };
    let key = identity::key_of(session, tenant)?;
    let did = key.did();
    if let Some(author) = manifest.author_did.as_ref().filter(|author| **author != did.to_string())
    {
        return Err(SignError::Author { author: author.clone(), did }.into());
    }
    let statement = Statement::of(&package.files, &manifest.id, version, &key, Timestamp::now());
    files::write_shared(&file, statement.sign(&key).to_json().as_bytes())?;
    let text = Text::default()
        .words(Style::Strong, &manifest.id)
        .line(format!(" {version} is signed by {did}: files: {}", statement.files.len()));
    let data = json!({
        "id": manifest.id, "version": version.to_string(), "publisher": did.to_string(),
        "files": statement.files.len(), "tree": statement.tree().to_string(),
        "signature": file.display().to_string(),
    });
    Ok(Answer::new(data, text))
}

/// The files, whatever the signature beside them is: it is about to be replaced.
fn signable(folder: &Path, signature: &Path) -> Result<Package, Report> {
    match read_folder(folder) {
        Err(PackageError::Envelope(_)) => {
            files::remove(signature)?;
            Ok(read_folder(folder)?)
        }
        read => Ok(read?),
    }
}

/// The manifest among the files of a package.
pub(super) fn manifest_of(package: &Package, folder: Option<&Path>) -> Result<Manifest, Report> {
    let missing = || IoError::NotFound { path: MANIFEST.into() };
    let text = package.files.get(MANIFEST).ok_or_else(missing)?;
    let name = folder.and_then(Path::file_name).and_then(|name| name.to_str());
    Ok(Manifest::parse(text, name, &catalog::vocabulary())?)
}
