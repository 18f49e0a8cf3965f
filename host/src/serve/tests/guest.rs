//! The guest of these tests: what it does with a request is the first letter of its path, and with
//! a connection the first byte. It is written as a core module and made a component of the contract.

use std::path::Path;
use std::sync::OnceLock;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap, UnresolvedPackageGroup};

use crate::world::WIT;

const WORLD: &str = "package test:guest;
world guest {
  import wasi:http/types@0.2.12;
  import wasi:io/streams@0.2.12;
  import wasi:io/poll@0.2.12;
  import wasi:clocks/monotonic-clock@0.2.12;
  import workbooks:engine/serve@0.1.0-dev;
  export wasi:http/incoming-handler@0.2.12;
  export workbooks:engine/tcp-handler@0.1.0-dev;
  export open: func(endpoint: string) -> u32;
  export close: func(listener: u32);
}
world mute { export nothing: func(); }";

/// The guest.
pub(super) fn component() -> &'static [u8] {
    static COMPONENT: OnceLock<Vec<u8>> = OnceLock::new();
    COMPONENT.get_or_init(|| encode("guest", include_str!("guest.wat")))
}

/// A component that handles nothing.
pub(super) fn mute() -> Vec<u8> {
    encode("mute", r#"(module (func (export "nothing")))"#)
}

fn encode(world: &str, text: &str) -> Vec<u8> {
    let mut main = SourceMap::new();
    let mut dependencies = Vec::new();
    for (path, text) in WIT {
        if path.starts_with("deps/") {
            dependencies.push(UnresolvedPackageGroup::parse(path, text).map_err(|e| e.1).unwrap());
        } else {
            main.push(Path::new(path), *text);
        }
    }
    let mut resolve = Resolve::default();
    resolve.push_groups(main.parse().map_err(|e| e.1).unwrap(), dependencies).unwrap();
    let package = resolve.push_str("guest.wit", WORLD).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut module = wat::parse_str(text).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}
