//! A toolkit as it travels: its files, and the statement that somebody signed about them.

use crate::provenance::{Envelope, Files};

/// The manifest of a toolkit.
pub const MANIFEST: &str = "manifest.org";
/// The signature, beside the manifest; never one of the files that it is about. Tools of in-toto
/// know statements by this ending.
pub const SIGNATURE: &str = "toolkit.intoto.jsonl";
/// What a publisher built of the source, if the package has it: run instead of being built again.
pub const ARTIFACT: &str = "artifact.wasm";

/// Files and signature. Nothing is proved by holding one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Everything but the signature.
    pub files: Files,
    /// The signature.
    pub envelope: Option<Envelope>,
}
