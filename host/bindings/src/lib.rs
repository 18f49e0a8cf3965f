//! What the build derives from `wit/`: the host side of every interface, and the tables of
//! capabilities, profiles and interfaces. Nobody writes these by hand.
#![warn(missing_docs)]

#[cfg(test)]
mod contract;
#[cfg(test)]
mod contract_tests;
mod refusal;

pub use refusal::Refusal;

/// One capability: a word of `#+CAPS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapabilityRow {
    /// The word.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The interfaces it opens, with versions.
    pub interfaces: &'static [&'static str],
}

/// One profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileRow {
    /// Its name.
    pub name: &'static str,
    /// The capabilities it holds.
    pub capabilities: &'static [&'static str],
    /// Bytes of memory, summed over all memories of an instance.
    pub memory_bytes: u64,
    /// Milliseconds of CPU time.
    pub time_ms: u64,
}

/// One interface that a guest may import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceRow {
    /// Its name, with version.
    pub name: &'static str,
    /// Its functions, in component-model names (`[method]process.kill`).
    pub functions: &'static [&'static str],
    /// Its resource types.
    pub resources: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// Imports of a guest, as the host implements them: world `engine`.
#[expect(missing_docs, reason = "generated code")]
pub mod engine {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "engine",
        imports: { default: async | trappable },
        trappable_error_type: {
            "workbooks:engine/types.error" => crate::Refusal,
            "wasi:keyvalue/store.error" => crate::Refusal,
        },
        with: {
            "wasi:cli": wasmtime_wasi::p2::bindings::cli,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:filesystem": wasmtime_wasi::p2::bindings::filesystem,
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:random": wasmtime_wasi::p2::bindings::random,
            "wasi:sockets": wasmtime_wasi::p2::bindings::sockets,
            "wasi:http": wasmtime_wasi_http::p2::bindings::http,
        },
    });
    pub use wasi::keyvalue;
    pub use workbooks::engine::*;
}

/// Exports of a kernel, called synchronously: world `shape-kernel`.
#[expect(missing_docs, reason = "generated code")]
pub mod kernel {
    wasmtime::component::bindgen!({ path: "../../wit", world: "shape-kernel" });
}
