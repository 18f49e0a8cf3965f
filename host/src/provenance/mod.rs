//! Who made something, and that it is what they made: digests, identities, signatures. Everything
//! here is computed from bytes that the caller holds; nothing is read, written or asked.

mod did;
mod digest;
mod dsse;
pub(crate) mod files;
mod key;
mod statement;

pub use did::{Did, NotADid};
pub use digest::{Digest, Hasher, NotADigest};
pub use dsse::{Envelope, EnvelopeError, Signature};
pub use files::{Files, FilesError};
pub use key::{NotAKey, SigningKey};
pub use statement::{Difference, Statement, StatementError};
