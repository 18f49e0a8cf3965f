//! The documents of an OCI registry, as far as artifacts of one layer need them: descriptors,
//! manifests, indexes (*OCI Image Format Specification* 1.1). Digests are SHA-256 alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::json::{self, Rules};
use crate::provenance::Digest;
use crate::toolkit::quoted;

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Of a blob that is `{}`.
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// The annotation that tells a version.
pub(crate) const VERSION: &str = "org.opencontainers.image.version";

/// Bytes of a manifest or index: what registries take at least (*Distribution Specification*).
pub(crate) const MANIFEST_BYTES: usize = 4 << 20;

/// What something else is: enough to fetch it and to know it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    #[serde(with = "prefixed")]
    pub(crate) digest: Digest,
    /// Bytes.
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    #[serde(default, deserialize_with = "or_null", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub(crate) fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Whether these are the bytes.
    ///
    /// # Errors
    /// What differs.
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<(), String> {
        if bytes.len() as u64 != self.size {
            return Err(format!("{} has {} bytes, not {}", self.name(), bytes.len(), self.size));
        }
        let digest = Digest::of(bytes);
        if digest != self.digest {
            return Err(format!("{} has the digest {digest}", self.name()));
        }
        Ok(())
    }

    /// The digest as documents and paths write it: `sha256:` and 64 digits.
    pub(crate) fn name(&self) -> String {
        format!("sha256:{}", self.digest)
    }

    /// The same thing, whatever is told of it besides.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (&self.media_type, self.digest, self.size) == (&other.media_type, other.digest, other.size)
    }
}

/// What an artifact is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    schema_version: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    pub(crate) config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<Descriptor>,
    #[serde(default, deserialize_with = "or_null", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Manifest {
    pub(crate) fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// What is wrong, printable.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let read: Self = json::read(bytes, MANIFEST_BYTES, Rules::Unique)
            .map_err(|why| format!("a manifest: {why}"))?;
        kind(read.schema_version, read.media_type.as_deref(), MANIFEST)?;
        Ok(read)
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        json::write(self)
    }
}

/// A list of manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Index {
    schema_version: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(deserialize_with = "or_null")]
    pub(crate) manifests: Vec<Descriptor>,
}

impl Index {
    pub(crate) fn new(manifests: Vec<Descriptor>) -> Self {
        Self { schema_version: 2, media_type: Some(INDEX.to_owned()), manifests }
    }

    /// Reads an index.
    ///
    /// # Errors
    /// What is wrong, printable.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let read: Self = json::read(bytes, MANIFEST_BYTES, Rules::Unique)
            .map_err(|why| format!("an index: {why}"))?;
        kind(read.schema_version, read.media_type.as_deref(), INDEX)?;
        Ok(read)
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        json::write(self)
    }
}

fn kind(schema: u8, media_type: Option<&str>, wanted: &str) -> Result<(), String> {
    match media_type {
        _ if schema != 2 => Err(format!("schema version {schema} instead of 2")),
        Some(other) if other != wanted => Err(format!("{} instead of {wanted}", quoted(other))),
        _ => Ok(()),
    }
}

/// Digests with the name of their algorithm before them.
pub(super) mod prefixed {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::provenance::Digest;

    pub(in crate::registry) fn serialize<S: Serializer>(
        digest: &Digest,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("sha256:{digest}"))
    }

    pub(in crate::registry) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        read(&text).ok_or_else(|| D::Error::custom("a digest is `sha256:` and 64 digits"))
    }

    /// Reads one; upper-case digits would be a second name of the same thing.
    pub(in crate::registry) fn read(text: &str) -> Option<Digest> {
        let digits = text.strip_prefix("sha256:")?;
        let lower = !digits.bytes().any(|byte| byte.is_ascii_uppercase());
        lower.then(|| digits.parse().ok())?
    }
}

/// Writers in Go say `null` where there is nothing.
fn or_null<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> String {
        let layer = Descriptor::of("application/wasm", b"wasm");
        let manifest = Manifest::new(Descriptor::of(EMPTY, b"{}"), vec![layer]);
        String::from_utf8(manifest.write()).unwrap()
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let good = manifest();
        assert!(Manifest::read(good.as_bytes()).is_ok());
        for bad in [
            good.replace("\"schemaVersion\":2", "\"schemaVersion\":1"),
            good.replace(MANIFEST, "application/vnd.docker.distribution.manifest.v2+json"),
            good.replace("sha256:", "sha512:"),
            good.replace("sha256:4", "sha256:G"),
            good.replace("\"size\":2", "\"size\":-2"),
            good.replace("\"size\":2", "\"size\":2.5"),
            good.replace("\"size\":2", "\"size\":99999999999999999999"),
            good.replace("\"size\":2", "\"size\":2,\"size\":3"),
            good.replace("\"size\":2", "\"size\":2,\"annotations\":{\"a\":\"1\",\"a\":\"2\"}"),
            good.replace("\"layers\"", "\"blobs\""),
            format!("{good}{}", " ".repeat(MANIFEST_BYTES)),
            Descriptor::of(EMPTY, b"{}").name(),
        ] {
            assert_ne!(bad, good);
            assert!(Manifest::read(bad.as_bytes()).is_err(), "{bad:.200}");
        }
    }

    #[test]
    fn a_digest_has_one_spelling() {
        let digest = Digest::of(b"abc").to_string();
        assert!(prefixed::read(&format!("sha256:{digest}")).is_some());
        assert_eq!(prefixed::read(&format!("sha256:{}", digest.to_uppercase())), None);
        assert_eq!(prefixed::read(&digest), None);
    }

    #[test]
    fn a_descriptor_tells_other_bytes_by_size_and_by_digest() {
        let of = Descriptor::of(EMPTY, b"{}");
        assert_eq!(of.check(b"{}"), Ok(()));
        assert!(of.check(b"{").is_err());
        assert!(of.check(b"[]").is_err());
    }
}
