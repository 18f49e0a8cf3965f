//! Commands and reactors: what they import once adapted, and that they run.

use std::fmt::Write as _;

use wasi_preview1_component_adapter_provider as provider;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::{
    add_to_linker_proxy_interfaces_sync, bindings, bindings::sync::Command, pipe::MemoryOutputPipe,
};
use wasmtime_wasi::{
    I32Exit, WasiCtx, WasiCtxView, WasiView,
    cli::{WasiCli, WasiCliView},
};

use super::super::{AdaptError, FileSystem, Kind, adapt, adapter, artifact::PREVIEW1};
use super::{adapted, command, imports, options, wasm};

struct Wasi(WasiCtx, ResourceTable);

impl WasiView for Wasi {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.0, table: &mut self.1 }
    }
}

/// Runs a command where no file system is linked: its status and its stdout.
pub(super) fn run(component: &[u8]) -> (i32, String) {
    let engine = Engine::default();
    let component = Component::new(&engine, component).unwrap();
    let mut linker = Linker::<Wasi>::new(&engine);
    add_to_linker_proxy_interfaces_sync(&mut linker).unwrap();
    bindings::cli::exit::add_to_linker::<Wasi, WasiCli>(&mut linker, Wasi::cli).unwrap();
    bindings::cli::environment::add_to_linker::<Wasi, WasiCli>(&mut linker, Wasi::cli).unwrap();
    bindings::cli::terminal_input::add_to_linker::<Wasi, WasiCli>(&mut linker, Wasi::cli).unwrap();
    bindings::cli::terminal_output::add_to_linker::<Wasi, WasiCli>(&mut linker, Wasi::cli).unwrap();
    bindings::cli::terminal_stdin::add_to_linker::<Wasi, WasiCli>(&mut linker, Wasi::cli).unwrap();
    bindings::cli::terminal_stdout::add_to_linker::<Wasi, WasiCli>(&mut linker, Wasi::cli).unwrap();
    bindings::cli::terminal_stderr::add_to_linker::<Wasi, WasiCli>(&mut linker, Wasi::cli).unwrap();
    let stdout = MemoryOutputPipe::new(1 << 16);
    let wasi = WasiCtx::builder().arg("guest").stdout(stdout.clone()).build();
    let mut store = Store::new(&engine, Wasi(wasi, ResourceTable::new()));
    let command = Command::instantiate(&mut store, &component, &linker).unwrap();
    let status = match command.wasi_cli_run().call_run(&mut store) {
        Ok(Ok(())) => 0,
        Ok(Err(())) => 1,
        Err(error) => error.downcast_ref::<I32Exit>().unwrap_or_else(|| panic!("{error:?}")).0,
    };
    (status, String::from_utf8(stdout.contents().to_vec()).unwrap())
}

/// Each function of preview 1 that the adapter has, as an import of a text module.
fn preview1() -> Vec<(String, wasmparser::FuncType)> {
    let adapter = provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER;
    let types = wasmparser::Validator::new().validate_all(adapter).unwrap();
    let types = types.as_ref();
    let mut functions = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(adapter) {
        let wasmparser::Payload::ExportSection(section) = payload.unwrap() else { continue };
        for export in section {
            let export = export.unwrap();
            let ours = [
                "args_",
                "clock_",
                "environ_",
                "fd_",
                "path_",
                "poll_",
                "proc_exit",
                "random_",
                "sched_",
                "sock_",
            ];
            if ours.iter().any(|prefix| export.name.starts_with(prefix)) {
                let ty = types[types.core_function_at(export.index)].unwrap_func().clone();
                functions.push((export.name.to_owned(), ty));
            }
        }
    }
    functions
}

fn import((name, ty): &(String, wasmparser::FuncType)) -> String {
    let mut text = format!("(import \"{PREVIEW1}\" \"{name}\" (func ${name}");
    for param in ty.params() {
        write!(text, " (param {param})").unwrap();
    }
    for result in ty.results() {
        write!(text, " (result {result})").unwrap();
    }
    text + "))"
}

/// Writes `hello` and a newline to stdout; its status is what `fd_write` answered.
fn hello() -> Vec<u8> {
    let functions = preview1();
    let write = functions.iter().find(|(name, _)| name == "fd_write").unwrap();
    command(
        &import(write),
        "(i64.store (i32.const 16) (i64.const 0x0a6f6c6c6568))
         (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 6))
         (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))",
    )
}

