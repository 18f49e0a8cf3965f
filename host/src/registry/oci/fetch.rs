//! Plain files of a web server, as a directory registry keeps them.

use http::StatusCode;
use url::{Position, Url};

use super::client::{Ask, Client, Follow, Limits};
use super::endpoint::Endpoint;
use crate::policy::RegistryPolicy;
use crate::registry::{Network, RegistryError};
use crate::secret::SecretProvider;
use crate::toolkit::{Destination, printable, quoted};

/// The files below a URL.
#[derive(Debug)]
pub struct HttpFetch {
    /// Its path, which ends in `/`.
    base: String,
    client: Client,
}

impl HttpFetch {
    /// The files below `url`, which is of https, or of http where the policy opens its host in the
    /// clear. Nothing is asked yet.
    ///
    /// # Errors
    /// [`RegistryError::Denied`] for a URL that may not be asked, or a login without a usable
    /// secret.
    pub fn new(
        url: &str,
        policy: &RegistryPolicy,
        secrets: &dyn SecretProvider,
        tenant: &str,
        network: &Network,
    ) -> Result<Self, RegistryError> {
        let denied =
            |why: &str| RegistryError::Denied { registry: printable(url), why: why.to_owned() };
        let parsed = crate::egress::http::read_url(url)
            .map_err(|_| denied("that is not the URL of a registry"))?;
        if !parsed[Position::AfterPath..].is_empty() {
            return Err(denied("the URL of a registry has no query"));
        }
        let host = destination(&parsed).ok_or_else(|| denied("that is not the name of a host"))?;
        let endpoint = Endpoint::new(&host, policy, secrets, tenant)?;
        if !endpoint.owns(&parsed) {
            return Err(denied("the policy does not open that host in the clear"));
        }
        Ok(Self::at(&parsed, endpoint, network, Limits::default()))
    }

    pub(super) fn at(url: &Url, endpoint: Endpoint, network: &Network, limits: Limits) -> Self {
        let base = format!("{}/", url.path().trim_end_matches('/'));
        let name = printable(url.as_str());
        Self { base, client: Client::new(name, endpoint, network.clone(), limits) }
    }

    /// How people write the registry.
    pub fn name(&self) -> String {
        self.client.name().to_owned()
    }

    /// The file at a relative path, of at most `limit` bytes; nothing if there is none.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub fn get(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, RegistryError> {
        let plain = |part: &str| {
            let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
            !part.starts_with('.') && !part.is_empty() && part.bytes().all(letter)
        };
        if !path.split('/').all(plain) {
            return Err(self.client.not_found(quoted(path)));
        }
        let url = self.client.at(&format!("{}{path}", self.base));
        let ask = Ask { follow: Follow::Own, ..Ask::get(url, "*/*", limit, "") };
        let said = self.client.wait(self.client.ask(ask))?;
        match said.status {
            StatusCode::OK => Ok(Some(said.body.into())),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            _ => Err(self.client.unexpected(&said)),
        }
    }
}

fn destination(url: &Url) -> Option<Destination> {
    format!("{}:{}", url.host_str()?, url.port_or_known_default()?).parse().ok()
}
