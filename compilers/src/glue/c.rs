//! `world.c`: the tables of a world, its imports, and its exports.

use std::fmt::Write as _;

use wit_parser::{
    Function, FunctionKind, LiftLowerAbi, ManglingAndAbi, Resolve, ResourceIntrinsic, WasmExport,
    WasmExportKind, WasmImport, WorldId, WorldItem, WorldKey,
    abi::{AbiVariant, WasmType},
};

use super::{
    GlueError,
    names::{self, camel},
    tables::{Resource, Side, Tables, resources},
};

/// How a module calls what it imports and exports.
pub(super) const MANGLING: ManglingAndAbi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);

const HEAD: &str = r#"/* Generated from the world: what it imports and exports, as tables for the glue. The runtime
 * calls `wbx_glue_module` (an imported interface as an ES module) and `wbx_glue_invoke` (an
 * export of the program), and implements `wbx_enter`, `wbx_call`, `wbx_sealed` and `wbx_die`:
 * see glue.h. */
#include "glue.h"
"#;

/// What the world imports under one module's name.
struct Import<'a> {
    /// None of the world's own functions.
    key: Option<&'a WorldKey>,
    module: String,
    version: Option<String>,
    bare: bool,
    functions: Vec<&'a Function>,
}

/// The text of `world.c`.
pub(super) fn generate(resolve: &Resolve, world: WorldId) -> Result<String, GlueError> {
    let resources = resources(resolve, world);
    let mut file = File::new(resolve, &resources);
    let imports = imports(resolve, world);
    for import in &imports {
        file.import(import)?;
    }
    file.exports(world)?;
    for (at, resource) in resources.iter().enumerate() {
        file.resource(at, resource);
    }
    Ok(file.finish())
}

fn imports(resolve: &Resolve, world: WorldId) -> Vec<Import<'_>> {
    let mut all = Vec::new();
    let mut of_world = Vec::new();
    for (key, item) in &resolve.worlds[world].imports {
        match item {
            WorldItem::Interface { id, .. } => {
                let (module, version) = names::module(resolve, key);
                let functions = resolve.interfaces[*id].functions.values().collect();
                all.push(Import { key: Some(key), module, version, bare: false, functions });
            }
            WorldItem::Function(function) if function.kind.resource().is_none() => {
                let module = function.name.clone();
                all.push(Import {
                    key: None,
                    module,
                    version: None,
                    bare: true,
                    functions: vec![function],
                });
            }
            WorldItem::Function(function) => of_world.push(function),
            WorldItem::Type { .. } => {}
        }
    }
    if !of_world.is_empty() {
        let module = "$root".to_owned();
        all.push(Import { key: None, module, version: None, bare: false, functions: of_world });
    }
    all
}

struct File<'a> {
    resolve: &'a Resolve,
    tables: Tables<'a>,
    /// Declarations and functions of C that rows point to.
    code: String,
    interfaces: Vec<String>,
    imports: Vec<String>,
    exports: Vec<String>,
    resources: Vec<String>,
    entries: String,
}

impl<'a> File<'a> {
    fn new(resolve: &'a Resolve, resources: &'a [Resource]) -> Self {
        Self {
            resolve,
            tables: Tables::new(resolve, resources),
            code: String::new(),
            interfaces: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            resources: Vec::new(),
            entries: String::new(),
        }
    }

    fn import(&mut self, import: &Import<'_>) -> Result<(), GlueError> {
        let first = self.imports.len();
        for function in &import.functions {
            let module = if import.bare || import.module == "$root" { "" } else { &import.module };
            let label = names::label(self.resolve, module, function);
            let at = self.imports.len();
            let import = WasmImport::Func { interface: import.key, func: function };
            let call = self.caller(at, import, function);
            let row = self.row(&label, function, Side::Import, "NULL, NULL", &call)?;
            self.imports.push(row);
        }
        let own = |r: &Resource| r.side == Side::Import && r.interface.as_ref() == import.key;
        let resources: Vec<_> = (0..self.tables.resources.len())
            .filter(|&at| !import.bare && own(&self.tables.resources[at]))
            .collect();
        self.interfaces.push(format!(
            "{{ {}, {}, {}, {first}, {}, {}, {} }}",
            quoted(&import.module),
            import.version.as_deref().map_or("NULL".to_owned(), quoted),
            import.bare,
            import.functions.len(),
            resources.first().unwrap_or(&0),
            resources.len(),
        ));
        Ok(())
    }

