//! What an embedder gives a host, and the host that is made of it.

use std::any::{Any, TypeId};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::runtime::Builder;

use super::{Host, HostError, Shared};
use crate::admission::{Audit, MemoryAudit};
use crate::browse::{SearXng, SearchProvider};
use crate::cache::Cache;
#[cfg(target_os = "linux")]
use crate::capabilities::Posix;
use crate::capabilities::{
    self, Browse, Exec, Kv, Llm, Net, Parallel, Queue, Secrets, Serve, Tcp, Udp, Vfs,
};
use crate::capability::Capability;
use crate::child::Helper;
#[cfg(target_os = "linux")]
use crate::child::Starter;
use crate::egress::{Egress, Resolver, SystemResolver, Tls};
use crate::engine::Engines;
use crate::fabric::{Commands, Fabric, NoCommands};
use crate::instance::Protected;
use crate::llm::{Meter, Provider, Remote};
use crate::policy::{LlmPolicy, Policy, SearchPolicy};
use crate::secret::{NoSecrets, SecretProvider};

/// Builds a [`Host`].
#[derive(Default)]
pub struct HostBuilder {
    cache: Option<PathBuf>,
    state: Option<PathBuf>,
    protected: Vec<PathBuf>,
    laid_out: Vec<PathBuf>,
    audit: Option<Arc<dyn Audit>>,
    capabilities: Vec<Arc<dyn Capability>>,
    secrets: Option<Arc<dyn SecretProvider>>,
    resolver: Option<Arc<dyn Resolver>>,
    roots: Vec<Vec<u8>>,
    commands: Option<Arc<dyn Commands>>,
    llm: Option<Arc<dyn Provider>>,
    search: Option<Arc<dyn SearchProvider>>,
    servers: (Option<LlmPolicy>, Option<SearchPolicy>),
    threads: Option<usize>,
    helper: Option<Helper>,
}

impl HostBuilder {
    /// Keeps compiled artifacts in this folder, which is made with mode 0700. Without it every
    /// process compiles anew.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// Keeps volumes, pairs and queues in this folder. Without it they live in memory and end with the host.
    #[must_use]
    pub fn state(mut self, folder: impl Into<PathBuf>) -> Self {
        self.state = Some(folder.into());
        self
    }

    /// Another folder (keys, say) that no mount may contain or lie in, beside cache and state.
    #[must_use]
    pub fn protect(mut self, folder: impl Into<PathBuf>) -> Self {
        self.protected.push(folder.into());
        self
    }

    /// A folder within a protected one in which the host's owner lays files out for guests to see:
    /// mounts may lie in it, and none may be it.
    #[must_use]
    pub fn laid_out(mut self, folder: impl Into<PathBuf>) -> Self {
        self.laid_out.push(folder.into());
        self
    }

    /// Where the record of denials goes; by default the last 10,000 are kept in memory.
    #[must_use]
    pub fn audit(mut self, audit: Arc<dyn Audit>) -> Self {
        self.audit = Some(audit);
        self
    }

    /// Adds a capability of the embedder's own, or replaces the one of that name.
    #[must_use]
    pub fn capability(mut self, capability: impl Capability) -> Self {
        self.capabilities.push(Arc::new(capability));
        self
    }

    /// Where secrets come from; by default there are none.
    #[must_use]
    pub fn secrets(mut self, secrets: Arc<dyn SecretProvider>) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// Lets processes of this program compile artifacts, within limits, and start the programs
    /// that a policy allows under `posix`. Without it artifacts are compiled in this process, where
    /// a hostile one can take what there is, and no program is started.
    #[must_use]
    pub fn helper(mut self, helper: Helper) -> Self {
        self.helper = Some(helper);
        self
    }

    /// Looks up the names that guests connect to; by default the system's name servers are asked.
    #[must_use]
    pub fn resolver(mut self, resolver: Arc<dyn Resolver>) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// Trusts the authorities of these certificates too, PEM (one or more) or DER, when guests
    /// connect by TLS. Those that Mozilla trusts are trusted always.
    #[must_use]
    pub fn roots(mut self, certificates: impl Into<Vec<u8>>) -> Self {
        self.roots.push(certificates.into());
        self
    }

    /// Asks the model and the search engine that the operator's policy names in `[llm]` and
    /// `[search]`, unless the embedder gives others.
    #[must_use]
    pub fn servers(mut self, policy: &Policy) -> Self {
        self.servers = (policy.llm().cloned(), policy.search().cloned());
        self
    }

    /// The model that guests ask; by default there is none.
    #[must_use]
    pub fn llm(mut self, provider: Arc<dyn Provider>) -> Self {
        self.llm = Some(provider);
        self
    }

