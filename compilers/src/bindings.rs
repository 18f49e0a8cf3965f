//! Generated bindings for the guest's own world, per language; wit-bindgen as a library.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wit_bindgen_core::Files;

use crate::world::{Contract, WorldError};

/// A generated file: its name and bytes.
pub(crate) type Generated = (String, Vec<u8>);

/// For C: `guest.h`, `guest.c` and `guest_component_type.o`, which tells the host the types of
/// what the program imports and exports and must be linked in.
///
/// # Errors
/// [`WorldError::Contract`], [`WorldError::Bindings`].
pub fn for_c(contract: Contract<'_>, world: &str) -> Result<Vec<Generated>, WorldError> {
    let (mut resolve, id) = contract.resolved(world)?;
    let mut files = Files::default();
    guarded("C", || wit_bindgen_c::Opts::default().build().generate(&mut resolve, id, &mut files))?;
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
