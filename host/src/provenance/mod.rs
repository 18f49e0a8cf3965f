//! Who made something, and that it is what they made: digests, identities, signatures. Everything
//! here is computed from bytes that the caller holds; nothing is read, written or asked.

mod canonical;
mod did;
mod did_web;
mod digest;
mod dsse;
pub(crate) mod files;
mod key;
pub mod page;
mod rotation;
mod statement;
mod trust;
mod verify;

pub use did::{Did, NotADid};
pub use did_web::{DidWeb, DidWebError};
pub use digest::{Digest, Hasher, NotADigest};
pub use dsse::{Envelope, EnvelopeError, Signature};
pub use files::{Files, FilesError};
pub use jiff::Timestamp;
pub use key::{NotAKey, SigningKey};
pub use rotation::{KeyStatement, KeyStatementError};
pub use statement::{Difference, Statement, StatementError};
pub use trust::{TrustStore, TrustStoreError, Trusted};
pub use verify::{TrustError, Verified, inspect, verify};
