//! What a toolkit is: its manifest and the words, paths and units a manifest is made of.
//! Nothing here touches a disk, a network or an engine.

mod build_limits;
mod collect;
mod destination;
mod error;
mod field;
mod flags;
mod grammar;
mod keyword;
mod manifest;
mod outline;
mod path;
mod place;
mod reader;
pub mod skill;
mod source;
mod text;
pub mod units;
mod vocabulary;
mod words;

#[cfg(test)]
mod tests;

pub use build_limits::BuildLimits;
pub use destination::{Destination, DestinationHost};
pub use error::{Invalid, ManifestError, ManifestProblem, ManifestWarning};
pub use flags::{BuildFlag, BuildStep, FLAGS, FlagRule};
pub use keyword::{KEYWORDS, Keyword};
pub use manifest::{MAX_MANIFEST_BYTES, Manifest};
pub use path::{Preopen, RelativePath, SourceGlob};
pub use place::{Place, Spanned};
pub use source::BuildSrc;
pub use text::SourceText;
pub use units::{Bytes, Span};
pub use vocabulary::Vocabulary;
pub use words::{ArgMode, Language, Shape, Status, TrustClaim, Word};

pub(crate) use grammar::{command_name, did, slug, variable};
pub(crate) use outline::{Headline, Outline};
pub(crate) use path::guest_path;
pub(crate) use reader::Entry;
pub(crate) use text::{brief, has_hazard, has_unseen, printable, quoted, source_text};
pub(crate) use vocabulary::did_you_mean;
