//! A host as a guest writes it, read once and strictly: a name, or an address in any of its
//! spellings.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use url::Host;
use workbooks_bindings::Refusal;

use crate::toolkit::{Destination, DestinationHost};

/// A host that may be looked up or dialled, as far as its text goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// A name of at least two labels, in lower case, without a dot at its end.
    Dns(String),
    /// An address that was written as one.
    Address(IpAddr),
}

/// Bytes of a host as it is written: a name of 253 bytes, all of it escaped, and room.
const LONGEST: usize = 1_024;

impl Name {
    /// Reads a host as URLs write it (WHATWG URL, host parsing), so that every spelling of an IPv4
    /// address, in numbers, escapes or full-width digits, is that address; an IPv6 address may
    /// stand with or without brackets.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for what is no host, and [`Refusal::Denied`] for a name that no public
    /// name server knows.
    pub(crate) fn read(text: &str) -> Result<Self, Refusal> {
        if text.len() > LONGEST {
            return Err(Refusal::Invalid("that is not a host".to_owned()));
        }
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self::Address(IpAddr::V6(address)));
        }
        match Host::parse(text) {
            Ok(Host::Ipv4(address)) => Ok(Self::Address(IpAddr::V4(address))),
            Ok(Host::Ipv6(address)) => Ok(Self::Address(IpAddr::V6(address))),
            Ok(Host::Domain(name)) => Self::dns(name),
            Err(_) => Err(Refusal::Invalid("that is not a host".to_owned())),
        }
    }

    fn dns(name: String) -> Result<Self, Refusal> {
        // The dot would make it another name than the one that lists and certificates know.
        if !is_host_name(&name) {
            return Err(Refusal::Invalid("that is not a host name".to_owned()));
        }
        if !name.contains('.') {
            return Err(Refusal::Denied(format!("`{name}` is not a full host name")));
        }
        if is_below(&name, NEVER) {
            return Err(Refusal::Denied(format!("`{name}` is not a public name")));
        }
        Ok(Self::Dns(name))
    }

    /// Whether it is a name for networks of one's own, and so only looked up for a toolkit that
    /// may dial into one.
    pub(super) fn is_internal(&self) -> bool {
        matches!(self, Self::Dns(name) if is_below(name, INTERNAL))
    }

    /// It and a port, as lists of destinations have it.
    pub(super) fn at(&self, port: u16) -> Destination {
        let host = match self {
            Self::Dns(name) => DestinationHost::Name(name.clone()),
            Self::Address(address) => DestinationHost::Address(*address),
        };
        Destination { host, port }
    }
}

impl fmt::Display for Name {
    /// As it stands in a URL: IPv6 in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Names that are resolved by other means than DNS (RFC 6761, 6762, 7686) or not at all.
const NEVER: &[&str] = &["localhost", "local", "onion", "invalid"];

/// Names for networks of one's own (RFC 8375, and the reservation of 2024 by ICANN).
const INTERNAL: &[&str] = &["internal", "home.arpa"];

fn is_below(name: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| {
        name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// A host name of RFC 1123, and underscores, which are in use.
fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            " ",
            ".",
            "..",
            "a..b",
            "a.b.",
            "localhost.",
            "-a.org",
            "a-.org",
            "a b.org",
            "a\0.org",
            "a\r\n.org",
            "a\t.org",
            "a.org/",
            "a.org:80",
            "u@a.org",
            "a.org#b",
            "a%00.org",
            "[::1",
            "::1]",
            "[fe80::1%25eth0]",
            "fe80::1%eth0",
            "[127.0.0.1]",
            "1.2.3.4.5",
            "256.1.1.1",
            "a.1",
            "0x.0x.0x.0x.0x",
        ] {
            assert!(Name::read(text).is_err(), "{text:?} is {:?}", Name::read(text));
        }
        assert!(Name::read(&format!("{}.org", "a".repeat(64))).is_err());
        assert!(Name::read(&"a.".repeat(130)).is_err());
        assert!(Name::read(&format!("{}1.2.3.4", "%30".repeat(1_000))).is_err());
    }

    #[test]
    fn names_that_dns_does_not_serve_are_denied() {
        for text in [
            "localhost",
            "LOCALHOST",
            "foo.localhost",
            "printer.local",
            "a.onion",
            "a.invalid",
            "intranet",
            "com",
        ] {
            assert!(matches!(Name::read(text), Err(Refusal::Denied(_))), "{text}");
        }
    }

    #[test]
    fn every_spelling_of_an_address_is_that_address() {
        for text in [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "１２７。0。0。1",
            "%31%32%37.0.0.1",
            "127.0.0.0x1",
        ] {
            assert_eq!(Name::read(text), Ok(Name::Address([127, 0, 0, 1].into())), "{text}");
        }
        let loopback = Name::Address(Ipv6Addr::LOCALHOST.into());
        for text in ["::1", "[::1]", "[0:0:0:0:0:0:0:1]", "0:0::1"] {
            assert_eq!(Name::read(text).as_ref(), Ok(&loopback), "{text}");
        }
        assert_eq!(Name::read("0"), Ok(Name::Address([0, 0, 0, 0].into())));
    }

    #[test]
    fn a_name_is_in_lower_case_and_ascii() {
        assert_eq!(Name::read("API.Example.org"), Ok(Name::Dns("api.example.org".into())));
        assert_eq!(Name::read("bücher.example"), Ok(Name::Dns("xn--bcher-kva.example".into())));
        assert_eq!(Name::read("a_b.example.org"), Ok(Name::Dns("a_b.example.org".into())));
        assert!(Name::read("metadata.google.internal").unwrap().is_internal());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_names_are_read_back(text in "\\PC{0,40}|[a-z0-9.%\\[\\]:]{0,40}") {
            if let Ok(name) = Name::read(&text) {
                prop_assert_eq!(Name::read(&name.to_string()), Ok(name));
            }
        }
    }
}
