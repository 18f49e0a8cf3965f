//! 1,024 inputs through a command that takes 1 ms, side by side: over the time that the command's
//! own work would take if every thread did nothing else.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use workbooks_host::fabric::{Command, CommandError, Commands};
use workbooks_host::{Artifact, Host, Run};

use crate::measure::{among_guests, binary, grant, ns, ratio};

const INPUTS: u32 = 1_024;
const WORK: Duration = Duration::from_millis(1);

/// Runs `work` over as many inputs as said, all empty, through the wire protocol.
const MAP: &str = r#"(module
  (import "env" "host_parallel_map" (func $map (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 1024) "\04\00\00\00work\00\00\00\00\00\04\00\00")
  (func (export "_start")
    (if (i32.ne (i32.const 4100)
        (call $map (i32.const 1024) (i32.const 4112) (i32.const 65536) (i32.const 65536)))
      (then unreachable))))"#;

fn counting(rounds: u64) -> String {
    format!(
        "(local $n i64) (local.set $n (i64.const {rounds}))
         (loop $more (br_if $more (i64.ne (i64.const 0)
           (local.tee $n (i64.sub (local.get $n) (i64.const 1))))))"
    )
}

struct Work(Vec<u8>);

impl Commands for Work {
    fn names(&self, _: &str) -> Result<Vec<String>, CommandError> {
        Ok(vec!["work".to_owned()])
    }

    fn find(&self, _: &str, name: &str) -> Result<Option<Command>, CommandError> {
        Ok((name == "work").then(|| Command::bytes(self.0.clone(), grant(&[]))))
    }
}

/// How long the loop takes on an instance that runs already.
fn alone(rounds: u64) -> Duration {
    let host = Host::builder().build().unwrap();
    let bytes = binary(&format!(
        r#"(component (core module $m (func (export "f") {}))
           (core instance $i (instantiate $m))
           (func (export "f") (canon lift (core func $i "f"))))"#,
        counting(rounds)
    ));
    let prepared = host.prepare(&Artifact::bare(&bytes), &grant(&[])).unwrap();
    among_guests(&host, async move {
        let mut instance = prepared.start(Run::default()).await.unwrap();
        let mut all = Vec::new();
        for _ in 0..200 {
            let began = Instant::now();
            instance.invoke("f()").await.unwrap();
            all.push(began.elapsed());
        }
        all.sort();
        all[all.len() / 2]
    })
}

pub(crate) fn run() {
    let probe = 1_000_000;
    let rounds = u128::from(probe) * WORK.as_nanos() / alone(probe).as_nanos();
    let rounds = u64::try_from(rounds).unwrap();
    let one = alone(rounds);
    let work = format!(
        r#"(module (memory (export "memory") 1) (func (export "_start") {}))"#,
        counting(rounds)
    );
    let host = Host::builder().commands(Arc::new(Work(binary(&work)))).build().unwrap();
    let map = host.prepare(&Artifact::bare(&binary(MAP)), &grant(&["parallel"])).unwrap();
    let (taken, cpu) = among_guests(&host, async move {
        let mut best = (Duration::MAX, Duration::MAX);
        for _ in 0..5 {
            let began = Instant::now();
            let outcome = map.run(Run::args(["map"])).await;
            best = best.min((began.elapsed(), outcome.usage.cpu));
            assert_eq!(outcome.ended.unwrap(), 0);
        }
        best
    });
    let cores = u32::try_from(available_parallelism().unwrap().get()).unwrap();
    let ideal = one * INPUTS / cores;
    println!(
        "map of {INPUTS} inputs, {} of work each, on {cores} threads: {}, {:.2} of ideal (target 0.9); \
         {:.2} of the CPU time was work",
        ns(one),
        ns(taken),
        ratio(ideal, taken),
        ratio(one * INPUTS, cpu)
    );
}
