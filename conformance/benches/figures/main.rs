//! What the host costs over bare wasmtime, measured beside it in the same run.
//!
//! `cargo bench -p workbooks-conformance --bench figures [NAME…]`, where a name is one of `start`,
//! `gate`, `kernel`, `call`, `kill`, `density`, `files`, `serve`, `parallel`, `registry`, `trust`;
//! `soak`, which takes ten minutes (`soak=60` takes 60 seconds), runs only when it is named.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and fails loudly"
)]

mod call;
mod density;
mod files;
mod gate;
mod kernel;
mod kill;
mod measure;
mod parallel;
mod registry;
mod serve;
mod soak;
mod start;
mod trust;

fn main() {
    let wanted: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let figures: [(&str, fn()); 11] = [
        ("start", start::run),
        ("gate", gate::run),
        ("kernel", kernel::run),
        ("call", call::run),
        ("kill", kill::run),
        ("density", density::run),
        ("files", files::run),
        ("serve", serve::run),
        ("parallel", parallel::run),
        ("registry", registry::run),
        ("trust", trust::run),
    ];
    for (name, run) in figures {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            println!("== {name}");
            run();
        }
    }
    let soak = wanted.iter().find_map(|word| match word.split_once('=') {
        Some(("soak", seconds)) => seconds.parse().ok(),
        _ => (word == "soak").then_some(600),
    });
    if let Some(seconds) = soak {
        println!("== soak");
        soak::run(std::time::Duration::from_secs(seconds));
    }
}
