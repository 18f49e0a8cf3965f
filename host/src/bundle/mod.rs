//! A workbook that travels: its page, its source and its volumes in one file. Either a `.wbundle`,
//! which is a zip file with the page in it, or the page itself, which carries the rest.
//!
//! What binds the parts to each other is the page's signature: of a `.wbundle`, an assertion about
//! every other part; of a page, one about the zip file that it carries.
//!
//! The original system also has *sealed* parts: `key_refs` of the manifest names, by path, a key and
//! `AES-256-GCM`. What is known of them ends there: neither where nonce and tag stand in such a part
//! nor what is authenticated with it, nor how the engine that keeps the key is asked for it. They
//! are refused by name ([`BundleError::Sealed`]), and never taken for what they would be unsealed.

mod archive;
mod error;
mod manifest;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use error::BundleError;
pub use manifest::About;

use crate::provenance::page::{self, Assertion, Claim, PageError, Verdict};
use crate::provenance::{Digest, SigningKey};
use manifest::{EMBEDDED, ZIPPED};

/// The page.
const PAGE: &str = "workbook.html";
/// The volumes, as [`crate::Host::export_volumes`] writes them.
const VOLUMES: &str = "vfs.sqlite";
/// What is in the bundle.
const MANIFEST: &str = "manifest.json";
/// The names that the source may have.
pub const SOURCES: [&str; 2] = ["workbook.org", "workbook.work"];
/// What binds the other parts of a `.wbundle` to its page: the digest of their digests.
const PARTS_ASSERTION: &str = "wb.bundle.parts.sha256";

/// The parts of a workbook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// The page, without what it carries.
    pub page: Vec<u8>,
    /// The source, with its name: one of [`SOURCES`].
    pub source: Option<(String, Vec<u8>)>,
    /// An SQLite file of volumes. Whoever wrote it: to be read by [`crate::Host::import_volumes`].
    pub volumes: Option<Vec<u8>>,
    /// What it says about itself.
    pub about: About,
}

/// A bundle that was read, and what its page's signature says of it; none if it has none.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The parts.
    pub bundle: Bundle,
    /// A verdict that is valid, and binds every part. Whether to believe its issuer is not decided.
    pub verdict: Option<Verdict>,
}

/// Who signs, and how that is said.
#[derive(Clone, Debug)]
pub struct Signer<'a> {
    /// The key.
    pub key: &'a SigningKey,
    /// The program and its version.
    pub generator: &'a str,
    /// When, by the signer's clock.
    pub now: Timestamp,
}

impl Signer<'_> {
    /// The claim that the page was published.
    pub fn claim(&self) -> Claim {
        let published = Assertion {
            kind: "c2pa.action.published".to_owned(),
            actor: Some(self.key.did().to_string()),
            value: None,
        };
        let generator = self.generator.to_owned();
        Claim { generator, issued_at: self.now, assertions: vec![published] }
    }
}

