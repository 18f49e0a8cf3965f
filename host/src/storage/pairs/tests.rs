//! What both backends promise, each claim against each.

use std::time::Duration;

use super::*;

fn soon() -> Stop {
    Stop::after(Duration::from_secs(10))
}

/// Both backends, and the folder that one lives in.
pub(super) fn both(quota: PairsQuota) -> (tempfile::TempDir, [Pairs; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let durable = Pairs::open(&folder.path().join("pairs.db"), quota).unwrap();
    (folder, [durable, Pairs::memory(quota)])
}

#[test]
fn a_bad_key_is_refused_by_every_operation() {
    let (_folder, both) = both(PairsQuota::default());
    let long = "k".repeat(KEY_MAX + 1);
    for pairs in &both {
        for key in ["", "a\0b", "a\nb", "\u{1b}[2J", &long] {
            assert!(matches!(pairs.get("t", key, &soon()), Err(StorageError::Invalid(_))));
            assert!(matches!(pairs.set("t", key, b"", &soon()), Err(StorageError::Invalid(_))));
            assert!(matches!(pairs.delete("t", key, &soon()), Err(StorageError::Invalid(_))));
            assert!(pairs.compare_and_set("t", key, None, b"", &soon()).is_err());
            assert!(pairs.keys("t", "", Some(key), 1, &soon()).is_err());
        }
        assert!(matches!(pairs.keys("t", "", None, 0, &soon()), Err(StorageError::Invalid(_))));
    }
}

#[test]
fn a_value_over_the_cap_is_refused_and_the_old_one_stays() {
    let (_folder, both) = both(PairsQuota::default());
    for pairs in &both {
        pairs.set("t", "k", &vec![1; PAIR_VALUE_MAX], &soon()).unwrap();
        let refused = pairs.set("t", "k", &vec![2; PAIR_VALUE_MAX + 1], &soon());
        assert_eq!(refused, Err(StorageError::TooLarge(PAIR_VALUE_MAX as u64)));
        assert_eq!(pairs.get("t", "k", &soon()).unwrap().unwrap()[0], 1);
    }
}

#[test]
fn a_spent_quota_refuses_new_keys_and_counts_each_tenant_alone() {
    let (_folder, both) = both(PairsQuota { keys: 2, bytes: 100 });
    for pairs in &both {
        pairs.set("t", "a", b"1", &soon()).unwrap();
        pairs.set("t", "b", b"2", &soon()).unwrap();
        assert_eq!(pairs.set("t", "c", b"3", &soon()), Err(StorageError::Quota(2)));
        assert_eq!(pairs.get("t", "c", &soon()), Ok(None));
        assert_eq!(pairs.set("t", "b", &[0; 100], &soon()), Err(StorageError::Quota(100)));
        assert_eq!(pairs.get("t", "b", &soon()), Ok(Some(b"2".to_vec())));
        pairs.set("other", "c", b"3", &soon()).unwrap();
        assert!(pairs.delete("t", "a", &soon()).unwrap());
        pairs.set("t", "c", b"3", &soon()).unwrap();
        pairs.set("t", "b", &[0; 90], &soon()).unwrap();
        pairs.set("t", "b", b"", &soon()).unwrap();
        pairs.set("t", "c", &[0; 90], &soon()).unwrap();
    }
}

#[test]
fn no_tenant_sees_anothers_pairs() {
    let (_folder, both) = both(PairsQuota::default());
    for pairs in &both {
        pairs.set("a", "k", b"secret", &soon()).unwrap();
        assert_eq!(pairs.get("b", "k", &soon()), Ok(None));
        assert_eq!(pairs.delete("b", "k", &soon()), Ok(false));
        assert_eq!(pairs.keys("b", "", None, 10, &soon()), Ok((vec![], None)));
        assert_eq!(pairs.compare_and_set("b", "k", None, b"mine", &soon()), Ok(true));
        assert_eq!(pairs.get("a", "k", &soon()), Ok(Some(b"secret".to_vec())));
    }
}

#[test]
fn compare_and_set_sets_only_what_is_as_expected() {
    let (_folder, both) = both(PairsQuota::default());
    for pairs in &both {
        let swap = |expect: Option<&[u8]>, value: &[u8]| {
            pairs.compare_and_set("t", "k", expect, value, &soon()).unwrap()
        };
        assert!(!swap(Some(b"1"), b"2"));
        assert!(swap(None, b"1"));
        assert!(!swap(None, b"2"));
        assert!(!swap(Some(b""), b"2"));
        assert!(swap(Some(b"1"), b"2"));
        assert_eq!(pairs.get("t", "k", &soon()), Ok(Some(b"2".to_vec())));
    }
}

#[test]
fn keys_come_in_byte_order_page_by_page_and_only_with_the_prefix() {
    let (_folder, both) = both(PairsQuota::default());
    for pairs in &both {
        for key in ["a", "n/3", "n/1", "n0", "n/2", "n", "é"] {
            pairs.set("t", key, b"", &soon()).unwrap();
        }
        let (first, cursor) = pairs.keys("t", "n/", None, 2, &soon()).unwrap();
        assert_eq!(first, ["n/1", "n/2"]);
        let (rest, end) = pairs.keys("t", "n/", cursor.as_deref(), 2, &soon()).unwrap();
        assert_eq!((rest, end), (vec!["n/3".to_owned()], None));
        let (all, end) = pairs.keys("t", "", None, u32::MAX, &soon()).unwrap();
        assert_eq!((all.join(" "), end), ("a n n/1 n/2 n/3 n0 é".to_owned(), None));
        assert_eq!(pairs.keys("t", "n/", Some("z"), 2, &soon()), Ok((vec![], None)));
        assert_eq!(pairs.keys("t", "n/", Some("a"), 1, &soon()).unwrap().0, ["n/1"]);
    }
}

#[test]
fn of_many_threads_that_count_none_is_lost() {
    let (_folder, both) = both(PairsQuota::default());
    for pairs in &both {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        pairs.increment("t", "counter", 2, &soon()).unwrap();
                        loop {
                            let old = pairs.get("t", "n", &soon()).unwrap();
                            let next = old.as_ref().map_or(1, |bytes| bytes[0] + 1);
                            if pairs
                                .compare_and_set("t", "n", old.as_deref(), &[next], &soon())
                                .unwrap()
                            {
                                break;
                            }
                        }
                    }
                });
            }
        });
        assert_eq!(pairs.get("t", "n", &soon()), Ok(Some(vec![40])));
        assert_eq!(pairs.get("t", "counter", &soon()), Ok(Some(b"80".to_vec())));
    }
}

#[test]
fn pairs_outlive_the_process_that_set_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pairs.db");
    let open = || Pairs::open(&path, PairsQuota::default()).unwrap();
    open().set("t", "k", b"v", &soon()).unwrap();
    assert_eq!(open().get("t", "k", &soon()), Ok(Some(b"v".to_vec())));
}
