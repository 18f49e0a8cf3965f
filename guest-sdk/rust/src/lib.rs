//! What a toolkit in Rust imports: every interface that the host may grant, generated from its WIT,
//! and a few words that make them short.
//!
//! Build for `wasm32-wasip2` (a component), or for `wasm32-wasip1` (a core module, which the host
//! lifts), and name what is used under `#+CAPS` in the manifest: an import that is not used is not
//! in the result, and one that is not granted does not link.
//!
//! ```no_run
//! use workbooks_guest::{Error, kv};
//!
//! fn count() -> Result<u64, Error> {
//!     let before = kv::get("count")?.and_then(|bytes| bytes.try_into().ok());
//!     let count = before.map_or(0, u64::from_le_bytes) + 1;
//!     kv::set("count", &count.to_le_bytes())?;
//!     Ok(count)
//! }
//! ```

mod error;
pub mod fetch;
pub mod tool;

/// As wit-bindgen makes them, for what the words of this crate do not reach.
#[allow(missing_docs, clippy::all, reason = "generated code")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "shape-component",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "workbooks_guest::bindings",
    });
}

pub use bindings::wasi;
pub use bindings::workbooks::engine::types::{CommandRequest, Error, Failure, Header, Output};
pub use bindings::workbooks::engine::{
    browse, build, commands, exec, kv, llm, log, net, parallel, posix, queue, secrets, serve, tcp,
    tls, udp, vfs,
};

/// Writes one line into the run's record: `info!("fetched {url}")`.
#[macro_export]
macro_rules! info {
    ($($words:tt)*) => {
        $crate::log::write($crate::log::Level::Info, module_path!(), &format!($($words)*))
    };
}
