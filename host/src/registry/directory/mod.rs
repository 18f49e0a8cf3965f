//! A registry of plain files, which any web server can show:
//!
//! ```text
//! index/<id>.json       an OCI image index: each version's component, and what refers to it
//! blobs/sha256/<hex>    the manifests and their blobs, as an OCI registry has them
//! ```
//!
//! A look-up is one read, however many toolkits there are.

mod local;
mod publish;
#[cfg(test)]
mod tests;
mod web;

use std::collections::BTreeMap;
use std::path::Path;

pub use local::LocalFiles;
use semver::Version;

use super::artifact::{self, Blobs, TOOLKIT};
use super::image::{Descriptor, Index, MANIFEST, MANIFEST_BYTES, VERSION};
use super::{Fetched, Package, Registry, RegistryError};
use crate::provenance::{Digest, Statement};
use crate::toolkit::{quoted, slug};

/// Where the files of a directory registry are.
pub trait Fetch {
    /// How people write the place: a folder's path, or a URL. Never a credential.
    fn name(&self) -> String;

    /// The whole file at a path like `index/hello.json`, if there is one.
    ///
    /// # Errors
    /// [`RegistryError`]; a file of more than `limit` bytes is one.
    fn get(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, RegistryError>;

    /// The folder that holds them, if they can be written.
    fn folder(&self) -> Option<&Path> {
        None
    }
}

/// A registry of plain files.
#[derive(Clone, Debug)]
pub struct Directory<F> {
    files: F,
}

/// A version, as the index has it.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    component: Descriptor,
    referrer: Descriptor,
}

/// What an index lists, by version.
type Versions = BTreeMap<Version, Listed>;

impl Directory<LocalFiles> {
    /// The registry in a folder, which the first toolkit that is published makes.
    ///
    /// # Errors
    /// [`RegistryError::Unavailable`] if something other than a folder is there.
    pub fn open(folder: &Path) -> Result<Self, RegistryError> {
        Ok(Self::over(LocalFiles::open(folder)?))
    }
}

impl<F: Fetch> Directory<F> {
    /// The registry whose files are there.
    pub fn over(files: F) -> Self {
        Self { files }
    }

    fn malformed(&self, why: impl Into<String>) -> RegistryError {
        RegistryError::malformed(&self.files.name(), why)
    }

    /// What the index of a toolkit lists; nothing if there is none.
    fn index(&self, id: &str) -> Result<Option<(Index, Versions)>, RegistryError> {
        if slug(id).is_err() {
            return Ok(None);
        }
        let path = format!("index/{id}.json");
        let Some(bytes) = self.files.get(&path, MANIFEST_BYTES as u64)? else { return Ok(None) };
        let malformed = |why: String| self.malformed(format!("{}: {why}", quoted(&path)));
        let index = Index::read(&bytes).map_err(malformed)?;
        let (mut components, mut referrers) = (BTreeMap::new(), BTreeMap::new());
        for descriptor in &index.manifests {
            let kind = match descriptor.artifact_type.as_deref() {
                None => &mut components,
                Some(TOOLKIT) => &mut referrers,
                // What others say of it: a list of its parts, say.
                Some(_) => continue,
            };
            let version = version_of(descriptor).map_err(malformed)?;
            if kind.insert(version.clone(), descriptor.clone()).is_some() {
                return Err(malformed(format!("{version} is listed twice")));
            }
        }
        let mut listed = BTreeMap::new();
        for (version, component) in components {
            let Some(referrer) = referrers.remove(&version) else {
                return Err(malformed(format!("{version} has no signature")));
            };
            listed.insert(version, Listed { component, referrer });
        }
        match referrers.keys().next() {
            Some(version) => Err(malformed(format!("{version} has no component"))),
            None => Ok(Some((index, listed))),
        }
    }
}

/// The version of a manifest of an index. With build metadata two versions would be of one rank.
fn version_of(descriptor: &Descriptor) -> Result<Version, String> {
    if descriptor.media_type != MANIFEST {
        return Err(format!("{} instead of a manifest", quoted(&descriptor.media_type)));
    }
    if descriptor.size > MANIFEST_BYTES as u64 {
        return Err(format!("{} has more than {MANIFEST_BYTES} bytes", descriptor.name()));
    }
    let text = descriptor.annotations.get(VERSION).map_or("", String::as_str);
    match Version::parse(text) {
        Ok(version) if version.build.is_empty() => Ok(version),
        _ => Err(format!("{} is no version", quoted(text))),
    }
}

impl<F: Fetch> Blobs for Directory<F> {
    fn name(&self) -> String {
        self.files.name()
    }

    fn blob(&self, of: &Descriptor) -> Result<Vec<u8>, RegistryError> {
        let bytes = self.files.get(&path_of(&of.digest), of.size)?;
        bytes.ok_or_else(|| self.malformed(format!("{} is missing", of.name())))
    }
}

fn path_of(blob: &Digest) -> String {
    format!("blobs/sha256/{blob}")
}

impl<F: Fetch> Registry for Directory<F> {
    fn name(&self) -> String {
        self.files.name()
    }

    fn versions(&self, id: &str) -> Result<Vec<Version>, RegistryError> {
        Ok(self.index(id)?.map(|(_, listed)| listed.into_keys().collect()).unwrap_or_default())
    }

    fn fetch(&self, id: &str, version: &Version) -> Result<Fetched, RegistryError> {
        let listed = self.index(id)?.and_then(|(_, mut listed)| listed.remove(version));
        let Some(Listed { component, referrer }) = listed else {
            let what = format!("{} {version}", quoted(id));
            return Err(RegistryError::NotFound { registry: self.files.name(), what });
        };
        let manifest = |of: &Descriptor| {
            let bytes = self.blob(of)?;
            of.check(&bytes).map_err(|why| self.malformed(why))?;
            Ok::<_, RegistryError>(bytes)
        };
        let package = artifact::package(self, &manifest(&component)?, &manifest(&referrer)?)?;
        let statement = package.envelope.as_ref().map(Statement::of_envelope);
        let statement = match statement {
            Some(Ok(statement)) => statement,
            Some(Err(why)) => return Err(self.malformed(why.to_string())),
            None => return Err(self.malformed("a toolkit without a signature")),
        };
        if statement.toolkit != id || statement.version != *version {
            return Err(self.malformed(format!(
                "{} {} is listed as {} {version}",
                quoted(&statement.toolkit),
                statement.version,
                quoted(id)
            )));
        }
        Ok(Fetched { package, digest: component.digest })
    }

    fn publish(&self, package: &Package) -> Result<Digest, RegistryError> {
        publish::publish(self, package, &mut |_| Ok(()))
    }
}
