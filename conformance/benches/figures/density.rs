//! How much memory an instance takes while it is alive: a small one, and one that has recursed until
//! it was stopped, whose stack no limit of memory counts.

use workbooks_host::{Artifact, Host, Run, adapt::attach_program};

use crate::measure::{among_guests, binary, grant};
use crate::start::SMALL;

const INSTANCES: usize = 2_000;

pub(crate) fn run() {
    let host = Host::builder().build().unwrap();
    let prepared = host.prepare(&Artifact::bare(&binary(SMALL)), &grant(&["vfs", "kv"])).unwrap();
    let grown = among_guests(&host, async move {
        let mut alive = Vec::with_capacity(INSTANCES);
        let mut first = prepared.start(Run::default()).await.unwrap();
        first.invoke("nop()").await.unwrap();
        let before = resident();
        for _ in 0..INSTANCES {
            let mut instance = prepared.start(Run::default()).await.unwrap();
            instance.invoke("nop()").await.unwrap();
            alive.push(instance);
        }
        resident() - before
    });
    println!(
        "{INSTANCES} small instances alive, each called once: {} bytes each (target 17 KiB)",
        grown / INSTANCES
    );
    deep("instances", &binary(DEEP), 1_000);
    deep("interpreters", &attach_program(&binary(DEEP), b"program"), 64);
}

/// Recurses as deep as it is told.
const DEEP: &str = r#"(component
  (core module $main (func $down (export "down") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
      (else (i32.const 0)))))
  (core instance $main (instantiate $main))
  (func (export "down") (param "depth" u32) (result u32) (canon lift (core func $main "down"))))"#;

/// Instances of `artifact` that have recursed as deep as they may, all alive.
fn deep(what: &str, artifact: &[u8], instances: usize) {
    let host = Host::builder().build().unwrap();
    let prepared = host.prepare(&Artifact::bare(artifact), &grant(&[])).unwrap();
    let grown = among_guests(&host, async move {
        let (mut deepest, mut step) = (0, 1 << 24);
        while step > 0 {
            let mut instance = prepared.start(Run::default()).await.unwrap();
            if instance.invoke(&format!("down({})", deepest + step)).await.is_ok() {
                deepest += step;
            }
            step /= 2;
        }
        let mut alive = Vec::with_capacity(instances);
        let before = resident();
        for _ in 0..instances {
            let mut instance = prepared.start(Run::default()).await.unwrap();
            instance.invoke(&format!("down({deepest})")).await.unwrap();
            alive.push(instance);
        }
        resident() - before
    });
    println!(
        "{instances} {what} that recursed to their end: {} KiB each",
        grown / instances / 1024
    );
}

/// Bytes of this process in memory, from `/proc/self/statm` (proc(5): the second field, in pages).
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
