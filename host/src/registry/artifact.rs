//! A package as an OCI registry holds it, and back. Two manifests: the component, as *Wasm OCI
//! Artifact* of the CNCF has it (one layer, so that other hosts and tools run it), and, referring to
//! it, the signature and the rest of the files. Pure: bytes come in and go out.

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

use super::image::{Descriptor, EMPTY, MANIFEST, Manifest, VERSION, prefixed};
use super::{ARTIFACT, Package, RegistryError, tree};
use crate::json::{self, Rules};
use crate::provenance::{Digest, Envelope, Statement};
use crate::toolkit::quoted;

/// The type of the configuration of a component.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// The type of its only layer.
const WASM: &str = "application/wasm";
/// The type of the artifact that makes a component a toolkit.
pub(crate) const TOOLKIT: &str = "application/vnd.workbooks.toolkit.v1";
/// Its layers: the signature, and all files but the component.
const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
const FILES: &str = "application/vnd.workbooks.toolkit.files.v1.tar+gzip";

/// Bytes of a configuration.
const CONFIG_BYTES: u64 = 1 << 20;
/// Bytes of a component, and of the compressed files: as of one file of a toolkit.
const LAYER_BYTES: u64 = 128 << 20;
/// Bytes of a signature.
const ENVELOPE_BYTES: u64 = 16 << 20;

/// What a registry is to keep of a package.
#[derive(Clone, Debug)]
pub(crate) struct Artifact {
    /// The toolkit's id.
    pub(crate) toolkit: String,
    /// Its version.
    pub(crate) version: Version,
    /// The manifest of the component.
    pub(crate) component: Part,
    /// The manifest that refers to it.
    pub(crate) referrer: Part,
    /// What both consist of.
    pub(crate) blobs: Vec<Part>,
}

/// Bytes, and what describes them.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) descriptor: Descriptor,
    pub(crate) bytes: Vec<u8>,
}

impl Part {
    fn new(media_type: &str, bytes: Vec<u8>) -> Self {
        Self { descriptor: Descriptor::of(media_type, &bytes), bytes }
    }
}

/// Where the blobs of an artifact are.
pub(crate) trait Blobs {
    /// How people write the registry.
    fn name(&self) -> String;

