//! What `wasi:keyvalue` has beyond `kv`: counting, many pairs at once, and pages of keys whose
//! cursor is a number.

use sha2::{Digest as _, Sha256};

use super::{KEYS_MAX, Pairs, check_key, check_value};
use crate::storage::{Stop, StorageError};

/// The most keys in one batch.
pub(crate) const BATCH_MAX: usize = 1000;
/// The most bytes of values that one batch reads: what a host call may carry the other way, too.
pub(crate) const BATCH_BYTES: u64 = 4 << 20;

/// Counts what a batch reads.
#[derive(Debug, Default)]
pub(super) struct Room(u64);

impl Room {
    /// # Errors
    /// `TooLarge` when all values together are over `BATCH_BYTES`.
    pub(super) fn take(&mut self, value: Option<&[u8]>) -> Result<(), StorageError> {
        self.0 += value.map_or(0, <[u8]>::len) as u64;
        if self.0 > BATCH_BYTES { Err(StorageError::TooLarge(BATCH_BYTES)) } else { Ok(()) }
    }
}

impl Pairs {
    /// Adds `delta` to the number under `key`, in one step, and gives the sum. The number is
    /// written in decimal digits, as Redis and wasmtime have it; what does not exist is 0.
    ///
    /// # Errors
    /// `Invalid` for a bad key, a value that is no such number, or a sum of 2^64 and more;
    /// `Quota`; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn increment(
        &self,
        tenant: &str,
        key: &str,
        delta: u64,
        stop: &Stop,
    ) -> Result<u64, StorageError> {
        check_key(key)?;
        let mut sum = 0;
        let mut change = |old: Option<&[u8]>| {
            let number = old.map_or(Some(0), decimal);
            let number = number.ok_or_else(|| {
                StorageError::invalid("increment: the value is no number in decimal digits")
            })?;
            sum = number
                .checked_add(delta)
                .ok_or_else(|| StorageError::invalid("increment: the sum is over 64 bits"))?;
            Ok(Some(sum.to_string().into_bytes()))
        };
        self.store.update(tenant, key, &mut change, self.quota, stop)?;
        Ok(sum)
    }

    /// The value of each key, all as they were at one time.
    ///
    /// # Errors
    /// `Invalid` key; `Quota` for more than 1000 keys; `TooLarge` when the values together have
    /// more than 4 MiB; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn get_many(
        &self,
        tenant: &str,
        keys: &[String],
        stop: &Stop,
    ) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        check_batch(keys.iter())?;
        self.store.get_many(tenant, keys, stop)
    }

    /// Sets all pairs, or none if one is refused. Of two with one key the later counts.
    ///
    /// # Errors
    /// As `set`; `Quota` for more than 1000 pairs.
    pub(crate) fn set_many(
        &self,
        tenant: &str,
        pairs: &[(String, Vec<u8>)],
        stop: &Stop,
    ) -> Result<(), StorageError> {
        check_batch(pairs.iter().map(|(key, _)| key))?;
        pairs.iter().try_for_each(|(_, value)| check_value(value))?;
        self.store.set_many(tenant, pairs, self.quota, stop)
    }

    /// Removes those of the keys that there are, all or none.
    ///
    /// # Errors
    /// `Invalid` key; `Quota` for more than 1000 keys; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn delete_many(
        &self,
        tenant: &str,
        keys: &[String],
        stop: &Stop,
    ) -> Result<(), StorageError> {
        check_batch(keys.iter())?;
        self.store.delete_many(tenant, keys, stop)
    }

    /// At most 1000 keys, and the cursor of the next page, if there is one.
    ///
    /// Keys come in the order of the first eight bytes of their SHA-256, and the cursor is the
    /// last of these: so it needs no memory of ours, outlives handle, instance and host, and each
    /// key that is there throughout comes exactly once, whatever is set and removed in between.
    ///
    /// # Errors
    /// `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn page(
        &self,
        tenant: &str,
        cursor: Option<u64>,
        stop: &Stop,
    ) -> Result<(Vec<String>, Option<u64>), StorageError> {
        // The quota bounds what a tenant has: 5 MB of keys.
        let all = self.store.keys(tenant, "", "", usize::MAX, stop)?;
        let rest = all.into_iter().map(|key| (place(&key), key));
        Ok(first_page(rest.filter(|(at, _)| cursor.is_none_or(|cursor| *at > cursor)).collect()))
    }
}

/// Where a key stands among others.
fn place(key: &str) -> u64 {
    let digest = Sha256::digest(key);
    digest.iter().take(8).fold(0, |place, byte| place << 8 | u64::from(*byte))
}

fn first_page(mut rest: Vec<(u64, String)>) -> (Vec<String>, Option<u64>) {
    rest.sort_unstable();
    let mut end = rest.len().min(KEYS_MAX as usize);
    // A cursor cannot tell two keys at one place apart.
    while end > 0 && end < rest.len() && rest[end].0 == rest[end - 1].0 {
        end += 1;
    }
    let next = (end < rest.len()).then(|| rest[end - 1].0);
    rest.truncate(end);
    (rest.into_iter().map(|(_, key)| key).collect(), next)
}

fn decimal(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()
}

