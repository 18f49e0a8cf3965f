//! Fronts: components that export a world of their author's for an engine that cannot, because it
//! was made before the world was known.
//!
//! A front imports one function, the engine's door (`calls`), and hands it the memory of a call as the
//! canonical ABI laid it out. Reading and writing that is the engine's work, by the table that goes
//! with the program.

mod join;
mod module;
pub(super) mod table;
#[cfg(test)]
mod tests;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{
    Docs, Function, Resolve, Span, Stability, WasmExport, WasmExportKind, WasmImport, World,
    WorldId, WorldItem, WorldKey, abi::AbiVariant,
};

pub(crate) use join::join;

use super::{GlueError, c::MANGLING};
use crate::world::{Contract, WorldError};

/// The name of an engine's door.
const DOOR: &str = "workbooks:python/calls";

/// It, in WIT.
pub(crate) const CALLS: &str = "package workbooks:python;

/// How a program answers what a world of its author's exports.
interface calls {
  /// Calls what stands at `index` in the program's table. `memory` holds the parameters: slots of
  /// 8 bytes for core values, then what they point to. The answer is the result as it is to lie in
  /// memory from the address `at`. An error ends the instance; the program has said why.
  call: func(index: u32, at: u32, memory: list<u8>) -> result<list<u8>>;
}
";

/// What stands before an engine.
pub(crate) struct Front {
    /// The component.
    pub(crate) component: Vec<u8>,
    /// What its calls mean, as JSON: see `table.rs`.
    pub(crate) table: Vec<u8>,
}

/// The front of a world; none if an engine exports all of it: the contract's own doors.
///
/// # Errors
/// [`GlueError`].
pub(crate) fn make(contract: Contract<'_>, world: &str) -> Result<Option<Front>, GlueError> {
    let (known, _) = contract.resolve()?;
    let (mut resolve, id) = contract.resolved(world)?;
    let is_known = |interface| super::is_known(&known, &resolve, interface);
    let is_own = |key: &WorldKey| match key {
        WorldKey::Interface(id) => !is_known(*id),
        WorldKey::Name(_) => true,
    };
    if !resolve.worlds[id].exports.keys().any(is_own) {
        return Ok(None);
    }
    let table = table::describe(&resolve, id, is_known)?;
    let component =
        encode(&mut resolve, id).map_err(|why| WorldError::Bindings { language: "Python", why })?;
    Ok(Some(Front { component, table: table.to_string().into_bytes() }))
}

fn encode(resolve: &mut Resolve, world: WorldId) -> Result<Vec<u8>, String> {
    let said = |why| format!("{why:#}");
    let calls = resolve.push_str("calls.wit", CALLS).map_err(said)?;
    let calls = resolve.packages[calls].interfaces["calls"];
    let key = WorldKey::Interface(calls);
    let item = WorldItem::Interface {
        id: calls,
        stability: Stability::default(),
        external_id: None,
        docs: Docs::default(),
        span: Span::default(),
    };
    resolve.worlds[world].imports.insert(key.clone(), item);
    let call = WasmImport::Func {
        interface: Some(&key),
        func: &resolve.interfaces[calls].functions["call"],
    };
    let (from, name) = resolve.wasm_import_name(MANGLING, call);
    let entries: Vec<_> =
        exports(resolve, &resolve.worlds[world]).map(|(key, f)| entry(resolve, key, f)).collect();
    let mut module = module::encode((&from, &name), &entries);
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).map_err(said)?;
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    encoder.and_then(|mut encoder| encoder.encode()).map_err(said)
}

/// The functions of a world's exports, in the order of the table.
pub(super) fn exports<'a>(
    resolve: &'a Resolve,
    world: &'a World,
) -> impl Iterator<Item = (Option<&'a WorldKey>, &'a Function)> {
    world.exports.iter().flat_map(|(key, item)| {
        let all: Vec<_> = match item {
            WorldItem::Interface { id, .. } => {
                resolve.interfaces[*id].functions.values().map(|f| (Some(key), f)).collect()
            }
            WorldItem::Function(function) => vec![(None, function)],
            WorldItem::Type { .. } => Vec::new(),
        };
        all
    })
}

fn entry(resolve: &Resolve, interface: Option<&WorldKey>, func: &Function) -> module::Entry {
    let signature = resolve.wasm_signature(AbiVariant::GuestExport, func);
    let name =
        |kind| resolve.wasm_export_name(MANGLING, WasmExport::Func { interface, func, kind });
    module::Entry {
        name: name(WasmExportKind::Normal),
        post_return: signature.retptr.then(|| name(WasmExportKind::PostReturn)),
        params: signature.params,
        result: signature.results.first().copied(),
        placed: signature.retptr,
    }
}
