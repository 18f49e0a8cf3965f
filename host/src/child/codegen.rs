//! Artifacts are lifted and compiled in a helper, so that one that takes too much takes it there.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::process::Signal;
use sha2::{Digest as _, Sha256};

use super::bounds::{self, Bounds};
use super::wire::{self, Answer, Generate, Task};
use super::{CodegenLimits, Helper};
use crate::adapt::{self, AdaptError, Adapted, Options};
use crate::engine::{self, EngineKind};
use crate::instance::{Lifted, LinkError};

/// Wall clock over one generation, as a multiple of its CPU time: a busy machine is not an error.
const PATIENCE: u32 = 5;

/// Why there is no code.
#[derive(Debug)]
pub(crate) enum CodegenError {
    /// The artifact cannot be lifted.
    Unfit(AdaptError),
    /// It imports what it does not get.
    Unlinked(LinkError),
    /// The code generator refuses it.
    Refused(String),
    /// It takes more than it may.
    Over(Limit),
    /// The helper does not do its work.
    Helper(String),
}

/// What was used up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Memory,
    Time,
    Code,
}

/// Whether a component with these imports would be linked: else no code is generated for it.
type Admit<'a> = dyn Fn(&[String]) -> Result<(), LinkError> + Sync + 'a;

/// The code of an artifact, and a note on how it was lifted. Made in this process.
pub(crate) fn generate_here(
    engine: &wasmtime::Engine,
    artifact: &[u8],
    options: &Options,
    admit: &Admit<'_>,
) -> Result<(Vec<u8>, String), CodegenError> {
    let (lifted, imports) = lift(artifact, options)?;
    admit(&imports).map_err(CodegenError::Unlinked)?;
    compile(engine, &lifted)
}

/// The component that an artifact becomes, and what it imports.
fn lift<'a>(
    artifact: &'a [u8],
    options: &Options,
) -> Result<(Adapted<'a>, Vec<String>), CodegenError> {
    let lifted = adapt::adapt(artifact, options).map_err(CodegenError::Unfit)?;
    let imports = adapt::imports(&lifted.component).map_err(CodegenError::Unfit)?;
    Ok((lifted, imports))
}

fn compile(
    engine: &wasmtime::Engine,
    lifted: &Adapted<'_>,
) -> Result<(Vec<u8>, String), CodegenError> {
    let code = engine
        .precompile_component(&lifted.component)
        .map_err(|why| CodegenError::Refused(format!("{why:#}")))?;
    let note = Lifted { input_capacity: lifted.input_capacity, go: lifted.go };
    Ok((code, note.to_string()))
}

/// The same, made by a helper within its limits. The code is that of a guest's engine.
pub(crate) fn generate(
    helper: &Helper,
    artifact: &[u8],
    options: &Options,
    admit: &Admit<'_>,
) -> Result<(Vec<u8>, String), CodegenError> {
    let limits = helper.codegen;
    let failed = |why: io::Error| CodegenError::Helper(why.to_string());
    let task = Task::Generate(Generate {
        parent: std::process::id(),
        memory: limits.memory,
        time: limits.time,
        bytes: artifact.len() as u64,
        options: options.clone(),
    });
    let task = wire::frame(&task).map_err(failed)?;
    let _place = helper.places.take();
    let mut child = helper.command(Stdio::null()).spawn().map_err(failed)?;
    let pipes = child.stdin.take().zip(child.stdout.take());
    let (mut to, mut from) = pipes.expect("both are piped");
    let (answer, ended) = thread::scope(|scope| {
        let (send, received) = mpsc::channel();
        let (go, admitted) = mpsc::channel();
        // Who stops reading is not written to; its end says why.
        scope.spawn(move || {
            let told = to.write_all(&task).and_then(|()| to.write_all(artifact));
            if told.is_ok() && admitted.recv().is_ok() {
                drop(to.write_all(&[wire::GO]));
            }
        });
        scope.spawn(move || send.send(answer(&mut from, limits, admit, &go)));
        let answer = received.recv_timeout(limits.time * PATIENCE).ok();
        if answer.is_none() {
            // It is not waited for yet, so the number is still its own.
            drop(child.kill());
        }
        (answer, child.wait())
    });
    let ended = ended.map_err(failed)?;
    match answer {
        None => Err(CodegenError::Over(Limit::Time)),
        Some(Ok(Err(CodegenError::Unlinked(why)))) => Err(CodegenError::Unlinked(why)),
        // It does not end well where nobody reads on.
        Some(Ok(answer)) if ended.success() || matches!(answer, Err(CodegenError::Over(_))) => {
            answer
        }
        Some(answer) => Err(blame(ended, answer.err())),
    }
}

