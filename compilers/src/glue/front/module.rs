//! The core module of a front: it puts what the host passed to an export before its door, and gives
//! back what comes through it. It is the same for every type, for it looks into none.
//!
//! Its memory is that of one call: slots for the core parameters, then whatever the host lowers, one
//! behind the other. All of it goes through the door, which sees addresses as the host wrote them.
//! What comes back is laid out for the address that was named, where the next allocation is.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, ImportSection, InstructionSink, MemArg, MemorySection, MemoryType,
    Module, TypeSection, ValType,
};
use wit_parser::abi::WasmType;

/// Where the first slot is, of 8 bytes each: at most 16, or the place of all parameters.
pub(super) const SLOTS: u32 = 0;
/// Where the door leaves its `result<list<u8>>`: a discriminant, then pointer and length of 4 bytes.
const ANSWER: u32 = 128;
/// Where what the host passes begins.
const HEAP: i32 = 256;
/// No type is aligned to more than 8.
const ALIGN: i32 = 16;

/// An export of the world, as a core module has it.
pub(super) struct Entry {
    /// Its name.
    pub(super) name: String,
    /// What is called when its result was read; none where that is a core value.
    pub(super) post_return: Option<String>,
    pub(super) params: Vec<WasmType>,
    pub(super) result: Option<WasmType>,
    /// Whether the result is the place where it lies.
    pub(super) placed: bool,
}

mod func {
    pub(super) const DOOR: u32 = 0;
    pub(super) const REALLOC: u32 = 1;
    pub(super) const RELEASE: u32 = 2;
    pub(super) const FIRST: u32 = 3;
}

mod ty {
    pub(super) const DOOR: u32 = 0;
    pub(super) const REALLOC: u32 = 1;
    pub(super) const RELEASE: u32 = 2;
    pub(super) const FIRST: u32 = 3;
}

/// The address of the first free byte.
const TOP: u32 = 0;

/// The module with these exports, in their order; `door` is what it imports.
pub(super) fn encode(door: (&str, &str), entries: &[Entry]) -> Vec<u8> {
    let i = ValType::I32;
    let mut types = TypeSection::new();
    types.ty().function([i, i, i, i, i], []);
    types.ty().function([i, i, i, i], [i]);
    types.ty().function([i], []);
    let mut imports = ImportSection::new();
    imports.import(door.0, door.1, wasm_encoder::EntityType::Function(ty::DOOR));
    let mut functions = FunctionSection::new();
    functions.function(ty::REALLOC).function(ty::RELEASE);
    let mut memories = MemorySection::new();
    let (maximum, page_size_log2) = (None, None);
    memories.memory(MemoryType {
        minimum: 1,
        maximum,
        memory64: false,
        shared: false,
        page_size_log2,
    });
    let mut globals = GlobalSection::new();
    globals.global(
        GlobalType { val_type: i, mutable: true, shared: false },
        &ConstExpr::i32_const(HEAP),
    );
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("cabi_realloc", ExportKind::Func, func::REALLOC);
    let mut code = CodeSection::new();
    code.function(&realloc()).function(&release());
    for (at, entry) in (0..).zip(entries) {
        types.ty().function(entry.params.iter().copied().map(core), entry.result.map(core));
        functions.function(ty::FIRST + at);
        exports.export(&entry.name, ExportKind::Func, func::FIRST + at);
        if let Some(name) = &entry.post_return {
            exports.export(name, ExportKind::Func, func::RELEASE);
        }
        code.function(&call(at, entry));
    }
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&memories);
    module.section(&globals).section(&exports).section(&code);
    module.finish()
}

fn core(ty: WasmType) -> ValType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    }
}

fn at(offset: u32, align: u32) -> MemArg {
    MemArg { offset: offset.into(), align, memory_index: 0 }
}

/// `[top] -> [top]`, rounded up to a power of two that is `align`.
fn aligned(b: &mut InstructionSink<'_>, align: i32) {
    b.i32_const(align - 1).i32_add().i32_const(-align).i32_and();
}