fn check_batch<'k>(keys: impl ExactSizeIterator<Item = &'k String>) -> Result<(), StorageError> {
    if keys.len() > BATCH_MAX {
        return Err(StorageError::Quota(BATCH_MAX as u64));
    }
    let mut keys = keys;
    keys.try_for_each(|key| check_key(key))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::PairsQuota;
    use super::super::tests::both;
    use super::*;

    fn soon() -> Stop {
        Stop::after(Duration::from_secs(10))
    }

    #[test]
    fn a_value_that_is_no_number_is_not_counted() {
        let (_folder, both) = both(PairsQuota::default());
        for pairs in &both {
            for value in
                [&b""[..], b"x", b"+1", b"-1", b" 1", b"1\n", b"99999999999999999999", b"\xff"]
            {
                pairs.set("t", "n", value, &soon()).unwrap();
                let refused = pairs.increment("t", "n", 1, &soon());
                assert!(matches!(refused, Err(StorageError::Invalid(_))), "{value:?}");
                assert_eq!(pairs.get("t", "n", &soon()).unwrap().as_deref(), Some(value));
            }
            pairs.set("t", "n", u64::MAX.to_string().as_bytes(), &soon()).unwrap();
            assert_eq!(pairs.increment("t", "n", 0, &soon()), Ok(u64::MAX));
            assert!(matches!(pairs.increment("t", "n", 1, &soon()), Err(StorageError::Invalid(_))));
        }
    }

    #[test]
    fn a_batch_is_set_as_a_whole_or_not_at_all() {
        let (_folder, both) = both(PairsQuota { keys: 3, bytes: 100 });
        let pair = |key: &str, size: usize| (key.to_owned(), vec![7; size]);
        for pairs in &both {
            pairs.set("t", "a", b"1", &soon()).unwrap();
            let many: Vec<_> = ["b", "c", "d"].map(|key| pair(key, 1)).into();
            assert_eq!(pairs.set_many("t", &many, &soon()), Err(StorageError::Quota(3)));
            let large = [pair("b", 1), pair("a", 98)];
            assert_eq!(pairs.set_many("t", &large, &soon()), Err(StorageError::Quota(100)));
            let bad = [pair("b", 1), pair("", 1)];
            assert!(matches!(pairs.set_many("t", &bad, &soon()), Err(StorageError::Invalid(_))));
            assert_eq!(pairs.keys("t", "", None, 9, &soon()).unwrap().0, ["a"]);
            assert_eq!(pairs.get("t", "a", &soon()), Ok(Some(b"1".to_vec())));
            pairs.set_many("t", &[pair("b", 9), pair("a", 8), pair("b", 3)], &soon()).unwrap();
            let keys = ["b", "z", "a", "b"].map(str::to_owned);
            let sizes: Vec<_> = pairs.get_many("t", &keys, &soon()).unwrap();
            let sizes: Vec<_> = sizes.iter().map(|value| value.as_ref().map(Vec::len)).collect();
            assert_eq!(sizes, [Some(3), None, Some(8), Some(3)]);
            pairs.delete_many("t", &keys, &soon()).unwrap();
            assert_eq!(pairs.keys("t", "", None, 9, &soon()), Ok((vec![], None)));
            pairs.set_many("t", &[pair("c", 99)], &soon()).unwrap();
        }
    }

    #[test]
    fn a_batch_beyond_its_caps_is_refused() {
        let (_folder, both) = both(PairsQuota::default());
        for pairs in &both {
            let keys = vec!["k".to_owned(); BATCH_MAX + 1];
            assert_eq!(pairs.get_many("t", &keys, &soon()), Err(StorageError::Quota(1000)));
            assert_eq!(pairs.delete_many("t", &keys, &soon()), Err(StorageError::Quota(1000)));
            pairs.set("t", "k", &vec![0; 1 << 20], &soon()).unwrap();
            assert_eq!(pairs.get_many("t", &keys[..4], &soon()).unwrap().len(), 4);
            let refused = pairs.get_many("t", &keys[..5], &soon());
            assert_eq!(refused, Err(StorageError::TooLarge(BATCH_BYTES)));
        }
    }

    #[test]
    fn each_key_that_stays_is_listed_once_while_others_come_and_go() {
        let (_folder, both) = both(PairsQuota::default());
        for pairs in &both {
            let key = |n: u32| format!("k{n}");
            let all: Vec<_> = (0..2_500).map(|n| (key(n), vec![])).collect();
            all.chunks(BATCH_MAX).for_each(|some| pairs.set_many("t", some, &soon()).unwrap());
            let (mut seen, mut cursor, mut pages) = (Vec::new(), None, 0);
            loop {
                let (keys, next) = pairs.page("t", cursor, &soon()).unwrap();
                assert!(keys.len() <= KEYS_MAX as usize);
                // What was listed goes, and something else comes.
                pairs.delete_many("t", &keys, &soon()).unwrap();
                pairs.set("t", &format!("new{pages}"), b"", &soon()).unwrap();
                seen.extend(keys.into_iter().filter(|key| key.starts_with('k')));
                pages += 1;
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(seen.len(), 2_500);
            assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), 2_500);
            assert_eq!(pairs.page("other", None, &soon()), Ok((vec![], None)));
        }
    }

    proptest! {
        #[test]
        fn keys_at_one_place_are_never_parted(places in proptest::collection::vec(0u64..40, 0..3_000)) {
            let count = places.len();
            let mut rest: Vec<_> = places.into_iter().enumerate().map(|(n, at)| (at, n.to_string())).collect();
            let mut seen = 0;
            loop {
                let (keys, next) = first_page(rest.clone());
                seen += keys.len();
                let Some(cursor) = next else { break };
                prop_assert!(!keys.is_empty());
                rest.retain(|(at, _)| *at > cursor);
            }
            prop_assert_eq!(seen, count);
        }
    }
}
