//! Models: what a guest may ask of one, how it is asked in the two shapes that providers have, and
//! what was used. Nothing here dials: `egress` does.
//!
//! An embedder gives the host a model of its own by [`HostBuilder::llm`], and an operator one behind
//! HTTP by the policy's table `[llm]`.
//!
//! [`HostBuilder::llm`]: crate::HostBuilder::llm

mod anthropic;
mod bounds;
mod extra;
mod meter;
mod openai;
mod provider;
mod remote;
mod retry;
#[cfg(test)]
mod tests;

pub use meter::Metered;
pub use provider::{Completing, Provider, ProviderError};
pub use workbooks_bindings::engine::llm::{
    Completion, Message, Part, Request, Role, Stop, ToolCall, ToolSpec,
};

pub(crate) use bounds::check;
pub(crate) use meter::Meter;
pub(crate) use remote::Remote;
pub(crate) use retry::complete;