#[test]
fn an_import_that_nothing_provides_is_named() {
    let guest = command("(import \"env\" \"host_sign\" (func (param i32)))", "i32.const 0");
    let AdaptError::UnknownImport { imports } = adapted(&guest).unwrap_err() else { panic!() };
    assert_eq!(imports, "`env.host_sign`");
}

#[test]
fn a_preview1_function_that_does_not_exist_is_named() {
    let guest = command(&format!("(import \"{PREVIEW1}\" \"fd_teleport\" (func))"), "i32.const 0");
    let refused = adapted(&guest).unwrap_err();
    assert!(matches!(refused, AdaptError::UnknownImport { .. }), "{refused:?}");
    assert!(refused.to_string().contains("fd_teleport"), "{refused}");
}

#[test]
fn a_preview1_function_of_another_type_is_refused() {
    let guest = command(&format!("(import \"{PREVIEW1}\" \"fd_write\" (func))"), "i32.const 0");
    let refused = adapted(&guest).unwrap_err();
    assert!(matches!(refused, AdaptError::Encode { .. }), "{refused:?}");
}

#[test]
fn imports_that_only_an_adapter_may_have_are_refused() {
    for import in ["\"__main_module__\" \"_start\" (func)", "\"env\" \"memory\" (memory 1)"] {
        let text = format!("(module (import {import}) (func (export \"_start\")))");
        assert!(matches!(adapted(&wasm(&text)).unwrap_err(), AdaptError::UnknownImport { .. }));
    }
}

#[test]
fn a_typed_import_outside_its_own_world_is_named() {
    let guest = typed("(import \"test:it/other\" \"f\" (func)) (func (export \"go\"))");
    let refused = adapted(&guest).unwrap_err();
    assert!(matches!(refused, AdaptError::UnknownImport { .. }), "{refused:?}");
    assert!(refused.to_string().contains("test:it/other"), "{refused}");
}

#[test]
fn a_closed_command_imports_no_file_system_and_loses_nothing_else() {
    let all: String =
        preview1().iter().filter(|(name, _)| name != "proc_exit").map(import).collect();
    let guest = command(&all, "i32.const 0");
    let open = adapt(&guest, &options(FileSystem::Open)).unwrap();
    let closed = adapt(&guest, &options(FileSystem::Closed)).unwrap();
    let mut wanted = imports(&open.component);
    assert!(wanted.iter().any(|name| name.starts_with("wasi:filesystem/types")));
    assert!(wanted.iter().any(|name| name.starts_with("wasi:filesystem/preopens")));
    wanted.retain(|name| !name.starts_with("wasi:filesystem/"));
    assert_eq!(imports(&closed.component), wanted);
}

#[test]
fn a_closed_adapter_keeps_all_other_imports_and_exports() {
    let facts = |module: &[u8]| {
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        for payload in wasmparser::Parser::new(0).parse_all(module) {
            match payload.unwrap() {
                wasmparser::Payload::ImportSection(section) => {
                    imports.extend(
                        section
                            .into_imports()
                            .map(|i| i.map(|i| format!("{}.{}", i.module, i.name)).unwrap()),
                    );
                }
                wasmparser::Payload::ExportSection(section) => {
                    exports.extend(section.into_iter().map(|e| e.unwrap().name.to_owned()));
                }
                _ => {}
            }
        }
        (imports, exports)
    };
    for open in [
        provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
    ] {
        let closed = adapter::edit(open, FileSystem::Closed).unwrap();
        wasmparser::Validator::new().validate_all(&closed).unwrap();
        let (imports, exports) = facts(open);
        let mut imports: Vec<_> = imports
            .into_iter()
            .map(|name| name.replace("@0.2.12.exit", "@0.2.12.exit-with-code"))
            .collect();
        assert!(imports.contains(&"wasi:cli/exit@0.2.12.exit-with-code".to_owned()));
        let open = adapter::edit(open, FileSystem::Open).unwrap();
        assert_eq!(facts(&open), (imports.clone(), exports.clone()));
        imports.retain(|name| !name.starts_with("wasi:filesystem/"));
        assert_eq!(facts(&closed), (imports, exports));
    }
}

#[test]
fn a_closed_command_writes_to_stdout_and_exits() {
    let hello = hello();
    let adapted = adapted(&hello).unwrap();
    assert_eq!(adapted.kind, Kind::Command);
    assert_eq!(run(&adapted.component), (0, "hello\n".to_owned()));
}

