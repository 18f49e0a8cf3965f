//! The engines (for guests, for interpreters with a larger stack, and for compilers) and the ticker that
//! advances their epochs. Every `wasmtime::Config` of this crate is made here.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wasmtime::{Config, Engine, OptLevel, WasmFeatures};

use crate::adapt::FEATURES;

/// How often a running guest is asked whether it may go on.
pub const TICK: Duration = Duration::from_millis(10);

/// Which engine runs an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EngineKind {
    /// Toolkits: optimised code, a wasm stack of 512 KiB.
    Guest,
    /// Interpreters of toolkits' programs: optimised code, and a wasm stack of 16 MiB, since one
    /// call of a program is several of theirs.
    Interpreter,
    /// Compilers: they recurse deeply over source, and are precompiled once, so code generation
    /// is not optimised (it halves the time and costs a few percent at run time).
    Lane,
}

impl EngineKind {
    /// Bytes of wasm stack.
    pub fn wasm_stack(self) -> usize {
        match self {
            Self::Guest => 512 << 10,
            Self::Interpreter => 16 << 20,
            Self::Lane => 8 << 20,
        }
    }
}

/// All engines, alive as long as somebody holds this.
#[derive(Clone)]
pub(crate) struct Engines {
    guest: Engine,
    interpreter: Engine,
    lane: Engine,
    _ticker: Arc<Ticker>,
}

impl Engines {
    pub(crate) fn new() -> wasmtime::Result<Self> {
        let [guest, interpreter, lane] =
            [new(EngineKind::Guest)?, new(EngineKind::Interpreter)?, new(EngineKind::Lane)?];
        let ticker = Ticker::start(&[&guest, &interpreter, &lane])?;
        Ok(Self { guest, interpreter, lane, _ticker: Arc::new(ticker) })
    }

    pub(crate) fn of(&self, kind: EngineKind) -> &Engine {
        match kind {
            EngineKind::Guest => &self.guest,
            EngineKind::Interpreter => &self.interpreter,
            EngineKind::Lane => &self.lane,
        }
    }
}

/// An engine without a ticker, which is enough to generate code.
pub(crate) fn new(kind: EngineKind) -> wasmtime::Result<Engine> {
    Engine::new(&config(kind))
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn config(kind: EngineKind) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .wasm_features(WasmFeatures::all().difference(FEATURES), false)
        .wasm_features(FEATURES, true)
        .max_wasm_stack(kind.wasm_stack())
        .async_stack_size(kind.wasm_stack() + (1 << 20))
        .cranelift_opt_level(match kind {
            EngineKind::Guest | EngineKind::Interpreter => OptLevel::Speed,
            EngineKind::Lane => OptLevel::None,
        });
    config
}

/// A thread that increments the epochs every [`TICK`] and ends with the engines.
struct Ticker {
    stop: std::sync::mpsc::Sender<()>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Ticker {
    fn start(engines: &[&Engine]) -> std::io::Result<Self> {
        let engines: Vec<_> = engines.iter().map(|engine| engine.weak()).collect();
        let (stop, stopped) = std::sync::mpsc::channel();
        let thread = thread::Builder::new().name("wbx-epoch".into()).spawn(move || {
            while let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
                for engine in engines.iter().filter_map(wasmtime::EngineWeak::upgrade) {
                    engine.increment_epoch();
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // Either the thread hears this, or it is gone already.
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
