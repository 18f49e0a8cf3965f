//! Memory, tables and instances of one store, summed, and what was refused.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use crate::admission::{Account, Spent};
use crate::policy::Limits;

/// Counts all memories and tables of a store together: a component with two memories has no more
/// than one with a single memory. Memory is charged to the account of the run until this is
/// dropped.
#[derive(Debug)]
pub(crate) struct Summed {
    account: Arc<Account>,
    table_limit: usize,
    instances: usize,
    memories: usize,
    tables: usize,
    memory: usize,
    elements: usize,
    refused: Option<Spent<u64>>,
}

impl Summed {
    pub(crate) fn new(limits: &Limits, account: Arc<Account>) -> Self {
        Self {
            account,
            table_limit: limits.table_elements,
            instances: limits.instances,
            memories: limits.memories,
            tables: limits.tables,
            memory: 0,
            elements: 0,
            refused: None,
        }
    }

    /// The bound by which a growth was refused, if one was.
    pub(crate) fn refused(&self) -> Option<Spent<u64>> {
        self.refused
    }
}

impl ResourceLimiter for Summed {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| maximum < desired) {
            return Ok(false);
        }
        let more = desired.saturating_sub(current);
        let grown = self.account.grow(more as u64);
        match grown {
            Ok(()) => self.memory += more,
            Err(spent) => self.refused = Some(spent),
        }
        Ok(grown.is_ok())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let sum = self.elements.saturating_sub(current).saturating_add(desired);
        let fits = sum <= self.table_limit && maximum.is_none_or(|maximum| desired <= maximum);
        if fits {
            self.elements = sum;
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

impl Drop for Summed {
    fn drop(&mut self) {
        self.account.shrink(self.memory as u64);
    }
}
