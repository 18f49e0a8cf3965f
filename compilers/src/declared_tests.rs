//! Claims about the worlds that authors declare.

use std::fmt::Write as _;
use std::fs;

use miette::Diagnostic as _;
use proptest::prelude::*;

use super::*;
use crate::world::Door;

/// A toolkit with these files in its `wit/`.
fn toolkit(files: &[(&str, &str)]) -> tempfile::TempDir {
    let toolkit = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = toolkit.path().join("wit").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    toolkit
}

fn guest(files: &[(&str, &str)], caps: &[&str], world: &str) -> Result<String, WorldError> {
    let caps: Vec<_> = caps.iter().map(|&word| word.to_owned()).collect();
    Contract::OURS.guest(&caps, Some(world), &toolkit(files).path().into())
}

fn declared(files: &[(&str, &str)], caps: &[&str]) -> DeclaredError {
    match guest(files, caps, "app") {
        Err(WorldError::Declared(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// The code and what is said of each place.
fn refused(text: &str) -> (String, Vec<String>) {
    told(&declared(&[("app.wit", text)], &[]))
}

fn told(why: &DeclaredError) -> (String, Vec<String>) {
    let code = why.code().unwrap().to_string();
    let said = why.related().into_iter().flatten().map(|at| {
        let help = at.help().map(|help| format!(" [{help}]")).unwrap_or_default();
        assert!(at.to_string().starts_with("wit: ") || at.labels().is_some(), "{at}");
        format!("{at}{help}")
    });
    (code.replace("workbooks::wit::", ""), said.collect())
}

fn exports(world: &str) -> Vec<String> {
    let (resolve, id) = Contract::OURS.resolved(world).unwrap();
    let exports = resolve.worlds[id].exports.keys();
    let mut names: Vec<_> = exports.map(|key| resolve.name_world_key(key)).collect();
    names.sort();
    names
}

#[test]
fn a_world_without_a_file_is_missing_and_the_handlers_need_none() {
    let empty = tempfile::tempdir().unwrap();
    let of = |wit| Contract::OURS.guest(&[], Some(wit), &empty.path().into());
    assert!(matches!(of("app"), Err(WorldError::Declared(DeclaredError::Missing { .. }))));
    assert_eq!(of("handler-tcp").unwrap(), Contract::OURS.world(&[], Door::Tcp).unwrap());
    let none = Contract::OURS.guest(&[], None, &empty.path().into()).unwrap();
    assert_eq!(none, Contract::OURS.world(&[], Door::Tool).unwrap());
}

#[test]
fn another_world_is_refused_with_those_there_are() {
    let text = "package my:kit; world one {} world two {}";
    match declared(&[("app.wit", text)], &[]) {
        DeclaredError::UnknownWorld { known, .. } => assert_eq!(known, ["one", "two"]),
        other => panic!("{other:?}"),
    }
    let ours = guest(&[("app.wit", text)], &[], "workbooks:engine/handler-http@0.1.0-dev");
    assert!(matches!(ours, Err(WorldError::Declared(DeclaredError::UnknownWorld { .. }))));
}

#[test]
fn what_does_not_parse_has_its_place() {
    let (code, said) = refused("package my:kit;\nworld app {\n  export f: func(;\n}\n");
    assert_eq!(code, "invalid");
    assert!(said[0].starts_with("wit/app.wit:3:18: "), "{said:?}");
    let (_, said) = refused("world app {}");
    assert!(said[0].contains("package"), "{said:?}");
    let (_, said) = refused("package my:kit; world app { export f: func() -> § }");
    assert!(said[0].starts_with("wit/app.wit:1:49: "), "{said:?}");
}

#[test]
fn what_does_not_resolve_has_its_place() {
    for (text, place) in [
        (
            "package my:kit; interface a { type x = y; type y = x; } world app {}",
            "depends on itself",
        ),
        (
            "package my:kit; interface a { use b.{x}; } interface b { use a.{x}; } world app {}",
            "depends on itself",
        ),
        (
            "package my:kit; world app { include other; } world other { include app; }",
            "depends on itself",
        ),
        ("package my:kit; world app { export no:such/thing; }", "`no:such`|'no:such'"),
        ("package my:kit; interface a { f: func(x: z); } world app {}", "`z`"),
        ("package my:kit; interface a {} interface a {} world app {}", "`a`"),
    ] {
        let (code, said) = refused(text);
        assert_eq!(code, "invalid", "{text}");
        assert!(said[0].starts_with("wit/app.wit:1:"), "{said:?}");
        assert!(place.split('|').any(|place| said[0].contains(place)), "{said:?}");
    }
}

#[test]
fn packages_that_need_each_other_are_refused() {
    let files = [
        ("app.wit", "package my:kit; interface i { type x = u8; } world app { export my:dep/j; }"),
        ("deps/dep.wit", "package my:dep; interface j { use my:kit/i.{x}; f: func(x: x); }"),
    ];
    let (code, said) = told(&declared(&files, &[]));
    assert_eq!(code, "invalid");
    assert!(said[0].contains("cycle"), "{said:?}");
}

#[test]
fn packages_of_the_contract_are_refused_in_any_version() {
    let files = [
        ("app.wit", "package workbooks:mine; world app {}"),
        ("deps/io/streams.wit", "// io\npackage wasi:io@0.2.0;\ninterface streams {}"),
        ("deps/engine.wit", "package workbooks:engine@9.0.0;"),
    ];
    let (code, said) = told(&declared(&files, &[]));
    assert_eq!((code.as_str(), said.len()), ("clash", 3), "{said:?}");
    assert!(said.iter().any(|said| said.starts_with("wit/deps/io/streams.wit:2:1: ")), "{said:?}");
    assert!(said.iter().any(|said| said.contains("wasi:io@0.2.12")), "{said:?}");
    let nested =
        "package my:kit; world app {} package workbooks:engine@0.1.0-dev { interface kv {} }";
    assert_eq!(refused(nested).0, "clash");
}

#[test]
fn imports_that_the_capabilities_do_not_open_are_told_at_once() {
    let text = "package my:kit;\nworld app {\n  import workbooks:engine/kv@0.1.0-dev;\n  import mine;\n  \
                import now: func() -> u64;\n  import wasi:http/outgoing-handler@0.2.12;\n  export f: func();\n}\n\
                interface mine { g: func(); }\n";
    let (code, said) = refused(text);
    assert_eq!((code.as_str(), said.len()), ("not_opened", 5), "{said:?}");
    assert!(
        said.iter().any(|said| said.starts_with("wit/app.wit:3:") && said.contains("add `kv`")),
        "{said:?}"
    );
    assert!(
        said.iter().any(|said| said.contains("my:kit/mine") && said.contains("no capability")),
        "{said:?}"
    );
    let opened = text.replace("import mine;", "").replace("import now: func() -> u64;", "");
    guest(&[("app.wit", &opened)], &["kv", "net"], "app").unwrap();
}

#[test]
fn what_the_engine_does_not_have_is_refused_with_its_place() {
    for (ty, word) in [
        ("future<u8>", "future"),
        ("stream<u8>", "stream"),
        ("list<error-context>", "error-context"),
        ("list<u8, 4>", "fixed-length list"),
        ("map<string, u8>", "map"),
    ] {
        let (code, said) =
            refused(&format!("package my:kit;\nworld app {{\n  export f: func(x: {ty});\n}}\n"));
        assert_eq!(code, "unsupported", "{ty}");
        assert!(said[0].starts_with("wit/app.wit:3:") && said[0].contains(word), "{said:?}");
    }
    let (code, said) = refused("package my:kit; world app { export f: async func(); }");
    assert!(code == "unsupported" && said[0].contains("async"), "{said:?}");
}

#[test]
fn more_text_than_is_read_is_refused() {
    let text = format!("package my:kit; // {}\nworld app {{}}", "x".repeat(MAX_TEXT << 10));
    assert!(matches!(declared(&[("app.wit", &text)], &[]), DeclaredError::TooLarge { .. }));
}

#[test]
fn types_that_grow_or_nest_without_end_are_refused_soon() {
    let chain = |step: &dyn Fn(usize) -> String, steps: usize| {
        let mut text = "package my:kit; interface a { type t0 = u8; ".to_owned();
        for i in 0..steps {
            write!(text, "type t{} = {};", i + 1, step(i)).unwrap();
        }
        write!(text, "f: func(x: t{steps}) -> t{steps}; }} world app {{ export a; }}").unwrap();
        refused(&text)
    };
    for (code, said) in [
        chain(&|i| format!("t{i}"), 6000),
        chain(&|i| format!("list<t{i}>"), 4000),
        chain(&|i| format!("tuple<t{i}, t{i}>"), 40),
        chain(&|i| format!("option<tuple<t{i}, t{i}, t{i}, t{i}>>"), 20),
    ] {
        assert_eq!(code, "unsupported", "{said:?}");
        assert!(said[0].contains("levels") || said[0].contains("parts"), "{said:?}");
    }
    let unused = (0..60).fold("record t0 { a: u8 }".to_owned(), |text, i| {
        format!("{text} record t{} {{ a: t{i}, b: t{i} }}", i + 1)
    });
    for text in [
        format!("interface a {{ {unused} f: func(); }} world app {{ export a; }}"),
        format!("world app {{ {unused} export f: func(); }}"),
    ] {
        let (code, said) = refused(&format!("package my:kit; {text}"));
        assert_eq!(code, "unsupported", "{said:?}");
        assert!(said[0].contains("types") && said[0].contains("parts"), "{said:?}");
    }
    let nested = format!("type t = {}u8{};", "list<".repeat(9000), ">".repeat(9000));
    assert_eq!(
        refused(&format!("package my:kit; interface a {{ {nested} }} world app {{}}")).0,
        "invalid"
    );
}

#[test]
fn a_link_in_the_folder_is_refused() {
    let toolkit = toolkit(&[("app.wit", "package my:kit; world app {}")]);
    std::os::unix::fs::symlink("/etc/passwd", toolkit.path().join("wit/more.wit")).unwrap();
    let refused = Contract::OURS.guest(&[], Some("app"), &toolkit.path().into());
    assert!(matches!(refused, Err(WorldError::Declared(DeclaredError::Source(_)))), "{refused:?}");
}

const WHOLE: &[(&str, &str)] = &[
    (
        "app.wit",
        "package my:kit@1.2.0;\n/// Adds.\ninterface calc {\n  use workbooks:engine/types@0.1.0-dev.{error};\n  \
         use my:shapes/shapes.{shape};\n  /// A tally.\n  resource tally { constructor(start: u32); add: func(n: u32); \
         sum: func() -> u32; merge: static func(a: tally, b: borrow<tally>) -> tally; }\n  \
         flags marks { red, %type }\n  area: func(s: shape) -> result<f64, error>;\n}\n",
    ),
    (
        "world.wit",
        "package my:kit@1.2.0;\nworld %world {\n  include base;\n  export calc;\n  export inline: interface { ping: func(); }\n  \
         export greet: func(name: string, marks: u8) -> string;\n}\nworld base { export twice: func(x: u32) -> u32; }\n",
    ),
    (
        "deps/shapes/a.wit",
        "package my:shapes;\ninterface shapes { use sizes.{size}; variant shape { dot, box(size) } }\n",
    ),
    (
        "deps/shapes/b.wit",
        "package my:shapes;\ninterface sizes { record size { w: u32, h: u32 } }\n",
    ),
    ("deps/notes.txt", "not WIT"),
];

#[test]
fn the_authors_exports_stand_beside_what_the_capabilities_open() {
    let world = guest(WHOLE, &["kv"], "world").unwrap();
    assert_eq!(exports(&world), ["greet", "inline", "my:kit/calc@1.2.0", "twice"], "{world}");
    let (resolve, id) = Contract::OURS.resolved(&world).unwrap();
    let imports: Vec<_> =
        resolve.worlds[id].imports.keys().map(|key| resolve.name_world_key(key)).collect();
    assert!(imports.iter().any(|name| name == "workbooks:engine/kv@0.1.0-dev"), "{imports:?}");
    assert!(world.contains("/// Adds.") && world.contains("/// A tally."), "{world}");
    assert_eq!(world, guest(WHOLE, &["kv"], "my:kit/world@1.2.0").unwrap());
}

#[test]
fn there_are_c_bindings_for_a_declared_world() {
    let world = guest(WHOLE, &["kv"], "world").unwrap();
    let files = crate::bindings::for_c(Contract::OURS, &world).unwrap();
    let header = files.iter().find(|(name, _)| name == "guest.h").unwrap();
    let header = String::from_utf8_lossy(&header.1);
    for name in [
        "exports_my_kit_calc_area",
        "guest_string_t",
        "exports_my_kit_calc_own_tally_t",
        "guest_twice",
    ] {
        assert!(header.contains(name), "{name} in {header}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_it_panic(
        text in "(package |my:kit;|world |app|\\{|\\}|interface |export |import |: |func\\(|\\)|-> |list<|>|use |;|wasi:io/poll@0.2.12|[a-z%§/*\" ]){0,80}",
    ) {
        let whole = format!("package my:kit; world app {{}} {text}");
        for text in [text, whole] {
            drop(guest(&[("app.wit", &text)], &[], "app"));
        }
    }
}
