//! The skills of a toolkit: short texts that say when and how it is used, read and checked.
//!
//! A skill is `skills/<id>.org`, or `skills/<id>/SKILL.org` with more files beside it. Whoever
//! looks for help reads in tiers and no further than needed: the manifest's index, a task's
//! skill, then the leaves: the skills of single commands, and the files beside a skill.

mod check;
mod link;
mod problem;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::manifest::Manifest;
use super::outline::Outline;
use super::place::Place;
use super::text::source_text;
use super::words::Status;
use crate::provenance::Files;
use check::Checking;
pub use problem::{SkillError, SkillProblem};

/// The lines that a skill has less than, and any other text beside the toolkits.
pub const MAX_LINES: usize = 800;
/// What is read of one skill, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// The file of a skill that is a folder.
const IN_FOLDER: &str = "SKILL.org";
/// The tag of a skill that is about a whole task.
const TASK: &str = "task";
/// Leaves from which on a toolkit is too deep to go without a task's recipe. With the steps of
/// `#+FLOW` below, from the original's rules for authors.
const DEEP_LEAVES: usize = 6;
/// Commands in a row from which on it is.
const DEEP_STEPS: usize = 3;

/// Where a skill stands between the manifest and the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// How a whole task is done: tagged `task`.
    Task,
    /// How one command or aspect is used.
    Leaf,
}

impl Tier {
    /// `task`, `leaf`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Leaf => "leaf",
        }
    }
}

/// A skill, as far as its header could be read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Skill {
    /// The name of its file or folder.
    pub id: String,
    /// The path of its text in the toolkit.
    pub path: String,
    /// `#+TITLE`.
    pub title: Option<String>,
    /// `#+VERSION`.
    pub version: Option<Version>,
    /// `#+STATUS`.
    pub status: Option<Status>,
    /// `#+DESCRIPTION`: when it is needed.
    pub description: Option<String>,
    /// `#+TAGS`.
    pub tags: Vec<String>,
    /// By its tags.
    pub tier: Tier,
    /// The drawer of its first section: what it needs and what it may do, by name.
    pub flags: Vec<(String, String)>,
    /// The captions of its workflow, in order.
    pub steps: Vec<String>,
    /// The other texts of its folder, by their paths in the folder.
    pub leaves: Vec<String>,
}

/// Every skill of a toolkit, and what is wrong with them.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Skills {
    /// Tasks first, then by id.
    pub skills: Vec<Skill>,
    /// What is wrong, by file.
    pub errors: Vec<SkillError>,
}

