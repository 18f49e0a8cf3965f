//! The glue between JavaScript and a world, on the real engine: every shape of type, both ways.

mod host;

use std::{fs, path::PathBuf, sync::LazyLock};

use workbooks_compilers::{Contract, glue};

use crate::{clang, support::compilers};
use host::{Code, Instance};

const WORLD: &str = include_str!("shapes.wit");
const PROGRAM: &str = include_str!("program.js");
const ECHO: &str = "shapes:guest/echo@1.2.0";

const QUICKJS: &[&str] = &["quickjs", "libregexp", "libunicode", "dtoa"];

/// What the JS lane has made of the engine's source: objects, and the folder of its header.
fn engine() -> (PathBuf, PathBuf) {
    let cache = tempfile::tempdir().unwrap();
    let toolchain = compilers(cache.path()).install("js").unwrap();
    (toolchain.path("objects"), toolchain.path("include"))
}

/// A component of a world, which gets its program from the host.
fn component(world: &str) -> Vec<u8> {
    let work = tempfile::tempdir().unwrap();
    let at = |name: &str| work.path().join(name);
    let (objects, include) = engine();
    fs::copy(include.join("quickjs.h"), at("quickjs.h")).unwrap();
    let mut linked = vec!["guest_component_type.o".to_owned()];
    for name in QUICKJS {
        linked.push(format!("{name}.o"));
        fs::copy(objects.join(format!("{name}.o")), at(&format!("{name}.o"))).unwrap();
    }
    for (name, text) in glue::SOURCES {
        fs::write(at(name), text).unwrap();
    }
    for (name, bytes) in glue::quickjs(Contract::OURS, world).unwrap() {
        fs::write(at(&name), bytes).unwrap();
    }
    fs::write(at("runtime.c"), include_str!("runtime.c")).unwrap();
    for unit in ["memory", "handles", "lower", "lift", "calls", "world", "runtime"] {
        let object = clang::compile(work.path(), &format!("{unit}.c"), FLAGS).unwrap();
        fs::write(at(&format!("{unit}.o")), object).unwrap();
        linked.push(format!("{unit}.o"));
    }
    let linked: Vec<_> = linked.iter().map(String::as_str).collect();
    let wasm = clang::link(work.path(), &linked).unwrap();
    let encoder = wit_component::ComponentEncoder::default().validate(true).module(&wasm);
    encoder.unwrap().encode().unwrap()
}

/// Ours is held to more than the engine's own source is.
const FLAGS: &[&str] = &[
    "-std=c11",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wno-unused-parameter",
    "-Wno-missing-field-initializers",
];

static CODE: LazyLock<Code> = LazyLock::new(|| Code::new(&component(WORLD)));

fn instance() -> Instance {
    CODE.instance(PROGRAM)
}

fn check(what: &str) {
    let mut instance = instance();
    let found = instance.call(None, "check", &format!("(\"{what}\")"));
    let found = found.map_err(|error| format!("{:?}: {error:#}", instance.printed()));
    assert_eq!(found, Ok(format!("ok(\"{what}\")")));
}

#[test]
fn wrong_types_are_refused_by_function_and_parameter() {
    check("refusals");
}

#[test]
fn numbers_keep_their_values_and_wrap_as_the_webs_do() {
    check("numbers");
}

#[test]
fn texts_keep_their_characters() {
    check("texts");
}

#[test]
fn lists_of_numbers_are_typed_arrays() {
    check("lists");
}

#[test]
fn every_shape_comes_back_as_it_went() {
    check("shapes");
}

#[test]
fn many_parameters_and_large_ones_go_through_memory() {
    check("memory");
}

#[test]
fn an_error_of_the_host_is_thrown_with_its_payload() {
    check("errors");
}

#[test]
fn resources_of_the_host_live_as_long_as_they_are_used() {
    check("resources");
}

