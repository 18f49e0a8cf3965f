//! A component linked against its grant, from which instances are started.

use std::fmt::{self, Display, Formatter};
use std::future;
use std::ops::Deref;
use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{self, Component, InstancePre};

use super::{Front, Guest};
use crate::admission::{Account, Principal};
use crate::capability::Granted;
use crate::engine::EngineKind;
use crate::host::Shared;
use crate::policy::Grant;
use crate::toolkit::Shape;

/// A component that was granted every import it has; starting it costs microseconds.
///
/// Made by [`Host::prepare`](crate::Host::prepare). Cheap to clone.
#[derive(Clone)]
pub struct Prepared(pub(crate) Arc<Inner>);

/// What the cache keeps beside the code of an artifact: `Display` writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lifted {
    /// Of a kernel with arenas at fixed places: its longest input, bytes.
    pub(crate) input_capacity: Option<u32>,
    /// Whether Go's own compiler made it.
    pub(crate) go: bool,
}

impl Lifted {
    pub(crate) fn read(note: &str) -> Self {
        Self { input_capacity: note.parse().ok(), go: note == GO }
    }
}

/// No program of Go's is a kernel.
const GO: &str = "go";

impl Display for Lifted {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.input_capacity {
            Some(capacity) => write!(f, "{capacity}"),
            None if self.go => f.write_str(GO),
            None => Ok(()),
        }
    }
}

/// A component linked against a grant, for nobody in particular. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Linked {
    pub(crate) engine: EngineKind,
    pub(crate) component: Component,
    pub(crate) pre: InstancePre<Guest>,
    /// What is called in its place; then `component` is this one.
    pub(crate) front: Option<Front>,
    pub(crate) granted: Granted,
    pub(crate) grant: Arc<Grant>,
    pub(crate) shape: Shape,
    pub(crate) lifted: Lifted,
    pub(crate) program: Arc<[u8]>,
}

/// What was linked, and on whose behalf and account it runs.
pub(crate) struct Inner {
    pub(crate) host: Arc<Shared>,
    linked: Linked,
    pub(crate) principal: Arc<Principal>,
    /// What its runs are charged to: the account of the principal, or of the run that starts it.
    pub(crate) above: Arc<Account>,
}

impl Inner {
    /// For a principal that the host runs it for.
    pub(crate) fn new(host: Arc<Shared>, linked: Linked, principal: Arc<Principal>) -> Self {
        Self { host, linked, above: principal.account().clone(), principal }
    }

    /// For a run that starts it as its child.
    pub(crate) fn child(mut self, above: Arc<Account>) -> Self {
        self.above = above;
        self
    }

    /// An instance of it: of its front, if it has one.
    pub(crate) async fn instantiate(
        &self,
        store: &mut Store<Guest>,
    ) -> wasmtime::Result<component::Instance> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        match &self.front {
            Some(front) => front.instantiate(store, &instance).await,
            None => Ok(instance),
        }
    }

    /// Ends for a child whose principal's grant is withdrawn; never for what the host runs.
    pub(super) async fn orphaned(&self) {
        if self.above.depth() > 0 {
            self.principal.withdrawn().await;
        } else {
            future::pending::<()>().await;
        }
    }
}

impl Deref for Inner {
    type Target = Linked;

    fn deref(&self) -> &Linked {
        &self.linked
    }
}

impl Prepared {
    /// How it is called.
    pub fn shape(&self) -> Shape {
        self.0.shape
    }

    /// What it was granted.
    pub fn grant(&self) -> &Grant {
        &self.0.grant
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("shape", &self.0.shape)
            .field("grant", &self.0.grant)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_cache_keeps_is_read_as_it_was_written() {
        for (input_capacity, go) in [(None, false), (None, true), (Some(4096), false)] {
            let lifted = Lifted { input_capacity, go };
            assert_eq!(Lifted::read(&lifted.to_string()), lifted);
        }
        assert_eq!(Lifted::read("gone"), Lifted::default());
    }
}
