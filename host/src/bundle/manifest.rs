//! `manifest.json` of a bundle: what is in it.

use serde::{Deserialize, Serialize};

use super::BundleError;
use crate::json::{self, Rules};
use crate::toolkit::quoted;

/// `format` of a `.wbundle`.
pub(super) const ZIPPED: &str = "wbundle/1";
/// `format` of what a page carries.
pub(super) const EMBEDDED: &str = "wbundle-html/1";
/// Bytes that are read.
const MAX_BYTES: usize = 1 << 20;

/// What a bundle says about itself. Only a signature makes it true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The workbook's id.
    pub id: String,
    /// The volumes that it has files of.
    #[serde(default)]
    pub volumes: Vec<String>,
    /// Whether its page was signed.
    #[serde(default)]
    pub signed: bool,
    /// Whether it has the volumes that are nobody else's: `memory` or `tmp`.
    #[serde(default)]
    pub private_included: bool,
    /// When it was made, in RFC 3339.
    #[serde(default)]
    pub created: String,
}

#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(flatten)]
    about: About,
    format: String,
    /// By path, the name of the key that a part is sealed with.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    key_refs: serde_json::Map<String, serde_json::Value>,
}

impl About {
    pub(super) fn to_json(&self, format: &str, signed: bool) -> String {
        let about = Self { signed, ..self.clone() };
        let written =
            Written { about, format: format.to_owned(), key_refs: serde_json::Map::new() };
        serde_json::to_string_pretty(&written).expect("texts are JSON") + "\n"
    }

    pub(super) fn read(bytes: &[u8], format: &str) -> Result<Self, BundleError> {
        let written: Written = json::read(bytes, MAX_BYTES, Rules::Unique)
            .map_err(|why| BundleError::malformed(&format!("its manifest.json: {why}")))?;
        if written.format != format {
            return Err(BundleError::malformed(&format!(
                "its format is `{}`, and only `{format}` is known here",
                written.format
            )));
        }
        if let Some((part, _)) = written.key_refs.iter().next() {
            return Err(BundleError::Sealed { part: quoted(part) });
        }
        Ok(written.about)
    }
}
