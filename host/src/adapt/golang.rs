//! Programs of Go's own compiler. Their runtime takes memory upwards from the end of the data and
//! believes that nobody else grows it (`runtime/mem_sbrk.go`), but the preview 1 adapter takes
//! its state and its stack by `memory.grow` where a module offers nothing else. So that both keep
//! their own, the runtime is told of a later end of its data, and the pages between are the
//! adapter's: a Go program runs unchanged, and its heap is its own.
//!
//! The end stands in `runtime.firstmoduledata` (`runtime/symtab.go`), which begins with the
//! address of the program's line table. It is looked for, and believed only if the addresses
//! beside it ascend and the memory's size follows from it as the linker computes it.

use std::borrow::Cow;

use wasm_encoder::{
    CodeSection, ConstExpr, Encode as _, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, MemorySection, MemoryType, Module, RawSection, SectionId,
    TypeSection, ValType,
};
use wasmparser::{BinaryReader, Data, DataKind, KnownCustom, Operator, Parser, Payload, TypeRef};

use super::AdaptError;

/// What the encoder gives an adapter its memory by, before all else (wit-component's
/// `validation.rs`).
const REALLOC: &str = "cabi_realloc_adapter";
/// Bytes of a page of memory.
const PAGE: u32 = 1 << 16;
/// Pages of the adapter: one for its state, one for its stack, and as many to spare.
const ROOM: u32 = 4;
/// How a line table begins: the format of Go 1.20 and later, instructions of one byte, pointers
/// of eight (`internal/abi/symtab.go`).
const LINE_TABLE: [u8; 8] = [0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8];
/// Line tables that may be looked at: a program has one, and its data may hold the bytes again.
const MAX_TABLES: usize = 64;
/// In words from the start of the module data: from `noptrdata` to `end`.
const ADDRESSES: std::ops::RangeInclusive<usize> = 24..=34;
/// What the linker leaves above the data, bytes: since Go 1.24, and before.
const ABOVE: [u64; 2] = [1 << 20, 16 << 20];
/// The most data that is looked at, bytes.
const MAX_DATA: u64 = 256 << 20;

/// The module with room for the adapter, if Go made it; any other as it is.
///
/// # Errors
/// [`AdaptError::Go`] if the end of the data is not found where Go's linker puts it.
pub(crate) fn with_room(core: &[u8]) -> Result<Cow<'_, [u8]>, AdaptError> {
    let read = Program::read(core).map_err(|error| AdaptError::parse(&error, core))?;
    if !read.go || read.served {
        return Ok(Cow::Borrowed(core));
    }
    read.rebuilt().map(Cow::Owned).ok_or(AdaptError::Go)
}

/// Whether Go's own compiler made the module.
pub(crate) fn made(core: &[u8]) -> bool {
    Program::read(core).is_ok_and(|read| read.go)
}

/// What one pass over a module found.
#[derive(Default)]
struct Program<'a> {
    core: &'a [u8],
    /// Whether Go's linker signed it.
    go: bool,
    /// Whether it serves the adapter itself.
    served: bool,
    sections: Vec<(u8, &'a [u8])>,
    segments: Vec<Data<'a>>,
    types: u32,
    functions: u32,
    globals: u32,
    memory: Option<wasmparser::MemoryType>,
    memories: u32,
}

