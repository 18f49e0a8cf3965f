//! Reading, writing and naming.

use proptest::prelude::*;

use super::super::content::{CHUNK, FILE_MAX, WRITE_MAX};
use super::*;

const W: Volume = Volume::Workspace;

#[test]
fn what_is_written_is_read_back_and_volumes_are_apart() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        volumes.put("a/b.txt", b"hello");
        assert_eq!(volumes.get("a/b.txt").unwrap(), b"hello");
        assert_eq!(volumes.read(W, &path("a/b.txt"), 1, 3, &soon()).unwrap(), b"ell");
        assert_eq!(volumes.read(W, &path("a/b.txt"), 5, 3, &soon()).unwrap(), b"");
        assert_eq!(volumes.read(W, &path("a/b.txt"), u64::MAX, 3, &soon()).unwrap(), b"");
        let elsewhere = volumes.read(Volume::Tmp, &path("a/b.txt"), 0, 9, &soon());
        assert_eq!(elsewhere, Err(StorageError::NotFound));
        volumes.put("a/b.txt", b"hi");
        assert_eq!(volumes.get("a/b.txt").unwrap(), b"hi");
        let entry = volumes.stat(W, &path("a"), &soon()).unwrap();
        assert_eq!((entry.kind, entry.size), (Kind::Directory, 0));
    }
}

#[test]
fn bytes_that_nobody_wrote_are_zero() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        let at = path("sparse");
        volumes.write(W, &at, Some(3 * CHUNK + 5), b"x", &soon()).unwrap();
        let bytes = volumes.get("sparse").unwrap();
        assert_eq!(bytes.len() as u64, 3 * CHUNK + 6);
        assert_eq!(bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>(), u64::from(b'x'));
    }
}

#[test]
fn writing_nothing_at_an_offset_makes_the_file_and_leaves_its_size() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    volumes.write(W, &path("f"), Some(99), b"", &soon()).unwrap();
    assert_eq!(volumes.stat(W, &path("f"), &soon()).unwrap().size, 0);
}

#[test]
fn a_gigabyte_is_refused_and_nothing_is_half_done() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        volumes.put("f", b"old");
        let too_much = vec![0; usize::try_from(WRITE_MAX).unwrap() + 1];
        for (offset, data, error) in [
            (None, &too_much[..], StorageError::TooLarge(WRITE_MAX)),
            (Some(FILE_MAX - 1), b"xy", StorageError::TooLarge(FILE_MAX)),
            (Some(u64::MAX), b"xy", StorageError::TooLarge(FILE_MAX)),
            (Some(FILE_MAX - 1), b"x", StorageError::Quota(256 << 20)),
        ] {
            for name in ["f", "new/file"] {
                assert_eq!(
                    volumes.write(W, &path(name), offset, data, &soon()),
                    Err(error.clone())
                );
            }
        }
        assert_eq!(volumes.get("f").unwrap(), b"old");
        assert_eq!(volumes.list(), ["f"]);
    }
}

#[test]
fn the_quota_counts_all_volumes_and_is_given_back() {
    let (_folder, both) = both(VolumesQuota { bytes: 10, entries: 3 });
    for volumes in &both {
        volumes.put("a", b"12345");
        let write =
            |volume, at: &str, data: &[u8]| volumes.write(volume, &path(at), None, data, &soon());
        assert_eq!(write(Volume::Tmp, "b", b"123456"), Err(StorageError::Quota(10)));
        assert_eq!(write(Volume::Tmp, "b", b"12345"), Ok(()));
        assert_eq!(write(W, "c/d", b""), Err(StorageError::Quota(3)));
        volumes.remove(Volume::Tmp, &path("b"), &soon()).unwrap();
        assert_eq!(write(W, "c/d", b"12345"), Ok(()));
        volumes.rename(W, &path("a"), &path("c/d"), &soon()).unwrap();
        assert_eq!(write(W, "c/e", b"12345"), Ok(()));
    }
}

#[test]
fn a_file_is_no_directory_and_a_directory_is_no_file() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        volumes.put("d/f", b"");
        let write = |at: &str| volumes.write(W, &path(at), None, b"", &soon());
        assert_eq!(write("d"), Err(StorageError::Conflict));
        assert_eq!(write("d/f/g"), Err(StorageError::Conflict));
        assert!(matches!(volumes.get("d"), Err(StorageError::Invalid(_))));
        assert_eq!(volumes.list(), ["d", "d/f"]);
    }
}

#[test]
fn only_an_empty_directory_is_removed() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        volumes.put("d/f", b"");
        volumes.put("d0", b"");
        let remove = |at: &str| volumes.remove(W, &path(at), &soon());
        assert_eq!(remove("none"), Err(StorageError::NotFound));
        assert_eq!(remove("d"), Err(StorageError::Conflict));
        assert_eq!(remove("d/f"), Ok(()));
        assert_eq!(remove("d"), Ok(()));
        assert_eq!(volumes.list(), ["d0"]);
    }
}

