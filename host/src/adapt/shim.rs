//! The core module between a kernel and the canonical ABI: where the host puts the input, and
//! where it finds the result. Nothing is copied: the host lowers the list into the kernel's
//! input arena and lifts it from the output arena.

use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, InstructionSink, MemArg, MemoryType, Module, NameMap, NameSection, StartSection,
    TypeSection, ValType,
};

/// Name of the shim's function that a too long input ends in, as a backtrace shows it.
pub(crate) const INPUT_TRAP: &str = "wbx_input_exceeds_arena";
/// Name of the shim's function that an `out_len` past the memory ends in.
pub(crate) const OUTPUT_TRAP: &str = "wbx_output_exceeds_memory";

/// Module name under which the shim imports the kernel.
pub(crate) const KERNEL: &str = "kernel";
/// The shim's export that says where the host may write.
pub(crate) const REALLOC: &str = "realloc";
/// The shim's export that is lifted.
pub(crate) const PROCESS: &str = "process";

/// Bytes of the result in memory: `result<list<u8>, s32>` as a discriminant, then pointer and
/// length, or the error, each of 4 bytes (component model, canonical ABI).
const RESULT: i32 = 12;
/// Room in which a result, aligned, surely fits.
const ROOM: u32 = 16;

/// Where the arenas are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arenas {
    /// At offsets known now.
    Fixed { input: u32, output: u32 },
    /// Where `in_ptr` and `out_ptr` say on each call.
    Exported,
}

/// What the shim imports from [`KERNEL`] beside `memory`: its own name for it, and the kernel's.
pub(crate) fn imports(arenas: Arenas, initialize: bool, entry: &str) -> Vec<(&'static str, &str)> {
    let mut imports = vec![("entry", entry)];
    if arenas == Arenas::Exported {
        imports.extend([("in_ptr", "in_ptr"), ("out_ptr", "out_ptr")]);
    }
    if initialize {
        imports.push(("initialize", "_initialize"));
    }
    imports
}

/// Types of the shim's functions, by index.
mod ty {
    pub(super) const ENTRY: u32 = 0;
    pub(super) const POINTER: u32 = 1;
    pub(super) const ACTION: u32 = 2;
    pub(super) const REALLOC: u32 = 3;
    pub(super) const PROCESS: u32 = 4;
}

/// Functions of the shim, by index: what it imports, then its own.
struct Functions {
    arenas: Arenas,
    initialize: Option<u32>,
    imported: u32,
}

impl Functions {
    const ENTRY: u32 = 0;
    const IN_PTR: u32 = 1;
    const OUT_PTR: u32 = 2;

    fn new(arenas: Arenas, initialize: bool) -> Self {
        let entries = if arenas == Arenas::Exported { 3 } else { 1 };
        let imported = entries + u32::from(initialize);
        Self { arenas, initialize: initialize.then_some(entries), imported }
    }

    fn input_trap(&self) -> u32 {
        self.imported
    }
    fn output_trap(&self) -> u32 {
        self.imported + 1
    }
    fn room(&self) -> u32 {
        self.imported + 2
    }
    fn realloc(&self) -> u32 {
        self.imported + 3
    }
    fn process(&self) -> u32 {
        self.imported + 4
    }
    fn start(&self) -> u32 {
        self.imported + 5
    }
}

