//! JSON that is signed, in the one form of it: RFC 8785. What is read for that is [`Rules::Exact`],
//! so that other writers' form of all that is accepted is the same bytes.

use serde_json::Value;

use crate::json::{self, Rules};

/// Bytes of a text that is read.
const MAX_BYTES: usize = 1 << 20;

/// Reads one value, which is all that there is.
///
/// # Errors
/// What is wrong, printable.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    json::read(bytes, MAX_BYTES, Rules::Exact)
}

/// The one form of a value that [`parse`] gave, or might have given.
///
/// # Panics
/// Never: a value is JSON.
pub(super) fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("a value is JSON")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_too_long_is_not_read() {
        let long = format!("\"{}\"", "x".repeat(MAX_BYTES - 1));
        assert!(parse(long.as_bytes()).is_err());
        assert!(parse(long.replacen('x', "", 1).as_bytes()).is_ok());
        assert!(parse(&"[".repeat(MAX_BYTES).into_bytes()).is_err());
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
