//! `log`: structured lines into the run's record. Every guest has it; it is capped and counted.

use wasmtime::component::{HasData, Linker};
use workbooks_bindings::engine::log;
pub use workbooks_bindings::engine::log::Level;

use crate::instance::Guest;
use crate::policy::Limits;

/// One line of a guest's.
#[derive(Clone, Debug)]
pub struct Line {
    /// How grave it is.
    pub level: Level,
    /// What it is about, in the guest's words.
    pub target: String,
    /// What it says. Untrusted text: escape it before it reaches a terminal.
    pub message: String,
}

/// What a run logged.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The lines that were kept, oldest first.
    pub lines: Vec<Line>,
    /// Lines over the cap, which were counted and dropped.
    pub dropped: u64,
}

/// Collects lines up to the limits of lines and bytes.
#[derive(Debug)]
pub(crate) struct LogBook {
    log: Log,
    lines_left: usize,
    bytes_left: usize,
}

impl LogBook {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { log: Log::default(), lines_left: limits.log_lines, bytes_left: limits.log_bytes }
    }

    pub(crate) fn take(&mut self) -> Log {
        std::mem::take(&mut self.log)
    }

    fn write(&mut self, line: Line) {
        let bytes = line.target.len() + line.message.len();
        if self.lines_left == 0 || self.bytes_left < bytes {
            self.log.dropped += 1;
            return;
        }
        self.lines_left -= 1;
        self.bytes_left -= bytes;
        self.log.lines.push(line);
    }
}

struct HasLog;

impl HasData for HasLog {
    type Data<'a> = Book<'a>;
}

struct Book<'a>(&'a mut LogBook);

impl log::Host for Book<'_> {
    async fn write(
        &mut self,
        level: Level,
        target: String,
        message: String,
    ) -> wasmtime::Result<()> {
        self.0.write(Line { level, target, message });
        Ok(())
    }
}

pub(crate) fn link_log(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    log::add_to_linker::<_, HasLog>(linker, |guest| Book(guest.log()))
}