#[test]
fn rename_moves_a_whole_subtree_and_nothing_beside_it() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        for name in ["ä/f", "ä/deep/g", "ä.txt", "ä0"] {
            volumes.put(name, name.as_bytes());
        }
        volumes.rename(W, &path("ä"), &path("x/y"), &soon()).unwrap();
        assert_eq!(volumes.list(), ["x", "x/y", "x/y/deep", "x/y/deep/g", "x/y/f", "ä.txt", "ä0"]);
        assert_eq!(volumes.get("x/y/deep/g").unwrap(), "ä/deep/g".as_bytes());
    }
}

#[test]
fn rename_replaces_a_file_and_never_a_directory() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        volumes.put("a", b"new");
        volumes.put("b", b"old");
        volumes.put("d/f", b"");
        let rename = |old: &str, new: &str| volumes.rename(W, &path(old), &path(new), &soon());
        assert_eq!(rename("none", "b"), Err(StorageError::NotFound));
        assert_eq!(rename("a", "d"), Err(StorageError::Conflict));
        assert_eq!(rename("d", "a"), Err(StorageError::Conflict));
        assert_eq!(rename("a", "b/c"), Err(StorageError::Conflict));
        assert!(matches!(rename("d", "d/f/x"), Err(StorageError::Invalid(_))));
        assert_eq!(rename("d", "d"), Ok(()));
        assert_eq!(rename("a", "b"), Ok(()));
        assert_eq!(volumes.get("b").unwrap(), b"new");
        assert_eq!(volumes.list(), ["b", "d", "d/f"]);
    }
}

#[test]
fn rename_never_makes_a_path_that_is_too_long() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    let long = ["s".repeat(250), "s".repeat(250), "s".repeat(250), "s".repeat(250)].join("/");
    volumes.put(&format!("d/{long}"), b"");
    let refused = volumes.rename(W, &path("d"), &path(&"e".repeat(50)), &soon());
    assert!(matches!(refused, Err(StorageError::Invalid(_))));
    assert!(volumes.stat(W, &path(&format!("d/{long}")), &soon()).is_ok());
}

#[test]
fn entries_come_in_byte_order_page_by_page() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        for name in ["d/b", "d/a", "d.txt", "e"] {
            volumes.put(name, b"");
        }
        let page = |prefix, cursor: Option<&str>| {
            let (entries, next) = volumes.entries(W, prefix, cursor, 2, &soon()).unwrap();
            (entries.into_iter().map(|entry| entry.path).collect::<Vec<_>>().join(" "), next)
        };
        assert_eq!(page("d", None), ("d d.txt".to_owned(), Some("d.txt".to_owned())));
        assert_eq!(page("d", Some("d.txt")), ("d/a d/b".to_owned(), None));
        assert_eq!(page("d/", None), ("d/a d/b".to_owned(), None));
        assert_eq!(page("zz", None), (String::new(), None));
        for bad in ["/", "../", "..", "a//", "a\0"] {
            assert!(volumes.entries(W, bad, None, 2, &soon()).is_err(), "{bad:?}");
        }
        assert!(volumes.entries(W, "", None, 0, &soon()).is_err());
        assert!(volumes.entries(W, "", Some("../x"), 1, &soon()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The oracle is a vector of bytes.
    #[test]
    fn any_sequence_of_writes_reads_as_in_memory(
        steps in proptest::collection::vec(
            (proptest::option::of(0..200_000usize), 1..=u8::MAX, 0..150_000usize),
            1..8,
        ),
    ) {
        let volumes = Volumes::memory(VolumesQuota::default()).unwrap();
        let mut oracle = Vec::new();
        for (offset, byte, count) in steps {
            let data = vec![byte; count];
            match offset {
                None => oracle.clone_from(&data),
                Some(_) if count == 0 => {}
                Some(offset) => {
                    oracle.resize(oracle.len().max(offset + count), 0);
                    oracle[offset..offset + count].copy_from_slice(&data);
                }
            }
            let offset = offset.map(|offset| offset as u64);
            volumes.write(W, &path("f"), offset, &data, &soon()).unwrap();
        }
        prop_assert!(volumes.get("f").unwrap() == oracle);
        let rows = volumes.ask("SELECT size, content FROM files").unwrap().rows;
        prop_assert_eq!(&rows[0][0], &Value::Integer(i64::try_from(oracle.len()).unwrap()));
        prop_assert!(rows[0][1] == Value::Blob(oracle.clone()));
        let from = oracle.len() / 3;
        let part = volumes.read(W, &path("f"), from as u64, 70_000, &soon()).unwrap();
        prop_assert!(part == oracle[from..oracle.len().min(from + 70_000)]);
    }
}