    /// A row of a function's table.
    fn row(
        &mut self,
        label: &str,
        function: &Function,
        side: Side,
        interface: &str,
        call: &str,
    ) -> Result<String, GlueError> {
        let (params, result) = self.tables.signature(label, function, side)?;
        let kind = match function.kind {
            FunctionKind::Method(_) | FunctionKind::AsyncMethod(_) => "WBX_METHOD",
            FunctionKind::Static(_) | FunctionKind::AsyncStatic(_) => "WBX_STATIC",
            FunctionKind::Constructor(_) => "WBX_CONSTRUCTOR",
            FunctionKind::Freestanding | FunctionKind::AsyncFreestanding => "WBX_FREE",
        };
        let resource = function.kind.resource().and_then(|id| self.tables.resource(id, side));
        Ok(format!(
            "{{ {}, {}, {interface}, {kind}, {}, &T[{params}], {}, {call} }}",
            quoted(&names::function(function)),
            quoted(label),
            resource.map_or("NULL".to_owned(), |at| format!("&R[{at}]")),
            result.map_or("NULL".to_owned(), |row| format!("&T[{row}]")),
        ))
    }

    /// A function of C that calls an import with what stands in an array.
    fn caller(&mut self, at: usize, import: WasmImport<'_>, function: &Function) -> String {
        let signature = self.resolve.wasm_signature(AbiVariant::GuestImport, function);
        let (module, name) = self.resolve.wasm_import_name(MANGLING, import);
        let result = signature.results.first().map_or("void", |&ty| c_type(ty));
        let params: Vec<_> = signature.params.iter().map(|&ty| c_type(ty)).collect();
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        self.declare(&module, &name, &format!("{result} wbx_i{at}({params})"));
        let arguments = signature.params.iter().enumerate().map(|(n, &ty)| match ty {
            WasmType::F32 => format!("wbx_to_f32(in[{n}])"),
            WasmType::F64 => format!("wbx_to_f64(in[{n}])"),
            _ => format!("({})in[{n}]", c_type(ty)),
        });
        let call = format!("wbx_i{at}({})", arguments.collect::<Vec<_>>().join(", "));
        let call = match signature.results.first() {
            Some(&ty) => format!("*out = {}", to_slot(ty, &call)),
            None => call,
        };
        let code = &mut self.code;
        let _ =
            writeln!(code, "static void c{at}(const uint64_t *in, uint64_t *out) {{ {call}; }}");
        format!("c{at}")
    }

    fn declare(&mut self, module: &str, name: &str, declaration: &str) {
        let (module, name) = (quoted(module), quoted(name));
        let _ = writeln!(
            self.code,
            "__attribute__((import_module({module}), import_name({name}))) extern {declaration};"
        );
    }

    fn exports(&mut self, world: WorldId) -> Result<(), GlueError> {
        let resolve = self.resolve;
        let exports = &resolve.worlds[world].exports;
        let shorts: Vec<_> = exports
            .keys()
            .map(|key| names::short(&names::module(resolve, key).0).to_owned())
            .collect();
        for (key, item) in exports {
            match item {
                WorldItem::Interface { id, .. } => {
                    let full = resolve.name_world_key(key);
                    let (module, _) = names::module(resolve, key);
                    let short = names::short(&module);
                    let twice = shorts.iter().filter(|other| *other == short).count() > 1;
                    let object = if twice { module.clone() } else { camel(short) };
                    let interface = format!("{}, {}", quoted(&full), quoted(&object));
                    for function in resolve.interfaces[*id].functions.values() {
                        let label = names::label(resolve, &module, function);
                        self.export(Some(key), &label, function, &interface)?;
                    }
                }
                WorldItem::Function(function) => {
                    let label = names::label(resolve, "", function);
                    self.export(None, &label, function, "NULL, NULL")?;
                }
                WorldItem::Type { .. } => {}
            }
        }
        Ok(())
    }

    fn export(
        &mut self,
        key: Option<&WorldKey>,
        label: &str,
        function: &Function,
        interface: &str,
    ) -> Result<(), GlueError> {
        let at = self.exports.len();
        let row = self.row(label, function, Side::Export, interface, "NULL")?;
        self.exports.push(row);
        let name = |kind| {
            let export = WasmExport::Func { interface: key, func: function, kind };
            quoted(&self.resolve.wasm_export_name(MANGLING, export))
        };
        let signature = self.resolve.wasm_signature(AbiVariant::GuestExport, function);
        let params = signature.params.iter().enumerate();
        let slots: Vec<_> = params.clone().map(|(n, &ty)| to_slot(ty, &format!("a{n}"))).collect();
        let params: Vec<_> = params.map(|(n, &ty)| format!("{} a{n}", c_type(ty))).collect();
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        let slots = if slots.is_empty() { "0".to_owned() } else { slots.join(", ") };
        let call = format!("wbx_export(&E[{at}], (const uint64_t[]){{ {slots} }})");
        let (result, call) = match signature.results.first() {
            None => ("void", call),
            Some(WasmType::F32) => ("float", format!("return wbx_to_f32({call})")),
            Some(WasmType::F64) => ("double", format!("return wbx_to_f64({call})")),
            Some(&ty) => (c_type(ty), format!("return ({}){call}", c_type(ty))),
        };
        let _ = writeln!(
            self.entries,
            "__attribute__((export_name({}))) {result} wbx_e{at}({params}) {{ {call}; }}",
            name(WasmExportKind::Normal),
        );
        if signature.retptr {
            let _ = writeln!(
                self.entries,
                "__attribute__((export_name({}))) void wbx_p{at}(int32_t at) {{ (void)at; wbx_post_return(); }}",
                name(WasmExportKind::PostReturn),
            );
        }
        Ok(())
    }

