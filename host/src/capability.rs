//! What a capability is, and the one gate that every call of one passes.

use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
pub use workbooks_bindings::Refusal;

use crate::admission::{Caller, Tab};
use crate::instance::Guest;
use crate::policy::Grant;
use crate::world;

/// Something that a guest can be granted.
///
/// An embedder writes one outside this crate and hands it to [`HostBuilder::capability`]
/// (see `examples/own_capability.rs`).
///
/// [`HostBuilder::capability`]: crate::HostBuilder::capability
pub trait Capability: Any + Send + Sync {
    /// The word that a manifest writes under `#+CAPS`.
    fn name(&self) -> &'static str;

    /// The interfaces that it opens, with versions. A capability of the contract has them from
    /// its WIT; one of an embedder's own names them.
    fn interfaces(&self) -> &'static [&'static str] {
        world::capability(self.name()).map_or(&[], |row| row.interfaces)
    }

    /// Defines one of its interfaces in `linker`. Called once for each interface of the granted
    /// union, by whichever granted capability comes first.
    ///
    /// # Errors
    ///
    /// Whatever wasmtime says of the definition.
    fn link(&self, interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()>;
}

/// One host call in flight. The backend is behind [`Call::admit`].
pub struct Call<'a, C> {
    capability: &'a C,
    caller: &'a Arc<Caller>,
    table: &'a mut ResourceTable,
}

/// Proof that a call passed the gate; the only way to a backend and to a tenant's name.
pub struct Admitted<'a, C> {
    capability: &'a C,
    caller: &'a Arc<Caller>,
    operation: &'static str,
}

impl<'a, C: Capability> Call<'a, C> {
    pub(crate) fn new(
        capability: &'a C,
        caller: &'a Arc<Caller>,
        table: &'a mut ResourceTable,
    ) -> Self {
        Self { capability, caller, table }
    }

    /// Passes the call through revocation, rate and audit, and hands out the backend.
    ///
    /// # Errors
    ///
    /// [`Refusal::Revoked`] and [`Refusal::RateLimited`]; both are on the audit record.
    pub fn admit(&self, operation: &'static str) -> Result<Admitted<'a, C>, Refusal> {
        self.caller.admit(self.capability.name(), operation)?;
        Ok(Admitted { capability: self.capability, caller: self.caller, operation })
    }

    /// The resources that the guest holds.
    pub fn table(&mut self) -> &mut ResourceTable {
        self.table
    }

    /// Hands `value` to the guest as a resource of the WIT's type `R`.
    ///
    /// # Errors
    ///
    /// [`Refusal::Quota`] when the guest holds as many handles as it may.
    pub fn keep<R: 'static>(&mut self, value: impl Any + Send) -> Result<Resource<R>, Refusal> {
        let handle = self
            .table
            .push(value)
            .map_err(|_| Refusal::Quota(self.caller.grant().limits().handles as u64))?;
        Ok(Resource::new_own(handle.rep()))
    }

    /// What was kept under a resource of the WIT's type `R`.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when there is no such thing: a bug of ours, since wasmtime checks
    /// handles.
    pub fn kept<T: Any, R: 'static>(&mut self, handle: &Resource<R>) -> Result<&mut T, Refusal> {
        let value = self.table.get_any_mut(handle.rep()).ok().and_then(<dyn Any>::downcast_mut);
        value.ok_or_else(|| Refusal::Invalid("no such handle".to_owned()))
    }

    /// Takes back what was kept.
    ///
    /// # Errors
    ///
    /// When there is no such thing, or children of it are left.
    pub fn take<T: Any, R: 'static>(&mut self, handle: &Resource<R>) -> wasmtime::Result<T> {
        Ok(self.table.delete(Resource::<T>::new_own(handle.rep()))?)
    }

    /// Who calls.
    pub(crate) fn caller(&self) -> &'a Arc<Caller> {
        self.caller
    }
}

impl<'a, C: Capability> Admitted<'a, C> {
    /// The capability's backend.
    pub fn capability(&self) -> &'a C {
        self.capability
    }

    /// Whose data the call may touch.
    pub fn tenant(&self) -> &'a str {
        self.caller.tenant()
    }

    /// The instance that calls.
    pub fn instance(&self) -> &'a str {
        self.caller.instance()
    }

    /// What the caller was granted.
    pub fn grant(&self) -> &'a Grant {
        self.caller.grant()
    }

    /// Ends when the grant is withdrawn, for an operation that waits.
    pub async fn withdrawn(&self) {
        self.caller.principal().withdrawn().await;
    }

    pub(crate) fn caller(&self) -> &'a Arc<Caller> {
        self.caller
    }

    /// What work is charged to that the backend has others do for the caller.
    pub fn tab(&self) -> Tab {
        Tab::of(self.caller.account())
    }

    /// When this operation must have ended.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.time()
    }

    /// How long this operation may take.
    pub fn time(&self) -> Duration {
        self.caller.operation_deadline()
    }

    /// Puts a refusal of the backend's on the audit record, if it is a denial, and returns it.
    pub fn refuse(&self, refusal: Refusal) -> Refusal {
        self.caller.refused(self.capability.name(), self.operation, &refusal);
        refusal
    }
}

impl<C> std::fmt::Debug for Call<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("caller", self.caller).finish_non_exhaustive()
    }
}

impl<C> std::fmt::Debug for Admitted<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admitted").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// Projects [`Guest`] onto `Call<C>`, for `bindgen!`'s `add_to_linker`.
pub struct Provides<C>(PhantomData<C>);

impl<C: Capability> HasData for Provides<C> {
    type Data<'a> = Call<'a, C>;
}

impl<C> std::fmt::Debug for Provides<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Provides")
    }
}

/// The capabilities that one guest holds, by type.
#[derive(Clone, Default)]
pub(crate) struct Granted(Arc<[(TypeId, Arc<dyn Capability>)]>);

impl Granted {
    pub(crate) fn new(capabilities: impl IntoIterator<Item = Arc<dyn Capability>>) -> Self {
        Self(
            capabilities
                .into_iter()
                .map(|c| {
                    let any: &dyn Any = &*c;
                    (any.type_id(), c)
                })
                .collect(),
        )
    }

    /// # Panics
    ///
    /// When `C` was not granted: a linker defines only interfaces of granted capabilities, so a
    /// guest cannot cause it.
    pub(crate) fn get<C: Capability>(&self) -> &C {
        self.find().expect("only granted capabilities are linked")
    }

    /// The capability, if it was granted.
    pub(crate) fn find<C: Capability>(&self) -> Option<&C> {
        let wanted = TypeId::of::<C>();
        let granted: &dyn Any = &**self.0.iter().find(|(id, _)| *id == wanted).map(|(_, c)| c)?;
        granted.downcast_ref()
    }
}
