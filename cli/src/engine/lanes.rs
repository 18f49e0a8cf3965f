//! The lanes as they stand on this machine, and what an installation takes. With `embedded` the
//! only file that has the compilers do anything.

use std::path::Path;

use miette::Report;
use serde_json::{Value, json};
use workbooks_compilers::provision::State;
use workbooks_compilers::{
    Compilers, Kind, Lack, Lane, Language, Others, PinnedSource, Standing, languages,
};
use workbooks_host::toolkit::Word as _;

use super::embedded::with_archives;
use crate::session::Session;

/// A language, and how its lane stands on this machine.
#[derive(Debug)]
pub(crate) struct LanguageState {
    /// Its word in `#+BUILD_LANG`.
    pub(crate) language: Language,
    /// Its lane; none if there is none yet.
    pub(crate) lane: Option<LaneState>,
}

/// A lane as it stands on this machine.
#[derive(Debug)]
pub(crate) struct LaneState {
    /// Its word.
    pub(crate) word: &'static str,
    /// One line about it.
    pub(crate) title: String,
    /// How it comes to a module.
    pub(crate) kind: &'static str,
    /// Package and version of its engine; of one that is here, the package that it was made of.
    pub(crate) engine: String,
    /// The packages that it is fetched as; of each row, one is enough.
    pub(crate) sources: Vec<Vec<Fetched>>,
    /// The licences of what is fetched.
    pub(crate) licence: String,
    /// The lanes that it needs.
    pub(crate) needs: Vec<String>,
    /// How it stands.
    pub(crate) standing: Standing,
    /// What its packages and their code take.
    pub(crate) cost: Takes,
    /// Bytes on disk, measured where it is here.
    pub(crate) measured: Option<u64>,
    /// Versions of it that this program does not use.
    pub(crate) others: Others,
    /// What the language cannot do.
    pub(crate) lacks: Vec<Lack>,
}

/// A package, and who fetches it.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    /// Name and version.
    pub(crate) package: String,
    /// The package client.
    pub(crate) client: &'static str,
}

/// What installing takes, said before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Takes {
    /// Bytes on disk.
    pub(crate) disk: u64,
    /// Seconds of CPU time.
    pub(crate) cpu_seconds: u64,
    /// Bytes of memory at the peak.
    pub(crate) memory: u64,
}

impl Takes {
    fn of(lane: &dyn Lane) -> Self {
        let cost = lane.pinned().cost;
        Self { disk: cost.disk_bytes, cpu_seconds: cost.cpu_seconds, memory: cost.memory_bytes }
    }

    /// With another that is installed afterwards.
    fn and(self, other: Self) -> Self {
        Self {
            disk: self.disk + other.disk,
            cpu_seconds: self.cpu_seconds + other.cpu_seconds,
            memory: self.memory.max(other.memory),
        }
    }
}

impl LaneState {
    /// By which clients it is fetched, and as which packages.
    pub(crate) fn fetched_by(&self) -> String {
        let one = |one: &Fetched| format!("{} ({})", one.client, one.package);
        let row = |row: &Vec<Fetched>| row.iter().map(one).collect::<Vec<_>>().join(" or ");
        self.sources.iter().map(row).collect::<Vec<_>>().join(", ")
    }

    /// Bytes on disk, and whether they are measured.
    pub(crate) fn disk(&self) -> String {
        match self.measured {
            Some(bytes) => format!("{} MiB", bytes >> 20),
            None => format!("about {} MiB", self.cost.disk >> 20),
        }
    }
}

impl LanguageState {
    /// Whether it, or its lane, has this word.
    pub(crate) fn is_called(&self, word: &str) -> bool {
        let lane = self.lane.as_ref().is_some_and(|lane| lane.word == word);
        lane || self.language.word() == word || self.language.aliases().contains(&word)
    }

    /// How the lane stands, in a word.
    pub(crate) fn state(&self) -> &'static str {
        self.lane.as_ref().map_or("not available yet", |lane| lane.standing.word())
    }

    /// For programs.
    pub(crate) fn data(&self) -> Value {
        let language = self.language.to_string();
        let Some(lane) = &self.lane else {
            return json!({ "language": language, "lane": null, "state": "unavailable" });
        };
        let lacks: Vec<_> = lane
            .lacks
            .iter()
            .map(|lack| {
                json!({ "feature": lack.feature, "happens": lack.happens, "instead": lack.instead })
            })
            .collect();
        let sources: Vec<Vec<_>> = lane
            .sources
            .iter()
            .map(|row| {
                let one = |one: &Fetched| json!({ "package": one.package, "client": one.client });
                row.iter().map(one).collect()
            })
            .collect();
        json!({
            "language": language, "lane": lane.word, "title": lane.title, "kind": lane.kind,
            "engine": lane.engine, "licence": lane.licence, "needs": lane.needs,
            "sources": sources,
            "state": lane.standing.word(), "measured_bytes": lane.measured,
            "disk_bytes": lane.cost.disk, "cpu_seconds": lane.cost.cpu_seconds,
            "memory_bytes": lane.cost.memory, "lacks": lacks,
            "other_versions": lane.others.versions, "other_bytes": lane.others.bytes,
        })
    }
}

