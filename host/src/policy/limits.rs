//! Every bound that a running instance has, with where its number comes from.

use std::time::Duration;

use super::profile::Profile;
use crate::toolkit::BuildLimits;

const MIB: usize = 1 << 20;

/// How many runs' memory and CPU time a principal has.
const RUNS_OF_A_PRINCIPAL: u32 = 16;

/// The bounds of one instance. The host enforces all of them; the guest cannot read or move them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories of a run together, its children's included. The profile's.
    pub memory: u64,
    /// Time inside the guest, host calls excluded, in one run, its children's included. The
    /// profile's.
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
    /// Bytes that one host call, or one result of an export, may carry out of the guest. 5 MiB:
    /// the largest input of a capability, 4 MiB, and room, so that the next byte over that input
    /// is refused and does not end the guest; wasmtime's own default is 128 MiB.
    pub hostcall_bytes: usize,
    /// Bytes kept of stdout, and as many of stderr, where they are captured; the rest is dropped
    /// and the outcome says `truncated`. 8 MiB, which is more than `hostcall_bytes`.
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
    /// Imports of an artifact, through all of its modules. 5,000: what componentize-py makes has
    /// some 1,000, the world `engine` fewer than 400 functions.
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
            hostcall_bytes: 5 * MIB,
            output_bytes: 8 * MIB,
            log_lines: 10_000,
            log_bytes: MIB,
            artifact_bytes: 64 << 20,
            functions: 100_000,
            imports: 5_000,
            rate: 120_000,
            rate_window: Duration::from_mins(1),
        }
    }

    /// Bytes of memory, and CPU time, that the live runs of a principal have together: 16 times
    /// those of one, so that 2,000 instances with half a mebibyte each fit into the smallest
    /// profile and no toolkit takes the host by starting many.
    pub fn of_principal(&self) -> (u64, Duration) {
        (
            self.memory.saturating_mul(RUNS_OF_A_PRINCIPAL.into()),
            self.cpu_time.saturating_mul(RUNS_OF_A_PRINCIPAL),
        )
    }

    /// What a child has: of each bound the lesser of its own and its caller's.
    #[must_use]
    pub fn within(&self, caller: &Self) -> Self {
        // All fields by name, so that a new one cannot be forgotten here.
        let Self {
            memory,
            cpu_time,
            deadline,
            operation_deadline,
            table_elements,
            tables,
            memories,
            instances,
            handles,
            hostcall_bytes,
            output_bytes,
            log_lines,
            log_bytes,
            artifact_bytes,
            functions,
            imports,
            rate,
            rate_window,
        } = *self;
        Self {
            memory: memory.min(caller.memory),
            cpu_time: cpu_time.min(caller.cpu_time),
            deadline: deadline.into_iter().chain(caller.deadline).min(),
            operation_deadline: operation_deadline.min(caller.operation_deadline),
            table_elements: table_elements.min(caller.table_elements),
            tables: tables.min(caller.tables),
            memories: memories.min(caller.memories),
            instances: instances.min(caller.instances),
            handles: handles.min(caller.handles),
            hostcall_bytes: hostcall_bytes.min(caller.hostcall_bytes),
            output_bytes: output_bytes.min(caller.output_bytes),
            log_lines: log_lines.min(caller.log_lines),
            log_bytes: log_bytes.min(caller.log_bytes),
            artifact_bytes: artifact_bytes.min(caller.artifact_bytes),
            functions: functions.min(caller.functions),
            imports: imports.min(caller.imports),
            rate: rate.min(caller.rate),
            rate_window: rate_window.max(caller.rate_window),
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
    fn two_thousand_instances_of_half_a_mebibyte_are_within_a_principals_memory() {
        let (memory, cpu) = Limits::default().of_principal();
        assert!(2_000 * (512 << 10) <= memory, "{memory}");
        assert_eq!(cpu, Duration::from_secs(80));
    }

    #[test]
    fn a_build_keeps_the_lane_s_limits_unless_it_asks() {
        assert_eq!(Limits::lane_for(&BuildLimits::default()), Limits::lane());
        let asked = BuildLimits { memory: Some(1 << 20), ..BuildLimits::default() };
        assert_eq!(Limits::lane_for(&asked), Limits { memory: 1 << 20, ..Limits::lane() });
    }
}
