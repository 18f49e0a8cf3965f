//! The first process of a namespace: it shuts the way back, starts one program, and waits for it.

use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

use rustix::process::{Signal, WaitOptions, set_parent_process_death_signal, setsid, wait};

use super::bounds::{Bounds, FAILED};
use super::confine::{self, FOLDER};
use super::wire::{self, Launch};

/// Open files of a program.
const FILES: u64 = 256;
/// Processes and threads of a program, itself included.
const PROCESSES: u64 = 64;
/// Bytes that it may keep in its folder, which lies in memory.
const KEPT: u64 = 64 << 20;
/// What a shell says of a program that cannot be executed.
const NOT_EXECUTED: u8 = 126;

/// What stands on standard output before anything of the program's own.
pub(super) const STARTED: u8 = 1;
/// What stands there instead, before the reason in words.
pub(super) const REFUSED: u8 = 0;

/// Runs the program to its end and ends as it did.
pub(super) fn work(task: &Launch) -> io::Result<u8> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Else the program could open the terminal of who started the host, and type there.
    setsid()?;
    if let Err(why) = confine::shut(&task.hidden, task.network, KEPT) {
        return refused(&format!("this system confines no program: {why}"));
    }
    if !Path::new(&task.path).is_file() {
        return refused("the program is not there");
    }
    let bounds = Bounds {
        space: Some(task.memory),
        time: task.time,
        files: FILES,
        file: KEPT,
        processes: Some(PROCESSES),
        ..Bounds::default()
    };
    bounds.set()?;
    confine::drop_privileges()?;
    #[expect(clippy::disallowed_methods, reason = "the operator named it")]
    let mut command = std::process::Command::new(&task.path);
    command.args(&task.args).env_clear().envs(task.env.iter().cloned()).current_dir(FOLDER);
    wire::output()?.write_all(&[STARTED])?;
    let Ok(child) = command.spawn() else { return Ok(NOT_EXECUTED) };
    // Whoever loses its parent here becomes a child of this process, and has to be buried.
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, ended))) if pid.as_raw_nonzero().get().cast_unsigned() == child.id() => {
                return Ok(like(ExitStatus::from_raw(ended.as_raw())));
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why.into()),
        }
    }
}

/// The status of another process, as shells have it: 128 and the number of the signal that ended it.
pub(super) fn like(ended: ExitStatus) -> u8 {
    let signal = || ended.signal().map(|signal| 128 + signal);
    let status = ended.code().or_else(signal).and_then(|status| u8::try_from(status).ok());
    status.unwrap_or(FAILED)
}

/// Tells the host why no program was started.
pub(super) fn refused(why: &str) -> io::Result<u8> {
    let mut output = wire::output()?;
    output.write_all(&[REFUSED])?;
    output.write_all(why.as_bytes())?;
    Ok(FAILED)
}
