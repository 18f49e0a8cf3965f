//! One step of Go's tools in the sandbox, and what they say about the source.

use std::{
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::STD;
use crate::{
    compile_error::CompileError,
    diagnostics::{self, Texts},
    lane::Job,
    provision::{ProvisionError, unpack::private_folder},
    sandbox::{Step, StepError, StepMount},
};

/// Where a step writes, and where it finds what other steps made.
pub(super) const OUT: &str = "/out";
pub(super) const MADE: &str = "/pkg";
/// CPU time of all steps of a build together, as a multiple of that of one step.
const BUDGET: u32 = 20;

/// One call of a tool.
pub(super) struct Call<'a> {
    /// Of what, for messages.
    pub(super) at: &'a str,
    /// Its module.
    pub(super) tool: &'a str,
    /// Its arguments, its name first.
    pub(super) args: Vec<String>,
    /// What it sees besides the standard library.
    pub(super) sight: Sight<'a>,
    /// The folder that it may write to, as [`OUT`].
    pub(super) out: Option<&'a Path>,
}

/// What a step may read.
#[derive(Clone, Copy)]
pub(super) enum Sight<'a> {
    /// The whole source, and what other steps made.
    Source,
    /// One folder alone, by its path in the sandbox, where the tool begins.
    Folder {
        /// On this machine.
        host: &'a Path,
        /// In the sandbox.
        guest: &'a str,
    },
}

/// The steps of one build.
pub(super) struct Steps<'a> {
    pub(super) job: &'a Job<'a>,
    texts: Texts<'a>,
    /// CPU time so far.
    spent: Mutex<Duration>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(job: &'a Job<'a>) -> Result<Self, CompileError> {
        private_folder(&made(job))?;
        Ok(Self { job, texts: Texts::of(&job.tree.files), spent: Mutex::default() })
    }

    /// The folder that the steps see as [`MADE`].
    pub(super) fn made(&self) -> std::path::PathBuf {
        made(self.job)
    }

    /// Runs one tool and gives its stdout.
    ///
    /// # Errors
    /// [`CompileError::Rejected`] with what it said about the source, or
    /// [`CompileError::Stopped`].
    pub(super) fn run(&self, call: Call<'_>) -> Result<Vec<u8>, CompileError> {
        let job = self.job;
        let module = job.toolchain.module(call.tool).ok_or_else(|| {
            let lane = job.toolchain.pinned.lane.clone();
            ProvisionError::Damaged { lane, what: call.tool.to_owned() }
        })?;
        let mount = |host: &Path, guest: &str, writable| StepMount {
            host: host.to_owned(),
            guest: guest.to_owned(),
            writable,
        };
        let mut mounts = vec![mount(&job.toolchain.path(STD), "/std", false)];
        let folder = match call.sight {
            Sight::Source => {
                mounts.push(mount(&self.made(), MADE, false));
                mounts.push(mount(job.work, "/build", false));
                "/build"
            }
            Sight::Folder { host, guest } => {
                mounts.push(mount(host, guest, false));
                guest
            }
        };
        mounts.extend(call.out.map(|out| mount(out, OUT, true)));
        let env = [
            ("GOOS", "wasip1"),
            ("GOARCH", "wasm"),
            ("GOROOT", "/go"),
            ("PWD", folder),
            ("TMPDIR", OUT),
            // On one thread a collection beside the program may never come to its end: a loop that
            // allocates does not let its workers run.
            ("GODEBUG", "gcstoptheworld=1"),
        ];
        let mut env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        // Garbage is collected more often before the memory ends.
        env.push(("GOMEMLIMIT".to_owned(), (job.limits.memory / 4 * 3).to_string()));
        let step =
            Step { module, args: call.args, env, stdin: Vec::new(), mounts, limits: job.limits };
        let stopped = |source| CompileError::Stopped { at: call.at.to_owned(), source };
        let limit = job.limits.cpu.saturating_mul(BUDGET);
        if *self.spent.lock().unwrap_or_else(PoisonError::into_inner) >= limit {
            return Err(stopped(StepError::Budget { limit }));
        }
        let finished = job.sandbox.run(&step).map_err(stopped)?;
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) += finished.cpu;
        if finished.status == 0 {
            return Ok(finished.stdout);
        }
        // The compiler speaks of the source on stdout, the linker on stderr, and both crash on it.
        let said = [&finished.stdout[..], &finished.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        match failure(&said, job.limits.memory) {
            Some(why) => Err(stopped(why)),
            None => Err(self.rejected(&said, finished.status)),
        }
    }

    fn rejected(&self, said: &str, status: i32) -> CompileError {
        let mut text = as_clang(said);
        if text.is_empty() {
            text = format!("error: it ended with status {status}");
        }
        let (diagnostics, omitted) = diagnostics::read(&text, &self.texts);
        CompileError::Rejected { id: self.job.id.to_owned(), diagnostics, omitted }
    }
}

