//! Capabilities of the contract that this host has nothing behind (`build`, until an embedder adds
//! it; `posix`, where the system is not Linux): their interfaces link, so that a guest finds what it
//! was granted, and every operation passes the gate and is refused.

use std::sync::Arc;

use wasmtime::component::{Linker, LinkerInstance, ResourceType, Val};

use crate::capability::{Capability, Refusal};
use crate::instance::Guest;
use crate::world::{self, CapabilityRow, InterfaceRow};

pub(super) fn of(row: &'static CapabilityRow) -> Arc<dyn Capability> {
    Arc::new(Unavailable(row))
}

struct Unavailable(&'static CapabilityRow);

/// The type of resources that no host function ever makes.
pub(super) struct Never;

impl Capability for Unavailable {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn link(&self, interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        let row = world::interface(interface)
            .ok_or_else(|| wasmtime::format_err!("`{interface}` is not in the contract"))?;
        refuse_all(self.0.name, row, &mut linker.instance(interface)?)
    }
}

fn refuse_all(
    capability: &'static str,
    row: &'static InterfaceRow,
    linker: &mut LinkerInstance<'_, Guest>,
) -> wasmtime::Result<()> {
    for resource in row.resources {
        linker.resource(resource, ResourceType::host::<Never>(), |_, _| Ok(()))?;
    }
    for operation in row.functions {
        linker.func_new(operation, move |store, _, _, results| {
            let caller = store.data().caller();
            let refusal = caller.admit(capability, operation).err().unwrap_or_else(|| {
                let refusal = Refusal::Unsupported(format!("this host has no `{capability}`"));
                caller.refused(capability, operation, &refusal);
                refusal
            });
            // The build has checked that every function of a capability returns `result<_, error>`.
            if let [result] = results {
                *result = Val::Result(Err(Some(Box::new(error(&refusal)))));
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The refusals of this file and of the gate, as a value of the WIT's `error`.
pub(super) fn error(refusal: &Refusal) -> Val {
    let payload = match refusal {
        Refusal::RateLimited(ms) => Some(Box::new(Val::U64(*ms))),
        Refusal::Unsupported(what) | Refusal::Denied(what) => {
            Some(Box::new(Val::String(what.clone())))
        }
        _ => None,
    };
    Val::Variant(refusal.code().to_owned(), payload)
}
