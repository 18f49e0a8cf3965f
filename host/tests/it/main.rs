//! What an embedder sees, through the public API.

mod command;
mod support;
