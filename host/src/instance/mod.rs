//! A linked component (`Prepared`), a running one (`Instance`, `Kernel`), and the host's state
//! behind each. What a shape's call looks like stands in `run/`.

mod cell;
mod clock;
mod filesystem;
mod flat;
mod guest;
pub(crate) mod http;
mod limits;
mod link;
mod mounts;
mod prepared;
pub(crate) mod sockets;
mod stdio;
pub(crate) mod wasi;

pub(crate) use cell::{Cell, Kill, Stopped};
pub use guest::Guest;
pub use link::{LinkError, MissingImport};
pub(crate) use link::{admit, imports, link};
pub use mounts::MountError;
pub(crate) use mounts::Protected;
pub use prepared::Prepared;
pub(crate) use prepared::{Inner, Lifted, Linked};
pub use stdio::{Input, Output};
