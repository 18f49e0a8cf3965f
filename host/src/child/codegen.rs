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
use crate::adapt::{self, AdaptError, Options};
use crate::engine::{self, EngineKind};
use crate::instance::Lifted;

/// Wall clock over one generation, as a multiple of its CPU time: a busy machine is not an error.
const PATIENCE: u32 = 5;

/// Why there is no code.
#[derive(Debug)]
pub(crate) enum CodegenError {
    /// The artifact cannot be lifted.
    Unfit(AdaptError),
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

/// The code of an artifact, and a note on how it was lifted. Made in this process.
pub(crate) fn generate_here(
    engine: &wasmtime::Engine,
    artifact: &[u8],
    options: &Options,
) -> Result<(Vec<u8>, String), CodegenError> {
    let lifted = adapt::adapt(artifact, options).map_err(CodegenError::Unfit)?;
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
        // Who stops reading is not written to; its end says why.
        scope.spawn(move || drop(to.write_all(&task).and_then(|()| to.write_all(artifact))));
        scope.spawn(move || send.send(answer(&mut from, limits)));
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

fn answer(from: &mut impl Read, limits: CodegenLimits) -> io::Result<Generated> {
    let (bytes, sha256, note) = match wire::read(from)? {
        Answer::Code { bytes, .. } if bytes > limits.code => {
            return Ok(Err(CodegenError::Over(Limit::Code)));
        }
        Answer::Code { bytes, sha256, note } => (bytes, sha256, note),
        Answer::Unfit(why) => return Ok(Err(CodegenError::Unfit(why))),
        Answer::Refused(why) => return Ok(Err(CodegenError::Refused(why))),
    };
    let mut code = Vec::new();
    from.take(bytes).read_to_end(&mut code)?;
    if code.len() as u64 == bytes && crate::hex(&Sha256::digest(&code)) == sha256 {
        return Ok(Ok((code, note)));
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "its answer is damaged"))
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
    let generated = catch_unwind(AssertUnwindSafe(|| {
        let engine = engine::new(EngineKind::Guest)
            .map_err(|why| CodegenError::Refused(format!("{why:#}")))?;
        generate_here(&engine, &artifact, &task.options)
    }));
    let mut output = wire::output()?;
    let answer = match generated {
        Ok(Ok((code, note))) => {
            let sha256 = crate::hex(&Sha256::digest(&code));
            wire::write(&mut output, &Answer::Code { bytes: code.len() as u64, sha256, note })?;
            output.write_all(&code)?;
            return Ok(0);
        }
        Ok(Err(CodegenError::Unfit(why))) => Answer::Unfit(why),
        Ok(Err(CodegenError::Refused(why))) => Answer::Refused(why),
        Ok(Err(_)) | Err(_) => Answer::Refused("the code generator failed".to_owned()),
    };
    wire::write(&mut output, &answer)?;
    Ok(0)
}
