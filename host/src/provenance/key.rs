//! A key that signs. Its seed leaves only where the caller asks for it by name, to store it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use zeroize::Zeroizing;

use super::Did;

/// An Ed25519 signing key. Its bytes are zeroed when it goes, and it is never printed.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// A text that is no seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signing key is 32 bytes, in base64 or as 64 hexadecimal digits")]
pub struct NotAKey;

impl SigningKey {
    /// The key of a seed. Whoever makes a new one draws the 32 bytes from the system.
    pub fn of(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// Reads a seed as the original system writes it: base64 (its engine) or 64 hexadecimal
    /// digits (its command line). White space around it is ignored.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        let mut seed = Zeroizing::new([0; 32]);
        if text.len() == 64 {
            for (byte, pair) in seed.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                let pair = std::str::from_utf8(pair).map_err(|_| NotAKey)?;
                let digits = pair.bytes().all(|b| b.is_ascii_hexdigit());
                *byte = u8::from_str_radix(pair, 16).ok().filter(|_| digits).ok_or(NotAKey)?;
            }
        } else {
            let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| NotAKey)?);
            seed.copy_from_slice(bytes.get(..32).filter(|_| bytes.len() == 32).ok_or(NotAKey)?);
        }
        Ok(Self::of(&seed))
    }

    /// The seed in base64, to be stored where only its owner reads.
    pub fn seed(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(Zeroizing::new(self.0.to_bytes())))
    }

    /// Whose key it is.
    ///
    /// # Panics
    /// Never: the public key of a seed is a point of the prime subgroup.
    pub fn did(&self) -> Did {
        Did::of(self.0.verifying_key().as_bytes()).expect("a seed's public key is a strong point")
    }

    /// The signature of `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SigningKey").field(&self.did()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_seed_is_refused() {
        let (short, sign) = ("0".repeat(63), format!("+{}", "0".repeat(63)));
        for text in ["", "AAAA", &short, &sign, &"g".repeat(64), &"é".repeat(32)] {
            assert!(SigningKey::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn both_spellings_of_a_seed_are_one_key_which_signs_and_does_not_show_itself() {
        let (hex, base64) = ("07".repeat(32), STANDARD.encode([7; 32]));
        let (one, other) = (SigningKey::parse(&hex).unwrap(), SigningKey::parse(&base64).unwrap());
        assert_eq!(one.did(), other.did());
        assert_eq!(*one.seed(), base64);
        let signature = one.sign(b"said");
        assert!(other.did().signed(b"said", &signature));
        assert!(!other.did().signed(b"sayd", &signature));
        assert!(!format!("{one:?}").contains(&base64));
    }

    #[test]
    fn a_signature_has_no_second_form() {
        let key = SigningKey::of(&[7; 32]);
        let mut signature = key.sign(b"said");
        // s + L, where L is the order of the group, little-endian: the same number modulo L.
        let order: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert!(!key.did().signed(b"said", &signature));
    }
}
