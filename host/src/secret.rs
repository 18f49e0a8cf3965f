//! Secrets as the host holds them, and the provider that an embedder gives it. No guest reads
//! one: it signs through the host, or the host puts it into a request.

use miette::Diagnostic;
use thiserror::Error;
use zeroize::Zeroizing;

/// The one thing that a secret was stored for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is put into the header of a request, by a binding of the policy.
    Credential,
    /// It is the key of HMAC-SHA-256 (RFC 2104).
    HmacSha256,
    /// It is the key of HMAC-SHA-512 (RFC 2104).
    HmacSha512,
    /// It is the 32-byte seed of an Ed25519 key (RFC 8032).
    Ed25519,
}

/// A secret and what it is for. Its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret {
    /// What it is for.
    pub purpose: Purpose,
    /// The bytes.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Why a provider could not say whether there is such a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("the secrets cannot be read: {why}")]
#[diagnostic(code(workbooks::secrets::unreadable), help("`wbx doctor` says where they are kept"))]
pub struct SecretError {
    /// Why, without the secret.
    pub why: String,
}

/// Where a host has its secrets from.
pub trait SecretProvider: Send + Sync {
    /// The secret of this name, of this tenant alone. It may read a file, and must not wait for
    /// a network.
    ///
    /// # Errors
    ///
    /// When it cannot be known.
    fn secret(&self, tenant: &str, name: &str) -> Result<Option<Secret>, SecretError>;
}

/// Has none.
pub(crate) struct NoSecrets;

impl SecretProvider for NoSecrets {
    fn secret(&self, _: &str, _: &str) -> Result<Option<Secret>, SecretError> {
        Ok(None)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
