//! Why the host does not listen.

use std::net::SocketAddr;

use miette::Diagnostic;
use thiserror::Error;

use crate::policy::Scheme;

/// Why the host does not listen for a toolkit.
#[derive(Debug, Error, Diagnostic)]
pub enum ServeError {
    /// It may not be served.
    #[error("`{toolkit}` was not granted `serve`")]
    #[diagnostic(
        code(workbooks::serve::not_granted),
        help(
            "write `serve` in the line `#+CAPS:` of its manifest, and grant it: `wbx grant {toolkit} serve`"
        )
    )]
    NotGranted {
        /// The toolkit.
        toolkit: String,
    },
    /// The grant was withdrawn.
    #[error("the grant of `{toolkit}` was withdrawn")]
    #[diagnostic(code(workbooks::serve::revoked), help("prepare it anew under a new grant"))]
    Revoked {
        /// The toolkit.
        toolkit: String,
    },
    /// The grant names no such endpoint.
    #[error("`{toolkit}` has no endpoint `{endpoint}`")]
    #[diagnostic(code(workbooks::serve::unknown_endpoint), help("{}", known(names, toolkit)))]
    UnknownEndpoint {
        /// The toolkit.
        toolkit: String,
        /// The endpoint.
        endpoint: String,
        /// Those that it has.
        names: Vec<String>,
    },
    /// It has nothing that could be called.
    #[error("`{toolkit}` cannot be served over {scheme}: it does not export `{}`", handler(*scheme))]
    #[diagnostic(
        code(workbooks::serve::no_handler),
        help("HTTP needs `wasi:http/incoming-handler`, TCP `workbooks:engine/tcp-handler`")
    )]
    NoHandler {
        /// The toolkit.
        toolkit: String,
        /// What is to be spoken.
        scheme: Scheme,
    },
    /// Somebody else listens there.
    #[error("{address} is in use")]
    #[diagnostic(
        code(workbooks::serve::address_in_use),
        help("end what listens there, or choose another port; port 0 takes a free one")
    )]
    InUse {
        /// The address.
        address: SocketAddr,
    },
    /// The system does not let the host listen there.
    #[error("the host cannot listen at {address}: {why}")]
    #[diagnostic(
        code(workbooks::serve::address),
        help("choose an address of this machine and a port from 1024")
    )]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        why: String,
    },
}

/// The interface whose export answers.
pub(super) fn handler(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Http => "wasi:http/incoming-handler",
        Scheme::Tcp => "workbooks:engine/tcp-handler",
    }
}

fn known(names: &[String], toolkit: &str) -> String {
    if names.is_empty() {
        format!(
            "name one in the policy, under `[toolkit.{toolkit}.serve]`: `web = \
             \"http://127.0.0.1:8080\"`"
        )
    } else {
        format!("it has: {}", names.join(", "))
    }
}
