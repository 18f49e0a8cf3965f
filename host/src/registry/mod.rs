//! Where toolkits come from and where they go: packages, the places that hold them, and the store
//! from which an installed one is read.

pub mod archive;
pub(crate) mod artifact;
mod directory;
mod error;
mod folder;
pub(crate) mod image;
mod lock;
mod network;
pub mod oci;
mod package;
mod source;
mod store;
mod tree;

pub use directory::{Directory, Fetch, LocalFiles};
pub use error::RegistryError;
pub use folder::read_folder;
pub use lock::{Entry, Lock, LockError};
pub use network::{Network, NetworkError};
pub use oci::{Endpoint, HttpFetch, Oci, Reference};
pub use package::{ARTIFACT, MANIFEST, Package, PackageError, SIGNATURE};
pub use source::Source;
pub use store::{Store, StoreError};

use semver::Version;

use crate::provenance::Digest;

/// A place that holds toolkits by id and version.
pub trait Registry {
    /// How people write it: a folder's path, or a URL. Never a credential.
    fn name(&self) -> String;

    /// Every version of a toolkit that it has; empty if it knows no such id.
    ///
    /// # Errors
    /// [`RegistryError`] if it cannot be asked, or answers nonsense.
    fn versions(&self, id: &str) -> Result<Vec<Version>, RegistryError>;

    /// A version, as the registry holds it. Nothing is proved by that: the package's signature is
    /// for the caller to verify.
    ///
    /// # Errors
    /// [`RegistryError`]; among them every difference between what was named and what came.
    fn fetch(&self, id: &str, version: &Version) -> Result<Fetched, RegistryError>;

    /// Adds a version, which never changes afterwards.
    ///
    /// # Errors
    /// [`RegistryError::Exists`] if it has another package of that version.
    fn publish(&self, package: &Package) -> Result<Digest, RegistryError>;
}

/// What a registry gave.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The files, and the signature if there is one.
    pub package: Package,
    /// The registry's own digest of it: of the manifest of an OCI artifact.
    pub digest: Digest,
}
