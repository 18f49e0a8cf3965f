//! From a name to addresses: the trait, and the one over the system's name servers.

use std::net::IpAddr;
use std::pin::Pin;

use hickory_resolver::config::{LookupIpStrategy, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::system_conf::read_system_conf;
use hickory_resolver::{Resolver as Hickory, TokioResolver};
use thiserror::Error;

/// Why a name has no addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ResolveError {
    /// The name servers say that there is none.
    #[error("there is no such name")]
    NotFound,
    /// They could not be asked, or did not answer.
    #[error("no name server answers")]
    Failed,
}

/// What a lookup comes to.
pub type Answer = Result<Vec<IpAddr>, ResolveError>;

/// Looks names up for a host.
///
/// It is asked once for each connection, with a full name in lower case and without a dot at its
/// end, and must answer with every address, of both families, and from nothing that would outlive
/// a change of the policy. It is dropped when the operation's deadline passes.
pub trait Resolver: Send + Sync {
    /// Every address of `name`.
    fn resolve<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;
}

/// Asks the name servers of `/etc/resolv.conf`, and nothing else in it: no search domains, no
/// hosts file, no cache. The file is read for each lookup, so that a change of networks is seen.
#[derive(Debug, Default)]
pub(crate) struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        Box::pin(async move {
            let (system, options) = read_system_conf().map_err(|_| ResolveError::Failed)?;
            let (_, _, servers) = system.into_parts();
            ask(ResolverConfig::from_parts(None, Vec::new(), servers), options, name).await
        })
    }
}

/// One lookup by servers that are used for it alone.
pub(super) async fn ask(servers: ResolverConfig, mut options: ResolverOpts, name: &str) -> Answer {
    options.use_hosts_file = ResolveHosts::Never;
    options.cache_size = 0;
    options.ndots = 0;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    let mut builder = Hickory::builder_with_config(servers, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    let resolver: TokioResolver = builder.build().map_err(|_| ResolveError::Failed)?;
    // The dot keeps every list of suffixes away from it.
    match resolver.lookup_ip(format!("{name}.")).await {
        Ok(found) => Ok(found.iter().collect()),
        Err(why) if why.is_no_records_found() => Err(ResolveError::NotFound),
        Err(_) => Err(ResolveError::Failed),
    }
}
