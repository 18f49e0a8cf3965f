//! The rules for one text: header, sections, captions, links, length.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::link::{self, Led};
use super::{File, MAX_LINES, Skill, SkillProblem, TASK, Tier};
use crate::toolkit::grammar::version;
use crate::toolkit::outline::{Block, Outline};
use crate::toolkit::place::Place;
use crate::toolkit::text::{has_hazard, quoted};
use crate::toolkit::vocabulary::did_you_mean;
use crate::toolkit::{Invalid, Status};

/// The sections, in their order, and how else the first words of one may be.
const SECTIONS: [&str; 6] =
    ["When to use", "Mental model", "Workflow", "Pitfalls", "Verification checklist", "See also"];
const WORKFLOW: usize = 2;
const PITFALLS: usize = 3;
/// What the drawer of the first section may say.
const FLAGS: [&str; 5] = ["NETWORK", "DESTRUCTIVE", "REQUIRES", "OS", "COST"];

/// A text while it is checked.
pub(super) struct Checking<'t> {
    file: File<'t>,
    pub(super) outline: Outline<'t>,
    pub(super) problems: Vec<SkillProblem>,
}

impl<'t> Checking<'t> {
    pub(super) fn new(file: File<'t>, outline: Outline<'t>) -> Self {
        let mut problems: Vec<_> =
            outline.unclosed.iter().map(|&at| SkillProblem::Unclosed { at }).collect();
        if outline.lines >= MAX_LINES {
            problems.push(SkillProblem::TooLong { lines: outline.lines, at: Place::START });
        }
        Self { file, outline, problems }
    }

    /// A text that says something and whose links lead somewhere.
    pub(super) fn document(&mut self) {
        self.text("TITLE", "What this is about");
        self.links();
    }

    /// A text beside a skill.
    pub(super) fn leaf(&mut self) {
        self.document();
    }

    /// The skill that the text is.
    pub(super) fn skill(&mut self, id: &str) -> Skill {
        let title = self.text("TITLE", "What it does");
        self.same("TOOLKIT", self.file.toolkit, "is not the toolkit's id");
        self.same("SKILL", id, "is not the name of its file");
        let version = self.read("VERSION", "0.1.0", version);
        let status = self.read("STATUS", "stable", Status::from_str);
        let description = self.read("DESCRIPTION", "Use when …", |text| {
            let help = "begin with the need that it meets: `Use when …`";
            let said = text.get(..8).is_some_and(|words| words.eq_ignore_ascii_case("use when"));
            let why = "does not say when it is used";
            if said { Ok(text.to_owned()) } else { Err(Invalid::new(text, why, help)) }
        });
        let tags = self.text("TAGS", "task").unwrap_or_default();
        let words = tags.split([' ', '\t', ',', ':']).filter(|tag| !tag.is_empty());
        let tags: Vec<String> = words.map(ToOwned::to_owned).collect();
        let tier = if tags.iter().any(|tag| tag == TASK) { Tier::Task } else { Tier::Leaf };
        let (flags, steps) = self.sections();
        self.links();
        Skill {
            id: id.to_owned(),
            path: self.file.path.to_owned(),
            title,
            version,
            status,
            description,
            tags,
            tier,
            flags,
            steps,
            leaves: Vec::new(),
        }
    }

    /// Checks all links, and gives the files of the toolkit that they lead to.
    pub(super) fn links(&mut self) -> Vec<String> {
        let mut led = Vec::new();
        let headlines = self.outline.headlines.iter();
        let titles: BTreeSet<&str> = headlines.map(|headline| headline.title).collect();
        for &(target, at) in &self.outline.links {
            let why = match link::follow(self.file.path, target, self.file.paths) {
                Ok(Led::Elsewhere) => continue,
                Ok(Led::To(path)) => {
                    led.push(path);
                    continue;
                }
                Ok(Led::Within(title)) if titles.contains(&*title) => continue,
                Ok(Led::Within(_)) => "leads to a headline that is not there",
                Err(why) => why,
            };
            self.problems.push(SkillProblem::Link { target: quoted(target), why, at });
        }
        led
    }

    fn text(&mut self, keyword: &'static str, example: &str) -> Option<String> {
        self.read(keyword, example, |text| Ok(text.to_owned()))
    }

