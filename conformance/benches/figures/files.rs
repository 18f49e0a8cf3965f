//! `wasi:filesystem` over the volumes, beside a mount of the same machine in the same run: one
//! guest, which takes the first folder that it has.

use std::path::Path;
use std::time::{Duration, Instant};

use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Artifact, Grant, Host, Prepared, Run};

use crate::measure::{among_guests, binary, grant, ratio};

/// Bytes of the file that is written and read, in pieces of 4 KiB.
const BYTES: u32 = 64 << 20;
const FILES: u32 = 10_000;
const ROUNDS: u32 = 3;

/// `start` is what the guest does; at 4096 there is a piece.
fn guest(start: &str) -> Vec<u8> {
    binary(&format!(
        r#"(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 64) "00000000")
  (func $must (param i32) (if (local.get 0) (then (unreachable))))
  (func $open (param $flags i32) (param $rights i64) (result i32)
    (call $must (call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 8)
      (local.get $flags) (local.get $rights) (local.get $rights) (i32.const 0) (i32.const 8)))
    (i32.load (i32.const 8)))
  (func $piece (param $len i32)
    (i32.store (i32.const 0) (i32.const 4096)) (i32.store (i32.const 4) (local.get $len)))
  (func $name (param $n i32) (local $at i32)
    (local.set $at (i32.const 71))
    (loop $digit
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (br_if $digit (i32.ge_u (local.get $at) (i32.const 64)))))
  (func (export "_start") (local $n i32) (local $fd i32) {start}))"#
    ))
}

/// The time of a whole run, until what it wrote is where it stays.
fn time(host: &Host, prepared: &Prepared, instance: &str) -> Duration {
    let (prepared, instance) = (prepared.clone(), instance.to_owned());
    among_guests(host, async move {
        let began = Instant::now();
        let run = Run { instance: Some(instance), ..Run::default() };
        assert_eq!(prepared.run(run).await.ended.unwrap(), 0);
        began.elapsed()
    })
}

fn mounted(folder: &Path) -> Grant {
    let operator = ToolkitPolicy {
        grants: ["vfs".to_owned()].into(),
        mounts: vec![format!("{}::/data:rw", folder.display()).parse().unwrap()],
        ..ToolkitPolicy::default()
    };
    let bare = grant(&["vfs"]);
    Grant::bare("bench", &workbooks_host::Profile::named("posix"), &operator)
        .with_limits(bare.limits().clone())
}

pub(crate) fn run() {
    let pieces = BYTES / 4096;
    let guests = [
        guest(&format!(
            "(local.set $fd (call $open (i32.const 9) (i64.const 64))) (call $piece (i32.const 4096))
             (loop $l (call $must (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16)))
               (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const {pieces}))))"
        )),
        guest(
            "(local.set $fd (call $open (i32.const 0) (i64.const 2))) (call $piece (i32.const 4096))
             (loop $l (call $must (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16)))
               (br_if $l (i32.load (i32.const 16))))",
        ),
        guest(&format!(
            "(call $piece (i32.const 100))
             (loop $l (call $name (local.get $n))
               (local.set $fd (call $open (i32.const 5) (i64.const 64)))
               (call $must (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16)))
               (call $must (call $fd_close (local.get $fd)))
               (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const {FILES}))))"
        )),
    ];
    let mut best = [[Duration::MAX; 3]; 2];
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            path
        };
        let host = Host::builder().state(place("state")).build().unwrap();
        let (large, small) = (place("large"), place("small"));
        for (what, bytes) in guests.iter().enumerate() {
            let mount = if what == 2 { &small } else { &large };
            let instance = if what == 2 { "small" } else { "large" };
            for (of, grant) in [mounted(mount), grant(&["vfs"])].iter().enumerate() {
                let prepared = host.prepare(&Artifact::bare(bytes), grant).unwrap();
                let took = time(&host, &prepared, &format!("{instance}-{round}"));
                best[of][what] = best[of][what].min(took);
            }
        }
    }
    let [mount, volume] = best;
    for (what, word) in ["write", "read"].into_iter().enumerate() {
        let mib = |time: Duration| f64::from(BYTES >> 20) / time.as_secs_f64();
        println!(
            "4 KiB {word}, one after the other: {:.0} MiB/s, a mount {:.0} MiB/s: {:.2}× (target 0.5×)",
            mib(volume[what]),
            mib(mount[what]),
            ratio(mount[what], volume[what])
        );
    }
    println!(
        "{FILES} small files: {:.2} s, in a mount {:.2} s: {:.2}× the time (target 3×)",
        volume[2].as_secs_f64(),
        mount[2].as_secs_f64(),
        ratio(volume[2], mount[2])
    );
}
