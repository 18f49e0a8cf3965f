//! What is brought to a repository. The tag comes last, so that whoever finds a version finds all
//! of it.

use bytes::Bytes;
use http::header::LOCATION;
use http::{Method, StatusCode};

use super::client::Ask;
use super::pull::{Repository, referrers_tag};
use crate::provenance::Digest;
use crate::registry::RegistryError;
use crate::registry::artifact::{Artifact, Part};
use crate::registry::image::{Descriptor, INDEX, MANIFEST};

/// The header by which a registry says that it lists what refers to a manifest.
const SUBJECT: &str = "oci-subject";
/// How often a list is written again that another changed in between.
const TRIES: usize = 5;

impl Repository<'_> {
    /// Adds a version; gives the digest of its component's manifest.
    pub(super) async fn publish(&self, artifact: &Artifact) -> Result<Digest, RegistryError> {
        let tag = artifact.version.to_string();
        let component = artifact.component.descriptor.digest;
        if self.is_there(artifact, &tag).await? {
            return Ok(component);
        }
        for blob in &artifact.blobs {
            self.upload(blob).await?;
        }
        self.put(&format!("sha256:{component}"), MANIFEST, &artifact.component.bytes).await?;
        let referrer = &artifact.referrer.descriptor;
        let listed = self.put(&referrer.name(), MANIFEST, &artifact.referrer.bytes).await?;
        if !listed {
            self.list(component, referrer).await?;
        }
        // Another may have been as quick, before or after: no registry has a way to take a tag that
        // is nobody's in one step.
        if !self.is_there(artifact, &tag).await? {
            self.put(&tag, MANIFEST, &artifact.component.bytes).await?;
        }
        match self.is_there(artifact, &tag).await? {
            true => Ok(component),
            false => Err(self.client.unavailable("it does not keep what it took".to_owned())),
        }
    }

    /// Whether this very package is there under its version.
    async fn is_there(&self, artifact: &Artifact, tag: &str) -> Result<bool, RegistryError> {
        let exists = || RegistryError::Exists {
            registry: self.client.name().to_owned(),
            what: format!("{} {}", artifact.toolkit, artifact.version),
        };
        let component = artifact.component.descriptor.digest;
        let tagged = self.manifest(tag, MANIFEST).await?.map(|(_, digest)| digest);
        if tagged.is_some_and(|tagged| tagged != component) {
            return Err(exists());
        }
        // The same component may belong to one toolkit only: other files are another version.
        let referrers = self.referrers(component).await?;
        let referrer = artifact.referrer.descriptor.digest;
        let ours = referrers.iter().any(|listed| listed.digest == referrer);
        if tagged.is_some() && !referrers.is_empty() && !ours {
            return Err(exists());
        }
        Ok(tagged.is_some() && ours)
    }

    async fn upload(&self, blob: &Part) -> Result<(), RegistryError> {
        if self.has_blob(&blob.descriptor).await? {
            return Ok(());
        }
        let begin = Ask {
            method: Method::POST,
            ..Ask::get(self.at("blobs/uploads/"), "*/*", 0, &self.push)
        };
        let said = self.client.ask(begin).await?;
        if said.status != StatusCode::ACCEPTED {
            return Err(self.client.unexpected(&said));
        }
        let place = said.headers.get(LOCATION).and_then(|place| place.to_str().ok());
        let url = place.and_then(|place| self.at("blobs/uploads/").join(place).ok());
        let url = url.filter(|url| self.client.owns(url));
        let mut url =
            url.ok_or_else(|| self.client.malformed("it sends an upload elsewhere".to_owned()))?;
        url.query_pairs_mut().append_pair("digest", &blob.descriptor.name());
        let content = ("application/octet-stream", Bytes::from(blob.bytes.clone()));
        let ask = Ask {
            method: Method::PUT,
            content: Some(content),
            ..Ask::get(url, "*/*", 0, &self.push)
        };
        let said = self.client.ask(ask).await?;
        if said.status != StatusCode::CREATED {
            return Err(self.client.unexpected(&said));
        }
        self.agrees(&said, blob.descriptor.digest)
    }

    /// Writes a manifest; whether the registry lists it by its subject.
    async fn put(&self, named: &str, kind: &str, bytes: &[u8]) -> Result<bool, RegistryError> {
        let ask = Ask {
            method: Method::PUT,
            content: Some((kind, Bytes::copy_from_slice(bytes))),
            ..Ask::get(self.at(&format!("manifests/{named}")), "*/*", 0, &self.push)
        };
        let said = self.client.ask(ask).await?;
        if said.status != StatusCode::CREATED {
            return Err(self.client.unexpected(&said));
        }
        self.agrees(&said, Digest::of(bytes))?;
        Ok(said.headers.contains_key(SUBJECT))
    }

    /// Adds a manifest to the list under the tag that stands for its subject. Registries have no
    /// way to do so in one step: it is read again, and written again if another's list took its
    /// place.
    async fn list(&self, subject: Digest, referrer: &Descriptor) -> Result<(), RegistryError> {
        for _ in 0..TRIES {
            let mut index = self.tagged_referrers(subject).await?;
            if index.manifests.iter().any(|listed| listed.is(referrer)) {
                return Ok(());
            }
            index.manifests.push(referrer.clone());
            self.put(&referrers_tag(subject), INDEX, &index.write()).await?;
        }
        Err(self.client.unavailable("its list of signatures does not keep ours".to_owned()))
    }
}