/// Reads a file that a step made.
pub(super) fn read(folder: &Path, name: &str) -> Result<Vec<u8>, CompileError> {
    Ok(fs::read(folder.join(name))?)
}

fn made(job: &Job<'_>) -> std::path::PathBuf {
    job.scratch.join("pkg")
}

/// What a tool says when it, not the source, is at its end.
fn failure(said: &str, limit: u64) -> Option<StepError> {
    let has = |text: &str| said.lines().any(|line| line.contains(text));
    let starts = |text: &str| said.lines().find(|line| line.starts_with(text));
    if has("out of memory") && has("fatal error: ") {
        return Some(StepError::Memory { limit });
    }
    if starts("runtime: goroutine stack exceeds").is_some() {
        return Some(StepError::Stack);
    }
    let bug = said.lines().find(|line| line.contains("internal compiler error"));
    let crash = bug.or_else(|| starts("panic: ")).or_else(|| starts("fatal error: "))?;
    Some(StepError::Trap { reason: diagnostics::shown(crash) })
}

/// Go's messages as clang writes them: `place: message` is an error, a line that is indented
/// belongs to the one before.
fn as_clang(said: &str) -> String {
    let mut text = String::new();
    for line in said.lines() {
        if line.is_empty() || line.starts_with('#') || line.ends_with("too many errors") {
            continue;
        }
        let tool = ["link: ", "asm: "].iter().find_map(|tool| line.strip_prefix(tool));
        let line = tool.unwrap_or(line);
        if line.starts_with("assembly of ") && line.ends_with(" failed") && !text.is_empty() {
            continue;
        }
        match (line.strip_prefix(['\t', ' ']), place(line)) {
            (Some(note), _) if !text.is_empty() => text += &format!("note: {}\n", note.trim()),
            (_, Some((place, message))) => text += &format!("{place}: error: {message}\n"),
            _ => text += &format!("error: {line}\n"),
        }
    }
    text
}

/// `path:line[:column]` and what is said of it.
fn place(line: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let at = from + line[from..].find(": ")?;
        let (place, message) = (&line[..at], &line[at + 2..]);
        let number = place.rsplit_once(':').map(|(_, number)| number);
        if number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
            return Some((place, message));
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_tool_itself_fails_of_is_no_fault_of_the_source() {
        let memory = "runtime: out of memory: cannot allocate\nfatal error: out of memory\n";
        assert_eq!(failure(memory, 7), Some(StepError::Memory { limit: 7 }));
        let stack =
            "runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow\n";
        assert_eq!(failure(stack, 7), Some(StepError::Stack));
        let bug = "/build/a.go:1:1: internal compiler error: 'f': no\n";
        assert!(matches!(failure(bug, 7), Some(StepError::Trap { .. })));
        assert_eq!(failure("/build/a.go:1:1: undefined: memory\n", 7), None);
    }

    #[test]
    fn messages_keep_their_place_and_their_notes() {
        let said = "# main\n/build/src/a.go:2:3: cannot use x\n\thave int\n\ttoo many errors\nlink: main.f: not defined\nasm: assembly of /build/src/a.s failed\n";
        let files = BTreeMap::from([("src/a.go".to_owned(), b"package a\n  xyz\n".to_vec())]);
        let (found, omitted) = diagnostics::read(&as_clang(said), &Texts::of(&files));
        assert_eq!((found.len(), omitted), (2, 0), "{found:?}");
        assert_eq!(found[0].to_string(), "src/a.go:2:3: cannot use x");
        assert_eq!(found[0].notes, ["have int"]);
        assert_eq!(found[1].message, "main.f: not defined");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(said in "(.|\n|: |\t|:1|:1:2: |/build/é.go){0,60}") {
            drop(failure(&said, 1));
            drop(diagnostics::read(&as_clang(&said), &Texts::of(&BTreeMap::new())));
        }
    }
}
