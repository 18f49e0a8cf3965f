//! Generated bindings for the guest's own world, per language; wit-bindgen as a library.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wit_bindgen_core::Files;
use wit_parser::{Resolve, WorldId, WorldKey};

use crate::world::{Contract, WorldError};

/// A generated file: its name and bytes.
pub(crate) type Generated = (String, Vec<u8>);

/// The helpers of `guest-sdk/c`.
const WORKBOOKS_H: &str = include_str!("../../guest-sdk/c/workbooks.h");

/// For C: `guest.h`, `guest.c` and `guest_component_type.o`, which tells the host the types of
/// what the program imports and exports and must be linked in; and `workbooks.h`, the helpers of
/// the guest SDK, with `guest_world.h`, which tells them what the world has.
///
/// # Errors
/// [`WorldError::Contract`], [`WorldError::Bindings`].
pub fn for_c(contract: Contract<'_>, world: &str) -> Result<Vec<Generated>, WorldError> {
    let (mut resolve, id) = contract.resolved(world)?;
    let mut files = Files::default();
    let has = world_macros(&resolve, id);
    guarded("C", || wit_bindgen_c::Opts::default().build().generate(&mut resolve, id, &mut files))?;
    files.push("guest_world.h", has.as_bytes());
    files.push("workbooks.h", WORKBOOKS_H.as_bytes());
    Ok(files.iter().map(|(name, bytes)| (name.to_owned(), bytes.to_owned())).collect())
}

/// Runs a generator, which asserts where it trusts its input: the world may be an author's own.
pub(crate) fn guarded<T, E: std::fmt::Display>(
    language: &'static str,
    generate: impl FnOnce() -> Result<T, E>,
) -> Result<T, WorldError> {
    let failed = |why: String| WorldError::Bindings { language, why };
    match catch_unwind(AssertUnwindSafe(generate)) {
        Ok(generated) => generated.map_err(|why| failed(why.to_string())),
        Err(_) => Err(failed("the generator gave up".to_owned())),
    }
}

/// A macro for each interface of the contract's own that the world imports or exports.
fn world_macros(resolve: &Resolve, id: WorldId) -> String {
    let world = &resolve.worlds[id];
    let line = |direction: &str, key: &WorldKey| {
        let name = resolve.name_world_key(key);
        let own = name.strip_prefix("workbooks:engine/")?.split('@').next()?;
        let own = own.to_uppercase().replace('-', "_");
        Some(format!("#define WORKBOOKS_{direction}_{own} 1\n"))
    };
    let imports = world.imports.keys().filter_map(|key| line("IMPORTS", key));
    let exports = world.exports.keys().filter_map(|key| line("EXPORTS", key));
    let head =
        "/* What the guest's world has; generated with guest.h. */\n#pragma once\n".to_owned();
    imports.chain(exports).fold(head, |text, line| text + &line)
}