#[test]
fn what_is_thrown_with_a_payload_is_the_error_of_a_function_that_has_one() {
    let mut instance = instance();
    let found = instance.call(None, "check", "(\"nothing\")");
    assert_eq!(found.unwrap(), "err(\"no check nothing\")");
    for value in ["ok(\"fine\")", "ok(\"\")", "err(denied)", "err(limit(18446744073709551615))"] {
        let found = instance.call(Some(ECHO), "outcomes", &format!("({value})"));
        assert_eq!(found.unwrap(), value);
    }
}

#[test]
fn what_is_thrown_otherwise_ends_the_instance_with_its_message() {
    let mut instance = instance();
    assert!(instance.call(Some(ECHO), "outcomes", "(err(invalid(\"x\")))").is_err());
    assert_eq!(instance.printed(), ["RangeError: unforeseen"]);
}

#[test]
fn the_host_gets_back_what_it_gives() {
    let mut instance = instance();
    let tree = "[leaf, number(-0.5), text(\"żółć\"), wide(18446744073709551615), \
                rec({a: 1, b: -9223372036854775808, c: \"\"}), \
                many([{a: 0, b: 0, c: \"x\"}]), many([])]";
    let deep = format!(
        "{{trees: {tree}, maybe: some(none), outcome: ok(some(text(\"x\"))), \
         pair: ('é', true, [\"\", \"a\"]), perms: {{read, exec-all}}, wide: {{f0, f31}}}}"
    );
    let cases = [
        ("deeps", deep.as_str()),
        ("trees", tree),
        ("trees", "[]"),
        ("floats", "-inf"),
        ("floats", "0.1"),
        ("wides", "-9223372036854775808"),
        ("permits", "{f1, f2, f30}"),
    ];
    for (function, value) in cases {
        let found = instance.call(Some(ECHO), function, &format!("({value})")).unwrap();
        assert_eq!(found.replace(' ', ""), value.replace(' ', ""), "{function}");
    }
    assert_eq!(instance.call(Some(ECHO), "nothing", "()").unwrap(), "");
    let all = "(\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"\", some(18446744073709551615))";
    let found = instance.call(Some(ECHO), "spilled", all).unwrap();
    assert_eq!(found, "\"a|b|c|d|e|f|g|h||18446744073709551615\"");
}

#[test]
fn objects_of_the_program_are_resources_of_the_host() {
    let mut instance = instance();
    let counter = instance.make("[constructor]counter", &[10u64.into()]);
    assert_eq!(instance.number("[method]counter.increment", &[counter.borrow(), 5u64.into()]), 15);
    let twin = instance.make("[method]counter.twin", &[counter.borrow()]);
    assert_eq!(instance.number("[method]counter.increment", &[twin.borrow(), 1u64.into()]), 16);
    assert_eq!(instance.number("sum", &[host::list(&[&counter, &twin, &counter])]), 46);
    let merged = instance.make("[static]counter.merge", &[host::list(&[&counter, &twin])]);
    assert_eq!(instance.number("sum", &[host::list(&[&merged])]), 31);
    let back = instance.make("back", &[host::some(&merged)]);
    assert_eq!(instance.number("sum", &[host::list(&[&back])]), 31);
    instance.drop(&back);
    let other = instance.make("[constructor]counter", &[1u64.into()]);
    assert_eq!(instance.number("sum", &[host::list(&[&other])]), 1001);
}

#[test]
fn what_is_lent_to_the_program_is_gone_when_the_call_ends() {
    let mut instance = instance();
    let found = instance.with_thing("look", "lamp", false).unwrap();
    assert_eq!(found, "\"lamp: this Thing was lent for a call and cannot be given away\"");
    let found = instance.with_thing("look", "lamp", false).unwrap();
    assert_eq!(found, "\"this Thing was disposed of or given away\"");
    assert_eq!(instance.with_thing("keep", "lamp", true).unwrap(), "\"lamp\"");
    assert_eq!(instance.alive(), 1);
}

#[test]
fn a_program_without_the_export_ends_with_its_name() {
    let mut instance = CODE.instance("export const echo = {};");
    assert!(instance.call(Some(ECHO), "nothing", "()").is_err());
    let message =
        "TypeError: the program does not export `echo` with `nothing` (shapes:guest/echo@1.2.0)";
    assert_eq!(instance.printed(), [message]);
}
