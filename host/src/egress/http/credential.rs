//! A secret on its way into the header of a request, as far as its binding allows and no further.

use std::sync::Arc;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, header};
use url::Url;
use workbooks_bindings::Refusal;

use super::head::is_forbidden;
use super::scrub::Forms;
use crate::egress::Name;
use crate::policy::SecretBinding;
use crate::secret::{Purpose, Secret};
use crate::toolkit::Destination;

/// Bytes that a credential has at least: a shorter one could be found by chance in any answer,
/// and guessed.
const LEAST_BYTES: usize = 8;

const TEMPLATE: &str = "Authorization: Bearer {secret}";

/// A secret, bound to where it may go.
pub(crate) struct Credential {
    destination: Destination,
    method: Option<Method>,
    path: Option<String>,
    header: HeaderName,
    value: HeaderValue,
    forms: Arc<Forms>,
}

impl Credential {
    /// Makes one of a binding and its secret.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`] if the secret was stored for something else, or cannot stand in
    /// a header.
    pub(crate) fn new(binding: &SecretBinding, secret: &Secret) -> Result<Self, Refusal> {
        let unusable = |why: &str| Refusal::Unavailable(format!("the credential {why}"));
        if secret.purpose != Purpose::Credential {
            return Err(unusable("is a secret that was stored for something else"));
        }
        if secret.bytes.len() < LEAST_BYTES {
            return Err(unusable("is shorter than 8 bytes"));
        }
        let printable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        if !secret.bytes.iter().all(printable) {
            return Err(unusable("has a byte that no header holds"));
        }
        let unwritten = || unusable("has a binding that cannot be used");
        let template = binding.header.as_deref().unwrap_or(TEMPLATE);
        let (name, value) = template.split_once(':').ok_or_else(unwritten)?;
        let header = name.parse().ok().filter(|name| !is_forbidden(name)).ok_or_else(unwritten)?;
        let (before, behind) = value.trim().split_once("{secret}").ok_or_else(unwritten)?;
        let value = [before.as_bytes(), &secret.bytes, behind.as_bytes()].concat();
        let mut value = HeaderValue::try_from(value).map_err(|_| unwritten())?;
        value.set_sensitive(true);
        let destination = binding.origin.strip_prefix("https://").and_then(|d| d.parse().ok());
        let method = binding.method.as_deref().map(|method| Method::from_bytes(method.as_bytes()));
        Ok(Self {
            destination: destination.ok_or_else(unwritten)?,
            method: method.transpose().map_err(|_| unwritten())?,
            path: binding.path.clone(),
            header,
            value,
            forms: Arc::new(Forms::of(&secret.bytes)),
        })
    }

    /// Whether a request may carry it.
    pub(super) fn covers(&self, method: &Method, url: &Url) -> bool {
        let Some(Ok(name)) = url.host_str().map(Name::read) else { return false };
        let port = url.port_or_known_default().unwrap_or_default();
        url.scheme() == "https"
            && name.at(port) == self.destination
            && self.method.as_ref().is_none_or(|only| only == method)
            && self.path.as_deref().is_none_or(|prefix| is_under(prefix, url.path()))
    }

    /// The header that it goes into, and that nobody else may set.
    pub(super) fn header(&self) -> &HeaderName {
        &self.header
    }

    /// Puts it into a request, whose answer is to come as it is.
    pub(super) fn put_into(&self, headers: &mut HeaderMap) {
        headers.insert(self.header.clone(), self.value.clone());
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }

    pub(super) fn forms(&self) -> &Arc<Forms> {
        &self.forms
    }
}

/// Whether a path is the prefix, or goes on behind it with a new part, however a server may read
/// it: one with an escaped separator or an escaped escape, or a part that begins with two dots, is
/// under nothing.
fn is_under(prefix: &str, path: &str) -> bool {
    let folded = path.to_ascii_lowercase();
    let evasive = ["%2f", "%5c", "%2e", "%25", "\\"].iter().any(|escape| folded.contains(escape))
        || path.split('/').any(|part| part.starts_with(".."));
    let rest = path.strip_prefix(prefix);
    let whole = |rest: &str| prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/');
    !evasive && rest.is_some_and(whole)
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("destination", &self.destination).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(text: &str) -> SecretBinding {
        toml::from_str(text).unwrap()
    }

    fn secret(bytes: &[u8]) -> Secret {
        Secret { purpose: Purpose::Credential, bytes: bytes.to_vec().into() }
    }

    fn covers(credential: &Credential, method: &Method, url: &str) -> bool {
        credential.covers(method, &url.parse().unwrap())
    }

    #[test]
    fn a_secret_that_no_header_should_hold_is_refused() {
        let binding = binding("origin = 'https://a.org'");
        for bytes in [&b""[..], b"short", b"with\r\nline", b"with\0nought", b"with\xffbyte"] {
            assert!(Credential::new(&binding, &secret(bytes)).is_err(), "{bytes:?}");
        }
        let key = Secret { purpose: Purpose::HmacSha256, ..secret(b"long enough") };
        assert!(Credential::new(&binding, &key).is_err());
    }

    #[test]
    fn it_goes_nowhere_but_where_it_is_bound_to() {
        let text = "origin = 'https://a.org'\nmethod = 'GET'\npath = '/v1/x'";
        let one = Credential::new(&binding(text), &secret(b"long enough")).unwrap();
        for (method, url) in [
            (Method::GET, "http://a.org/v1/x"),
            (Method::GET, "https://b.org/v1/x"),
            (Method::GET, "https://a.org:8443/v1/x"),
            (Method::GET, "https://x.a.org/v1/x"),
            (Method::POST, "https://a.org/v1/x"),
            (Method::GET, "https://a.org/v1"),
            (Method::GET, "https://a.org/v1/xy"),
            (Method::GET, "https://a.org/v1/x/../../admin"),
            (Method::GET, "https://a.org/v1/x/%2e%2e/%2e%2e/admin"),
            (Method::GET, "https://a.org/v1/x/%252e%252e/%252e%252e/admin"),
            (Method::GET, "https://a.org/v1/x/..%2f..%2fadmin"),
            (Method::GET, "https://a.org/v1/x/..;/..;/admin"),
            (Method::GET, "https://a.org/v1/x/%2E./admin"),
            (Method::GET, "https://a.org/other?/v1/x"),
        ] {
            assert!(!covers(&one, &method, url), "{url}");
        }
        for url in ["https://a.org/v1/x", "https://A.org:443/v1/x/y?q", "https://a.org/v1/./x"] {
            assert!(covers(&one, &Method::GET, url), "{url}");
        }
    }

    #[test]
    fn it_stands_where_its_template_says_and_is_never_shown() {
        let text = "origin = 'https://a.org'\nheader = 'X-Key:  a{secret}b '";
        let one = Credential::new(&binding(text), &secret(b"long enough")).unwrap();
        let mut headers = HeaderMap::new();
        one.put_into(&mut headers);
        assert_eq!(headers["x-key"], "along enoughb");
        assert_eq!(headers["accept-encoding"], "identity");
        assert!(!format!("{one:?} {headers:?}").contains("long enough"));
    }
}
