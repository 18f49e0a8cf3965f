//! A store of all tenants behind a capability: in a file, on threads that may block, or in
//! memory, on the guest's own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::blocking::{self, Work};
use crate::capability::{Admitted, Capability, Refusal};
use crate::storage::{Stop, StorageError};

/// The store, opened by the first call that needs it.
#[derive(Debug)]
pub(super) struct Backend<S> {
    file: Option<PathBuf>,
    cell: Arc<OnceLock<S>>,
    open: fn(&Path) -> Result<S, StorageError>,
    memory: fn() -> S,
}

impl<S: Send + Sync + 'static> Backend<S> {
    pub(super) fn new(
        file: Option<PathBuf>,
        open: fn(&Path) -> Result<S, StorageError>,
        memory: fn() -> S,
    ) -> Self {
        Self { file, cell: Arc::default(), open, memory }
    }

    /// Does `work` for the call's tenant.
    ///
    /// # Errors
    ///
    /// What storage says, [`Refusal::Timeout`] and [`Refusal::Revoked`]; denials are on record.
    pub(super) async fn perform<C: Capability, T: Send + 'static>(
        &self,
        call: &Admitted<'_, C>,
        work: impl FnOnce(&S, &str, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let Some(file) = &self.file else {
            let store = self.cell.get_or_init(self.memory);
            let done = work(store, call.tenant(), &Stop::at(call.deadline()));
            return done.map_err(|error| call.refuse(error.into()));
        };
        let (file, cell, open) = (file.clone(), self.cell.clone(), self.open);
        let tenant = call.tenant().to_owned();
        let work: Work<T> = Box::new(move |stop| {
            work(blocking::opened(&cell, &file, || open(&file))?, &tenant, stop)
        });
        blocking::perform(call, work).await
    }
}
