//! A host of registries: where it is, what may be dialled for it, who we are there, and where its
//! password may go.

use http::HeaderValue;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::reference::host_text;
use crate::policy::{PrivateRange, RegistryPolicy, ToolkitPolicy, own_address};
use crate::registry::RegistryError;
use crate::secret::{Purpose, SecretProvider};
use crate::toolkit::Destination;

/// A host of registries as the operator's policy has it.
pub struct Endpoint {
    origin: Url,
    /// What it may resolve to besides public addresses.
    private: Vec<PrivateRange>,
    login: Option<HeaderValue>,
    /// Where its tokens are from, if the operator says.
    auth: Option<Url>,
}

impl Endpoint {
    /// A host, with its login if the policy names one. In the clear it is asked only where the
    /// policy says so and the host is a private address itself.
    ///
    /// # Errors
    /// [`RegistryError::Denied`] if the login's secret is not there or cannot be one.
    pub fn new(
        host: &Destination,
        policy: &RegistryPolicy,
        secrets: &dyn SecretProvider,
        tenant: &str,
    ) -> Result<Self, RegistryError> {
        let known = policy.host(host);
        let own = known.and_then(|_| own_address(host));
        let plain = known.is_some_and(|known| known.plain) && own.is_some();
        let denied =
            |why: &str| RegistryError::Denied { registry: host_text(host), why: why.to_owned() };
        let scheme = if plain { "http" } else { "https" };
        let origin = Url::parse(&format!("{scheme}://{host}"))
            .map_err(|_| denied("that is not the name of a host"))?;
        let login = match known.map(|known| (&known.user, &known.secret)) {
            Some((Some(user), Some(name))) => {
                let secret = secrets.secret(tenant, name).ok().flatten();
                let secret = secret.filter(|secret| secret.purpose == Purpose::Credential);
                let secret = secret.ok_or_else(|| {
                    denied("its password is not among the host's secrets: `wbx secret set`")
                })?;
                Some(basic(user, &secret.bytes).ok_or_else(|| denied("its login is no login"))?)
            }
            _ => None,
        };
        let auth = known.and_then(|known| known.auth.as_deref());
        Ok(Self {
            origin,
            private: known.iter().flat_map(|known| &known.private).copied().chain(own).collect(),
            login,
            auth: auth.and_then(|auth| Url::parse(auth).ok()),
        })
    }

    /// A URL of the host's.
    pub(super) fn at(&self, path: &str) -> Url {
        let mut url = self.origin.clone();
        url.set_path(path);
        url
    }

    pub(super) fn owns(&self, url: &Url) -> bool {
        url.origin() == self.origin.origin()
    }

    /// The value of `Authorization` that is the login.
    pub(super) fn login(&self) -> Option<&HeaderValue> {
        self.login.as_ref()
    }

    /// Whether tokens may be asked for there with the login: at the host's own origin, by https on
    /// a host below it, and where the operator says.
    pub(super) fn may_log_in_at(&self, realm: &Url) -> bool {
        let below = || match (realm.host(), self.origin.host()) {
            (Some(Host::Domain(realm)), Some(Host::Domain(own))) => is_below(realm, own),
            _ => false,
        };
        let said = self.auth.as_ref().is_some_and(|auth| auth.origin() == realm.origin());
        is_plain(realm) && (self.owns(realm) || (realm.scheme() == "https" && (said || below())))
    }

    /// Whether tokens may be asked for there without the login: there, and by https on a host below
    /// the domain that the registry's host is in, as `auth.example.org` is for
    /// `registry.example.org`. Domains under which anybody may have a host look the same, as
    /// `example.co.uk` does, so that no password goes there.
    pub(super) fn may_ask_at(&self, realm: &Url) -> bool {
        let near = || match (realm.host(), self.origin.host()) {
            (Some(Host::Domain(realm)), Some(Host::Domain(own))) => {
                let parent = own.split_once('.').map(|(_, parent)| parent);
                parent.is_some_and(|parent| parent.contains('.') && is_below(realm, parent))
            }
            _ => false,
        };
        self.may_log_in_at(realm) || (is_plain(realm) && realm.scheme() == "https" && near())
    }

