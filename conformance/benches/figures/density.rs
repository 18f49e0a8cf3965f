//! How much memory a small instance takes while it is alive.

use workbooks_host::{Artifact, Host, Run};

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
}

/// Bytes of this process in memory, from `/proc/self/statm` (proc(5): the second field, in pages).
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