impl Bundle {
    /// The bundle as a `.wbundle`. Without a signer, a page that was signed stays as it is signed
    /// only if nothing is with it.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn to_zip(&self, signer: Option<&Signer<'_>>) -> Result<Vec<u8>, BundleError> {
        let mut parts = self.parts(ZIPPED, signer.is_some())?;
        let page = page::bare(&self.page)?;
        let page = match signer {
            None => page,
            Some(signer) => {
                let mut claim = signer.claim();
                let value = Some(digest(&parts).to_string());
                let kind = PARTS_ASSERTION.to_owned();
                claim.assertions.push(Assertion { kind, actor: None, value });
                page::sign(&page, signer.key, &claim)?
            }
        };
        parts.insert(0, (PAGE.to_owned(), page));
        archive::write(&parts)
    }

    /// The bundle as a page that carries the rest.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn to_page(&self, signer: Option<&Signer<'_>>) -> Result<Vec<u8>, BundleError> {
        let zip = archive::write(&self.parts(EMBEDDED, signer.is_some())?)?;
        let page = page::with_bundle(&page::bare(&self.page)?, &zip)?;
        match signer {
            None => Ok(page),
            Some(signer) => Ok(page::sign(&page, signer.key, &signer.claim())?),
        }
    }

    /// Reads a bundle of either form. Whatever a signature does not bind, where there is one, is
    /// refused.
    ///
    /// # Errors
    /// [`BundleError`]; nothing that was read is given then.
    pub fn open(bytes: &[u8]) -> Result<Opened, BundleError> {
        if archive::is_zip(bytes) { open_zip(bytes) } else { open_page(bytes) }
    }

    fn parts(
        &self,
        format: &'static str,
        signed: bool,
    ) -> Result<Vec<(String, Vec<u8>)>, BundleError> {
        let about = self.about.to_json(format, signed);
        let mut parts = vec![(MANIFEST.to_owned(), about.into_bytes())];
        if let Some((name, bytes)) = &self.source {
            if !SOURCES.contains(&name.as_str()) {
                return Err(BundleError::entry(name, "a bundle has no such part"));
            }
            parts.push((name.clone(), bytes.clone()));
        }
        parts.extend(self.volumes.clone().map(|bytes| (VOLUMES.to_owned(), bytes)));
        Ok(parts)
    }

    fn of(page: Vec<u8>, format: &str, parts: Vec<(String, Vec<u8>)>) -> Result<Self, BundleError> {
        let mut bundle = Self { page, ..Self::default() };
        let mut said = None;
        for (name, bytes) in parts {
            match name.as_str() {
                MANIFEST => said = Some(About::read(&bytes, format)?),
                VOLUMES => bundle.volumes = Some(bytes),
                _ if bundle.source.is_none() => bundle.source = Some((name, bytes)),
                _ => return Err(BundleError::entry(&name, "it has another source")),
            }
        }
        bundle.about = said.ok_or_else(|| BundleError::malformed("it has no manifest.json"))?;
        Ok(bundle)
    }
}

fn open_zip(bytes: &[u8]) -> Result<Opened, BundleError> {
    let mut parts = archive::read(bytes, &[PAGE, MANIFEST, VOLUMES, SOURCES[0], SOURCES[1]])?;
    let at = parts.iter().position(|(name, _)| name == PAGE);
    let at = at.ok_or_else(|| BundleError::malformed("it has no workbook.html"))?;
    let (_, page) = parts.remove(at);
    if page::bundle(&page)?.is_some() {
        return Err(BundleError::malformed("its page carries a bundle of its own"));
    }
    let verdict = verdict(&page)?;
    if let Some(verdict) = &verdict
        && verdict.asserted(PARTS_ASSERTION) != Some(digest(&parts).to_string().as_str())
    {
        return Err(BundleError::Unbound);
    }
    opened(page::bare(&page)?, ZIPPED, parts, verdict)
}

fn open_page(html: &[u8]) -> Result<Opened, BundleError> {
    let zip = page::bundle(html)?.ok_or(BundleError::NoBundle)?;
    let verdict = verdict(html)?;
    let parts = archive::read(&zip, &[MANIFEST, VOLUMES, SOURCES[0], SOURCES[1]])?;
    opened(page::bare(html)?, EMBEDDED, parts, verdict)
}

fn opened(
    page: Vec<u8>,
    format: &str,
    parts: Vec<(String, Vec<u8>)>,
    verdict: Option<Verdict>,
) -> Result<Opened, BundleError> {
    let bundle = Bundle::of(page, format, parts)?;
    if bundle.about.signed && verdict.is_none() {
        return Err(BundleError::Stripped);
    }
    Ok(Opened { bundle, verdict })
}

fn verdict(page: &[u8]) -> Result<Option<Verdict>, BundleError> {
    match page::verify(page) {
        Ok(verdict) => Ok(Some(verdict.valid()?)),
        Err(PageError::Unsigned) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn digest(parts: &[(String, Vec<u8>)]) -> Digest {
    Digest::of_files(parts.iter().map(|(name, bytes)| (name.as_str(), Digest::of(bytes))))
}