impl Skills {
    /// Reads the skills among a toolkit's files. One with mistakes is there too.
    pub fn read(manifest: &Manifest, files: &Files) -> Self {
        let folder = manifest.text("SKILL_DIR").unwrap_or("skills");
        let folder = format!("{}/", folder.trim_start_matches("./").trim_end_matches('/'));
        let paths: BTreeSet<&str> = files.iter().map(|(path, _)| path).collect();
        let mut found = Self::default();
        let below = paths.iter().filter_map(|path| Some((*path, path.strip_prefix(&*folder)?)));
        for (path, name) in below.filter(|(_, name)| is_org(name)) {
            let bytes = files.get(path).unwrap_or_default();
            let file = File { toolkit: &manifest.id, path, paths: &paths };
            match id_of(name) {
                Some(id) => {
                    let skill = found.text(&file, bytes, |checking| checking.skill(id));
                    let leaves = leaves(&paths, &format!("{folder}{id}/"));
                    found.skills.extend(skill.map(|skill| Skill { leaves, ..skill }));
                }
                #[expect(
                    clippy::redundant_closure_for_method_calls,
                    reason = "the method has one lifetime"
                )]
                None => drop(found.text(&file, bytes, |checking| checking.leaf())),
            }
        }
        found.skills.sort_by(|a, b| (a.tier, &a.id).cmp(&(b.tier, &b.id)));
        found.manifest(manifest, files, &paths);
        found
    }

    /// The path of a text: of the skill `id`, or `id/leaf` of a text beside it.
    pub fn find(&self, name: &str) -> Option<String> {
        let (id, leaf) = name.split_once('/').unwrap_or((name, ""));
        let skill = self.skills.iter().find(|skill| skill.id == id)?;
        if leaf.is_empty() {
            return Some(skill.path.clone());
        }
        let is = |path: &&String| *path == leaf || path.strip_suffix(".org") == Some(leaf);
        let leaf = skill.leaves.iter().find(is)?;
        Some(format!("{}{leaf}", skill.path.strip_suffix(IN_FOLDER)?))
    }

    /// The rules that the skills keep together: an index, and recipes where it goes deep.
    fn manifest(&mut self, manifest: &Manifest, files: &Files, paths: &BTreeSet<&str>) {
        let path = "manifest.org";
        let bytes = files.get(path).unwrap_or_default();
        let file = File { toolkit: &manifest.id, path, paths };
        let (skills, flow) = (self.skills.clone(), manifest.text("FLOW").unwrap_or_default());
        self.text(&file, bytes, |checking| {
            let links = checking.links();
            let mut told: BTreeMap<&str, usize> = BTreeMap::new();
            for link in &links {
                *told.entry(link).or_default() += 1;
            }
            for skill in &skills {
                let times = told.get(&*skill.path).copied().unwrap_or_default();
                if times != 1 {
                    checking.problems.push(SkillProblem::Index {
                        skill: skill.path.clone(),
                        times,
                        at: checking.outline.headlines.first().map_or(Place::START, |h| h.place),
                    });
                }
            }
            let leaves = skills.iter().filter(|skill| skill.tier == Tier::Leaf).count();
            let steps = flow.split(['→', '|', '>']).filter(|step| !step.trim().is_empty()).count();
            let recipes = skills.len() - leaves;
            if recipes == 0 && (leaves >= DEEP_LEAVES || steps >= DEEP_STEPS) {
                let why = if steps >= DEEP_STEPS {
                    format!("its `#+FLOW` is {steps} commands long")
                } else {
                    format!("it has {leaves} skills")
                };
                checking.problems.push(SkillProblem::NoRecipe { why, at: Place::START });
            }
        });
    }

    /// Reads one text, and keeps what is wrong with it.
    fn text<T>(
        &mut self,
        file: &File<'_>,
        bytes: &[u8],
        check: impl FnOnce(&mut Checking<'_>) -> T,
    ) -> Option<T> {
        let (value, error) = examine(file, bytes, check);
        self.errors.extend(error);
        value
    }
}

/// What is wrong with a text that lies beside the toolkits, such as `AUTHORING.org`: its title,
/// its length, and its links to the files `paths`.
#[expect(clippy::redundant_closure_for_method_calls, reason = "the method has one lifetime")]
pub fn check_document(name: &str, bytes: &[u8], paths: &BTreeSet<&str>) -> Option<SkillError> {
    let file = File { toolkit: "", path: name, paths };
    examine(&file, bytes, |checking| checking.document()).1
}

/// A text, and what is around it.
#[derive(Clone, Copy)]
struct File<'a> {
    toolkit: &'a str,
    path: &'a str,
    /// All files of the toolkit.
    paths: &'a BTreeSet<&'a str>,
}

fn examine<T>(
    file: &File<'_>,
    bytes: &[u8],
    check: impl FnOnce(&mut Checking<'_>) -> T,
) -> (Option<T>, Option<SkillError>) {
    let name = if file.toolkit.is_empty() {
        file.path.to_owned()
    } else {
        format!("{}/{}", file.toolkit, file.path)
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if bytes.len() <= MAX_BYTES => text.strip_prefix('\u{feff}').unwrap_or(text),
        read => {
            let why = if read.is_ok() { "is larger than 1 MiB" } else { "is not UTF-8" };
            return (None, Some(SkillError::NotText { name, why }));
        }
    };
    let mut checking = Checking::new(*file, Outline::of(text));
    let value = check(&mut checking);
    let mut problems = checking.problems;
    problems.sort_by_key(SkillProblem::place);
    problems.truncate(super::collect::MAX_LISTED);
    let error = SkillError::Invalid { text: source_text(&name, text), problems };
    (Some(value), Some(error).filter(|error| !error.problems().is_empty()))
}

/// Whether a file is a text for readers. Its ending is in lower case, as in the links to it.
pub(crate) fn is_org(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending == "org")
}

/// The skill that a text below the folder of skills is; none for a text beside one.
fn id_of(name: &str) -> Option<&str> {
    match name.split_once('/') {
        None => name.strip_suffix(".org"),
        Some((id, rest)) => (rest == IN_FOLDER).then_some(id),
    }
}

/// The texts of a skill's folder.
fn leaves(paths: &BTreeSet<&str>, folder: &str) -> Vec<String> {
    let below = link::below(paths, folder).filter_map(|path| path.strip_prefix(folder));
    below.filter(|path| *path != IN_FOLDER && is_org(path)).map(Into::into).collect()
}
