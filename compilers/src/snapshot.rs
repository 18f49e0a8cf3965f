//! Pre-initialises a core module: its initialiser runs once, as an ordinary step of the sandbox,
//! and the memory that it leaves becomes the module's data.
//!
//! The initialiser is the export [`INITIALIZE`]. It reads what it needs from stdin alone (so that
//! libc's table of open folders stays as it was), prints to stderr, and in the end writes all of
//! its linear memory to stdout and returns. What it imports besides WASI preview 1 is not there:
//! a call of it traps, so the module must refuse such calls itself to say which it was.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use wasm_encoder::{
    CodeSection, ExportSection, Function, FunctionSection, ImportSection, Instruction, Module,
    reencode::{self, Reencode},
};
use wasmparser::{ExternalKind, Operator, Payload, TypeRef};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType, Wizer};

use crate::compile_error::CompileError;

/// The export that initialises.
pub(crate) const INITIALIZE: &str = "wizer-initialize";
const WASI: &str = "wasi_snapshot_preview1";

/// `module` as a command: it starts with its initialiser, exports nothing else but its memory and
/// its allocator, and imports only WASI. The layout of its memory is the same.
///
/// # Errors
/// [`CompileError::Derive`] if it is no module with an initialiser.
pub(crate) fn initializer(module: &[u8]) -> Result<Vec<u8>, CompileError> {
    let mut stubs = Stubs::of(module).map_err(|why| unfit(&why))?;
    let mut command = Module::new();
    let done = stubs.parse_core_module(&mut command, wasmparser::Parser::new(0), module);
    done.map_err(|why| unfit(&why))?;
    if !stubs.initializes {
        return Err(unfit(&format!("it exports no {INITIALIZE}")));
    }
    Ok(command.finish())
}

/// `module` as its initialiser left it: `memory` is all of its linear memory. It neither exports
/// its initialiser any more, nor `_initialize`.
///
/// # Errors
/// [`CompileError::Derive`] if the module has a state that is not in its memory: mutable globals
/// besides the stack pointer, or tables that change.
pub(crate) fn apply(module: &[u8], memory: &[u8]) -> Result<Vec<u8>, CompileError> {
    let wizer = Wizer::new();
    let (context, _) = wizer.instrument(module).map_err(|why| unfit(&why))?;
    let mut state = Memory { image: memory, stack_pointer: stack_pointer(module)? };
    let snapshot = pin!(wizer.snapshot(&context, &mut state));
    // All of the state is here already, so there is nothing to wait for.
    match snapshot.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done.map_err(|why| unfit(&why)),
        Poll::Pending => Err(unfit(&"its state is not there")),
    }
}

fn unfit(why: &dyn std::fmt::Display) -> CompileError {
    CompileError::Derive { what: format!("a module cannot be pre-initialised: {why}") }
}

/// What the initialiser left.
struct Memory<'a> {
    image: &'a [u8],
    /// The entry was called with it and has returned, so it is what it was.
    stack_pointer: i32,
}

impl InstanceState for Memory<'_> {
    async fn global_get(&mut self, _: &str, _: ValType) -> SnapshotVal {
        SnapshotVal::I32(self.stack_pointer)
    }

    async fn memory_contents(&mut self, _: &str, contents: impl FnOnce(&[u8]) + Send) {
        contents(self.image);
    }
}

/// The initial value of the one mutable global.
fn stack_pointer(module: &[u8]) -> Result<i32, CompileError> {
    let mut found = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        let Payload::GlobalSection(section) = payload.map_err(|why| unfit(&why))? else { continue };
        for global in section {
            let global = global.map_err(|why| unfit(&why))?;
            if global.ty.mutable {
                found.push(global.init_expr.get_operators_reader().read());
            }
        }
    }
    match found.as_slice() {
        [Ok(Operator::I32Const { value })] => Ok(*value),
        others => Err(unfit(&format!("it has {} mutable globals, not one", others.len()))),
    }
}

/// Puts a function that traps in the place of each import that is not WASI's. Imports come before
/// all other functions, so these move down, and the stubs stand after them.
struct Stubs {
    /// By index of the imported function: its type, and whether it stays.
    imports: Vec<(u32, bool)>,
    defined: u32,
    initializes: bool,
}

impl Stubs {
    fn of(module: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let (mut imports, mut defined) = (Vec::new(), 0);
        for payload in wasmparser::Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if let TypeRef::Func(ty) = import.ty {
                            imports.push((ty, import.module == WASI));
                        }
                    }
                }
                Payload::FunctionSection(section) => defined = section.count(),
                _ => {}
            }
        }
        Ok(Self { imports, defined, initializes: false })
    }

    fn count(&self, stays: bool) -> u32 {
        let count = self.imports.iter().filter(|(_, other)| *other == stays).count();
        u32::try_from(count).expect("a module has fewer than 2^32 imports")
    }

    fn gone(&self) -> impl Iterator<Item = u32> {
        self.imports.iter().filter(|(_, stays)| !stays).map(|(ty, _)| *ty)
    }
}

type Reencoded<T = ()> = Result<T, reencode::Error>;

