//! What a zip may not do.

use std::io::{Cursor, Write as _};

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipWriter};

use super::*;

const STORED: CompressionMethod = CompressionMethod::Stored;
const DEFLATED: CompressionMethod = CompressionMethod::Deflated;
const MALFORMED: &str = "workbooks::package::malformed";

fn zip(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*path, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(super) fn packed(package: &Package) -> Vec<u8> {
    let envelope = package.envelope.as_ref().unwrap().to_json();
    let mut files: Vec<_> = package.files.iter().collect();
    files.push((SIGNATURE, envelope.as_bytes()));
    zip(&files, DEFLATED)
}

/// Two files, `manifest.org` and `src/b`, stored.
fn plain() -> Vec<u8> {
    zip(&[(MANIFEST, b"m"), ("src/b", b"bbbb")], STORED)
}

fn find(bytes: &[u8], signature: [u8; 4], nth: usize) -> usize {
    let all = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&signature));
    all.collect::<Vec<_>>()[nth]
}

fn local(bytes: &[u8], nth: usize) -> usize {
    find(bytes, *b"PK\x03\x04", nth)
}

fn listed(bytes: &[u8], nth: usize) -> usize {
    find(bytes, *b"PK\x01\x02", nth)
}

fn end(bytes: &[u8]) -> usize {
    find(bytes, *b"PK\x05\x06", 0)
}

/// The archive with `bytes` put in at `at`, before the directory, with all offsets corrected that
/// lie at or after it.
fn insert(whole: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut all = [&whole[..at], bytes, &whole[at..]].concat();
    let moved = |all: &mut Vec<u8>, field: usize| {
        let old = u32::from_le_bytes(all[field..field + 4].try_into().unwrap());
        if old as usize >= at {
            let new = old + u32::try_from(bytes.len()).unwrap();
            all[field..field + 4].copy_from_slice(&new.to_le_bytes());
        }
    };
    for nth in 0..2 {
        let field = listed(&all, nth) + 42;
        moved(&mut all, field);
    }
    let field = end(&all) + 16;
    moved(&mut all, field);
    all
}

fn set(whole: &mut [u8], at: usize, bytes: &[u8]) {
    whole[at..at + bytes.len()].copy_from_slice(bytes);
}

#[test]
fn no_name_leads_out_or_is_another_files() {
    // The writer refuses some names itself, so one as long is written over.
    for (name, why) in NAMES {
        let stand_in = "x".repeat(name.len());
        let mut whole = zip(&[(MANIFEST, b"m"), (&stand_in, b"x")], STORED);
        for at in [local(&whole, 1) + 30, listed(&whole, 1) + 46] {
            set(&mut whole, at, name.as_bytes());
        }
        for at in [local(&whole, 1) + 7, listed(&whole, 1) + 9] {
            whole[at] = 0x08;
        }
        assert_eq!(code(read_zip(whole.as_slice())), why, "{name}");
    }
}

#[test]
fn a_name_of_no_known_encoding_is_refused() {
    let mut whole = zip(&[(MANIFEST, b"m"), ("\u{e9}", b"x")], STORED);
    assert!(read_zip(whole.as_slice()).is_ok());
    for at in [local(&whole, 1) + 7, listed(&whole, 1) + 9] {
        whole[at] = 0;
    }
    assert_eq!(code(read_zip(whole.as_slice())), MALFORMED);
}

#[test]
fn links_devices_and_encrypted_entries_are_refused() {
    for mode in [0o120_777_u32, 0o010_644, 0o140_644, 0o020_644, 0o060_644] {
        let mut whole = plain();
        let at = listed(&whole, 1) + 38;
        set(&mut whole, at, &(mode << 16).to_le_bytes());
        assert_eq!(code(read_zip(whole.as_slice())), "workbooks::package::special", "{mode:o}");
    }
    for (offset, value) in [(38, 0x10_u32), (38, 0o040_755 << 16)] {
        let mut whole = plain();
        let at = listed(&whole, 1) + offset;
        set(&mut whole, at, &value.to_le_bytes());
        assert_eq!(code(read_zip(whole.as_slice())), MALFORMED);
    }
    for flag in [1_u8, 1 << 5, 1 << 6] {
        let mut whole = plain();
        for at in [local(&whole, 1) + 6, listed(&whole, 1) + 8] {
            whole[at] |= flag;
        }
        assert_eq!(code(read_zip(whole.as_slice())), MALFORMED);
    }
}

#[test]
fn an_entry_is_what_the_directory_says_of_it() {
    // Flags, method, checksum, packed size, size, length of the name, the name: in one of them only.
    for field in [6, 8, 14, 18, 22, 26, 28, 30] {
        let mut whole = plain();
        let at = local(&whole, 1) + field;
        whole[at] ^= 2;
        assert_eq!(code(read_zip(whole.as_slice())), MALFORMED, "local {field}");
    }
    for field in [8, 10, 16, 20, 24, 28, 30, 32, 42, 46] {
        let mut whole = plain();
        let at = listed(&whole, 1) + field;
        whole[at] ^= 2;
        assert_eq!(code(read_zip(whole.as_slice())), MALFORMED, "listed {field}");
    }
    // Disks, counts, size, place, comment.
    for field in [4, 6, 8, 10, 12, 16, 20] {
        let mut whole = plain();
        let at = end(&whole) + field;
        whole[at] ^= 2;
        assert_eq!(code(read_zip(whole.as_slice())), MALFORMED, "end {field}");
    }
}

