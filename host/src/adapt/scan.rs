//! The first look at an artifact: one pass that counts, refuses and says what it is, before
//! anything encodes it or makes code of it. Bytes come from anybody.

use serde::{Deserialize, Serialize};
use wasmparser::{
    BinaryReader, ComponentTypeSectionReader, CustomSectionReader, Encoding, FuncValidator,
    FuncValidatorAllocations, FunctionBody, Parser, Payload, ValidPayload, Validator, WasmFeatures,
    WasmModuleResources, types::Types,
};

use super::{
    AdaptError,
    artifact::{Export, Import, Kind, Scan, Signature, What},
    depth, text,
};

/// The proposals that the engine has: WebAssembly 2 with tail calls, exceptions, several
/// memories and extended constants, and the component model without async. Not threads, not
/// 64-bit memory, not garbage collection. The engine's configuration is made from this.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::EXCEPTIONS)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::COMPONENT_MODEL);

/// Custom sections with this prefix type a core module by WIT (wit-component's `metadata.rs`).
const COMPONENT_TYPE: &str = "component-type";
/// Sections of that name, and their bytes together, that a module may carry.
const COMPONENT_TYPES: (u64, usize) = (64, 1 << 20);

/// Blocks within blocks, in one function. A `switch` of C has a level for each case; at 4,000
/// levels of loops the code generator takes a second for one function, and it grows faster than
/// their number.
const BLOCKS: u64 = 2_000;
/// The same over all functions: the sum of the squares of their depths.
const BLOCKS_SQUARED: u64 = 32_000_000;
/// What instantiating the artifact instantiates, through all levels: the code generator writes
/// out every one, and components that instantiate twice double it with each level.
const INSTANTIATIONS: u64 = 10_000;
/// Globals, which lie outside the memories that are limited.
const GLOBALS: u64 = 10_000;

/// How large an artifact may be before any code is generated for it. Counts run over all
/// nested modules and components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanLimits {
    /// Size, bytes.
    pub bytes: usize,
    /// Functions defined, canonical ones included.
    pub functions: u64,
    /// Imports.
    pub imports: u64,
    /// How deep modules and components may nest, and types within types; a core module alone
    /// is 0.
    pub nesting: u64,
    /// Whether function bodies are validated here. Code generation validates them in any case;
    /// here it costs 35 ms per MiB and gives an error with an offset in the artifact itself.
    pub bodies: bool,
}

impl Default for ScanLimits {
    /// 64 MiB, 100,000 functions, 5,000 imports, 16 levels: `CPython` and an optimising
    /// compiler pass, a generated bomb does not.
    fn default() -> Self {
        Self { bytes: 64 << 20, functions: 100_000, imports: 5_000, nesting: 16, bodies: true }
    }
}

/// Validates `bytes` and says what they are.
///
/// # Errors
/// [`AdaptError`]: not WebAssembly, over a limit, a proposal that the engine does not have, or
/// invalid, with the offset.
pub fn scan(bytes: &[u8], limits: &ScanLimits) -> Result<Scan, AdaptError> {
    if bytes.is_empty() {
        return Err(AdaptError::Empty);
    }
    if bytes.len() > limits.bytes {
        return Err(AdaptError::TooLarge { bytes: bytes.len(), limit: limits.bytes });
    }
    if !bytes.starts_with(b"\0asm") && !b"\0asm".starts_with(bytes) {
        return Err(if text::is_text(bytes) {
            AdaptError::Text
        } else {
            AdaptError::NotWasm { begins: text::begins(bytes) }
        });
    }
    let mut walk = Walk::new(bytes, limits);
    walk.all().map_err(|stop| match stop {
        Stop::Refused(error) => error,
        Stop::Parse(error) => AdaptError::parse(&error, bytes),
    })?;
    Ok(walk.finish())
}

