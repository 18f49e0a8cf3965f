//! What a toolkit may do: the operator's policy, the profiles, the limits, and the grant that is
//! made of them and a manifest. Pure: no IO, no engine, no clock.

mod destinations;
mod base_url;
mod endpoint;
mod grant;
mod limits;
mod mount;
mod operator;
mod private;
mod profile;
mod program;
mod registry;
mod secret;
mod servers;
mod template;

#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod within_tests;

pub use base_url::BaseUrl;
pub use destinations::Destinations;
pub use endpoint::{Endpoint, Scheme};
pub use grant::{Grant, GrantError, Provenance, Withheld, grant};
pub use limits::Limits;
pub use mount::Mount;
pub use operator::{Policy, PolicyError, ToolkitPolicy};
pub use private::PrivateRange;
pub use profile::Profile;
pub use program::Program;
pub(crate) use registry::own_address;
pub use registry::{RegistryHost, RegistryName, RegistryPolicy};
pub use secret::SecretBinding;
pub use servers::{LlmPolicy, LlmShape, SearchPolicy};
pub use template::{Misfit, Template};
