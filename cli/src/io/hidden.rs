//! What a person types without seeing it, or a program gives on stdin: never an argument, which
//! other users of the machine could read.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::IoError;

/// At most so many bytes are read, and one more, by which too many are known.
pub(crate) fn value(prompt: &str, most: usize) -> Result<Zeroizing<Vec<u8>>, IoError> {
    let failed = |error: std::io::Error| IoError::of(Path::new("stdin"), &error);
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let terminal = console::Term::stderr();
        terminal.write_str(prompt).map_err(failed)?;
        return Ok(Zeroizing::new(terminal.read_secure_line().map_err(failed)?.into_bytes()));
    }
    // Room for all of it at once: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most + 2));
    stdin.lock().take(most as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
