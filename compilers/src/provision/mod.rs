//! Brings compilers and source packages onto this machine: fetched by the person's own package
//! client, checked digest by digest, unpacked safely, stored whole or not at all.
//!
//! A store looks like this; every folder is the user's alone (mode 0700):
//!
//! ```text
//! <store>/<lane>/<version>-<digest8>/   a compiler; `installed` in it says what it holds
//! <store>/<lane>/lock                   held by whoever installs
//! <store>/<lane>/<sha256>.archive       a checked archive that is not unpacked yet
//! <store>/source/<sha256>/              a source package
//! <store>/blobs/<sha256>                a file of compilers, linked into their folders
//! ```

mod blobs;
mod client;
mod client_error;
mod error;
mod folder;
mod install;
pub(crate) mod progress;
mod record;
mod remove;
mod sdist;
mod store;
pub(crate) mod sweep;
pub(crate) mod unpack;

#[cfg(test)]
mod alternative_tests;
#[cfg(test)]
mod install_tests;
#[cfg(test)]
mod remove_tests;
#[cfg(test)]
mod unpack_tests;

pub use client::{PackageClient, SystemClients, Tool};
pub use client_error::ClientError;
pub use error::ProvisionError;
pub use folder::FromFolder;
pub use install::{State, fetch_source, install, state, verify};
pub use progress::{Progress, Silent, Stage};
pub(crate) use record::derives;
pub(crate) use remove::condemn;
pub use remove::remove;
pub use unpack::UnpackError;
