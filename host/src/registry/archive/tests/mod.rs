//! What archives may not do, whatever their format.

mod gzip;
mod tar;
mod zip;

use proptest::prelude::*;

use super::*;
use crate::provenance::{SigningKey, Statement};
use crate::registry::SIGNATURE;

/// A package of these files and a manifest, signed.
pub(super) fn package(files: &[(&str, &[u8])]) -> Package {
    let mut all = Files::default();
    all.insert(MANIFEST, b"#+TOOLKIT: t".to_vec()).unwrap();
    for (path, bytes) in files {
        all.insert(path, bytes.to_vec()).unwrap();
    }
    let key = SigningKey::of(&[7; 32]);
    let issued = "2026-11-21T12:00:00Z".parse().unwrap();
    let statement = Statement::of(&all, "t", &semver::Version::new(1, 0, 0), &key, issued);
    Package { files: all, envelope: Some(statement.sign(&key)) }
}

/// Names that no archive may have, each under a code.
pub(super) const NAMES: [(&str, &str); 12] = [
    ("../evil", "workbooks::package::path"),
    ("src/../../evil", "workbooks::package::path"),
    ("src/..", "workbooks::package::path"),
    ("..\\evil", "workbooks::package::path"),
    ("/etc/passwd", "workbooks::package::path"),
    ("C:\\evil", "workbooks::package::path"),
    ("src//a", "workbooks::package::path"),
    ("src/./a", "workbooks::package::path"),
    ("a\u{202e}b", "workbooks::package::path"),
    ("nul.txt", "workbooks::package::path"),
    ("MANIFEST.ORG", "workbooks::package::duplicate"),
    ("manifest.org", "workbooks::package::duplicate"),
];

pub(super) fn code(read: Result<Package, PackageError>) -> String {
    let error = read.expect_err("it is refused");
    miette::Diagnostic::code(&error).expect("each has a code").to_string()
}

fn paths() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let part = "[a-zé][a-z0-9é]{0,60}";
    let path = proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join("/"));
    proptest::collection::vec((path, proptest::collection::vec(any::<u8>(), 0..2000)), 0..8)
}

proptest! {
    #[test]
    fn what_is_written_is_read(files in paths()) {
        let mut all = Files::default();
        all.insert(MANIFEST, b"m".to_vec()).unwrap();
        for (path, bytes) in files {
            // One that some system takes for another is not put in.
            drop(all.insert(&path, bytes));
        }
        let package = Package { files: all, ..package(&[]) };
        let written = write_tar(&package);
        prop_assert_eq!(&written, &write_tar(&package));
        prop_assert_eq!(read_tar(written.as_slice()).unwrap(), package);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        prop_assert!(read_tar(bytes.as_slice()).is_err());
        prop_assert!(read_tar_gz(bytes.as_slice()).is_err());
        prop_assert!(read_zip(bytes.as_slice()).is_err());
    }

    #[test]
    fn no_flipped_bit_makes_a_reader_panic(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let whole = package(&[("src/main.c", &[b'x'; 700])]);
        for (bytes, read) in [
            (write_tar(&whole), (|b| read_tar(b)) as fn(&[u8]) -> _),
            (gzip::packed(&write_tar(&whole)), |b| read_tar_gz(b)),
            (zip::packed(&whole), |b| read_zip(b)),
        ] {
            let mut bytes = bytes;
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            drop(read(&bytes));
            drop(read(&bytes[..at]));
        }
    }
}

#[test]
fn an_archive_without_a_manifest_is_no_package() {
    let files = Package::default();
    assert_eq!(code(read_tar(write_tar(&files).as_slice())), "workbooks::package::no_manifest");
}

#[test]
fn a_single_folder_that_holds_everything_is_no_part_of_the_paths() {
    let within = |prefix: &str, beside: Option<&str>| {
        let mut entries = Entries::default();
        for path in [MANIFEST, "src/main.c"] {
            entries.add(format!("{prefix}{path}"), b"x".to_vec());
        }
        if let Some(beside) = beside {
            entries.add(beside.to_owned(), Vec::new());
        }
        entries.finish()
    };
    let plain = within("", None).unwrap();
    assert_eq!(plain.files.len(), 2);
    assert_eq!(within("toolkit/", None).unwrap(), plain);
    for (prefix, beside) in [("toolkit/", Some("README")), ("a/b/", None)] {
        assert_eq!(code(within(prefix, beside)), "workbooks::package::no_manifest");
    }
}

#[test]
fn an_archive_is_read_by_its_ending_and_must_be_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let whole = package(&[("src/main.c", b"int main;")]);
    let tar = write_tar(&whole);
    for (name, bytes) in [
        ("a.tar", tar.clone()),
        ("a.tar.gz", gzip::packed(&tar)),
        ("a.tgz", gzip::packed(&tar)),
        ("a.zip", zip::packed(&whole)),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(read_archive(&path).unwrap(), whole, "{name}");
    }
    let missing = folder.path().join("b.tar");
    assert_eq!(code(read_archive(&missing)), "workbooks::package::unreadable");
    std::fs::create_dir(&missing).unwrap();
    assert_eq!(code(read_archive(&missing)), "workbooks::package::unreadable");
}

#[test]
fn a_second_signature_is_refused_however_it_is_written() {
    for name in [SIGNATURE, "TOOLKIT.intoto.jsonl"] {
        let mut entries = Entries::default();
        let envelope = package(&[]).envelope.unwrap().to_json().into_bytes();
        entries.add(MANIFEST.to_owned(), Vec::new());
        entries.add(SIGNATURE.to_owned(), envelope.clone());
        entries.add(name.to_owned(), envelope);
        assert_eq!(code(entries.finish()), "workbooks::package::duplicate");
    }
}
