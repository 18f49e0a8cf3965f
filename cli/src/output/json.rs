//! The envelope of `--json`: one object on stdout for every verb and every ending.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::shown::Shown;
use super::text::is_hazard;
use crate::failure::Class;

/// `{"ok":true,"verb":…,"data":…}` and a line feed.
pub(super) fn success(verb: &str, data: &Value) -> String {
    line(&json!({ "ok": true, "verb": verb, "data": data }))
}

/// `{"ok":false,"verb":…,"error":{code, message, hint, retryable}}` and a line feed.
pub(super) fn failure(verb: &str, shown: &Shown, class: &Class) -> String {
    let error = json!({
        "code": shown.code_or_cause(),
        "message": shown.whole_message(),
        "hint": shown.hint(),
        "retryable": class.retryable,
    });
    line(&json!({ "ok": false, "verb": verb, "error": error }))
}

/// Characters that a terminal obeys stand in strings alone, where JSON has an escape for each.
fn line(value: &Value) -> String {
    let text = value.to_string();
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if is_hazard(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(line, "\\u{unit:04x}").expect("a String takes everything");
            }
        } else {
            line.push(c);
        }
    }
    line + "\n"
}

/// Bytes of a guest under a name: as text, or in base64 under `<name>_base64` if they are none.
pub(crate) fn bytes_as_text(name: &str, bytes: &[u8]) -> (String, Value) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (name.to_owned(), text.into()),
        Err(_) => (format!("{name}_base64"), base64(bytes).into()),
    }
}

/// Base64 of RFC 4648 §4, padded.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit) & 63) as usize;
            out.push(if digit <= group.len() { char::from(DIGITS[value]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_written_and_nothing_is_lost() {
        let evil = "a\u{1b}[2J\u{7f}\u{9b}31m\u{202e}\u{2066}\n\"é";
        let line = success("audit", &evil.into());
        assert!(!line.trim_end().chars().any(is_hazard), "{line:?}");
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["data"], evil);
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        // RFC 4648 §10.
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (bytes, text) in cases {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(bytes_as_text("stdout", &[0xff, 0xfe]), ("stdout_base64".into(), "//4=".into()));
        assert_eq!(bytes_as_text("stdout", b"hi"), ("stdout".into(), "hi".into()));
    }
}
