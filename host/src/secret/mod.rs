//! Secrets as the host holds them, and the provider that an embedder gives it. No guest reads
//! one: it signs through the host, or the host puts it into a request.

mod files;
mod sign;

use std::fmt;
use std::str::FromStr;

use miette::Diagnostic;
use thiserror::Error;
use zeroize::Zeroizing;

pub use files::{FileSecrets, FileSecretsError};
pub use sign::SignError;

use crate::toolkit::{Invalid, did_you_mean};

/// The most bytes that a secret has.
pub const SECRET_MAX: usize = 64 << 10;

/// The one thing that a secret was stored for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is put into the header of a request, by a binding of the policy.
    Credential,
    /// It is the key of HMAC-SHA-256 (RFC 2104), of at least 16 bytes.
    HmacSha256,
    /// It is the key of HMAC-SHA-512 (RFC 2104), of at least 16 bytes.
    HmacSha512,
    /// It is the 32-byte seed of an Ed25519 key (RFC 8032).
    Ed25519,
}

impl Purpose {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::Credential, Self::HmacSha256, Self::HmacSha512, Self::Ed25519];

    /// Its word: `credential`, `hmac-sha256`, `hmac-sha512` or `ed25519`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha512 => "hmac-sha512",
            Self::Ed25519 => "ed25519",
        }
    }

    /// Whether a secret for this can have these bytes.
    fn check(self, bytes: &[u8]) -> Result<(), SecretError> {
        let fits = bytes.len() <= SECRET_MAX
            && match self {
                // A value of RFC 9110 §5.5 that no end of a line is hidden in.
                Self::Credential => {
                    let ends = [bytes.first(), bytes.last()];
                    bytes.iter().all(|b| b.is_ascii_graphic() || *b == b' ')
                        && ends.iter().all(|end| end.is_some_and(u8::is_ascii_graphic))
                }
                Self::HmacSha256 | Self::HmacSha512 => bytes.len() >= 16,
                Self::Ed25519 => bytes.len() == 32,
            };
        let why = match self {
            Self::Credential => {
                "a credential has 1 to 65536 printable ASCII characters, the first and last no spaces"
            }
            Self::HmacSha256 | Self::HmacSha512 => "a key for HMAC has 16 to 65536 bytes",
            Self::Ed25519 => "a seed for Ed25519 has 32 bytes",
        };
        if fits { Ok(()) } else { Err(SecretError { why: why.to_owned() }) }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Purpose {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|purpose| purpose.word() == text);
        known.ok_or_else(|| {
            let words = Self::ALL.into_iter().map(Self::word);
            Invalid::new(text, "is nothing that a secret is for", did_you_mean(text, words))
        })
    }
}

/// A secret and what it is for. Its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret {
    /// What it is for.
    pub purpose: Purpose,
    /// The bytes.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// A secret that can do what it is for.
    ///
    /// # Errors
    ///
    /// When the bytes cannot: a credential is printable ASCII, a key for HMAC has
    /// at least 16 bytes, a seed for Ed25519 has 32; nothing has more than [`SECRET_MAX`].
    pub fn new(purpose: Purpose, bytes: Zeroizing<Vec<u8>>) -> Result<Self, SecretError> {
        purpose.check(&bytes)?;
        Ok(Self { purpose, bytes })
    }
}

/// Why a provider could not say whether there is such a secret, or why bytes cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("the secret cannot be used: {why}")]
#[diagnostic(code(workbooks::secrets::unusable), help("`wbx secret list` says what there is"))]
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

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
