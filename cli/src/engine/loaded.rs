//! A toolkit as it is used: its manifest, and the files that it is built from and run. What is a
//! third party's is read once, verified, and used from memory, so that nothing can change between
//! the check and the use.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_compilers::Origin;
use workbooks_host::Manifest;
use workbooks_host::policy::Provenance as Proof;
use workbooks_host::provenance::{Did, Digest, Files, Timestamp, TrustError, Verified, verify};
use workbooks_host::registry::{
    ARTIFACT, Entry, MANIFEST, Package, PackageError, Store, StoreError, read_folder,
};
use workbooks_host::toolkit::TrustClaim;

use super::catalog::{Provenance, Toolkit, vocabulary};
use super::{identity, operator};
use crate::io::scratch::Scratch;
use crate::io::{IoError, files};
use crate::session::Session;

/// A toolkit that may be used, as far as its origin goes.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Where it was found.
    pub(crate) found: Toolkit,
    /// What it says of itself.
    pub(crate) manifest: Manifest,
    /// Its files.
    pub(crate) origin: Origin,
    /// The proof of who made it, if it is a third party's.
    pub(crate) verified: Option<Verified>,
    /// Files of it that its guest sees, if it has any and is in memory.
    shown: OnceLock<Scratch>,
}

/// Why a third party's toolkit is not used.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum LoadError {
    /// It is not proved to be of somebody who is trusted.
    #[error("`{toolkit}` is a third party's toolkit, and it is not used: {why}")]
    #[diagnostic(forward(why))]
    Untrusted {
        /// Its id.
        toolkit: String,
        /// Why not; said in the message, so that lists say it too.
        why: TrustError,
    },
    /// Its files are no toolkit's.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Package(#[from] PackageError),
    /// The store does not give it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Store(#[from] StoreError),
    /// The lock names one, and there is another.
    #[error(
        "`{toolkit}` is not what `wbx.lock` names: {what} is {found}, and the lock says {locked}"
    )]
    #[diagnostic(
        code(workbooks::trust::not_for_toolkit),
        help(
            "somebody changed `wbx.lock`: take its last good version back, or add the toolkit again with `wbx toolkit add`"
        )
    )]
    NotTheLocked {
        /// Its id.
        toolkit: String,
        /// What differs.
        what: &'static str,
        /// What there is.
        found: String,
        /// What the lock says.
        locked: String,
    },
    /// The lock names one that was never fetched here.
    #[error(
        "`{toolkit}` was added to this workbook, and it is not in the store of this installation"
    )]
    #[diagnostic(
        code(workbooks::cli::not_found::package),
        help("`wbx toolkit add`, without a source, fetches what `wbx.lock` names")
    )]
    NotFetched {
        /// Its id.
        toolkit: String,
    },
}

/// What the manifest in a folder says, which nobody has verified.
pub(crate) fn claimed(folder: &Path) -> Result<Manifest, Report> {
    // Who made the folder may have put a link to anything there.
    let text = files::read_text(&folder.join(MANIFEST))?;
    let name = folder.file_name().and_then(|name| name.to_str());
    Ok(Manifest::parse(&text, name, &vocabulary())?)
}

impl Toolkit {
    /// Reads it: a first party's manifest, or all of a third party's files, which are verified
    /// before anything else is done with them.
    pub(crate) fn load(&self, session: &Session) -> Result<Loaded, Report> {
        match &self.provenance {
            Provenance::Own(folder) | Provenance::Named(folder) => {
                let manifest = claimed(folder)?;
                if operator::policy(session)?.trust(&manifest) == TrustClaim::FirstParty {
                    return Ok(self.first_party(manifest, folder));
                }
                self.verified(session, self.package(session)?, &manifest.id, None)
            }
            Provenance::Added(entry) => {
                self.verified(session, self.package(session)?, &entry.id, Some(entry))
            }
        }
    }

    /// The same of one in a folder of the user's, with all of its files, which are read once: what
    /// is built of it is what is signed of it, whatever becomes of the folder meanwhile.
    pub(crate) fn load_whole(&self, session: &Session) -> Result<(Loaded, Arc<Files>), Report> {
        let folder = self.own_folder()?;
        let package = self.package(session)?;
        let name = folder.file_name().and_then(|name| name.to_str());
        let text = package.files.get(MANIFEST).unwrap_or_default();
        let manifest = Manifest::parse(text, name, &vocabulary())?;
        let files = Arc::new(package.files.clone());
        let mut loaded = match operator::policy(session)?.trust(&manifest) {
            TrustClaim::FirstParty => self.first_party(manifest, folder),
            TrustClaim::ThirdParty => {
                let id = manifest.id.clone();
                self.verified(session, package, &id, None)?
            }
        };
        loaded.origin = Origin::Files(files.clone());
        Ok((loaded, files))
    }

    /// One of the user's own, which stays where it is.
    pub(super) fn first_party(&self, manifest: Manifest, folder: &Path) -> Loaded {
        let (found, origin) = (self.clone(), folder.into());
        Loaded { found, manifest, origin, verified: None, shown: OnceLock::new() }
    }