    /// What may be dialled for a URL: its host, in private ranges only if it is ours or gives our
    /// tokens.
    pub(super) fn opened(&self, url: &Url) -> Option<ToolkitPolicy> {
        let port = url.port_or_known_default()?;
        let destination = format!("{}:{port}", url.host_str()?).parse().ok()?;
        let said = self.auth.as_ref().is_some_and(|auth| auth.origin() == url.origin());
        let private = if self.owns(url) || said { self.private.clone() } else { Vec::new() };
        Some(ToolkitPolicy { net: Some(vec![destination]), private, ..ToolkitPolicy::default() })
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn is_plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

/// RFC 7617.
fn basic(user: &str, password: &[u8]) -> Option<HeaderValue> {
    use base64::Engine as _;
    let both = Zeroizing::new([user.as_bytes(), b":", password].concat());
    let encoded = base64::engine::general_purpose::STANDARD.encode(&*both);
    let mut value = HeaderValue::try_from(format!("Basic {encoded}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("origin", &self.origin.as_str()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::NoSecrets;

    fn endpoint(host: &str, policy: &str) -> Result<Endpoint, RegistryError> {
        let policy: RegistryPolicy = toml::from_str(policy).unwrap();
        Endpoint::new(&host.parse().unwrap(), &policy, &NoSecrets, "local")
    }

    #[test]
    fn a_password_goes_to_no_foreign_host() {
        for (host, realm) in [
            ("registry.example.org", "https://auth.example.com/token"),
            ("registry.example.org", "http://registry.example.org/token"),
            ("registry.example.org", "https://u:p@auth.example.org/token"),
            ("registry.example.org", "https://evilexample.org/token"),
            ("registry.example.org", "https://example.org.evil.net/token"),
            ("registry.example.org", "https://127.0.0.1/token"),
            ("example.org", "https://other.org/token"),
            ("192.0.2.1", "https://192.0.2.2/token"),
        ] {
            let endpoint = endpoint(host, "").unwrap();
            assert!(!endpoint.may_ask_at(&realm.parse().unwrap()), "{host} {realm}");
        }
        for (host, realm) in [
            ("registry.example.org", "https://auth.example.org/token"),
            ("registry.example.org", "https://example.org/token"),
            ("example.co.uk", "https://other.co.uk/token"),
            ("registry.co.uk:5000", "https://registry.co.uk.co.uk/token"),
        ] {
            let (endpoint, realm) = (endpoint(host, "").unwrap(), realm.parse().unwrap());
            assert!(endpoint.may_ask_at(&realm) && !endpoint.may_log_in_at(&realm), "{host}");
        }
        for (host, realm) in [
            ("registry.example.org", "https://registry.example.org/token"),
            ("registry.example.org", "https://auth.registry.example.org/token"),
            ("example.org", "https://auth.example.org/token"),
            ("example.org:5000", "https://example.org:5000/token"),
        ] {
            let endpoint = endpoint(host, "").unwrap();
            assert!(endpoint.may_log_in_at(&realm.parse().unwrap()), "{host} {realm}");
        }
        let told = "[host.'registry.example.org']\nauth = 'https://login.example.com'";
        let told = endpoint("registry.example.org", told).unwrap();
        assert!(told.may_log_in_at(&"https://login.example.com/x".parse().unwrap()));
        assert!(!told.may_log_in_at(&"https://evil.login.example.com/x".parse().unwrap()));
    }

    #[test]
    fn nothing_is_asked_in_the_clear_or_in_private_that_the_policy_does_not_open() {
        let opened = |host: &str, policy: &str, url: &str| {
            let endpoint = endpoint(host, policy).unwrap();
            let opened = endpoint.opened(&url.parse().unwrap()).unwrap();
            (endpoint.origin.scheme().to_owned(), opened.private.len())
        };
        let plain = "[host.'127.0.0.1:5000']\nplain = true";
        let own = "http://127.0.0.1:5000/v2/";
        assert_eq!(opened("127.0.0.1:5000", plain, own), ("http".into(), 1));
        assert_eq!(opened("127.0.0.1:5001", plain, "https://127.0.0.1:5001/"), ("https".into(), 0));
        assert_eq!(opened("127.0.0.1:5000", plain, "http://127.0.0.1:5001/"), ("http".into(), 0));
        let named = "[host.'r.example.org']\nplain = true\nprivate = ['10.0.0.0/8']";
        let url = "https://r.example.org/";
        assert_eq!(opened("r.example.org", named, url), ("https".into(), 1));
        assert_eq!(opened("r.example.org", named, "https://x.example.org/"), ("https".into(), 0));
    }

    #[test]
    fn a_login_without_its_secret_is_refused() {
        let policy = "[host.'r.example.org']\nuser = 'ada'\nsecret = 'PASSWORD'";
        assert!(matches!(endpoint("r.example.org", policy), Err(RegistryError::Denied { .. })));
    }
}
