//! How the operator binds a secret to the one place it may be sent to.

use serde::{Deserialize, Serialize};

use crate::toolkit::{Destination, Invalid, has_hazard};

/// Where a secret may go. Its value is kept elsewhere; no guest ever sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SecretBinding {
    /// Scheme and destination: `https://api.example.org:443`. Never a wildcard.
    pub origin: String,
    /// The one method it may be used with; any if absent.
    pub method: Option<String>,
    /// What the path must begin with; any if absent.
    pub path: Option<String>,
    /// The header it is put into, with `{secret}` where it goes; `Authorization: Bearer {secret}`
    /// if absent.
    pub header: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    origin: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<String>,
}

impl TryFrom<Written> for SecretBinding {
    type Error = Invalid;

    fn try_from(written: Written) -> Result<Self, Invalid> {
        let Written { origin, method, path, header } = written;
        let origin = read_origin(&origin)?;
        if let Some(method) = method.as_deref().filter(|m| !is_method(m)) {
            return Err(Invalid::new(method, "is not a method", "write it in capitals: `POST`"));
        }
        if let Some(path) =
            path.as_deref().filter(|p| !p.starts_with('/') || has_hazard(p).is_some())
        {
            return Err(Invalid::new(path, "is not a path", "begin it with `/`"));
        }
        if let Some(header) = header.as_deref().filter(|h| !is_template(h)) {
            let help =
                "write a header with the secret's place in it: `Authorization: Bearer {secret}`";
            return Err(Invalid::new(header, "is not a header for a secret", help));
        }
        Ok(Self { origin, method, path, header })
    }
}

impl From<SecretBinding> for Written {
    fn from(binding: SecretBinding) -> Self {
        let SecretBinding { origin, method, path, header } = binding;
        Self { origin, method, path, header }
    }
}

/// HTTPS alone: a secret is never sent in the clear.
fn read_origin(text: &str) -> Result<String, Invalid> {
    let help = "write one HTTPS origin: `https://api.example.org`";
    let host = text.strip_prefix("https://").filter(|host| !host.starts_with('*'));
    let host = host.ok_or_else(|| Invalid::new(text, "is not an HTTPS origin", help))?;
    let destination: Destination = host.parse()?;
    Ok(format!("https://{destination}"))
}

fn is_method(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// `Name: value` with `{secret}` once, in printable ASCII.
fn is_template(text: &str) -> bool {
    let Some((name, value)) = text.split_once(':') else {
        return false;
    };
    let of_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    !name.is_empty()
        && name.bytes().all(of_name)
        && value.matches("{secret}").count() == 1
        && value.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SecretBinding, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_binding_that_could_leak_is_refused() {
        for text in [
            "",
            "origin = 'http://a.example.org'",
            "origin = 'https://*.example.org'",
            "origin = 'https://a.example.org/x'",
            "origin = 'https://u@a.example.org'",
            "origin = 'a.example.org'",
            "origin = ''",
            "origin = 'https://a.org'\nmethod = 'post'",
            "origin = 'https://a.org'\npath = 'x'",
            "origin = 'https://a.org'\nheader = 'Authorization'",
            "origin = 'https://a.org'\nheader = 'A: x'",
            "origin = 'https://a.org'\nheader = \"A: {secret}\\r\\nB: c\"",
            "origin = 'https://a.org'\nvalue = 'hunter2'",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_binding_is_read_back() {
        let text = "origin = 'https://a.example.org'\nmethod = 'POST'\npath = '/v1/'\nheader = 'X-Key: {secret}'";
        let binding = read(text).unwrap();
        assert_eq!(binding.origin, "https://a.example.org:443");
        assert_eq!(read(&toml::to_string(&binding).unwrap()).unwrap(), binding);
    }
}