/// `cabi_realloc(old, old_size, align, size)`: the next free bytes. What shrinks stays.
fn realloc() -> Function {
    let (old, old_size, align, size, start, end) = (0, 1, 2, 3, 4, 5);
    let mut body = Function::new([(1, ValType::I32), (1, ValType::I64)]);
    let b = &mut body.instructions();
    b.local_get(size).local_get(old_size).i32_le_u();
    b.local_get(old).i32_const(0).i32_ne().i32_and();
    b.if_(BlockType::Empty).local_get(old).return_().end();
    b.global_get(TOP).local_get(align).i32_add().i32_const(1).i32_sub();
    b.i32_const(0).local_get(align).i32_sub().i32_and().local_tee(start);
    b.i64_extend_i32_u().local_get(size).i64_extend_i32_u().i64_add().local_tee(end);
    // Pages of 64 KiB that are missing: more than there can be are refused.
    b.i64_const(0xffff).i64_add().i64_const(16).i64_shr_u();
    b.memory_size(0).i64_extend_i32_u().i64_sub().local_tee(end).i64_const(0).i64_gt_s();
    b.if_(BlockType::Empty).local_get(end).i32_wrap_i64().memory_grow(0);
    b.i32_const(0).i32_lt_s().if_(BlockType::Empty).unreachable().end().end();
    b.local_get(start).local_get(old).local_get(old_size).memory_copy(0, 0);
    b.local_get(start).local_get(size).i32_add().global_set(TOP);
    b.local_get(start).end();
    body
}

/// Gives the memory of the call back: its result was read.
fn release() -> Function {
    let mut body = Function::new([]);
    body.instructions().i32_const(HEAP).global_set(TOP).end();
    body
}

/// The export number `index`.
fn call(index: u32, entry: &Entry) -> Function {
    let mut body = Function::new([]);
    let b = &mut body.instructions();
    for (param, ty) in (0..).zip(&entry.params) {
        let slot = at(SLOTS + 8 * param, 2);
        b.i32_const(0).local_get(param);
        match core(*ty) {
            ValType::I64 => b.i64_store(slot),
            ValType::F32 => b.f32_store(slot),
            ValType::F64 => b.f64_store(slot),
            _ => b.i32_store(slot),
        };
    }
    b.global_get(TOP);
    aligned(b, ALIGN);
    b.global_set(TOP);
    b.i32_const(index.cast_signed()).global_get(TOP).i32_const(0).global_get(TOP);
    b.i32_const(ANSWER.cast_signed()).call(func::DOOR);
    b.i32_const(0).i32_load8_u(at(ANSWER, 0)).if_(BlockType::Empty).unreachable().end();
    if let Some(ty) = entry.result {
        b.i32_const(0).i32_load(at(ANSWER + 4, 2));
        if !entry.placed {
            match core(ty) {
                ValType::I64 => b.i64_load(at(0, 2)),
                ValType::F32 => b.f32_load(at(0, 2)),
                ValType::F64 => b.f64_load(at(0, 2)),
                _ => b.i32_load(at(0, 2)),
            };
        }
    }
    if entry.post_return.is_none() {
        b.i32_const(0).call(func::RELEASE);
    }
    b.end();
    body
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Extern, Instance, Module, Store};

    use super::*;

    #[test]
    fn what_shrinks_stays_and_what_grows_is_moved() {
        let engine = Engine::default();
        let module = Module::new(&engine, encode(("door", "call"), &[])).unwrap();
        let mut store = Store::new(&engine, ());
        let door = wasmtime::Func::wrap(&mut store, |_: u32, _: u32, _: u32, _: u32, _: u32| {});
        let instance = Instance::new(&mut store, &module, &[Extern::Func(door)]).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        let realloc = instance.get_typed_func(&mut store, "cabi_realloc").unwrap();
        let realloc = |store: &mut Store<()>, old: u32, was: u32, size: u32| -> u32 {
            realloc.call(store, (old, was, 1, size)).unwrap()
        };
        // As a text is passed by a caller that has it in UTF-16: by a guess, the worst case, its size.
        let guessed = realloc(&mut store, 0, 0, 20_000);
        memory.write(&mut store, guessed as usize, b"text").unwrap();
        let worst = realloc(&mut store, guessed, 20_000, 60_000);
        assert!(worst >= guessed + 20_000);
        assert_eq!(memory.data(&store)[worst as usize..][..4], *b"text");
        for odd in [0, 1] {
            let place = realloc(&mut store, 0, 0, 60_000 + odd);
            assert_eq!(realloc(&mut store, place, 60_000 + odd, 40_000), place);
        }
    }
}
