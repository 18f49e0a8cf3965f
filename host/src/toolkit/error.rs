//! What can be wrong with a manifest, and with a single value of one.

use miette::Diagnostic;
use thiserror::Error;

use super::{
    manifest::MAX_MANIFEST_BYTES,
    place::Place,
    text::{SourceText, quoted},
};

/// A value that is not written as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[error("{value} {reason}")]
#[diagnostic(code(workbooks::value::invalid), help("{help}"))]
pub struct Invalid {
    /// The value, quoted, cut and made printable.
    pub value: String,
    /// What is wrong: the rest of a sentence that begins with the value.
    pub reason: String,
    /// What to write instead.
    pub help: String,
}

impl Invalid {
    pub(crate) fn new(value: &str, reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self::quoting(quoted(value), reason, help)
    }

    pub(crate) fn quoting(
        value: String,
        reason: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { value, reason: reason.into(), help: help.into() }
    }
}

/// Why a manifest was refused.
#[derive(Debug, Clone, Error, Diagnostic)]
pub enum ManifestError {
    /// It was not read at all.
    #[error("{name} has {size} bytes, more than the {MAX_MANIFEST_BYTES} a manifest may have")]
    #[diagnostic(
        code(workbooks::manifest::too_large),
        help("a manifest is a page of text: keep skills, sources and assets in files beside it")
    )]
    TooLarge {
        /// Name of the file.
        name: String,
        /// Its size in bytes.
        size: usize,
    },
    /// It is not text.
    #[error("{name} is not UTF-8: byte {offset} begins no character")]
    #[diagnostic(code(workbooks::manifest::not_utf8), help("save the file as UTF-8"))]
    NotUtf8 {
        /// Name of the file.
        name: String,
        /// Offset of the first wrong byte, from 0.
        offset: usize,
        /// The file, with a replacement character for what is not text.
        #[source_code]
        text: SourceText,
        /// The wrong byte.
        #[label("here")]
        at: Place,
    },
    /// It has problems, all of which are listed, in the order of its lines.
    #[error("{}", first_of(text.name(), problems))]
    #[diagnostic(
        code(workbooks::manifest::invalid),
        help("correct what is listed, then run `wbx toolkit check`")
    )]
    Invalid {
        /// The file, printable, with the offsets of the original.
        #[source_code]
        text: SourceText,
        /// Every problem.
        #[related]
        problems: Vec<ManifestProblem>,
    },
}

impl ManifestError {
    /// Each problem of a manifest that was read; empty if it was not.
    pub fn problems(&self) -> &[ManifestProblem] {
        match self {
            Self::Invalid { problems, .. } => problems,
            Self::TooLarge { .. } | Self::NotUtf8 { .. } => &[],
        }
    }
}

fn first_of(name: &str, problems: &[ManifestProblem]) -> String {
    let Some(first) = problems.first() else {
        return format!("{name} is not valid");
    };
    let Place { line, column, .. } = first.place();
    let more = match problems.len() - 1 {
        0 => String::new(),
        1 => ", and one more problem".to_owned(),
        n => format!(", and {n} more problems"),
    };
    format!("{name}:{line}:{column}: {first}{more}")
}

