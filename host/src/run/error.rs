//! Why a run ended otherwise than by an exit.

use std::time::Duration;

use miette::Diagnostic;
use thiserror::Error;
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;

use crate::admission::Spent;
use crate::instance::MountError;
use crate::policy::Limits;
use crate::toolkit::{Bytes, Shape, Span};

/// Why a run ended otherwise than by an exit.
#[derive(Debug, Error, Diagnostic)]
pub enum RunError {
    /// The profile's CPU time is spent.
    #[error("stopped: it used its {} of CPU time", Span(*budget))]
    #[diagnostic(
        code(workbooks::limit::cpu),
        help(
            "time asleep, or waiting for storage, input or its turn, does not count; a larger profile has more: `--profile network` 30s, `--profile posix` 60s"
        )
    )]
    CpuTimeout {
        /// The budget.
        budget: Duration,
    },
    /// The CPU time of the run that it belongs to, or of all runs of its principal, is spent.
    #[error("stopped: the {} of CPU time that it shares with others are used", Span(*budget))]
    #[diagnostic(
        code(workbooks::limit::cpu),
        help("a run and its children share one budget, and so do the live runs of a toolkit")
    )]
    CpuTogether {
        /// The budget of all together.
        budget: Duration,
    },
    /// The wall clock ran out.
    #[error("stopped: its deadline of {} passed", Span(*deadline))]
    #[diagnostic(code(workbooks::limit::deadline), help("give it longer with `--deadline`"))]
    Deadline {
        /// The deadline.
        deadline: Duration,
    },
    /// Somebody killed it.
    #[error("killed")]
    #[diagnostic(code(workbooks::run::killed))]
    Killed,
    /// It needed more memory than its profile has.
    #[error("stopped: it needs more than its {} of memory", Bytes(*limit))]
    #[diagnostic(
        code(workbooks::limit::memory),
        help("a larger profile has more: `--profile network` 128MiB, `--profile posix` 256MiB")
    )]
    Memory {
        /// The limit in bytes, over all memories of the instance.
        limit: u64,
    },
    /// It needed more memory than the run that it belongs to, or its principal, has left.
    #[error("stopped: it needs more than what is left of {} of memory that it shares with others", Bytes(*limit))]
    #[diagnostic(
        code(workbooks::limit::memory),
        help("a run and its children share one limit, and so do the live runs of a toolkit")
    )]
    MemoryTogether {
        /// The limit in bytes, of all together.
        limit: u64,
    },
    /// It recursed too deeply.
    #[error("stopped: it recursed deeper than its stack")]
    #[diagnostic(code(workbooks::limit::stack), help("make the recursion shallower"))]
    Stack,
    /// It passed more bytes in one host call than allowed.
    #[error("stopped: it passed more than {} in one host call", Bytes(*limit))]
    #[diagnostic(code(workbooks::limit::host_call_bytes), help("pass the bytes in smaller pieces"))]
    HostCallBytes {
        /// The limit in bytes.
        limit: u64,
    },
    /// It wanted more of something that is counted: instances, tables, memories, handles, random
    /// bytes of one call.
    #[error("stopped: {why}")]
    #[diagnostic(
        code(workbooks::limit::count),
        help(
            "the limits of a profile are no larger for these; let the toolkit need fewer at once"
        )
    )]
    Count {
        /// What it wanted.
        why: String,
    },
    /// It trapped.
    #[error("it trapped: {why}")]
    #[diagnostic(code(workbooks::run::trapped), help("this is an error in the toolkit itself"))]
    Trapped {
        /// What wasmtime says.
        why: String,
    },
    /// This version does not run toolkits of its shape.
    #[error("toolkits of the shape `{shape}` are not available yet")]
    #[diagnostic(
        code(workbooks::run::not_available),
        help("this version runs `command`, `component` and `kernel`")
    )]
    NotAvailable {
        /// The shape.
        shape: Shape,
    },
    /// It is called in another way.
    #[error("it is a `{shape}`, which cannot be run as a `{wanted}`")]
    #[diagnostic(
        code(workbooks::run::other_shape),
        help("the line `#+EXEC:` of its manifest says how it is called")
    )]
    OtherShape {
        /// Its shape.
        shape: Shape,
        /// The way it was called.
        wanted: Shape,
    },
    /// The input does not fit into a kernel's arena.
    #[error("the input of {len} bytes is larger than the kernel's arena of {capacity}")]
    #[diagnostic(
        code(workbooks::limit::input_too_large),
        help("`#+OUT_OFF:` of the manifest sets where the arena ends")
    )]
    InputTooLarge {
        /// Bytes of input.
        len: usize,
        /// Bytes of the arena.
        capacity: u32,
    },
    /// The input does not fit into the arena that a kernel points to.
    #[error("the input does not fit into the kernel's arena")]
    #[diagnostic(
        code(workbooks::limit::arena),
        help("give it less at once, or see what `in_ptr` returns")
    )]
    ArenaFull,
    /// A kernel's answer lies outside its memory.
    #[error("the kernel was stopped: its answer lies outside its memory")]
    #[diagnostic(
        code(workbooks::run::arena),
        help("see `#+OUT_OFF:`, or what `out_ptr` and the entry return")
    )]
    Arena,
    /// `--invoke` names no function that it exports, or gives it other arguments.
    #[error("{why}")]
    #[diagnostic(code(workbooks::run::invoke), help("exported: {exported}"))]
    Invoke {
        /// What is wrong with the call.
        why: String,
        /// What it exports.
        exported: String,
    },
    /// A call returned a handle.
    #[error("it returned a handle, which has no text")]
    #[diagnostic(code(workbooks::run::handle), help("call functions that return plain values"))]
    Handle,
    /// The instance ended in an earlier call.
    #[error("the instance has ended")]
    #[diagnostic(code(workbooks::run::ended), help("start another"))]
    Ended,
    /// A folder cannot be mounted.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Mount(#[from] MountError),
}

