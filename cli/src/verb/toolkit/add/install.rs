//! Taking in what was consented to. First the content, which nothing names yet; then whom to
//! believe and what it may do, which nobody has yet; last the lock, which is what installs it. A
//! process that ends between two of these leaves what is as it was before.

use std::collections::BTreeSet;
use std::fs::File;

use miette::Report;
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::provenance::{TrustError, TrustStore, Trusted};
use workbooks_host::registry::{Entry, Lock, Store};

use super::candidate::Candidate;
use crate::engine::identity;
use crate::engine::workbook::Workbook;
use crate::io::{IoError, files};
use crate::session::Session;

/// What it may do from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::verb::toolkit) enum Consent {
    /// Exactly these capabilities, at the destinations that its manifest names.
    To(BTreeSet<String>),
    /// What it might before.
    AsBefore,
}

/// How it stands in the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::verb::toolkit) struct Place {
    /// It may be older than what is here.
    pub(in crate::verb::toolkit) back: bool,
    /// It stays at its version; as before if nothing is said.
    pub(in crate::verb::toolkit) pinned: Option<bool>,
    /// The lock names it already, and stays as it is.
    pub(in crate::verb::toolkit) locked: bool,
}

/// Stores, grants and locks.
pub(in crate::verb::toolkit) fn install(
    session: &Session,
    workbook: &Workbook,
    candidate: &Candidate,
    consent: &Consent,
    place: Place,
) -> Result<(), Report> {
    session.home.make()?;
    let _turn = turn(session)?;
    // Another may have come since it was asked.
    let mut added = workbook.lock(session)?;
    candidate.check(session, &added, place.back)?;
    Store::new(session.home.store()).put(&candidate.package)?;
    if let Some(key) = &candidate.first_use {
        identity::change(session, |trust| Ok(trust.add(with_known(key, trust))?))?;
    }
    workbook.change(session, |policy| {
        allow(policy.toolkit_mut(candidate.id()), candidate, consent);
    })?;
    if place.locked {
        return Ok(());
    }
    let pinned = added.find(candidate.id()).is_some_and(|entry| entry.pinned);
    added.insert(entry(candidate, place.pinned.unwrap_or(pinned))?);
    Ok(write(session, workbook, &added)?)
}

/// Whoever holds it changes locks and what goes with them; others wait.
pub(in crate::verb::toolkit) fn turn(session: &Session) -> Result<File, IoError> {
    let folder = session.home.workbooks();
    files::private_folder(&folder)?;
    files::lock(&folder.join("turn"))
}

/// Writes a lock whole or not at all, for whoever may read the workbook.
pub(in crate::verb::toolkit) fn write(
    session: &Session,
    workbook: &Workbook,
    lock: &Lock,
) -> Result<(), IoError> {
    let file = workbook.lock_file();
    session.io.write(&file, lock.to_toml().as_bytes())?;
    files::share(&file)
}

/// The key, believed about what it is believed about by now too: another may have come since.
fn with_known(key: &Trusted, trust: &TrustStore) -> Trusted {
    let mut key = key.clone();
    let known = trust.find(&key.did).map(|known| &known.toolkits);
    match (&mut key.toolkits, known) {
        (Some(toolkits), Some(Some(known))) => toolkits.extend(known.iter().cloned()),
        (toolkits, Some(None)) => *toolkits = None,
        (_, None) | (None, _) => {}
    }
    key
}

/// Grants what was consented to, to this publisher alone.
fn allow(toolkit: &mut ToolkitPolicy, candidate: &Candidate, consent: &Consent) {
    let publisher = candidate.publisher().clone();
    let Consent::To(grants) = consent else {
        // Who handed over has what the one before had. It is the policy that says who that was: the
        // lock lies where others write, and may name anybody.
        if !candidate.follows(toolkit.publisher.as_ref()) {
            *toolkit = toolkit.of_anyone();
        }
        toolkit.publisher = Some(publisher);
        return;
    };
    if toolkit.publisher.as_ref() != Some(&publisher) {
        *toolkit = ToolkitPolicy::default();
    }
    toolkit.publisher = Some(publisher);
    toolkit.revoked = false;
    toolkit.withheld.retain(|word| !grants.contains(word));
    toolkit.grants.clone_from(grants);
    // A later version may name more; it was these that were shown.
    let net = &candidate.manifest.net;
    toolkit.net = (!net.is_empty()).then(|| net.clone());
}

fn entry(candidate: &Candidate, pinned: bool) -> Result<Entry, Report> {
    let statement = candidate.verified.statement();
    let envelope = candidate.package.envelope_digest().ok_or(TrustError::Unsigned)?;
    Ok(Entry {
        id: candidate.id().to_owned(),
        version: statement.version.clone(),
        source: candidate.from.source.clone(),
        tree: *candidate.verified.tree(),
        digest: candidate.from.digest,
        publisher: statement.publisher.clone(),
        envelope,
        pinned,
    })
}

#[cfg(test)]
#[path = "install_tests.rs"]
mod tests;
