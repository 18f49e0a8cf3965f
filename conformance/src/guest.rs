//! Guests that nobody wrote: generated from WIT, without a compiler.

use std::fmt::Write as _;

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{
    Function, Handle, Int, ManglingAndAbi, Resolve, SizeAlign, Type, TypeDefKind, TypeOwner,
    WorldId,
};

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

/// A component that calls one function of the contract, and nothing else.
#[derive(Debug)]
pub struct OneCall {
    /// The component. It exports `call: func() -> u32`: the case of the error that the function
    /// returned, or [`OneCall::SUCCEEDED`].
    pub wasm: Vec<u8>,
    /// The resources that it takes, as `interface-resource` without the interface's package: it
    /// gets each from the import `make-…` of [`OneCall::HANDLES`].
    pub handles: Vec<String>,
    /// The names of the cases of its error; empty if it returns none.
    pub errors: Vec<String>,
}

impl OneCall {
    /// The interface that makes handles.
    pub const HANDLES: &'static str = "conformance:one/handles";
    /// What `call` returns for a success.
    pub const SUCCEEDED: u32 = 0xffff;

    /// A guest that calls `function` of `interface` with handles that are made for it, and zeros.
    ///
    /// # Errors
    ///
    /// When the contract has no such function.
    pub fn of(contract: &Contract, interface: &str, function: &str) -> Result<Self, String> {
        let resolve = &contract.resolve;
        let (id, _) = resolve
            .interfaces
            .iter()
            .find(|(id, _)| resolve.id_of(*id).as_deref() == Some(interface))
            .ok_or_else(|| format!("the contract has no `{interface}`"))?;
        let called = resolve.interfaces[id].functions.get(function);
        let called = called.ok_or_else(|| format!("`{interface}` has no `{function}`"))?.clone();

        let taken: Vec<_> =
            called.params.iter().map(|param| resource(resolve, &param.ty)).collect();
        let mut uses = String::new();
        let mut handles: Vec<String> = Vec::new();
        for (owner, name) in taken.iter().flatten() {
            let made = made_as(owner, name);
            if !handles.contains(&made) {
                write!(uses, "use {owner}.{{{name}}}; make-{made}: func() -> {name};")
                    .expect("a String takes everything");
                handles.push(made);
            }
        }
        let import_handles = if handles.is_empty() { "" } else { "import handles;" };
        let text = format!(
            "package conformance:one; interface handles {{ {uses} }}
             world w {{ import {interface}; {import_handles} export call: func() -> u32; }}"
        );
        let (resolve, world) = contract.beside(&text)?;

        let signature = resolve.wasm_signature(AbiVariant::GuestImport, &called);
        let mut arguments = String::new();
        for (param, made) in called.params.iter().zip(&taken) {
            if let Some((owner, name)) = made {
                write!(arguments, "(call $make-{}) ", made_as(owner, name))
                    .expect("a String takes everything");
            } else {
                let alone =
                    Function { params: vec![param.clone()], result: None, ..called.clone() };
                for ty in resolve.wasm_signature(AbiVariant::GuestImport, &alone).params {
                    write!(arguments, "({}.const 0) ", word(ty))
                        .expect("a String takes everything");
                }
            }
        }
        if signature.indirect_params {
            "(i32.const 2048) ".clone_into(&mut arguments);
        }
        if signature.retptr {
            arguments += "(i32.const 1024)";
        }
        let words =
            |types: &[WasmType]| types.iter().map(|ty| word(*ty)).collect::<Vec<_>>().join(" ");
        let makers = handles.iter().map(|made| {
            let from = Self::HANDLES;
            format!(r#"(import "{from}" "make-{made}" (func $make-{made} (result i32)))"#)
        });
        let (errors, payload) = error_of(&resolve, &called);
        let answer = match &payload {
            _ if errors.is_empty() => {
                let drops = "(drop)".repeat(signature.results.len());
                format!("{drops} (i32.const {})", Self::SUCCEEDED)
            }
            payload => format!(
                "(if (result i32) (i32.load8_u (i32.const 1024))
                   (then (i32.load8_u (i32.const {})))
                   (else (i32.const {})))",
                1024 + payload,
                Self::SUCCEEDED
            ),
        };
        let module = format!(
            r#"(module
              (import "{interface}" "{function}" (func $f (param {}) (result {})))
              {}
              (memory (export "memory") 2)
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
              (func (export "call") (result i32) (call $f {arguments}) {answer}))"#,
            words(&signature.params),
            words(&signature.results),
            makers.collect::<String>(),
        );
        let module = wat::parse_str(module).map_err(|why| why.to_string())?;
        Ok(Self { wasm: encode(&resolve, world, module)?, handles, errors })
    }
}

/// `tcp-connection` for `connection` of `workbooks:engine/tcp@…`.
fn made_as(owner: &str, name: &str) -> String {
    let interface = owner.split('@').next().unwrap_or(owner);
    format!("{}-{name}", interface.rsplit('/').next().unwrap_or(interface))
}

/// The interface and name of the resource that a parameter is a handle of.
fn resource(resolve: &Resolve, ty: &Type) -> Option<(String, String)> {
    let Type::Id(mut id) = *ty else { return None };
    loop {
        match &resolve.types[id].kind {
            TypeDefKind::Handle(Handle::Own(of) | Handle::Borrow(of))
            | TypeDefKind::Type(Type::Id(of)) => id = *of,
            TypeDefKind::Resource => break,
            _ => return None,
        }
    }
    let TypeOwner::Interface(owner) = resolve.types[id].owner else { return None };
    Some((resolve.id_of(owner)?, resolve.types[id].name.clone()?))
}

/// The cases of a function's error, and where the case stands in its result.
fn error_of(resolve: &Resolve, function: &Function) -> (Vec<String>, usize) {
    let kind = |ty: &Type| match *ty {
        Type::Id(mut id) => {
            while let TypeDefKind::Type(Type::Id(of)) = &resolve.types[id].kind {
                id = *of;
            }
            Some(&resolve.types[id].kind)
        }
        _ => None,
    };
    let Some(TypeDefKind::Result(result)) = function.result.as_ref().and_then(kind) else {
        return (Vec::new(), 0);
    };
    let cases = match result.err.as_ref().and_then(kind) {
        Some(TypeDefKind::Variant(of)) => of.cases.iter().map(|case| case.name.clone()).collect(),
        Some(TypeDefKind::Enum(of)) => of.cases.iter().map(|case| case.name.clone()).collect(),
        _ => Vec::new(),
    };
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve);
    let payload = sizes.payload_offset(Int::U8, [result.ok.as_ref(), result.err.as_ref()]);
    (cases, payload.size_wasm32())
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
