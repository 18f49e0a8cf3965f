//! Guests that nobody wrote: generated from WIT, without a compiler.

use std::fmt::Write as _;

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, ManglingAndAbi, Resolve, WorldId};

use crate::Contract;

/// A component of `world` that imports all of it and whose exports trap.
///
/// # Errors
///
/// When the world cannot be encoded.
pub fn dummy(resolve: &Resolve, world: WorldId) -> Result<Vec<u8>, String> {
    encode(resolve, world, dummy_module(resolve, world, ManglingAndAbi::Standard32))
}

/// A component that exports the interface of `capability` and hands every call through to its import.
///
/// Handles of resources are not translated, so only calls that return an error may be made where
/// the interface has resources.
///
/// # Errors
///
/// When the contract has no such interface.
pub fn through(contract: &Contract, capability: &str) -> Result<Vec<u8>, String> {
    let id = *contract.resolve.packages[contract.package]
        .interfaces
        .get(capability)
        .ok_or_else(|| format!("the contract has no interface `{capability}`"))?;
    let name = contract.resolve.id_of(id).ok_or("the interface has no name")?;
    let text = format!("package conformance:through; world w {{ import {name}; export {name}; }}");
    let (resolve, world) = contract.beside(&text)?;
    let mut imports = String::new();
    let mut bodies = String::new();
    for (n, function) in resolve.interfaces[id].functions.values().enumerate() {
        hand_through(&resolve, &name, n, function, &mut imports, &mut bodies);
    }
    // Memory is never freed: a guest lives for one case. The first page holds what calls return.
    let text = format!(
        r#"(module {imports}
          (memory (export "memory") 1)
          (global $next (mut i32) (i32.const 65536))
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
            (global.set $next (i32.add (local.get $at) (local.get 3)))
            (if (i32.gt_u (global.get $next) (i32.shl (memory.size) (i32.const 16)))
              (then (drop (memory.grow (i32.add (i32.shr_u (local.get 3) (i32.const 16)) (i32.const 1))))))
            (local.get $at))
          {bodies})"#
    );
    encode(&resolve, world, wat::parse_str(text).map_err(|why| why.to_string())?)
}

/// An export that calls the import of the same name with the same flat arguments.
fn hand_through(
    resolve: &Resolve,
    interface: &str,
    n: usize,
    function: &Function,
    imports: &mut String,
    bodies: &mut String,
) {
    let import = resolve.wasm_signature(AbiVariant::GuestImport, function);
    let export = resolve.wasm_signature(AbiVariant::GuestExport, function);
    let name = &function.name;
    let types = |types: &[WasmType]| types.iter().map(|ty| word(*ty)).collect::<Vec<_>>().join(" ");
    let (taken, given) = (types(&import.params), types(&import.results));
    let arguments =
        (0..export.params.len()).fold(String::new(), |text, n| text + &format!("(local.get {n}) "));
    // Where the import writes its result behind a pointer, the export returns that pointer.
    let call = if import.retptr {
        format!("(call $f{n} {arguments} (i32.const 1024)) (i32.const 1024)")
    } else {
        format!("(call $f{n} {arguments})")
    };
    let text = write!(
        imports,
        r#"(import "{interface}" "{name}" (func $f{n} (param {taken}) (result {given})))"#
    );
    text.expect("a String takes everything");
    let (taken, given) = (types(&export.params), types(&export.results));
    let text = write!(
        bodies,
        r#"(func (export "{interface}#{name}") (param {taken}) (result {given}) {call})"#
    );
    text.expect("a String takes everything");
}

fn word(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
    }
}

/// A command with `count` imports of preview 1.
///
/// # Panics
///
/// Never: the text is well-formed.
pub fn many_imports(count: usize) -> Vec<u8> {
    let import = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#;
    let text = format!(
        r#"(module {} (memory (export "memory") 1) (func (export "_start")))"#,
        import.repeat(count)
    );
    wat::parse_str(text).expect("it is well-formed")
}

fn encode(resolve: &Resolve, world: WorldId, mut module: Vec<u8>) -> Result<Vec<u8>, String> {
    let failed = |why: &dyn std::fmt::Display| format!("the guest cannot be encoded: {why:#}");
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8)
        .map_err(|why| failed(&why))?;
    let encoder = ComponentEncoder::default().module(&module).map_err(|why| failed(&why))?;
    encoder.validate(true).encode().map_err(|why| failed(&why))
}