/// One thing that is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum ManifestProblem {
    /// A keyword that must be there is not.
    #[error("`#+{keyword}` is missing: {why}")]
    #[diagnostic(code(workbooks::manifest::missing), help("add the line `#+{keyword}: {example}`"))]
    Missing {
        /// The keyword.
        keyword: &'static str,
        /// Why it must be there.
        why: &'static str,
        /// What may stand there.
        example: String,
        /// What asks for it.
        #[label("asked for here")]
        at: Place,
    },
    /// A value cannot be used.
    #[error("`#+{keyword}`: {invalid}")]
    #[diagnostic(code(workbooks::manifest::value), help("{}", invalid.help))]
    Value {
        /// The keyword.
        keyword: &'static str,
        /// The value, what is wrong with it and what to write.
        invalid: Invalid,
        /// The value.
        #[label("{}", invalid.reason)]
        at: Place,
    },
    /// A word of `#+CAPS` that this host does not know.
    #[error("`#+CAPS`: {invalid}")]
    #[diagnostic(code(workbooks::manifest::capability), help("{}", invalid.help))]
    Capability {
        /// The word and what the host knows.
        invalid: Invalid,
        /// The word.
        #[label("unknown to this host")]
        at: Place,
    },
    /// A keyword that may stand once stands twice.
    #[error("`#+{keyword}` stands twice")]
    #[diagnostic(code(workbooks::manifest::duplicate), help("keep one of the two lines"))]
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
    /// The id and the folder differ.
    #[error("the toolkit is called `{id}`, but its folder {folder}")]
    #[diagnostic(
        code(workbooks::manifest::folder),
        help("rename the folder or the toolkit: they must have the same name")
    )]
    Folder {
        /// The id.
        id: String,
        /// The folder's name, quoted.
        folder: String,
        /// The id's place.
        #[label("not the name of the folder")]
        at: Place,
    },
    /// A property of the drawer and its keyword differ.
    #[error("the property `:{property}:` is {value}, but `#+{keyword}` {says}")]
    #[diagnostic(
        code(workbooks::manifest::drawer),
        help("the drawer repeats the keywords: make them equal, or leave the property out")
    )]
    Drawer {
        /// The property.
        property: &'static str,
        /// The keyword it repeats.
        keyword: &'static str,
        /// The property's value, quoted.
        value: String,
        /// What the keyword says.
        says: String,
        /// The property's place.
        #[label("differs from the keyword")]
        at: Place,
    },
    /// A character that a terminal would obey instead of showing it.
    #[error("{} is a control character and may not stand here", character.escape_unicode())]
    #[diagnostic(
        code(workbooks::manifest::control_character),
        help("delete it: values are printable text, and the only control character is the tab")
    )]
    ControlCharacter {
        /// The character.
        character: char,
        /// The value it is in.
        #[label("in this value")]
        at: Place,
    },
    /// More than one headline is tagged `:toolkit:`.
    #[error("a second headline is tagged `:toolkit:`")]
    #[diagnostic(code(workbooks::manifest::headline), help("a manifest describes one toolkit"))]
    Headline {
        /// The first.
        #[label("first here")]
        first: Place,
        /// The other.
        #[label(primary, "and again here")]
        at: Place,
    },
    /// A block before the first headline has no end.
    #[error("this block is never closed, so that the keywords below it are lost")]
    #[diagnostic(code(workbooks::manifest::block), help("add its `#+end_` line"))]
    Block {
        /// Its first line.
        #[label("opened here")]
        at: Place,
    },
    /// There are more problems than it makes sense to list.
    #[error("there are too many problems to list")]
    #[diagnostic(
        code(workbooks::manifest::too_many),
        help("is this a manifest? `wbx toolkit new` writes one")
    )]
    TooMany {
        /// The last that is listed.
        #[label("not read from here on")]
        at: Place,
    },
}

impl ManifestProblem {
    /// Where it is.
    pub fn place(&self) -> Place {
        match self {
            Self::Missing { at, .. }
            | Self::Value { at, .. }
            | Self::Capability { at, .. }
            | Self::Duplicate { at, .. }
            | Self::Folder { at, .. }
            | Self::Drawer { at, .. }
            | Self::ControlCharacter { at, .. }
            | Self::Headline { at, .. }
            | Self::Block { at }
            | Self::TooMany { at } => *at,
        }
    }
}

/// Something in a manifest that has no effect, though its author may think so.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum ManifestWarning {
    /// A keyword that no toolkit has.
    #[error("`#+{keyword}` is not a keyword of a manifest")]
    #[diagnostic(code(workbooks::manifest::unknown_keyword), severity(Warning), help("{help}"))]
    UnknownKeyword {
        /// As it was written, at most 60 characters.
        keyword: String,
        /// The nearest keyword, if there is one.
        nearest: Option<&'static str>,
        /// What to do.
        help: String,
        /// The file.
        #[source_code]
        text: SourceText,
        /// The keyword's place.
        #[label("has no effect")]
        at: Place,
    },
    /// A keyword where none is read.
    #[error("`#+{keyword}` has no effect here")]
    #[diagnostic(code(workbooks::manifest::misplaced_keyword), severity(Warning), help("{help}"))]
    Misplaced {
        /// The keyword.
        keyword: &'static str,
        /// Where it should stand.
        help: &'static str,
        /// The file.
        #[source_code]
        text: SourceText,
        /// The keyword's place.
        #[label("is not read")]
        at: Place,
    },
}

impl ManifestWarning {
    /// Where it is.
    pub fn place(&self) -> Place {
        match self {
            Self::UnknownKeyword { at, .. } | Self::Misplaced { at, .. } => *at,
        }
    }
}
