//! What a repository has: tags, manifests, blobs, and what refers to a manifest.

use http::header::{HeaderMap, LINK};
use http::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::client::{Ask, Client, Follow, Said};
use super::reference::is_tag;
use crate::json::{self, Rules};
use crate::provenance::Digest;
use crate::registry::RegistryError;
use crate::registry::artifact::TOOLKIT;
use crate::registry::image::{Descriptor, INDEX, Index, MANIFEST, MANIFEST_BYTES, prefixed};

/// Pages of one list, and tags of one repository.
const PAGES: usize = 200;
const TAGS: usize = 100_000;
/// Toolkits that may be listed as referring to one component. More than one is refused, but when
/// one is published the others are counted.
const REFERRERS: usize = 1_000;
/// The header by which a registry says what it gives.
const CONTENT_DIGEST: &str = "docker-content-digest";

/// One repository of a registry.
pub(super) struct Repository<'c> {
    pub(super) client: &'c Client,
    pub(super) name: String,
    pub(super) pull: String,
    pub(super) push: String,
}

#[derive(Deserialize)]
struct Tags {
    tags: Option<Vec<String>>,
}

impl<'c> Repository<'c> {
    pub(super) fn new(client: &'c Client, name: &str) -> Self {
        let scope = |actions: &str| format!("repository:{name}:{actions}");
        Self { client, name: name.to_owned(), pull: scope("pull"), push: scope("pull,push") }
    }

    pub(super) fn at(&self, path: &str) -> Url {
        self.client.at(&format!("/v2/{}/{path}", self.name))
    }

    /// Every tag.
    pub(super) async fn tags(&self) -> Result<Vec<String>, RegistryError> {
        let mut all = Vec::new();
        let read = |said: &Said| {
            let page: Tags = json::read(&said.body, MANIFEST_BYTES, Rules::Unique)?;
            // What no registry may have as a tag is not kept: it could be of any length.
            all.extend(page.tags.unwrap_or_default().into_iter().filter(|tag| is_tag(tag)));
            if all.len() > TAGS { Err(format!("more than {TAGS} tags")) } else { Ok(()) }
        };
        let mut url = self.at("tags/list");
        url.set_query(Some("n=1000"));
        self.pages(url, "application/json", read).await?;
        Ok(all)
    }

    /// Reads a list page by page; whether there is one at all.
    async fn pages(
        &self,
        mut url: Url,
        accept: &str,
        mut read: impl FnMut(&Said) -> Result<(), String>,
    ) -> Result<bool, RegistryError> {
        let list = url.path().to_owned();
        for page in 0..PAGES {
            let ask = Ask::get(url.clone(), accept, MANIFEST_BYTES as u64, &self.pull);
            let said = self.client.ask(ask).await?;
            match said.status {
                StatusCode::OK => read(&said).map_err(|why| self.client.malformed(why))?,
                StatusCode::NOT_FOUND if page == 0 => return Ok(false),
                _ => return Err(self.client.unexpected(&said)),
            }
            let Some(next) = next(&said.headers) else { return Ok(true) };
            let next = url
                .join(next)
                .ok()
                .filter(|next| self.client.owns(next) && next.path() == list && *next != url);
            let astray = || self.client.malformed("the next page is of another list".to_owned());
            url = next.ok_or_else(astray)?;
        }
        Err(self.client.malformed(format!("a list of more than {PAGES} pages")))
    }

