//! One child: found by name, linked under the lesser of two grants, and made a run of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use workbooks_bindings::engine::types::{CommandRequest, Output};

use super::DEPTH;
use super::made::Made;
use super::registry::is_name;
use crate::admission::{Caller, Tab};
use crate::capability::Refusal;
use crate::host::{Host, PrepareError};
use crate::instance::{Inner, Input, LinkError, Linked, MissingImport, Prepared};
use crate::policy::Grant;
use crate::run::{Outcome, Run, RunError, Running};
use crate::toolkit::ArgMode;

/// Children that stay linked, each by the digest of its artifact and its grant. The one that was
/// used longest ago goes first; of what callers had made there are fewer, so that nobody who makes
/// one after another fills the memory, or takes the place of commands that are installed.
#[derive(Default)]
pub(crate) struct Children(Mutex<Vec<(String, Linked)>>);

impl Children {
    /// How many.
    const KEPT: usize = 64;
    /// How many of them callers had made: each has code and a program of a size of its own.
    const MADE: usize = 8;

    /// How many there are, and how many of them callers had made.
    #[cfg(test)]
    pub(super) fn counts(&self) -> (usize, usize) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = known.iter().filter(|(key, _)| key.starts_with(Made::KEY)).count();
        (known.len(), made)
    }

    fn get(&self, sha256: &str, grant: &Grant) -> Option<Linked> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|(key, child)| key == sha256 && *child.grant == *grant)?;
        known[at..].rotate_left(1);
        known.last().map(|(_, child)| child.clone())
    }

    fn put(&self, sha256: &str, child: Linked) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = |key: &str| key.starts_with(Made::KEY);
        let among = known.iter().filter(|(key, _)| made(key)).count();
        if made(sha256) && among == Self::MADE {
            known.iter().position(|(key, _)| made(key)).map(|oldest| known.remove(oldest));
        } else if known.len() == Self::KEPT {
            known.remove(0);
        }
        known.push((sha256.to_owned(), child));
    }
}

/// A command, or what a caller had made, that is ready to run for this caller.
#[derive(Clone)]
pub(crate) struct Child {
    pub(super) inner: Arc<Inner>,
    arg_mode: ArgMode,
}

impl Child {
    /// Finds a command and links it for `caller`, or finds it linked, within the time of one
    /// operation. What was begun goes on after that, so that another try may find it done.
    ///
    /// # Errors
    ///
    /// [`Refusal::Quota`] when the caller is as deep as a child may be, [`Refusal::NotFound`],
    /// [`Refusal::Denied`] when it needs what the caller may not, [`Refusal::Timeout`], or
    /// [`Refusal::Unavailable`].
    pub(super) async fn find(caller: &Arc<Caller>, name: &str) -> Result<Self, Refusal> {
        let found = tokio::time::timeout(caller.operation_deadline(), Self::look(caller, name));
        found.await.unwrap_or(Err(Refusal::Timeout))
    }

    async fn look(caller: &Arc<Caller>, name: &str) -> Result<Self, Refusal> {
        let host = host_of(caller)?;
        if !is_name(name) {
            return Err(Refusal::NotFound);
        }
        let (shared, tenant, owned) = (host.0.clone(), caller.tenant().to_owned(), name.to_owned());
        let found = off_thread(move || shared.fabric.registry.find(&tenant, &owned)).await?;
        let command = found.map_err(|why| why.refusal())?.ok_or(Refusal::NotFound)?;
        let arg_mode = command.takes_args();
        let grant = command.grant().within(caller.grant());
        let key = command.sha256().to_owned();
        let link = move |host: &Host, grant: &Grant| host.link(&command.artifact(), grant);
        let inner = linked(caller, key, grant, link).await?;
        let inner = inner.map_err(|why| refusal(name, &why))?;
        Ok(Self { inner, arg_mode })
    }

    /// What a caller had made, with those of its capabilities that are named, within the time of one
    /// operation. The time that its code takes is the caller's, since each may be another.
    ///
    /// # Errors
    ///
    /// As [`Child::find`].
    pub(super) async fn made(
        caller: &Arc<Caller>,
        made: &Made,
        caps: &[String],
    ) -> Result<Self, Refusal> {
        host_of(caller)?;
        let grant = caller.grant().only(caps).map_err(|lacking| {
            Refusal::Denied(format!("the caller was not granted: {}", lacking.join(" ")))
        })?;
        let (owned, tab) = (made.clone(), Tab::of(caller.account()));
        let link = move |host: &Host, grant: &Grant| {
            let began = Instant::now();
            let linked = host.link(&owned.artifact(), grant);
            tab.charge(began.elapsed());
            linked
        };
        let inner = linked(caller, made.key(), grant, link);
        let inner = tokio::time::timeout(caller.operation_deadline(), inner).await;
        let inner = inner.unwrap_or(Err(Refusal::Timeout))?;
        let inner = inner.map_err(|why| refusal("the program", &why))?;
        Ok(Self { inner, arg_mode: ArgMode::Argv })
    }

