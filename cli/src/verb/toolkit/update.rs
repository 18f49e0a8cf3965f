//! `wbx toolkit update [ID…]`: newer versions, of the same publishers, with the same grants.

use std::collections::BTreeSet;

use miette::Report;
use semver::Version;
use serde_json::{Value, json};
use workbooks_host::registry::{Entry, Lock};

use super::add::{AddError, Belief, Candidate, Consent, Place, install};
use crate::engine::registries;
use crate::engine::workbook::Workbook;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

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
    let mut all = Vec::new();
    for entry in chosen(&added, ids)? {
        let newest = if entry.pinned { None } else { newer(session, entry)? };
        let updated = match newest {
            Some(version) => take(session, &workbook, entry, &version)?,
            None => Updated {
                id: entry.id.clone(),
                from: entry.version.clone(),
                to: entry.version.clone(),
                asks: Vec::new(),
                reaches: Vec::new(),
            },
        };
        all.push((updated, entry.pinned));
    }
    let data: Vec<_> = all.iter().map(|(updated, pinned)| updated.data(*pinned)).collect();
    let text = match all.len() {
        0 => Text::default().line("no toolkit was added here"),
        _ => all.iter().fold(Text::default(), |text, (updated, pinned)| updated.say(text, *pinned)),
    };
    Ok(Answer::new(json!({ "toolkits": data }), text))
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