#[test]
fn each_byte_belongs_to_something() {
    let whole = plain();
    assert_eq!(insert(&whole, 9999.min(local(&whole, 1)), b""), whole);
    for at in [0, local(&whole, 1), listed(&whole, 0)] {
        let gap = insert(&whole, at, b"gap!");
        assert_eq!(code(read_zip(gap.as_slice())), MALFORMED, "{at}");
        // What no offset tells of: an archive behind a program, say.
        let gap = [&whole[..at], b"gap!", &whole[at..]].concat();
        assert_eq!(code(read_zip(gap.as_slice())), MALFORMED, "{at}");
    }
    let hidden = insert(&whole, local(&whole, 1), &whole[..local(&whole, 1)]);
    assert_eq!(code(read_zip(hidden.as_slice())), MALFORMED, "an entry that is not listed");
    for after in [b"x".as_slice(), &whole] {
        assert_eq!(code(read_zip([&whole, after].concat().as_slice())), MALFORMED);
    }
    let mut overlapping = whole.clone();
    let at = listed(&whole, 1) + 42;
    set(&mut overlapping, at, &0_u32.to_le_bytes());
    assert_eq!(code(read_zip(overlapping.as_slice())), MALFORMED);
    // A comment is allowed, but not one that is an end too.
    let comment = |text: &[u8]| {
        let mut whole = [&whole, text].concat();
        let at = end(&whole) + 20;
        set(&mut whole, at, &u16::try_from(text.len()).unwrap().to_le_bytes());
        read_zip(whole.as_slice())
    };
    assert!(comment(b"5ac1").is_ok());
    assert_eq!(code(comment(&[b"PK\x05\x06".as_slice(), &[0; 40]].concat())), MALFORMED);
}

#[test]
fn sizes_may_follow_the_data_if_they_are_its_sizes() {
    let whole = plain();
    let first = local(&whole, 0);
    let told: [u8; 12] = whole[first + 14..first + 26].try_into().unwrap();
    let with = |after: &[u8]| {
        let mut whole = insert(&whole, local(&whole, 1), after);
        let (local, listed) = (local(&whole, 0), listed(&whole, 0));
        whole[local + 6] |= 8;
        whole[listed + 8] |= 8;
        set(&mut whole, local + 14, &[0; 12]);
        read_zip(whole.as_slice())
    };
    let signed = [b"PK\x07\x08".as_slice(), &told].concat();
    assert!(with(&signed).is_ok());
    assert!(with(&told).is_ok());
    for nth in 0..12 {
        let mut other = signed.clone();
        other[4 + nth] ^= 1;
        assert_eq!(code(with(&other)), MALFORMED, "{nth}");
    }
    assert_eq!(code(with(b"")), MALFORMED);
    assert_eq!(code(with(&[signed.clone(), signed].concat())), MALFORMED);
}

#[test]
fn extra_fields_that_say_otherwise_are_refused() {
    let with = |field: &[u8]| {
        let whole = plain();
        let mut whole = insert(&whole, local(&whole, 0) + 30 + MANIFEST.len(), field);
        let at = local(&whole, 0) + 28;
        set(&mut whole, at, &u16::try_from(field.len()).unwrap().to_le_bytes());
        read_zip(whole.as_slice())
    };
    assert!(with(b"UT\x05\x00\x01\x00\x00\x00\x00").is_ok());
    assert_eq!(code(with(b"\x01\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00")), MALFORMED);
    assert_eq!(code(with(b"up\x06\x00\x01\x00\x00\x00\x00a")), MALFORMED);
    assert_eq!(code(with(b"UT\xff\x00")), MALFORMED);
    assert_eq!(code(with(b"UT")), MALFORMED);
}

#[test]
fn sizes_are_those_of_what_comes_out() {
    let text = [b'a'; 5000];
    let whole = zip(&[(MANIFEST, &text), ("b", b"b")], DEFLATED);
    assert!(read_zip(whole.as_slice()).is_ok());
    for size in [4999_u32, 5001, 0, u32::MAX] {
        let mut whole = whole.clone();
        for at in [local(&whole, 0) + 22, listed(&whole, 0) + 24] {
            set(&mut whole, at, &size.to_le_bytes());
        }
        assert!(read_zip(whole.as_slice()).is_err(), "{size}");
    }
    let mut other = zip(&[(MANIFEST, b"m"), ("b", b"b")], STORED);
    let at = local(&other, 0) + 30 + MANIFEST.len();
    other[at] ^= 1;
    assert_eq!(code(read_zip(other.as_slice())), MALFORMED, "a checksum");
}

#[test]
fn a_bomb_is_told_by_its_ratio_and_by_its_entries() {
    let bomb = zip(&[(MANIFEST, b"m"), ("zeros", &vec![0; 20 << 20])], DEFLATED);
    assert_eq!(code(read_zip(bomb.as_slice())), "workbooks::package::bomb");
}

#[test]
fn a_folder_around_and_what_begins_with_a_dot_are_left_out() {
    let whole = zip(
        &[
            ("t/manifest.org", b"m"),
            ("t/.git/config", b"x"),
            ("t/src/a.c", b"a"),
            ("__MACOSX/t/._manifest.org", b"x"),
        ],
        DEFLATED,
    );
    let paths: Vec<_> = read_zip(whole.as_slice()).unwrap().files.digests().into_keys().collect();
    assert_eq!(paths, [MANIFEST, "src/a.c"]);
}
