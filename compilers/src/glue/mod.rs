//! JavaScript as a language of the contract: C that joins QuickJS to a world, and the types of the
//! world for TypeScript. And Python: what joins its engine to a world of an author's (`front/`).
//!
//! Names and types are those of jco and componentize-js, so that programs move. The generated C is
//! tables; what works on them is the same for every world and stands in `engines/js/glue`.
//!
//! | WIT | JavaScript |
//! |---|---|
//! | `bool`, `string` | boolean, string (a lone surrogate becomes U+FFFD) |
//! | `char` | string of one character |
//! | `u8` to `s32`, `f32`, `f64` | number; integers wrap as those of typed arrays |
//! | `u64`, `s64` | bigint, which wraps; a safe integer is taken too |
//! | `list<u8>`, other lists of numbers | `Uint8Array`, their typed arrays; arrays of numbers are taken too |
//! | other lists, `tuple` | array |
//! | `record`, `flags` | object with camelCase names; an absent flag is false |
//! | `enum`, `variant` | the case's name as WIT has it; `{ tag, val }` |
//! | `option` | the value or `undefined`; `{ tag: 'none' }`, `{ tag: 'some', val }` around what may be `undefined` |
//! | `result` of a function | its value, or an error is thrown with the other as `payload` |
//! | other `result` | `{ tag: 'ok', val }`, `{ tag: 'err', val }` |
//! | resource | class with methods, statics and `[Symbol.dispose]()`; what a method gives keeps its object's resource alive |
//! | imported interface | module `ns:package/interface`, with or without `@version` |
//! | imported function of the world | module of its name: default export |
//! | exported interface, function | export of the main module: an object, a function, by the short name |
//!
//! A value of another type is a `TypeError` that names function, parameter and place. What a
//! program throws is its answer's error if it has a `payload`, or is no `Error`; otherwise it ends
//! the instance.

mod abi;
mod c;
mod dts;
pub(crate) mod front;
mod names;
mod pyi;
mod tables;
mod ts;

#[cfg(test)]
mod tests;

use miette::Diagnostic;
use thiserror::Error;
use wit_parser::{InterfaceId, Resolve};

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

    /// A type that the language has no form for here.
    #[error("{at} uses {what}, which programs in {language} cannot")]
    #[diagnostic(
        code(workbooks::compile::unsupported_type),
        help("write it with synchronous functions, lists, records and variants")
    )]
    Unsupported {
        /// What it is.
        what: &'static str,
        /// The interface or function.
        at: String,
        /// Of which language they are.
        language: &'static str,
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

/// The package `workbooks` as stubs (`.pyi`), for an editor of a program in Python; of a world of
/// its author's, `workbooks.world` too.
///
/// # Errors
/// [`GlueError::World`].
pub fn pyi(contract: Contract<'_>, world: &str) -> Result<Vec<Generated>, GlueError> {
    let (known, _) = contract.resolve()?;
    let (resolve, id) = contract.resolved(world)?;
    Ok(pyi::generate(&resolve, id, |interface| is_known(&known, &resolve, interface)))
}

/// Whether an interface of `resolve` is one of the contract's, which `known` is, or of WASI there.
fn is_known(known: &Resolve, resolve: &Resolve, interface: InterfaceId) -> bool {
    let package = resolve.interfaces[interface].package;
    package.is_some_and(|id| known.package_names.contains_key(&resolve.packages[id].name))
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
