//! Claims about what a query sees of bundles, whoever put them into a member.

use std::fs;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::bundle::{About, Signer};
use crate::library::Value;
use crate::provenance::SigningKey;

const PAGE: &[u8] = b"<!doctype html><body><p>page</p></body>";

/// A workspace with the member `it`, of these files.
fn place(files: &[(&str, &[u8])]) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let me = SigningKey::of(&[1; 32]).did();
    let text = format!("#+OWNER: {me}\n* it\n:PROPERTIES:\n:PATH: it\n:END:\n");
    fs::create_dir_all(place.path().join("w/it")).unwrap();
    fs::create_dir(place.path().join("scratch")).unwrap();
    fs::write(place.path().join("w/workspace.org"), text).unwrap();
    for (path, bytes) in files {
        fs::write(place.path().join("w/it").join(path), bytes).unwrap();
    }
    place
}

fn volumes(rows: &str) -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().join("v");
    let conn = Connection::open(&at).unwrap();
    conn.execute_batch(&format!(
        "CREATE TABLE vfs (volume TEXT, path TEXT, content BLOB, mtime INTEGER);
         INSERT INTO vfs VALUES {rows}"
    ))
    .unwrap();
    drop(conn);
    fs::read(at).unwrap()
}

fn bundle(rows: &str) -> Bundle {
    Bundle {
        page: PAGE.to_vec(),
        source: Some(("workbook.org".to_owned(), b"* source".to_vec())),
        volumes: Some(volumes(rows)),
        about: About { id: "it".to_owned(), ..About::default() },
    }
}

fn ask(place: &TempDir, sql: &str) -> Answer {
    let me = SigningKey::of(&[1; 32]).did();
    let library = Library::open(&place.path().join("w"), Some(me)).unwrap();
    let scratch = place.path().join("scratch");
    let answer = library.query(sql, Duration::from_mins(1), &scratch).unwrap();
    assert_eq!(fs::read_dir(scratch).unwrap().count(), 0, "nothing is left there");
    answer
}

fn texts(answer: &Answer) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        other => format!("{other:?}"),
    };
    answer.rows.rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn what_is_not_sound_or_not_what_was_signed_is_named_and_not_read() {
    let key = SigningKey::of(&[2; 32]);
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let signer = Signer { key: &key, generator: "wbx/0", now };
    let signed = bundle("('workspace', 'a', 'x', 0)").to_page(Some(&signer)).unwrap();
    let changed = String::from_utf8(signed).unwrap().replace("<p>page", "<p>Page");
    let odd = volumes("('workspace', '../../a', 'x', 0)");
    let zip = bundle("('home', 'a', 'x', 0)").to_zip(None).unwrap();
    let place = place(&[
        ("changed.html", changed.as_bytes()),
        ("odd.wbundle", &zip),
        ("no.wbundle", b"PK\x03\x04"),
        ("vfs.sqlite", &odd),
        ("plain.html", PAGE),
    ]);
    let answer = ask(&place, "SELECT path FROM files WHERE bundle <> '' OR volume <> ''");
    assert_eq!(texts(&answer), [""; 0]);
    let mut skipped: Vec<_> = answer.skipped.iter().map(|one| one.path.as_deref()).collect();
    skipped.sort_unstable();
    let names = ["changed.html", "no.wbundle", "odd.wbundle", "vfs.sqlite"];
    assert_eq!(skipped, names.map(Some));
    let all = ask(&place, "SELECT count(*) FROM files");
    assert_eq!(all.rows.rows, [[Value::Integer(5)]], "the files themselves are there");
}

#[test]
fn names_without_end_in_a_small_bundle_are_skipped_and_refuse_nobody_else() {
    // Long, all different, and packed to next to nothing.
    let names = "('tmp', '', '', 0); DELETE FROM vfs; WITH RECURSIVE n(i) AS
        (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 59000)
        INSERT INTO vfs SELECT 'tmp', replace(printf('%.3c', 'x'), 'x', printf('%.250c/', 'x')) || i, '', 0 FROM n";
    let zip = bundle(names).to_zip(None).unwrap();
    assert!(zip.len() < 4 << 20, "{}", zip.len());
    let place = place(&[("a.wbundle", &zip), ("b.wbundle", &zip), ("c.txt", b"soup")]);
    let answer = ask(&place, "SELECT path FROM files ORDER BY 1");
    assert_eq!(texts(&answer), ["a.wbundle", "b.wbundle", "c.txt"]);
    let skipped: Vec<_> = answer.skipped.iter().filter_map(|one| one.path.as_deref()).collect();
    assert_eq!(skipped, ["a.wbundle", "b.wbundle"]);
    assert!(answer.skipped.iter().all(|one| one.why.contains("names")), "{:?}", answer.skipped);
}

#[test]
fn no_bundle_is_unpacked_when_the_time_is_over() {
    let place = place(&[("b.wbundle", &bundle("('tmp', 'a', 'x', 0)").to_zip(None).unwrap())]);
    let me = SigningKey::of(&[1; 32]).did();
    let library = Library::open(&place.path().join("w"), Some(me)).unwrap();
    let scratch = place.path().join("scratch");
    let over = library.gathered(&scratch, &Stop::after(Duration::ZERO));
    assert!(matches!(over, Err(LibraryError::Query { .. })));
    let (_, skipped) = library.gathered(&scratch, &Stop::after(Duration::from_mins(1))).unwrap();
    assert_eq!(skipped, []);
}

#[test]
fn the_files_in_volumes_are_files_of_the_member() {
    let rows = "('workspace', 'notes/a.md', 'soup', 0), ('memory', 'notes/a.md', 'stew', 0),
        ('workspace', 'empty/', NULL, 0)";
    let long = format!("('tmp', 'long', zeroblob({}), 0)", QUERY_CONTENT_MAX + 1);
    let place = place(&[
        ("page.html", &bundle(rows).to_page(None).unwrap()),
        ("b.wbundle", &bundle(&long).to_zip(None).unwrap()),
        ("vfs.sqlite", &volumes("('workspace', 'x', 'y', 0)")),
        ("plain.txt", b"soup"),
    ]);
    let sql = "SELECT bundle, volume, path, CAST(content AS TEXT) FROM files
        WHERE length(content) < 9 OR volume = 'tmp' ORDER BY 1, 2, 3";
    let answer = ask(&place, sql);
    assert_eq!(
        texts(&answer),
        [
            "||plain.txt|soup",
            "b.wbundle||workbook.org|* source",
            "b.wbundle|tmp|long|Null",
            "page.html||workbook.org|* source",
            "page.html|memory|notes/a.md|stew",
            "page.html|workspace|notes/a.md|soup",
            "vfs.sqlite|workspace|x|y",
        ]
    );
    let skipped: Vec<_> = answer.skipped.iter().filter_map(|one| one.path.as_deref()).collect();
    assert_eq!(skipped, ["b.wbundle/tmp/long"]);
    let whole = ask(&place, "SELECT path FROM files WHERE bundle = 'b.wbundle' AND volume = ''");
    assert_eq!(texts(&whole), ["workbook.html", "workbook.org"], "{:?}", whole.skipped);
}
