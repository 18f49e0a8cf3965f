//! `wbx toolkit add [SOURCE]`: fetch → verify → show → ask → store → grant → lock.

mod candidate;
mod error;
mod fit;
mod install;
mod lookalike;
mod offer;
mod replace;
mod restore;
mod risk;

use std::collections::BTreeSet;

use miette::Report;
use serde_json::json;
use workbooks_host::Manifest;
use workbooks_host::registry::Entry;

pub(super) use candidate::{Belief, Candidate};
pub(super) use error::AddError;
pub(super) use install::{Consent, Place, install, turn, write};
pub(super) use offer::Offer;

use crate::args::Add;
use crate::engine::operator;
use crate::engine::registries;
use crate::engine::workbook::Workbook;
use crate::io::{confirm, files};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// The word of `--grant` for no capability.
const NONE: &str = "none";

/// Takes in one toolkit, or all that the lock names.
pub(crate) fn add(session: &Session, args: &Add) -> Result<Answer, Report> {
    match &args.source {
        Some(source) => one(session, source, args),
        None => restore::restore(session, args),
    }
}

fn one(session: &Session, source: &str, args: &Add) -> Result<Answer, Report> {
    let workbook = Workbook::of(session);
    let added = workbook.lock(session)?;
    if args.locked && !files::exists(&workbook.lock_file()) {
        return Err(AddError::NoLock.into());
    }
    let locked = registries::id_of(session, source).filter(|_| args.locked);
    let locked = locked.and_then(|id| added.find(&id)).map(|entry| &entry.version);
    let came = registries::fetch(session, source, locked)?;
    let candidate = Candidate::of(session, came, belief(args))?;
    candidate.check(session, &added, false)?;
    if args.locked {
        let Some(entry) = added.find(candidate.id()) else {
            let why = "it does not name it".to_owned();
            return Err(AddError::Drift { id: candidate.id().to_owned(), why }.into());
        };
        keep_to(entry, &candidate)?;
    }
    let consent = consented(session, &workbook, &candidate, args)?;
    let grants = consent.clone();
    let place = Place { locked: args.locked, ..Place::default() };
    install(session, &workbook, &candidate, &Consent::To(consent), place)?;
    let offer = candidate.offer(session, &workbook, &added, grants)?;
    Ok(Answer::new(json!({ "added": offer.data() }), said(&offer)))
}

fn belief(args: &Add) -> Belief {
    Belief { first_use: args.trust, vouch: args.vouch }
}

/// Shows it, asks, and gives what was granted.
fn consented(
    session: &Session,
    workbook: &Workbook,
    candidate: &Candidate,
    args: &Add,
) -> Result<BTreeSet<String>, Report> {
    let grants = grants(&candidate.manifest, args)?;
    let added = workbook.lock(session)?;
    let offer = candidate.offer(session, workbook, &added, grants.clone())?;
    let question = if grants.is_empty() {
        "add it, and grant it nothing? [y/N] ".to_owned()
    } else {
        let words: Vec<_> = grants.iter().map(String::as_str).collect();
        format!("add it, and grant it {}? [y/N] ", words.join(", "))
    };
    if asked(session, &offer.text(), &question, args.yes).map_err(unconsented)? {
        return Ok(grants);
    }
    Err(AddError::Declined.into())
}

/// What a yes grants: what is named, or what it asks for; to somebody who says it in advance, of
/// that what stays inside the sandbox.
fn grants(manifest: &Manifest, args: &Add) -> Result<BTreeSet<String>, Report> {
    let asked: Vec<_> = manifest.caps.iter().map(|cap| cap.value.clone()).collect();
    if args.grant.is_empty() {
        return Ok(if args.yes { offer::unasked(manifest) } else { asked.into_iter().collect() });
    }
    if args.grant == [NONE] {
        return Ok(BTreeSet::new());
    }
    let named = operator::capabilities(&args.grant)?;
    if let Some(capability) = named.iter().find(|word| !asked.contains(word)) {
        let (id, capability) = (manifest.id.clone(), capability.clone());
        let asked = if asked.is_empty() { "nothing".to_owned() } else { asked.join(" ") };
        return Err(AddError::NotAskedFor { id, capability, asked }.into());
    }
    Ok(named.into_iter().collect())
}

/// Nobody could be asked; what would have been shown, where it was not.
pub(super) struct Unasked(pub(super) String);

/// Shows a report and asks, unless it was said in advance: whether it was a yes.
pub(super) fn asked(
    session: &Session,
    report: &Text,
    question: &str,
    yes: bool,
) -> Result<bool, Unasked> {
    session.output.note(report);
    if yes {
        return Ok(true);
    }
    if session.output.json {
        return Err(Unasked(format!("\n{}", report.render(false, usize::MAX))));
    }
    confirm::consent(question).ok().flatten().ok_or(Unasked(String::new()))
}

fn unconsented(Unasked(report): Unasked) -> AddError {
    AddError::Unconsented { report }
}

/// Refuses what is not what the lock names.
fn keep_to(entry: &Entry, candidate: &Candidate) -> Result<(), AddError> {
    let drift = |why: String| Err(AddError::Drift { id: entry.id.clone(), why });
    if *candidate.publisher() != entry.publisher {
        return drift(format!("its publisher is {}", candidate.publisher()));
    }
    if *candidate.version() != entry.version {
        return drift(format!("its version is {}", candidate.version()));
    }
    if *candidate.verified.tree() != entry.tree {
        return drift("its files are others".to_owned());
    }
    if candidate.package.envelope_digest() != Some(entry.envelope) {
        return drift("it was signed again".to_owned());
    }
    match (entry.digest, candidate.from.digest) {
        (Some(named), Some(came)) if named != came => {
            drift("the registry has it under another digest".to_owned())
        }
        _ => Ok(()),
    }
}

/// How it ended, and what to do next.
fn said(offer: &Offer<'_>) -> Text {
    let id = &offer.manifest.id;
    let granted: Vec<_> = offer.grants.iter().map(String::as_str).collect();
    let may = match granted.as_slice() {
        [] => "it was granted nothing".to_owned(),
        words => format!("it may have: {}", words.join(" ")),
    };
    let text = Text::default()
        .words(Style::Strong, id)
        .line(format!(" {} is added; {may}", offer.version));
    let asked = offer.manifest.caps.iter().map(|cap| cap.value.as_str());
    let withheld: Vec<_> = asked.filter(|cap| !offer.grants.contains(*cap)).collect();
    match withheld.as_slice() {
        [] => text,
        words => text
            .line(format!("it asks for more, if you let it: wbx grant {id} {}", words.join(","))),
    }
}
