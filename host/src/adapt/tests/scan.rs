//! What `scan` refuses, and what it says an artifact is.

use std::fmt::Write as _;

use super::super::{AdaptError, Declared, Kind, Options, ScanLimits, adapt, scan, text_to_binary};
use super::{REVERSE, adapted, command, wasm};

fn refusal(bytes: &[u8]) -> AdaptError {
    scan(bytes, &ScanLimits::default()).unwrap_err()
}

fn kind(text: &str) -> Kind {
    scan(&wasm(text), &ScanLimits::default()).unwrap().kind
}

#[test]
fn an_empty_file_is_refused() {
    assert_eq!(refusal(b""), AdaptError::Empty);
}

#[test]
fn what_is_not_wasm_is_refused_with_its_first_bytes() {
    let AdaptError::NotWasm { begins } = refusal(b"\x7fELF\x02\x01") else { panic!() };
    assert_eq!(begins, "7f 45 4c 46 02 01");
}

#[test]
fn text_is_refused_as_text() {
    assert_eq!(refusal(b"\n  (module)"), AdaptError::Text);
    assert_eq!(refusal(b";; a comment\n(module)"), AdaptError::Text);
}

#[test]
fn a_truncated_module_is_refused_with_the_offset() {
    let whole = wasm(REVERSE);
    let cut = &whole[..whole.len() - 3];
    let AdaptError::Invalid { offset, .. } = refusal(cut) else { panic!() };
    assert!(offset > 8 && offset <= cut.len(), "{offset}");
    assert!(matches!(refusal(b"\0as"), AdaptError::Invalid { .. }));
}

#[test]
fn a_body_that_does_not_type_is_refused() {
    let bad = wasm("(module (func (result i32)))");
    assert!(matches!(refusal(&bad), AdaptError::Invalid { .. }));
    let later = ScanLimits { bodies: false, ..ScanLimits::default() };
    assert_eq!(scan(&bad, &later).unwrap().kind, Kind::Neither);
}

#[test]
fn proposals_that_the_engine_lacks_are_refused_by_name() {
    for (text, name) in [
        ("(module (memory i64 1))", "memory64"),
        ("(module (memory 1 1 shared))", "threads"),
        ("(module (import \"env\" \"memory\" (memory 1 1 shared)))", "threads"),
        ("(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))", "threads"),
        ("(module (type (struct)))", "gc"),
        ("(module (func try catch_all end))", "legacy-exceptions"),
        ("(module (memory 1 (pagesize 1)))", "custom-page-sizes"),
    ] {
        let refused = refusal(&wasm(text));
        let AdaptError::Proposal { proposal, .. } = &refused else { panic!("{text}: {refused}") };
        assert_eq!(proposal, name, "{text}");
    }
}

#[test]
fn proposals_that_the_engine_has_are_accepted() {
    for text in [
        "(module (tag $t) (func (block $h (result exnref) (try_table (catch_all_ref $h)) (return)) (throw_ref)))",
        "(module (func $f (return_call $f)))",
        "(module (memory 1) (memory 1) (func (memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 1))))",
        "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
        "(module (func (param externref) (result v128 i32) (v128.const i64x2 0 0) (i32.trunc_sat_f32_s (f32.const 1))))",
        "(module (table 1 funcref) (func $f) (elem declare func $f) (func (drop (ref.func $f))))",
    ] {
        assert_eq!(kind(text), Kind::Neither, "{text}");
    }
}

#[test]
fn ten_thousand_imports_are_refused() {
    let mut text = "(module".to_owned();
    for n in 0..10_000 {
        write!(text, "(import \"m\" \"{n}\" (func))").unwrap();
    }
    let refused = refusal(&wasm(&(text + ")")));
    assert_eq!(
        refused,
        AdaptError::TooMany { what: "imports".into(), count: 10_000, limit: 5_000 }
    );
}

#[test]
fn functions_are_counted_over_nested_modules() {
    let module = "(core module (func) (func) (func))";
    let bytes = wasm(&format!("(component {module} (component {module}))"));
    let limits = ScanLimits { functions: 5, ..ScanLimits::default() };
    let refused = scan(&bytes, &limits).unwrap_err();
    assert_eq!(refused, AdaptError::TooMany { what: "functions".into(), count: 6, limit: 5 });
    assert_eq!(scan(&bytes, &ScanLimits::default()).unwrap().functions, 6);
}

#[test]
fn deep_nesting_is_refused() {
    // Each level is the one before as a section (id 4) of a component.
    let empty = wasm("(component)");
    let nest = |levels| {
        (0..levels).fold(empty.clone(), |inner, _| {
            let mut component = wasm_encoder::Component::new();
            component.section(&wasm_encoder::RawSection { id: 4, data: &inner });
            component.finish()
        })
    };
    assert_eq!(scan(&nest(16), &ScanLimits::default()).unwrap().kind, Kind::Component);
    assert!(
        matches!(refusal(&nest(17)), AdaptError::TooMany { what, .. } if what == "levels of nesting")
    );
}

