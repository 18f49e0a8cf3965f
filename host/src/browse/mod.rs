//! Pages as a reader sees them: HTML to text, in time and space that are linear in the page; and
//! the search engine that the host asks. Nothing here dials: `egress` does.

mod article;
mod clean;
mod decode;
mod lines;
mod links;
pub(crate) mod page;
mod prose;
mod tag;
mod tape;
#[cfg(test)]
mod tests;
