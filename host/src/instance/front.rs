//! A front: the component before an engine that exports a world of the program's author. Both live in
//! one store; what the front imports is the engine's own export, called through the host.

use wasmtime::component::{Component, Instance, InstancePre, Linker, TypedFunc};
use wasmtime::{Engine, Store, StoreContextMut};

use super::{Guest, LinkError};
use crate::policy::Grant;

/// The interface that an engine exports and its front imports.
pub(crate) const CALLS: &str = "workbooks:python/calls";
/// Its function.
const CALL: &str = "call";

/// Which call, where its answer will lie, and the memory of the call.
type Params = (u32, u32, Vec<u8>);
/// The memory of the answer.
type Results = (Result<Vec<u8>, ()>,);

/// An engine's door.
pub(super) type Door = TypedFunc<Params, Results>;

/// A front, linked with nothing but a way to the engine behind it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Front(InstancePre<Guest>);

impl Front {
    /// Links `component`, which gets nothing of `grant`: that is the engine's.
    pub(crate) fn link(
        engine: &Engine,
        component: &Component,
        grant: &Grant,
    ) -> Result<Self, LinkError> {
        let try_link = || {
            let mut linker = Linker::new(engine);
            linker
                .instance(CALLS)?
                .func_wrap_async(CALL, |store, params| Box::new(call(store, params)))?;
            linker.instantiate_pre(component)
        };
        let shape = |why: wasmtime::Error| LinkError::Shape {
            toolkit: grant.toolkit().to_owned(),
            why: format!("{why:#}"),
        };
        try_link().map(Self).map_err(shape)
    }

    /// An instance before `engine`, one of the same store.
    pub(super) async fn instantiate(
        &self,
        store: &mut Store<Guest>,
        engine: &Instance,
    ) -> wasmtime::Result<Instance> {
        let none = || wasmtime::format_err!("the engine does not export `{CALLS}`");
        let calls = engine.get_export_index(&mut *store, None, CALLS).ok_or_else(none)?;
        let call = engine.get_export_index(&mut *store, Some(&calls), CALL).ok_or_else(none)?;
        store.data_mut().door = Some(engine.get_typed_func(&mut *store, call)?);
        self.0.instantiate_async(store).await
    }
}

async fn call(mut store: StoreContextMut<'_, Guest>, params: Params) -> wasmtime::Result<Results> {
    let door = store.data().door.ok_or_else(|| wasmtime::format_err!("nothing is behind it"))?;
    door.call_async(&mut store, params).await
}
