//! A toolkit as its author made it.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use workbooks_host::adapt::text_to_binary;
use workbooks_host::provenance::Statement;
use workbooks_host::registry::{ARTIFACT, SIGNATURE, read_folder};

use crate::place::{Place, issued, key};

/// What every toolkit does: nothing, with success.
const NOTHING: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

/// A toolkit with a manifest, a source, a skill and an artifact, signed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Toolkit {
    /// Its folder.
    pub(crate) at: String,
    /// Its id.
    pub(crate) id: String,
    /// Its version.
    pub(crate) version: String,
    /// More lines of its manifest.
    pub(crate) lines: String,
    /// More files.
    pub(crate) files: BTreeMap<String, String>,
    /// Whose key signs it; nobody's if empty. Keys have the names of `place::KEYS`.
    pub(crate) by: String,
    /// Whose key signs in truth what names the other as its publisher.
    pub(crate) with: Option<String>,
    /// The id that is signed, if that is another.
    pub(crate) signed_id: Option<String>,
    /// The version that is signed, if that is another.
    pub(crate) signed_version: Option<String>,
}

impl Default for Toolkit {
    fn default() -> Self {
        let text = String::from;
        Self {
            at: text("echo"),
            id: text("echo"),
            version: text("1.0.0"),
            lines: String::new(),
            files: BTreeMap::new(),
            by: text("ada"),
            with: None,
            signed_id: None,
            signed_version: None,
        }
    }
}

impl Toolkit {
    /// Makes a toolkit, and signs it if somebody does.
    pub(crate) fn make(&self, place: &Place) {
        let Toolkit { at, id, version, files, .. } = self;
        let lines = place.placed(&self.lines);
        drop(fs::remove_dir_all(place.path(at)));
        let artifact = text_to_binary(NOTHING.as_bytes()).unwrap();
        let digest = Sha256::digest(NOTHING)
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let manifest = format!(
            "#+TOOLKIT: {id}\n#+VERSION: {version}\n#+EXEC: command\n{lines}\n\
             #+BUILD_SRC: wasm:tool.wat\n#+SHA256: {digest}\n"
        );
        place.write(&format!("{at}/manifest.org"), manifest.as_bytes());
        place.write(&format!("{at}/tool.wat"), NOTHING.as_bytes());
        place.write(&format!("{at}/skills/{id}.org"), format!("#+TITLE: {id}\n").as_bytes());
        place.write(&format!("{at}/{ARTIFACT}"), &artifact);
        for (path, text) in files {
            place.write(&format!("{at}/{path}"), text.as_bytes());
        }
        if self.by.is_empty() {
            return;
        }
        let package = read_folder(&place.path(at)).unwrap();
        let id = self.signed_id.as_ref().unwrap_or(id);
        let version = self.signed_version.as_ref().unwrap_or(version).parse().unwrap();
        let publisher = key(&self.by);
        let statement = Statement::of(&package.files, id, &version, &publisher, issued());
        let mut envelope = statement.sign(&key(self.with.as_ref().unwrap_or(&self.by)));
        envelope.signatures[0].keyid = publisher.did().to_string();
        place.write(&format!("{at}/{SIGNATURE}"), envelope.to_json().as_bytes());
    }
}
