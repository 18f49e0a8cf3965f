//! Interfaces of capabilities that were not granted, for guests that are interpreters. An engine
//! imports all that any program of its language may use, so what this one was not granted is not
//! missing but closed: nothing stands behind its functions, which do no more than say so.
//!
//! Whoever is linked so gains nothing: a guest without the import has as much.

use wasmtime::component::{Linker, LinkerInstance, ResourceType, Type, Val, types};

use super::unavailable::{self, Never};
use crate::capability::Refusal;
use crate::instance::Guest;
use crate::world;

/// The cases by which the errors of the contract and of WASI say that somebody may not.
const DENIALS: [&str; 3] = ["denied", "access-denied", "HTTP-request-denied"];

/// What says no more than that there is nothing, and is asked by the libraries of every program
/// before its first line: no refusal, and not for the audit.
const NOTHING: [(&str, &str); 1] = [("wasi:filesystem/preopens", "get-directories")];

/// Closes `interface`, which `capability` would have opened.
pub(crate) fn link_closed(
    capability: &'static str,
    interface: &str,
    linker: &mut Linker<Guest>,
) -> wasmtime::Result<()> {
    let row = world::interface(interface)
        .ok_or_else(|| wasmtime::format_err!("`{interface}` is not in the contract"))?;
    let mut linker = linker.instance(interface)?;
    for resource in row.resources {
        linker.resource(resource, ResourceType::host::<Never>(), |_, _| Ok(()))?;
    }
    let base = world::base_name(interface);
    row.functions.iter().try_for_each(|operation| {
        if NOTHING.contains(&(base, *operation)) {
            return linker.func_new(operation, |_, _, _, results| {
                results.fill(Val::List(Vec::new()));
                Ok(())
            });
        }
        close(capability, operation, &mut linker)
    })
}

fn close(
    capability: &'static str,
    operation: &'static str,
    linker: &mut LinkerInstance<'_, Guest>,
) -> wasmtime::Result<()> {
    linker.func_new(operation, move |store, ty, _, results| {
        let caller = store.data().caller();
        let refusal = caller.admit(capability, operation).err().unwrap_or_else(|| {
            let refusal = Refusal::Denied(format!("`{capability}` was not granted"));
            caller.refused(capability, operation, &refusal);
            refusal
        });
        if let ([result], Some(expected)) = (&mut *results, ty.results().next()) {
            *result = answer(&expected, &refusal).ok_or_else(|| not_granted(capability))?;
            return Ok(());
        }
        Err(not_granted(capability))
    })
}

fn not_granted(capability: &str) -> wasmtime::Error {
    wasmtime::format_err!("the capability `{capability}` was not granted")
}

/// The value of this type that gives nothing away; none if there is no such value.
fn answer(expected: &Type, refusal: &Refusal) -> Option<Val> {
    match expected {
        Type::List(_) => Some(Val::List(Vec::new())),
        Type::Option(_) => Some(Val::Option(None)),
        Type::Result(result) => denial(&result.err()?, refusal).map(|e| Val::Result(Err(Some(e)))),
        _ => None,
    }
}

fn denial(error: &Type, refusal: &Refusal) -> Option<Box<Val>> {
    let value = match error {
        Type::Variant(variant) if is_ours(variant) => unavailable::error(refusal),
        Type::Variant(variant) => {
            let case = variant.cases().find(|case| DENIALS.contains(&case.name))?;
            let none = case.ty.is_none();
            none.then(|| Val::Variant(case.name.to_owned(), None))?
        }
        Type::Enum(cases) => {
            Val::Enum(cases.names().find(|name| DENIALS.contains(name))?.to_owned())
        }
        _ => return None,
    };
    Some(Box::new(value))
}

/// Whether it is the `error` of the contract: no other has a case for revocation.
fn is_ours(variant: &types::Variant) -> bool {
    variant.cases().any(|case| case.name == "revoked")
}
