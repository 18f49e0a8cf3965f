//! How a prepared toolkit is called for the person at the keyboard: streams or captures, Ctrl-C,
//! the deadline, and what each shape leaves behind.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::time::Duration;

use miette::{Diagnostic, Report};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::signal::unix::{Signal, SignalKind, signal};
use workbooks_host::toolkit::ArgMode;
use workbooks_host::{Input, Instance, Invoked, Outcome, Output, Prepared, Run, RunError, Shape};

use super::timings::Timings;
use crate::output::Raw;

/// One call, as the command line has it.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// What the guest is called, and its arguments.
    pub(crate) args: Vec<String>,
    /// How a command gets them.
    pub(crate) first_line: bool,
    /// Environment.
    pub(crate) env: BTreeMap<String, String>,
    /// Wall clock over all.
    pub(crate) deadline: Option<Duration>,
    /// An export and its arguments, in WAVE.
    pub(crate) invoke: Option<String>,
    /// Whose volumes it sees.
    pub(crate) instance: Option<String>,
    /// Whether output is kept instead of streamed.
    pub(crate) capture: bool,
}

/// What a call left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The guest's exit status, or the negative number that a kernel returned.
    pub(crate) status: i32,
    /// A kernel's answer.
    pub(crate) answer: Vec<u8>,
    /// What `--invoke` returned.
    pub(crate) invoked: Option<Invoked>,
    /// Captured output, log and usage; none of a kernel.
    pub(crate) outcome: Option<Outcome>,
}

/// A call that says too little, or too much.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum CallError {
    /// A component without `--invoke`.
    #[error("`{toolkit}` is a component: say which of its functions to call")]
    #[diagnostic(
        code(workbooks::cli::usage),
        help(
            "`wbx toolkit run --invoke 'NAME(ARGS)' {toolkit}`, with arguments in WAVE; it exports: {exported}"
        )
    )]
    WhichFunction {
        /// The toolkit.
        toolkit: String,
        /// What it exports.
        exported: String,
    },
    /// A kernel with `--invoke`.
    #[error("`{toolkit}` is a kernel: it has no function to call by name")]
    #[diagnostic(
        code(workbooks::cli::usage),
        help("give it its input on stdin: `wbx toolkit run {toolkit} < FILE`")
    )]
    KernelInvoked {
        /// The toolkit.
        toolkit: String,
    },
    /// The system refused a thread or a pipe.
    #[error("the call cannot start: {why}")]
    #[diagnostic(code(workbooks::cli::system))]
    System {
        /// Why.
        why: String,
    },
}

impl Call {
    /// Whether a toolkit gets its arguments as the first line of its stdin.
    pub(crate) fn arg_mode(mut self, mode: ArgMode) -> Self {
        self.first_line = mode == ArgMode::Stdin1;
        self
    }

    /// Calls `prepared` to its end. Ctrl-C ends the guest.
    pub(crate) fn perform(
        self,
        prepared: &Prepared,
        timings: &mut Timings,
    ) -> Result<Ended, Report> {
        let system = |why: std::io::Error| CallError::System { why: why.to_string() };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
        let ended = runtime.block_on(async {
            // Before the guest starts, so that from then on Ctrl-C ends it and not this process.
            let ctrl_c = signal(SignalKind::interrupt()).map_err(system)?;
            match (prepared.shape(), &self.invoke) {
                (Shape::Kernel, None) => self.kernel(prepared, ctrl_c, timings).await,
                (Shape::Kernel, Some(_)) => {
                    Err(CallError::KernelInvoked { toolkit: prepared.grant().toolkit().to_owned() }
                        .into())
                }
                (Shape::Component, _) | (_, Some(_)) => {
                    self.component(prepared, ctrl_c, timings).await
                }
                _ => self.command(prepared, ctrl_c, timings).await,
            }
        });
        timings.step("run");
        // A thread may still wait for input; it ends with the process.
        runtime.shutdown_background();
        ended
    }

    async fn command(
        self,
        prepared: &Prepared,
        ctrl_c: Signal,
        timings: &mut Timings,
    ) -> Result<Ended, Report> {
        let running = prepared.spawn(self.run());
        timings.step("start");
        let kill = running.killer();
        let mut outcome = interruptible(running.outcome(), ctrl_c, kill).await;
        let status = std::mem::replace(&mut outcome.ended, Ok(0))?;
        Ok(Ended { status, answer: Vec::new(), invoked: None, outcome: Some(outcome) })
    }

