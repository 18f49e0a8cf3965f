//! An embedder's own capability, in a crate of its own: WIT, a type, a row.

use wasmtime::component::Linker;
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{
    Artifact, Call, Capability, Grant, Guest, Host, Profile, Provides, Refusal, Run, adapt,
};

mod bindings {
    wasmtime::component::bindgen!({
        inline: "package acme:shop@1.0.0;
            interface counter { next: func() -> result<u64, string>; }
            world shop { import counter; }",
        imports: { default: async | trappable },
    });
}
use bindings::acme::shop::counter;

#[derive(Default)]
struct Counter(std::sync::atomic::AtomicU64);

impl Capability for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }
    fn interfaces(&self) -> &'static [&'static str] {
        &["acme:shop/counter@1.0.0"]
    }
    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        counter::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl counter::Host for Call<'_, Counter> {
    async fn next(&mut self) -> wasmtime::Result<Result<u64, String>> {
        let count = self
            .admit("next")
            .map(|call| call.capability().0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        Ok(count.map_err(|refusal: Refusal| refusal.to_string()))
    }
}

/// A component that hands the capability straight through.
const ARTIFACT: &str = r#"(component
  (import "acme:shop/counter@1.0.0" (instance $counter (export "next" (func (result (result u64 (error string)))))))
  (alias export $counter "next" (func $next))
  (core module $libc (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))
  (core func $lowered (canon lower (func $next) (memory $libc "memory") (realloc (func $libc "realloc"))))
  (core module $main (import "host" "next" (func $next (param i32)))
    (func (export "next") (result i32) (call $next (i32.const 64)) (i32.const 64)))
  (core instance $main (instantiate $main (with "host" (instance (export "next" (func $lowered))))))
  (func (export "next") (result (result u64 (error string)))
    (canon lift (core func $main "next") (memory $libc "memory") (realloc (func $libc "realloc")))))"#;

/// Counts to one, is revoked, and is refused.
#[tokio::main(flavor = "current_thread")]
async fn main() -> miette::Result<()> {
    let host = Host::builder().capability(Counter::default()).build()?;
    let bytes = adapt::text_to_binary(ARTIFACT.as_bytes())?;
    let operator =
        ToolkitPolicy { grants: ["counter".to_owned()].into(), ..ToolkitPolicy::default() };
    let grant = Grant::bare("shop", &Profile::named("compute"), &operator);
    let prepared = host.prepare(&Artifact::bare(&bytes), &grant)?;
    let mut instance = prepared.start(Run::default()).await?;
    assert_eq!(instance.invoke("next()").await?.text, "ok(0)");
    assert_eq!(instance.invoke("next()").await?.text, "ok(1)");
    host.revoke("shop");
    assert_eq!(instance.invoke("next()").await?.text, "err(\"the grant was withdrawn\")");
    Ok(())
}
