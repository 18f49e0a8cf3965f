//! What an embedder sees, through the public API.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod command;
mod component;
mod examples;
mod gate;
mod http;
mod kernel;
mod limits;
mod link;
mod mounts;
mod script;
mod support;
