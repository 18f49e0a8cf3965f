//! Starting an instance: ours with its grant, limits and sinks, over `InstancePre` and a `WasiCtx`.

use std::time::{Duration, Instant};

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use workbooks_host::{Artifact, Host, Run};

use crate::measure::{among_guests, bare_engine, binary, grant, ns, ratio};

const ROUND: u32 = 2_000;

/// A component with a memory, data and one WASI import, as small programs have.
pub(crate) const SMALL: &str = r#"(component
  (import "wasi:cli/environment@0.2.12" (instance $env
    (export "get-arguments" (func (result (list string))))))
  (core module $m (memory (export "memory") 1) (data (i32.const 0) "small")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "nop")))
  (core instance $i (instantiate $m))
  (func (export "nop") (canon lift (core func $i "nop"))))"#;

struct Bare {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: StoreLimits,
}

impl WasiView for Bare {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

pub(crate) fn run() {
    let host = Host::builder().build().unwrap();
    let bytes = binary(SMALL);
    let engine = bare_engine();
    let component = Component::new(&engine, &bytes).unwrap();
    let mut linker = Linker::<Bare>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
    let bare = linker.instantiate_pre(&component).unwrap();
    let ours = host.prepare(&Artifact::bare(&bytes), &grant(&["vfs", "kv"])).unwrap();
    let (bare, ours) = among_guests(&host, async move {
        let (mut best_bare, mut best_ours) = (Duration::MAX, Duration::MAX);
        for _ in 0..7 {
            let began = Instant::now();
            for _ in 0..ROUND {
                let state = Bare {
                    wasi: WasiCtx::builder().args(&["small"]).build(),
                    table: ResourceTable::new(),
                    limits: StoreLimitsBuilder::new().memory_size(64 << 20).build(),
                };
                let mut store = Store::new(&engine, state);
                store.limiter(|state| &mut state.limits);
                store.set_epoch_deadline(1_000_000);
                bare.instantiate_async(&mut store).await.unwrap();
            }
            best_bare = best_bare.min(began.elapsed() / ROUND);
            let began = Instant::now();
            for _ in 0..ROUND {
                drop(ours.start(Run::args(["small"])).await.unwrap());
            }
            best_ours = best_ours.min(began.elapsed() / ROUND);
        }
        (best_bare, best_ours)
    });
    println!(
        "start of an instance: {} over bare {}: {:.2}x (target 1.5x)",
        ns(ours),
        ns(bare),
        ratio(ours, bare)
    );
}
