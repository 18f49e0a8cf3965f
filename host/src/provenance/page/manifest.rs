//! The manifest in a page: its fields, and the JSON of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::canonical::{canonical, parse};
use super::super::{Did, Digest, SigningKey};
use super::PageError;

/// The `version` that is written and read.
const VERSION: &str = "v1";

/// One thing that the issuer says about the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// What it is: `c2pa.action.published`, `c2pa.action.updated`, `wb.bundle.sha256`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What it is about, where it is about something: a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Fields {
    version: String,
    pub(super) issuer_did: Did,
    pub(super) claim_generator: String,
    pub(super) issued_at: Timestamp,
    pub(super) asset_sha256: Digest,
    pub(super) assertions: Vec<Assertion>,
}

/// A manifest that was read: what it says, and whether it was signed so.
pub(super) struct Read {
    pub(super) fields: Fields,
    pub(super) holds: bool,
}

impl Fields {
    pub(super) fn new(
        key: &SigningKey,
        generator: &str,
        issued_at: Timestamp,
        asset: Digest,
        assertions: Vec<Assertion>,
    ) -> Self {
        Self {
            version: VERSION.to_owned(),
            issuer_did: key.did(),
            claim_generator: generator.to_owned(),
            issued_at,
            asset_sha256: asset,
            assertions,
        }
    }

    /// The signed manifest as a page holds it: without `<`, so that nothing in it ends its block.
    pub(super) fn sign(&self, key: &SigningKey) -> Result<String, PageError> {
        let mut value = serde_json::to_value(self).expect("texts are JSON");
        // What its own reader refuses is not signed.
        let read = parse(value.to_string().as_bytes()).map_err(|why| PageError::malformed(&why))?;
        let signature = key.sign(&canonical(&read));
        value["signature"] = STANDARD.encode(signature).into();
        Ok(value.to_string().replace('<', "\\u003c"))
    }

    /// Reads a manifest.
    pub(super) fn read(body: &[u8]) -> Result<Read, PageError> {
        let malformed = |why: &str| PageError::malformed(&format!("its manifest: {why}"));
        if body.contains(&b'<') {
            return Err(malformed("it holds a `<`, which a browser could take for a tag"));
        }
        let mut value = parse(body).map_err(|why| malformed(&why))?;
        let fields = Self::deserialize(&value).map_err(|error| malformed(&error.to_string()))?;
        if fields.version != VERSION {
            return Err(malformed("it is of a version that is not known"));
        }
        let signature = value.as_object_mut().and_then(|fields| fields.shift_remove("signature"));
        let signature = signature.as_ref().and_then(Value::as_str);
        let signature = signature.and_then(|text| STANDARD.decode(text).ok());
        let signature = signature.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
        let signature = signature.ok_or_else(|| malformed("its signature is not 64 bytes"))?;
        let holds = fields.issuer_did.signed(&canonical(&value), &signature);
        Ok(Read { fields, holds })
    }
}