    /// The one value of a keyword that must be there, read.
    fn read<T>(
        &mut self,
        keyword: &'static str,
        example: &str,
        read: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let of = |name: &str| name.eq_ignore_ascii_case(keyword);
        let mut entries = self.outline.keywords.iter().filter(|entry| of(entry.name));
        let Some(first) = entries.next() else {
            let example = example.to_owned();
            self.problems.push(SkillProblem::Missing { keyword, example, at: Place::START });
            return None;
        };
        let again = entries.map(|entry| SkillProblem::Duplicate {
            keyword,
            first: first.name_place,
            at: entry.name_place,
        });
        self.problems.extend(again);
        let value = match has_hazard(first.value) {
            None => read(first.value),
            Some(_) => Err(Invalid::new(first.value, "has a control character", "delete it")),
        };
        let at = first.place;
        let note = |invalid| SkillProblem::Value { name: keyword, invalid, at };
        value.map_err(|invalid| self.problems.push(note(invalid))).ok()
    }

    fn same(&mut self, keyword: &'static str, wanted: &str, reason: &'static str) {
        self.read(keyword, wanted, |text| {
            let help = format!("write `#+{keyword}: {wanted}`");
            if text == wanted { Ok(()) } else { Err(Invalid::new(text, reason, help)) }
        });
    }

    /// The flags of the first section, and the captions of the third.
    fn sections(&mut self) -> (Vec<(String, String)>, Vec<String>) {
        let mut places = [None; SECTIONS.len()];
        let mut latest = 0;
        let mut problems = Vec::new();
        let tops = self.outline.headlines.iter().enumerate().filter(|(_, h)| h.level == 1);
        for (index, headline) in tops {
            let at = headline.place;
            let mut note = |why| {
                let section = quoted(headline.title);
                problems.push(SkillProblem::Section { section, why, at });
            };
            let is = |section: &&str| section.eq_ignore_ascii_case(headline.title);
            let Some(number) = SECTIONS.iter().position(is) else {
                note("is none of the six: put it below one of them, with two stars");
                continue;
            };
            if places[number].replace(index).is_some() {
                note("stands twice");
            } else if number < latest {
                note("stands too late");
            }
            latest = latest.max(number);
        }
        let end = Place { offset: 0, length: 0, line: self.outline.lines.max(1), column: 1 };
        let end = self.outline.headlines.last().map_or(end, |headline| headline.place);
        for (section, place) in SECTIONS.iter().zip(places) {
            if place.is_none() {
                let section = quoted(section);
                problems.push(SkillProblem::Section { section, why: "is missing", at: end });
            }
        }
        self.problems.extend(problems);
        let flags = places[0].map(|first| self.flags(first)).unwrap_or_default();
        let steps = places[WORKFLOW].map(|workflow| self.steps(workflow)).unwrap_or_default();
        if let Some(pitfalls) = places[PITFALLS].map(|at| &self.outline.headlines[at])
            && !(4..=6).contains(&pitfalls.items)
        {
            let (found, at) = (pitfalls.items, pitfalls.place);
            self.problems.push(SkillProblem::Pitfalls { found, at });
        }
        (flags, steps)
    }

    fn flags(&mut self, section: usize) -> Vec<(String, String)> {
        let mut flags = Vec::new();
        for entry in &self.outline.headlines[section].properties {
            if FLAGS.iter().any(|flag| flag.eq_ignore_ascii_case(entry.name)) {
                flags.push((entry.name.to_ascii_uppercase(), entry.value.to_owned()));
                continue;
            }
            let help = did_you_mean(entry.name, FLAGS.into_iter());
            let invalid = Invalid::new(entry.name, "is not a flag of a skill", help);
            let (name, at) = ("When to use", entry.name_place);
            self.problems.push(SkillProblem::Value { name, invalid, at });
        }
        flags
    }

    fn steps(&mut self, workflow: usize) -> Vec<String> {
        let mut steps = Vec::new();
        let is_source = |block: &&Block<'_>| block.name.eq_ignore_ascii_case("src");
        for block in self.outline.blocks_under(workflow).filter(is_source) {
            let at = block.place;
            match block.caption {
                Some(caption) => steps.push(caption.to_owned()),
                None => self.problems.push(SkillProblem::NoCaption { at }),
            }
            let mut words = block.arguments.split_ascii_whitespace();
            let role = words.find(|word| *word == ":role").map(|_| words.next().unwrap_or(""));
            let has_path = block.arguments.split_ascii_whitespace().any(|word| word == ":path");
            let invalid = match role {
                None | Some("pre") => continue,
                Some("post") if has_path => continue,
                Some("post") => {
                    let help = "name what it made: `:role post :path out.txt`";
                    Invalid::new("post", "has no `:path`", help)
                }
                Some(other) => {
                    let help = did_you_mean(other, ["pre", "post"].into_iter());
                    Invalid::new(other, "is not a role", help)
                }
            };
            self.problems.push(SkillProblem::Value { name: ":role", invalid, at });
        }
        steps
    }
}
