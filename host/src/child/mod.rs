//! Processes of this host's own program, its helper: they generate the code of artifacts, and start
//! the programs that an operator allowed. Nothing else of the host starts a process.

mod bounds;
mod codegen;
#[cfg(target_os = "linux")]
mod confine;
#[cfg(target_os = "linux")]
mod launch;
mod places;
#[cfg(target_os = "linux")]
mod program;
mod wire;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use places::Places;

pub(crate) use codegen::{CodegenError, Limit, generate, generate_here};
#[cfg(target_os = "linux")]
pub(crate) use program::{Program, ProgramError, Starter};

/// The program that a host starts as its helper, and the arguments that make it one: an executable
/// whose `main` returns [`child::main`](main) when it sees these arguments, and before it does
/// anything else. It must be of the very same build, as code of another one is not loaded.
///
/// A helper starts with an empty environment, in `/`, and gets its work on standard input.
///
/// ```no_run
/// use std::process::ExitCode;
/// use workbooks_host::{Helper, Host, child};
///
/// fn main() -> ExitCode {
///     if std::env::args().nth(1).is_some_and(|word| word == "child") {
///         return child::main();
///     }
///     let in_this_process = Host::builder().build();
///     let in_a_helper = Host::builder().helper(Helper::new("/proc/self/exe", ["child"])).build();
///     ExitCode::from(u8::from(in_this_process.is_err() || in_a_helper.is_err()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Helper {
    program: PathBuf,
    args: Vec<OsString>,
    codegen: CodegenLimits,
    places: Places,
}

/// What one generation of code may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodegenLimits {
    /// Bytes of private memory.
    pub memory: u64,
    /// CPU time, summed over its threads; a fifth of the wall clock that it may take.
    pub time: Duration,
    /// Bytes of the code.
    pub code: u64,
}

impl Default for CodegenLimits {
    /// 2 GiB, 60 s, 512 MiB. Measured on two cores: a command of 1.2 MB takes 86 MiB, one of 320 KB
    /// less than a second.
    fn default() -> Self {
        Self { memory: 2 << 30, time: Duration::from_mins(1), code: 512 << 20 }
    }
}

impl Helper {
    /// A helper with the default [`CodegenLimits`].
    pub fn new(
        program: impl Into<PathBuf>,
        args: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let args = args.into_iter().map(Into::into).collect();
        Self {
            program: program.into(),
            args,
            codegen: CodegenLimits::default(),
            places: Places::default(),
        }
    }

    /// The same, with other limits for code generation.
    #[must_use]
    pub fn with_codegen_limits(self, limits: CodegenLimits) -> Self {
        Self { codegen: limits, ..self }
    }

    pub(crate) fn codegen_limits(&self) -> CodegenLimits {
        self.codegen
    }

    /// Starts it in a process group of its own, with nothing of this process but three pipes.
    fn command(&self, stderr: Stdio) -> std::process::Command {
        use std::os::unix::process::CommandExt as _;
        #[expect(
            clippy::disallowed_methods,
            reason = "the host's own program, with a task of ours"
        )]
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.args).env_clear().current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        command
    }
}

/// Does the work of a helper: reads a task from standard input, does it under the task's limits,
/// and answers on standard output. Call it first in `main`, while the process has one thread.
///
/// The status is 0 unless the task is none, or another program's status where one was run.
pub fn main() -> ExitCode {
    ExitCode::from(work().unwrap_or(bounds::FAILED))
}

fn work() -> io::Result<u8> {
    // Whoever started the host may have left descriptors open for its children.
    close_fds::set_fds_cloexec(3, &[]);
    let mut input = wire::input()?;
    match wire::read(&mut input)? {
        wire::Task::Generate(task) => codegen::work(&task, input),
        #[cfg(target_os = "linux")]
        wire::Task::Confine(task) => confine::work(&task),
        #[cfg(target_os = "linux")]
        wire::Task::Launch(task) => launch::work(&task),
        #[cfg(not(target_os = "linux"))]
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}
