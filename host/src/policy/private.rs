//! A range of private addresses that the operator opens to one toolkit: `10.1.0.0/16`.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::egress::guard;
use crate::toolkit::Invalid;

/// A range of addresses that are not public, which one toolkit may dial all the same.
///
/// It lies within one of the ranges that stand for a network of one's own: loopback, RFC 1918,
/// shared (RFC 6598), link-local (RFC 3927), benchmarking (RFC 2544) and unique local (RFC 4193).
/// What no network of one's own uses, such as multicast, cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PrivateRange(IpNet);

impl PrivateRange {
    /// Whether an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for PrivateRange {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let help = "write one private range with its length: `10.1.0.0/16`, `127.0.0.1/32`, \
                    `fd12:3456::/32`";
        let range: IpNet =
            text.parse().map_err(|_| Invalid::new(text, "is not a range of addresses", help))?;
        if range.addr() != range.network() {
            return Err(Invalid::new(text, "has bits set beyond its length", help));
        }
        if !guard::may_be_opened(range) {
            return Err(Invalid::new(text, "is not within a private range", help));
        }
        Ok(Self(range))
    }
}

impl fmt::Display for PrivateRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for PrivateRange {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<PrivateRange> for String {
    fn from(range: PrivateRange) -> Self {
        range.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_a_private_range_is_refused() {
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "10/8",
            "0.0.0.0/0",
            "8.0.0.0/7",
            "8.8.8.8/32",
            "0.0.0.0/8",
            "224.0.0.0/4",
            "255.255.255.255/32",
            "::/0",
            "::/128",
            "::ffff:10.0.0.0/104",
            "64:ff9b::/96",
            "2002::/16",
            "2000::/3",
            "ff00::/8",
            "fe80::/10",
            "localhost/8",
            "10.0.0.0/8 ",
            "10.0.0.0/+8",
        ] {
            assert!(text.parse::<PrivateRange>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_private_range_holds_what_lies_in_it() {
        let range: PrivateRange = "10.1.0.0/16".parse().unwrap();
        assert!(range.contains("10.1.2.3".parse().unwrap()));
        assert!(!range.contains("10.2.0.0".parse().unwrap()));
        assert!(!range.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!("::1/128".parse::<PrivateRange>().is_ok());
        assert!("fd00::/8".parse::<PrivateRange>().is_ok());
    }

    proptest! {
        #[test]
        fn a_range_holds_no_public_address(text in "(10|127|8|172|192)\\.[0-9]{1,3}\\.0\\.0/[0-9]{1,2}", low: u16) {
            if let Ok(range) = text.parse::<PrivateRange>() {
                prop_assert_eq!(range.to_string().parse::<PrivateRange>().unwrap(), range);
                let IpNet::V4(net) = range.0 else { unreachable!() };
                let address = u32::from(net.network()) | (u32::from(low) & u32::from(net.hostmask()));
                prop_assert!(guard::special(IpAddr::V4(address.into())).is_some());
            }
        }
    }
}
