//! JSON that strangers wrote: no key of an object twice, at any depth, so that no two readers can
//! take one text for two things.

use std::{collections::BTreeSet, fmt};

use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::toolkit::brief;

/// Reads one value of at most `limit` bytes.
///
/// # Errors
/// What is wrong, printable.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, String> {
    if bytes.len() > limit {
        return Err(format!("it has more than {limit} bytes"));
    }
    let unfit = |error: serde_json::Error| brief(&error.to_string());
    serde_json::from_slice::<Unique>(bytes).map_err(unfit)?;
    serde_json::from_slice(bytes).map_err(unfit)
}

/// Writes one, always alike.
///
/// # Panics
/// Never: what is written here are structures of texts and numbers.
pub(super) fn write(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("structures of texts and numbers are JSON")
}

/// Any JSON without a duplicate key; nothing of it is kept.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
            seen.insert(key);
            map.next_value::<Self>()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_key_twice_anywhere_more_than_one_value_and_endless_depth_are_refused() {
        for text in [
            r#"{"a":1,"a":1}"#.to_owned(),
            r#"[{"b":{"c":1,"d":2,"c":3}}]"#.to_owned(),
            r#"{"a":1,"\u0061":2}"#.to_owned(),
            "{} {}".to_owned(),
            String::new(),
            "[".repeat(100_000),
            format!("[{}]", " ".repeat(1_000)),
        ] {
            assert!(read::<Value>(text.as_bytes(), 1_000).is_err(), "{text:.40}");
        }
        assert!(read::<Value>(br#"{"a":{"a":[null,true,-1,1.5,"x"]}}"#, 1_000).is_ok());
    }
}
