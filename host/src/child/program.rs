//! A program that the operator allowed, run by a helper: the host's side.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use super::Helper;
use super::wire::{self, Confine, Launch, Task};

/// The longest reason that a helper gives.
const REASON: u64 = 1024;

/// Starts programs. Those that run end with it.
#[derive(Debug)]
pub(crate) struct Starter {
    helper: Helper,
    hidden: Vec<PathBuf>,
    /// To the thread that starts all helpers: each ends with the thread that started it.
    starts: mpsc::Sender<Start>,
}

type Start = Box<dyn FnOnce() + Send>;

/// What is run, and within which bounds.
#[derive(Debug)]
pub(crate) struct Program {
    /// Absolute.
    pub(crate) path: String,
    pub(crate) args: Vec<String>,
    /// All of its environment.
    pub(crate) env: Vec<(String, String)>,
    pub(crate) input: Vec<u8>,
    /// Bytes of address space, of each of its processes.
    pub(crate) memory: u64,
    /// Wall clock, and CPU time of each of its processes.
    pub(crate) time: Duration,
    /// Bytes that are kept of each of its two streams.
    pub(crate) output: u64,
    /// Whether it has a network.
    pub(crate) network: bool,
}

/// What a program left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Its status; 128 and the number of the signal that ended it.
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// Whether there was more than was kept.
    pub(crate) truncated: bool,
}

/// Why a program did not come to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ProgramError {
    /// Its time is over.
    Timeout,
    /// It was not started, for this reason.
    NotStarted(String),
}

impl Starter {
    /// `hidden` are folders that no program finds anything in.
    pub(crate) fn new(helper: Helper, hidden: Vec<PathBuf>) -> io::Result<Self> {
        let (starts, wanted) = mpsc::channel::<Start>();
        let all = move || wanted.into_iter().for_each(|start| start());
        thread::Builder::new().name("wbx-starter".into()).spawn(all)?;
        Ok(Self { helper, hidden, starts })
    }

    /// Runs a program to its end. It is ended with all that it started when its time is over, when
    /// this future is dropped, and when this process ends, however that comes about.
    pub(crate) async fn run(&self, program: Program) -> Result<Ended, ProgramError> {
        let deadline = Instant::now() + program.time;
        let failed = |why: io::Error| ProgramError::NotStarted(why.kind().to_string());
        let tasks = self.tasks(&program).map_err(failed)?;
        let mut running = Running(self.start().await.map_err(failed)?);
        let whole = running.whole(tasks, program.input, program.output);
        timeout_at(deadline.into(), whole).await.map_err(|_| ProgramError::Timeout)?
    }

    fn tasks(&self, program: &Program) -> io::Result<Vec<u8>> {
        let text = |arg: &std::ffi::OsString| arg.clone().into_string().ok();
        let args: Option<Vec<_>> = self.helper.args.iter().map(text).collect();
        let mut tasks = wire::frame(&Task::Confine(Confine {
            parent: std::process::id(),
            program: self.helper.program.clone(),
            args: args.ok_or(io::ErrorKind::InvalidInput)?,
            network: program.network,
        }))?;
        tasks.extend(wire::frame(&Task::Launch(Launch {
            path: program.path.clone(),
            args: program.args.clone(),
            env: program.env.clone(),
            memory: program.memory,
            time: program.time,
            hidden: self.hidden.clone(),
            network: program.network,
        }))?);
        Ok(tasks)
    }

    async fn start(&self) -> io::Result<Child> {
        let mut command = Command::from(self.helper.command(Stdio::piped()));
        command.kill_on_drop(true);
        let (done, started) = oneshot::channel();
        let runtime = Handle::current();
        let start: Start = Box::new(move || {
            let _runtime = runtime.enter();
            // Nobody may wait any more: then what was started is dropped, which ends it.
            drop(done.send(command.spawn()));
        });
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        self.starts.send(start).map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}

/// A program's helper, which ends with this.
struct Running(Child);

impl Running {
    async fn whole(
        &mut self,
        tasks: Vec<u8>,
        input: Vec<u8>,
        most: u64,
    ) -> Result<Ended, ProgramError> {
        let failed = |why: io::Error| ProgramError::NotStarted(why.kind().to_string());
        let (stdin, stdout, stderr) =
            (self.0.stdin.take(), self.0.stdout.take(), self.0.stderr.take());
        let (mut stdin, mut stdout, mut stderr) = (
            stdin.expect("it is piped"),
            stdout.expect("it is piped"),
            stderr.expect("it is piped"),
        );
        let write = async move {
            // A program need not read what it is given.
            let _unread = async {
                stdin.write_all(&tasks).await?;
                stdin.write_all(&input).await
            }
            .await;
        };
        let read = async {
            if stdout.read_u8().await.map_err(failed)? == super::launch::STARTED {
                return kept(&mut stdout, most).await.map_err(failed);
            }
            let (reason, _) = kept(&mut stdout, REASON).await.map_err(failed)?;
            Err(ProgramError::NotStarted(String::from_utf8_lossy(&reason).into_owned()))
        };
        let both = async {
            let ((), out, err) = tokio::join!(write, read, kept(&mut stderr, most));
            Ok((out?, err.map_err(failed)?))
        };
        let ((stdout, more), (stderr, more_still)) = both.await?;
        let ended = self.0.wait().await.map_err(failed)?;
        Ok(Ended {
            status: ended.code().unwrap_or(i32::from(super::bounds::FAILED)),
            stdout,
            stderr,
            truncated: more || more_still,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // As long as it was not waited for, the number is its own.
        let pid = self.0.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(pid) = pid {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// The first `most` bytes of a stream that is read to its end, and whether there were more.
async fn kept(from: &mut (impl AsyncRead + Unpin), most: u64) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes).await?;
    let more = tokio::io::copy(from, &mut tokio::io::sink()).await?;
    Ok((bytes, more > 0))
}
