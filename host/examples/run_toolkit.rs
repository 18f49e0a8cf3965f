//! Runs a toolkit with exactly what its manifest asks for and the policy grants.

use workbooks_host::policy::Provenance;
use workbooks_host::{Artifact, Host, Manifest, Policy, Profile, Run, adapt, grant};

const MANIFEST: &[u8] = b"#+TOOLKIT: greeter\n#+EXEC: command\n#+CAPS: kv\n";

/// A command that writes `hello` to its standard output; a real one comes from a compiler.
const ARTIFACT: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello\n")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 6))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// Says hello.
#[tokio::main(flavor = "current_thread")]
async fn main() -> miette::Result<()> {
    let host = Host::builder().build()?;
    let manifest = Manifest::parse(MANIFEST, Some("greeter"), &host.vocabulary())?;
    let mut policy = Policy::default();
    policy.grant(&manifest.id, ["kv"]);
    let grant = grant(&manifest, Provenance::Local, &Profile::named("minimal"), &policy)?;
    let bytes = adapt::text_to_binary(ARTIFACT.as_bytes())?;
    let prepared = host.prepare(&Artifact::of(&bytes, &manifest), &grant)?;
    let outcome = prepared.run(Run::args(["greeter"])).await;
    assert_eq!((outcome.ended?, outcome.stdout), (0, b"hello\n".to_vec()));
    Ok(())
}
