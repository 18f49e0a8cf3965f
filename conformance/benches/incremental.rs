//! What Cranelift's incremental cache would give: code generation of an artifact, of the same after
//! an edit with the functions of the first kept, and what keeping them costs.
//!
//! `wbx toolkit build -o before.wasm NAME`, an edit, `wbx toolkit build -o after.wasm NAME`, then
//! `cargo bench -p workbooks-conformance --features incremental --bench incremental -- before.wasm
//! after.wasm`. The feature is this benchmark's alone: the host does not link it.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and fails loudly"
)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::{CacheStore, Config, Engine};

/// Of this many rounds the quickest counts.
const ROUNDS: usize = 3;

/// Functions by the digest of what they are made of, in memory: what a disk costs comes on top.
#[derive(Debug, Default)]
struct Kept {
    functions: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
    asked: AtomicUsize,
    found: AtomicUsize,
}

impl CacheStore for Kept {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        self.asked.fetch_add(1, Relaxed);
        let found = self.functions.lock().unwrap().get(key).cloned();
        self.found.fetch_add(usize::from(found.is_some()), Relaxed);
        found.map(Cow::Owned)
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        self.functions.lock().unwrap().insert(key.to_owned(), value);
        true
    }
}

/// Wall clock and CPU time of all threads.
#[derive(Clone, Copy)]
struct Took {
    wall: Duration,
    cpu: Duration,
}

#[expect(clippy::disallowed_methods, reason = "the host's settings that bear on code generation")]
fn generate(artifact: &[u8], kept: Option<&Arc<Kept>>) -> (Took, usize) {
    let mut config = Config::new();
    config.epoch_interruption(true).wasm_exceptions(true);
    if let Some(kept) = kept {
        config.enable_incremental_compilation(kept.clone()).unwrap();
    }
    let engine = Engine::new(&config).unwrap();
    let (began, before) = (Instant::now(), cpu());
    // The layer of the component model, which follows the version (its Binary.md, "preamble").
    let code = match artifact[6] {
        1 => engine.precompile_component(artifact),
        _ => engine.precompile_module(artifact),
    };
    let code = code.unwrap();
    (Took { wall: began.elapsed(), cpu: cpu().saturating_sub(before) }, code.len())
}

fn cpu() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec.cast_unsigned(), u32::try_from(used.tv_nsec).unwrap())
}

fn quickest(rounds: &[Took]) -> Took {
    *rounds.iter().min_by_key(|took| took.cpu).unwrap()
}

fn main() {
    let files: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let [before, after] = &files[..] else {
        println!("give it two artifacts: one as it was before an edit, and as it is after");
        return;
    };
    let [before, after] = [before, after].map(|file| std::fs::read(file).unwrap());
    let (mut plain, mut filling, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    let mut said = String::new();
    for _ in 0..ROUNDS {
        let (took, code) = generate(&after, None);
        plain.push(took);
        let kept = Arc::new(Kept::default());
        filling.push(generate(&before, Some(&kept)).0);
        let functions = kept.functions.lock().unwrap().clone();
        let bytes: usize = functions.iter().map(|(key, value)| key.len() + value.len()).sum();
        kept.asked.store(0, Relaxed);
        kept.found.store(0, Relaxed);
        warm.push(generate(&after, Some(&kept)).0);
        said = format!(
            "{} functions kept in {bytes} bytes beside {code} bytes of code; {} of {} found again",
            functions.len(),
            kept.found.load(Relaxed),
            kept.asked.load(Relaxed),
        );
    }
    let plain = quickest(&plain);
    for (what, took) in [("filling", quickest(&filling)), ("after the edit", quickest(&warm))] {
        println!(
            "{what}: {:.2} of the CPU time and {:.2} of the wall clock without a cache",
            took.cpu.as_secs_f64() / plain.cpu.as_secs_f64(),
            took.wall.as_secs_f64() / plain.wall.as_secs_f64(),
        );
    }
    println!("without: {:?} of CPU time, {:?}; {said}", plain.cpu, plain.wall);
}
