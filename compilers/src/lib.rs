//! Source → wasm, inside the sandbox: every compiler is itself a guest.
//!
//! In reading order: [`Compilers::build`] reads a toolkit's source, asks the cache, finds the
//! lane's compiler (which [`provision`] fetched and checked), and lets the lane run it step by
//! step through a [`Sandbox`]. No native compiler ever reads a toolkit's source.

mod origin;
mod request;
mod build;
mod installation;
mod lane;
mod lanes;
mod toolchain;
pub mod provision;
mod source;
mod sandbox;
mod engine;
mod world;
mod declared;
mod declared_error;
mod wit_check;
mod bindings;
pub mod glue;
mod diagnostics;
mod compile_error;
mod cache;
mod stored;
mod snapshot;
mod attempt;
mod capability;

pub use bindings::for_c;
pub use build::{Built, Compilers};
pub use capability::Build;
pub use compile_error::CompileError;
pub use declared_error::DeclaredError;
pub use diagnostics::SourceDiagnostic;
pub use engine::HostSandbox;
pub use installation::{Others, Standing};
pub use lane::{Code, Deriving, Job, Kind, Lane};
pub use lanes::{LANES, find, languages};
pub use origin::Origin;
pub use request::{BuildRequest, Plan};
pub use sandbox::{Finished, Module, Sandbox, Step, StepError, StepLimits, StepMount};
pub use source::{Source, SourceError, read_wasm};
pub use toolchain::{
    Cost, Lack, Package, Pinned, PinnedFile, PinnedSource, Registry, Role, Toolchain,
};
pub use workbooks_host::provenance::{Digest, NotADigest};
pub use workbooks_host::toolkit::Language;
pub use world::{Contract, Door, WorldError};
