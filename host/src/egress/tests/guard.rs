//! The table of special ranges as a whole.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use crate::egress::guard::{GLOBAL_V6, SPECIAL_V4, SPECIAL_V6, may_be_opened, special};

#[test]
fn every_special_form_is_refused() {
    for text in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "169.254.169.253",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "64:ff9b:1:ffff::7f00:1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3ffe::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "5f00::1",
        "4000::1",
        "1fff::1",
        "8000::1",
        "fc00::1",
        "fd00:ec2::254",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff02::1",
        "ff0e::1",
        "::5efe:10.0.0.1",
        "2606:4700::5efe:a00:1",
        "2606:4700::200:5efe:a00:1",
        "ffff::",
    ] {
        assert!(special(text.parse().unwrap()).is_some(), "{text}");
    }
}

#[test]
fn the_neighbours_of_special_ranges_are_public() {
    for text in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "3ffd::1",
        "3fff:1000::1",
    ] {
        assert_eq!(special(text.parse().unwrap()), None, "{text}");
    }
}

#[test]
fn nothing_public_may_be_opened() {
    for text in ["8.8.8.8/32", "0.0.0.0/0", "9.0.0.0/7", "2606::/16", "::/0", "224.0.0.0/4"] {
        assert!(!may_be_opened(text.parse().unwrap()), "{text}");
    }
}

proptest! {
    #[test]
    fn every_address_in_the_table_is_refused(row in 0..SPECIAL_V4.len(), low: u32) {
        let net = SPECIAL_V4[row].0;
        let address = u32::from(net.network()) | low & u32::from(net.hostmask());
        prop_assert_eq!(special(IpAddr::V4(address.into())), Some(SPECIAL_V4[row].1));
    }

    #[test]
    fn every_address_in_the_table_of_ipv6_is_refused(row in 0..SPECIAL_V6.len(), low: u128) {
        let net = SPECIAL_V6[row].0;
        let address = u128::from(net.network()) | low & u128::from(net.hostmask());
        prop_assert!(special(IpAddr::V6(address.into())).is_some());
    }

    #[test]
    fn what_is_allowed_of_ipv6_is_global_unicast(bits: u128) {
        let address = Ipv6Addr::from(bits);
        if special(address.into()).is_none() {
            prop_assert!(GLOBAL_V6.contains(&address) && bits >> 125 == 1);
        }
    }

    #[test]
    fn no_form_of_ipv4_in_ipv6_is_looser_than_the_address(v4: u32, low: u16) {
        let v4 = Ipv4Addr::from(v4);
        let (high, bits) = (u128::from(u32::from(v4)), u128::from(u32::from(v4)));
        for form in [
            u128::from(v4.to_ipv6_mapped()),                  // ::ffff:0:0/96
            bits,                                             // ::/96
            0x0064_ff9b << 96 | bits,                         // 64:ff9b::/96
            0x0064_ff9b_0001 << 80 | bits,                    // 64:ff9b:1::/48
            0x2002 << 112 | high << 80 | u128::from(low),     // 6to4
            0x2001_0000 << 96 | high << 64 | u128::from(low), // Teredo
            0x2606_4700 << 96 | 0x5efe << 32 | bits,          // ISATAP
        ] {
            prop_assert!(special(IpAddr::V6(form.into())).is_some(), "{}", Ipv6Addr::from(form));
        }
    }
}
