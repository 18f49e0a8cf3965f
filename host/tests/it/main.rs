//! What an embedder sees, through the public API.

mod command;
mod component;
mod examples;
mod gate;
mod kernel;
mod limits;
mod link;
mod mounts;
mod script;
mod support;
