//! When a far side says that it may be asked again.

use std::time::Duration;

use http::header::{HeaderMap, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// What `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3 and 5.6.7), by a clock
/// that shows `now`. A date that is past asks for nothing more; what is neither form is as if it
/// were not there.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More than fits is for ever.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let at = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()?;
    Some(at.duration_since(now).try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(text: &str) -> Option<Duration> {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().ok()?)]);
        retry_after(&headers, now)
    }

    #[test]
    fn what_is_neither_seconds_nor_a_date_asks_for_nothing() {
        for text in ["", "soon", "-1", "1.5", "+1", "0x10", "12:00:00", "2026-11-21T12:00:09Z"] {
            assert_eq!(asked(text), None, "{text:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn seconds_and_dates_are_a_time_to_wait() {
        for (text, seconds) in [
            ("0", 0),
            (" 7 ", 7),
            ("99999999999999999999999", u64::MAX),
            ("Sat, 21 Nov 2026 12:00:09 GMT", 9),
            ("Sun, 21 Nov 2026 12:00:09 GMT", 9),
            ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ] {
            assert_eq!(asked(text), Some(Duration::from_secs(seconds)), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ -~]{0,40}") {
            asked(&text);
        }
    }
}
