//! What is generated, compared with files beside (`BLESS=1` writes them), and for every world.

use std::{fs, path::PathBuf};

use wit_parser::{
    SizeAlign, Type, TypeDefKind,
    abi::{FlatTypes, WasmType},
};

use crate::{
    glue::{self, GlueError, abi::Layout, names},
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

#[test]
fn layouts_are_those_of_the_canonical_abi() {
    let all =
        "package workbooks:guest;\nworld guest { include workbooks:engine/engine@0.1.0-dev; }";
    for world in [all, SHAPES] {
        let (resolve, _) = Contract::OURS.resolved(world).unwrap();
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve);
        let types = resolve.types.iter().filter(|(_, def)| {
            !matches!(
                def.kind,
                TypeDefKind::Resource | TypeDefKind::Stream(_) | TypeDefKind::Future(_)
            )
        });
        for ty in types.map(|(id, _)| Type::Id(id)) {
            let alias = names::aliased(&resolve, ty);
            if matches!(alias, Type::Id(id) if resolve.types[id].kind == TypeDefKind::Resource) {
                continue;
            }
            let mut flat = vec![WasmType::I32; 1000];
            let mut flat = FlatTypes::new(&mut flat);
            assert!(resolve.push_flat(&ty, &mut flat));
            let theirs = (
                sizes.size(&ty).size_wasm32(),
                sizes.align(&ty).align_wasm32(),
                flat.to_vec().len(),
            );
            let ours = Layout::new(&resolve, ty);
            assert_eq!((ours.size as usize, ours.align as usize, ours.flat as usize), theirs);
        }
    }
}

#[test]
fn stubs_of_python_have_the_names_that_the_engine_has() {
    let world =
        Contract::OURS.world(&words(&["kv", "exec", "llm", "parallel"]), Door::Tool).unwrap();
    let files = glue::pyi(Contract::OURS, &world).unwrap();
    let of = |name: &str| {
        let file = files.iter().find(|(path, _)| path == &format!("workbooks/{name}.pyi"));
        String::from_utf8(file.unwrap_or_else(|| panic!("{name}")).1.clone()).unwrap()
    };
    for (file, line) in [
        ("__init__", "from . import kv as kv"),
        ("kv", "def get(key: str) -> bytes | None:"),
        ("exec", "    def spawn(cls, request: types.CommandRequest) -> Process:"),
        ("exec", "    def status(self) -> int | None:"),
        ("exec", "    def stdin(self) -> _wasi_io_streams.OutputStream:"),
        ("llm", "class Part_Text:"),
        ("llm", "Part = Part_Text | Part_Data | Part_ToolCall"),
        ("llm", "    USER = 1"),
        ("parallel", "-> list[Ok[types.Output] | Err[types.Error]]:"),
    ] {
        assert!(of(file).contains(line), "{file}: {line}\n{}", of(file));
    }
    assert!(files.iter().all(|(path, _)| path != "workbooks/net.pyi"));
}

#[test]
fn stubs_of_python_have_the_world_of_its_author() {
    let world = "package workbooks:guest;\nworld guest { include my:kit/app; }\npackage my:kit {
        interface shapes { record size { width: f64 } variant shape { dot, box(size) } }
        interface calc {
            use shapes.{shape};
            use workbooks:engine/types@0.1.0-dev.{error};
            /// How much it covers.
            area: func(of: shape) -> result<f64, error>;
        }
        world app {
            use shapes.{size};
            record pair { one: size }
            export calc;
            export greet: func(%from: string) -> option<pair>;
        }
    }\n";
    let files = glue::pyi(Contract::OURS, world).unwrap();
    let of = |name: &str| {
        let file = files.iter().find(|(path, _)| path == &format!("workbooks/{name}.pyi"));
        String::from_utf8(file.unwrap_or_else(|| panic!("{name}")).1.clone()).unwrap()
    };
    for (file, line) in [
        ("__init__", "from . import world as world"),
        ("world/__init__", "from . import shapes as shapes"),
        ("world/__init__", "class Calc(Protocol):\n    def area(self, of: shapes.Shape) -> float:"),
        ("world/__init__", "Size = shapes.Size"),
        ("world/__init__", "class Pair:\n    one: shapes.Size"),
        (
            "world/__init__",
            "class WitWorld(Protocol):\n    def greet(self, from_: str) -> Pair | None: ...",
        ),
        ("world/calc", "from . import shapes\n"),
        ("world/calc", "from .. import types\n"),
        ("world/calc", "Shape = shapes.Shape"),
        ("world/shapes", "Shape = Shape_Dot | Shape_Box"),
    ] {
        assert!(of(file).contains(line), "{file}: {line}\n{}", of(file));
    }
    assert!(!of("world/calc").contains("def area"));
}
