//! Where a toolkit may connect to, as manifests and policies write it: `host`, `host:port`,
//! `*.example.org`, `192.0.2.1:80`, `[2001:db8::1]:443`. Whether an address may be dialled at
//! all is for egress to decide.

use std::{fmt, net::IpAddr, net::Ipv6Addr, str::FromStr};

use serde::{Deserialize, Serialize};

use super::error::Invalid;

/// The port of a destination that names none: HTTPS.
const DEFAULT_PORT: u16 = 443;

/// One host, or all hosts below a domain, and one port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Destination {
    /// The host or hosts.
    pub host: DestinationHost,
    /// The port; 443 when none is written.
    pub port: u16,
}

/// The hosts of a [`Destination`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DestinationHost {
    /// This name, in lower case.
    Name(String),
    /// Every name that ends with a dot and this one: `example.org` for `*.example.org`.
    Below(String),
    /// This address.
    Address(IpAddr),
}

impl Destination {
    /// What both allow: the narrower of the two, if one contains the other.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        if self.port != other.port {
            return None;
        }
        if self.host.contains(&other.host) {
            Some(other.clone())
        } else if other.host.contains(&self.host) {
            Some(self.clone())
        } else {
            None
        }
    }

    /// Whether every connection that `other` allows is allowed by this one too.
    pub fn contains(&self, other: &Self) -> bool {
        self.port == other.port && self.host.contains(&other.host)
    }
}

impl DestinationHost {
    fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Below(domain), Self::Name(name) | Self::Below(name)) if domain != name => {
                name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'))
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            DestinationHost::Name(name) => write!(f, "{name}")?,
            DestinationHost::Below(domain) => write!(f, "*.{domain}")?,
            DestinationHost::Address(IpAddr::V4(address)) => write!(f, "{address}")?,
            DestinationHost::Address(IpAddr::V6(address)) => write!(f, "[{address}]")?,
        }
        write!(f, ":{}", self.port)
    }
}

impl FromStr for Destination {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason| {
            let help = "write a host and, if it is not 443, a port, and nothing else: \
                        `api.example.org`, `*.example.org:8443`, `192.0.2.1:80`";
            Invalid::new(text, reason, help)
        };
        let (host, port) = split(text).ok_or_else(|| invalid("is not a host"))?;
        let port = match port {
            None => DEFAULT_PORT,
            Some(port) => read_port(port).ok_or_else(|| invalid("has no port from 1 to 65535"))?,
        };
        let host = host.ok_or_else(|| invalid("is not a host"))?;
        Ok(Self { host, port })
    }
}

impl TryFrom<String> for Destination {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Destination> for String {
    fn from(destination: Destination) -> Self {
        destination.to_string()
    }
}

/// The host, if it is one, and the port, if there is one; nothing if brackets do not match.
fn split(text: &str) -> Option<(Option<DestinationHost>, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let port = if port.is_empty() { None } else { Some(port.strip_prefix(':')?) };
        let address = address.parse::<Ipv6Addr>().ok();
        return Some((address.map(|a| DestinationHost::Address(IpAddr::V6(a))), port));
    }
    Some(match text.split_once(':') {
        Some((host, port)) => (read_host(host), Some(port)),
        None => (read_host(text), None),
    })
}

fn read_port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| digits)
}

fn read_host(text: &str) -> Option<DestinationHost> {
    if let Some(domain) = text.strip_prefix("*.") {
        let wide = !domain.contains('.');
        return (is_name(domain) && !wide).then(|| DestinationHost::Below(domain.to_lowercase()));
    }
    if let Ok(address) = text.parse() {
        return Some(DestinationHost::Address(IpAddr::V4(address)));
    }
    is_name(text).then(|| DestinationHost::Name(text.to_lowercase()))
}

/// A host name of RFC 1123 whose last label no resolver could read as a number
/// (`1.2.3`, `127.1`, `0x7f000001`).
fn is_name(text: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.split('.').all(label)
        && !last.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Destination {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_a_host_and_a_port_is_refused() {
        for text in [
            "",
            "*",
            "*.org",
            "*.",
            "*example.org",
            "a.*.org",
            "*.*.example.org",
            "*.1.2.3.4",
            "*.example.1",
            "https://example.org",
            "example.org/",
            "example.org/path",
            "user@example.org",
            "example.org.",
            ".example.org",
            "exa mple.org",
            "exämple.org",
            "-a.org",
            "a-.org",
            "a..b",
            "a_b.org",
            "example.org:",
            "example.org:0",
            "example.org:65536",
            "example.org:+1",
            "example.org:080",
            "example.org:80:80",
            "127.1",
            "1.2.3",
            "0x7f000001",
            "2130706433",
            "1.2.3.4.5",
            "01.2.3.4",
            "256.1.1.1",
            "::1",
            "[::1",
            "[::1]x",
            "[1.2.3.4]",
            "[fe80::1%eth0]",
            "[]",
            "%2e",
            "a\0b",
        ] {
            assert!(text.parse::<Destination>().is_err(), "{text}");
        }
        assert!(format!("{}.org", "a".repeat(64)).parse::<Destination>().is_err());
        assert!("a.".repeat(127).parse::<Destination>().is_err());
    }

    #[test]
    fn a_destination_without_a_port_is_443() {
        assert_eq!(read("API.example.org").to_string(), "api.example.org:443");
        assert_eq!(read("*.example.org:8443").to_string(), "*.example.org:8443");
        assert_eq!(read("192.0.2.1:80").to_string(), "192.0.2.1:80");
        assert_eq!(read("[2001:DB8::1]").to_string(), "[2001:db8::1]:443");
        assert_eq!(read("localhost:9").to_string(), "localhost:9");
    }

    #[test]
    fn the_narrower_of_two_is_what_both_allow() {
        let meet = |a: &str, b: &str| read(a).meet(&read(b)).map(|d| d.to_string());
        assert_eq!(meet("*.example.org", "api.example.org"), Some("api.example.org:443".into()));
        assert_eq!(meet("a.b.example.org", "*.example.org"), Some("a.b.example.org:443".into()));
        assert_eq!(meet("*.example.org", "*.b.example.org"), Some("*.b.example.org:443".into()));
        assert_eq!(meet("*.example.org", "example.org"), None);
        assert_eq!(meet("*.example.org", "badexample.org"), None);
        assert_eq!(meet("example.org", "example.org:80"), None);
        assert_eq!(meet("*.2.2.example", "1.2.2.2"), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(text in r"(\*\.)?[a-z][a-z0-9]{0,5}(\.[a-z]{1,5}){1,3}(:[1-9][0-9]{0,3})?") {
            let one = read(&text);
            prop_assert_eq!(read(&one.to_string()), one);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\PC:.*\\[\\]]{0,40}") {
            let _read = text.parse::<Destination>();
        }

        #[test]
        fn what_two_allow_is_within_both(
            a in r"(\*\.)?([ab]\.){0,3}x\.y(:8)?", b in r"(\*\.)?([ab]\.){0,3}x\.y(:8)?",
        ) {
            let (a, b) = (read(&a), read(&b));
            if let Some(met) = a.meet(&b) {
                prop_assert!(a.contains(&met) && b.contains(&met));
            }
            prop_assert_eq!(a.meet(&b), b.meet(&a));
        }
    }
}
