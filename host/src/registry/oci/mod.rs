//! Registries that speak the *OCI Distribution Specification* 1.1: an id is a repository under the
//! registry's prefix, a version its tag. All traffic passes egress.

mod challenge;
mod client;
mod endpoint;
mod fetch;
mod pull;
mod push;
mod reference;

#[cfg(test)]
mod tests;

pub use endpoint::Endpoint;
pub use fetch::HttpFetch;
pub use reference::Reference;

use semver::Version;

use client::{Client, Limits};
use pull::Repository;
use reference::{host_text, is_repository, is_tag};

use super::artifact::{self, Artifact, Blobs};
use super::image::{Descriptor, MANIFEST};
use super::{ARTIFACT, Fetched, Network, Package, Registry, RegistryError};
use crate::policy::RegistryPolicy;
use crate::provenance::{Digest, Files};
use crate::secret::SecretProvider;
use crate::toolkit::{Destination, printable};

/// An OCI registry, or the part of it under a prefix.
#[derive(Debug)]
pub struct Oci {
    prefix: String,
    client: Client,
}

impl Oci {
    /// The repositories under `prefix`, which may be empty, on a host. Nothing is asked yet.
    ///
    /// # Errors
    /// [`RegistryError::Denied`] for a login without a usable secret, [`RegistryError::NotFound`]
    /// for a prefix that no registry can have.
    pub fn new(
        host: &Destination,
        prefix: &str,
        policy: &RegistryPolicy,
        secrets: &dyn SecretProvider,
        tenant: &str,
        network: &Network,
    ) -> Result<Self, RegistryError> {
        let endpoint = Endpoint::new(host, policy, secrets, tenant)?;
        Self::at(host, prefix, endpoint, network, Limits::default())
    }

    fn at(
        host: &Destination,
        prefix: &str,
        endpoint: Endpoint,
        network: &Network,
        limits: Limits,
    ) -> Result<Self, RegistryError> {
        let prefix = prefix.trim_matches('/');
        let registry = format!("oci://{}", host_text(host));
        if !prefix.is_empty() && !is_repository(prefix) {
            return Err(RegistryError::NotFound { registry, what: printable(prefix) });
        }
        let name = if prefix.is_empty() { registry } else { format!("{registry}/{prefix}") };
        let client = Client::new(name, endpoint, network.clone(), limits);
        Ok(Self { prefix: prefix.to_owned(), client })
    }

    /// What a reference names, by its digest, else its tag, else `latest`: a toolkit if a signature
    /// refers to it; else a package of the component alone, without an envelope, as others publish
    /// them. The reference's host is to be this registry's.
    ///
    /// # Errors
    /// [`RegistryError`]; among them every difference between what was named and what came.
    pub fn pull_component(&self, reference: &Reference) -> Result<Fetched, RegistryError> {
        let by_digest = reference.digest.map(|digest| format!("sha256:{digest}"));
        let named = by_digest.as_deref().or(reference.tag.as_deref()).unwrap_or("latest");
        self.pull(&reference.repository, named, &printable(&reference.to_string()))
    }

    fn pull(&self, repository: &str, named: &str, what: &str) -> Result<Fetched, RegistryError> {
        let repository = Repository::new(&self.client, repository);
        let (manifest, digest, referrer) = self.client.wait(async {
            let found = repository.manifest(named, MANIFEST).await?;
            let (manifest, digest) = found.ok_or_else(|| self.client.not_found(what.to_owned()))?;
            let referrer = match &repository.referrers(digest).await?[..] {
                [] => None,
                [of] => {
                    let bytes = repository.manifest(&of.name(), MANIFEST).await?;
                    let (bytes, _) = bytes.ok_or_else(|| self.client.not_found(of.name()))?;
                    of.check(&bytes).map_err(|why| self.client.malformed(why))?;
                    Some(bytes)
                }
                // None of them is asked for: there may be very many.
                several => {
                    let why = format!("{} toolkits have the same component", several.len());
                    return Err(self.client.malformed(why));
                }
            };
            Ok::<_, RegistryError>((manifest, digest, referrer))
        })?;
        let package = if let Some(referrer) = referrer {
            artifact::package(&repository, &manifest, &referrer)?
        } else {
            let mut files = Files::default();
            files.insert(ARTIFACT, artifact::component(&repository, &manifest)?)?;
            Package { files, envelope: None }
        };
        Ok(Fetched { package, digest })
    }

    fn repository(&self, id: &str) -> Result<String, RegistryError> {
        let name =
            if self.prefix.is_empty() { id.to_owned() } else { format!("{}/{id}", self.prefix) };
        let fits = is_repository(&name);
        fits.then_some(name).ok_or_else(|| self.client.not_found(printable(id)))
    }
}

impl Registry for Oci {
    fn name(&self) -> String {
        self.client.name().to_owned()
    }

    fn versions(&self, id: &str) -> Result<Vec<Version>, RegistryError> {
        let repository = self.repository(id)?;
        let tags = self.client.wait(Repository::new(&self.client, &repository).tags())?;
        let mut versions: Vec<_> = tags.iter().filter_map(|tag| Version::parse(tag).ok()).collect();
        versions.sort_unstable();
        versions.dedup();
        Ok(versions)
    }

    fn fetch(&self, id: &str, version: &Version) -> Result<Fetched, RegistryError> {
        let (named, what) = (version.to_string(), format!("{} {version}", printable(id)));
        if !is_tag(&named) {
            return Err(self.client.not_found(what));
        }
        self.pull(&self.repository(id)?, &named, &what)
    }

    fn publish(&self, package: &Package) -> Result<Digest, RegistryError> {
        let artifact = Artifact::of(package)?;
        let unfit = |why: &str| RegistryError::Unpublishable { why: why.to_owned() };
        if !is_tag(&artifact.version.to_string()) {
            return Err(unfit(
                "an OCI registry has no versions with `+` or of more than 128 letters",
            ));
        }
        let repository = self.repository(&artifact.toolkit);
        let repository = repository.map_err(|_| unfit("an OCI registry cannot have its id"))?;
        let repository = Repository::new(&self.client, &repository);
        self.client.wait(repository.publish(&artifact))
    }
}

impl Blobs for Repository<'_> {
    fn name(&self) -> String {
        self.client.name().to_owned()
    }

    fn blob(&self, of: &Descriptor) -> Result<Vec<u8>, RegistryError> {
        self.client.wait(self.blob(of))
    }
}
