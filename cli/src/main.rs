//! `wbx`: build and run sandboxed toolkits. Words, files and exit codes; nothing else.
#![cfg_attr(
    target_family = "wasm",
    expect(dead_code, unused_imports, reason = "the verbs that use the rest need the engine")
)]

mod args;
#[cfg(not(target_family = "wasm"))]
mod engine;
mod failure;
mod io;
mod output;
mod project;
mod session;
mod verb;

use std::process::ExitCode;

use session::Session;

fn main() -> ExitCode {
    #[cfg(not(target_family = "wasm"))]
    if io::child::is_wanted() {
        return workbooks_host::child::main();
    }
    let (session, asked) = Session::open();
    let ended = asked.map_err(Into::into).and_then(|asked| verb::dispatch(&session, asked));
    ExitCode::from(session.output.finish(ended))
}
