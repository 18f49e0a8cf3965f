//! What is said of those who sign pages and bundles.

use workbooks_host::bundle::Signer;
use workbooks_host::provenance::{SigningKey, Timestamp};

/// What is said to have signed.
pub(crate) const GENERATOR: &str = concat!("wbx/", env!("CARGO_PKG_VERSION"));

/// The signer of what is published now.
pub(crate) fn signer(key: &SigningKey) -> Signer<'_> {
    Signer { key, generator: GENERATOR, now: Timestamp::now() }
}
