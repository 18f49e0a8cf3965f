//! Every bound that a running instance has, with where its number comes from.

use std::time::Duration;

use super::profile::Profile;
use crate::toolkit::BuildLimits;

const MIB: usize = 1 << 20;

/// The bounds of one instance. The host enforces all of them; the guest cannot read or move them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories of the instance together. The profile's.
    pub memory: u64,
    /// Time inside the guest, host calls excluded, in one run. The profile's.
    pub cpu_time: Duration,
    /// Wall clock over the whole run, if the caller set one (`--deadline`). None by default.
    pub deadline: Option<Duration>,
    /// Wall clock of one host operation. 10 s: epochs do not interrupt a host call, so each needs
    /// a bound of its own, and what is slower than this is to be polled.
    pub operation_deadline: Duration,
    /// Elements of all tables together. 20,000: `CPython`, the largest guest measured, has 5,903.
    pub table_elements: usize,
    /// Tables. 16: adapted guests have 2 each.
    pub tables: usize,
    /// Linear memories. 8: adapted guests have 1, and a component of several modules one for each.
    pub memories: usize,
    /// Core instances. 50: an adapted guest has 4 (main, adapter, shims).
    pub instances: usize,
    /// Handles to host resources that are open at once. 1,024, as `ulimit -n` has it; wasmtime's
    /// own default is 100,000.
    pub handles: usize,
    /// Bytes that one host call, or one result of an export, may carry out of the guest. 4.25 MiB:
    /// the largest input of a capability, which is the body of a request, and room for its head;
    /// wasmtime's own default is 128 MiB.
    pub hostcall_bytes: usize,
    /// Bytes kept of stdout, and as many of stderr, where they are captured; the rest is dropped
    /// and the outcome says `truncated`. 8 MiB.
    pub output_bytes: usize,
    /// Lines of `log` in one run; further ones are counted. 10,000.
    pub log_lines: usize,
    /// Bytes of `log` in one run; further ones are counted. 1 MiB.
    pub log_bytes: usize,
    /// Bytes of an artifact, checked before any code is generated. 64 MiB: the largest guests
    /// measured, JS engines, have 12 MB.
    pub artifact_bytes: u64,
    /// Functions of an artifact. 100,000: a JS engine has some 30,000.
    pub functions: u32,
    /// Imports of an artifact. 1,000: the world `engine` has fewer than 400 functions.
    pub imports: u32,
    /// Host calls in each `rate_window`, over all capabilities of a principal. 120,000: the
    /// original's `rate_limiter.ex:18`.
    pub rate: u32,
    /// The window of `rate`. 60 s, from the same line.
    pub rate_window: Duration,
}

impl Default for Limits {
    /// Those of the profile `compute`.
    fn default() -> Self {
        Self::of(&Profile::named("compute"))
    }
}

impl Limits {
    /// The limits of a profile.
    pub fn of(profile: &Profile) -> Self {
        Self {
            memory: profile.memory,
            cpu_time: profile.time,
            deadline: None,
            operation_deadline: Duration::from_secs(10),
            table_elements: 20_000,
            tables: 16,
            memories: 8,
            instances: 50,
            handles: 1_024,
            hostcall_bytes: 4 * MIB + MIB / 4,
            output_bytes: 8 * MIB,
            log_lines: 10_000,
            log_bytes: MIB,
            artifact_bytes: 64 << 20,
            functions: 100_000,
            imports: 1_000,
            rate: 120_000,
            rate_window: Duration::from_mins(1),
        }
    }

    /// The limits of one step of a compiler lane: ours to run, but fed with a stranger's source.
    ///
    /// Measured with clang as a guest: `quickjs.c`, 2.1 MB, takes 25 to 30 s and 184 to 315 MiB; a
    /// legal template of depth 1,000 overflows 512 KiB of stack and fits 8 MiB; clang itself has
    /// 75.5 MB and more functions than any toolkit, and opens a file for each header.
    pub fn lane() -> Self {
        Self {
            memory: 512 << 20,
            cpu_time: Duration::from_secs(30),
            table_elements: 1_000_000,
            hostcall_bytes: 64 * MIB,
            artifact_bytes: 128 << 20,
            functions: 300_000,
            rate: u32::MAX,
            ..Self::default()
        }
    }

    /// The limits of one step of a compiler lane for a toolkit that asks for other ones.
    ///
    /// What it may ask for is bounded where its manifest is read: see [`BuildLimits`].
    pub fn lane_for(asked: &BuildLimits) -> Self {
        let lane = Self::lane();
        Self {
            memory: asked.memory.unwrap_or(lane.memory),
            cpu_time: asked.time.unwrap_or(lane.cpu_time),
            ..lane
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_gives_memory_and_time() {
        let limits = Limits::of(&Profile::named("network"));
        assert_eq!((limits.memory, limits.cpu_time), (128 << 20, Duration::from_secs(30)));
        assert_eq!(Limits::default(), Limits::of(&Profile::named("compute")));
    }

    #[test]
    fn a_build_keeps_the_lane_s_limits_unless_it_asks() {
        assert_eq!(Limits::lane_for(&BuildLimits::default()), Limits::lane());
        let asked = BuildLimits { memory: Some(1 << 20), ..BuildLimits::default() };
        assert_eq!(Limits::lane_for(&asked), Limits { memory: 1 << 20, ..Limits::lane() });
    }
}