impl Reencode for Stubs {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, index: u32) -> Reencoded<u32> {
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        let Some((_, stays)) = self.imports.get(at) else {
            return Ok(index - self.count(false));
        };
        let before = self.imports[..at].iter().filter(|(_, other)| other == stays).count();
        let before = u32::try_from(before).expect("it is less than an index");
        Ok(if *stays { before } else { self.count(true) + self.defined + before })
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Reencoded {
        for import in section.into_imports() {
            let import = import?;
            if import.module == WASI || !matches!(import.ty, TypeRef::Func(_)) {
                self.parse_import(imports, import)?;
            }
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Reencoded {
        reencode::utils::parse_function_section(self, functions, section)?;
        self.gone().for_each(|ty| {
            functions.function(ty);
        });
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Reencoded {
        reencode::utils::parse_code_section(self, code, section)?;
        for _ in self.gone() {
            let mut stub = Function::new([]);
            stub.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
            code.function(&stub);
        }
        Ok(())
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: wasmparser::Export<'_>,
    ) -> Reencoded {
        let name = match (export.name, export.kind) {
            (INITIALIZE, ExternalKind::Func) => {
                self.initializes = true;
                "_start"
            }
            (name @ ("memory" | "cabi_realloc"), _) => name,
            _ => return Ok(()),
        };
        reencode::utils::parse_export(self, exports, wasmparser::Export { name, ..export })
    }

    /// A component's types would promise what is not there any more.
    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Reencoded {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wasm(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    const MODULE: &str = r#"(module
        (type $f (func (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
        (import "workbooks:engine/kv" "get" (func $get (type $f)))
        (import "wasi_snapshot_preview1" "fd_close" (func $close (type $f)))
        (memory (export "memory") 1)
        (global $sp (mut i32) (i32.const 4096))
        (table 2 funcref)
        (elem (i32.const 0) $get $own)
        (func $own (type $f) (call $get (call $close (local.get 0))))
        (func (export "wizer-initialize") (drop (call $own (call $yield))))
        (func (export "_initialize"))
        (func (export "other") (result i32) (i32.load (i32.const 8)))
        (data (i32.const 0) "abc"))"#;

    #[test]
    fn an_initializer_imports_only_wasi_and_starts_with_it() {
        let command = initializer(&wasm(MODULE)).unwrap();
        wasmparser::validate(&command).unwrap();
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        for payload in wasmparser::Parser::new(0).parse_all(&command) {
            match payload.unwrap() {
                Payload::ImportSection(section) => {
                    let all = section.into_imports().map(|import| import.unwrap().module);
                    imports.extend(all.map(str::to_owned));
                }
                Payload::ExportSection(section) => {
                    exports.extend(section.into_iter().map(|export| export.unwrap().name));
                }
                _ => {}
            }
        }
        assert_eq!(imports, [WASI, WASI]);
        assert_eq!(exports, ["memory", "_start"]);
    }

    #[test]
    fn the_memory_becomes_the_modules_data() {
        let mut memory = vec![0; 2 << 16];
        memory[8] = 42;
        memory[70_000] = 7;
        let module = apply(&wasm(MODULE), &memory).unwrap();
        wasmparser::validate(&module).unwrap();
        let (mut bytes, mut pages) = (vec![0; memory.len()], 0);
        for payload in wasmparser::Parser::new(0).parse_all(&module) {
            match payload.unwrap() {
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data.unwrap();
                        // Wizer leaves an empty one in the place of each of the old.
                        let wasmparser::DataKind::Active { offset_expr, .. } = data.kind else {
                            assert!(data.data.is_empty());
                            continue;
                        };
                        let Ok(Operator::I32Const { value }) =
                            offset_expr.get_operators_reader().read()
                        else {
                            panic!("no constant");
                        };
                        let at = usize::try_from(value).unwrap();
                        bytes[at..at + data.data.len()].copy_from_slice(data.data);
                    }
                }
                Payload::MemorySection(section) => {
                    pages = section.into_iter().next().unwrap().unwrap().initial;
                }
                Payload::ExportSection(section) => {
                    let names: Vec<_> = section.into_iter().map(|e| e.unwrap().name).collect();
                    assert_eq!(names, ["memory", "other"]);
                }
                _ => {}
            }
        }
        assert_eq!((bytes, pages), (memory, 2));
    }

    #[test]
    fn a_memory_of_any_size_makes_a_module_or_none() {
        for size in [0, 1, (1 << 16) - 1, (1 << 16) + 1, 3 << 16] {
            if let Ok(module) = apply(&wasm(MODULE), &vec![1; size]) {
                wasmparser::validate(&module).unwrap();
            }
        }
    }

    #[test]
    fn state_outside_the_memory_is_refused() {
        let two = MODULE.replace("(table", "(global (mut i32) (i32.const 0)) (table");
        assert!(matches!(apply(&wasm(&two), &vec![0; 1 << 16]), Err(CompileError::Derive { .. })));
        let none = MODULE.replace("wizer-initialize", "init");
        assert!(matches!(initializer(&wasm(&none)), Err(CompileError::Derive { .. })));
        assert!(initializer(b"\0asm").is_err() && apply(b"", &[]).is_err());
    }
}
