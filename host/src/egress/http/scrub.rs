//! Takes a secret's bytes out of what comes back, however the pieces are cut.
//!
//! Found are the bytes themselves, each of them plain or escaped as in URLs, JSON or HTML, and
//! base64 of any text that they stand in. What is found becomes as many asterisks, so that lengths
//! stay true. A far side that hashes, encrypts, compresses, reverses, or tells the secret by halves
//! is not seen through: it was given the secret, and can tell it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use workbooks_bindings::Refusal;
use zeroize::Zeroizing;

use super::Body;

/// The forms of one secret.
pub(crate) struct Forms {
    secret: Zeroizing<Vec<u8>>,
    encoded: Vec<Zeroizing<Vec<u8>>>,
    /// The bytes that a form can begin with.
    begin: [bool; 256],
}

/// What stands at a place of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    No,
    /// It may be a form that goes on behind the end.
    Maybe,
    /// A form of so many bytes.
    Form(usize),
}

impl Forms {
    /// Of a secret that is not empty.
    pub(crate) fn of(secret: &[u8]) -> Self {
        let mut encoded = Vec::new();
        for alphabet in [STANDARD, URL_SAFE] {
            for before in 0..3 {
                let form = Zeroizing::new(base64_within(alphabet, secret, before));
                // Shorter ones would be found in any text.
                if form.len() >= 8 && !encoded.contains(&form) {
                    encoded.push(form);
                }
            }
        }
        let mut begin = [false; 256];
        let firsts = encoded.iter().filter_map(|form| form.first()).chain(secret.first());
        for byte in firsts.chain(b"%\\&+") {
            begin[usize::from(*byte)] = true;
        }
        Self { secret: Zeroizing::new(secret.to_vec()), encoded, begin }
    }

    /// What stands at the beginning of `text`, behind which there is nothing more if this is
    /// `all`. One that may go on is waited for, so that the answer does not depend on how much of
    /// the text is there.
    fn at(&self, text: &[u8], all: bool) -> Found {
        if !self.begin[usize::from(text[0])] {
            return Found::No;
        }
        let forms = std::iter::once_with(|| escaped(&self.secret, text, all))
            .chain(self.encoded.iter().map(|form| plain(form, text, all)));
        forms.into_iter().find(|found| *found != Found::No).unwrap_or(Found::No)
    }

    /// A text that is there as a whole.
    pub(crate) fn scrub(self: &Arc<Self>, text: &[u8]) -> Vec<u8> {
        let mut scrubber = Scrubber::new(self.clone());
        let mut scrubbed = scrubber.piece(text);
        scrubbed.extend(scrubber.end());
        scrubbed
    }
}

fn plain(form: &[u8], text: &[u8], all: bool) -> Found {
    let seen = form.len().min(text.len());
    match form[..seen] == text[..seen] {
        true if seen == form.len() => Found::Form(seen),
        true if !all => Found::Maybe,
        _ => Found::No,
    }
}

/// The secret with each byte plain or in some escape. A text may be read in more than one way, so
/// all ways are followed; the longest counts.
fn escaped(secret: &[u8], text: &[u8], all: bool) -> Found {
    let mut ways = vec![0];
    for byte in secret {
        let mut next = Vec::new();
        for at in ways {
            let rest = &text[at..];
            if rest.first() == Some(byte) || (*byte == b' ' && rest.first() == Some(&b'+')) {
                next.push(at + 1);
            }
            match escape(rest) {
                Escape::Maybe if all => {}
                Escape::Maybe => return Found::Maybe,
                Escape::Of(value, length) if value == *byte => next.push(at + length),
                Escape::Of(..) | Escape::No => {}
            }
        }
        next.sort_unstable();
        next.dedup();
        if next.is_empty() {
            return Found::No;
        }
        ways = next;
    }
    Found::Form(ways.into_iter().max().unwrap_or(0))
}

/// What an escape at the beginning of a text stands for.
enum Escape {
    No,
    /// It may be one, or none at all: the text ends.
    Maybe,
    /// This byte, in so many bytes.
    Of(u8, usize),
}

/// `%41`, `\u0041`, `\/`, `&#65;`, `&#x41;`, `&amp;`.
fn escape(text: &[u8]) -> Escape {
    match text {
        [] | [b'\\' | b'&'] => Escape::Maybe,
        [b'%', digits @ ..] => hexadecimal(digits, 2, 1),
        [b'\\', b'u', digits @ ..] => hexadecimal(digits, 4, 2),
        [b'\\', byte, ..] => Escape::Of(*byte, 2),
        [b'&', rest @ ..] => entity(rest),
        _ => Escape::No,
    }
}

