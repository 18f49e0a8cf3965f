//! Memory, tables and instances of one store, summed, and what was refused.

use wasmtime::ResourceLimiter;

use crate::policy::Limits;

/// Counts all memories and tables of a store together: a component with two memories has no more
/// than one with a single memory.
#[derive(Debug)]
pub(crate) struct Summed {
    memory_limit: usize,
    table_limit: usize,
    instances: usize,
    memories: usize,
    tables: usize,
    memory: usize,
    elements: usize,
    peak: usize,
    refused: bool,
}

impl Summed {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_limit: usize::try_from(limits.memory).unwrap_or(usize::MAX),
            table_limit: limits.table_elements,
            instances: limits.instances,
            memories: limits.memories,
            tables: limits.tables,
            memory: 0,
            elements: 0,
            peak: 0,
            refused: false,
        }
    }

    /// The most bytes that the memories had together.
    pub(crate) fn peak(&self) -> usize {
        self.peak
    }

    /// Whether a growth was refused.
    pub(crate) fn refused(&self) -> bool {
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
        let sum = self.memory.saturating_sub(current).saturating_add(desired);
        let fits = sum <= self.memory_limit && maximum.is_none_or(|maximum| desired <= maximum);
        if fits {
            self.memory = sum;
            self.peak = self.peak.max(sum);
        } else if self.memory_limit < sum {
            self.refused = true;
        }
        Ok(fits)
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
