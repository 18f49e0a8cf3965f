//! `did:web`: a key that a web site answers for. W3C CCG *did:web Method*; the document has the key
//! as a Multikey (W3C *Controlled Identifiers 1.0*). Nothing is fetched here: whoever has the
//! document brings it.

use std::fmt;
use std::str::FromStr;

use miette::Diagnostic;
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use super::Did;
use crate::json::{self, Rules};
use crate::toolkit::quoted;

/// Bytes of a document, and keys in it, that are read.
const MAX_BYTES: usize = 64 << 10;
const MAX_KEYS: usize = 32;

/// The name of a site, and maybe of a folder of it: `did:web:example.org:users:ada`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidWeb {
    host: String,
    port: Option<u16>,
    path: Vec<String>,
}

/// Why a `did:web` or its document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum DidWebError {
    /// It is no such name.
    #[error("{text} is no `did:web`")]
    #[diagnostic(
        code(workbooks::value::did_web),
        help("write a domain, `example.org`, or `did:web:example.org:path`")
    )]
    Name {
        /// The text, printable.
        text: String,
    },
    /// The document is not its.
    #[error("the document is not that of {did}: {why}")]
    #[diagnostic(
        code(workbooks::trust::did_web),
        help("get it again, from where {did} keeps it: {url}")
    )]
    Document {
        /// Whose it should be.
        did: String,
        /// What is wrong.
        why: String,
        /// Where it is kept.
        url: String,
    },
}

#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(default, rename = "verificationMethod")]
    methods: Vec<Method>,
    /// By its id, or the method itself.
    #[serde(default, rename = "assertionMethod")]
    asserts: Vec<Value>,
}

#[derive(Clone, Deserialize)]
struct Method {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    controller: String,
    #[serde(default, rename = "publicKeyMultibase")]
    multibase: Option<String>,
}

impl DidWeb {
    /// Where the document is kept.
    pub fn url(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let folder = match self.path.as_slice() {
            [] => "/.well-known".to_owned(),
            path => path.iter().fold(String::new(), |all, part| format!("{all}/{part}")),
        };
        format!("https://{}{port}{folder}/did.json", self.host)
    }

    /// The document that says a key is this site's.
    pub fn document(&self, key: &Did) -> Value {
        let method = format!("{self}#{}", key.multibase());
        json!({
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": self.to_string(),
            "alsoKnownAs": [key.to_string()],
            "verificationMethod": [{
                "id": method,
                "type": "Multikey",
                "controller": self.to_string(),
                "publicKeyMultibase": key.multibase(),
            }],
            "assertionMethod": [method],
        })
    }

    /// The Ed25519 keys by which, says its document, this site makes statements. Keys of other
    /// kinds are passed over.
    ///
    /// # Errors
    /// [`DidWebError::Document`] if it is another's, or has no such key.
    pub fn keys(&self, document: &[u8]) -> Result<Vec<Did>, DidWebError> {
        let refuse = |why: &str| DidWebError::Document {
            did: self.to_string(),
            why: why.to_owned(),
            url: self.url(),
        };
        if document.len() > MAX_BYTES {
            return Err(refuse("it is larger than 64 KiB"));
        }
        let read: Document =
            json::read(document, MAX_BYTES, Rules::Unique).map_err(|why| refuse(&why))?;
        if read.id != self.to_string() {
            return Err(refuse(&format!("it is that of {}", quoted(&read.id))));
        }
        if read.methods.len() + read.asserts.len() > MAX_KEYS {
            return Err(refuse("it has more than 32 keys"));
        }
        let mut keys: Vec<Did> = Vec::new();
        for assert in &read.asserts {
            let method = match assert {
                Value::String(id) => {
                    // A relative reference is to the document itself.
                    let id = if id.starts_with('#') { format!("{self}{id}") } else { id.clone() };
                    let mut named = read
                        .methods
                        .iter()
                        .filter(|method| method.id == id || format!("{self}{}", method.id) == id);
                    let method = named.next().cloned();
                    if named.next().is_some() {
                        return Err(refuse(&format!("it has two keys {}", quoted(&id))));
                    }
                    method
                }
                embedded => serde_json::from_value(embedded.clone()).ok(),
            };
            let Some(method) = method.filter(|method| method.controller == read.id) else {
                continue;
            };
            let known = matches!(&*method.kind, "Multikey" | "Ed25519VerificationKey2020");
            let multibase = method.multibase.filter(|_| known);
            let key = multibase.and_then(|text| format!("did:key:{text}").parse().ok());
            keys.extend(key.filter(|key| !keys.contains(key)));
        }
        if keys.is_empty() {
            return Err(refuse("it has no Ed25519 key of its own for statements"));
        }
        Ok(keys)
    }
}

impl fmt::Display for DidWeb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did:web:{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, "%3A{port}")?;
        }
        self.path.iter().try_for_each(|part| write!(f, ":{part}"))
    }
}

impl FromStr for DidWeb {
    type Err = DidWebError;

