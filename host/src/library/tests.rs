//! What is given out and taken back, on a disk: refusals first.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::provenance::{Did, SigningKey};

/// A workspace with the member `mine` (write, a folder), `look` (read) and `page` (write, a file).
struct Place(TempDir);

fn me() -> Did {
    SigningKey::of(&[1; 32]).did()
}

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let member = |title: &str, path: &str, scope: &str| {
            format!("* {title}\n:PROPERTIES:\n:PATH: {path}\n:SCOPE: {scope}\n:END:\n")
        };
        let text = format!("#+OWNER: {}\n", me())
            + &member("mine", "in/mine", "write")
            + &member("look", "look", "read")
            + &member("page", "page.html", "write");
        place
            .write("w/workspace.org", &text)
            .write("w/in/mine/workbook.html", "<p>one</p>")
            .write("w/in/mine/data/rows.csv", "1,2")
            .write("w/in/mine/.git/config", "theirs")
            .write("w/look/a.txt", "a")
            .write("w/page.html", "<p>page</p>")
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(self, path: &str, text: &str) -> Self {
        write(&self.path(path), text);
        self
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn library(&self) -> Library {
        Library::open(&self.path("w"), Some(me())).unwrap()
    }

    fn checkout(&self, id: &str) -> Result<Checkout, LibraryError> {
        self.library().checkout(id, &self.path("out"))
    }

    fn checkin(&self, id: &str) -> Result<Checkin, LibraryError> {
        self.library().checkin(id, &self.path("out"), |_, _| Ok(None))
    }

    /// Names in the folder above a member: nothing is left there.
    fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.path("w/in")).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn nobody_else_may_read_and_no_reader_may_write() {
    let place = Place::new();
    for who in [None, Some(SigningKey::of(&[2; 32]).did())] {
        let library = Library::open(&place.path("w"), who).unwrap();
        let refused = library.checkout("mine", &place.path("out"));
        assert!(matches!(refused, Err(LibraryError::Refused { action: "read", .. })));
        assert!(!place.path("out").exists());
    }
    place.checkout("look").unwrap();
    write(&place.path("out/a.txt"), "b");
    let refused = place.checkin("look");
    assert!(matches!(refused, Err(LibraryError::Refused { action: "write", .. })), "{refused:?}");
    assert_eq!(place.read("w/look/a.txt"), "a");
    assert!(matches!(place.checkout("nope"), Err(LibraryError::Unknown { .. })));
}

#[test]
fn no_link_of_a_member_is_followed() {
    let place = Place::new().write("secret/key", "k");
    symlink(place.path("secret/key"), place.path("w/look/link")).unwrap();
    assert!(matches!(place.checkout("look"), Err(LibraryError::Special { .. })));
    fs::remove_file(place.path("w/look/link")).unwrap();
    fs::rename(place.path("w/look"), place.path("elsewhere")).unwrap();
    symlink(place.path("secret"), place.path("w/look")).unwrap();
    assert!(matches!(place.checkout("look"), Err(LibraryError::Special { .. })));
    fs::rename(place.path("w/in"), place.path("in")).unwrap();
    symlink(place.path("in"), place.path("w/in")).unwrap();
    assert!(matches!(place.checkout("mine"), Err(LibraryError::Special { .. })));
    assert!(!place.path("out").exists());
}