#[test]
fn an_artifact_over_the_size_limit_is_refused() {
    let limits = ScanLimits { bytes: 16, ..ScanLimits::default() };
    let refused = scan(&wasm(REVERSE), &limits).unwrap_err();
    assert!(matches!(refused, AdaptError::TooLarge { limit: 16, .. }));
}

#[test]
fn a_module_of_no_shape_says_what_it_has_and_what_is_needed() {
    let refused =
        adapted(&wasm("(module (import \"a\" \"b\" (func)) (func (export \"go\")))")).unwrap_err();
    assert!(refused.to_string().contains("`go`") && refused.to_string().contains("`a.b`"));
    let help = miette::Diagnostic::help(&refused).unwrap().to_string();
    assert!(
        help.contains("_start")
            && help.contains("process: (i32) -> i32")
            && help.contains("component")
    );
}

#[test]
fn names_of_a_guest_are_escaped_and_cut() {
    let long = "x".repeat(5_000);
    let text = format!("(module (func (export \"\\1b[31m\")) (func (export \"{long}\")))");
    let said = adapted(&wasm(&text)).unwrap_err().to_string();
    assert!(said.contains("\\u{1b}[31m") && said.contains('…') && said.len() < 400, "{said}");
}

#[test]
fn kinds_are_told_apart() {
    assert_eq!(kind(REVERSE), Kind::Kernel);
    assert_eq!(kind("(component)"), Kind::Component);
    assert_eq!(kind("(module (func (export \"_start\")))"), Kind::Command);
    let typed = super::command::typed_guest();
    assert_eq!(scan(&typed, &ScanLimits::default()).unwrap().kind, Kind::Reactor);
    assert_eq!(kind("(module (func (export \"_start\") (param i32)))"), Kind::Neither);
    assert_eq!(kind("(module)"), Kind::Neither);
}

#[test]
fn a_component_passes_unchanged_and_uncopied() {
    let bytes = wasm("(component)");
    let adapted = adapted(&bytes).unwrap();
    assert!(
        matches!(adapted.component, std::borrow::Cow::Borrowed(same) if std::ptr::eq(same, &raw const *bytes))
    );
}

#[test]
fn a_shape_other_than_declared_is_refused() {
    let options = |shape| Options { shape: Some(shape), ..Options::default() };
    let refused = adapt(&wasm(REVERSE), &options(Declared::Command)).unwrap_err();
    assert_eq!(
        refused,
        AdaptError::OtherShape { declared: "command".into(), found: "kernel".into() }
    );
    let refused = adapt(&command("", "i32.const 0"), &options(Declared::Component)).unwrap_err();
    assert_eq!(
        refused,
        AdaptError::OtherShape { declared: "component".into(), found: "command".into() }
    );
    let refused = adapt(&command("", "i32.const 0"), &options(Declared::Kernel)).unwrap_err();
    assert!(matches!(refused, AdaptError::KernelImports { .. }));
}

#[test]
fn a_mistake_in_text_has_line_column_and_span() {
    let text = "(module\n  (func\n (; é ;) (i32.nothing)))";
    let AdaptError::BadText { line, column, span, .. } =
        text_to_binary(text.as_bytes()).unwrap_err()
    else {
        panic!()
    };
    assert_eq!((line, column), (3, 11));
    assert!(text[span.offset()..].starts_with("i32.nothing"));
    let unknown = "(module (func (i32.nothing)))";
    let AdaptError::BadText { line, column, span, message, .. } =
        text_to_binary(unknown.as_bytes()).unwrap_err()
    else {
        panic!()
    };
    assert_eq!((line, column, span.offset()), (1, 16, 15));
    assert!(!message.contains('\n') && message.contains("unknown operator"), "{message}");
}

#[test]
fn text_that_is_not_utf8_is_refused_at_its_place() {
    let AdaptError::BadText { line, column, .. } = text_to_binary(b"(module\n \xff)").unwrap_err()
    else {
        panic!()
    };
    assert_eq!((line, column), (2, 2));
    assert_eq!(text_to_binary(b"").unwrap_err(), AdaptError::Empty);
    assert!(matches!(text_to_binary(b"\0asm").unwrap_err(), AdaptError::NotWasm { .. }));
}

#[test]
fn blocks_within_blocks_are_counted_before_code_is_generated() {
    let nest = |depth: usize| {
        let (open, close) = ("(loop ".repeat(depth), ")".repeat(depth));
        wasm(&format!(
            "(module (memory (export \"memory\") 1) (func (export \"_start\") {open}{close}))"
        ))
    };
    let refused = refusal(&nest(2_000));
    assert!(
        matches!(refused, AdaptError::TooMany { ref what, .. } if what == "levels of blocks within blocks"),
        "{refused:?}"
    );
    scan(&nest(1_000), &ScanLimits::default()).unwrap();
}

#[test]
fn a_component_without_the_export_of_its_shape_is_refused() {
    let component = wasm("(component)");
    for declared in [Declared::Command, Declared::Kernel] {
        let options = Options { shape: Some(declared), ..Options::default() };
        let refused = adapt(&component, &options).unwrap_err();
        assert!(matches!(refused, AdaptError::NoDoor { .. }), "{refused:?}");
    }
}
