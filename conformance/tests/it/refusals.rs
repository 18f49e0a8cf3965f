//! Every function that a guest can import, from the WIT: refused when it was not granted, when
//! the grant was withdrawn, and when its caller is over its rate.

use std::collections::BTreeMap;

use tokio::runtime::Runtime;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::{filesystem, sockets};
use workbooks_bindings::engine;
use workbooks_compilers::{Build, Finished, Module, Sandbox, Step, StepError};
use workbooks_conformance::{Contract, OneCall, root};
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Artifact, Capability, Grant, Guest, Host, Limits, LinkError};
use workbooks_host::{PrepareError, Profile, Run, world};

/// Functions that nothing refuses, or not here: why.
const UNGATED: &[(&str, &str)] = &[
    (
        "wasi:http/types.",
        "values in the guest's own table; `handle` and the bodies' streams are gated",
    ),
    (
        "wasi:http/outgoing-handler.handle",
        "takes the request from the guest's table first; `host/tests/it/http.rs` shows the gate",
    ),
    ("wasi:filesystem/types.filesystem-error-code", "says why a stream failed"),
    (
        "wasi:filesystem/types.[method]descriptor.is-same-object",
        "compares what is open, and has no error",
    ),
    ("wasi:filesystem/preopens.get-directories", "has no error: who is refused has no folders"),
    ("wasi:sockets/instance-network.instance-network", "a handle that opens nothing by itself"),
    ("wasi:sockets/ip-name-lookup.[method]resolve-address-stream.subscribe", NO_ERROR),
    ("wasi:sockets/tcp.[method]tcp-socket.address-family", NO_ERROR),
    ("wasi:sockets/tcp.[method]tcp-socket.is-listening", NO_ERROR),
    ("wasi:sockets/tcp.[method]tcp-socket.subscribe", NO_ERROR),
    ("wasi:sockets/udp.[method]incoming-datagram-stream.subscribe", NO_ERROR),
    ("wasi:sockets/udp.[method]outgoing-datagram-stream.subscribe", NO_ERROR),
    ("wasi:sockets/udp.[method]udp-socket.address-family", NO_ERROR),
    ("wasi:sockets/udp.[method]udp-socket.subscribe", NO_ERROR),
];

const NO_ERROR: &str = "has no error to return, and tells of the guest's own socket only";

/// Functions that the rate does not count: why.
const UNCOUNTED: &[(&str, &str)] = &[
    (
        "wasi:filesystem/types.[method]descriptor.get-type",
        "the adapter of preview 1 asks it before the guest's first call, and traps if refused",
    ),
    (
        "wasi:filesystem/types.[method]directory-entry-stream.read-directory-entry",
        "the listing was counted when it was opened",
    ),
    ("wasi:sockets/ip-name-lookup.[method]resolve-address-stream.resolve-next-address", BEGUN),
    ("wasi:sockets/tcp.[method]tcp-socket.finish-bind", BEGUN),
    ("wasi:sockets/tcp.[method]tcp-socket.finish-connect", BEGUN),
    ("wasi:sockets/udp.[method]udp-socket.finish-bind", BEGUN),
    (
        "wasi:sockets/udp.[method]incoming-datagram-stream.receive",
        "what others send; the deadline and the host-call bytes bound it",
    ),
    ("wasi:sockets/udp.[method]outgoing-datagram-stream.check-send", "`send` is counted"),
];

const BEGUN: &str = "its beginning was counted";

/// Makes handles of every resource, behind which there is nothing: who looks there before it asks
/// the gate fails the test.
struct Handles;

const NOWHERE: u32 = 0x00ff_ff00;

macro_rules! handles {
    ($linker:ident, $($name:literal => $type:ty,)*) => {{
        let mut instance = $linker.instance(OneCall::HANDLES)?;
        $(instance.func_wrap(concat!("make-", $name), |_, (): ()| {
            Ok((Resource::<$type>::new_own(NOWHERE),))
        })?;)*
        Ok(())
    }};
}

impl Capability for Handles {
    fn name(&self) -> &'static str {
        "handles"
    }

    fn interfaces(&self) -> &'static [&'static str] {
        &[OneCall::HANDLES]
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        handles!(linker,
            "build-artifact" => engine::build::Artifact,
            "exec-process" => engine::exec::Process,
            "net-response" => engine::net::Response,
            "serve-listener" => engine::serve::Listener,
            "store-bucket" => engine::keyvalue::store::Bucket,
            "tcp-connection" => engine::tcp::Connection,
            "tls-connection" => engine::tls::Connection,
            "types-descriptor" => Descriptor,
            "types-directory-entry-stream" => filesystem::types::DirectoryEntryStream,
            "types-outgoing-request" => wasmtime_wasi_http::p2::types::HostOutgoingRequest,
            "types-request-options" => wasmtime_wasi_http::RequestOptions,
            "network-network" => sockets::network::Network,
            "ip-name-lookup-resolve-address-stream" => sockets::ip_name_lookup::ResolveAddressStream,
            "tcp-tcp-socket" => sockets::tcp::TcpSocket,
            "udp-udp-socket" => sockets::udp::UdpSocket,
            "udp-incoming-datagram-stream" => sockets::udp::IncomingDatagramStream,
            "udp-outgoing-datagram-stream" => sockets::udp::OutgoingDatagramStream,
        )
    }
}

