//! What a helper lets itself have before it looks at anything of a stranger's.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

/// The status of a helper that cannot do its task.
pub(super) const FAILED: u8 = 125;

/// Bounds the kernel's resources for good: neither this process nor one that it starts can raise
/// them again.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    /// Bytes of private memory (`RLIMIT_DATA`): unlike the address space, it does not count what
    /// is only reserved, as each thread's heap does.
    pub(super) data: Option<u64>,
    /// Bytes of address space.
    pub(super) space: Option<u64>,
    /// CPU time, in whole seconds, rounded up.
    pub(super) time: Duration,
    /// Open files.
    pub(super) files: u64,
    /// Bytes of a file.
    pub(super) file: u64,
    /// Processes and threads.
    pub(super) processes: Option<u64>,
}

impl Bounds {
    pub(super) fn set(&self) -> io::Result<()> {
        let seconds = self.time.as_secs() + u64::from(self.time.subsec_nanos() > 0);
        let limit = |resource, current: u64, maximum: u64| {
            setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) })
        };
        limit(Resource::Core, 0, 0)?;
        // The signal first, which says why; then the end, whatever was made of the signal.
        limit(Resource::Cpu, seconds, seconds + 1)?;
        limit(Resource::Nofile, self.files, self.files)?;
        limit(Resource::Fsize, self.file, self.file)?;
        for (resource, most) in [
            (Resource::Data, self.data),
            (Resource::As, self.space),
            (Resource::Nproc, self.processes),
        ] {
            if let Some(most) = most {
                limit(resource, most, most)?;
            }
        }
        Ok(())
    }
}

/// Ends this process with the thread that started it, or fails if that is over already.
#[cfg(target_os = "linux")]
pub(super) fn end_with(parent: u32) -> io::Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let alive = getppid().is_some_and(|pid| pid.as_raw_nonzero().get().cast_unsigned() == parent);
    alive.then_some(()).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
}

/// Elsewhere nobody can ask for it: the limit of CPU time has to do.
#[cfg(not(target_os = "linux"))]
pub(super) fn end_with(_: u32) -> io::Result<()> {
    Ok(())
}
