//! What is generated, compared with files beside (`BLESS=1` writes them), and for every world.

use std::{fs, path::PathBuf};

use crate::{
    glue::{self, GlueError},
    world::{Contract, Door},
};

/// Every shape of type that WIT has for synchronous functions.
const SHAPES: &str = include_str!("../../tests/it/glue/shapes.wit");

fn golden(name: &str, found: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/glue/golden").join(name);
    #[expect(clippy::disallowed_methods, reason = "whoever tests says so")]
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, found).unwrap();
    }
    let found = String::from_utf8(found.to_owned()).unwrap();
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == found, "{} differs: BLESS=1 writes it\n{found}", path.display());
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn unsupported(function: &str) -> String {
    let world =
        format!("package a:guest;\ninterface i {{ {function} }}\nworld guest {{ import i; }}\n");
    match glue::quickjs(Contract::OURS, &world) {
        Err(error @ GlueError::Unsupported { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_javascript_has_no_form_for_is_refused_by_name() {
    assert!(unsupported("f: async func();").starts_with("i.f uses an asynchronous function"));
    assert!(unsupported("f: func(x: stream<u8>);").starts_with("i.f uses stream"));
    assert!(unsupported("f: func() -> future<u8>;").starts_with("i.f uses future"));
}

#[test]
fn a_world_with_a_tool_is_as_it_was() {
    let world = Contract::OURS.world(&words(&["kv", "exec"]), Door::Tool).unwrap();
    let files = glue::quickjs(Contract::OURS, &world).unwrap();
    assert_eq!(
        files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["world.c", "guest_component_type.o"]
    );
    golden("tool.c", &files[0].1);
    golden("tool.d.ts", &glue::dts(Contract::OURS, &world).unwrap()[0].1);
}

#[test]
fn a_world_of_all_shapes_is_as_it_was() {
    golden("shapes.c", &glue::quickjs(Contract::OURS, SHAPES).unwrap()[0].1);
    golden("shapes.d.ts", &glue::dts(Contract::OURS, SHAPES).unwrap()[0].1);
}

#[test]
fn there_is_glue_for_every_capability_and_all_together() {
    let (resolve, world) = Contract::OURS
        .resolved(
            "package workbooks:guest;\nworld guest { include workbooks:engine/engine@0.1.0-dev; }",
        )
        .unwrap();
    assert!(resolve.worlds[world].imports.len() > 20);
    let package = resolve.package_names.keys().find(|name| name.name == "engine").unwrap();
    let package = &resolve.packages[resolve.package_names[package]];
    let caps: Vec<_> = package.worlds.keys().filter_map(|name| name.strip_prefix("cap-")).collect();
    assert_eq!(caps.len(), 16);
    let generate = |caps: &[&str], door| {
        let world = Contract::OURS.world(&words(caps), door).unwrap();
        let c = glue::quickjs(Contract::OURS, &world).unwrap().remove(0).1;
        assert!(String::from_utf8(c).unwrap().contains("wbx_export(&E[0]"));
        glue::dts(Contract::OURS, &world).unwrap();
    };
    for cap in &caps {
        generate(&[cap], Door::Tool);
    }
    for door in [Door::Tool, Door::Http, Door::Tcp, Door::Run, Door::Kernel] {
        generate(&caps, door);
    }
}