    async fn component(
        mut self,
        prepared: &Prepared,
        mut ctrl_c: Signal,
        timings: &mut Timings,
    ) -> Result<Ended, Report> {
        let call = self.invoke.take();
        let flat = call.is_none() && prepared.is_flat();
        let mut run = self.run();
        if flat {
            // It is its argument.
            run.stdin = Input::Empty;
        }
        let mut instance = interrupted(prepared.start(run), &mut ctrl_c).await?;
        timings.step("start");
        let kill = instance.killer();
        let Some(call) = call else {
            if flat {
                return of_texts(instance, prepared, ctrl_c, kill).await;
            }
            let toolkit = prepared.grant().toolkit().to_owned();
            return Err(match instance.invoke("").await {
                Err(RunError::Invoke { exported, .. }) => {
                    CallError::WhichFunction { toolkit, exported }.into()
                }
                Err(other) => other.into(),
                Ok(_) => CallError::WhichFunction { toolkit, exported: String::new() }.into(),
            });
        };
        let invoked = interruptible(instance.invoke(&call), ctrl_c, kill).await?;
        let outcome = instance.finish().await;
        Ok(Ended {
            status: i32::from(invoked.failed),
            answer: Vec::new(),
            invoked: Some(invoked),
            outcome,
        })
    }

    async fn kernel(
        self,
        prepared: &Prepared,
        mut ctrl_c: Signal,
        timings: &mut Timings,
    ) -> Result<Ended, Report> {
        let input = interrupted(input(prepared), &mut ctrl_c).await?;
        timings.step("input");
        let mut kernel = prepared.kernel()?;
        timings.step("start");
        let (kill, late) = (kernel.killer(), kernel.killer());
        let call = tokio::task::spawn_blocking(move || kernel.process(&input));
        let (call, passed) =
            interruptible(with_deadline(call, self.deadline, late), ctrl_c, kill).await;
        let processed = call.map_err(|why| CallError::System { why: why.to_string() })?;
        let answer = match (processed, passed) {
            (Err(RunError::Killed), Some(deadline)) => {
                return Err(RunError::Deadline { deadline }.into());
            }
            (processed, _) => processed?,
        };
        let (status, answer) = match answer {
            Ok(bytes) => (0, bytes),
            Err(code) => (code, Vec::new()),
        };
        Ok(Ended { status, answer, invoked: None, outcome: None })
    }

    fn run(self) -> Run {
        let stdin = tokio::io::stdin();
        let (args, stdin): (_, Box<dyn AsyncRead + Send + Sync + Unpin>) =
            match self.args.split_first() {
                Some((name, rest)) if self.first_line => {
                    let line = format!("{}\n", rest.join(" "));
                    (vec![name.clone()], Box::new(Cursor::new(line.into_bytes()).chain(stdin)))
                }
                _ => (self.args, Box::new(stdin)),
            };
        let (stdout, stderr) = if self.capture {
            (Output::Capture, Output::Capture)
        } else {
            (Output::Stream(Box::new(Raw::stdout())), Output::Stream(Box::new(Raw::stderr())))
        };
        Run {
            args,
            env: self.env,
            stdin: Input::Stream(stdin),
            stdout,
            stderr,
            deadline: self.deadline,
            instance: self.instance,
        }
    }
}

/// Standard input, whole: no more than the guest's memory holds, and one byte over that.
async fn input(prepared: &Prepared) -> Result<Vec<u8>, CallError> {
    let most = prepared.grant().limits().memory.saturating_add(1);
    let mut input = Vec::new();
    let read = tokio::io::stdin().take(most).read_to_end(&mut input).await;
    read.map_err(|why| CallError::System { why: why.to_string() })?;
    Ok(input)
}

/// A component of the world `legacy`: standard input in, the answer of its `run` out.
async fn of_texts(
    mut instance: Instance,
    prepared: &Prepared,
    mut ctrl_c: Signal,
    kill: impl Fn(),
) -> Result<Ended, Report> {
    let input = interrupted(input(prepared), &mut ctrl_c).await?;
    let text = String::from_utf8(input)
        .map_err(|_| CallError::System { why: "its input is no UTF-8 text".to_owned() })?;
    let answer = interruptible(instance.run_flat(&text), ctrl_c, kill).await?;
    let outcome = instance.finish().await;
    Ok(Ended { status: 0, answer: answer.into_bytes(), invoked: None, outcome })
}

/// Awaits `future`; at Ctrl-C it is killed and awaited on.
async fn interruptible<T>(
    future: impl Future<Output = T>,
    mut ctrl_c: Signal,
    kill: impl Fn(),
) -> T {
    let mut future = std::pin::pin!(future);
    tokio::select! {
        biased;
        ended = &mut future => return ended,
        _ = ctrl_c.recv() => kill(),
    }
    future.await
}

/// Awaits `future`, which is dropped at Ctrl-C.
async fn interrupted<T, E: Into<Report>>(
    future: impl Future<Output = Result<T, E>>,
    ctrl_c: &mut Signal,
) -> Result<T, Report> {
    tokio::select! {
        biased;
        ended = future => ended.map_err(Into::into),
        _ = ctrl_c.recv() => Err(RunError::Killed.into()),
    }
}

/// Awaits `future`; at the deadline it is killed and awaited on. The deadline, if it passed.
async fn with_deadline<T>(
    future: impl Future<Output = T>,
    deadline: Option<Duration>,
    kill: impl Fn(),
) -> (T, Option<Duration>) {
    let mut future = std::pin::pin!(future);
    if let Some(length) = deadline {
        match tokio::time::timeout(length, &mut future).await {
            Ok(ended) => return (ended, None),
            Err(_) => kill(),
        }
    }
    (future.await, deadline)
}