    fn resource(&mut self, at: usize, resource: &Resource) {
        let mut functions = Vec::new();
        let intrinsics = match resource.side {
            Side::Import => vec![ResourceIntrinsic::ImportedDrop],
            Side::Export => vec![
                ResourceIntrinsic::ExportedDrop,
                ResourceIntrinsic::ExportedNew,
                ResourceIntrinsic::ExportedRep,
            ],
        };
        let names = [("void", "wbx_d"), ("int32_t", "wbx_n"), ("int32_t", "wbx_r")];
        for (intrinsic, (result, letter)) in intrinsics.into_iter().zip(names) {
            let import = WasmImport::ResourceIntrinsic {
                interface: resource.interface.as_ref(),
                resource: resource.id,
                intrinsic,
            };
            let (module, name) = self.resolve.wasm_import_name(MANGLING, import);
            self.declare(&module, &name, &format!("{result} {letter}{at}(int32_t)"));
            functions.push(format!("{letter}{at}"));
        }
        functions.resize(3, "NULL".to_owned());
        let class = quoted(&names::class(self.resolve, resource.id));
        self.resources.push(format!("{{ {class}, {at}, {} }}", functions.join(", ")));
        if let (Side::Export, Some(interface)) = (resource.side, &resource.interface) {
            let export = WasmExport::ResourceDtor { interface, resource: resource.id };
            let name = quoted(&self.resolve.wasm_export_name(MANGLING, export));
            let _ = writeln!(
                self.entries,
                "__attribute__((export_name({name}))) void wbx_x{at}(int32_t rep) {{ wbx_dispose(rep); }}"
            );
        }
    }

    fn finish(self) -> String {
        let mut text = HEAD.to_owned();
        let types = self.tables.types;
        let _ = writeln!(text, "\nstatic const wbx_type T[{}];", types.len().max(1));
        let _ = writeln!(text, "static const wbx_resource R[{}];\n", self.resources.len().max(1));
        for (at, fields) in self.tables.fields.iter().enumerate() {
            let _ = writeln!(text, "static const wbx_field F{at}[] = {{ {fields} }};");
        }
        table(&mut text, "wbx_type T", &types);
        let _ = write!(text, "\n{}", self.code);
        table(&mut text, "wbx_resource R", &self.resources);
        table(&mut text, "wbx_function I", &self.imports);
        table(&mut text, "wbx_interface N", &self.interfaces);
        let (interfaces, resources) = (self.interfaces.len(), self.resources.len());
        let _ = writeln!(
            text,
            "\nconst wbx_world_table wbx_world = {{ N, {interfaces}, I, R, {resources} }};"
        );
        table(&mut text, "wbx_function E", &self.exports);
        let _ = write!(text, "\n{}", self.entries);
        text
    }
}

fn table(text: &mut String, what: &str, rows: &[String]) {
    let _ = writeln!(text, "\nstatic const {what}[{}] = {{", rows.len().max(1));
    for (at, row) in rows.iter().enumerate() {
        let _ = writeln!(text, "    /* {at} */ {row},");
    }
    let _ = writeln!(text, "{}}};", if rows.is_empty() { "    { 0 }\n" } else { "" });
}

fn c_type(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "int32_t",
        WasmType::I64 | WasmType::PointerOrI64 => "int64_t",
        WasmType::F32 => "float",
        WasmType::F64 => "double",
    }
}

/// A core value in the 64 bits of a slot.
fn to_slot(ty: WasmType, value: &str) -> String {
    match ty {
        WasmType::F32 => format!("wbx_from_f32({value})"),
        WasmType::F64 => format!("wbx_from_f64({value})"),
        WasmType::I64 | WasmType::PointerOrI64 => format!("(uint64_t){value}"),
        _ => format!("(uint32_t){value}"),
    }
}

/// Names of WIT have no characters that C would need escaped.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
