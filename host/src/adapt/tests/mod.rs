//! Claims about `adapt`, refusals first, and the guests that they are about.

mod command;
mod golang;
mod hostile;
mod kernel;
mod scan;

use super::{AdaptError, Adapted, FileSystem, Kind, Options, adapt, scan::FEATURES};

/// A binary, of text that the test is sure of.
fn wasm(text: &str) -> Vec<u8> {
    super::text_to_binary(text.as_bytes()).unwrap()
}

fn options(file_system: FileSystem) -> Options {
    Options { file_system, ..Options::default() }
}

fn adapted(bytes: &[u8]) -> Result<Adapted<'_>, AdaptError> {
    adapt(bytes, &Options::default())
}

/// What a component imports; also checks that it is valid for the engine.
fn imports(component: &[u8]) -> Vec<String> {
    wasmparser::Validator::new_with_features(FEATURES).validate_all(component).unwrap();
    let scan = super::scan(component, &super::ScanLimits::default()).unwrap();
    assert_eq!(scan.kind, Kind::Component);
    scan.imports.into_iter().map(|import| import.module).collect()
}

/// A command that exits with what `$main` returns.
fn command(imports: &str, main: &str) -> Vec<u8> {
    wasm(&format!(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            {imports}
            (memory (export "memory") 1)
            (func $main (result i32) {main})
            (func (export "_start") (call $exit (call $main))))"#
    ))
}

/// A kernel that returns its input reversed.
const REVERSE: &str = r#"(module
    (memory (export "memory") 2)
    (func (export "process") (param $n i32) (result i32) (local $i i32)
        (block $done (loop $next
            (br_if $done (i32.eq (local.get $i) (local.get $n)))
            (i32.store8 offset=65536 (local.get $i)
                (i32.load8_u offset=1023 (i32.sub (local.get $n) (local.get $i))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))
        (local.get $n)))"#;
