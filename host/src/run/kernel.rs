//! Shape `kernel`: bytes in, bytes out, one instance called many times, on the caller's thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use wasmtime::{UpdateDeadline, WasmBacktrace};
use workbooks_bindings::kernel::{ShapeKernel, ShapeKernelPre};

use super::{Run, RunError};
use crate::adapt::{INPUT_TRAP, OUTPUT_TRAP};
use crate::admission::Spent;
use crate::engine::TICK;
use crate::instance::{Cell, Kill, Prepared, Stopped};
use crate::toolkit::Shape;

/// A running kernel. Calls block the thread: from async code, use a blocking task.
pub struct Kernel {
    cell: Cell,
    exports: ShapeKernel,
    /// Ticks that the current call may still take.
    ticks: Arc<AtomicI64>,
    budget: i64,
    capacity: Option<u32>,
    ended: bool,
}

impl Prepared {
    /// Starts it as a kernel.
    ///
    /// # Errors
    ///
    /// When it is of another shape, or fails while it starts.
    pub fn kernel(&self) -> Result<Kernel, RunError> {
        self.expect_shape(Shape::Kernel)?;
        let inner = self.0.clone();
        let capacity = inner.lifted.input_capacity;
        let budget = i64::try_from(inner.grant.limits().cpu_time.as_millis() / TICK.as_millis())
            .unwrap_or(i64::MAX - 1);
        let mut cell = Cell::new(inner, Run::default())?;
        let ticks = Arc::new(AtomicI64::new(budget + 1));
        count_ticks(&mut cell, ticks.clone());
        let started = ShapeKernelPre::new(cell.inner.pre.clone())
            .and_then(|pre| pre.instantiate(&mut cell.store));
        let exports = started.map_err(|error| cell.explain(&error))?;
        Ok(Kernel { cell, exports, ticks, budget, capacity, ended: false })
    }
}

/// A synchronous guest cannot yield, so it is counted in ticks: each call of the callback is one
/// tick in which it ran. The first may come early, which is why a call gets one more.
fn count_ticks(cell: &mut Cell, ticks: Arc<AtomicI64>) {
    let (kill, deadline) = (cell.kill.clone(), cell.deadline());
    let bound = cell.inner.grant.limits().cpu_time;
    cell.store.set_epoch_deadline(1);
    cell.store.epoch_deadline_callback(move |_| {
        if kill.is_set() {
            Err(Stopped::Killed.into())
        } else if deadline.is_some_and(|(at, _)| at <= Instant::now()) {
            Err(Stopped::Deadline.into())
        } else if ticks.fetch_sub(1, Ordering::Relaxed) <= 0 {
            Err(Stopped::Cpu(Spent { bound, own: true }).into())
        } else {
            Ok(UpdateDeadline::Continue(1))
        }
    });
}

impl Kernel {
    /// Gives it `input` and returns its answer, or the negative number that it returned.
    ///
    /// Each call has the profile's CPU time. After an error the kernel has ended.
    ///
    /// # Errors
    ///
    /// [`RunError::InputTooLarge`] (the kernel lives on), a limit, or a trap.
    pub fn process(&mut self, input: &[u8]) -> Result<Result<Vec<u8>, i32>, RunError> {
        if self.ended {
            return Err(RunError::Ended);
        }
        if let Some(capacity) = self.capacity.filter(|capacity| (*capacity as usize) < input.len())
        {
            return Err(RunError::InputTooLarge { len: input.len(), capacity });
        }
        self.ticks.store(self.budget + 1, Ordering::Relaxed);
        let kernel = self.exports.workbooks_engine_kernel();
        kernel.call_process(&mut self.cell.store, input).map_err(|error| {
            self.ended = true;
            broken_arena(&error).unwrap_or_else(|| self.cell.explain(&error))
        })
    }

    /// Ends a call from another thread.
    pub fn killer(&self) -> impl Fn() + Send + Sync + 'static {
        let kill: Kill = self.cell.kill.clone();
        move || kill.now()
    }
}

/// The shim around a kernel traps in a function of a telling name.
fn broken_arena(error: &wasmtime::Error) -> Option<RunError> {
    let trapped = error.downcast_ref::<WasmBacktrace>()?.frames().first()?.func_name()?.to_owned();
    match trapped.as_str() {
        INPUT_TRAP => Some(RunError::ArenaFull),
        OUTPUT_TRAP => Some(RunError::Arena),
        _ => None,
    }
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kernel").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