/// `count` digits behind `before` bytes.
fn hexadecimal(digits: &[u8], count: usize, before: usize) -> Escape {
    let seen = &digits[..digits.len().min(count)];
    match number(seen, 16) {
        None => Escape::No,
        Some(_) if seen.len() < count => Escape::Maybe,
        Some(value) => u8::try_from(value).map_or(Escape::No, |v| Escape::Of(v, before + count)),
    }
}

/// Digits of a number of at most eight; 0 for none.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    digits.iter().try_fold(0, |sum, digit| Some(sum * radix + char::from(*digit).to_digit(radix)?))
}

/// A character reference of HTML, behind its `&`. Numbers may have eight digits.
fn entity(text: &[u8]) -> Escape {
    const NAMES: [(&[u8], u8); 5] =
        [(b"amp;", b'&'), (b"lt;", b'<'), (b"gt;", b'>'), (b"quot;", b'"'), (b"apos;", b'\'')];
    let (digits, radix) = match text {
        [] | [b'#'] => return Escape::Maybe,
        [b'#', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'#', digits @ ..] => (digits, 10),
        _ => {
            let fits = |name: &[u8]| name.iter().zip(text).all(|(a, b)| a == b);
            return match NAMES.iter().find(|(name, _)| fits(name)) {
                None => Escape::No,
                Some((name, _)) if name.len() > text.len() => Escape::Maybe,
                Some((name, value)) => Escape::Of(*value, 1 + name.len()),
            };
        }
    };
    let window = &digits[..digits.len().min(9)];
    let end = window.iter().position(|byte| *byte == b';');
    let value = number(&window[..end.unwrap_or(window.len().min(8))], radix);
    match (value, end) {
        (Some(value), Some(1..)) => {
            let length = 1 + (text.len() - digits.len()) + end.unwrap_or_default() + 1;
            u8::try_from(value).map_or(Escape::No, |value| Escape::Of(value, length))
        }
        (Some(_), None) if window.len() < 9 => Escape::Maybe,
        _ => Escape::No,
    }
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The digits of base64 (RFC 4648) that are the same whatever stands before and behind `secret`
/// in the encoded text, if it begins `before` bytes into a group of three.
fn base64_within(alphabet: &[u8; 64], secret: &[u8], before: usize) -> Vec<u8> {
    let bit = |at: usize| {
        let byte = (at / 8).checked_sub(before).and_then(|byte| secret.get(byte));
        usize::from(byte.is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1))
    };
    let first = (before * 8).div_ceil(6);
    let behind = (before + secret.len()) * 8 / 6;
    let digit = |digit: usize| (0..6).fold(0, |value, at| value << 1 | bit(digit * 6 + at));
    (first..behind).map(|at| alphabet[digit(at)]).collect()
}

/// Scrubs a text that comes in pieces.
pub(super) struct Scrubber {
    forms: Arc<Forms>,
    /// What may be the beginning of a form. At most twelve bytes for each byte of the secret.
    held: Zeroizing<Vec<u8>>,
}

impl Scrubber {
    pub(super) fn new(forms: Arc<Forms>) -> Self {
        Self { forms, held: Zeroizing::default() }
    }

    pub(super) fn piece(&mut self, piece: &[u8]) -> Vec<u8> {
        self.go_on(piece, false)
    }

    pub(super) fn end(&mut self) -> Vec<u8> {
        self.go_on(&[], true)
    }

    fn go_on(&mut self, piece: &[u8], all: bool) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(piece);
        let mut scrubbed = Vec::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            match self.forms.at(&text[at..], all) {
                Found::No => {
                    scrubbed.push(text[at]);
                    at += 1;
                }
                Found::Form(length) => {
                    scrubbed.resize(scrubbed.len() + length, b'*');
                    at += length;
                }
                Found::Maybe => {
                    self.held = Zeroizing::new(text[at..].to_vec());
                    break;
                }
            }
        }
        scrubbed
    }
}

/// A body without a secret in it. Trailers are dropped.
pub(super) struct Scrubbed {
    inner: Body,
    scrubber: Option<Scrubber>,
}

impl Scrubbed {
    pub(super) fn new(inner: Body, forms: Arc<Forms>) -> Self {
        Self { inner, scrubber: Some(Scrubber::new(forms)) }
    }
}