impl<'a> Program<'a> {
    fn read(core: &'a [u8]) -> wasmparser::Result<Self> {
        let mut program = Self { core, ..Self::default() };
        for payload in Parser::new(0).parse_all(core) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                program.sections.push((id, &core[range]));
            }
            match payload {
                Payload::CustomSection(section) => {
                    program.go |= section.name() == "go:buildid";
                    if let KnownCustom::Producers(fields) = section.as_known() {
                        for field in fields {
                            for value in field?.values {
                                program.go |= value?.name == "Go cmd/compile";
                            }
                        }
                    }
                }
                Payload::TypeSection(section) => {
                    for group in section {
                        program.types += u32::try_from(group?.types().len()).unwrap_or(u32::MAX);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => program.functions += 1,
                            TypeRef::Global(_) => program.globals += 1,
                            TypeRef::Memory(_) => program.memories += 1,
                            TypeRef::Table(_) | TypeRef::Tag(_) => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => program.functions += section.count(),
                Payload::GlobalSection(section) => program.globals += section.count(),
                Payload::MemorySection(section) => {
                    program.memories += section.count();
                    program.memory = section.into_iter().next().transpose()?;
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        program.served |= export?.name == REALLOC;
                    }
                }
                // Only of a program of Go is it worth the reading; its signature comes last.
                Payload::DataSection(section) => {
                    program.segments = section.into_iter().collect::<Result<_, _>>()?;
                }
                _ => {}
            }
        }
        Ok(program)
    }

    fn rebuilt(&self) -> Option<Vec<u8>> {
        let memory = self.memory.filter(|memory| {
            self.memories == 1 && !memory.memory64 && !memory.shared && memory.maximum.is_none()
        })?;
        let size = memory.initial.checked_mul(PAGE.into())?;
        let (at, end) = self.end_of_data(size)?;
        let start = end.checked_next_multiple_of(PAGE)?;
        let limit = start.checked_add(ROOM * PAGE)?;

        let mut module = Module::new();
        let mut counted = 0;
        for &(id, data) in &self.sections {
            let item = self.added(id, start, limit);
            counted += u32::from(item.is_some());
            let patched = match item {
                Some(item) => Cow::Owned(with_item(data, &item)?),
                None if id == SectionId::Memory as u8 => {
                    let mut section = MemorySection::new();
                    let minimum = memory.initial + u64::from(ROOM);
                    section.memory(MemoryType {
                        minimum,
                        maximum: None,
                        memory64: false,
                        shared: false,
                        page_size_log2: None,
                    });
                    Cow::Owned(body(|sink| section.encode(sink)))
                }
                None if id == SectionId::Data as u8 => {
                    let mut bytes = data.to_vec();
                    let within = at.checked_sub(offset(self.core, data))?;
                    // The runtime rounds it up to a page, so that only whole pages count.
                    bytes.get_mut(within..within + 4)?.copy_from_slice(&limit.to_le_bytes());
                    Cow::Owned(bytes)
                }
                None => Cow::Borrowed(data),
            };
            module.section(&RawSection { id, data: &patched });
        }
        // Each kind of item was added once, to a section of its own.
        (counted == 5).then(|| module.finish())
    }

    /// What the section with this number gets more, without the count before it.
    fn added(&self, id: u8, start: u32, limit: u32) -> Option<Vec<u8>> {
        let one = |id| id as u8;
        let words = |section: &[u8]| section[1..].to_vec();
        if id == one(SectionId::Type) {
            let mut section = TypeSection::new();
            section.ty().function([ValType::I32; 4], [ValType::I32]);
            Some(words(&body(|sink| section.encode(sink))))
        } else if id == one(SectionId::Function) {
            let mut section = FunctionSection::new();
            section.function(self.types);
            Some(words(&body(|sink| section.encode(sink))))
        } else if id == one(SectionId::Global) {
            let mut section = GlobalSection::new();
            let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
            section.global(ty, &ConstExpr::i32_const(start.cast_signed()));
            Some(words(&body(|sink| section.encode(sink))))
        } else if id == one(SectionId::Export) {
            let mut section = ExportSection::new();
            section.export(REALLOC, ExportKind::Func, self.functions);
            Some(words(&body(|sink| section.encode(sink))))
        } else if id == one(SectionId::Code) {
            let mut section = CodeSection::new();
            section.function(&self.realloc(limit));
            Some(words(&body(|sink| section.encode(sink))))
        } else {
            None
        }
    }

    /// `(old, old size, alignment, size) -> pointer`: the next bytes up to `limit`, or a trap.
    /// The adapter asks for whole pages, and gives none back.
    fn realloc(&self, limit: u32) -> Function {
        let next = self.globals;
        let mut function = Function::new([]);
        let mut body = function.instructions();
        body.local_get(0).if_(wasm_encoder::BlockType::Empty).unreachable().end();
        body.local_get(3).i32_const(limit.cast_signed()).global_get(next).i32_sub().i32_gt_u();
        body.if_(wasm_encoder::BlockType::Empty).unreachable().end();
        body.global_get(next);
        body.global_get(next).local_get(3).i32_add().i32_const(7).i32_add().i32_const(-8).i32_and();
        body.global_set(next).end();
        function
    }

    /// Where the end of the data is written, as an offset in the module, and what it is.
    fn end_of_data(&self, size: u64) -> Option<(usize, u32)> {
        let image = self.image(size)?;
        let word = |at: usize| {
            let bytes = image.get(at * 8..at * 8 + 8)?;
            bytes.try_into().ok().map(u64::from_le_bytes)
        };
        let words = image.len() / 8;
        let tables: Vec<u64> = (0..words)
            .filter(|at| image[at * 8..at * 8 + 8] == LINE_TABLE)
            .map(|at| at as u64 * 8)
            .collect();
        if tables.len() > MAX_TABLES {
            return None;
        }
        let mut found = (0..words).filter_map(|at| {
            tables.contains(&word(at)?).then_some(())?;
            let addresses: Option<Vec<u64>> = ADDRESSES.map(|address| word(at + address)).collect();
            let addresses = addresses.filter(|all| all.is_sorted())?;
            let (first, end) = (*addresses.first()?, *addresses.last()?);
            let page = u64::from(PAGE);
            let sized = end < size && ABOVE.iter().any(|above| (end + above) / page == size / page);
            (first > 0 && sized).then_some((at + ADDRESSES.end(), end))
        });
        let (at, end) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        let address = at as u64 * 8;
        let segment = self.segments.iter().find_map(|segment| {
            let start = start_of(segment)?;
            let within = address
                .checked_sub(start)
                .filter(|within| within + 4 <= segment.data.len() as u64)?;
            Some(offset(self.core, segment.data) + usize::try_from(within).ok()?)
        })?;
        Some((segment, u32::try_from(end).ok()?))
    }

    /// The memory as it is before the program runs, up to the last byte of data.
    fn image(&self, size: u64) -> Option<Vec<u8>> {
        let end = |segment| Some(start_of(segment)? + segment.data.len() as u64);
        let ends: Option<Vec<u64>> = self.segments.iter().map(end).collect();
        let length = ends?.into_iter().max()?;
        if length > size.min(MAX_DATA) {
            return None;
        }
        let mut image = vec![0; usize::try_from(length).ok()?];
        for segment in &self.segments {
            let start = usize::try_from(start_of(segment)?).ok()?;
            image[start..start + segment.data.len()].copy_from_slice(segment.data);
        }
        Some(image)
    }
}

/// The address of an active segment in the one memory.
fn start_of(segment: &Data<'_>) -> Option<u64> {
    let DataKind::Active { memory_index: 0, offset_expr } = &segment.kind else { return None };
    match offset_expr.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(value.cast_unsigned().into()),
        _ => None,
    }
}

/// The section's items with one more at their end, and counted.
fn with_item(section: &[u8], item: &[u8]) -> Option<Vec<u8>> {
    let mut reader = BinaryReader::new(section, 0);
    let count = reader.read_var_u32().ok()?;
    let mut all = Vec::with_capacity(section.len() + item.len() + 5);
    count.checked_add(1)?.encode(&mut all);
    all.extend_from_slice(&section[reader.current_position()..]);
    all.extend_from_slice(item);
    Some(all)
}

/// What a section of `wasm-encoder` writes, without its size: the count and the items.
fn body(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut sized = Vec::new();
    encode(&mut sized);
    let mut reader = BinaryReader::new(&sized, 0);
    drop(reader.read_var_u32());
    let start = reader.current_position();
    sized.split_off(start)
}

/// Where in the module a part of it begins.
fn offset(core: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - core.as_ptr().addr()
}
