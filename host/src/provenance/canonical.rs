//! JSON that is signed: read without leniency, and written in the one form of it.
//!
//! The form is RFC 8785. What writers of "sorted, compact JSON" do differently is refused when it
//! is read, so that their form of all that is accepted is the same bytes: fractions and exponents,
//! integers beyond 2^53, control characters that have no short escape, and keys beyond the basic
//! plane, which UTF-8 and UTF-16 sort differently.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use thiserror::Error;

/// Bytes of a text that is read.
const MAX_BYTES: usize = 1 << 20;
/// Arrays and objects within each other.
const MAX_DEPTH: usize = 32;
/// The largest integer that every reader of JSON holds exactly (RFC 8259 §6).
const MAX_INTEGER: u64 = 1 << 53;

/// Why a text is not JSON that can be signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{why}")]
pub(super) struct JsonError {
    /// What is wrong with it, and where.
    pub(super) why: String,
}

/// Reads one value, which is all that there is.
///
/// # Errors
/// [`JsonError`].
pub(super) fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let refuse = |why: &str| JsonError { why: why.to_owned() };
    if bytes.len() > MAX_BYTES {
        return Err(refuse("it is longer than 1 MiB"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8"))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let of_serde = |error: serde_json::Error| JsonError { why: error.to_string() };
    let value = Strict { depth: 0 }.deserialize(&mut deserializer).map_err(of_serde)?;
    deserializer.end().map_err(of_serde)?;
    Ok(value)
}

/// The one form of a value that [`parse`] gave, or might have given.
///
/// # Panics
/// Never: a value is JSON.
pub(super) fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("a value is JSON")
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn within<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("more than 32 arrays and objects within each other"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

/// Refuses what writers escape differently.
fn text<E: serde::de::Error>(text: &str) -> Result<&str, E> {
    let differs = |c: char| c < ' ' && !matches!(c, '\u{8}' | '\t' | '\n' | '\u{c}' | '\r');
    if text.contains(differs) {
        return Err(E::custom("a control character in a text"));
    }
    Ok(text)
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        if value > MAX_INTEGER {
            return Err(E::custom("an integer beyond 2^53"));
        }
        Ok(value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_INTEGER {
            return Err(E::custom("an integer beyond 2^53"));
        }
        Ok(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(text(value)?.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let within = self.within()?;
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(within)? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let within = self.within()?;
        let mut all = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            if text::<A::Error>(&key)?.chars().any(|c| c > '\u{ffff}') {
                return Err(A::Error::custom("a key beyond the basic plane of Unicode"));
            }
            let value = fields.next_value_seed(within)?;
            if all.insert(key, value).is_some() {
                return Err(A::Error::custom("a key that is there twice"));
            }
        }
        Ok(all.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_two_readers_could_understand_differently_is_refused() {
        let deep = "[".repeat(33) + &"]".repeat(33);
        let long = format!("\"{}\"", "x".repeat(MAX_BYTES));
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
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
            "\"\u{1}\"",
            "{\"\u{10000}\":1}",
            "{} {}",
            "{},",
            "[1,]",
            "{'a':1}",
            "// no\n1",
            "\u{feff}{}",
            "",
            &deep,
            &long,
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:.60}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        assert!(parse(&"[".repeat(1 << 20).into_bytes()).is_err());
    }

    #[test]
    fn the_form_is_sorted_compact_and_escapes_only_what_it_must() {
        let text = r#" { "b" : [ 1 , { "d" : null , "c" : "\u00e9\/\u003c\u2028" } ] , "" : true,
            "a\n" : "\b\t\n\f\r\"\\" , "B" : -9007199254740992 } "#;
        assert_eq!(
            String::from_utf8(canonical(&parse(text.as_bytes()).unwrap())).unwrap(),
            "{\"\":true,\"B\":-9007199254740992,\"a\\n\":\"\\b\\t\\n\\f\\r\\\"\\\\\",\
             \"b\":[1,{\"c\":\"é/<\u{2028}\",\"d\":null}]}"
        );
    }

    /// As a writer has it that sorts keys by their bytes and knows nothing of RFC 8785.
    fn sorted(value: &Value) -> String {
        let joined = |items: Vec<String>| items.join(",");
        match value {
            Value::Array(items) => format!("[{}]", joined(items.iter().map(sorted).collect())),
            Value::Object(fields) => {
                let fields: BTreeMap<_, _> =
                    fields.iter().map(|(k, v)| (k.as_bytes(), v)).collect();
                let field = |(key, value): (&[u8], &Value)| {
                    let key = Value::from(std::str::from_utf8(key).unwrap());
                    format!("{key}:{}", sorted(value))
                };
                format!("{{{}}}", joined(fields.into_iter().map(field).collect()))
            }
            scalar => scalar.to_string(),
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-9_007_199_254_740_992_i64..=9_007_199_254_740_992).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let key = prop_oneof!["[a-zA-Z\u{e000}-\u{ffff}é]{0,4}", any::<String>()];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_writer_of_sorted_json_agrees_on_what_is_accepted(value in values()) {
            if let Ok(read) = parse(value.to_string().as_bytes()) {
                prop_assert_eq!(&read, &value);
                let bytes = canonical(&read);
                prop_assert_eq!(std::str::from_utf8(&bytes).unwrap(), sorted(&value));
                prop_assert_eq!(parse(&bytes), Ok(value));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = parse(&bytes) {
                prop_assert_eq!(parse(&canonical(&value)), Ok(value));
            }
        }
    }
}
