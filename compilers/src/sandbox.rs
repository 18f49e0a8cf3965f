//! One step of a compiler as a guest: what it may see and use, and how it ended. Compilers know
//! only this seam; the engine stands behind it.

use std::{path::PathBuf, time::Duration};

use miette::Diagnostic;
use thiserror::Error;

use workbooks_host::provenance::Digest;

/// One run of a compiler's wasm module, a WASI command.
#[derive(Clone, Debug)]
pub struct Step {
    /// The compiler.
    pub module: Module,
    /// The arguments, the program's name first.
    pub args: Vec<String>,
    /// The environment: nothing else is in it.
    pub env: Vec<(String, String)>,
    /// What it reads from stdin.
    pub stdin: Vec<u8>,
    /// The folders in sight; nothing else is.
    pub mounts: Vec<StepMount>,
    /// What it may use.
    pub limits: StepLimits,
}

/// A compiler's wasm module on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its file.
    pub path: PathBuf,
    /// The digest that it must have.
    pub sha256: Digest,
}

/// A folder that a step sees.
#[derive(Clone, Debug)]
pub struct StepMount {
    /// On this machine.
    pub host: PathBuf,
    /// In the sandbox, absolute.
    pub guest: String,
    /// Whether it may be written.
    pub writable: bool,
}

/// What one step may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepLimits {
    /// Bytes of linear memory.
    pub memory: u64,
    /// CPU time.
    pub cpu: Duration,
    /// Bytes on stdout, where compilers put what they make.
    pub output: u64,
    /// Wall clock, where somebody waits no longer. Without it a busy machine has its time.
    pub wall: Option<Duration>,
}

impl Default for StepLimits {
    /// 512 MiB, 30 s and 64 MiB: a 2 MB C file at `-O2` takes 200 MiB and 25 s.
    fn default() -> Self {
        Self { memory: 512 << 20, cpu: Duration::from_secs(30), output: 64 << 20, wall: None }
    }
}

/// How a step ended on its own.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit status.
    pub status: i32,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr, cut at 1 MiB.
    pub stderr: Vec<u8>,
    /// The CPU time that it used.
    pub cpu: Duration,
}

/// How a step was ended.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum StepError {
    /// Out of CPU time.
    #[error("it used more than {} s of CPU time", limit.as_secs())]
    #[diagnostic(
        code(workbooks::compile::limit::cpu),
        help("simplify the source, or raise `#+BUILD_LIMITS: time=...`")
    )]
    CpuTime {
        /// The limit.
        limit: Duration,
    },

    /// All steps of the build together are out of CPU time.
    #[error("the build used more than {} s of CPU time", limit.as_secs())]
    #[diagnostic(
        code(workbooks::compile::limit::build),
        help(
            "build again: what is compiled already is kept; or raise `#+BUILD_LIMITS: time=...`, of which a build may use twenty times as much"
        )
    )]
    Budget {
        /// The limit.
        limit: Duration,
    },

    /// Out of memory.
    #[error("it needed more than {} MiB of memory", limit >> 20)]
    #[diagnostic(
        code(workbooks::compile::limit::memory),
        help("simplify the source, or raise `#+BUILD_LIMITS: memory=...`")
    )]
    Memory {
        /// The limit in bytes.
        limit: u64,
    },

    /// Too much output.
    #[error("it made more than {} MiB", limit >> 20)]
    #[diagnostic(
        code(workbooks::compile::limit::output),
        help("is a large array initialised? raise `#+BUILD_LIMITS: output=...` if it must be")
    )]
    Output {
        /// The limit in bytes.
        limit: u64,
    },

    /// Out of stack.
    #[error("the source is nested too deeply for it")]
    #[diagnostic(
        code(workbooks::compile::limit::depth),
        help("split the deeply nested expression, macro or type")
    )]
    Stack,

    /// It crashed.
    #[error("it crashed: {reason}")]
    #[diagnostic(
        code(workbooks::compile::crashed),
        help("the compiler has a bug, or the source drove it into one of its own limits")
    )]
    Trap {
        /// Why, as the engine says it.
        reason: String,
    },

    /// Its file is not what was installed.
    #[error("its file is not the one that was installed: {reason}")]
    #[diagnostic(
        code(workbooks::compile::engine::damaged),
        help("`wbx lane verify` says which lane's it is; `wbx lane install LANE` repairs it")
    )]
    Damaged {
        /// What differs.
        reason: String,
    },

    /// The engine could not run it.
    #[error("it could not be run: {reason}")]
    #[diagnostic(code(workbooks::compile::engine))]
    Engine {
        /// Why.
        reason: String,
    },
}

/// Runs compilers as guests.
pub trait Sandbox: Send + Sync {
    /// Makes the module ready to run, which may take a minute once per machine.
    ///
    /// # Errors
    /// [`StepError::Engine`].
    fn prepare(&self, module: &Module) -> Result<(), StepError>;

    /// Makes an engine that interprets programs ready to run, likewise.
    ///
    /// # Errors
    /// [`StepError::Engine`].
    fn prepare_engine(&self, engine: &Module) -> Result<(), StepError> {
        self.prepare(engine)
    }

    /// Runs an engine to its end, as the guest that it is for toolkits: it reads `program`, gets
    /// `stdin`, and was granted nothing.
    ///
    /// # Errors
    /// See [`StepError`].
    fn interpret(
        &self,
        _engine: &Module,
        _program: &[u8],
        _stdin: Vec<u8>,
        _limits: StepLimits,
    ) -> Result<Finished, StepError> {
        Err(StepError::Engine { reason: "this sandbox runs no interpreter".to_owned() })
    }

    /// Bytes on disk of what [`Sandbox::prepare`] made for the module; none if it would have to
    /// make it.
    ///
    /// # Errors
    /// [`StepError::Engine`].
    fn prepared(&self, _: &Module) -> Result<Option<u64>, StepError> {
        Ok(None)
    }

    /// Removes what [`Sandbox::prepare`] made for the module.
    ///
    /// # Errors
    /// [`StepError::Engine`].
    fn forget(&self, _: &Module) -> Result<(), StepError> {
        Ok(())
    }

    /// Runs one step to its end. Blocks; several threads may call it at once.
    ///
    /// # Errors
    /// A limit, a crash or the engine: see [`StepError`].
    fn run(&self, step: &Step) -> Result<Finished, StepError>;
}
