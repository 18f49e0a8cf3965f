//! Archives of toolkits, and bundles of workbooks.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use workbooks_host::bundle::{About, Bundle, Signer};
use workbooks_host::provenance::{Files, SigningKey, Statement, Timestamp};
use workbooks_host::registry::archive::{read_tar, read_tar_gz, read_zip, write_tar};
use workbooks_host::registry::{ARTIFACT, MANIFEST, Package, PackageError};

use super::accepted;

pub(super) fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().expect("a time")
}

pub(super) fn key() -> SigningKey {
    SigningKey::of(&[7; 32])
}

/// `echo` 1.0.0, signed.
pub(super) fn package() -> Package {
    let mut files = Files::default();
    for (path, bytes) in [
        (MANIFEST, &b"#+TOOLKIT: echo\n#+VERSION: 1.0.0\n"[..]),
        (ARTIFACT, b"\0asm\x01\0\0\0"),
        ("src/main.c", b"int main(void) { return 0; }"),
    ] {
        files.insert(path, bytes.to_vec()).expect("a path and some bytes");
    }
    let version = "1.0.0".parse().expect("a version");
    let statement = Statement::of(&files, "echo", &version, &key(), now());
    Package { envelope: Some(statement.sign(&key())), files }
}

fn read(came: Result<Package, PackageError>) -> bool {
    let Some(package) = accepted(came) else { return false };
    assert_eq!(read_tar(write_tar(&package).as_slice()).expect("it was written"), package);
    true
}

pub(super) fn tars() -> Vec<Vec<u8>> {
    vec![write_tar(&package())]
}

/// As it is, and with the checksum of each block as if it were a header, so that what is changed is
/// looked at.
pub(super) fn tar(bytes: &[u8]) -> bool {
    let as_it_is = read(read_tar(bytes));
    let mut bytes = bytes.to_vec();
    for block in bytes.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    read(read_tar(bytes.as_slice())) || as_it_is
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory takes everything");
    packed.finish().expect("memory takes everything")
}

pub(super) fn tar_gzs() -> Vec<Vec<u8>> {
    vec![gzip(&write_tar(&package())), gzip(&[0; 4096])]
}

pub(super) fn tar_gz(bytes: &[u8]) -> bool {
    read(read_tar_gz(bytes))
}

/// Zips that have what a toolkit has, stored and deflated: made by the writer of bundles, under its
/// own names.
pub(super) fn zips() -> Vec<Vec<u8>> {
    // One stored entry, `manifest.org`, without content.
    let name = b"manifest.org";
    let mut stored = b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0".to_vec();
    stored.extend([0; 12]);
    stored.extend([12, 0, 0, 0]);
    stored.extend(name);
    let start = u32::try_from(stored.len()).expect("few bytes");
    stored.extend(b"PK\x01\x02\x14\x03\x14\0\0\0\0\0\0\0\x21\0");
    stored.extend([0; 12]);
    stored.extend([12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa4, 0x81, 0, 0, 0, 0]);
    stored.extend(name);
    let size = u32::try_from(stored.len()).expect("few bytes") - start;
    stored.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    stored.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    stored.extend([0, 0]);
    [vec![stored], bundles()].concat()
}

pub(super) fn zip(bytes: &[u8]) -> bool {
    read(read_zip(bytes))
}

pub(super) fn bundles() -> Vec<Vec<u8>> {
    let bundle = Bundle {
        page: b"<!doctype html><body><p>hello</p></body>\n".to_vec(),
        source: Some(("workbook.org".to_owned(), b"* hello\n".repeat(20))),
        volumes: None,
        about: About { id: "notes".to_owned(), ..About::default() },
    };
    let key = key();
    let signer = Signer { key: &key, generator: "fuzz", now: now() };
    vec![
        bundle.to_zip(None).expect("a zip"),
        bundle.to_zip(Some(&signer)).expect("a zip"),
        bundle.to_page(Some(&signer)).expect("a page"),
    ]
}

pub(super) fn bundle(bytes: &[u8]) -> bool {
    let Some(opened) = accepted(Bundle::open(bytes)) else { return false };
    let again = opened.bundle.to_zip(None).expect("what was read can be written");
    assert!(Bundle::open(&again).is_ok(), "what was written is read");
    true
}
