//! JavaScript as a language of the contract: C that joins QuickJS to a world, and the types of the
//! world for TypeScript.
//!
//! Names and types are those of jco and componentize-js, so that programs move. The generated C is
//! tables; what works on them is the same for every world and stands in `engines/js/glue`.

mod abi;
mod c;
mod dts;
mod names;
mod tables;
mod ts;

#[cfg(test)]
mod tests;

use miette::Diagnostic;
use thiserror::Error;

use crate::{
    bindings::{self, Generated},
    world::{Contract, WorldError},
};

/// The files of the glue that are the same for every world; each `.c` file is a unit, and `world.c`
/// includes `glue.h`. They need `quickjs.h` and a C11 compiler.
pub const SOURCES: &[(&str, &str)] = &[
    ("glue.h", include_str!("../../engines/js/glue/glue.h")),
    ("memory.c", include_str!("../../engines/js/glue/memory.c")),
    ("handles.c", include_str!("../../engines/js/glue/handles.c")),
    ("lower.c", include_str!("../../engines/js/glue/lower.c")),
    ("lift.c", include_str!("../../engines/js/glue/lift.c")),
    ("calls.c", include_str!("../../engines/js/glue/calls.c")),
];

/// Why there is no glue.
#[derive(Debug, Error, Diagnostic)]
pub enum GlueError {
    /// The world does not resolve.
    #[error(transparent)]
    #[diagnostic(transparent)]
    World(#[from] WorldError),

    /// A type that JavaScript has no form for here.
    #[error("{at} uses {what}, which programs in JavaScript cannot")]
    #[diagnostic(
        code(workbooks::glue::unsupported),
        help("write it with synchronous functions, lists, records, variants and resources")
    )]
    Unsupported {
        /// What it is.
        what: &'static str,
        /// The interface or function.
        at: String,
    },
}

/// What is linked with QuickJS for a world: `world.c`, and `guest_component_type.o`, which tells the
/// host the world's types.
///
/// # Errors
/// See [`GlueError`].
pub fn quickjs(contract: Contract<'_>, world: &str) -> Result<Vec<Generated>, GlueError> {
    let (resolve, id) = contract.resolved(world)?;
    let text = c::generate(&resolve, id)?;
    let object = bindings::for_c(contract, world)?.into_iter().filter(|(name, _)| {
        std::path::Path::new(name).extension().is_some_and(|extension| extension == "o")
    });
    Ok(std::iter::once(("world.c".to_owned(), text.into_bytes())).chain(object).collect())
}

/// The types of a world for TypeScript: `guest.d.ts`, with a module for each interface, and the
/// module `workbooks:guest`, whose `Guest` is what a program must export.
///
/// # Errors
/// See [`GlueError`].
pub fn dts(contract: Contract<'_>, world: &str) -> Result<Vec<Generated>, GlueError> {
    let (resolve, id) = contract.resolved(world)?;
    c::generate(&resolve, id)?;
    Ok(vec![("guest.d.ts".to_owned(), dts::generate(&resolve, id).into_bytes())])
}
