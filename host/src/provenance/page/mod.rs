//! Signed HTML: the `workbooks-c2pa` manifest of a page, and the bundle that a page may carry.
//! A manifest is JSON in a `script` element that is data; it is not C2PA's own format, which is
//! COSE with certificates.

mod blocks;
mod error;
mod manifest;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

pub use error::PageError;
pub use manifest::Assertion;

use super::{Did, Digest, SigningKey};
use blocks::{BUNDLE_ID, BUNDLE_TYPE, Blocks, Kind, MANIFEST_ID, MANIFEST_TYPE};
use manifest::Fields;

/// The assertion that binds the bundle in a page: the SHA-256 of its bytes.
pub const BUNDLE_ASSERTION: &str = "wb.bundle.sha256";
/// Stripping may bring blocks together that were none; nobody writes that but to deceive.
const STRIPPED_MAX: usize = 8;

/// What is said when a page is signed.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The program and its version.
    pub generator: String,
    /// When, by the signer's clock.
    pub issued_at: Timestamp,
    /// What else; the assertion about a bundle is added for a page that carries one.
    pub assertions: Vec<Assertion>,
}

/// What a page's manifest says, and which of it is true. Whether to believe its issuer is for the
/// trust store to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who signed it, if `signature` holds.
    pub issuer: Did,
    /// When, by the issuer's clock.
    pub issued_at: Timestamp,
    /// The program that signed.
    pub generator: String,
    /// What else is said.
    pub assertions: Vec<Assertion>,
    /// Whether the issuer signed the manifest.
    pub signature: bool,
    /// Whether the page is the one that the manifest is about.
    pub asset_integrity: bool,
    /// Whether the bundle in the page is the one that the manifest is about. None without one.
    pub bundle: Option<bool>,
}

impl Verdict {
    /// Whether everything that the page shows and carries is what the issuer signed.
    pub fn is_valid(&self) -> bool {
        self.signature && self.asset_integrity && self.bundle.unwrap_or(true)
    }

    /// The value of the first assertion of a kind.
    pub fn asserted(&self, kind: &str) -> Option<&str> {
        let of_kind = self.assertions.iter().find(|assertion| assertion.kind == kind);
        of_kind.and_then(|assertion| assertion.value.as_deref())
    }

    /// The verdict, if it is valid.
    ///
    /// # Errors
    /// [`PageError::Tampered`] says what is not.
    pub fn valid(self) -> Result<Self, PageError> {
        let what = if !self.signature {
            "its signature does not hold"
        } else if !self.asset_integrity {
            "it is not the page that was signed"
        } else if self.bundle == Some(false) {
            "the bundle in it is not bound by the signature"
        } else {
            return Ok(self);
        };
        Err(PageError::Tampered { what })
    }
}

/// Signs a page, in place of whoever signed it before. A bundle in it is bound.
///
/// # Errors
/// [`PageError`]; among them a page in which a block would be none, such as one that ends within
/// a comment.
pub fn sign(html: &[u8], key: &SigningKey, claim: &Claim) -> Result<Vec<u8>, PageError> {
    let bundle = bundle(html)?;
    let bare = bare(html)?;
    let mut assertions = claim.assertions.clone();
    let mut blocks = String::new();
    if let Some(zip) = &bundle {
        assertions.retain(|assertion| assertion.kind != BUNDLE_ASSERTION);
        let value = Some(Digest::of(zip).to_string());
        assertions.push(Assertion { kind: BUNDLE_ASSERTION.to_owned(), actor: None, value });
        blocks += &bundle_block(zip);
    }
    let asset = Digest::of(&bare);
    let fields = Fields::new(key, &claim.generator, claim.issued_at, asset, assertions);
    let json = fields.sign(key)?;
    blocks += &format!("<script type=\"{MANIFEST_TYPE}\" id=\"{MANIFEST_ID}\">{json}</script>");
    let signed = Blocks::find(&bare)?.put(&bare, blocks.as_bytes());
    // A page may be such that nothing put into it is an element.
    match verify(&signed) {
        Ok(verdict) if verdict.is_valid() => Ok(signed),
        _ => Err(PageError::Unsignable),
    }
}

/// What a signed page says, and which of it is true.
///
/// # Errors
/// [`PageError::Unsigned`]; [`PageError::Malformed`] for blocks that are not as ours are, or that
/// stand elsewhere; [`PageError::TooLarge`].
pub fn verify(html: &[u8]) -> Result<Verdict, PageError> {
    let blocks = Blocks::find(html)?;
    let manifest = blocks.one(Kind::Manifest)?.ok_or(PageError::Unsigned)?;
    let carried = blocks.one(Kind::Bundle)?;
    if !blocks.are_in_place(html) {
        return Err(PageError::malformed("its blocks are not where they are written"));
    }
    let read = Fields::read(&html[manifest.body.clone()])?;
    let Fields { issuer_did, claim_generator, issued_at, asset_sha256, assertions, .. } =
        read.fields;
    let mut verdict = Verdict {
        issuer: issuer_did,
        issued_at,
        generator: claim_generator,
        assertions,
        signature: read.holds,
        asset_integrity: Digest::of(&blocks.cut(html)) == asset_sha256,
        bundle: None,
    };
    if let Some(carried) = carried {
        let found = Digest::of(&decoded(&html[carried.body.clone()])?).to_string();
        verdict.bundle = Some(verdict.asserted(BUNDLE_ASSERTION) == Some(found.as_str()));
    } else if verdict.asserted(BUNDLE_ASSERTION).is_some() {
        // It was taken out.
        verdict.bundle = Some(false);
    }
    Ok(verdict)
}

/// The bundle that a page carries, whoever put it there.
///
/// # Errors
/// [`PageError::Malformed`], [`PageError::TooLarge`].
pub fn bundle(html: &[u8]) -> Result<Option<Vec<u8>>, PageError> {
    let blocks = Blocks::find(html)?;
    let carried = blocks.one(Kind::Bundle)?;
    carried.map(|block| decoded(&html[block.body.clone()])).transpose()
}

/// The page with a bundle in it, in place of another, and without a signature.
///
/// # Errors
/// [`PageError`].
pub fn with_bundle(html: &[u8], zip: &[u8]) -> Result<Vec<u8>, PageError> {
    let bare = bare(html)?;
    let carrying = Blocks::find(&bare)?.put(&bare, bundle_block(zip).as_bytes());
    match bundle(&carrying) {
        Ok(Some(found)) if found == zip => Ok(carrying),
        _ => Err(PageError::Unsignable),
    }
}

/// The page without signature and bundle.
///
/// # Errors
/// [`PageError::Malformed`], [`PageError::TooLarge`].
pub fn bare(html: &[u8]) -> Result<Vec<u8>, PageError> {
    let mut page = Cow::Borrowed(html);
    for _ in 0..STRIPPED_MAX {
        let blocks = Blocks::find(&page)?;
        if blocks.is_empty() {
            return Ok(page.into_owned());
        }
        page = Cow::Owned(blocks.cut(&page));
    }
    Err(PageError::malformed("blocks lie within its blocks"))
}

fn bundle_block(zip: &[u8]) -> String {
    let text = STANDARD.encode(zip);
    format!("<script type=\"{BUNDLE_TYPE}\" id=\"{BUNDLE_ID}\">{text}</script>")
}

fn decoded(body: &[u8]) -> Result<Vec<u8>, PageError> {
    let text = STANDARD.decode(body.trim_ascii());
    text.map_err(|_| PageError::malformed("its bundle is no base64"))
}
