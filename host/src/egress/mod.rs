//! The only road to the network: a name is checked, resolved once, and what it resolved to is
//! checked, pinned and dialled. Nothing else in this crate resolves or dials; no proxy is ever
//! asked, and no environment is read.
//!
//! A capability that connects calls, in this order:
//!
//! 1. `Egress::resolve` with the host as the guest wrote it: the grant's destinations, then one
//!    lookup, then the guard over every answer → `Pinned`;
//! 2. `Egress::connect` with that, and `Egress::tls` over the connection;
//!
//! or, for HTTP, `Egress::send` and `Egress::follow`, which do both for each request.
//!
//! A wait in 1 and 2 is to be raced with [`Admitted::withdrawn`]; `Egress::send` does so itself.
//!
//! [`Admitted::withdrawn`]: crate::Admitted::withdrawn

mod datagram;
mod dial;
pub(crate) mod guard;
pub(crate) mod http;
mod name;
mod port;
mod resolver;
mod server;
mod tls;

#[cfg(test)]
pub(crate) mod doubles;
#[cfg(test)]
mod tests;

pub(crate) use dial::{Egress, Pinned};
pub(crate) use name::Name;
pub(crate) use resolver::SystemResolver;
pub use resolver::{Answer, ResolveError, Resolver};
pub(crate) use server::{Said, Server};
pub use tls::RootError;
pub(crate) use tls::Tls;
