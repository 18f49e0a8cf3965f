//! A component linked against its grant, from which instances are started.

use std::sync::Arc;

use wasmtime::component::{Component, InstancePre};

use super::Guest;
use crate::admission::Principal;
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

pub(crate) struct Inner {
    pub(crate) host: Arc<Shared>,
    pub(crate) engine: EngineKind,
    pub(crate) component: Component,
    pub(crate) pre: InstancePre<Guest>,
    pub(crate) granted: Granted,
    pub(crate) grant: Arc<Grant>,
    pub(crate) principal: Arc<Principal>,
    pub(crate) shape: Shape,
    pub(crate) input_capacity: Option<u32>,
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
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("shape", &self.0.shape)
            .field("grant", &self.0.grant)
            .finish_non_exhaustive()
    }
}
