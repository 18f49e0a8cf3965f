//! What is bundled comes out again, and what a stranger made of it does not.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// What an archive holds, by name.
type Parts = Vec<(String, Vec<u8>)>;

const HTML: &[u8] = b"<!doctype html><body><p>hi</p></body>\n";

fn key() -> SigningKey {
    SigningKey::of(&[7; 32])
}

fn signer(key: &SigningKey) -> Signer<'_> {
    Signer { key, generator: "wbx/0", now: "2026-11-21T12:00:00Z".parse().unwrap() }
}

fn whole() -> Bundle {
    Bundle {
        page: HTML.to_vec(),
        source: Some(("workbook.org".to_owned(), b"* hi\n".to_vec())),
        volumes: Some(b"an SQLite file".to_vec()),
        about: About { id: "notes".into(), volumes: vec!["workspace".into()], ..About::default() },
    }
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const ABOUT: &[u8] = br#"{"id":"x","format":"wbundle/1"}"#;

#[test]
fn an_entry_that_no_bundle_has_is_refused() {
    for name in [
        "../workbook.html",
        "/etc/passwd",
        "C:\\x",
        "a/../../x",
        ".git/config",
        ".bashrc",
        "node_modules/x.js",
        "WORKBOOK.HTML",
        "workbook.html/",
        "vfs.sqlite-wal",
        "x\u{1b}[2J",
    ] {
        let zip = zip_of(&[("workbook.html", HTML), ("manifest.json", ABOUT), (name, b"x")]);
        let refused = Bundle::open(&zip).unwrap_err();
        assert!(matches!(refused, BundleError::Entry { .. }), "{name}: {refused:?}");
        assert!(!refused.to_string().contains('\u{1b}'));
    }
}

#[test]
fn what_is_no_bundle_is_refused() {
    let good = zip_of(&[("workbook.html", HTML), ("manifest.json", ABOUT)]);
    assert!(Bundle::open(&good).is_ok());
    for bad in [
        good[..good.len() - 5].to_vec(),
        b"PK\x03\x04".to_vec(),
        zip_of(&[]),
        zip_of(&[("workbook.html", HTML)]),
        zip_of(&[("manifest.json", ABOUT)]),
        zip_of(&[("workbook.html", HTML), ("manifest.json", b"{}")]),
        zip_of(&[
            ("workbook.html", HTML),
            ("manifest.json", br#"{"id":"x","format":"wbundle/2"}"#),
        ]),
        zip_of(&[
            ("workbook.html", HTML),
            ("manifest.json", br#"{"id":"x","id":"y","format":"wbundle/1"}"#),
        ]),
        zip_of(&[
            ("workbook.html", HTML),
            ("manifest.json", ABOUT),
            ("workbook.org", b""),
            ("workbook.work", b""),
        ]),
    ] {
        assert!(Bundle::open(&bad).is_err(), "{}", String::from_utf8_lossy(&bad));
    }
    assert!(matches!(Bundle::open(HTML), Err(BundleError::NoBundle)));
}

#[test]
fn a_part_that_is_sealed_is_named_and_not_taken_for_what_it_is_not() {
    let sealed = br#"{"id":"x","format":"wbundle/1","key_refs":
        {"vfs.sqlite\u001b[2J":{"key_id":"k","algo":"AES-256-GCM"}}}"#;
    let zip =
        zip_of(&[("workbook.html", HTML), ("manifest.json", sealed), ("vfs.sqlite", b"sealed")]);
    let refused = Bundle::open(&zip).unwrap_err();
    assert!(matches!(refused, BundleError::Sealed { .. }), "{refused:?}");
    let said = refused.to_string();
    assert!(said.contains("vfs.sqlite") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn an_entry_that_is_there_twice_is_refused() {
    let mut zip =
        zip_of(&[("workbook.html", HTML), ("manifest.json", ABOUT), ("workbook.orG", b"1")]);
    let of = b"workbook.orG";
    while let Some(at) = zip.windows(of.len()).position(|part| part == of) {
        zip[at..at + of.len()].copy_from_slice(b"manifest.jso");
    }
    assert!(Bundle::open(&zip).is_err());
    let mut zip =
        zip_of(&[("workbook.html", HTML), ("manifest.json", ABOUT), ("workbook.httl", b"1")]);
    let of = b"workbook.httl";
    while let Some(at) = zip.windows(of.len()).position(|part| part == of) {
        zip[at..at + of.len()].copy_from_slice(b"workbook.html");
    }
    assert!(Bundle::open(&zip).is_err());
}

#[test]
fn a_bomb_is_refused_at_its_actual_size() {
    let zeros = vec![0; (256 << 20) + 1];
    let mut zip =
        zip_of(&[("workbook.html", HTML), ("manifest.json", ABOUT), ("vfs.sqlite", &zeros)]);
    assert!(zip.len() < 1 << 20);
    assert!(matches!(Bundle::open(&zip), Err(BundleError::TooLarge { limit: 256, .. })));
    // And if it lies about its size.
    let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    while let Some(at) = zip.windows(4).position(|part| part == size) {
        zip[at..at + 4].copy_from_slice(&[1, 0, 0, 0]);
    }
    assert!(Bundle::open(&zip).is_err());
    let bundle = Bundle { volumes: Some(zeros), ..whole() };
    assert!(matches!(bundle.to_zip(None), Err(BundleError::TooLarge { .. })));
}

#[test]
fn what_the_signature_does_not_bind_is_refused() {
    let key = key();
    let zip = whole().to_zip(Some(&signer(&key))).unwrap();
    assert!(Bundle::open(&zip).unwrap().verdict.is_some());
    let parts = archive::read(&zip, &[PAGE, MANIFEST, VOLUMES, SOURCES[0]]).unwrap();
    let changed = |change: &dyn Fn(&mut Parts)| {
        let mut parts = parts.clone();
        change(&mut parts);
        Bundle::open(&archive::write(&parts).unwrap()).unwrap_err()
    };
    let of = |name: &'static str| move |(other, _): &(String, Vec<u8>)| other == name;
    assert!(matches!(
        changed(&|parts| parts.iter_mut().find(|p| of(VOLUMES)(p)).unwrap().1.push(0)),
        BundleError::Unbound
    ));
    assert!(matches!(changed(&|parts| parts.retain(|p| !of(VOLUMES)(p))), BundleError::Unbound));
    assert!(matches!(
        changed(&|parts| parts.iter_mut().find(|p| of(PAGE)(p)).unwrap().1[25] ^= 1),
        BundleError::Page(PageError::Tampered { .. })
    ));
    assert!(matches!(
        changed(&|parts| parts.iter_mut().find(|p| of(PAGE)(p)).unwrap().1 = HTML.to_vec()),
        BundleError::Stripped
    ));
    // A page that was signed alone says nothing about what was put beside it.
    let alone = page::sign(HTML, &key, &signer(&key).claim()).unwrap();
    assert!(matches!(
        changed(&|parts| parts.iter_mut().find(|p| of(PAGE)(p)).unwrap().1 = alone.clone()),
        BundleError::Unbound
    ));
}

#[test]
fn a_page_that_carries_what_was_not_signed_is_refused() {
    let key = key();
    let signed = whole().to_page(Some(&signer(&key))).unwrap();
    let other = Bundle { volumes: Some(b"another".to_vec()), ..whole() }.to_page(None).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let block = |html: &str| {
        let start = html.find("<script type=\"application/vnd").unwrap();
        let end = start + html[start..].find("</script>").unwrap() + "</script>".len();
        html[start..end].to_owned()
    };
    let slipped = text(&signed).replace(&block(&text(&signed)), &block(&text(&other)));
    assert!(matches!(
        Bundle::open(slipped.as_bytes()),
        Err(BundleError::Page(PageError::Tampered { .. }))
    ));
    let start = text(&signed).find("<script type=\"application/workbooks").unwrap();
    let end = text(&signed).find("</body>").unwrap();
    let stripped = text(&signed)[..start].to_owned() + &text(&signed)[end..];
    assert!(matches!(Bundle::open(stripped.as_bytes()), Err(BundleError::Stripped)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_bundled_comes_out_again(
        text in "[a-z <>é&\n]{0,40}",
        source in prop::option::of(prop::collection::vec(any::<u8>(), 0..99)),
        volumes in prop::option::of(prop::collection::vec(any::<u8>(), 0..99)),
        sign in any::<bool>(),
    ) {
        let key = key();
        let signer = sign.then(|| signer(&key));
        let source = source.map(|bytes| ("workbook.work".to_owned(), bytes));
        let about = About { signed: sign, ..whole().about };
        let page = format!("<body>{text}.</body>").into_bytes();
        let bundle = Bundle { page, source, volumes, about };
        for form in [bundle.to_zip(signer.as_ref()), bundle.to_page(signer.as_ref())] {
            // A page that ends in an open tag takes nothing.
            let Ok(form) = form else { continue };
            let opened = Bundle::open(&form).unwrap();
            prop_assert_eq!(&opened.bundle, &bundle);
            prop_assert_eq!(opened.verdict.is_some(), sign);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..99), at in any::<prop::sample::Index>()) {
        drop(Bundle::open(&bytes));
        let mut zip = whole().to_zip(None).unwrap();
        let at = at.index(zip.len());
        zip[at] ^= bytes.first().copied().unwrap_or(1);
        drop(Bundle::open(&zip));
    }
}