    /// Reads `did:web:…`, or a domain alone. A host is ASCII in lower case: an international one
    /// as `xn--…`, so that none looks like another.
    fn from_str(text: &str) -> Result<Self, DidWebError> {
        let refuse = || DidWebError::Name { text: quoted(text) };
        let name = match text.strip_prefix("did:web:") {
            Some(name) => name,
            // Another method's, or a port as nobody writes it here.
            None if text.contains(':') => return Err(refuse()),
            None => text,
        };
        let mut parts = name.split(':');
        let site = parts.next().ok_or_else(refuse)?;
        let (host, port) = match site.split_once("%3A") {
            Some((host, port)) => (host, Some(port)),
            None => (site, None),
        };
        let label = |label: &str| {
            let of_label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(of_label)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // A name, and no address.
        let top = host.rsplit('.').next().unwrap_or_default();
        let is_name = host.split('.').all(label) && !top.bytes().all(|b| b.is_ascii_digit());
        if host.len() > 253 || !is_name {
            return Err(refuse());
        }
        let digits = |port: &&str| !port.starts_with(['0', '+']);
        let port = match port {
            Some(port) => Some(
                Some(port).filter(digits).and_then(|port| port.parse().ok()).ok_or_else(refuse)?,
            ),
            None => None,
        };
        let path: Vec<String> = parts.map(str::to_owned).collect();
        let part = |part: &String| {
            let of_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(of_part)
        };
        if text.len() > 1024 || !path.iter().all(part) {
            return Err(refuse());
        }
        Ok(Self { host: host.to_owned(), port, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::SigningKey;

    fn key(seed: u8) -> Did {
        SigningKey::of(&[seed; 32]).did()
    }

    fn site() -> DidWeb {
        "example.org".parse().unwrap()
    }

    #[test]
    fn what_is_no_site_is_refused() {
        for text in [
            "",
            "did:web:",
            "did:key:z6Mk",
            "Example.org",
            "exa mple.org",
            "ex\u{430}mple.org",
            "-a.org",
            "example..org",
            "example.org/path",
            "user@example.org",
            "10.0.0.1",
            "did:web:example.org%3A",
            "did:web:example.org%3A0",
            "did:web:example.org%3A+1",
            "did:web:example.org%3A65536",
            "did:web:example.org::x",
            "did:web:example.org:..",
            "did:web:example.org:a%2Fb",
        ] {
            assert!(text.parse::<DidWeb>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_says_where_its_document_is() {
        for (text, url) in [
            ("example.org", "https://example.org/.well-known/did.json"),
            ("did:web:example.org%3A8443", "https://example.org:8443/.well-known/did.json"),
            ("did:web:example.org:users:Ada", "https://example.org/users/Ada/did.json"),
        ] {
            let site: DidWeb = text.parse().unwrap();
            assert_eq!(site.url(), url);
            assert!(site.to_string().ends_with(text));
        }
    }

    #[test]
    fn a_document_reads_back_as_it_is_written() {
        let text = site().document(&key(1)).to_string();
        assert_eq!(site().keys(text.as_bytes()), Ok(vec![key(1)]));
    }

    #[test]
    fn a_key_that_is_not_the_sites_own_for_statements_is_not_taken() {
        let good = site().document(&key(1)).to_string();
        let other: DidWeb = "example.com".parse().unwrap();
        for bad in [
            good.replace("assertionMethod", "keyAgreement"),
            good.replace(
                "\"controller\":\"did:web:example.org\"",
                "\"controller\":\"did:web:a.b\"",
            ),
            good.replace("\"Multikey\"", "\"JsonWebKey2020\""),
            good.replace("\"publicKeyMultibase\":\"z6Mk", "\"publicKeyMultibase\":\"z7Mk"),
            good.replace("\"id\":\"did:web:example.org\"", "\"id\":\"did:web:example.com\""),
            good.replace("{\"@context\"", "{\"id\":\"x\",\"@context\""),
            good.replace("\"assertionMethod\":[", "\"assertionMethod\":[\"#x\"],\"a\":["),
            "[]".to_owned(),
            format!("{good}{}", " ".repeat(MAX_BYTES)),
        ] {
            assert!(site().keys(bad.as_bytes()).is_err(), "{bad:.300}");
        }
        assert!(other.keys(good.as_bytes()).is_err());
    }

    #[test]
    fn an_embedded_key_and_a_relative_name_are_understood() {
        let multibase = key(1).multibase();
        let embedded = json!({ "id": "did:web:example.org", "assertionMethod": [
            { "id": "#a", "type": "Ed25519VerificationKey2020", "controller": "did:web:example.org",
              "publicKeyMultibase": multibase },
            { "id": "#b", "type": "JsonWebKey", "controller": "did:web:example.org" },
        ] });
        let relative = json!({ "id": "did:web:example.org", "assertionMethod": ["#a"],
            "verificationMethod": [{ "id": "#a", "type": "Multikey",
              "controller": "did:web:example.org", "publicKeyMultibase": multibase }] });
        for document in [embedded, relative] {
            assert_eq!(site().keys(document.to_string().as_bytes()), Ok(vec![key(1)]));
        }
    }
}