impl HttpBody for Scrubbed {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let this = &mut *self;
        while let Some(scrubber) = &mut this.scrubber {
            let piece = match ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
                Some(Ok(frame)) => frame.into_data().map(|data| scrubber.piece(&data)),
                // What is held back is lost with a body that fails: it may be part of the secret.
                Some(Err(refusal)) => {
                    this.scrubber = None;
                    return Poll::Ready(Some(Err(refusal)));
                }
                None => {
                    let rest = scrubber.end();
                    this.scrubber = None;
                    Ok(rest)
                }
            };
            if let Some(piece) = piece.ok().filter(|piece| !piece.is_empty()) {
                return Poll::Ready(Some(Ok(Frame::data(piece.into()))));
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.scrubber.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &[u8] = b"s3cr3t/k&y \"12+";

    fn encode(text: &[u8]) -> Vec<u8> {
        base64_within(STANDARD, text, 0)
    }

    fn in_pieces(forms: &Arc<Forms>, text: &[u8], cuts: &[usize]) -> Vec<u8> {
        let mut scrubber = Scrubber::new(forms.clone());
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
        cuts.sort_unstable();
        let (mut scrubbed, mut from) = (Vec::new(), 0);
        for cut in cuts.into_iter().chain([text.len()]) {
            scrubbed.extend(scrubber.piece(&text[from..cut]));
            from = cut;
        }
        scrubbed.extend(scrubber.end());
        scrubbed
    }

    #[test]
    fn every_form_becomes_as_many_asterisks() {
        let forms = Arc::new(Forms::of(SECRET));
        for form in [
            &b"s3cr3t/k&y \"12+"[..],
            b"s3cr3t%2Fk%26y%20%2212%2b",
            b"s3cr3t%2fk%26y+%2212%2B",
            br#"s3cr3t\/k&y \"12+"#,
            br"s3cr3t\/k\u0026y \u002212+",
            b"s3cr3t/k&amp;y &quot;12+",
            b"&#115;3cr3t/k&#x26;y &#34;12+",
            b"%733cr3t/k&y \"12+",
            b"&#0115;3cr3t/k&y \"12&#00043;",
        ] {
            let scrubbed = forms.scrub(form);
            assert_eq!(scrubbed, vec![b'*'; form.len()], "{}", String::from_utf8_lossy(form));
        }
    }

    #[test]
    fn what_only_looks_like_it_stays() {
        let forms = Arc::new(Forms::of(SECRET));
        for text in [&b"s3cr3t/k&y \"12"[..], b"s3cr3t%2", b"%73", b"\\", b"&", b"", b"hello"] {
            assert_eq!(forms.scrub(text), text);
        }
    }

    #[test]
    fn base64_agrees_with_the_vectors_of_rfc_4648() {
        assert_eq!(encode(b"foobar"), b"Zm9vYmFy");
        assert_eq!(encode(b"foob"), b"Zm9vY"); // and `g==`, which depends on what follows
    }

    proptest! {
        #[test]
        fn it_is_found_in_base64_of_whatever_it_stands_in(
            before in proptest::collection::vec(any::<u8>(), 0..9),
            behind in proptest::collection::vec(any::<u8>(), 0..9),
            secret in proptest::collection::vec(0x21u8..0x7f, 8..40),
        ) {
            let forms = Arc::new(Forms::of(&secret));
            let text = [&before[..], &secret, &behind].concat();
            let scrubbed = forms.scrub(&encode(&text));
            // What is left of it is less than one byte at either end.
            let stars = String::from_utf8_lossy(&scrubbed).matches('*').count();
            prop_assert!(stars >= secret.len() * 8 / 6 - 2, "{}", String::from_utf8_lossy(&scrubbed));
        }

        #[test]
        fn how_a_text_is_cut_makes_no_difference(
            parts in proptest::collection::vec(prop::sample::select(vec![
                &b"s3cr3t/k&y \"12+"[..], b"s3cr3t%2fk%26y%20%2212%2b", b"s3cr", b"3t/k&y", b"%", b"\\u00",
                b"&am", b"x", b"czNjcjN0L2smeSAiMTIr", b"N0L2sm",
            ]), 0..8),
            cuts in proptest::collection::vec(any::<usize>(), 0..12),
        ) {
            let forms = Arc::new(Forms::of(SECRET));
            let text = parts.concat();
            let scrubbed = in_pieces(&forms, &text, &cuts);
            prop_assert_eq!(&scrubbed, &forms.scrub(&text));
            prop_assert_eq!(scrubbed.len(), text.len());
            prop_assert!(!scrubbed.windows(SECRET.len()).any(|window| window == SECRET));
        }
    }
}
