//! One kernel call: lifted to a component, over the raw core call with its two copies.

use wasmtime::{Instance, Module, Store};
use workbooks_host::{Artifact, Host};

use crate::measure::{bare_engine, best, binary, grant, ns, ratio};

/// Says that its answer is as long as its input.
const IDENTITY: &str = r#"(module (memory (export "memory") 80)
  (func (export "in_ptr") (result i32) (i32.const 1024))
  (func (export "out_ptr") (result i32) (i32.const 2097152))
  (func (export "process") (param i32) (result i32) (local.get 0)))"#;
const OUT: usize = 2 << 20;

pub(crate) fn run() {
    let host = Host::builder().build().unwrap();
    let bytes = binary(&IDENTITY.replace("in_ptr", "unused_in").replace("out_ptr", "unused_out"));
    let text = b"#+TOOLKIT: bench\n#+EXEC: kernel\n#+OUT_OFF: 2097152\n";
    let manifest = workbooks_host::Manifest::parse(text, None, &host.vocabulary()).unwrap();
    let prepared = host.prepare(&Artifact::of(&bytes, &manifest), &grant(&[])).unwrap();
    let mut ours = prepared.kernel().unwrap();

    let engine = bare_engine();
    let module = Module::new(&engine, &bytes).unwrap();
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(1_000_000);
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    let process = instance.get_typed_func::<i32, i32>(&mut store, "process").unwrap();

    for (size, n, target) in
        [(64, 50_000, "+200 ns"), (4096, 20_000, "+200 ns"), (1 << 20, 200, "1.1x")]
    {
        let input = vec![7; size];
        let raw = best(n, || {
            memory.write(&mut store, 1024, &input).unwrap();
            let length = process.call(&mut store, i32::try_from(size).unwrap()).unwrap();
            let length = usize::try_from(length).unwrap();
            std::hint::black_box(memory.data(&store)[OUT..OUT + length].to_vec());
        });
        let lifted = best(n, || drop(std::hint::black_box(ours.process(&input).unwrap().unwrap())));
        println!(
            "kernel call, {size} B: {} lifted, {} raw: +{}, {:.2}x (target {target})",
            ns(lifted),
            ns(raw),
            ns(lifted.saturating_sub(raw)),
            ratio(lifted, raw)
        );
    }
}
