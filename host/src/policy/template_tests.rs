//! Games with templates: what is none, and what no hole takes.

use proptest::prelude::*;

use super::*;

fn template(argv: &[&str]) -> Template {
    let argv: Vec<_> = argv.iter().map(|&text| text.to_owned()).collect();
    Template::read(&argv).unwrap()
}

fn fill(argv: &[&str], given: &[&str]) -> Result<Vec<String>, Misfit> {
    let given: Vec<_> = given.iter().map(|&text| text.to_owned()).collect();
    template(argv).fill(&given)
}

#[test]
fn what_is_no_template_is_refused() {
    for argv in [
        &["{"][..],
        &["}"],
        &["{}"],
        &["{a"],
        &["a}"],
        &["{{a}}"],
        &["{a}{b}"],
        &["{A}"],
        &["{a b}"],
        &["{a:}"],
        &["{a:path}"],
        &["{a:any:any}"],
        &["x{*}"],
        &["{*}x"],
        &["{*}", "{*}"],
        &["a\0b"],
        &["a\u{1b}b"],
    ] {
        let argv: Vec<_> = argv.iter().map(|&text| text.to_owned()).collect();
        assert!(Template::read(&argv).is_err(), "{argv:?}");
    }
}

#[test]
fn a_word_is_neither_a_flag_nor_a_path_nor_an_address() {
    let long = "x".repeat(256);
    for value in [
        "",
        "-",
        "-x",
        "--x",
        "/etc/passwd",
        "..",
        ".",
        ".x",
        "a/b",
        "~",
        "~root",
        "a:b",
        "a b",
        "a\nb",
        "a\0b",
        "$(id)",
        "`id`",
        "a;b",
        "a|b",
        "@a",
        "%a",
        "ä",
        "a\\b",
        &long,
    ] {
        assert!(fill(&["{a}"], &[value]).is_err(), "{value:?}");
    }
    for value in ["a", "1", "clip-2.webm", "1920x1080", "key=value,x", "50%", &long[..255]] {
        assert_eq!(fill(&["{a}"], &[value]).unwrap(), [value]);
    }
}

#[test]
fn text_is_no_flag_and_anything_has_no_nul() {
    let (text, any) = ("x".repeat(4097), "x".repeat(65_537));
    for value in ["-", "-x", "a\0b", "a\rb", "\u{1b}[2J", &text] {
        assert!(fill(&["{a:text}"], &[value]).is_err(), "{value:?}");
    }
    for value in ["", "/etc/passwd", "a b\n\tc", "ä", &text[..4096]] {
        assert_eq!(fill(&["{a:text}"], &[value]).unwrap(), [value]);
    }
    assert!(fill(&["{a:any}"], &["a\0b"]).is_err());
    assert!(fill(&["{a:any}"], &[&any]).is_err());
    assert_eq!(fill(&["{a:any}"], &["-x"]).unwrap(), ["-x"]);
}

#[test]
fn neither_fewer_nor_more_are_taken_than_there_are_holes() {
    assert!(matches!(fill(&["-i", "{a}"], &[]), Err(Misfit::Count(_))));
    assert!(matches!(fill(&["-i", "{a}"], &["x", "y"]), Err(Misfit::Count(_))));
    assert!(matches!(fill(&["-i"], &["x"]), Err(Misfit::Count(_))));
    assert!(matches!(fill(&["{a}", "{*}"], &[]), Err(Misfit::Count(_))));
    assert!(matches!(fill(&["{*}"], &["x"; 65]), Err(Misfit::Count(_))));
    assert!(matches!(fill(&["{*}"], &["x", "-y"]), Err(Misfit::Value { .. })));
}

#[test]
fn holes_are_filled_in_the_order_of_their_names() {
    let argv = ["-i", "{in}", "--as={kind}", "{in}.{*}x"];
    assert!(Template::read(&argv.map(str::to_owned)).is_err());
    let argv = ["-i", "{in}", "{*:any}", "--as={kind}", "{in}.bak"];
    assert_eq!(
        fill(&argv, &["a", "b", "-v", "-q"]).unwrap(),
        ["-i", "a", "-v", "-q", "--as=b", "a.bak"]
    );
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(argv in prop::collection::vec("[a{}*:b-]{0,8}", 0..4)) {
        if let Ok(template) = Template::read(&argv) {
            prop_assert_eq!(Template::read(&template.written()).unwrap(), template);
        }
    }

    #[test]
    fn no_argument_becomes_two_and_no_word_becomes_a_flag(value: String, more: String) {
        let argv = ["-x", "{a}", "{b}"].map(str::to_owned);
        if let Ok(filled) = Template::read(&argv).unwrap().fill(&[value, more]) {
            prop_assert_eq!(filled.len(), 3);
            prop_assert!(filled[1..].iter().all(|argument| !argument.starts_with('-')));
        }
    }
}
