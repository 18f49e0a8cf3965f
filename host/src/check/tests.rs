//! Mismatches of generated components, refusals first.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::ManglingAndAbi;

use super::*;

/// The contract with one more package, in which `E` stands for the contract's and `V` for its version.
fn world(text: &str) -> (Resolve, WorldId) {
    let mut resolve = Resolve::default();
    resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")).unwrap();
    let (package, version) = world::PACKAGE.split_once('@').unwrap();
    let text = text.replace("E/", &format!("{package}/")).replace("@V", &format!("@{version}"));
    of(resolve, &text)
}

fn of(mut resolve: Resolve, text: &str) -> (Resolve, WorldId) {
    let id = resolve.push_str("own.wit", text).unwrap();
    let world = resolve.select_world(&[id], Some("w")).unwrap();
    (resolve, world)
}

fn guest((resolve, world): &(Resolve, WorldId)) -> Vec<u8> {
    let mut module = dummy_module(resolve, *world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, resolve, *world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// Mismatches between a guest of one world and another world, as text.
fn between(guest_world: &(Resolve, WorldId), other: &(Resolve, WorldId)) -> Vec<String> {
    let found = check(&guest(guest_world), &other.0, other.1).unwrap();
    found.iter().map(ToString::to_string).collect()
}

const KV: &str = "package t:t; world w { include E/base@V; include E/cap-kv@V; export E/tool@V; }";

#[test]
fn an_import_beyond_the_world_is_named_with_every_capability_that_opens_it() {
    let wanted = world(
        "package t:t; world w { include E/cap-posix@V; import wasi:sockets/network@0.2.12; import thing: func(); }",
    );
    let (resolve, own) = world(KV);
    let found = check(&guest(&wanted), &resolve, own).unwrap();
    let owners: Vec<_> = found
        .iter()
        .filter_map(|mismatch| match mismatch {
            Mismatch::NotInWorld { import, capabilities } => {
                Some((base_name(import), capabilities.join(" ")))
            }
            _ => None,
        })
        .collect();
    assert!(owners.contains(&("workbooks:engine/posix", "posix".into())), "{owners:?}");
    assert!(owners.contains(&("wasi:sockets/network", "tcp udp".into())), "{owners:?}");
    assert!(owners.contains(&("thing", String::new())), "{owners:?}");
    assert!(
        found
            .iter()
            .any(|m| matches!(m, Mismatch::MissingExport { export } if export.contains("/tool@")))
    );
}

#[test]
fn all_mismatches_of_an_interface_are_listed_and_not_the_first() {
    let theirs = |body: &str| {
        let text = format!(
            "package a:b@1.2.0; interface i {{ resource r; {body} }} world w {{ import i; }}"
        );
        of(Resolve::default(), &text)
    };
    let ours = theirs("f: func(a: u32) -> result<string>; g: func(x: borrow<r>); k: func();");
    let found = between(
        &theirs("f: func(a: u64) -> result<string>; g: func(x: own<r>); h: func();"),
        &ours,
    );
    assert_eq!(
        found,
        [
            "`f` of `a:b/i@1.2.0` is `func(a: u64) -> result<string, _>`, and in its world `func(a: u32) -> result<string, _>`",
            "`g` of `a:b/i@1.2.0` is `func(x: own<a:b/i.r>)`, and in its world `func(x: borrow<a:b/i.r>)`",
            "`a:b/i@1.2.0` has no function `h` in this host",
        ]
    );
    assert_eq!(between(&theirs("k: func();"), &ours), [""; 0], "fewer imports are fine");
    assert_eq!(
        between(&theirs("resource s;"), &ours),
        ["`s` of `a:b/i@1.2.0` is `resource`, and in its world `nothing`",]
    );
}

#[test]
fn an_export_that_lacks_a_function_or_has_another_type_is_told() {
    let theirs = |body: &str| {
        of(
            Resolve::default(),
            &format!(
                "package a:b; interface i {{ {body} }} world w {{ export i; export run: func(); }}"
            ),
        )
    };
    let found = between(&theirs("f: func() -> u8;"), &theirs("f: func() -> s8; g: func();"));
    assert_eq!(
        found,
        [
            "`f` of `a:b/i` is `func() -> u8`, and in its world `func() -> s8`",
            "`a:b/i` has no function `g` in it",
        ]
    );
    assert_eq!(
        between(&theirs("f: func(); g: func();"), &theirs("f: func();")),
        [""; 0],
        "more exports are fine"
    );
    let run = of(Resolve::default(), "package a:b; world w { export run: func(a: u8); }");
    assert_eq!(
        between(&theirs("f: func();"), &run),
        ["`run` is `func()`, and in its world `func(a: u8)`",]
    );
}

#[test]
fn resources_of_two_interfaces_differ_though_they_have_one_name() {
    let text = |used: &str| {
        format!(
        "package a:b; interface i {{ resource r; }} interface j {{ resource r; }}
         interface k {{ use {used}.{{r}}; f: func() -> own<r>; }} world w {{ import k; import i; import j; }}"
    )
    };
    let (i, j) = (of(Resolve::default(), &text("i")), of(Resolve::default(), &text("j")));
    assert_eq!(
        between(&i, &j),
        ["`f` of `a:b/k` is `func() -> own<a:b/i.r>`, and in its world `func() -> own<a:b/j.r>`",]
    );
    assert_eq!(between(&i, &i), [""; 0]);
}

#[test]
fn another_patch_matches_and_another_minor_is_a_version() {
    let at = |version: &str| {
        of(
            Resolve::default(),
            &format!(
                "package wasi:io@{version}; interface poll {{ f: func(); }} world w {{ import poll; export poll; }}"
            ),
        )
    };
    assert_eq!(between(&at("0.2.3"), &at("0.2.12")), [""; 0]);
    assert_eq!(
        between(&at("0.3.0"), &at("0.2.12")),
        [
            "`wasi:io/poll@0.3.0` is not the version that this host has: `wasi:io/poll@0.2.12`",
            "`wasi:io/poll@0.3.0` is not the version that this host has: `wasi:io/poll@0.2.12`",
        ]
    );
}

#[test]
fn a_guest_fits_its_own_world() {
    for row in world::CAPABILITIES {
        let own = world(&KV.replace("cap-kv", &format!("cap-{}", row.name)));
        assert_eq!(between(&own, &own), [""; 0], "{}", row.name);
    }
}

#[test]
fn a_component_for_every_world_of_the_contract_fits_it() {
    let (resolve, _) = world(KV);
    let engine = resolve
        .package_names
        .values()
        .copied()
        .find(|id| resolve.packages[*id].worlds.contains_key("engine"))
        .unwrap();
    for (name, id) in &resolve.packages[engine].worlds {
        let own = (resolve.clone(), *id);
        assert_eq!(between(&own, &own), [""; 0], "{name}");
    }
}

#[test]
fn what_is_no_component_is_no_mismatch_but_an_error() {
    let (resolve, id) = world(KV);
    assert!(matches!(check(b"", &resolve, id), Err(CheckError::Artifact(_))));
    let module = crate::adapt::text_to_binary(
        b"(module (memory (export \"memory\") 1) (func (export \"_start\")))",
    )
    .unwrap();
    assert!(matches!(
        check(&module, &resolve, id),
        Err(CheckError::NotAComponent { found: "command" })
    ));
    let whole = guest(&world(KV));
    assert!(check(&whole[..100], &resolve, id).is_err());
    for end in (0..whole.len()).step_by(13) {
        // Some ends are valid components with fewer sections; none may panic.
        drop(check(&whole[..end], &resolve, id));
    }
}

#[test]
fn a_type_that_doubles_on_each_level_is_cut() {
    // 11 levels of three: as many as the validator takes.
    let levels = (1..12).fold(String::new(), |text, n| {
        let below = n - 1;
        text + &format!("type t{n} = tuple<t{below}, t{below}, t{below}>;")
    });
    let text = format!(
        "package a:b; interface i {{ type t0 = u8; {levels} f: func(a: t11); }} world w {{ import i; }}"
    );
    let ours = of(
        Resolve::default(),
        "package a:b; interface i { f: func(a: u8); } world w { import i; }",
    );
    let found = check(&guest(&of(Resolve::default(), &text)), &ours.0, ours.1).unwrap();
    let [Mismatch::Shape { have, want, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(want, "func(a: u8)");
    assert!(have.len() < 300 && have.ends_with('…'), "{have}");
}

/// A component that imports a function of a list of a list of … , `levels` deep.
fn deep(levels: u32) -> Vec<u8> {
    use wasm_encoder::{
        Component, ComponentImportSection, ComponentTypeRef, ComponentTypeSection,
        ComponentValType, PrimitiveValType,
    };
    let mut types = ComponentTypeSection::new();
    types.defined_type().list(ComponentValType::Primitive(PrimitiveValType::U8));
    for level in 0..levels {
        types.defined_type().list(ComponentValType::Type(level));
    }
    types.function().params([("a", ComponentValType::Type(levels))]).result(None);
    let mut imports = ComponentImportSection::new();
    imports.import("f", ComponentTypeRef::Func(levels + 1));
    let mut component = Component::new();
    component.section(&types);
    component.section(&imports);
    component.finish()
}

#[test]
fn a_type_of_many_levels_is_answered_on_a_small_stack() {
    let check_all = || {
        let (resolve, id) = world(KV);
        for levels in [90, 500, 5_000, 50_000, 900_000] {
            drop(check(&deep(levels), &resolve, id));
        }
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(check_all).unwrap().join().unwrap();
}

#[test]
fn a_printed_world_is_the_same_world_alone() {
    let own = world(KV);
    let text = print_world(&own.0, own.1).unwrap();
    assert!(text.contains("import workbooks:engine/kv@0.1.0-dev;"), "{text}");
    assert!(text.contains("/// Durable pairs of the tenant"), "docs are kept");
    assert!(!text.contains("interface vfs") && !text.contains("sockets"), "{text}");
    let again = of(Resolve::default(), &text);
    assert_eq!(between(&own, &again), [""; 0]);
    assert_eq!(between(&again, &own), [""; 0]);
}