impl RunError {
    /// Names what wasmtime's error stands for.
    pub(crate) fn of(
        error: &wasmtime::Error,
        limits: &Limits,
        refused: Option<Spent<u64>>,
    ) -> Self {
        use crate::instance::Stopped;
        match (error.downcast_ref::<Stopped>(), error.downcast_ref::<Trap>()) {
            (Some(Stopped::Cpu(Spent { bound, own: true })), _) => {
                return Self::CpuTimeout { budget: *bound };
            }
            (Some(Stopped::Cpu(Spent { bound, own: false })), _) => {
                return Self::CpuTogether { budget: *bound };
            }
            (Some(Stopped::Killed), _) => return Self::Killed,
            (Some(Stopped::Deadline), _) => {
                return Self::Deadline { deadline: limits.deadline.unwrap_or_default() };
            }
            (_, Some(Trap::StackOverflow)) => return Self::Stack,
            // What a program does that gets no memory, and what wasmtime says of one that cannot start.
            (_, Some(Trap::UnreachableCodeReached) | None) => match refused {
                Some(Spent { bound, own: true }) => return Self::Memory { limit: bound },
                Some(Spent { bound, own: false }) => return Self::MemoryTogether { limit: bound },
                None => {}
            },
            _ => {}
        }
        let why = error.root_cause().to_string();
        // wasmtime gives these limits no types of their own.
        let counted = [
            "resource limit exceeded",
            "handle limit exceeded",
            "requested len",
            "exceeds table limits",
        ];
        if counted.iter().any(|text| why.contains(text))
            || error
                .downcast_ref::<ResourceTableError>()
                .is_some_and(|e| matches!(e, ResourceTableError::Full))
        {
            return Self::Count { why };
        }
        if why.contains("fuel allocated for hostcalls") {
            return Self::HostCallBytes { limit: limits.hostcall_bytes as u64 };
        }
        Self::Trapped { why }
    }
}
