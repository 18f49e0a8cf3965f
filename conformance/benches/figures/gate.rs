//! One host call: through the gate to a memory twin, over a bare host import of the same type.

use std::collections::BTreeMap;

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};
use workbooks_bindings::Refusal;
use workbooks_bindings::engine::{kv, types};
use workbooks_host::{Artifact, Host, Kv, Run};

use crate::measure::{among_guests, bare_engine, binary, grant, ns};

/// Gets or sets one pair `n` times.
const MANY: &str = r#"(component
  (import "workbooks:engine/types@0.1.0-dev" (instance $types
    (type $failure (record (field "code" string) (field "message" string) (field "retryable" bool)))
    (export "failure" (type $f (eq $failure)))
    (type $error (variant
      (case "revoked") (case "rate-limited" u64) (case "too-large" u64) (case "quota" u64)
      (case "timeout") (case "cancelled") (case "not-found") (case "conflict")
      (case "unsupported" string) (case "invalid" string) (case "denied" string)
      (case "unavailable" string) (case "other" $f)))
    (export "error" (type (eq $error)))))
  (alias export $types "error" (type $error))
  (import "workbooks:engine/kv@0.1.0-dev" (instance $kv
    (alias outer 1 $error (type $outer))
    (export "error" (type $e (eq $outer)))
    (export "get" (func (param "key" string) (result (result (option (list u8)) (error $e)))))
    (export "set" (func (param "key" string) (param "value" (list u8)) (result (result (error $e)))))))
  (core module $libc (memory (export "memory") 2) (data (i32.const 0) "key") (data (i32.const 16) "value of the key")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $get (canon lower (func $kv "get") (memory $memory) (realloc $realloc)))
  (core func $set (canon lower (func $kv "set") (memory $memory) (realloc $realloc)))
  (core module $main
    (import "kv" "get" (func $get (param i32 i32 i32)))
    (import "kv" "set" (func $set (param i32 i32 i32 i32 i32)))
    (func (export "gets") (param $n i32) (loop $l
      (call $get (i32.const 0) (i32.const 3) (i32.const 64))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "sets") (param $n i32) (loop $l
      (call $set (i32.const 0) (i32.const 3) (i32.const 16) (i32.const 16) (i32.const 64))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
  (core instance $main (instantiate $main (with "kv" (instance
    (export "get" (func $get)) (export "set" (func $set))))))
  (func (export "gets") (param "n" u32) (canon lift (core func $main "gets")))
  (func (export "sets") (param "n" u32) (canon lift (core func $main "sets"))))"#;

#[derive(Default)]
struct Bare(BTreeMap<String, Vec<u8>>);

impl kv::Host for Bare {
    async fn get(&mut self, key: String) -> Result<Option<Vec<u8>>, Refusal> {
        Ok(self.0.get(&key).cloned())
    }
    async fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), Refusal> {
        self.0.insert(key, value);
        Ok(())
    }
    async fn delete(&mut self, key: String) -> Result<bool, Refusal> {
        Ok(self.0.remove(&key).is_some())
    }
    async fn keys(
        &mut self,
        _: String,
        _: Option<String>,
        _: u32,
    ) -> Result<(Vec<String>, Option<String>), Refusal> {
        Ok(Default::default())
    }
    async fn compare_and_set(
        &mut self,
        _: String,
        _: Option<Vec<u8>>,
        _: Vec<u8>,
    ) -> Result<bool, Refusal> {
        Ok(false)
    }
}

impl types::Host for Bare {
    fn convert_error(&mut self, refusal: Refusal) -> wasmtime::Result<types::Error> {
        Ok(refusal.into())
    }
}

pub(crate) fn run() {
    let memory = Host::builder().capability(Kv::in_memory()).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let durable = Host::builder().state(folder.path()).build().unwrap();
    let bytes = binary(MANY);
    let engine = bare_engine();
    let component = Component::new(&engine, &bytes).unwrap();
    for (call, few) in [("sets", 500), ("gets", 5_000)] {
        let (engine, component) = (engine.clone(), component.clone());
        let bare =
            among_guests(&memory, async move { bare_calls(&engine, &component, call).await });
        let ours = through_gate(&memory, &bytes, call, 50_000);
        let kept = through_gate(&durable, &bytes, call, few);
        println!(
            "kv.{}: {} through the gate, {} bare: +{} (target +300 ns); durable {}",
            &call[..3],
            ns(ours),
            ns(bare),
            ns(ours.saturating_sub(bare)),
            ns(kept)
        );
    }
}

async fn bare_calls(engine: &Engine, component: &Component, call: &str) -> std::time::Duration {
    let mut linker = Linker::<Bare>::new(engine);
    kv::add_to_linker::<_, HasSelf<Bare>>(&mut linker, |state| state).unwrap();
    let mut store = Store::new(engine, Bare::default());
    store.set_epoch_deadline(1_000_000);
    let instance = linker.instantiate_async(&mut store, component).await.unwrap();
    let sets = instance.get_typed_func::<(u32,), ()>(&mut store, "sets").unwrap();
    sets.call_async(&mut store, (1,)).await.unwrap();
    let func = instance.get_typed_func::<(u32,), ()>(&mut store, call).unwrap();
    let mut best = std::time::Duration::MAX;
    for _ in 0..7 {
        let began = std::time::Instant::now();
        func.call_async(&mut store, (50_000,)).await.unwrap();
        best = best.min(began.elapsed() / 50_000);
    }
    best
}

fn through_gate(host: &Host, bytes: &[u8], call: &'static str, n: u32) -> std::time::Duration {
    let prepared = host.prepare(&Artifact::bare(bytes), &grant(&["kv"])).unwrap();
    among_guests(host, async move {
        let mut instance = prepared.start(Run::default()).await.unwrap();
        instance.invoke("sets(1)").await.unwrap();
        let mut best = std::time::Duration::MAX;
        for _ in 0..7 {
            let began = std::time::Instant::now();
            instance.invoke(&format!("{call}({n})")).await.unwrap();
            best = best.min(began.elapsed() / n);
        }
        best
    })
}
