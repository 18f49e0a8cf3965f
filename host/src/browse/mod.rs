//! Pages as a reader sees them, made in time and space that are linear in the page, and the search
//! engine that the host asks. Nothing here dials: `egress` does.
//!
//! An embedder gives the host an engine of its own by [`HostBuilder::search`], and an operator one
//! behind HTTP by the policy's table `[search]`.
//!
//! [`HostBuilder::search`]: crate::HostBuilder::search

mod article;
mod clean;
mod decode;
mod lines;
mod links;
pub(crate) mod page;
mod prose;
mod search;
mod tag;
mod tape;
#[cfg(test)]
mod tests;

pub(crate) use search::SearXng;
pub use search::{Hit, SearchProvider, Searching};