/// The shim.
pub(crate) fn module(arenas: Arenas, initialize: bool) -> Module {
    let functions = Functions::new(arenas, initialize);
    let i = ValType::I32;
    let mut types = TypeSection::new();
    types.ty().function([i], [i]);
    types.ty().function([], [i]);
    types.ty().function([], []);
    types.ty().function([i, i, i, i], [i]);
    types.ty().function([i, i], [i]);

    let mut imported = ImportSection::new();
    let any = MemoryType {
        minimum: 0,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    imported.import(KERNEL, "memory", any);
    for (name, _) in imports(arenas, initialize, "") {
        let ty = match name {
            "entry" => ty::ENTRY,
            "initialize" => ty::ACTION,
            _ => ty::POINTER,
        };
        imported.import(KERNEL, name, EntityType::Function(ty));
    }

    let mut declared = FunctionSection::new();
    for ty in [ty::ACTION, ty::ACTION, ty::ENTRY, ty::REALLOC, ty::PROCESS, ty::ACTION] {
        declared.function(ty);
    }
    let mut exported = ExportSection::new();
    exported.export(REALLOC, ExportKind::Func, functions.realloc());
    exported.export(PROCESS, ExportKind::Func, functions.process());

    let mut code = CodeSection::new();
    for body in [
        trap(),
        trap(),
        functions.room_body(),
        functions.realloc_body(),
        functions.process_body(),
        functions.start_body(),
    ] {
        code.function(&body);
    }
    let mut named = NameMap::new();
    named.append(functions.input_trap(), INPUT_TRAP);
    named.append(functions.output_trap(), OUTPUT_TRAP);
    let mut names = NameSection::new();
    names.functions(&named);

    let mut module = Module::new();
    module
        .section(&types)
        .section(&imported)
        .section(&declared)
        .section(&exported)
        .section(&StartSection { function_index: functions.start() })
        .section(&code)
        .section(&names);
    module
}

impl Functions {
    /// `room(area) -> area`: makes sure that the memory holds a result at `area`.
    fn room_body(&self) -> Function {
        let mut body = Function::new([]);
        let b = &mut body.instructions();
        b.local_get(0).i64_extend_i32_u().i64_const(RESULT.into()).i64_add();
        memory_end(b).i64_gt_u().if_(BlockType::Empty);
        // A result is smaller than a page.
        b.i32_const(1).memory_grow(0).i32_const(0).i32_lt_s().if_(BlockType::Empty);
        b.call(self.output_trap()).end().end();
        b.local_get(0).end();
        body
    }

    /// `realloc(_, _, _, length) -> pointer`: called once per call, for the input.
    fn realloc_body(&self) -> Function {
        let (length, input, output) = (3, 4, 5);
        let mut body = Function::new([(2, ValType::I32)]);
        let b = &mut body.instructions();
        match self.arenas {
            Arenas::Fixed { input: at, .. } => b.i32_const(at.cast_signed()).local_set(input),
            Arenas::Exported => {
                b.call(Self::IN_PTR).local_set(input).call(Self::OUT_PTR).local_set(output)
            }
        };
        match self.arenas {
            Arenas::Fixed { input: from, output: to } if to > from => {
                b.local_get(length).i32_const((to - from).cast_signed()).i32_gt_u();
                b.if_(BlockType::Empty).call(self.input_trap()).end();
            }
            Arenas::Fixed { .. } => {}
            Arenas::Exported => {
                b.local_get(output).local_get(input).i32_gt_u();
                b.local_get(length).local_get(output).local_get(input).i32_sub().i32_gt_u();
                b.i32_and().if_(BlockType::Empty).call(self.input_trap()).end();
            }
        }
        b.local_get(input).i64_extend_i32_u().local_get(length).i64_extend_i32_u().i64_add();
        memory_end(b).i64_gt_u().if_(BlockType::Empty);
        match self.arenas {
            // Fixed arenas are the ABI's, not the kernel's: its memory may not reach them yet.
            Arenas::Fixed { .. } => {
                b.local_get(input)
                    .i64_extend_i32_u()
                    .local_get(length)
                    .i64_extend_i32_u()
                    .i64_add();
                memory_end(b).i64_sub().i64_const(0xffff).i64_add().i64_const(16).i64_shr_u();
                b.i32_wrap_i64().memory_grow(0).i32_const(0).i32_lt_s();
                b.if_(BlockType::Empty).call(self.input_trap()).end();
            }
            Arenas::Exported => {
                b.call(self.input_trap());
            }
        }
        b.end().local_get(input).end();
        body
    }

    /// `process(pointer, length) -> result`.
    fn process_body(&self) -> Function {
        let (input, length, output_length, output, area) = (0, 1, 2, 3, 4);
        let at = |offset| MemArg { offset, align: 2, memory_index: 0 };
        let mut body = Function::new([(3, ValType::I32)]);
        let b = &mut body.instructions();
        b.local_get(length).call(Self::ENTRY).local_tee(output_length);
        b.i32_const(0).i32_lt_s().if_(BlockType::Empty);
        b.local_get(input);
        align(b).call(self.room()).local_tee(area).i32_const(1).i32_store(at(0));
        b.local_get(area).local_get(output_length).i32_store(at(4));
        b.local_get(area).return_().end();

        match self.arenas {
            Arenas::Fixed { output: to, .. } => b.i32_const(to.cast_signed()).local_set(output),
            Arenas::Exported => b.call(Self::OUT_PTR).local_set(output),
        };
        b.local_get(output)
            .i64_extend_i32_u()
            .local_get(output_length)
            .i64_extend_i32_u()
            .i64_add();
        memory_end(b).i64_gt_u().if_(BlockType::Empty).call(self.output_trap()).end();
        self.area(b, input, output, output_length);
        b.call(self.room()).local_tee(area).i32_const(0).i32_store(at(0));
        b.local_get(area).local_get(output).i32_store(at(4));
        b.local_get(area).local_get(output_length).i32_store(at(8));
        b.local_get(area).end();
        body
    }

    /// Where the result goes, so that it covers no output: into the spent input arena where
    /// that lies before the output and has room, else behind the output.
    fn area(&self, b: &mut InstructionSink<'_>, input: u32, output: u32, length: u32) {
        match self.arenas {
            Arenas::Fixed { input: from, output: to } if to > from && to - from >= ROOM => {
                b.local_get(input);
                align(b);
            }
            Arenas::Fixed { .. } => {
                b.local_get(output).local_get(length).i32_add();
                align(b);
            }
            Arenas::Exported => {
                b.local_get(input).local_get(output).local_get(length).i32_add();
                b.local_get(output).local_get(input).i32_gt_u();
                b.local_get(output)
                    .local_get(input)
                    .i32_sub()
                    .i32_const(ROOM.cast_signed())
                    .i32_ge_u();
                b.i32_and().select();
                align(b);
            }
        }
    }

    /// Runs once, at instantiation.
    fn start_body(&self) -> Function {
        let mut body = Function::new([]);
        if let Some(initialize) = self.initialize {
            body.instructions().call(initialize);
        }
        body.instructions().end();
        body
    }
}

fn trap() -> Function {
    let mut body = Function::new([]);
    body.instructions().unreachable().end();
    body
}

/// Pushes the size of the memory in bytes, as i64.
fn memory_end<'a, 'b>(b: &'a mut InstructionSink<'b>) -> &'a mut InstructionSink<'b> {
    b.memory_size(0).i64_extend_i32_u().i64_const(16).i64_shl()
}

/// Rounds the i32 on the stack up to 4.
fn align<'a, 'b>(b: &'a mut InstructionSink<'b>) -> &'a mut InstructionSink<'b> {
    b.i32_const(3).i32_add().i32_const(-4).i32_and()
}
