//! One thing, used by one thread at a time; waiting for it obeys a `Stop`.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{Stop, StorageError};

/// How long a waiter sleeps before it looks at its `Stop` again.
const STEP: Duration = Duration::from_millis(5);

/// Holds a `T` while nobody uses it.
#[derive(Debug)]
pub(super) struct Slot<T> {
    idle: Mutex<Option<T>>,
    returned: Condvar,
}

impl<T> Slot<T> {
    pub(super) const fn new(value: T) -> Self {
        Self { idle: Mutex::new(Some(value)), returned: Condvar::new() }
    }

    /// The value, if nobody has it.
    pub(super) fn try_take(&self) -> Option<Taken<'_, T>> {
        let value = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(Taken { slot: self, value: Some(value) })
    }

    /// Waits until the value is free.
    ///
    /// # Errors
    /// `Timeout` or `Cancelled` while another thread has it.
    pub(super) fn take(&self, stop: &Stop) -> Result<Taken<'_, T>, StorageError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(value) = idle.take() {
                return Ok(Taken { slot: self, value: Some(value) });
            }
            stop.check()?;
            let waited = self.returned.wait_timeout(idle, stop.wait(STEP));
            idle = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The value, until it is dropped: then it is back in its slot, after a panic too.
#[derive(Debug)]
pub(super) struct Taken<'s, T> {
    slot: &'s Slot<T>,
    value: Option<T>,
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("only drop takes the value out")
    }
}

impl<T> DerefMut for Taken<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("only drop takes the value out")
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        let mut idle = self.slot.idle.lock().unwrap_or_else(PoisonError::into_inner);
        *idle = self.value.take();
        drop(idle);
        self.slot.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_a_taken_value_obeys_the_deadline() {
        let slot = Slot::new(1);
        let held = slot.take(&Stop::after(Duration::from_mins(1))).unwrap();
        let late = slot.take(&Stop::after(Duration::from_millis(10)));
        assert_eq!(late.map(|taken| *taken), Err(StorageError::Timeout));
        drop(held);
        assert_eq!(*slot.take(&Stop::after(Duration::from_mins(1))).unwrap(), 1);
    }

    #[test]
    fn a_panic_gives_the_value_back() {
        let slot = Slot::new(7);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _held = slot.take(&Stop::after(Duration::from_mins(1))).unwrap();
            std::panic::resume_unwind(Box::new("a bug"));
        }));
        assert!(panicked.is_err());
        assert_eq!(*slot.take(&Stop::after(Duration::from_mins(1))).unwrap(), 7);
    }
}