#[test]
fn no_link_of_a_checkout_is_taken_and_no_pipe_is_waited_for() {
    let place = Place::new().write("secret", "k");
    place.checkout("mine").unwrap();
    symlink(place.path("secret"), place.path("out/link")).unwrap();
    assert!(matches!(place.checkin("mine"), Err(LibraryError::Special { .. })));
    fs::remove_file(place.path("out/link")).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let pipe = place.path("out/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert!(matches!(place.checkin("mine"), Err(LibraryError::Special { .. })));
    assert_eq!(place.read("w/in/mine/workbook.html"), "<p>one</p>");
}

#[test]
fn a_checkout_takes_no_place_that_is_taken_or_a_members() {
    let place = Place::new().write("out/x", "x");
    assert!(matches!(place.checkout("mine"), Err(LibraryError::Taken { .. })));
    let within = place.library().checkout("mine", &place.path("w/look/new"));
    assert!(matches!(within, Err(LibraryError::Within { .. })), "{within:?}");
    let itself = place.library().checkout("mine", &place.path("w/in/mine"));
    assert!(matches!(itself, Err(LibraryError::Taken { .. })), "{itself:?}");
}

#[test]
fn what_somebody_else_changed_is_not_overwritten() {
    for change in ["data/rows.csv", "data/new.csv"] {
        let place = Place::new();
        place.checkout("mine").unwrap();
        write(&place.path("out/workbook.html"), "<p>two</p>");
        write(&place.path("w/in/mine").join(change), "theirs");
        let refused = place.checkin("mine");
        assert!(matches!(refused, Err(LibraryError::Changed { .. })), "{refused:?}");
        assert_eq!(place.read("w/in/mine/workbook.html"), "<p>one</p>");
        assert_eq!(place.read(&format!("w/in/mine/{change}")), "theirs");
        assert_eq!(place.beside(), ["mine"]);
    }
}

#[test]
fn what_is_no_checkout_of_the_member_is_refused() {
    let place = Place::new().write("out/workbook.html", "<p>two</p>");
    assert!(matches!(place.checkin("mine"), Err(LibraryError::NoCheckout { .. })));
    for record in ["", "{}", "{\"member\":\"look\",\"kind\":\"folder\",\"digest\":\"00\"}"] {
        write(&place.path("out").join(CHECKOUT), record);
        assert!(matches!(place.checkin("mine"), Err(LibraryError::NoCheckout { .. })), "{record}");
    }
    fs::remove_dir_all(place.path("out")).unwrap();
    place.checkout("page").unwrap();
    assert!(matches!(place.checkin("mine"), Err(LibraryError::NoCheckout { .. })));
}

#[test]
fn a_member_that_is_one_file_takes_no_other() {
    let place = Place::new();
    place.checkout("page").unwrap();
    write(&place.path("out/page.html"), "<p>two</p>");
    write(&place.path("out/more.html"), "x");
    assert!(matches!(place.checkin("page"), Err(LibraryError::OneFile { .. })));
    fs::remove_file(place.path("out/more.html")).unwrap();
    assert_eq!(place.checkin("page").unwrap().changed, ["page.html"]);
    assert_eq!(place.read("w/page.html"), "<p>two</p>");
}

#[test]
fn a_page_that_cannot_be_signed_changes_nothing() {
    let place = Place::new();
    place.checkout("mine").unwrap();
    write(&place.path("out/workbook.html"), "<p>two</p>");
    let refused =
        place.library().checkin("mine", &place.path("out"), |_, _| Err("no key".to_owned()));
    assert!(matches!(refused, Err(LibraryError::Sign { .. })));
    assert_eq!(place.read("w/in/mine/workbook.html"), "<p>one</p>");
}

#[test]
fn all_files_come_back_at_once_and_what_is_hidden_stays() {
    let place = Place::new();
    let given = place.checkout("mine").unwrap();
    assert_eq!((given.files, &given.left_out[..]), (2, &[".git".to_owned()][..]));
    assert!(!place.path("out/.git").exists());
    fs::set_permissions(place.path("w/in/mine"), fs::Permissions::from_mode(0o750)).unwrap();

    write(&place.path("out/workbook.html"), "<p>two</p>");
    write(&place.path("out/more/notes.org"), "* One");
    write(&place.path("out/.git/hooks/evil"), "x");
    fs::remove_file(place.path("out/data/rows.csv")).unwrap();
    let signed = |page: &[u8], _: Option<&[u8]>| Ok(Some([page, b"<!-- signed -->"].concat()));
    let done = place.library().checkin("mine", &place.path("out"), signed).unwrap();
    assert_eq!(done.added, ["more/notes.org"]);
    assert_eq!(done.changed, ["workbook.html"]);
    assert_eq!(done.removed, ["data/rows.csv"]);
    assert_eq!(done.left_out, [".git"]);
    assert_eq!(done.signed.as_deref(), Some("workbook.html"));

    assert_eq!(place.read("w/in/mine/workbook.html"), "<p>two</p><!-- signed -->");
    assert_eq!(place.read("w/in/mine/more/notes.org"), "* One");
    assert_eq!(place.read("w/in/mine/.git/config"), "theirs");
    assert!(!place.path("w/in/mine/.git/hooks").exists());
    assert!(!place.path("w/in/mine/data/rows.csv").exists());
    assert_eq!(fs::metadata(place.path("w/in/mine")).unwrap().permissions().mode() & 0o777, 0o750);
    assert_eq!(place.beside(), ["mine"]);

    // The checkout goes on from there.
    write(&place.path("out/more/notes.org"), "* Two");
    let again = place.library().checkin("mine", &place.path("out"), signed).unwrap();
    assert_eq!((&again.changed[..], again.signed), (&["more/notes.org".to_owned()][..], None));
}

#[test]
fn one_query_sees_what_may_be_read_and_says_what_it_did_not_see() {
    let place = Place::new().write("w/look/b.txt", &"b".repeat(QUERY_CONTENT_MAX + 1));
    let ask = |sql: &str| place.library().query(sql, Duration::from_mins(1), place.0.path());
    for sql in ["", "DELETE FROM files", "SELECT * FROM sqlite_schema"] {
        assert!(matches!(ask(sql), Err(LibraryError::Query { .. })), "{sql}");
    }
    let found = ask("SELECT member, path, length(content) FROM files ORDER BY 1, 2").unwrap();
    let cells = |row: &Vec<Value>| match &row[..] {
        [Value::Text(member), Value::Text(path), length] => {
            (member.clone(), path.clone(), length.clone())
        }
        other => panic!("{other:?}"),
    };
    let row = |member: &str, path: &str, length| (member.to_owned(), path.to_owned(), length);
    assert_eq!(
        found.rows.rows.iter().map(cells).collect::<Vec<_>>(),
        [
            row("look", "a.txt", Value::Integer(1)),
            row("look", "b.txt", Value::Null),
            row("mine", "data/rows.csv", Value::Integer(3)),
            row("mine", "workbook.html", Value::Integer(10)),
            row("page", "page.html", Value::Integer(11)),
        ]
    );
    let skipped = |answer: &Answer| -> Vec<_> {
        answer.skipped.iter().map(|s| (s.member.clone(), s.path.clone())).collect()
    };
    assert_eq!(skipped(&found), [("look".to_owned(), Some("b.txt".to_owned()))]);

    fs::remove_dir_all(place.path("w/in/mine")).unwrap();
    let nobody = Library::open(&place.path("w"), None).unwrap();
    let found =
        nobody.query("SELECT count(*) FROM files", Duration::from_mins(1), place.0.path()).unwrap();
    assert_eq!((found.rows.rows, found.skipped.len()), (vec![vec![Value::Integer(0)]], 3));
    let missing = ask("SELECT DISTINCT member FROM files").unwrap();
    assert!(skipped(&missing).contains(&("mine".to_owned(), None)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_is_put_into_a_checkout_is_the_member_afterwards(
        files in proptest::collection::btree_map("[a-c]{1,2}(/[d-f]{1,2})?", "[a-z]{0,4}", 0..6),
    ) {
        // A file and a folder cannot have one name.
        let clash = |path: &String| files.keys().any(|other| other.starts_with(&format!("{path}/")));
        prop_assume!(!files.keys().any(clash));
        let place = Place::new();
        place.checkout("mine").unwrap();
        fs::remove_dir_all(place.path("out/data")).unwrap();
        fs::remove_file(place.path("out/workbook.html")).unwrap();
        for (path, text) in &files {
            write(&place.path("out").join(path), text);
        }
        place.checkin("mine").unwrap();
        let library = place.library();
        let taken = library.read(library.find("mine").unwrap()).unwrap();
        let found: std::collections::BTreeMap<_, _> = taken
            .files
            .iter()
            .map(|(path, bytes)| (path.to_owned(), String::from_utf8(bytes.to_vec()).unwrap()))
            .collect();
        prop_assert_eq!(found, files);
        prop_assert_eq!(place.read("w/in/mine/.git/config"), "theirs");
    }
}
