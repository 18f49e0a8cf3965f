//! JSON that strangers wrote: no key of an object twice, at any depth, so that no two readers can
//! take one text for two things. What is signed has stricter rules still.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

use crate::toolkit::brief;

/// Arrays and objects within each other, in what is signed.
const MAX_DEPTH: usize = 32;
/// The largest integer that every reader of JSON holds exactly (RFC 8259 §6).
const MAX_INTEGER: u64 = 1 << 53;

/// What a text may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Each key of an object once.
    Unique,
    /// That, and nothing that writers of "sorted, compact JSON" write in different ways: no
    /// fractions and exponents, no integers beyond 2^53, no control characters that have no short
    /// escape, no keys beyond the basic plane, which UTF-8 and UTF-16 sort differently.
    Exact,
}

/// Reads one value of at most `limit` bytes, which is all that there is.
///
/// # Errors
/// What is wrong, printable.
pub(crate) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    limit: usize,
    rules: Rules,
) -> Result<T, String> {
    if bytes.len() > limit {
        return Err(format!("it has more than {limit} bytes"));
    }
    let unfit = |error: serde_json::Error| brief(&error.to_string());
    let mut check = serde_json::Deserializer::from_slice(bytes);
    Checked { rules, depth: 0 }.deserialize(&mut check).map_err(unfit)?;
    check.end().map_err(unfit)?;
    serde_json::from_slice(bytes).map_err(unfit)
}

/// Writes one, always alike.
///
/// # Panics
/// Never: what is written here are structures of texts and numbers.
pub(crate) fn write(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("structures of texts and numbers are JSON")
}

/// Goes through a value, of which nothing is kept.
#[derive(Clone, Copy)]
struct Checked {
    rules: Rules,
    depth: usize,
}

impl Checked {
    fn is_exact(self) -> bool {
        self.rules == Rules::Exact
    }

    fn within<E: Error>(self) -> Result<Self, E> {
        if self.is_exact() && self.depth == MAX_DEPTH {
            return Err(E::custom("more than 32 arrays and objects within each other"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn text<E: Error>(self, text: &str) -> Result<(), E> {
        let differs = |c: char| c < ' ' && !matches!(c, '\u{8}' | '\t' | '\n' | '\u{c}' | '\r');
        if self.is_exact() && text.contains(differs) {
            return Err(E::custom("a control character in a text"));
        }
        Ok(())
    }

    fn integer<E: Error>(self, size: u64) -> Result<(), E> {
        if self.is_exact() && size > MAX_INTEGER {
            return Err(E::custom("an integer beyond 2^53"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Checked {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_exact() { "JSON without fractions" } else { "JSON" })
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.integer(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.integer(value.unsigned_abs())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        if self.is_exact() {
            return Err(E::custom("a number that is no plain integer"));
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.text(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let within = self.within()?;
        while items.next_element_seed(within)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let within = self.within()?;
        let mut seen = BTreeSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            self.text::<A::Error>(&key)?;
            if self.is_exact() && key.chars().any(|c| c > '\u{ffff}') {
                return Err(A::Error::custom("a key beyond the basic plane of Unicode"));
            }
            if seen.contains(&key) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
            fields.next_value_seed(within)?;
            seen.insert(key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn with(rules: Rules, bytes: &[u8]) -> Result<Value, String> {
        read(bytes, 1_000, rules)
    }

    #[test]
    fn a_key_twice_anywhere_more_than_one_value_and_endless_depth_are_refused() {
        for text in [
            r#"{"a":1,"a":1}"#.to_owned(),
            r#"[{"b":{"c":1,"d":2,"c":3}}]"#.to_owned(),
            r#"{"a":1,"\u0061":2}"#.to_owned(),
            "{} {}".to_owned(),
            String::new(),
            "[".repeat(1_000),
            format!("[{}]", " ".repeat(1_000)),
        ] {
            for rules in [Rules::Unique, Rules::Exact] {
                assert!(with(rules, text.as_bytes()).is_err(), "{text:.40}");
            }
        }
        let fine = br#"{"a":{"a":[null,true,-1,1.5,"x"]}}"#;
        assert!(with(Rules::Unique, fine).is_ok());
    }

    #[test]
    fn what_two_readers_could_understand_differently_is_not_exact() {
        let deep = "[".repeat(33) + &"]".repeat(33);
        for bad in [
            r#"[{"x":{"b":0,"b":0}}]"#,
            "1.0",
            "1e2",
            "-0",
            "0.1",
            "01",
            "9007199254740993",
            "-9007199254740993",
            "18446744073709551616",
            "NaN",
            r#""\ud800""#,
            r#""\udc00\ud800""#,
            r#""\u0000""#,
            r#""\u001f""#,
            r#"{"\u0000":1}"#,
            "\"\u{1}\"",
            "{\"\u{10000}\":1}",
            "{},",
            "[1,]",
            "{'a':1}",
            "// no\n1",
            "\u{feff}{}",
            &deep,
        ] {
            assert!(with(Rules::Exact, bad.as_bytes()).is_err(), "{bad:.60}");
        }
        assert!(with(Rules::Exact, b"\"\xff\"").is_err());
        assert!(with(Rules::Exact, br#"[9007199254740992,{"a\n":"\b\t\n\f\r"},-1]"#).is_ok());
    }

    #[test]
    fn what_is_told_of_a_text_is_printable() {
        let why = with(Rules::Unique, "{\"\u{9b}[2J\":1,\"\u{9b}[2J\":2}".as_bytes()).unwrap_err();
        assert!(why.contains("stands twice") && !why.contains('\u{9b}'), "{why}");
    }
}