    /// A manifest or index by tag or digest, and the digest of what came.
    pub(super) async fn manifest(
        &self,
        named: &str,
        media_type: &str,
    ) -> Result<Option<(Vec<u8>, Digest)>, RegistryError> {
        let url = self.at(&format!("manifests/{named}"));
        let ask = Ask::get(url, media_type, MANIFEST_BYTES as u64, &self.pull);
        let said = self.client.ask(ask).await?;
        match said.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(self.client.unexpected(&said)),
        }
        let digest = Digest::of(&said.body);
        self.agrees(&said, digest)?;
        if prefixed::read(named).is_some_and(|wanted| wanted != digest) {
            let why = format!("instead of {named} it gave sha256:{digest}");
            return Err(self.client.malformed(why));
        }
        Ok(Some((said.body.into(), digest)))
    }

    /// What a registry says of a digest must be so.
    pub(super) fn agrees(&self, said: &Said, digest: Digest) -> Result<(), RegistryError> {
        let told = said.headers.get(CONTENT_DIGEST).and_then(|value| value.to_str().ok());
        let agrees =
            |told: &str| !told.starts_with("sha256:") || prefixed::read(told) == Some(digest);
        if told.is_none_or(agrees) {
            return Ok(());
        }
        let why = format!("what has the digest sha256:{digest} it calls another");
        Err(self.client.malformed(why))
    }

    pub(super) async fn blob(&self, of: &Descriptor) -> Result<Vec<u8>, RegistryError> {
        let url = self.at(&format!("blobs/{}", of.name()));
        let ask = Ask { follow: Follow::Anywhere, ..Ask::get(url, "*/*", of.size, &self.pull) };
        let said = self.client.ask(ask).await?;
        match said.status {
            StatusCode::OK => Ok(said.body.into()),
            StatusCode::NOT_FOUND => Err(self.client.not_found(of.name())),
            _ => Err(self.client.unexpected(&said)),
        }
    }

    /// Whether it has a blob.
    pub(super) async fn has_blob(&self, of: &Descriptor) -> Result<bool, RegistryError> {
        let url = self.at(&format!("blobs/{}", of.name()));
        let ask = Ask {
            method: Method::HEAD,
            follow: Follow::Anywhere,
            ..Ask::get(url, "*/*", 0, &self.push)
        };
        let said = self.client.ask(ask).await?;
        match said.status {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(self.client.unexpected(&said)),
        }
    }

    /// The manifests of toolkits that refer to a component: by the interface for that, or by the
    /// tag that stands for it where a registry has none (*Distribution Specification*, "Referrers
    /// Tag Schema").
    pub(super) async fn referrers(
        &self,
        component: Digest,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let mut found = Vec::new();
        // What is said of one besides could be of any length.
        let toolkit = |mut of: Descriptor| {
            of.annotations.clear();
            let is = of.artifact_type.as_deref() == Some(TOOLKIT) && of.media_type == MANIFEST;
            is.then_some(of)
        };
        let mut keep = |index: Index| {
            found.extend(index.manifests.into_iter().filter_map(toolkit));
            let few = found.len() <= REFERRERS;
            few.then_some(())
                .ok_or_else(|| format!("more than {REFERRERS} toolkits of one component"))
        };
        let url = self.at(&format!("referrers/sha256:{component}"));
        if !self.pages(url, INDEX, |said| keep(Index::read(&said.body)?)).await? {
            let index = self.tagged_referrers(component).await?;
            keep(index).map_err(|why| self.client.malformed(why))?;
        }
        found.sort_by_key(|of| of.digest);
        found.dedup();
        Ok(found)
    }

    /// The list under the tag that stands for a component.
    pub(super) async fn tagged_referrers(&self, of: Digest) -> Result<Index, RegistryError> {
        match self.manifest(&referrers_tag(of), INDEX).await? {
            None => Ok(Index::new(Vec::new())),
            Some((bytes, _)) => Index::read(&bytes).map_err(|why| self.client.malformed(why)),
        }
    }
}

pub(super) fn referrers_tag(of: Digest) -> String {
    format!("sha256-{of}")
}

/// The next page of a list (RFC 8288).
fn next(headers: &HeaderMap) -> Option<&str> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    links.flat_map(|links| links.split(',')).find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = |parameter: &str| matches!(parameter.trim(), "rel=\"next\"" | "rel=next");
        parameters.split(';').any(next).then_some(target)
    })
}
