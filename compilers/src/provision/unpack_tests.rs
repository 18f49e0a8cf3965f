//! Claims about unpacking.

use std::{fs, path::Path};

use proptest::prelude::*;
use tar::{Builder, EntryType, Header};

use super::unpack::*;
use workbooks_host::provenance::Digest;

const CAPS: Caps = Caps { entries: 10, total: 1 << 16, stream: 1 << 18 };

/// A tar archive with raw names, as an attacker would write them.
fn archive(entries: &[(&[u8], EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, data) in entries {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(*kind);
        header.set_size(data.len() as u64);
        header.set_cksum();
        builder.append(&header, *data).unwrap();
    }
    builder.into_inner().unwrap()
}

fn unpack_all(bytes: &[u8], into: &Path) -> Result<Vec<Unpacked>, UnpackError> {
    unpack(bytes, into, CAPS, |path| Some(path.into()))
}

#[test]
fn a_path_that_leaves_the_folder_is_refused() {
    let outer = tempfile::tempdir().unwrap();
    let into = outer.path().join("in");
    fs::create_dir(&into).unwrap();
    for name in ["../x", "/x", "a/../../x", "a/..", "a\\b", "a\nb", "\u{1b}[2J"] {
        let bytes = archive(&[(name.as_bytes(), EntryType::Regular, b"x")]);
        assert!(matches!(unpack_all(&bytes, &into), Err(UnpackError::Path { .. })), "{name:?}");
    }
    let bytes = archive(&[(b"\xff", EntryType::Regular, b"x")]);
    assert!(matches!(unpack_all(&bytes, &into), Err(UnpackError::Path { .. })));
    assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1);
    assert_eq!(fs::read_dir(&into).unwrap().count(), 0);
}

#[test]
fn links_and_devices_are_refused() {
    let into = tempfile::tempdir().unwrap();
    for kind in
        [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Block, EntryType::Fifo]
    {
        let bytes = archive(&[(b"x", kind, b"")]);
        assert!(
            matches!(unpack_all(&bytes, into.path()), Err(UnpackError::Special { .. })),
            "{kind:?}"
        );
    }
}

#[test]
fn a_path_that_comes_twice_is_refused() {
    let into = tempfile::tempdir().unwrap();
    let bytes = archive(&[(b"x", EntryType::Regular, b"1"), (b"./x", EntryType::Regular, b"2")]);
    assert!(matches!(unpack_all(&bytes, into.path()), Err(UnpackError::Twice { .. })));
    assert_eq!(fs::read(into.path().join("x")).unwrap(), b"1");
}

#[test]
fn more_than_the_caps_is_refused() {
    let into = tempfile::tempdir().unwrap();
    let bytes = archive(&[(b"x", EntryType::Regular, &vec![0; (1 << 16) + 1])]);
    assert!(matches!(unpack_all(&bytes, into.path()), Err(UnpackError::TooLarge { .. })));
    assert!(!into.path().join("x").exists());

    let many: Vec<_> =
        (0..11).map(|_| (b"d".as_slice(), EntryType::Directory, b"".as_slice())).collect();
    assert!(matches!(
        unpack_all(&archive(&many), into.path()),
        Err(UnpackError::TooLarge { unit: "entries", .. })
    ));

    let bytes = archive(&[(b"skipped", EntryType::Regular, &vec![7; 1 << 19])]);
    assert!(unpack(&*bytes, into.path(), CAPS, |_| None).is_err());
}

#[test]
fn only_what_is_placed_is_written_and_its_digest_is_told() {
    let into = tempfile::tempdir().unwrap();
    let bytes = archive(&[
        (b"package/a", EntryType::Regular, b"abc"),
        (b"package/b", EntryType::Regular, b"def"),
    ]);
    let got =
        unpack(&*bytes, into.path(), CAPS, |path| (path == "package/a").then(|| "deep/a".into()));
    assert_eq!(got.unwrap(), [Unpacked { path: "package/a".into(), digest: Digest::of(b"abc") }]);
    assert_eq!(fs::read(into.path().join("deep/a")).unwrap(), b"abc");
    assert_eq!(fs::read_dir(into.path()).unwrap().count(), 1);
}

#[test]
fn a_truncated_archive_is_refused() {
    let into = tempfile::tempdir().unwrap();
    let bytes = archive(&[(b"x", EntryType::Regular, &[1; 2000])]);
    assert!(matches!(unpack_all(&bytes[..1500], into.path()), Err(UnpackError::Damaged(_))));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_write_outside(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        let outer = tempfile::tempdir().unwrap();
        let into = outer.path().join("in");
        fs::create_dir(&into).unwrap();
        drop(unpack_all(&bytes, &into));
        prop_assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1);
    }

    #[test]
    fn no_name_writes_outside(name in "[./a\\\\-]{1,40}") {
        let outer = tempfile::tempdir().unwrap();
        let into = outer.path().join("in");
        fs::create_dir(&into).unwrap();
        drop(unpack_all(&archive(&[(name.as_bytes(), EntryType::Regular, b"x")]), &into));
        prop_assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1);
    }
}
