//! A bar for what takes long: drawn on a terminal only, and gone when it is over.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Output;
use super::text::escaped;

/// How far something is.
#[derive(Debug)]
pub(crate) struct Bar {
    draws: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Bar {
    /// A bar that appears with the first stage.
    pub(crate) fn new(output: &Output) -> Self {
        Self { draws: output.draws(), bar: Mutex::new(None) }
    }

    /// A stage begins; `of` is how many there are of its kind, if there are several.
    pub(crate) fn stage(&self, what: &str, done: usize, of: usize) {
        if !self.draws {
            return;
        }
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bar.get_or_insert_with(ProgressBar::new_spinner);
        let template =
            if of > 1 { "{spinner} [{pos}/{len}] {msg}" } else { "{spinner} {msg} ({elapsed})" };
        // Both templates are ours, and tested below.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        bar.set_message(escaped(what));
        bar.enable_steady_tick(Duration::from_millis(100));
    }

    /// All is done: the line is cleared.
    pub(crate) fn end(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_right() {
        for template in ["{spinner} [{pos}/{len}] {msg}", "{spinner} {msg} ({elapsed})"] {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
