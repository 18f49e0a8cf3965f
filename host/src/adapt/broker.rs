//! The module `env` of the original's core modules: `host_exec` and `host_parallel_map` become
//! imports of the component, which the host serves from `commands` and `parallel`.
//!
//! Both take a request (`fabric/wire.rs`) and a place for the answer, `(ptr, len, ptr, capacity)`,
//! and return the answer's length, or −1 when the run failed or its answer has more bytes than
//! the place: it is never cut.

use std::sync::OnceLock;

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The module that they are imported from.
pub(crate) const MODULE: &str = "env";
/// What such a module may import from it.
const FUNCTIONS: [&str; 2] = ["host_exec", "host_parallel_map"];

const WORLD: &str = "package workbooks:broker;
world broker {
  import host-exec: func(request: list<u8>, capacity: u32) -> option<list<u8>>;
  import host-parallel-map: func(request: list<u8>, capacity: u32) -> option<list<u8>>;
}";

/// The answer is lowered right into the guest's place for it: `cabi_import_realloc` gives that
/// out, and the host never answers with more than fits. What the call itself returns, a case, a
/// pointer and a length, lies in a page that is taken with the first call.
const ADAPTER: &str = r#"(module
  (import "env" "memory" (memory 0))
  (import "$root" "host-exec" (func $exec (param i32 i32 i32 i32)))
  (import "$root" "host-parallel-map" (func $map (param i32 i32 i32 i32)))
  (global $place (mut i32) (i32.const 0))
  (global $page (mut i32) (i32.const -1))
  (func $result (result i32)
    (if (i32.eq (global.get $page) (i32.const -1))
      (then (global.set $page (memory.grow (i32.const 1)))
        (if (i32.eq (global.get $page) (i32.const -1)) (then (unreachable)))))
    (i32.shl (global.get $page) (i32.const 16)))
  (func $length (result i32)
    (if (result i32) (i32.load (call $result))
      (then (i32.load offset=8 (call $result)))
      (else (i32.const -1))))
  (func (export "cabi_import_realloc") (param i32 i32 i32 i32) (result i32) (global.get $place))
  (func (export "host_exec") (param i32 i32 i32 i32) (result i32)
    (global.set $place (local.get 2))
    (call $exec (local.get 0) (local.get 1) (local.get 3) (call $result))
    (call $length))
  (func (export "host_parallel_map") (param i32 i32 i32 i32) (result i32)
    (global.set $place (local.get 2))
    (call $map (local.get 0) (local.get 1) (local.get 3) (call $result))
    (call $length)))"#;

/// Whether an import is one of these.
pub(crate) fn provides(module: &str, name: &str) -> bool {
    module == MODULE && FUNCTIONS.contains(&name)
}

/// The adapter, made once per process.
pub(crate) fn adapter() -> &'static [u8] {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    MADE.get_or_init(|| made().expect("it is made of constants, and a test makes it"))
}

fn made() -> Option<Vec<u8>> {
    let mut module = wat::parse_str(ADAPTER).ok()?;
    let mut resolve = Resolve::default();
    let package = resolve.push_str("broker.wit", WORLD).ok()?;
    let world = resolve.select_world(&[package], None).ok()?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).ok()?;
    Some(module)
}

#[cfg(test)]
mod tests {
    use crate::adapt::{AdaptError, Options, adapt, scan};

    fn imports(wat: &str) -> Result<Vec<String>, AdaptError> {
        let bytes = wat::parse_str(wat).unwrap();
        let adapted = adapt(&bytes, &Options::default())?;
        let scan = scan(&adapted.component, &Options::default().limits)?;
        Ok(scan.imports.into_iter().map(|import| import.module).collect())
    }

    const FOUR: &str = "(param i32 i32 i32 i32) (result i32)";

    #[test]
    fn a_module_gets_the_import_that_it_uses_and_no_other() {
        let module = |name: &str| {
            format!(
                r#"(module (import "env" "{name}" (func {FOUR})) (memory (export "memory") 1)
                   (func (export "_start")))"#
            )
        };
        let exec = imports(&module("host_exec")).unwrap();
        assert!(exec.contains(&"host-exec".to_owned()), "{exec:?}");
        assert!(!exec.contains(&"host-parallel-map".to_owned()), "{exec:?}");
        let map = imports(&module("host_parallel_map")).unwrap();
        assert!(map.contains(&"host-parallel-map".to_owned()), "{map:?}");
        let unknown = imports(&module("host_sign")).unwrap_err();
        assert!(matches!(unknown, AdaptError::UnknownImport { .. }), "{unknown}");
    }

    #[test]
    fn an_import_of_another_type_is_refused() {
        let wat = r#"(module (import "env" "host_exec" (func (param i32)))
            (memory (export "memory") 1) (func (export "_start")))"#;
        assert!(imports(wat).is_err());
    }

    #[test]
    fn a_module_that_imports_nothing_of_it_gets_nothing_of_it() {
        let wat = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
        assert!(imports(wat).unwrap().iter().all(|name| !name.starts_with("host-")));
    }
}
