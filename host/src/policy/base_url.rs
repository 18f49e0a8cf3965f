//! A server that the operator names for the host's own use, such as a model's. No guest can choose
//! it, and the host dials exactly it.

use url::{Host, Position, Url};

use super::operator::ToolkitPolicy;
use super::private::PrivateRange;
use crate::toolkit::{Destination, Invalid, has_hazard};

/// The base URL of a server of the operator's, and the private addresses that it may have.
///
/// An address in the URL may be private, since the operator wrote it; what a name resolves to may
/// be only in ranges that are named. In the clear (`http`), a server is dialled only where it may be
/// private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    destination: Destination,
    /// The ranges that were named.
    private: Vec<PrivateRange>,
    /// The URL's own address, if it has one that is private.
    own: Option<PrivateRange>,
}

impl BaseUrl {
    /// Reads a base URL, with or without a path.
    ///
    /// # Errors
    /// [`Invalid`] for what is no URL of HTTP, has more than origin and path, or would be dialled in
    /// the clear over the internet.
    pub fn new(url: &str, private: &[PrivateRange]) -> Result<Self, Invalid> {
        let help = "write the URL of a server, without a user and a query: \
                    `https://api.example.org/v1`, `http://127.0.0.1:8080`";
        let invalid = |reason| Invalid::new(url, reason, help);
        let parsed = Url::parse(url).map_err(|_| invalid("is not a URL"))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(invalid("is not of HTTP"));
        }
        let plain = parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed[Position::AfterPath..].is_empty()
            && has_hazard(url).is_none();
        if !plain {
            return Err(invalid("has more than a host and a path"));
        }
        let own = match parsed.host() {
            Some(Host::Ipv4(address)) => format!("{address}/32").parse().ok(),
            Some(Host::Ipv6(address)) => format!("{address}/128").parse().ok(),
            Some(Host::Domain("localhost")) => {
                let help = "names of this machine are not looked up: write `127.0.0.1`";
                return Err(Invalid::new(url, "is not a name of the network", help));
            }
            _ => None,
        };
        if parsed.scheme() == "http" && private.is_empty() && own.is_none() {
            return Err(invalid("would be asked in the clear: use https"));
        }
        let port = parsed.port_or_known_default().unwrap_or_default();
        let destination = format!("{}:{port}", parsed.host_str().unwrap_or_default()).parse()?;
        Ok(Self { url: parsed, destination, private: private.to_vec(), own })
    }

    /// A URL below the base.
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url
    }

    /// What the host may dial to reach it: nothing else.
    pub(crate) fn opened(&self) -> ToolkitPolicy {
        ToolkitPolicy {
            net: Some(vec![self.destination.clone()]),
            private: self.private.iter().copied().chain(self.own).collect(),
            ..ToolkitPolicy::default()
        }
    }

    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The ranges that were named.
    pub(super) fn private(&self) -> &[PrivateRange] {
        &self.private
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private() -> Vec<PrivateRange> {
        vec!["10.0.0.0/8".parse().unwrap()]
    }

    #[test]
    fn what_is_no_server_of_http_is_refused() {
        for url in [
            "",
            "api.example.org",
            "ftp://example.org",
            "https://u:p@example.org",
            "https://example.org/?a",
            "https://example.org/#a",
            "https://example.org/\u{1b}",
            "https://localhost/",
            "https://",
            "file:///etc/passwd",
        ] {
            assert!(BaseUrl::new(url, &private()).is_err(), "{url}");
        }
    }

    #[test]
    fn over_the_internet_nothing_is_asked_in_the_clear() {
        assert!(BaseUrl::new("http://api.example.org/v1", &[]).is_err());
        assert!(BaseUrl::new("http://8.8.8.8/v1", &[]).is_err());
        assert!(BaseUrl::new("http://models.intranet/v1", &private()).is_ok());
        assert!(BaseUrl::new("http://127.0.0.1:8080/v1", &[]).is_ok());
        assert!(BaseUrl::new("http://[::1]:8080/v1", &[]).is_ok());
    }

    #[test]
    fn only_its_own_origin_is_opened() {
        let endpoint = BaseUrl::new("http://127.0.0.1:8080/v1/", &[]).unwrap();
        let opened = endpoint.opened();
        assert_eq!(opened.net, Some(vec!["127.0.0.1:8080".parse().unwrap()]));
        assert_eq!(opened.private, ["127.0.0.1/32".parse().unwrap()]);
        assert!(opened.grants.is_empty());
        assert_eq!(endpoint.at("/messages").as_str(), "http://127.0.0.1:8080/v1/messages");
        let public = BaseUrl::new("https://api.example.org", &[]).unwrap();
        assert!(public.opened().private.is_empty());
        assert_eq!(public.at("/v1/messages").as_str(), "https://api.example.org/v1/messages");
    }
}