    /// All of its files, and the signature beside them. Nothing is proved by that.
    pub(crate) fn package(&self, session: &Session) -> Result<Package, LoadError> {
        match &self.provenance {
            Provenance::Own(folder) | Provenance::Named(folder) => Ok(read_folder(folder)?),
            Provenance::Added(entry) => {
                let stored = Store::new(session.home.store()).get(&entry.tree, &entry.envelope)?;
                stored.ok_or_else(|| LoadError::NotFetched { toolkit: entry.id.clone() })
            }
        }
    }

    fn verified(
        &self,
        session: &Session,
        package: Package,
        id: &str,
        locked: Option<&Entry>,
    ) -> Result<Loaded, Report> {
        let untrusted = |why| LoadError::Untrusted { toolkit: id.to_owned(), why };
        let trust = identity::trust(session)?;
        let verified = verify(&package, &trust, Timestamp::now()).map_err(untrusted)?;
        locked.map_or(Ok(()), |entry| is_locked(&verified, entry))?;
        let text = package.files.get(MANIFEST).unwrap_or_default();
        let manifest = Manifest::parse(text, Some(id), &vocabulary())?;
        verified.check(&manifest).map_err(untrusted)?;
        Ok(Loaded {
            found: self.clone(),
            manifest,
            origin: Origin::Files(Arc::new(package.files)),
            verified: Some(verified),
            shown: OnceLock::new(),
        })
    }
}

impl Loaded {
    /// What [`workbooks_host::grant`] is to know of where it came from.
    pub(crate) fn proof(&self) -> Proof<'_> {
        self.verified.as_ref().map_or(Proof::Local, Proof::Signed)
    }

    /// Who is proved to have made it, if it is a third party's.
    pub(crate) fn publisher(&self) -> Option<&Did> {
        self.verified.as_ref().map(Verified::publisher)
    }

    /// Whether who is proved to have made it is believed still: keys expire and are revoked while a
    /// toolkit is served.
    pub(crate) fn is_believed(&self, session: &Session) -> bool {
        believed(session, self.verified.as_ref())
    }

    /// Whether it is the project's own, and nobody else's: it gets what it declares, within
    /// bounds, and finds the project's other toolkits.
    pub(crate) fn is_own(&self) -> bool {
        self.verified.is_none() && matches!(self.found.provenance, Provenance::Own(_))
    }

    /// What its publisher built, if it was verified and has that, and the digest that the signature
    /// has of it: of these very bytes, which were counted when it was verified.
    pub(crate) fn artifact(&self) -> Option<(&[u8], Digest)> {
        match (&self.origin, &self.verified) {
            (Origin::Files(files), Some(verified)) => {
                Some((files.get(ARTIFACT)?, *verified.statement().files.get(ARTIFACT)?))
            }
            _ => None,
        }
    }

    /// Its folder, and in that the folder `path`, for a guest to see. Of a toolkit that is in memory
    /// that part is laid out in `scratch`, from what was verified, for this run alone.
    pub(crate) fn shown(&self, path: &str, scratch: &Path) -> Result<(PathBuf, PathBuf), IoError> {
        let top = match (&self.origin, self.shown.get()) {
            (Origin::Folder(folder), _) => folder.clone(),
            (Origin::Files(_), Some(made)) => made.path().to_owned(),
            (Origin::Files(all), None) => {
                let made = Scratch::make(scratch)?;
                let rest = |file: &str| file.strip_prefix(path).map(|rest| rest.starts_with('/'));
                for (file, bytes) in all.iter() {
                    if path == "." || rest(file) == Some(true) {
                        files::write_new(&made.path().join(file), bytes)?;
                    }
                }
                let top = made.path().to_owned();
                drop(self.shown.set(made));
                top
            }
        };
        let shown = top.join(path);
        Ok((top, shown))
    }

    /// What has to live as long as its guests do.
    pub(crate) fn into_shown(self) -> Option<Scratch> {
        self.shown.into_inner()
    }
}

/// Whether who is proved to have made something is believed still; whatever is the user's own is.
pub(super) fn believed(session: &Session, verified: Option<&Verified>) -> bool {
    let Some(statement) = verified.map(Verified::statement) else { return true };
    let id = Some(statement.toolkit.as_str());
    // A trust store that cannot be read vouches for nobody.
    identity::trust(session).is_ok_and(|trust| {
        trust.believed(&statement.publisher, id, statement.issued, Timestamp::now()).is_ok()
    })
}

/// Refuses one that the lock says something else about.
fn is_locked(verified: &Verified, entry: &Entry) -> Result<(), LoadError> {
    let statement = verified.statement();
    let rows = [
        ("the id", statement.toolkit.clone(), entry.id.clone()),
        ("the version", statement.version.to_string(), entry.version.to_string()),
        ("the publisher", statement.publisher.to_string(), entry.publisher.to_string()),
        ("the digest", verified.tree().to_string(), entry.tree.to_string()),
    ];
    match rows.into_iter().find(|(_, found, locked)| found != locked) {
        None => Ok(()),
        Some((what, found, locked)) => {
            let toolkit = entry.id.clone();
            Err(LoadError::NotTheLocked { toolkit, what, found, locked })
        }
    }
}

#[cfg(test)]
#[path = "loaded_tests.rs"]
mod tests;