/// One pass over the sections of an artifact.
struct Walk<'a> {
    bytes: &'a [u8],
    limits: &'a ScanLimits,
    validator: Validator,
    functions: u64,
    imported: u64,
    depth: u64,
    component: bool,
    component_types: (u64, usize),
    globals: u64,
    blocks_squared: u64,
    /// Instantiations of each component that is being read, outermost first.
    weights: Vec<u64>,
    /// The most instantiations of any component read so far.
    heaviest: u64,
    imports: Vec<Import>,
    exports: Vec<Export>,
}

enum Stop {
    Refused(AdaptError),
    Parse(wasmparser::Error),
}

impl From<wasmparser::Error> for Stop {
    fn from(error: wasmparser::Error) -> Self {
        Self::Parse(error)
    }
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8], limits: &'a ScanLimits) -> Self {
        Self {
            bytes,
            limits,
            validator: Validator::new_with_features(FEATURES),
            functions: 0,
            imported: 0,
            depth: 0,
            component: false,
            component_types: (0, 0),
            globals: 0,
            blocks_squared: 0,
            weights: vec![0],
            heaviest: 0,
            imports: Vec::new(),
            exports: Vec::new(),
        }
    }

    fn all(&mut self) -> Result<(), Stop> {
        let mut parser = Parser::new(0);
        parser.set_features(FEATURES);
        let mut scratch = FuncValidatorAllocations::default();
        // The types of a module are known at its end, the exports that they type before.
        let mut exports = None;
        for payload in parser.parse_all(self.bytes) {
            let payload = payload?;
            self.count(&payload)?;
            if let (0, Payload::ExportSection(section)) = (self.depth, &payload) {
                exports = Some(section.clone());
            }
            match self.validator.payload(&payload)? {
                ValidPayload::Ok => {}
                ValidPayload::Parser(_) => {
                    self.depth += 1;
                    self.weights.push(0);
                }
                ValidPayload::Func(..) if !self.limits.bodies => {}
                ValidPayload::Func(function, body) => {
                    let mut function = function.into_validator(std::mem::take(&mut scratch));
                    let depth = body_within(&mut function, &body)?;
                    self.blocks_squared += depth * depth;
                    within(
                        "levels of blocks, squared and summed",
                        self.blocks_squared,
                        BLOCKS_SQUARED,
                    )?;
                    scratch = function.into_allocations();
                }
                ValidPayload::End(types) if self.depth == 0 => {
                    for export in exports.take().into_iter().flatten() {
                        self.exports.push(typed(&export?, &types));
                    }
                }
                ValidPayload::End(_) => {
                    self.depth -= 1;
                    self.heaviest = self.heaviest.max(self.weights.pop().unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    /// Counts and notes one section, before anything else reads into it.
    fn count(&mut self, payload: &Payload<'_>) -> Result<(), Stop> {
        match payload {
            Payload::Version { encoding, .. } if self.depth == 0 => {
                self.component = *encoding == Encoding::Component;
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                within("levels of nesting", self.depth + 1, self.limits.nesting)?;
            }
            Payload::GlobalSection(section) => {
                self.globals += u64::from(section.count());
                within("globals", self.globals, GLOBALS)?;
            }
            Payload::InstanceSection(section) => self.instantiates(section.count().into())?,
            Payload::ComponentInstanceSection(section) => {
                let instances = u64::from(section.count());
                self.instantiates(instances.saturating_mul(self.heaviest + 1))?;
            }
            Payload::FunctionSection(section) => self.functions(section.count())?,
            Payload::ComponentCanonicalSection(section) => self.functions(section.count())?,
            Payload::ImportSection(section) => {
                self.imports(section.count())?;
                if self.depth == 0 {
                    for import in section.clone().into_imports() {
                        let import = import?;
                        self.imports.push(Import::new(import.module, import.name));
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                self.imports(section.count())?;
                if self.depth == 0 {
                    for import in section.clone() {
                        self.imports.push(Import::new(import?.name.name, ""));
                    }
                }
            }
            Payload::ComponentExportSection(section) if self.depth == 0 => {
                for export in section.clone() {
                    self.exports.push(Export::new(export?.name.name, What::Other));
                }
            }
            Payload::ComponentTypeSection(section) => self.types(section)?,
            Payload::CustomSection(section) if section.name().starts_with(COMPONENT_TYPE) => {
                self.component_type(section)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn instantiates(&mut self, more: u64) -> Result<(), Stop> {
        let Some(weight) = self.weights.last_mut() else { return Ok(()) };
        *weight = weight.saturating_add(more);
        within("instantiations", *weight, INSTANTIATIONS)
    }

    fn functions(&mut self, more: u32) -> Result<(), Stop> {
        self.functions += u64::from(more);
        within("functions", self.functions, self.limits.functions)
    }

    fn imports(&mut self, more: u32) -> Result<(), Stop> {
        self.imported += u64::from(more);
        within("imports", self.imported, self.limits.imports)
    }

    fn component_type(&mut self, section: &CustomSectionReader<'_>) -> Result<(), Stop> {
        self.component_types.0 += 1;
        self.component_types.1 += section.data().len();
        within("component-type sections", self.component_types.0, COMPONENT_TYPES.0)?;
        within(
            "bytes of component types",
            self.component_types.1 as u64,
            COMPONENT_TYPES.1 as u64,
        )?;
        // It is a component of its own, which the encoder will read.
        let parser = Parser::new(section.data_offset() as u64);
        for payload in parser.parse_all(section.data()) {
            if let Payload::ComponentTypeSection(types) = payload? {
                self.types(&types)?;
            }
        }
        Ok(())
    }

    fn types(&self, section: &ComponentTypeSectionReader<'_>) -> Result<(), Stop> {
        let range = section.range();
        let reader = BinaryReader::new(&self.bytes[range.clone()], range.start);
        let depth = depth::of_types(reader, self.limits.nesting)?;
        within("levels of types within types", depth, self.limits.nesting)
    }

    fn finish(self) -> Scan {
        let typed = self.component_types.0 > 0;
        let kind = if self.component {
            Kind::Component
        } else {
            Kind::of_module(typed, &self.imports, &self.exports)
        };
        Scan {
            kind,
            functions: self.functions,
            imported: self.imported,
            typed,
            imports: self.imports,
            exports: self.exports,
        }
    }
}

/// Validates a body and gives the depth of its blocks: nesting costs the code generator more than its length.
fn body_within<R: WasmModuleResources>(
    function: &mut FuncValidator<R>,
    body: &FunctionBody<'_>,
) -> Result<u64, Stop> {
    let mut deepest = 0;
    let mut reader = body.get_binary_reader();
    function.read_locals(&mut reader)?;
    reader.set_features(FEATURES);
    while !reader.eof() {
        reader.visit_operator(&mut function.visitor(reader.original_position()))??;
        deepest = deepest.max(function.control_stack_height().into());
        within("levels of blocks within blocks", deepest, BLOCKS)?;
    }
    reader.finish_expression(&function.visitor(reader.original_position()))?;
    Ok(deepest)
}

fn within(what: &'static str, count: u64, limit: u64) -> Result<(), Stop> {
    if count > limit {
        return Err(Stop::Refused(AdaptError::TooMany { what: what.into(), count, limit }));
    }
    Ok(())
}

fn typed(export: &wasmparser::Export<'_>, types: &Types) -> Export {
    use wasmparser::{ExternalKind, ValType::I32};
    let types = types.as_ref();
    let what = match export.kind {
        ExternalKind::Func => {
            let function = types[types.core_function_at(export.index)].unwrap_func();
            What::Function(match (function.params(), function.results()) {
                ([], []) => Signature::Action,
                ([], [I32]) => Signature::Pointer,
                ([I32], [I32]) => Signature::Entry,
                _ => Signature::Other,
            })
        }
        ExternalKind::Memory => What::Memory { pages: types.memory_at(export.index).maximum },
        _ => What::Other,
    };
    Export::new(export.name, what)
}
