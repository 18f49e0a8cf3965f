//! `did:key`: a public key that is its own name. W3C CCG *did:key Method v0.9*, for Ed25519 alone:
//! `did:key:z` and base58btc of the multicodec prefix 0xed 0x01 and the key's 32 bytes.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

/// What every `did:key` begins with; `z` is multibase for base58btc.
const PREFIX: &str = "did:key:z";
/// Ed25519 public keys, in the table of multicodec.
const ED25519: [u8; 2] = [0xed, 0x01];

/// The Ed25519 key of an issuer, as its `did:key`. Never a key of small order, by which many
/// signatures would hold for many messages.
#[derive(Clone, PartialEq, Eq)]
// Boxed, as it is 200 bytes and errors name it.
pub struct Did(Box<VerifyingKey>);

/// A text that is no `did:key` of Ed25519.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not the `did:key` of an Ed25519 key")]
pub struct NotADid;

impl Did {
    /// The identity of a public key.
    ///
    /// # Errors
    /// [`NotADid`] if the bytes are no point of the curve, or one of small order.
    pub fn of(key: &[u8; 32]) -> Result<Self, NotADid> {
        let key = VerifyingKey::from_bytes(key).map_err(|_| NotADid)?;
        // The one encoding of a point: another would be another name of the same key.
        if key.is_weak() || key.to_edwards().compress().as_bytes() != key.as_bytes() {
            return Err(NotADid);
        }
        Ok(Self(Box::new(key)))
    }

    /// The 32 bytes of the public key.
    pub fn key(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The key as `publicKeyMultibase` has it: the DID without `did:key:`.
    pub fn multibase(&self) -> String {
        let prefixed: Vec<u8> = ED25519.iter().chain(self.key()).copied().collect();
        format!("z{}", bs58::encode(prefixed).into_string())
    }

    /// Whether `signature` is this key's over `message`: strictly, so that no signature has a
    /// second form.
    pub fn signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did:key:{}", self.multibase())
    }
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialOrd for Did {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Did {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(other.key())
    }
}

impl FromStr for Did {
    type Err = NotADid;

    fn from_str(text: &str) -> Result<Self, NotADid> {
        let base58 = text.strip_prefix(PREFIX).ok_or(NotADid)?;
        // Two bytes and 32 are 47 or 48 digits; a longer text is not worth decoding.
        if base58.len() > 48 {
            return Err(NotADid);
        }
        let bytes = bs58::decode(base58).into_vec().map_err(|_| NotADid)?;
        let key = bytes.strip_prefix(&ED25519).ok_or(NotADid)?;
        Self::of(key.try_into().map_err(|_| NotADid)?)
    }
}

impl Serialize for Did {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Did {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first Ed25519 vector of the did:key method.
    const KNOWN: &str = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";

    #[test]
    fn what_is_no_did_key_of_ed25519_is_refused() {
        let long = format!("{KNOWN}1");
        let secp256k1 = "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme";
        for text in ["", "did:key:", "did:key:z", "did:web:example.org", &long, secp256k1] {
            assert_eq!(text.parse::<Did>(), Err(NotADid), "{text}");
        }
        assert_eq!(KNOWN.to_uppercase().parse::<Did>(), Err(NotADid));
    }

    #[test]
    fn a_key_of_small_order_is_no_identity() {
        let mut identity = [0; 32];
        identity[0] = 1;
        for key in [[0; 32], identity] {
            assert_eq!(Did::of(&key), Err(NotADid));
        }
    }

    #[test]
    fn a_second_encoding_of_a_point_is_refused() {
        // y = p + 3 is y = 3, which is on the curve.
        let mut key = [0xff; 32];
        key[0] = 0xf0;
        key[31] = 0x7f;
        assert_eq!(Did::of(&key), Err(NotADid));
    }

    #[test]
    fn a_did_reads_back_as_it_is_written() {
        assert_eq!(KNOWN.parse::<Did>().unwrap().to_string(), KNOWN);
    }
}
