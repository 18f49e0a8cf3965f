//! Which addresses are public. Pure: it reads an address and a table.
//!
//! The table is made of the special-purpose registries of IANA (RFC 6890 and its updates, as of
//! 2025) and of the forms that carry an IPv4 address in an IPv6 one. Of IPv6 only `2000::/3`, the
//! global unicast addresses (RFC 4291), can be public at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Why an address is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Special {
    /// What the range is for.
    pub(crate) name: &'static str,
    /// Whether it is for a network of one's own, so that an operator may open parts of it.
    may_be_opened: bool,
}

const fn closed(name: &'static str) -> Special {
    Special { name, may_be_opened: false }
}

const fn own(name: &'static str) -> Special {
    Special { name, may_be_opened: true }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// Every range of IPv4 that is not public.
pub(super) const SPECIAL_V4: &[(Ipv4Net, Special)] = &[
    (v4(0, 0, 0, 0, 8), closed("this network (RFC 791)")),
    (v4(10, 0, 0, 0, 8), own("private use (RFC 1918)")),
    (v4(100, 64, 0, 0, 10), own("shared by carriers (RFC 6598)")),
    (v4(127, 0, 0, 0, 8), own("loopback (RFC 1122)")),
    (v4(169, 254, 0, 0, 16), own("link-local (RFC 3927)")),
    (v4(172, 16, 0, 0, 12), own("private use (RFC 1918)")),
    (v4(192, 0, 0, 0, 24), closed("protocol assignments (RFC 6890)")),
    (v4(192, 0, 2, 0, 24), closed("documentation (RFC 5737)")),
    (v4(192, 88, 99, 0, 24), closed("6to4 relays (RFC 7526)")),
    (v4(192, 168, 0, 0, 16), own("private use (RFC 1918)")),
    (v4(198, 18, 0, 0, 15), own("benchmarking (RFC 2544)")),
    (v4(198, 51, 100, 0, 24), closed("documentation (RFC 5737)")),
    (v4(203, 0, 113, 0, 24), closed("documentation (RFC 5737)")),
    (v4(224, 0, 0, 0, 4), closed("multicast (RFC 5771)")),
    (v4(240, 0, 0, 0, 4), closed("reserved, and broadcast (RFC 1112)")),
];

/// Ranges of IPv6 that are not public, the narrower before the wider. Outside of `2000::/3`
/// nothing is, whether it stands here or not.
pub(super) const SPECIAL_V6: &[(Ipv6Net, Special)] = &[
    (Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128), closed("unspecified (RFC 4291)")),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), own("loopback (RFC 4291)")),
    (
        Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
        closed("mapped IPv4 (RFC 4291)"),
    ),
    (Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 96), closed("compatible IPv4 (RFC 4291)")),
    (v6(0x64, 0xff9b, 0, 96), closed("translated IPv4 (RFC 6052)")),
    (v6(0x64, 0xff9b, 1, 48), closed("translated IPv4 (RFC 8215)")),
    (v6(0x100, 0, 0, 64), closed("discarded (RFC 6666)")),
    (v6(0x2001, 0, 0, 23), closed("protocol assignments and Teredo (RFC 2928, RFC 4380)")),
    (v6(0x2001, 0xdb8, 0, 32), closed("documentation (RFC 3849)")),
    (v6(0x2002, 0, 0, 16), closed("6to4 (RFC 3056)")),
    (v6(0x3ffe, 0, 0, 16), closed("given back (RFC 3701)")),
    (v6(0x3fff, 0, 0, 20), closed("documentation (RFC 9637)")),
    (v6(0x5f00, 0, 0, 16), closed("segment routing (RFC 9602)")),
    (v6(0xfc00, 0, 0, 7), own("unique local (RFC 4193)")),
    (v6(0xfe80, 0, 0, 10), closed("link-local (RFC 4291)")),
    (v6(0xfec0, 0, 0, 10), closed("site-local (RFC 3879)")),
    (v6(0xff00, 0, 0, 8), closed("multicast (RFC 4291)")),
];

/// Where public addresses of IPv6 lie.
pub(super) const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// Why `address` is not public; nothing if it is.
///
/// An IPv6 form that carries an IPv4 address is never public, whatever it carries: who means the
/// IPv4 address can write it.
pub(crate) fn special(address: IpAddr) -> Option<Special> {
    match address {
        IpAddr::V4(address) => {
            SPECIAL_V4.iter().find(|(range, _)| range.contains(&address)).map(|(_, why)| *why)
        }
        IpAddr::V6(address) => {
            let listed = SPECIAL_V6.iter().find(|(range, _)| range.contains(&address));
            listed.map(|(_, why)| *why).or_else(|| beyond_the_table(address))
        }
    }
}

fn beyond_the_table(address: Ipv6Addr) -> Option<Special> {
    if !GLOBAL_V6.contains(&address) {
        return Some(closed("not global unicast (RFC 4291)"));
    }
    // ISATAP puts `0:5efe` or `200:5efe` and an IPv4 address behind any prefix.
    let parts = address.segments();
    (parts[4] & !0x200 == 0 && parts[5] == 0x5efe).then_some(closed("ISATAP (RFC 5214)"))
}

/// Whether an operator may open this range: all of it is for networks of one's own.
pub(crate) fn may_be_opened(range: IpNet) -> bool {
    match range {
        IpNet::V4(range) => {
            SPECIAL_V4.iter().any(|(known, why)| why.may_be_opened && known.contains(&range))
        }
        IpNet::V6(range) => {
            SPECIAL_V6.iter().any(|(known, why)| why.may_be_opened && known.contains(&range))
        }
    }
}
