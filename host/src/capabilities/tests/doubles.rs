//! A caller that may use `tcp`, `udp` and `tls`, over a network of the test's own.

use std::sync::Arc;

use wasmtime::component::ResourceTable;

use crate::admission::{Caller, Decision, MemoryAudit};
use crate::capability::{Call, Capability};
use crate::egress::Egress;
use crate::egress::doubles::{Authority, Dns, caller_under, egress};

/// Who calls, over which network.
pub(crate) struct Fixture {
    pub(crate) caller: Arc<Caller>,
    pub(crate) audit: Arc<MemoryAudit>,
    pub(crate) egress: Arc<Egress>,
    pub(crate) dns: Dns,
    pub(crate) table: ResourceTable,
}

/// All three capabilities, as `policy.toml` grants them.
pub(crate) const ALL: &str = "grants = ['tcp', 'udp', 'tls']\n";
/// Peers on the loopback interface may be dialled, too.
pub(crate) const LOCAL: &str = "private = ['127.0.0.0/8']\n";

impl Fixture {
    /// A caller under a policy in the words of `policy.toml`.
    pub(crate) fn under(policy: &[&str], dns: &Dns) -> Self {
        Self::trusting(None, policy, dns)
    }

    /// The same, on a host that trusts `authority`.
    pub(crate) fn trusting(authority: Option<&Authority>, policy: &[&str], dns: &Dns) -> Self {
        let (caller, audit) = caller_under(&policy.concat());
        let egress = Arc::new(egress(dns.resolver(), authority));
        Self { caller, audit, egress, dns: dns.clone(), table: ResourceTable::new() }
    }

    /// All three capabilities, to public destinations and to `peer.example`, which is on the
    /// loopback interface.
    pub(crate) async fn local() -> Self {
        let dns = Dns::start().await.with("peer.example", &["127.0.0.1"]);
        Self::under(&[ALL, LOCAL], &dns)
    }

    /// A call of `capability`.
    pub(crate) fn call<'a, C: Capability>(&'a mut self, capability: &'a C) -> Call<'a, C> {
        Call::new(capability, &self.caller, &mut self.table)
    }

    /// How many denials are on record.
    pub(crate) fn denied(&self) -> usize {
        let records = self.audit.records();
        records.iter().filter(|record| record.decision != Decision::Allowed).count()
    }

    pub(crate) fn revoke(&self) {
        self.caller.principal().revoke();
    }
}

/// Hosts behind which no public peer is, in every spelling.
pub(crate) const FORBIDDEN: &[&str] = &[
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0.0.0.0",
    "0",
    "0.1.2.3",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "foo.localhost",
    "::1",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0::1",
    "::5efe:10.0.0.1",
    "[fe80::1%25eth0]",
    "169.254.169.254",
    "169.254.170.2",
    "fd00:ec2::254",
    "100.100.100.200",
    "metadata.google.internal",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "１２７。0。0。1",
    "%31%32%37.0.0.1",
    "a\0.example",
    "a\r\n.example",
    "intranet",
    "",
    "rebound.example",
    "mixed.example",
    "half.example",
    "unknown.example",
    "alias.example",
];

/// A name server with the names among [`FORBIDDEN`].
pub(crate) async fn traps() -> Dns {
    Dns::start()
        .await
        .with("rebound.example", &["127.0.0.1"])
        .with("mixed.example", &["1.1.1.1", "10.0.0.1"])
        .with("half.example", &["1.1.1.1", "::1"])
        .with("inner.example", &["10.0.0.1"])
        .alias("alias.example", "inner.example")
        .with("metadata.google.internal", &["169.254.169.254"])
}