    /// The bytes that a descriptor means, of at most its size. They are checked by who asks.
    fn blob(&self, of: &Descriptor) -> Result<Vec<u8>, RegistryError>;
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    created: Timestamp,
    author: Option<String>,
    architecture: String,
    os: String,
    layer_digests: Vec<LayerDigest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    component: Option<Interfaces>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
struct LayerDigest(#[serde(with = "prefixed")] Digest);

#[derive(Default, Serialize, Deserialize)]
struct Interfaces {
    exports: Vec<String>,
    imports: Vec<String>,
}

impl Artifact {
    /// What is to be kept of a package. The same package gives the same bytes.
    ///
    /// # Errors
    /// [`RegistryError::Unpublishable`] for one that is not signed, or was not built.
    pub(crate) fn of(package: &Package) -> Result<Self, RegistryError> {
        let refuse = |why: &str| RegistryError::Unpublishable { why: why.to_owned() };
        let envelope = package.envelope.as_ref().ok_or_else(|| refuse("it is not signed"))?;
        let statement =
            Statement::of_envelope(envelope).map_err(|error| refuse(&error.to_string()))?;
        let mut files = package.files.clone();
        let wasm = files.remove(ARTIFACT);
        let wasm = wasm.ok_or_else(|| refuse(&format!("it has no {}", quoted(ARTIFACT))))?;
        let packed = tree::pack(files).map_err(|error| refuse(&error.to_string()))?;

        let component = interfaces(&wasm);
        let layer = Part::new(WASM, wasm);
        let config = Config {
            created: statement.issued,
            author: Some(statement.publisher.to_string()),
            architecture: "wasm".to_owned(),
            os: if component.is_some() { "wasip2" } else { "wasip1" }.to_owned(),
            layer_digests: vec![LayerDigest(layer.descriptor.digest)],
            component,
        };
        let config = Part::new(CONFIG, json::write(&config));
        let mut manifest = Manifest::new(config.descriptor.clone(), vec![layer.descriptor.clone()]);
        manifest.annotations.insert(VERSION.to_owned(), statement.version.to_string());
        let mut component = Part::new(MANIFEST, manifest.write());

        let empty = Part::new(EMPTY, b"{}".to_vec());
        let signature = Part::new(ENVELOPE, envelope.to_json().into_bytes());
        let rest = Part::new(FILES, packed);
        let layers = vec![signature.descriptor.clone(), rest.descriptor.clone()];
        let mut manifest = Manifest::new(empty.descriptor.clone(), layers);
        manifest.artifact_type = Some(TOOLKIT.to_owned());
        manifest.subject = Some(component.descriptor.clone());
        let mut referrer = Part::new(MANIFEST, manifest.write());

        // Told of the manifests where a list names them.
        for part in [&mut component, &mut referrer] {
            let version = (VERSION.to_owned(), statement.version.to_string());
            part.descriptor.annotations.extend([version]);
        }
        referrer.descriptor.artifact_type = Some(TOOLKIT.to_owned());
        Ok(Self {
            toolkit: statement.toolkit,
            version: statement.version,
            component,
            referrer,
            blobs: vec![config, layer, empty, signature, rest],
        })
    }
}

/// The component of an artifact, ours or another's.
///
/// # Errors
/// [`RegistryError::Malformed`] for what is none, and for every difference between what is said
/// and what came.
pub(crate) fn component(from: &dyn Blobs, manifest: &[u8]) -> Result<Vec<u8>, RegistryError> {
    let malformed = |why: String| RegistryError::malformed(&from.name(), why);
    let manifest = Manifest::read(manifest).map_err(malformed)?;
    let [layer] = &manifest.layers[..] else {
        return Err(malformed(format!("a component has 1 layer, not {}", manifest.layers.len())));
    };
    let config = blob(from, &manifest.config, CONFIG, CONFIG_BYTES)?;
    let config: Config = usize::try_from(CONFIG_BYTES)
        .map_err(|error| error.to_string())
        .and_then(|limit| json::read(&config, limit, Rules::Unique))
        .map_err(|why| malformed(format!("the configuration: {why}")))?;
    if config.architecture != "wasm" || !["wasip1", "wasip2"].contains(&config.os.as_str()) {
        let (architecture, os) = (quoted(&config.architecture), quoted(&config.os));
        return Err(malformed(format!("it is for {architecture} and {os}, not for wasm")));
    }
    if config.layer_digests != [LayerDigest(layer.digest)] {
        return Err(malformed("manifest and configuration name different layers".to_owned()));
    }
    blob(from, layer, WASM, LAYER_BYTES)
}

/// A toolkit: its component's manifest, and the one that refers to it.
///
/// # Errors
/// Those of [`component`]; what no toolkit may have.
pub(crate) fn package(
    from: &dyn Blobs,
    manifest: &[u8],
    referrer: &[u8],
) -> Result<Package, RegistryError> {
    let malformed = |why: &str| RegistryError::malformed(&from.name(), why.to_owned());
    let refers = Manifest::read(referrer).map_err(|why| malformed(&why))?;
    if refers.artifact_type.as_deref() != Some(TOOLKIT) {
        return Err(malformed("what refers to the component is no toolkit"));
    }
    let subject = Descriptor::of(MANIFEST, manifest);
    if !refers.subject.as_ref().is_some_and(|named| named.is(&subject)) {
        return Err(malformed("the files belong to another component"));
    }
    let [signature, rest] = &refers.layers[..] else {
        return Err(malformed("a toolkit has 2 layers beside its component"));
    };
    if refers.config.media_type != EMPTY {
        return Err(malformed("a toolkit has no configuration"));
    }
    let envelope = Envelope::parse(&blob(from, signature, ENVELOPE, ENVELOPE_BYTES)?)?;
    let mut files = tree::unpack(&from.name(), &blob(from, rest, FILES, LAYER_BYTES)?)?;
    files.insert(ARTIFACT, component(from, manifest)?)?;
    Ok(Package { files, envelope: Some(envelope) })
}

/// A blob of the type that is wanted; its bytes are those that the descriptor means.
fn blob(
    from: &dyn Blobs,
    of: &Descriptor,
    media_type: &str,
    limit: u64,
) -> Result<Vec<u8>, RegistryError> {
    let malformed = |why: String| RegistryError::malformed(&from.name(), why);
    if of.media_type != media_type {
        return Err(malformed(format!("{} instead of {media_type}", quoted(&of.media_type))));
    }
    if of.size > limit {
        return Err(malformed(format!("{} has more than {limit} bytes", of.name())));
    }
    let bytes = from.blob(of)?;
    of.check(&bytes).map_err(malformed)?;
    Ok(bytes)
}

/// What a component imports and exports; nothing for a core module.
fn interfaces(wasm: &[u8]) -> Option<Interfaces> {
    if !Parser::is_component(wasm) {
        return None;
    }
    let (mut found, mut depth) = (Interfaces::default(), 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                let names = section.into_iter().map(|item| Ok(item?.name.name.to_owned()));
                found.imports.extend(names.collect::<wasmparser::Result<Vec<_>>>().ok()?);
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                let names = section.into_iter().map(|item| Ok(item?.name.name.to_owned()));
                found.exports.extend(names.collect::<wasmparser::Result<Vec<_>>>().ok()?);
            }
            _ => {}
        }
    }
    Some(found)
}

#[cfg(test)]
#[path = "artifact_tests.rs"]
pub(in crate::registry) mod tests;
