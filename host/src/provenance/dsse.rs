//! The envelope of a signed statement: *DSSE: Dead Simple Signing Envelope*, v1.0. What is signed is
//! the payload's bytes with their type (its pre-authentication encoding), so that nothing has to be
//! written in one canonical way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Did, SigningKey};
use crate::json::{self, Rules};

/// Bytes of an envelope that is read: 20,000 files of a toolkit with long names are 6 MB.
pub(super) const MAX_BYTES: usize = 16 << 20;
/// Signatures of one envelope. Each costs a verification at most.
const MAX_SIGNATURES: usize = 16;

/// A payload, and who signed it. That the signatures hold says [`Envelope::signed_by`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What the payload is, as a media type.
    pub payload_type: String,
    /// What is signed.
    pub payload: Vec<u8>,
    /// At most 16.
    pub signatures: Vec<Signature>,
}

/// One signature, as it was written. It claims a key; nothing is proved by that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The claimed key: a `did:key`, or what another system calls its keys.
    pub keyid: String,
    /// Ed25519, of the pre-authentication encoding.
    pub bytes: [u8; 64],
}

/// Why bytes are no envelope.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum EnvelopeError {
    /// Too large.
    #[error("the signature is larger than 16 MiB")]
    #[diagnostic(code(workbooks::provenance::envelope), help("sign fewer files"))]
    TooLarge,
    /// Not the JSON of an envelope.
    #[error("the signature is not a DSSE envelope: {why}")]
    #[diagnostic(code(workbooks::provenance::envelope), help("sign it again: `wbx toolkit sign`"))]
    Malformed {
        /// What is wrong.
        why: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    payload_type: String,
    payload: String,
    signatures: Vec<WrittenSignature>,
}

#[derive(Serialize, Deserialize)]
struct WrittenSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

impl Envelope {
    /// Signs a payload.
    pub fn sign(payload_type: &str, payload: Vec<u8>, key: &SigningKey) -> Self {
        let bytes = key.sign(&encoding(payload_type, &payload));
        let signatures = vec![Signature { keyid: key.did().to_string(), bytes }];
        Self { payload_type: payload_type.to_owned(), payload, signatures }
    }

    /// Adds another key's signature of the same payload.
    pub fn countersign(&mut self, key: &SigningKey) {
        let bytes = key.sign(&encoding(&self.payload_type, &self.payload));
        self.signatures.push(Signature { keyid: key.did().to_string(), bytes });
    }

    /// Reads an envelope: JSON, with the base64 of its standard alphabet.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > MAX_BYTES {
            return Err(EnvelopeError::TooLarge);
        }
        let malformed = |why: &str| EnvelopeError::Malformed { why: why.to_owned() };
        let written: Written =
            json::read(bytes, MAX_BYTES, Rules::Unique).map_err(|why| malformed(&why))?;
        let payload =
            STANDARD.decode(&written.payload).map_err(|_| malformed("its payload is no base64"))?;
        if written.signatures.len() > MAX_SIGNATURES {
            return Err(malformed("it has more than 16 signatures"));
        }
        let signature = |written: WrittenSignature| {
            let bytes = STANDARD.decode(&written.sig).ok().and_then(|sig| sig.try_into().ok());
            let bytes = bytes.ok_or_else(|| malformed("a signature is not 64 bytes in base64"))?;
            Ok(Signature { keyid: written.keyid, bytes })
        };
        let signatures = written.signatures.into_iter().map(signature).collect::<Result<_, _>>()?;
        Ok(Self { payload_type: written.payload_type, payload, signatures })
    }

    /// The envelope as one line of JSON.
    ///
    /// # Panics
    /// Never: texts are JSON.
    pub fn to_json(&self) -> String {
        let signatures = self.signatures.iter().map(|signature| WrittenSignature {
            keyid: signature.keyid.clone(),
            sig: STANDARD.encode(signature.bytes),
        });
        let written = Written {
            payload_type: self.payload_type.clone(),
            payload: STANDARD.encode(&self.payload),
            signatures: signatures.collect(),
        };
        let mut text = serde_json::to_string(&written).expect("texts are JSON");
        text.push('\n');
        text
    }

    /// Whether this key signed the payload as what it says it is.
    pub fn signed_by(&self, did: &Did) -> bool {
        let (encoding, name) = (encoding(&self.payload_type, &self.payload), did.to_string());
        let claimed = self.signatures.iter().filter(|signature| signature.keyid == name);
        claimed.into_iter().any(|signature| did.signed(&encoding, &signature.bytes))
    }
}

/// DSSE's pre-authentication encoding.
fn encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (SigningKey, Envelope) {
        let key = SigningKey::of(&[7; 32]);
        let envelope = Envelope::sign("text/plain", b"said".to_vec(), &key);
        (key, envelope)
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        let (_, envelope) = signed();
        let good = envelope.to_json();
        for bad in [
            String::new(),
            "{}".to_owned(),
            good.replace("\"sig\":\"", "\"sig\":\"A"),
            good.replace("\"payload\":\"", "\"payload\":\"!"),
            good.replace("{\"payloadType\"", "{\"payload\":\"\",\"payloadType\""),
            format!("{good}{{}}"),
            format!("{}[]", " ".repeat(MAX_BYTES)),
        ] {
            assert!(Envelope::parse(bad.as_bytes()).is_err(), "{bad:.60}");
        }
    }

    #[test]
    fn what_is_said_of_an_envelope_is_no_longer_than_a_line() {
        let long = format!("{{\"payloadType\":1,\"{}\":\"\u{1b}", "x".repeat(1 << 20));
        for bad in [long, format!("\"{}\"", "y\u{202e}".repeat(1 << 18))] {
            let said = Envelope::parse(bad.as_bytes()).unwrap_err().to_string();
            assert!(said.chars().count() < 400 && !said.contains(['\u{1b}', '\u{202e}']), "{said}");
        }
    }

    #[test]
    fn no_part_of_an_envelope_can_be_another_and_still_be_signed() {
        let (key, envelope) = signed();
        let did = key.did();
        assert!(envelope.signed_by(&did));
        assert!(!envelope.signed_by(&SigningKey::of(&[8; 32]).did()));
        let other_type = Envelope { payload_type: "text/html".into(), ..envelope.clone() };
        let other_payload = Envelope { payload: b"sayd".to_vec(), ..envelope.clone() };
        let mut other_signature = envelope.clone();
        other_signature.signatures[0].bytes[3] ^= 1;
        let unsigned = Envelope { signatures: Vec::new(), ..envelope };
        for changed in [other_type, other_payload, other_signature, unsigned] {
            assert!(!changed.signed_by(&did), "{changed:?}");
        }
    }

    #[test]
    fn what_is_signed_is_the_encoding_of_the_specification() {
        let expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(encoding("http://example.com/HelloWorld", b"hello world"), expected);
    }

    #[test]
    fn an_envelope_reads_back_as_it_is_written() {
        let (_, envelope) = signed();
        assert_eq!(Envelope::parse(envelope.to_json().as_bytes()), Ok(envelope));
    }
}
