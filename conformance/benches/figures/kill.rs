//! How soon an endless loop ends after its CPU budget, while another guest and a timer keep running.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use workbooks_host::{Artifact, Host, Run, RunError, TICK};

use crate::measure::{binary, grant};

const BUDGET: Duration = Duration::from_millis(50);
const ROUNDS: u32 = 100;

pub(crate) fn run() {
    let host = Host::builder().build().unwrap();
    let wat = r#"(module (memory (export "memory") 1) (func (export "_start") (loop $l (br $l))))"#;
    let bytes = binary(wat);
    let limited = grant(&[]);
    let mut limits = limited.limits().clone();
    limits.cpu_time = BUDGET;
    let spin = host.prepare(&Artifact::bare(&bytes), &limited.with_limits(limits)).unwrap();
    let beside = host.prepare(&Artifact::bare(&bytes), &grant(&[])).unwrap();

    let beats = Arc::new(AtomicU32::new(0));
    let counted = beats.clone();
    let timer = host.spawn(async move {
        loop {
            tokio::time::sleep(TICK).await;
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let other = beside.spawn(Run::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let began = Instant::now();
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            let outcome = runtime.block_on(spin.run(Run::default()));
            assert!(matches!(outcome.ended, Err(RunError::CpuTimeout { .. })));
            (outcome.usage.cpu, began.elapsed())
        })
        .collect();
    let expected = began.elapsed().as_millis() / TICK.as_millis();
    other.kill();
    timer.abort();
    times.sort();
    let allowed = BUDGET + 2 * TICK;
    let kept = times.iter().filter(|(cpu, _)| *cpu <= allowed).count();
    let (cpu, _) = times[times.len() - 1];
    let wall = times.iter().map(|(_, wall)| *wall).max().unwrap();
    println!(
        "endless loop, budget {BUDGET:?}, tick {TICK:?}: {kept} of {ROUNDS} ended within {allowed:?} of CPU time (worst {cpu:.1?}; worst wall clock {wall:.1?}); a 10 ms timer beat {} of {expected} times beside two loops",
        beats.load(Ordering::Relaxed)
    );
}