    /// The search engine that guests ask; by default there is none.
    #[must_use]
    pub fn search(mut self, provider: Arc<dyn SearchProvider>) -> Self {
        self.search = Some(provider);
        self
    }

    /// Where commands come from; by default there are none.
    #[must_use]
    pub fn commands(mut self, commands: Arc<dyn Commands>) -> Self {
        self.commands = Some(commands);
        self
    }

    /// Threads on which guests run; by default one for each core.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Builds the host.
    ///
    /// # Errors
    ///
    /// When its folders cannot be used, two capabilities are of one type, a root certificate is
    /// none, or the system refuses a thread.
    pub fn build(self) -> Result<Host, HostError> {
        let engine = |why: String| HostError::Engine { why };
        let cache = Cache::open(self.cache.clone()).map_err(|why| HostError::Cache {
            path: self.cache.clone().unwrap_or_default(),
            why,
        })?;
        let protected =
            [&self.cache, &self.state].into_iter().flatten().cloned().chain(self.protected);
        let protected = Protected::new(protected).but_in(self.laid_out);
        let resolver = self.resolver.unwrap_or_else(|| Arc::new(SystemResolver));
        let egress = Arc::new(Egress::new(resolver, Tls::new(&self.roots)?));
        let secrets = self.secrets.unwrap_or_else(|| Arc::new(NoSecrets));
        let meter = Arc::<Meter>::default();
        let (llm, search) = self.servers;
        let llm = self.llm.or_else(|| {
            let remote = Remote::new(&llm?, egress.clone(), secrets.clone(), Host::TENANT);
            Some(Arc::new(remote) as Arc<dyn Provider>)
        });
        let search = self.search.or_else(|| {
            Some(Arc::new(SearXng::new(&search?, egress.clone())) as Arc<dyn SearchProvider>)
        });
        #[cfg_attr(not(target_os = "linux"), expect(unused_mut, reason = "posix is for Linux"))]
        let mut live: Vec<Arc<dyn Capability>> = vec![
            Arc::new(Vfs::new(self.state.clone())),
            Arc::new(Kv::new(self.state.clone())),
            Arc::new(Queue::new(self.state.clone())),
            Arc::new(Secrets::new(secrets.clone())),
            Arc::new(capabilities::Commands),
            Arc::new(Exec),
            Arc::new(Parallel),
            Arc::new(Net::new(egress.clone(), secrets.clone())),
            Arc::new(Llm::new(llm, meter.clone())),
            Arc::new(Browse::new(egress.clone(), search)),
            Arc::new(Serve::default()),
            Arc::new(Tcp::new(egress.clone())),
            Arc::new(Udp::new(egress.clone())),
            Arc::new(capabilities::Tls::new(egress.clone())),
        ];
        #[cfg(target_os = "linux")]
        {
            let starter = self.helper.clone().map(|helper| {
                Starter::new(helper, protected.folders().to_vec())
                    .map_err(|why| engine(why.to_string()))
            });
            live.push(Arc::new(Posix::new(starter.transpose()?)));
        }
        let mut capabilities = capabilities::all(live);
        for (at, own) in self.capabilities.iter().enumerate() {
            let same = |other: &&Arc<dyn Capability>| {
                type_of(&***other) == type_of(&**own) && other.name() != own.name()
            };
            if let Some(other) = self.capabilities[..at].iter().find(same) {
                return Err(HostError::SameType { one: other.name(), other: own.name() });
            }
        }
        for own in self.capabilities {
            capabilities.retain(|known| known.name() != own.name());
            capabilities.push(own);
        }
        let mut runtime = Builder::new_multi_thread();
        if let Some(threads) = self.threads {
            runtime.worker_threads(threads);
        }
        // A guest that loops takes a whole tick for each poll: without an interval of 1, tokio
        // would look at timers and sockets only every 61st of them.
        let runtime = runtime.thread_name("wbx-guest").event_interval(1).enable_all().build();
        Ok(Host(Arc::new(Shared {
            engines: Engines::new().map_err(|why| engine(format!("{why:#}")))?,
            cache,
            helper: self.helper,
            capabilities,
            audit: self.audit.unwrap_or_else(|| Arc::new(MemoryAudit::default())),
            protected,
            meter,
            egress,
            fabric: Fabric::new(self.commands.unwrap_or_else(|| Arc::new(NoCommands))),
            principals: Mutex::default(),
            runtime: Some(runtime.map_err(|why| engine(why.to_string()))?),
        })))
    }
}

fn type_of(capability: &dyn Any) -> TypeId {
    capability.type_id()
}

impl std::fmt::Debug for HostBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostBuilder")
            .field("cache", &self.cache)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