    /// What a request asks for, as a run whose output is captured.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when it asks for what no program can be given.
    pub(super) fn run(
        &self,
        caller: &Caller,
        request: CommandRequest,
        stdin: impl FnOnce(Bytes) -> Input,
    ) -> Result<Run, Refusal> {
        let CommandRequest { name, mut argv, stdin: mut bytes, env, extra } = request;
        if let Some((key, _)) = extra.first() {
            return Err(Refusal::Invalid(format!("this host knows no `{key}` in `extra`")));
        }
        if argv.iter().any(|arg| arg.contains('\0')) {
            return Err(Refusal::Invalid("an argument has a NUL in it".to_owned()));
        }
        let is_variable = |(name, value): &(String, String)| {
            !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0')
        };
        if !env.iter().all(is_variable) {
            return Err(Refusal::Invalid("a variable of `env` is not one".to_owned()));
        }
        if self.arg_mode == ArgMode::Stdin1 && !argv.is_empty() {
            let line = std::mem::take(&mut argv).join(" ") + "\n";
            bytes.splice(..0, line.into_bytes());
        }
        argv.insert(0, name);
        // The operator's constants stand: a caller must not steer what they gave the command.
        let mut env: BTreeMap<_, _> = env.into_iter().collect();
        env.retain(|name, _| !self.inner.grant.env().contains_key(name));
        Ok(Run {
            args: argv,
            env,
            stdin: stdin(bytes.into()),
            instance: Some(caller.instance().to_owned()),
            ..Run::default()
        })
    }

    /// What is run.
    pub(super) fn prepared(&self) -> Prepared {
        Prepared(self.inner.clone())
    }

    /// Starts a run of it; `held` is dropped when it has ended.
    pub(super) fn spawn(&self, run: Run, held: impl Send + 'static) -> Running {
        self.prepared().spawn_holding(run, held)
    }
}

/// What the caller is an instance of.
pub(super) fn prepared(caller: &Caller) -> Result<Prepared, Refusal> {
    caller.prepared().ok_or_else(|| Refusal::Unavailable("the host is ending".to_owned()))
}

/// Does `work` on a thread that may block.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let failed = |_| Refusal::Unavailable("the registry of commands failed".to_owned());
    tokio::task::spawn_blocking(work).await.map_err(failed)
}

/// The host of a caller that may have children.
fn host_of(caller: &Caller) -> Result<Host, Refusal> {
    let host = Host(prepared(caller)?.0.host.clone());
    if caller.account().depth() > DEPTH {
        return Err(Refusal::Quota(DEPTH.into()));
    }
    Ok(host)
}

/// What `link` links under `grant`, or what is linked under `key` already, as a child of `caller`.
async fn linked(
    caller: &Arc<Caller>,
    key: String,
    grant: Grant,
    link: impl FnOnce(&Host, &Grant) -> Result<Linked, PrepareError> + Send + 'static,
) -> Result<Result<Arc<Inner>, PrepareError>, Refusal> {
    let host = Host(prepared(caller)?.0.host.clone());
    let linked = if let Some(linked) = host.0.fabric.children.get(&key, &grant) {
        linked
    } else {
        let host = host.clone();
        // It may take longer than anybody waits, and goes on: few of a principal's do at once.
        let turn = caller.principal().turns().clone().acquire_owned().await;
        let linked = off_thread(move || {
            let _turn = turn;
            let linked = link(&host, &grant)?;
            host.0.fabric.children.put(&key, linked.clone());
            Ok(linked)
        });
        match linked.await? {
            Ok(linked) => linked,
            Err(why) => return Ok(Err(why)),
        }
    };
    let principal = host.0.principal_under(&linked.grant, caller.principal());
    let inner = Inner::new(host.0, linked, principal).child(caller.account().clone());
    Ok(Ok(Arc::new(inner)))
}

fn refusal(name: &str, why: &PrepareError) -> Refusal {
    let PrepareError::Link(LinkError::NotGranted { missing, .. }) = why else {
        return Refusal::Unavailable(format!("`{name}` cannot be prepared"));
    };
    let lacking = missing.iter().filter_map(|import| match import {
        MissingImport::NotGranted { capability, .. } => Some(*capability),
        _ => None,
    });
    let mut lacking: Vec<_> = lacking.collect();
    lacking.dedup();
    Refusal::Denied(format!("`{name}` needs what it or its caller lacks: {}", lacking.join(" ")))
}

/// What the caller is told of a child that ended.
pub(super) fn ended(outcome: Outcome) -> Result<Output, Refusal> {
    let Outcome { ended, stdout, stderr, truncated, .. } = outcome;
    let status = ended.map_err(|why| stopped(&why))?;
    Ok(Output { status, stdout, stderr, truncated })
}

pub(super) fn stopped(why: &RunError) -> Refusal {
    match why {
        RunError::Deadline { .. } => Refusal::Timeout,
        RunError::Killed => Refusal::Cancelled,
        // It names a folder of the host.
        RunError::Mount(_) => Refusal::Unavailable("the command cannot start".to_owned()),
        other => Refusal::Unavailable(format!("the command ended: {other}")),
    }
}
