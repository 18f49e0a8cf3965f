//! Sizes and times as people write them: `64MiB`, `500ms`. A whole number and its unit, no space.

use std::{fmt, str::FromStr, time::Duration};

use super::{error::Invalid, text::quoted};

/// A number of bytes, written `B`, `KiB`, `MiB` or `GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// A length of time, written `ms`, `s` or `min`; never finer than a millisecond when parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// A number of bytes, to print.
pub fn bytes(n: u64) -> Bytes {
    Bytes(n)
}

/// A length of time, to print.
pub fn duration(length: Duration) -> Span {
    Span(length)
}

/// Units, the largest first.
type Units = &'static [(&'static str, u64)];

const SIZES: Units = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
const TIMES: Units = &[("min", 60_000), ("s", 1_000), ("ms", 1)];

fn parse(text: &str, units: Units, what: &str, example: &str) -> Result<u64, Invalid> {
    let invalid = |reason: &str| {
        let names: Vec<_> = units.iter().rev().map(|(name, _)| *name).collect();
        Invalid::new(
            text,
            reason,
            format!(
                "write a whole number and one of {}, without a space: {example}",
                names.join(" ")
            ),
        )
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let Some((_, scale)) = units.iter().find(|(name, _)| *name == unit) else {
        return Err(invalid(&format!("is not a {what}")));
    };
    if number.is_empty() {
        return Err(invalid(&format!("is not a {what}")));
    }
    number
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(*scale))
        .ok_or_else(|| invalid(&format!("is too large a {what}")))
}

fn write(f: &mut fmt::Formatter<'_>, value: u64, units: Units) -> fmt::Result {
    let whole = |&&(_, scale): &&(&str, u64)| value != 0 && value.is_multiple_of(scale);
    let (name, scale) = units.iter().find(whole).or(units.last()).unwrap_or(&("", 1));
    write!(f, "{}{name}", value / scale)
}

impl FromStr for Bytes {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        parse(text, SIZES, "size", "`64MiB`").map(Self)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, SIZES)
    }
}

impl FromStr for Span {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        parse(text, TIMES, "time", "`500ms`").map(|ms| Self(Duration::from_millis(ms)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), TIMES)
    }
}

/// A value between 1 and `most`.
pub(crate) fn within<T: PartialOrd + fmt::Display>(
    text: &str,
    value: T,
    least: &T,
    most: &T,
) -> Result<T, Invalid> {
    if value < *least || value > *most {
        let help = format!("give at least {least} and at most {most}");
        return Err(Invalid::quoting(quoted(text), "is out of bounds", help));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_strictly_a_number_and_a_unit_is_refused() {
        for text in [
            "", "64", "MiB", "64 MiB", " 64MiB", "64MB", "64mib", "-1B", "+1B", "1.5GiB", "0x10B",
            "٣B",
        ] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
        for text in ["", "5", "s", "5 s", "5S", "1h", "1.5s", "5sec", "-5s"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_past_64_bits_is_refused() {
        assert!("18446744073709551616B".parse::<Bytes>().is_err());
        assert!("17179869184GiB".parse::<Bytes>().is_err());
        assert_eq!("18446744073709551615B".parse::<Bytes>().unwrap().0, u64::MAX);
    }

    #[test]
    fn sizes_and_times_are_read() {
        assert_eq!("64MiB".parse::<Bytes>().unwrap(), Bytes(64 << 20));
        assert_eq!("0B".parse::<Bytes>().unwrap(), Bytes(0));
        assert_eq!("500ms".parse::<Span>().unwrap(), Span(Duration::from_millis(500)));
        assert_eq!("2min".parse::<Span>().unwrap(), Span(Duration::from_mins(2)));
        assert_eq!(Bytes(1536).to_string(), "1536B");
        assert_eq!(Bytes(3 << 30).to_string(), "3GiB");
        assert_eq!(Span(Duration::from_secs(90)).to_string(), "90s");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(n: u64, ms in 0..u64::MAX) {
            prop_assert_eq!(Bytes(n).to_string().parse::<Bytes>().unwrap(), Bytes(n));
            let span = Span(Duration::from_millis(ms));
            prop_assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _read = (text.parse::<Bytes>(), text.parse::<Span>());
        }
    }
}
