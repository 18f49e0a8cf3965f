//! The bytes of an answer as text: what they are packed in, and which characters they stand for.

use std::io::Read as _;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use crate::capability::Refusal;

/// Bytes at the beginning of a page in which it may name its encoding (HTML Living Standard,
/// §13.2.3.2).
const PRESCAN: usize = 1_024;

/// Unpacks what a server has packed though it was not asked to; `cap` bounds what comes of it.
///
/// # Errors
///
/// [`Refusal::TooLarge`] over the cap, and [`Refusal::Unavailable`] when it is damaged or packed in
/// another way.
pub(super) fn unpack(
    packed: Vec<u8>,
    coding: Option<&str>,
    cap: usize,
) -> Result<Vec<u8>, Refusal> {
    let coding = coding.map(|coding| coding.trim().to_ascii_lowercase());
    let mut plain = Vec::new();
    let room = cap as u64 + 1;
    let read = match coding.as_deref() {
        None | Some("" | "identity") => return Ok(packed),
        Some("gzip" | "x-gzip") => {
            MultiGzDecoder::new(&packed[..]).take(room).read_to_end(&mut plain)
        }
        Some("deflate") => ZlibDecoder::new(&packed[..]).take(room).read_to_end(&mut plain),
        Some(_) => {
            return Err(Refusal::Unavailable("the answer is packed in an unknown way".into()));
        }
    };
    if read.is_err() {
        return Err(Refusal::Unavailable("the answer is damaged".into()));
    }
    if plain.len() > cap {
        return Err(Refusal::TooLarge(cap as u64));
    }
    Ok(plain)
}

/// Decodes by, in this order: a byte order mark, the label that the server gave, the one in the
/// page's `meta`, UTF-8 if it is that, and else windows-1252, as browsers do.
pub(super) fn text(bytes: &[u8], label: Option<&str>) -> String {
    let named = || label.and_then(|label| Encoding::for_label(label.as_bytes()));
    let guessed = || if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 };
    let encoding = named().or_else(|| in_meta(bytes)).unwrap_or_else(guessed);
    // A byte order mark is looked at first.
    encoding.decode(bytes).0.into_owned()
}

/// The encoding that stands after `charset=` in the first bytes. UTF-16 cannot: it was read as ASCII.
fn in_meta(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes[..bytes.len().min(PRESCAN)].to_ascii_lowercase();
    let meta = head.windows(5).position(|part| part == b"<meta")?;
    let at = head[meta..].windows(8).position(|part| part == b"charset=")? + meta + 8;
    let label =
        head[at..].strip_prefix(b"\"").or(head[at..].strip_prefix(b"'")).unwrap_or(&head[at..]);
    let end = label.iter().position(|b| b"\"' ;>/".contains(b)).unwrap_or(label.len());
    let encoding = Encoding::for_label(&label[..end])?;
    Some(if encoding.is_ascii_compatible() { encoding } else { UTF_8 })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_refused_at_the_cap() {
        let bomb = packed(&vec![b'a'; 1 << 20]);
        assert!(bomb.len() < 4_096);
        assert_eq!(unpack(bomb.clone(), Some("gzip"), 1 << 16), Err(Refusal::TooLarge(1 << 16)));
        assert_eq!(unpack(bomb, Some("GZIP "), 1 << 20).unwrap().len(), 1 << 20);
    }

    #[test]
    fn what_is_damaged_or_packed_otherwise_is_refused() {
        let mut cut = packed(b"hello");
        cut.truncate(12);
        for (bytes, coding) in [(cut, "gzip"), (b"x".to_vec(), "br"), (b"x".to_vec(), "gzip, gzip")]
        {
            let refused = unpack(bytes, Some(coding), 100).unwrap_err();
            assert!(matches!(refused, Refusal::Unavailable(_)), "{coding}: {refused:?}");
        }
    }

    #[test]
    fn the_encoding_is_the_marks_then_the_servers_then_the_pages() {
        let latin = b"<meta charset=\"iso-8859-1\">caf\xe9";
        assert!(text(latin, None).ends_with("caf\u{e9}"));
        assert!(text(latin, Some("windows-1251")).ends_with("caf\u{439}"));
        assert_eq!(text("\u{feff}é".as_bytes(), Some("windows-1251")), "é");
        assert_eq!(text("é".as_bytes(), None), "é");
        assert_eq!(text(b"caf\xe9", None), "caf\u{e9}");
        assert_eq!(text(b"caf\xe9", Some("no such")), "caf\u{e9}");
        assert_eq!(text(b"<meta charset=utf-16>a", None), "<meta charset=utf-16>a");
        assert_eq!(text(b"\x82\xa0", Some("shift_jis")), "\u{3042}");
    }
}
