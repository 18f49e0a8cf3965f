//! Claims about what compilers say.

use proptest::prelude::*;

use super::*;

const BAD: &str = "int main(void) {\n  retrun 1;\n}\n";

fn files(path: &str, text: &str) -> BTreeMap<String, Vec<u8>> {
    [(path.to_owned(), text.as_bytes().to_vec())].into()
}

fn only(text: &str) -> SourceDiagnostic {
    let (mut found, omitted) = read(text, &Texts::of(&files("src/a.c", BAD)));
    assert_eq!((found.len(), omitted), (1, 0), "{found:?}");
    found.remove(0)
}

#[test]
fn a_place_becomes_a_span_on_the_word() {
    let got = only(
        "/build/src/a.c:2:3: error: use of undeclared identifier 'retrun'\n1 error generated.\n",
    );
    assert_eq!((got.file.as_deref(), got.line, got.column), (Some("src/a.c"), 2, 3));
    let span = got.span.unwrap();
    assert_eq!(&BAD[span.offset()..span.offset() + span.len()], "retrun");
    assert_eq!(got.to_string(), "src/a.c:2:3: use of undeclared identifier 'retrun'");
}

#[test]
fn notes_and_includes_stay_with_their_error() {
    let got = only(
        "In file included from /build/src/a.c:1:\n/build/src/h.h:3:1: fatal error: 'x.h' file not found\n\
         /build/src/h.h:9:2: note: did you mean 'y.h'?\n",
    );
    assert_eq!(got.notes, ["included from src/a.c:1", "src/h.h:9: did you mean 'y.h'?"]);
    assert!(got.text.is_none());
}

#[test]
fn the_linker_names_the_source_file() {
    let got = only("wasm-ld: error: /tmp/src/a.c.o: undefined symbol: helper\n");
    assert_eq!(got.to_string(), "src/a.c: undefined symbol: helper");
}

#[test]
fn no_terminal_escape_passes() {
    let got = only("/build/src/\u{1b}]0;x\u{7}.c:1:1: error: \u{1b}[2J\u{202e}evil");
    let shown = format!("{got} {:?}", got.file);
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
}

#[test]
fn what_the_language_lacks_is_told_with_what_to_do() {
    let lacks: Vec<Lack> = crate::find("c").unwrap().pinned().lacks.clone();
    for said in [
        "/build/src/a.c:1:1: error: cannot use 'throw' with exceptions disabled",
        "wasm-ld: error: /tmp/src/a.cpp.o: undefined symbol: __cxa_throw",
    ] {
        let mut found = [only(said)];
        explain(&mut found, &lacks);
        let help = found[0].help().unwrap().to_string();
        assert!(help.starts_with("not available: C++ exceptions; return the error"), "{help}");
    }
    let mut found = [only("/build/src/a.c:1:1: error: no")];
    explain(&mut found, &lacks);
    assert!(found[0].notes.is_empty());
}

#[test]
fn a_flood_is_counted_not_kept() {
    let text = "/build/a.c:1:1: error: x\n".repeat(1000);
    let (found, omitted) = read(&text, &Texts::of(&BTreeMap::new()));
    assert_eq!(found.len() + omitted, 1000);
    assert_eq!(found.len(), MAX_DIAGNOSTICS);
    assert!(only(&format!("error: {}", "é".repeat(100_000))).message.len() < 2100);
}

#[test]
fn a_flood_of_notes_is_cut() {
    let includes = "In file included from /build/src/a.c:1:\n".repeat(1000);
    let notes = "/build/src/a.c:1:1: note: here\n".repeat(1000);
    let got = only(&format!("{includes}/build/src/a.c:1:1: error: x\n{notes}"));
    assert_eq!(got.notes.len(), MAX_NOTES);
}

#[test]
fn diagnostics_share_the_text_of_their_file() {
    let files = files("src/a.c", BAD);
    let texts = Texts::of(&files);
    let error = "/build/src/a.c:2:3: error: x\n";
    let (one, two) = (read(&error.repeat(2), &texts).0, read(error, &texts).0);
    let text = |found: &SourceDiagnostic| found.text.clone().unwrap();
    assert!(Arc::ptr_eq(&text(&one[0]), &text(&one[1])));
    assert!(Arc::ptr_eq(&text(&one[0]), &text(&two[0])));
}

#[test]
fn a_large_file_is_named_but_not_shown() {
    let files = files("a.c", &"x".repeat(MAX_TEXT + 1));
    let (found, _) = read("/build/a.c:1:3: error: no", &Texts::of(&files));
    assert_eq!(found[0].to_string(), "a.c:1:3: no");
    assert!(found[0].text.is_none() && found[0].span.is_none());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(.|\n|error: |note: |:|/build/a.c|[0-9]{0,22}|\u{1b}){0,60}", source in ".{0,40}") {
        drop(read(&text, &Texts::of(&files("a.c", &source))));
    }

    #[test]
    fn every_span_lies_in_the_source(
        line in 0_usize..9, column in 0_usize..99, source in "([a-zéß→]|\n|\u{1b}){0,40}",
    ) {
        let text = format!("/build/a.c:{line}:{column}: error: x");
        let (found, _) = read(&text, &Texts::of(&files("a.c", &source)));
        if let Some(span) = found[0].span {
            prop_assert!(source.get(span.offset()..span.offset() + span.len()).is_some());
        }
    }
}
