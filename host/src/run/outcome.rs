//! What a run gets and what it leaves behind.

use std::collections::BTreeMap;
use std::time::Duration;

use super::RunError;
use crate::capabilities::Log;
use crate::instance::{Input, Output};

/// One run of a toolkit: what the person who starts it decides.
#[derive(Debug, Default)]
pub struct Run {
    /// The arguments, the program's name first.
    pub args: Vec<String>,
    /// Environment beyond the manifest's constants.
    pub env: BTreeMap<String, String>,
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
    /// Wall clock over all, if any.
    pub deadline: Option<Duration>,
    /// The instance whose volumes it sees; the toolkit's id if none is named.
    pub instance: Option<String>,
}

impl Run {
    /// A run with these arguments, the program's name first.
    pub fn args(args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { args: args.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// The same with these bytes as standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<bytes::Bytes>) -> Self {
        self.stdin = Input::Bytes(bytes.into());
        self
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Outcome {
    /// The status that the guest exited with, or why it was ended.
    pub ended: Result<i32, RunError>,
    /// Captured standard output.
    pub stdout: Vec<u8>,
    /// Captured standard error.
    pub stderr: Vec<u8>,
    /// Whether the cap cut one of them.
    pub truncated: bool,
    /// What it logged.
    pub log: Log,
    /// What it used.
    pub usage: Usage,
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time: how long it occupied its thread.
    pub cpu: Duration,
    /// The most bytes of memory it had.
    pub memory_peak: u64,
    /// Host calls that passed the gate.
    pub calls: u64,
}
