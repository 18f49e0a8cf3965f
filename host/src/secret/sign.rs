//! Signing with the one algorithm that a secret was stored for.
//!
//! Neither HMAC nor Ed25519 branches or looks anything up by bytes of the key: what a guest can
//! time depends on the lengths of key and message alone.

use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use miette::Diagnostic;
use sha2::{Sha256, Sha512};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Purpose, Secret};

/// Why a secret does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum SignError {
    /// It is a credential.
    #[error("the secret was not stored for signing")]
    #[diagnostic(
        code(workbooks::secrets::purpose),
        help("`wbx secret set NAME --for hmac-sha256` stores one that signs")
    )]
    NotForSigning,
    /// It has not the length that its algorithm needs.
    #[error("the secret is no key for its algorithm")]
    #[diagnostic(
        code(workbooks::secrets::key),
        help("HMAC needs at least 16 bytes, Ed25519 a seed of 32")
    )]
    NoKey,
}

impl Secret {
    /// The signature of `message`: 32 bytes of HMAC-SHA-256, 64 of HMAC-SHA-512 or of Ed25519.
    ///
    /// # Errors
    ///
    /// When it is for something else, or too short.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        if self.purpose == Purpose::Credential {
            return Err(SignError::NotForSigning);
        }
        self.purpose.check(&self.bytes).map_err(|_| SignError::NoKey)?;
        let no_key = |_| SignError::NoKey;
        Ok(match self.purpose {
            Purpose::Credential => return Err(SignError::NotForSigning),
            Purpose::HmacSha256 => {
                let mac = Hmac::<Sha256>::new_from_slice(&self.bytes).map_err(no_key)?;
                mac.chain_update(message).finalize().into_bytes().to_vec()
            }
            Purpose::HmacSha512 => {
                let mac = Hmac::<Sha512>::new_from_slice(&self.bytes).map_err(no_key)?;
                mac.chain_update(message).finalize().into_bytes().to_vec()
            }
            Purpose::Ed25519 => {
                let mut seed = Zeroizing::new([0; 32]);
                seed.copy_from_slice(&self.bytes);
                SigningKey::from_bytes(&seed).sign(message).to_bytes().to_vec()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(purpose: Purpose, bytes: &[u8]) -> Secret {
        Secret { purpose, bytes: bytes.to_vec().into() }
    }

    fn signed(purpose: Purpose, key: &[u8], message: &[u8]) -> String {
        crate::hex(&secret(purpose, key).sign(message).unwrap())
    }

    #[test]
    fn what_is_no_key_does_not_sign() {
        for (purpose, length, refused) in [
            (Purpose::Credential, 32, SignError::NotForSigning),
            (Purpose::HmacSha256, 15, SignError::NoKey),
            (Purpose::HmacSha512, 15, SignError::NoKey),
            (Purpose::HmacSha256, 0, SignError::NoKey),
            (Purpose::Ed25519, 31, SignError::NoKey),
            (Purpose::Ed25519, 33, SignError::NoKey),
        ] {
            assert_eq!(secret(purpose, &vec![7; length]).sign(b"m"), Err(refused), "{purpose}");
        }
        for bytes in [
            &b""[..],
            b" a",
            b"a ",
            b"a\n",
            b"a\r\nHost: x",
            "ä".as_bytes(),
            "a".repeat((64 << 10) + 1).as_bytes(),
        ] {
            assert!(Secret::new(Purpose::Credential, bytes.to_vec().into()).is_err());
        }
    }

    /// RFC 4231 §4.2, §4.7 and §4.8: the keys have 20 and 131 bytes.
    #[test]
    fn hmac_is_that_of_the_rfc() {
        assert_eq!(
            signed(Purpose::HmacSha256, &[0x0b; 20], b"Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            signed(Purpose::HmacSha512, &[0x0b; 20], b"Hi There"),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde\
             daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        );
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            signed(Purpose::HmacSha256, &[0xaa; 131], long),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    /// RFC 8032 §7.1, test 1.
    #[test]
    fn ed25519_is_that_of_the_rfc() {
        let seed = b"\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\
                     \x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";
        assert_eq!(
            signed(Purpose::Ed25519, seed, b""),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        );
    }

    #[test]
    fn no_secret_shows_itself() {
        let canary = secret(Purpose::HmacSha256, b"canary-canary-canary");
        let shown = format!("{canary:?} {:#?} {}", canary, SignError::NoKey);
        assert!(!shown.contains("canary"), "{shown}");
        let refused = Secret::new(Purpose::Ed25519, canary.bytes).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("canary"));
    }
}
