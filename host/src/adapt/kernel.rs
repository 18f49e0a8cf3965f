//! A kernel, bytes to bytes in one memory, becomes a component that exports
//! `workbooks:engine/kernel`. The kernel's own bytes stay as they are.

use serde::{Deserialize, Serialize};
use wasm_encoder::{
    CanonicalOption, ComponentBuilder, ComponentExportKind, ComponentTypeRef, ComponentValType,
    ExportKind, ModuleArg, PrimitiveValType,
};

use super::{
    AdaptError,
    artifact::{Scan, Signature, What},
    shim::{self, Arenas},
};

/// The interface that a lifted kernel exports. A test holds it against `wit/`.
pub const KERNEL_INTERFACE: &str = "workbooks:engine/kernel@0.1.0-dev";

/// Bytes of a page of memory, and pages of the largest memory.
const PAGE: u64 = 1 << 16;

/// How a kernel takes its input and leaves its output.
///
/// The host writes the input into an arena, calls `entry(length)`, and reads as many bytes as
/// it returns; a negative number is the kernel's own error. Where the arenas are: at the
/// offsets given here; else where the kernel's exports `in_ptr` and `out_ptr`, both
/// `() -> i32`, say on each call; else at 1024 and 65536.
///
/// The input arena ends where the output arena begins, or with the memory where the output
/// arena lies before it; all of it is overwritten at will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelAbi {
    /// Name of the export `(i32) -> i32`.
    pub entry: String,
    /// Offset of the input arena in the kernel's memory, bytes.
    pub in_off: Option<u32>,
    /// Offset of the output arena in the kernel's memory, bytes.
    pub out_off: Option<u32>,
}

impl KernelAbi {
    /// Where the input arena is when nobody says, bytes.
    pub const IN_OFF: u32 = 1024;
    /// Where the output arena is when nobody says, bytes.
    pub const OUT_OFF: u32 = 65536;
}

impl Default for KernelAbi {
    fn default() -> Self {
        Self { entry: "process".to_owned(), in_off: None, out_off: None }
    }
}

/// A kernel as a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lifted {
    pub(crate) component: Vec<u8>,
    /// The longest input, bytes, where it is known before a call. The shim traps on a longer
    /// one whether it is known or not.
    pub(crate) input_capacity: Option<u32>,
}

/// Lifts a kernel. `core` is what `scan` looked at.
pub(crate) fn lift(core: &[u8], scan: &Scan, abi: &KernelAbi) -> Result<Lifted, AdaptError> {
    if !scan.imports.is_empty() {
        return Err(AdaptError::KernelImports { imports: scan.list_imports() });
    }
    let lacks = |needed: String| AdaptError::KernelExport { needed, exports: scan.list_exports() };
    let Some(What::Memory { pages }) = scan.exported("memory") else {
        return Err(lacks("its memory as `memory`".to_owned()));
    };
    if !scan.has(&abi.entry, Signature::Entry) {
        return Err(lacks(format!("`{}: (i32) -> i32`", abi.entry.escape_debug())));
    }
    let exported =
        scan.has("in_ptr", Signature::Pointer) && scan.has("out_ptr", Signature::Pointer);
    let arenas = match (abi.in_off, abi.out_off) {
        (None, None) if exported => Arenas::Exported,
        (input, output) => Arenas::Fixed {
            input: input.unwrap_or(KernelAbi::IN_OFF),
            output: output.unwrap_or(KernelAbi::OUT_OFF),
        },
    };
    let input_capacity = match arenas {
        Arenas::Exported => None,
        Arenas::Fixed { input, output } => Some(capacity(input, output, pages)),
    };
    let initialize = scan.has("_initialize", Signature::Action);
    let component = compose(core, &abi.entry, arenas, initialize);
    Ok(Lifted { component, input_capacity })
}

/// What fits between two arenas, and into the memory at its largest.
fn capacity(input: u32, output: u32, pages: Option<u64>) -> u32 {
    let end = if output > input { u64::from(output) } else { u64::from(u32::MAX) };
    let memory = pages.unwrap_or(PAGE).saturating_mul(PAGE);
    u32::try_from(end.min(memory).saturating_sub(input.into())).unwrap_or(u32::MAX)
}

/// The component: the kernel, the shim on top of it, and the interface in front.
fn compose(core: &[u8], entry: &str, arenas: Arenas, initialize: bool) -> Vec<u8> {
    let mut c = ComponentBuilder::default();
    let kernel = c.core_module_raw(None, core);
    let shim = c.core_module(None, &shim::module(arenas, initialize));
    let kernel = c.core_instantiate::<[(&str, ModuleArg); 0]>(None, kernel, []);
    let memory = c.core_alias_export(None, kernel, "memory", ExportKind::Memory);
    let mut given = vec![("memory", ExportKind::Memory, memory)];
    for (name, export) in shim::imports(arenas, initialize, entry) {
        given.push((
            name,
            ExportKind::Func,
            c.core_alias_export(None, kernel, export, ExportKind::Func),
        ));
    }
    let given = c.core_instantiate_exports(None, given);
    let shim = c.core_instantiate(None, shim, [(shim::KERNEL, ModuleArg::Instance(given))]);
    let realloc = c.core_alias_export(None, shim, shim::REALLOC, ExportKind::Func);
    let process = c.core_alias_export(None, shim, shim::PROCESS, ExportKind::Func);
    let function = process_type(&mut c);
    let options = [CanonicalOption::Memory(memory), CanonicalOption::Realloc(realloc)];
    let process = c.lift_func(None, process, function, options);

    // An instance is made of an import of a component, not of a function as such.
    let mut front = ComponentBuilder::default();
    let function = process_type(&mut front);
    let imported = front.import("import-func-process", ComponentTypeRef::Func(function));
    front.export("process", ComponentExportKind::Func, imported, None);
    let front = c.component(None, front);
    let arguments = [("import-func-process", ComponentExportKind::Func, process)];
    let front = c.instantiate(None, front, arguments);
    c.export(KERNEL_INTERFACE, ComponentExportKind::Instance, front, None);
    c.finish()
}

/// `func(input: list<u8>) -> result<list<u8>, s32>`
fn process_type(c: &mut ComponentBuilder) -> u32 {
    let (list, encoder) = c.type_defined(None);
    encoder.list(PrimitiveValType::U8);
    let (result, encoder) = c.type_defined(None);
    let error = ComponentValType::Primitive(PrimitiveValType::S32);
    encoder.result(Some(ComponentValType::Type(list)), Some(error));
    let (function, mut encoder) = c.type_function(None);
    encoder
        .params([("input", ComponentValType::Type(list))])
        .result(Some(ComponentValType::Type(result)));
    function
}
