//! The registries that the operator configured: the table `[registry]`.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use url::{Position, Url};

use super::private::PrivateRange;
use crate::toolkit::{Destination, DestinationHost, Invalid, has_hazard, variable};

/// Where toolkits come from when only their id is said, and what is needed to reach a registry.
///
/// ```toml
/// [registry]
/// library = "oci://registry.example.org/toolkits"
///
/// [registry.host."registry.example.org"]
/// user = "ada"
/// secret = "REGISTRY_PASSWORD"
///
/// [registry.host."127.0.0.1:5000"]
/// plain = true
///
/// [registry.host."registry.intranet.example:8443"]
/// private = ["10.1.0.0/16"]
/// auth = "https://login.intranet.example"
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistryPolicy {
    /// The registry that ids are of: a folder's path, the URL of a directory registry, or
    /// `oci://HOST/PREFIX`. Who reads the policy reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// By host and port; 443 when none is written.
    #[serde(rename = "host", skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<RegistryName, RegistryHost>,
}

/// A host of registries, never with a wildcard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegistryName(pub Destination);

/// What is said of one host. A private address that is the host's name is opened by that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistryHost {
    /// Private ranges that its name, and that of its `auth`, may resolve to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub private: Vec<PrivateRange>,
    /// Asked in the clear (`http`); for private addresses alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub plain: bool,
    /// Who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The name of the host's secret that is the user's password or token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The origin where it sends clients for tokens with their password, if that is neither its own
    /// nor below it: `https://login.example.org`. The password goes there too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<String>,
}

impl RegistryPolicy {
    /// What is said of a host.
    pub fn host(&self, host: &Destination) -> Option<&RegistryHost> {
        self.hosts.get(&RegistryName(host.clone()))
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn check(&self) -> Result<(), Invalid> {
        if let Some(library) = &self.library {
            let printable = !library.is_empty() && has_hazard(library).is_none();
            let help = "write a folder, `https://…` or `oci://HOST/PREFIX`";
            printable.then_some(()).ok_or_else(|| Invalid::new(library, "is no registry", help))?;
        }
        self.hosts.iter().try_for_each(|(RegistryName(name), host)| host.check(name))
    }
}

/// Reads the table, and refuses what would open too much.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RegistryPolicy, D::Error> {
    let policy = RegistryPolicy::deserialize(deserializer)?;
    policy.check().map_err(D::Error::custom)?;
    Ok(policy)
}

impl RegistryHost {
    fn check(&self, name: &Destination) -> Result<(), Invalid> {
        if self.plain && own_address(name).is_none() {
            let help = "write the private address itself: `[registry.host.\"127.0.0.1:5000\"]`; \
                        a name needs https";
            return Err(Invalid::new(&name.to_string(), "would be asked in the clear", help));
        }
        match (&self.user, &self.secret) {
            (Some(user), Some(secret)) => {
                variable(secret)?;
                if user.is_empty() || user.contains(':') || has_hazard(user).is_some() {
                    return Err(Invalid::new(user, "is no user's name", "write it without `:`"));
                }
            }
            (None, None) => {}
            (one, other) => {
                let value = one.as_ref().or(other.as_ref()).map_or("", String::as_str);
                let help = "write both `user` and `secret`, or neither";
                return Err(Invalid::new(value, "is half of a login", help));
            }
        }
        if let Some(auth) = &self.auth {
            let help = "write one HTTPS origin: `https://login.example.org`";
            let origin = Url::parse(auth).ok().filter(|url| {
                url.scheme() == "https"
                    && url.username().is_empty()
                    && url.password().is_none()
                    && matches!(&url[Position::BeforePath..], "" | "/")
            });
            origin.ok_or_else(|| Invalid::new(auth, "is not an HTTPS origin", help))?;
        }
        Ok(())
    }
}

/// The private address that a host is named by.
pub(crate) fn own_address(host: &Destination) -> Option<PrivateRange> {
    match host.host {
        DestinationHost::Address(address) => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            format!("{address}/{bits}").parse().ok()
        }
        _ => None,
    }
}

impl TryFrom<String> for RegistryName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let destination: Destination = text.parse()?;
        match destination.host {
            DestinationHost::Below(_) => {
                Err(Invalid::new(&text, "is not one host", "write each host of its own"))
            }
            _ => Ok(Self(destination)),
        }
    }
}

impl From<RegistryName> for String {
    fn from(name: RegistryName) -> Self {
        name.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;
    use crate::toolkit::Vocabulary;

    fn read(text: &str) -> Result<Policy, crate::policy::PolicyError> {
        Policy::parse(text, &Vocabulary::new(["kv"]))
    }

    #[test]
    fn a_host_that_could_leak_a_password_or_is_none_is_refused() {
        for text in [
            "[registry]\nlibary = 'x'",
            "[registry]\nlibrary = ''",
            "[registry]\nlibrary = \"a\\u001b[1m\"",
            "[registry.host.'*.example.org']",
            "[registry.host.'https://example.org']",
            "[registry.host.'example.org/x']",
            "[registry.host.'example.org']\nplain = true",
            "[registry.host.'8.8.8.8']\nplain = true",
            "[registry.host.'r.example.org']\nplain = true\nprivate = ['10.0.0.0/8']",
            "[registry.host.'example.org']\nprivate = ['8.0.0.0/8']",
            "[registry.host.'example.org']\nuser = 'a'",
            "[registry.host.'example.org']\nsecret = 'A'",
            "[registry.host.'example.org']\nuser = 'a:b'\nsecret = 'A'",
            "[registry.host.'example.org']\nuser = 'a'\nsecret = 'not a name'",
            "[registry.host.'example.org']\nauth = 'http://login.example.org'",
            "[registry.host.'example.org']\nauth = 'https://login.example.org/x'",
            "[registry.host.'example.org']\nauth = 'https://u:p@login.example.org'",
            "[registry.host.'example.org']\npassword = 'hunter2'",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = "[registry]\nlibrary = 'oci://r.example.org/t'\n\
                    [registry.host.'R.example.org']\nuser = 'ada'\nsecret = 'PASSWORD'\n\
                    auth = 'https://login.example.org'\nprivate = ['10.0.0.0/8']\n\
                    [registry.host.'127.0.0.1:5000']\nplain = true\n";
        let policy = read(text).unwrap();
        assert_eq!(read(&policy.to_toml()).unwrap(), policy);
        let registry = policy.registry();
        assert_eq!(registry.library.as_deref(), Some("oci://r.example.org/t"));
        let host = registry.host(&"r.example.org:443".parse().unwrap()).unwrap();
        assert_eq!(host.user.as_deref(), Some("ada"));
        assert!(registry.host(&"r.example.org:444".parse().unwrap()).is_none());
        assert!(registry.host(&"127.0.0.1:5000".parse().unwrap()).unwrap().plain);
    }
}
