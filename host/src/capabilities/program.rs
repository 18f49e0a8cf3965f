//! `program`: what a guest that is an interpreter was started with. Every guest has it; of one that
//! was compiled it is empty.

use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use crate::instance::Guest;

/// Links it by hand: a list that the generated code returns is a copy, which would lie beside the
/// guest's memory, uncounted, for as long as the guest's allocator takes.
pub(crate) fn link_program(interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.instance(interface)?.func_wrap("read", |store: StoreContextMut<'_, Guest>, (): ()| {
        Ok((Arc::<[u8]>::clone(&store.data().program),))
    })
}
