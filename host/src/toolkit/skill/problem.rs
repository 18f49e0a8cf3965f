//! What can be wrong with a skill.

use miette::Diagnostic;
use thiserror::Error;

use super::MAX_LINES;
use crate::toolkit::{Invalid, Place, SourceText};

/// What is wrong with one text.
#[derive(Debug, Clone, Error, Diagnostic)]
pub enum SkillError {
    /// It cannot be read as text.
    #[error("{name} {why}")]
    #[diagnostic(code(workbooks::skill::not_text), help("a skill is a page of UTF-8"))]
    NotText {
        /// Name of the file.
        name: String,
        /// What it is instead: the rest of the sentence.
        why: &'static str,
    },
    /// It has problems, in the order of its lines.
    #[error("{}: {}", text.name(), count(problems.len()))]
    #[diagnostic(code(workbooks::skill::invalid), help("correct what is listed"))]
    Invalid {
        /// The file, printable, with the offsets of the original.
        #[source_code]
        text: SourceText,
        /// At most 50 of them.
        #[related]
        problems: Vec<SkillProblem>,
    },
}

impl SkillError {
    /// Each problem of a text that was read; empty if it was not.
    pub fn problems(&self) -> &[SkillProblem] {
        match self {
            Self::Invalid { problems, .. } => problems,
            Self::NotText { .. } => &[],
        }
    }
}

fn count(problems: usize) -> String {
    if problems == 1 { "one problem".to_owned() } else { format!("{problems} problems") }
}

/// One thing that is wrong with a skill.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum SkillProblem {
    /// A keyword of the header is not there.
    #[error("`#+{keyword}` is missing")]
    #[diagnostic(code(workbooks::skill::missing), help("add the line `#+{keyword}: {example}`"))]
    Missing {
        /// The keyword.
        keyword: &'static str,
        /// What may stand there.
        example: String,
        /// The start of the text.
        #[label("of the header")]
        at: Place,
    },
    /// A value cannot be used.
    #[error("`{name}`: {invalid}")]
    #[diagnostic(code(workbooks::skill::value), help("{}", invalid.help))]
    Value {
        /// The keyword, property or argument.
        name: &'static str,
        /// The value, what is wrong with it and what to write.
        invalid: Invalid,
        /// The value.
        #[label("{}", invalid.reason)]
        at: Place,
    },
    /// A keyword stands twice.
    #[error("`#+{keyword}` stands twice")]
    #[diagnostic(code(workbooks::skill::duplicate), help("keep one of the two lines"))]
    Duplicate {
        /// The keyword.
        keyword: &'static str,
        /// The first line.
        #[label("first here")]
        first: Place,
        /// The other.
        #[label(primary, "and again here")]
        at: Place,
    },
    /// One of the six sections is not where it should be.
    #[error("the section {section} {why}")]
    #[diagnostic(
        code(workbooks::skill::section),
        help(
            "a skill has six sections, each a headline of one star, in this order: When to use, \
             Mental model, Workflow, Pitfalls, Verification checklist, See also"
        )
    )]
    Section {
        /// Its title, quoted.
        section: String,
        /// What is wrong with it.
        why: &'static str,
        /// The headline, or where one is missing.
        #[label("here")]
        at: Place,
    },
    /// A source block of the workflow that nobody can refer to.
    #[error("this source block has no caption")]
    #[diagnostic(
        code(workbooks::skill::caption),
        help("say above it what it does: `#+CAPTION: List the notes`")
    )]
    NoCaption {
        /// Its first line.
        #[label("this block")]
        at: Place,
    },
    /// Too few or too many pitfalls.
    #[error("there are {found} pitfalls, and there should be 4 to 6")]
    #[diagnostic(
        code(workbooks::skill::pitfalls),
        help("list what goes wrong most often, as items of one list: `- …`")
    )]
    Pitfalls {
        /// How many items the section's list has.
        found: usize,
        /// The section.
        #[label("in this section")]
        at: Place,
    },
    /// A link that leads nowhere.
    #[error("the link {target} {why}")]
    #[diagnostic(code(workbooks::skill::link), help("correct the link, or add what it names"))]
    Link {
        /// Its target, quoted.
        target: String,
        /// What is wrong with it.
        why: &'static str,
        /// The target.
        #[label("{why}")]
        at: Place,
    },
    /// A text that nobody reads to its end.
    #[error("it has {lines} lines, and should have less than {MAX_LINES}")]
    #[diagnostic(
        code(workbooks::skill::too_long),
        help("move details to texts of their own beside it, and link them")
    )]
    TooLong {
        /// How many it has.
        lines: usize,
        /// Its start.
        #[label("of this text")]
        at: Place,
    },
    /// A block or drawer without an end.
    #[error("it is never closed, so that what is below it is lost")]
    #[diagnostic(
        code(workbooks::skill::unclosed),
        help("add its `#+end_` line, or the `:END:` of the drawer")
    )]
    Unclosed {
        /// Its first line.
        #[label("opened here")]
        at: Place,
    },
    /// The manifest's index does not lead to a skill, or does so twice.
    #[error("the manifest links to `{skill}` {times} times, and should once")]
    #[diagnostic(
        code(workbooks::skill::index),
        help("list it in the manifest, by need: `| to do this | [[file:{skill}]] |`")
    )]
    Index {
        /// The skill's path.
        skill: String,
        /// How often.
        times: usize,
        /// The manifest's first headline.
        #[label("below this")]
        at: Place,
    },
    /// A toolkit of many commands, and nothing that says how they go together.
    #[error("no skill is a task's recipe, though {why}")]
    #[diagnostic(
        code(workbooks::skill::no_recipe),
        help("write a skill that does a whole task, and tag it: `#+TAGS: task`")
    )]
    NoRecipe {
        /// What makes it deep.
        why: String,
        /// The start of the manifest.
        #[label("this toolkit")]
        at: Place,
    },
}

impl SkillProblem {
    /// Where it is.
    pub fn place(&self) -> Place {
        match self {
            Self::Missing { at, .. }
            | Self::Value { at, .. }
            | Self::Duplicate { at, .. }
            | Self::Section { at, .. }
            | Self::NoCaption { at }
            | Self::Pitfalls { at, .. }
            | Self::Link { at, .. }
            | Self::TooLong { at, .. }
            | Self::Unclosed { at }
            | Self::Index { at, .. }
            | Self::NoRecipe { at, .. } => *at,
        }
    }
}
