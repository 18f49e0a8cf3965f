//! Hosts, grants and guests for the tests.

use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Artifact, Grant, Host, Prepared, PrepareError, Profile};

pub(crate) fn host() -> Host {
    Host::builder().threads(2).build().unwrap()
}

/// A grant of exactly these capabilities, under the largest profile.
pub(crate) fn grant(capabilities: &[&str]) -> Grant {
    let operator = ToolkitPolicy {
        grants: capabilities.iter().map(|&c| c.to_owned()).collect(),
        ..ToolkitPolicy::default()
    };
    Grant::bare("guest", &Profile::named("posix"), &operator)
}

pub(crate) fn prepare(host: &Host, wat: &str, grant: &Grant) -> Result<Prepared, PrepareError> {
    let bytes = workbooks_host::adapt::text_to_binary(wat.as_bytes()).unwrap();
    host.prepare(&Artifact::bare(&bytes), grant)
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
