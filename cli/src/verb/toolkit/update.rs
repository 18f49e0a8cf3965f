//! `wbx toolkit update [ID…]`: newer versions, of the same publishers, with the same grants. One
//! that fails stays as it is, and the others are updated.

use std::collections::BTreeSet;

use miette::{Diagnostic, Report};
use semver::Version;
use serde_json::{Value, json};
use thiserror::Error;
use workbooks_host::registry::{Entry, Lock};

use super::add::{AddError, Belief, Candidate, Consent, Place, install};
use crate::engine::registries;
use crate::engine::workbook::Workbook;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Some were not updated. Its class is that of the first of them.
#[derive(Debug, Error, Diagnostic)]
#[error("{} of {all} toolkits stay as they were{done}", others.len() + 1)]
struct Partly {
    all: usize,
    /// What was updated, where it was not said before.
    done: String,
    #[source]
    #[diagnostic_source]
    first: NotUpdated,
    #[related]
    others: Vec<NotUpdated>,
}

/// One that was not updated.
#[derive(Debug, Error)]
#[error("`{id}` was not updated")]
struct NotUpdated {
    id: String,
    why: Report,
}

/// What became of one toolkit.
struct Updated {
    id: String,
    from: Version,
    to: Version,
    /// What the new version asks for and does not get.
    asks: Vec<String>,
    /// Destinations that it names and that nobody consented to.
    reaches: Vec<String>,
}

/// Updates those that are named, or all that are not pinned.
pub(crate) fn update(session: &Session, ids: &[String]) -> Result<Answer, Report> {
    let workbook = Workbook::of(session);
    let added = workbook.lock(session)?;
    let (mut all, mut failed) = (Vec::new(), Vec::new());
    let chosen = chosen(&added, ids)?;
    for entry in &chosen {
        match one(session, &workbook, entry) {
            Ok(updated) => all.push((updated, entry.pinned)),
            Err(why) => failed.push(NotUpdated { id: entry.id.clone(), why }),
        }
    }
    let data: Vec<_> = all.iter().map(|(updated, pinned)| updated.data(*pinned)).collect();
    let text = match chosen.len() {
        0 => Text::default().line("no toolkit was added here"),
        _ => all.iter().fold(Text::default(), |text, (updated, pinned)| updated.say(text, *pinned)),
    };
    if failed.is_empty() {
        return Ok(Answer::new(json!({ "toolkits": data }), text));
    }
    let first = failed.remove(0);
    if chosen.len() == 1 {
        return Err(first.why);
    }
    let done = if session.output.json {
        let done = text.render(false, usize::MAX);
        done.lines().fold(String::new(), |done, line| done + "\n" + line)
    } else {
        session.output.announce(Answer::new(Value::Null, text));
        String::new()
    };
    Err(Partly { all: chosen.len(), done, first, others: failed }.into())
}

fn one(session: &Session, workbook: &Workbook, entry: &Entry) -> Result<Updated, Report> {
    let newest = if entry.pinned { None } else { newer(session, entry)? };
    if let Some(version) = newest {
        return take(session, workbook, entry, &version);
    }
    Ok(Updated {
        id: entry.id.clone(),
        from: entry.version.clone(),
        to: entry.version.clone(),
        asks: Vec::new(),
        reaches: Vec::new(),
    })
}

impl Diagnostic for NotUpdated {
    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        Some(self.why.as_ref())
    }
}

/// The entries that are meant.
pub(super) fn chosen<'a>(added: &'a Lock, ids: &[String]) -> Result<Vec<&'a Entry>, AddError> {
    if ids.is_empty() {
        return Ok(added.entries().collect());
    }
    let ids: BTreeSet<_> = ids.iter().collect();
    let find =
        |id: &&String| added.find(id).ok_or_else(|| AddError::NotAdded { id: (*id).clone() });
    ids.iter().map(find).collect()
}

/// The newest version where an entry came from, if it is newer. A pre-release is one only to what
/// is a pre-release itself.
pub(super) fn newer(session: &Session, entry: &Entry) -> Result<Option<Version>, Report> {
    let versions = registries::versions(session, entry)?.unwrap_or_default();
    let fits = |version: &Version| {
        *version > entry.version && (version.pre.is_empty() || !entry.version.pre.is_empty())
    };
    Ok(versions.into_iter().filter(fits).max())
}

fn take(
    session: &Session,
    workbook: &Workbook,
    entry: &Entry,
    version: &Version,
) -> Result<Updated, Report> {
    let came = registries::fetch_version(session, entry, version)?;
    let candidate = Candidate::of(session, came, Belief::default())?;
    install(session, workbook, &candidate, &Consent::AsBefore, Place::default())?;
    let policy = workbook.policy(session)?;
    let toolkit = policy.toolkit(&entry.id).cloned().unwrap_or_default();
    let caps = candidate.manifest.caps.iter().map(|cap| cap.value.clone());
    let named = toolkit.net.unwrap_or_default();
    let beyond = |wanted: &&workbooks_host::toolkit::Destination| {
        !named.is_empty() && !named.iter().any(|allowed| allowed.contains(wanted))
    };
    Ok(Updated {
        id: entry.id.clone(),
        from: entry.version.clone(),
        to: candidate.version().clone(),
        asks: caps.filter(|cap| !toolkit.grants.contains(cap)).collect(),
        reaches: candidate.manifest.net.iter().filter(beyond).map(ToString::to_string).collect(),
    })
}

impl Updated {
    fn data(&self, pinned: bool) -> Value {
        json!({
            "id": self.id, "from": self.from.to_string(), "to": self.to.to_string(),
            "pinned": pinned, "not_granted": self.asks, "not_reached": self.reaches,
        })
    }

    fn say(&self, text: Text, pinned: bool) -> Text {
        let text = text.words(Style::Strong, &self.id);
        if self.from == self.to {
            let why = if pinned { "is pinned" } else { "is the newest" };
            return text.line(format!(" {} {why}", self.to));
        }
        let mut text = text.line(format!(" {} → {}", self.from, self.to));
        if !self.asks.is_empty() {
            let words = self.asks.join(",");
            text = text
                .words(Style::Bad, "  not granted: ")
                .line(format!("{words}; if you let it: wbx grant {} {words}", self.id));
        }
        if !self.reaches.is_empty() {
            text = text.words(Style::Bad, "  not reached: ").line(format!(
                "{}; nobody consented to that: `wbx toolkit add` asks again",
                self.reaches.join(" ")
            ));
        }
        text
    }
}
