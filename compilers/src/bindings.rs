//! Generated bindings for the guest's own world, per language; wit-bindgen as a library.

use wit_bindgen_core::Files;

use crate::world::{Contract, WorldError};

/// A generated file: its name and bytes.
pub(crate) type Generated = (String, Vec<u8>);

/// For C: `guest.h`, `guest.c` and `guest_component_type.o`, which tells the host the types of
/// what the program imports and exports and must be linked in.
///
/// # Errors
/// [`WorldError::Contract`].
pub fn for_c(contract: Contract<'_>, world: &str) -> Result<Vec<Generated>, WorldError> {
    let (mut resolve, id) = contract.resolved(world)?;
    let mut files = Files::default();
    let mut generator = wit_bindgen_c::Opts::default().build();
    let generated = generator.generate(&mut resolve, id, &mut files);
    generated.map_err(|error| WorldError::Contract(error.to_string()))?;
    Ok(files.iter().map(|(name, bytes)| (name.to_owned(), bytes.to_owned())).collect())
}