/// Every language.
pub(crate) fn all(session: &Session) -> Result<Vec<LanguageState>, Report> {
    with_archives(session, None, |compilers| {
        languages()
            .map(|(language, lane)| {
                let lane = lane.map(|lane| look(compilers, language, lane)).transpose()?;
                Ok(LanguageState { language, lane })
            })
            .collect::<Result<_, Report>>()
    })
}

fn look(
    compilers: &Compilers<'_>,
    language: Language,
    lane: &dyn Lane,
) -> Result<LaneState, Report> {
    let pinned = lane.pinned();
    let made_of = match compilers.state(lane.word())? {
        State::Installed(toolchain) => toolchain.made_of.into_iter().next(),
        State::Missing | State::Damaged { .. } => None,
    };
    Ok(LaneState {
        word: lane.word(),
        title: pinned.title.clone(),
        kind: match lane.kind() {
            Kind::ToWasm => "to wasm",
            Kind::ToC => "to C",
            Kind::Run => "run",
        },
        engine: made_of.unwrap_or_else(|| pinned.package().to_string()),
        sources: sources(lane),
        licence: pinned.licence.clone(),
        needs: pinned.needs.clone(),
        standing: compilers.standing(lane.word())?,
        cost: Takes::of(lane),
        measured: compilers.disk_bytes(lane.word())?,
        others: compilers.others(lane.word())?,
        lacks: pinned.lacks_of(language).cloned().collect(),
    })
}

fn sources(lane: &dyn Lane) -> Vec<Vec<Fetched>> {
    let fetched = |source: &PinnedSource| Fetched {
        package: source.package.to_string(),
        client: source.package.registry.client(),
    };
    lane.pinned().ways().map(|row| row.into_iter().map(fetched).collect()).collect()
}

/// What each lane is fetched as: its word, and rows of which one package each is enough.
pub(crate) fn all_sources() -> Vec<(&'static str, Vec<Vec<Fetched>>)> {
    workbooks_compilers::LANES.iter().map(|lane| (lane.word(), sources(*lane))).collect()
}

/// The words of all lanes.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    workbooks_compilers::LANES.iter().map(|lane| lane.word())
}

/// The words of the lanes that are here, whole or not.
pub(crate) fn here(session: &Session) -> Result<Vec<&'static str>, Report> {
    with_archives(session, None, |compilers| {
        let mut here = Vec::new();
        for word in words() {
            if compilers.standing(word)? != Standing::Missing {
                here.push(word);
            }
        }
        Ok::<_, Report>(here)
    })
}

/// Refuses what is no lane and no language that has one.
pub(crate) fn check(session: &Session, word: &str) -> Result<(), Report> {
    with_archives(session, None, |compilers| compilers.state(word).map(drop))
}

/// The word of the lane that a person means by the word of one of its languages.
pub(crate) fn lane_of(word: &str) -> &str {
    workbooks_compilers::find(word).map_or(word, |lane| lane.word())
}

/// Whether there is a lane for a language.
pub(crate) fn builds(language: &str) -> bool {
    workbooks_compilers::find(language).is_some()
}

/// What is still to be installed for these lanes, in order, and what it takes together.
pub(crate) fn to_install(
    session: &Session,
    lanes: &[&str],
) -> Result<(Vec<&'static str>, Takes), Report> {
    with_archives(session, None, |compilers| {
        let all = compilers.to_install(lanes)?;
        let takes = all.iter().fold(Takes::default(), |sum, lane| sum.and(Takes::of(*lane)));
        Ok::<_, Report>((all.iter().map(|lane| lane.word()).collect(), takes))
    })
}

/// Fetches, checks and prepares compilers, or reads again and repairs those that are here. Archives
/// come from the folder `from`, if one is named, and nothing else is asked then.
///
/// Gives the words of the lanes, each once.
pub(crate) fn install(
    session: &Session,
    lanes: &[&str],
    from: Option<&Path>,
) -> Result<Vec<String>, Report> {
    session.home.make()?;
    with_archives(session, from, |compilers| {
        let mut ready: Vec<String> = Vec::new();
        for lane in lanes {
            let lane = compilers.install(lane)?.pinned.lane;
            if !ready.contains(&lane) {
                ready.push(lane);
            }
        }
        Ok::<_, Report>(ready)
    })
}

/// What other versions of these lanes take; removed, if `remove` says so.
pub(crate) fn others(session: &Session, lanes: &[String], remove: bool) -> Result<Others, Report> {
    with_archives(session, None, |compilers| {
        let mut all = Others::default();
        for lane in lanes {
            let others = if remove { compilers.sweep(lane)? } else { compilers.others(lane)? };
            all.versions += others.versions;
            all.bytes += others.bytes;
        }
        Ok::<_, Report>(all)
    })
}

/// Reads every file of a lane's compiler again.
pub(crate) fn verify(session: &Session, lane: &str) -> Result<(), Report> {
    with_archives(session, None, |compilers| compilers.verify(lane).map(drop))
}

/// Removes a lane's compiler; whether it was here.
pub(crate) fn remove(session: &Session, lane: &str, force: bool) -> Result<bool, Report> {
    with_archives(session, None, |compilers| compilers.remove(lane, force))
}
