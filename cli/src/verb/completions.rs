//! `wbx completions SHELL`.

use clap::CommandFactory as _;
use clap_complete::Shell;
use serde_json::json;

use crate::args::Args;
use crate::output::{Answer, Text};

/// The script for a shell.
pub(crate) fn print(shell: Shell) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "wbx", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Answer::new(
        json!({ "shell": shell.to_string(), "script": script }),
        Text::default().block(script),
    )
}
