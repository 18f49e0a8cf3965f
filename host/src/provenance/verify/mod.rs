//! Whether a package is what somebody signed, and whether that somebody is believed. All of it is
//! decided by bytes that are here; nobody is asked.

mod error;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use error::TrustError;

use super::{Did, Difference, Digest, Statement, TrustStore};
use crate::registry::{MANIFEST, Package};
use crate::toolkit::{Manifest, quoted};

/// Proof that each file of a package is the one that somebody signed who is believed about this
/// toolkit. [`verify`] alone makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    statement: Statement,
    name: Option<String>,
    tree: Digest,
}

impl Verified {
    /// What was signed.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Who signed it.
    pub fn publisher(&self) -> &Did {
        &self.statement.publisher
    }

    /// What the user calls the publisher.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The digest of all files.
    pub fn tree(&self) -> &Digest {
        &self.tree
    }

    /// Whether this is the manifest of what was signed: of its id and version, and of its
    /// publisher, if it names one.
    ///
    /// # Errors
    /// [`TrustError::NotForToolkit`].
    pub fn check(&self, manifest: &Manifest) -> Result<(), TrustError> {
        let Statement { toolkit, version, publisher, .. } = &self.statement;
        let refuse =
            |signed: String, manifest: String| Err(TrustError::NotForToolkit { signed, manifest });
        if manifest.id != *toolkit || manifest.version.as_ref() != Some(version) {
            let found = manifest.version.as_ref().map_or("no version".to_owned(), quoted_version);
            let signed = format!("{} {}", quoted(toolkit), quoted_version(version));
            return refuse(signed, format!("{} {found}", quoted(&manifest.id)));
        }
        match &manifest.author_did {
            Some(author) if author.parse().ok().as_ref() != Some(publisher) => {
                refuse(format!("the work of {publisher}"), format!("`#+AUTHOR_DID: {author}`"))
            }
            _ => Ok(()),
        }
    }
}

fn quoted_version(version: &semver::Version) -> String {
    quoted(&version.to_string())
}

/// What was signed of a package, if the signature holds for every file of it, whoever signed.
///
/// # Errors
/// [`TrustError`]: unsigned or tampered, or its signature is none.
pub fn inspect(package: &Package) -> Result<Statement, TrustError> {
    let envelope = package.envelope.as_ref().ok_or(TrustError::Unsigned)?;
    let statement = Statement::of_envelope(envelope)?;
    if !envelope.signed_by(&statement.publisher) {
        return Err(TrustError::Signature { did: statement.publisher });
    }
    let mut differences = statement.differences(&package.files);
    // One that nobody signed and nobody has.
    if !statement.files.contains_key(MANIFEST) && package.files.get(MANIFEST).is_none() {
        differences.push(Difference::Missing(MANIFEST.to_owned()));
    }
    if differences.is_empty() {
        return Ok(statement);
    }
    let toolkit = quoted(&statement.toolkit);
    Err(TrustError::Tampered { toolkit, did: statement.publisher, differences })
}

/// Proves that a package is what somebody signed who is believed about this toolkit now.
///
/// # Errors
/// [`TrustError`]; that the files are other than those that were signed comes before whether the
/// publisher is believed.
pub fn verify(
    package: &Package,
    trust: &TrustStore,
    now: Timestamp,
) -> Result<Verified, TrustError> {
    let statement = inspect(package)?;
    let Statement { toolkit, publisher, issued, .. } = &statement;
    let key = trust.believed(publisher, Some(toolkit), *issued, now)?;
    let (name, tree) = (key.and_then(|key| key.name.clone()), statement.tree());
    Ok(Verified { statement, name, tree })
}