/// What the end of a helper says that did not answer.
fn blame(ended: ExitStatus, broken: Option<io::Error>) -> CodegenError {
    let is =
        |signals: &[Signal]| signals.iter().any(|signal| ended.signal() == Some(signal.as_raw()));
    if is(&[Signal::XCPU]) {
        return CodegenError::Over(Limit::Time);
    }
    // Rust aborts where memory ends, a stack that cannot grow is a fault, and the kernel's own
    // choice of a victim is a kill.
    if is(&[Signal::ABORT, Signal::SEGV, Signal::BUS, Signal::KILL]) {
        return CodegenError::Over(Limit::Memory);
    }
    let why = broken.map_or_else(|| ended.to_string(), |why| format!("{why} ({ended})"));
    CodegenError::Helper(why)
}

type Generated = Result<(Vec<u8>, String), CodegenError>;

/// What a helper answers. No code is taken that was not admitted.
fn answer(
    from: &mut impl Read,
    limits: CodegenLimits,
    admit: &Admit<'_>,
    go: &mpsc::Sender<()>,
) -> io::Result<Generated> {
    let broken = |why| io::Error::new(io::ErrorKind::InvalidData, why);
    match wire::read(from)? {
        Answer::Lifted { imports } => {
            if let Err(why) = admit(&imports) {
                return Ok(Err(CodegenError::Unlinked(why)));
            }
            // Who does not wait for it is gone, and does not answer.
            let _ = go.send(());
        }
        Answer::Unfit(why) => return Ok(Err(CodegenError::Unfit(why))),
        Answer::Refused(why) => return Ok(Err(CodegenError::Refused(why))),
        Answer::Code { .. } => return Err(broken("it answers before it is asked")),
    }
    let (bytes, sha256, note) = match wire::read(from)? {
        Answer::Code { bytes, .. } if bytes > limits.code => {
            return Ok(Err(CodegenError::Over(Limit::Code)));
        }
        Answer::Code { bytes, sha256, note } => (bytes, sha256, note),
        Answer::Refused(why) => return Ok(Err(CodegenError::Refused(why))),
        Answer::Lifted { .. } | Answer::Unfit(_) => return Err(broken("it answers twice")),
    };
    let mut code = Vec::new();
    from.take(bytes).read_to_end(&mut code)?;
    if code.len() as u64 == bytes && crate::hex(&Sha256::digest(&code)) == sha256 {
        return Ok(Ok((code, note)));
    }
    Err(broken("its answer is damaged"))
}

/// The helper's side.
pub(super) fn work(task: &Generate, mut input: File) -> io::Result<u8> {
    bounds::end_with(task.parent)?;
    let bounds =
        Bounds { data: Some(task.memory), time: task.time, files: 32, ..Bounds::default() };
    bounds.set()?;
    let mut artifact = Vec::new();
    Read::by_ref(&mut input).take(task.bytes).read_to_end(&mut artifact)?;
    if artifact.len() as u64 != task.bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut output = wire::output()?;
    let (lifted, imports) = match caught(|| lift(&artifact, &task.options)) {
        Ok(done) => done,
        Err(answer) => return wire::write(&mut output, &answer).map(|()| 0),
    };
    wire::write(&mut output, &Answer::Lifted { imports })?;
    let mut told = [0];
    if input.read(&mut told)? == 0 || told != [wire::GO] {
        return Ok(0);
    }
    let generated = caught(|| {
        let engine = engine::new(EngineKind::Guest)
            .map_err(|why| CodegenError::Refused(format!("{why:#}")))?;
        compile(&engine, &lifted)
    });
    match generated {
        Ok((code, note)) => {
            let sha256 = crate::hex(&Sha256::digest(&code));
            wire::write(&mut output, &Answer::Code { bytes: code.len() as u64, sha256, note })?;
            output.write_all(&code)?;
        }
        Err(answer) => wire::write(&mut output, &answer)?,
    }
    Ok(0)
}

/// What is done, or what to answer in its place.
fn caught<T>(work: impl FnOnce() -> Result<T, CodegenError>) -> Result<T, Answer> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(CodegenError::Unfit(why))) => Err(Answer::Unfit(why)),
        Ok(Err(CodegenError::Refused(why))) => Err(Answer::Refused(why)),
        Ok(Err(_)) | Err(_) => Err(Answer::Refused("the code generator failed".to_owned())),
    }
}
