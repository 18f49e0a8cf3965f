//! Timing, grants, and the bare engine to compare with.

use std::time::{Duration, Instant};

use wasmtime::{Config, Engine};
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Grant, Host, Profile, adapt};

/// The best of seven rounds of `n` calls, a call.
pub(crate) fn best(n: u32, mut call: impl FnMut()) -> Duration {
    (0..=n / 10).for_each(|_| call());
    let round = |_| {
        let began = Instant::now();
        (0..n).for_each(|_| call());
        began.elapsed() / n
    };
    (0..7).map(round).min().unwrap()
}

/// An engine with the host's settings that bear on speed.
#[expect(clippy::disallowed_methods, reason = "the bare engine of the comparison")]
pub(crate) fn bare_engine() -> Engine {
    let mut config = Config::new();
    config.epoch_interruption(true).wasm_exceptions(true);
    Engine::new(&config).unwrap()
}

pub(crate) fn grant(capabilities: &[&str]) -> Grant {
    let operator = ToolkitPolicy {
        grants: capabilities.iter().map(|&word| word.to_owned()).collect(),
        ..ToolkitPolicy::default()
    };
    let grant = Grant::bare("bench", &Profile::named("posix"), &operator);
    let mut limits = grant.limits().clone();
    limits.rate = 16_000_000;
    limits.rate_window = Duration::from_secs(1);
    limits.cpu_time = Duration::from_hours(1);
    limits.hostcall_bytes = 16 << 20;
    grant.with_limits(limits)
}

pub(crate) fn binary(wat: &str) -> Vec<u8> {
    adapt::text_to_binary(wat.as_bytes()).unwrap()
}

/// Runs `future` where guests run.
pub(crate) fn among_guests<T: Send + 'static>(
    host: &Host,
    future: impl Future<Output = T> + Send + 'static,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(host.spawn(future)).unwrap()
}

pub(crate) fn ns(time: Duration) -> String {
    let ns = time.as_nanos();
    if ns < 10_000 { format!("{ns} ns") } else { format!("{:.1} µs", time.as_secs_f64() * 1e6) }
}

pub(crate) fn ratio(ours: Duration, bare: Duration) -> f64 {
    ours.as_secs_f64() / bare.as_secs_f64()
}
