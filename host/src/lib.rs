//! Runs sandboxed WebAssembly toolkits with exactly the capabilities that they were granted.
//!
//! The types say how far a toolkit has come, and each is made only by the step before:
//! [`Manifest`] (asked) → [`Grant`] (allowed) → [`Prepared`] (linked) → [`Instance`] (running) →
//! [`Outcome`] (done).
//!
#![doc = concat!("```\n", include_str!("../examples/run_toolkit.rs"), "```")]

mod host;
mod engine;
mod cache;
pub mod child;
mod artifact;
pub mod world;
pub mod toolkit;
pub mod policy;
pub mod adapt;
mod instance;
mod run;
mod serve;
mod check;
pub mod capability;
mod capabilities;
pub mod admission;
mod storage;
mod json;
pub mod provenance;
pub mod registry;
pub mod bundle;
pub mod library;
pub mod egress;
pub mod fabric;
pub mod secret;
pub mod llm;
pub mod browse;

pub use artifact::Artifact;
#[cfg(target_os = "linux")]
pub use capabilities::Posix;
pub use capabilities::{Kv, Level, Line, Log, Net, Queue, Secrets, Tcp, Tls, Udp, Vfs};
pub use capability::{Admitted, Call, Capability, Provides, Refusal};
pub use check::{CheckError, Mismatch, check, print_world};
pub use child::Helper;
pub use engine::{EngineKind, TICK};
pub use host::{CarryError, FreezeError, Host, HostBuilder, HostError, PrepareError};
pub use instance::{Guest, Input, LinkError, MissingImport, MountError, Output, Prepared};
pub use policy::{Grant, Limits, Policy, Profile, grant};
pub use run::{Instance, Invoked, Kernel, Outcome, Run, RunError, Running, Usage};
pub use serve::{Drained, Observer, ServeError, ServeLimits, ServeOptions, Server};
pub use storage::Carried;
pub use toolkit::{Manifest, ManifestError, Shape, Vocabulary};

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}