/// Runs no compiler: nothing that is refused comes so far.
struct Nowhere;

impl Sandbox for Nowhere {
    fn prepare(&self, _: &Module) -> Result<(), StepError> {
        Err(StepError::Engine { reason: "there is none".to_owned() })
    }

    fn run(&self, _: &Step) -> Result<Finished, StepError> {
        Err(StepError::Engine { reason: "there is none".to_owned() })
    }
}

/// What a function said: the case of its error, or that it succeeded.
type Said = Result<(), String>;

struct Trial {
    host: Host,
    runtime: Runtime,
}

impl Trial {
    fn new() -> Self {
        let build = Build::new(root().join("none"), root().join("none"), Nowhere);
        let host = Host::builder().threads(1).capability(Handles).capability(build).build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let host = host.expect("a host without folders is built");
        let runtime = runtime.expect("the system has a thread");
        Self { host, runtime }
    }

    fn grant(capability: Option<&str>, rate: u32) -> Grant {
        let words = capability.into_iter().chain(["handles"]).map(str::to_owned);
        let operator = ToolkitPolicy { grants: words.collect(), ..ToolkitPolicy::default() };
        let profile = Profile::named("posix");
        let limits = Limits { rate, ..Limits::of(&profile) };
        Grant::bare("guest", &profile, &operator).with_limits(limits)
    }

    /// Whether it links without the capability.
    fn links_ungranted(&self, guest: &OneCall) -> bool {
        match self.host.prepare(&Artifact::bare(&guest.wasm), &Self::grant(None, 1_000)) {
            Ok(_) => true,
            Err(PrepareError::Link(LinkError::NotGranted { .. })) => false,
            Err(other) => unreachable!("{other}"),
        }
    }

    fn said(&self, guest: &OneCall, grant: &Grant, revoked: bool) -> Said {
        let prepared = self.host.prepare(&Artifact::bare(&guest.wasm), grant);
        let prepared = prepared.map_err(|why| format!("{why}"))?;
        let called = self.runtime.block_on(async {
            let mut instance = prepared.start(Run::default()).await?;
            if revoked {
                self.host.revoke("guest");
            }
            instance.invoke("call()").await
        });
        let case: u32 =
            called.map_err(|ended| format!("{ended}"))?.text.parse().map_err(|_| "no number")?;
        match case {
            OneCall::SUCCEEDED => Ok(()),
            case => Err(guest.errors[case as usize].clone()),
        }
    }
}

/// Every function of every capability: interface, function, capability.
fn functions() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all = BTreeMap::new();
    for capability in world::CAPABILITIES {
        for interface in capability.interfaces {
            let row = world::interface(interface).expect("a row names rows");
            for function in row.functions {
                all.entry((row.name, *function)).or_insert(capability.name);
            }
        }
    }
    all.into_iter().map(|((interface, function), name)| (interface, function, name)).collect()
}

fn listed(list: &[(&str, &str)], interface: &str, function: &str) -> bool {
    let name = format!("{}.{function}", world::base_name(interface));
    list.iter()
        .any(|(known, _)| *known == name || (known.ends_with('.') && name.starts_with(known)))
}

#[test]
fn every_function_is_refused_when_it_may_not_be_called() {
    let contract = Contract::ours().unwrap();
    let trial = Trial::new();
    let mut wrong = Vec::new();
    let all = functions();
    assert!(all.len() > 100, "the list has shrunk: {}", all.len());
    for (interface, function, capability) in all {
        let name = format!("{interface} {function}");
        let guest = OneCall::of(&contract, interface, function).unwrap();
        if trial.links_ungranted(&guest) {
            wrong.push(format!("{name} links without `{capability}`"));
        }
        if listed(UNGATED, interface, function) {
            continue;
        }
        let withdrawn = trial.said(&guest, &Trial::grant(Some(capability), 1_000), true);
        let says_so = ["revoked", "not-permitted", "access-denied", "HTTP-request-denied"];
        if !withdrawn.as_ref().is_err_and(|case| says_so.contains(&case.as_str())) {
            wrong.push(format!("{name}, revoked: {withdrawn:?}"));
        }
        if listed(UNCOUNTED, interface, function) {
            continue;
        }
        let hasty = trial.said(&guest, &Trial::grant(Some(capability), 0), false);
        let says_so =
            ["rate-limited", "would-block", "access-denied", "other", "HTTP-request-denied"];
        if !hasty.as_ref().is_err_and(|case| says_so.contains(&case.as_str())) {
            wrong.push(format!("{name}, over its rate: {hasty:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} functions", wrong.join("\n"), wrong.len());
}
