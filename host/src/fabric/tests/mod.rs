//! Children as their callers meet them: a registry of guests written as text, and a caller whose
//! calls are those of the host traits.

mod bounds;
mod commands;
mod exec;
mod guests;
mod made;
mod parallel;
mod sums;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::ResourceTable;
use workbooks_bindings::engine::types::CommandRequest;

use super::{Command, CommandError, Commands};
use crate::admission::{Account, Caller, Kind, MemoryAudit, Slot};
use crate::artifact::Artifact;
use crate::capability::{Call, Capability};
use crate::host::Host;
use crate::instance::Prepared;
use crate::policy::{Grant, Limits, Profile, ToolkitPolicy};

/// Commands by tenant and name.
struct Shelf(BTreeMap<(&'static str, &'static str), Command>);

impl Commands for Shelf {
    fn names(&self, tenant: &str) -> Result<Vec<String>, CommandError> {
        let own = self.0.keys().rev().filter(|(of, _)| *of == tenant);
        Ok(own.map(|(_, name)| (*name).to_owned()).collect())
    }

    fn find(&self, tenant: &str, name: &str) -> Result<Option<Command>, CommandError> {
        let found = self.0.iter().find(|((of, known), _)| *of == tenant && *known == name);
        Ok(found.map(|(_, command)| command.clone()))
    }
}

fn grant(name: &str, words: &[&str]) -> Grant {
    let operator = ToolkitPolicy {
        grants: words.iter().map(|&word| word.to_owned()).collect(),
        env: [("OWN".to_owned(), name.to_owned())].into(),
        ..ToolkitPolicy::default()
    };
    Grant::bare(name, &Profile::named("posix"), &operator)
}

/// A host with all guests of `guests.rs`, and one caller.
struct Scene {
    host: Host,
    caller: Arc<Caller>,
    prepared: Prepared,
}

impl Scene {
    /// A caller that may do all that has to do with children, under these limits.
    fn new(threads: usize, change: impl FnOnce(&mut Limits)) -> Self {
        Self::granted(threads, &["commands", "exec", "parallel"], change)
    }

    fn granted(threads: usize, words: &[&str], change: impl FnOnce(&mut Limits)) -> Self {
        let command = |(name, wat): (&'static str, String)| {
            let bytes = wat::parse_str(wat).unwrap();
            (("local", name), Command::bytes(bytes, grant(name, &["commands", "parallel"])))
        };
        let mut shelf: BTreeMap<_, _> = guests::all().into_iter().map(command).collect();
        let secret = shelf[&("local", "cat")].clone();
        shelf.insert(("other", "secret"), secret);
        let host = Host::builder().threads(threads).commands(Arc::new(Shelf(shelf)));
        let host = host.build().unwrap();
        let grant = grant("caller", words);
        let mut limits = grant.limits().clone();
        change(&mut limits);
        let nothing = wat::parse_str("(component)").unwrap();
        let prepared = host.prepare(&Artifact::bare(&nothing), &grant.with_limits(limits)).unwrap();
        let inner = &prepared.0;
        let audit = Arc::new(MemoryAudit::default());
        let (principal, grant) = (inner.principal.clone(), inner.grant.clone());
        let caller = Caller::new(principal, "notebook".to_owned(), grant, audit);
        let account = Account::of_run(&inner.above, inner.grant.limits());
        let caller = Arc::new(caller.of(inner, account));
        Self { host, caller, prepared }
    }

    /// Another caller of the same principal, with this account.
    fn caller_with(&self, account: Arc<Account>) -> Arc<Caller> {
        let inner = &self.prepared.0;
        let audit = Arc::new(MemoryAudit::default());
        let (principal, grant) = (inner.principal.clone(), inner.grant.clone());
        let caller = Caller::new(principal, "notebook".to_owned(), grant, audit);
        Arc::new(caller.of(inner, account))
    }

    /// Runs `act` where guests run, for at most a minute.
    fn act<T: Send + 'static, F: Future<Output = T> + Send>(
        &self,
        act: impl FnOnce(Arc<Caller>) -> F + Send + 'static,
    ) -> T {
        let caller = self.caller.clone();
        let task = self.host.spawn(async move { act(caller).await });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let patient = async { tokio::time::timeout(Duration::from_mins(1), task).await };
        runtime.block_on(patient).expect("it hangs").unwrap()
    }
}

/// The resources of a guest, in which calls are made for it.
struct Hands<C> {
    caller: Arc<Caller>,
    table: ResourceTable,
    capability: C,
}

impl<C: Capability> Hands<C> {
    fn new(caller: &Arc<Caller>, capability: C) -> Self {
        Self { caller: caller.clone(), table: ResourceTable::new(), capability }
    }

    fn call(&mut self) -> Call<'_, C> {
        Call::new(&self.capability, &self.caller, &mut self.table)
    }
}

fn request(name: &str, argv: &[&str], stdin: &[u8]) -> CommandRequest {
    CommandRequest {
        name: name.to_owned(),
        argv: argv.iter().map(|&arg| arg.to_owned()).collect(),
        stdin: stdin.to_vec(),
        env: Vec::new(),
        extra: Vec::new(),
    }
}

/// Waits until the caller's principal has no child of this kind any more.
async fn all_ended(caller: &Arc<Caller>, kind: Kind) {
    loop {
        let all: Vec<_> =
            (0..kind.at_most()).map_while(|_| Slot::take(caller.principal(), kind).ok()).collect();
        if all.len() == kind.at_most() as usize {
            return;
        }
        drop(all);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