#[test]
fn the_exit_status_keeps_its_eight_bits() {
    for (status, seen) in [(0, 0), (1, 1), (3, 3), (126, 126), (255, 255), (258, 2)] {
        let guest = command("", &format!("i32.const {status}"));
        assert_eq!(run(&adapted(&guest).unwrap().component).0, seen);
    }
}

#[test]
fn every_file_operation_of_a_closed_command_answers_badf() {
    const BADF: i32 = 8;
    let mut others = Vec::new();
    for function in preview1() {
        let (name, ty) = &function;
        if !name.starts_with("fd_") && !name.starts_with("path_") {
            continue;
        }
        // The descriptor is 3, the first that could be a directory; pointers are aligned; an
        // advice and flags are valid ones.
        let mut call = format!("(call ${name}");
        for (at, param) in ty.params().iter().enumerate() {
            let value = match (name.as_str(), at) {
                ("fd_advise", 3) | ("fd_fdstat_set_flags", 1) => 0,
                (_, 0) | ("fd_renumber", 1) | ("path_symlink", 2) => 3,
                _ => 32,
            };
            let value = if *param == wasmparser::ValType::I64 { 0 } else { value };
            write!(call, " ({param}.const {value})").unwrap();
        }
        let guest = command(&import(&function), &(call + ")"));
        let adapted = adapted(&guest).unwrap();
        let status = run(&adapted.component).0;
        if status != BADF {
            others.push(format!("{name}: {status}"));
        }
    }
    assert_eq!(others, [""; 0]);
}

#[test]
fn a_closed_command_sees_arguments_clocks_and_randomness() {
    let named: Vec<_> = preview1();
    let pick = |wanted: &str| import(named.iter().find(|(name, _)| name == wanted).unwrap());
    let guest = command(
        &[
            pick("args_sizes_get"),
            pick("clock_time_get"),
            pick("random_get"),
            pick("environ_sizes_get"),
        ]
        .concat(),
        "(call $args_sizes_get (i32.const 32) (i32.const 36))
         (i32.or (call $environ_sizes_get (i32.const 40) (i32.const 44)))
         (i32.or (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 48)))
         (i32.or (call $random_get (i32.const 64) (i32.const 16)))
         (i32.add (i32.mul (i32.load (i32.const 32)) (i32.const 100)))",
    );
    assert_eq!(run(&adapted(&guest).unwrap().component).0, 100);
}

/// A WIT-typed module, for the tests of damaged ones.
pub(super) fn typed_guest() -> Vec<u8> {
    typed("(import \"test:it/used\" \"f\" (func)) (func (export \"go\"))")
}

/// A core module typed by a world of the test.
fn typed(body: &str) -> Vec<u8> {
    use wit_component::{StringEncoding, embed_component_metadata};
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve
        .push_str(
            "test.wit",
            "package test:it; interface used { f: func(); } interface spare { g: func(); }
             world guest { import used; import spare; export go: func(); }",
        )
        .unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let mut module = wasm(&format!("(module {body} (memory (export \"memory\") 1))"));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}

#[test]
fn a_module_typed_by_wit_is_encoded_with_the_imports_that_it_uses() {
    let guest = typed("(import \"test:it/used\" \"f\" (func)) (func (export \"go\"))");
    let adapted = adapted(&guest).unwrap();
    assert_eq!(adapted.kind, Kind::Reactor);
    assert_eq!(imports(&adapted.component), ["test:it/used"]);
}

#[test]
fn a_typed_module_that_uses_preview1_gets_the_reactor_adapter() {
    let guest = typed(
        "(import \"wasi_snapshot_preview1\" \"path_open\"
            (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
         (func (export \"go\"))",
    );
    let open = adapt(&guest, &options(FileSystem::Open)).unwrap();
    let closed = adapt(&guest, &options(FileSystem::Closed)).unwrap();
    let files = |component: &[u8]| {
        imports(component).iter().any(|name| name.starts_with("wasi:filesystem/"))
    };
    assert!(files(&open.component));
    assert!(!files(&closed.component));
}

#[test]
fn a_command_may_also_import_what_wit_types() {
    let guest = typed(
        "(import \"test:it/used\" \"f\" (func)) (func (export \"go\")) (func (export \"_start\"))",
    );
    let adapted = adapted(&guest).unwrap();
    assert_eq!(adapted.kind, Kind::Command);
    assert!(imports(&adapted.component).contains(&"test:it/used".to_owned()));
}
