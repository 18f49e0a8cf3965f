//! Where the operator lets a toolkit listen: `http://127.0.0.1:8080`, `tcp://127.0.0.1:9000`, and
//! the names by which others may ask for it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use crate::toolkit::Invalid;

const HELP: &str = "write a scheme, an address and a port: `http://127.0.0.1:8080`, \
                    `tcp://[::1]:9000`, or `http://:8080` for the loopback address";

/// One address at which the host listens for a toolkit.
///
/// In a policy it is a string, or, where names are added, a table:
///
/// ```toml
/// [toolkit.notes.serve]
/// web = "http://127.0.0.1:8080"
/// open = { listen = "http://0.0.0.0:80", hosts = ["notes.example.org"] }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Endpoint {
    /// What is spoken.
    pub scheme: Scheme,
    /// Where the host listens; port 0 lets the system choose one.
    pub address: SocketAddr,
    /// Names that a `Host` header may hold, besides the address itself and, on loopback,
    /// `localhost`: each `name`, for the endpoint's port and the scheme's own, or `name:port`.
    pub hosts: Vec<String>,
}

/// What is spoken at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// HTTP/1.1 and HTTP/2 in the clear: `wasi:http/incoming-handler`.
    Http,
    /// Bytes: `workbooks:engine/tcp-handler`.
    Tcp,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Short(String),
    Long(Long),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    listen: String,
    #[serde(default)]
    hosts: Vec<String>,
}

impl Scheme {
    /// How it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Endpoint {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason: &str| Invalid::new(text, reason, HELP);
        let (scheme, rest) =
            text.split_once("://").ok_or_else(|| invalid("names no scheme to listen for"))?;
        let scheme = [Scheme::Http, Scheme::Tcp]
            .into_iter()
            .find(|known| known.word() == scheme)
            .ok_or_else(|| invalid("has a scheme that nobody listens for"))?;
        let address = address(rest).ok_or_else(|| invalid("is no address to listen at"))?;
        Ok(Self { scheme, address, hosts: Vec::new() })
    }
}

/// An address and a port. Names are not looked up: `localhost`, and no host at all, are the
/// loopback address, so that nobody listens to a network without having written its address.
fn address(text: &str) -> Option<SocketAddr> {
    let text = text.strip_suffix('/').unwrap_or(text);
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let port = text.strip_prefix("localhost").unwrap_or(text).strip_prefix(':')?;
    // `u16::from_str` takes a sign.
    let port = port.bytes().all(|b| b.is_ascii_digit()).then(|| port.parse().ok())??;
    Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.address)
    }
}

impl TryFrom<Written> for Endpoint {
    type Error = Invalid;

    fn try_from(written: Written) -> Result<Self, Invalid> {
        let long = match written {
            Written::Short(listen) => return listen.parse(),
            Written::Long(long) => long,
        };
        let mut endpoint: Self = long.listen.parse()?;
        if let (Scheme::Tcp, Some(name)) = (endpoint.scheme, long.hosts.first()) {
            let help = "leave `hosts` out: bytes over TCP name no host";
            return Err(Invalid::new(name, "is a name for an endpoint of TCP", help));
        }
        endpoint.hosts = long.hosts.iter().map(|name| host(name)).collect::<Result<_, _>>()?;
        Ok(endpoint)
    }
}

impl From<Endpoint> for Written {
    fn from(endpoint: Endpoint) -> Self {
        let listen = endpoint.to_string();
        if endpoint.hosts.is_empty() {
            Self::Short(listen)
        } else {
            Self::Long(Long { listen, hosts: endpoint.hosts })
        }
    }
}

/// `name` or `name:port`, in lower case; no wildcard, which would let any name of a stranger in.
fn host(text: &str) -> Result<String, Invalid> {
    let (name, port) = text.split_once(':').map_or((text, None), |(n, p)| (n, Some(p)));
    let of_label = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let label = |l: &str| (1..=63).contains(&l.len()) && l.bytes().all(of_label);
    let good = name.len() <= 253
        && name.split('.').all(label)
        && port.is_none_or(|p| p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u16>().is_ok());
    if good {
        return Ok(text.to_ascii_lowercase());
    }
    let help = "write a name, with a port if it is another one: `notes.example.org`";
    Err(Invalid::new(text, "is not the name of a host", help))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Endpoint, toml::de::Error> {
        #[derive(Deserialize)]
        struct Table {
            e: Endpoint,
        }
        toml::from_str::<Table>(&format!("e = {text}")).map(|table| table.e)
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in [
            "",
            "8080",
            "127.0.0.1:80",
            "http://",
            "http://127.0.0.1",
            "http://example.org:80",
            "https://127.0.0.1:443",
            "udp://127.0.0.1:1",
            "HTTP://127.0.0.1:1",
            "http://:99999",
            "http://:+1",
            "http://127.1:80",
            "http://0x7f.0.0.1:80",
            "http://a@127.0.0.1:80",
            "http://127.0.0.1:80/path",
            "http://localhost.:80",
            "tcp://[::1]",
            "http://:",
            "http://127.0.0.1:80\n",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn without_an_address_it_is_loopback() {
        for text in ["http://:80", "http://localhost:80", "http://127.0.0.1:80/"] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), "http://127.0.0.1:80");
        }
        assert_eq!("tcp://[::1]:0".parse::<Endpoint>().unwrap().to_string(), "tcp://[::1]:0");
    }

    #[test]
    fn a_table_of_an_endpoint_is_checked() {
        for text in [
            "{}",
            "{ listen = 'http://:1', host = ['a'] }",
            "{ listen = 'http://:1', hosts = ['*.example.org'] }",
            "{ listen = 'http://:1', hosts = [''] }",
            "{ listen = 'http://:1', hosts = ['a:x'] }",
            "{ listen = 'http://:1', hosts = ['a/b'] }",
            "{ listen = 'tcp://:1', hosts = ['a'] }",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let open = read("{ listen = 'http://0.0.0.0:80', hosts = ['Notes.Example.org', 'a:81'] }");
        assert_eq!(open.unwrap().hosts, ["notes.example.org", "a:81"]);
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_read_back(text in "(http|tcp)://([0-9a-f.:\\[\\]]{0,20}|localhost):[0-9]{1,5}") {
            if let Ok(endpoint) = text.parse::<Endpoint>() {
                prop_assert_eq!(endpoint.to_string().parse::<Endpoint>().unwrap(), endpoint);
            }
        }
    }
}
