//! Which ports may be dialled.

/// Whether no connection goes there, unless a list of destinations names it: 25, where only mail
/// servers have business (RFC 5321), and 0, which is none and no list can name.
pub(super) fn is_closed(port: u16) -> bool {
    matches!(port, 0 | 25)
}

/// Whether no HTTP request goes there, unless a list of destinations names it: a request could be
/// read as something else by who listens. The "bad ports" of the Fetch standard, as of 2025.
pub(super) fn is_bad_for_http(port: u16) -> bool {
    BAD_FOR_HTTP.binary_search(&port).is_ok()
}

const BAD_FOR_HTTP: &[u16] = &[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        assert!(BAD_FOR_HTTP.is_sorted());
        assert!([0, 22, 25, 6667].into_iter().all(is_bad_for_http));
        assert!(![80, 443, 8080].into_iter().any(is_bad_for_http));
        assert!(is_closed(25) && !is_closed(22));
    }
}
