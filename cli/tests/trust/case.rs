//! What a case says: every key of `case.toml`. Paths are relative to the workbook that `wbx` runs in;
//! `{here}` in a text is where that lies.

use std::collections::BTreeSet;

use serde::Deserialize;
use workbooks_host::provenance::Timestamp;

use crate::archive::Entry;
use crate::toolkit::Toolkit;

/// What is done, to which toolkits, and whom the stranger believes beforehand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Case {
    /// Why the case is there, where its name does not say it.
    #[serde(rename = "about")]
    pub(crate) _about: String,
    /// Toolkits as their authors made them; `echo` alone if none is named.
    #[serde(rename = "toolkit")]
    pub(crate) toolkits: Vec<Toolkit>,
    /// Whom the stranger believes; `ada` alone if nobody is named.
    pub(crate) believed: Vec<Believed>,
    /// What is done, in turn.
    pub(crate) steps: Vec<Step>,
}

impl Default for Case {
    fn default() -> Self {
        let ada = Believed { key: "ada".into(), until: None, revoked: None, toolkits: None };
        let toolkits = vec![Toolkit::default()];
        Self { _about: String::new(), toolkits, believed: vec![ada], steps: Vec::new() }
    }
}

/// An entry of the trust store.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Believed {
    /// Whose key.
    pub(crate) key: String,
    /// Until when.
    pub(crate) until: Option<Timestamp>,
    /// Since when no more.
    pub(crate) revoked: Option<Timestamp>,
    /// About these toolkits alone.
    pub(crate) toolkits: Option<BTreeSet<String>>,
}

/// One thing that is done. A `file` of [`Flip`](Step::Flip) and [`Replace`](Step::Replace) may be a
/// folder: the first file is meant that has the words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) enum Step {
    /// `wbx` with these words, and what it says.
    Wbx(String),
    /// The same by somebody who holds a key, and succeeds: name, words.
    As([String; 2]),
    /// Several at once.
    AtOnce(Vec<String>),
    /// One bit of the byte behind these words is another.
    Flip { file: String, after: String },
    /// These words are others, each time they are there.
    Replace { file: String, from: String, to: String },
    /// A file is written.
    Write { file: String, text: String },
    /// From, to.
    Move([String; 2]),
    /// From, to.
    Copy([String; 2]),
    /// The first is put behind the second.
    Append([String; 2]),
    /// A file ends after as many bytes.
    Cut { file: String, at: usize },
    /// A file or a folder goes.
    Remove(String),
    /// A symbolic link, and where it leads.
    Link([String; 2]),
    /// A pipe.
    Pipe(String),
    /// A toolkit is made, in the place of what is there.
    Make(Toolkit),
    /// What lies at the first goes to the directory registry at the second.
    Publish([String; 2]),
    /// A key's own statement is written: that another takes its place, or that it is no more.
    Rotate { file: String, key: String, to: Option<String> },
    /// Words of the signed statement are others; signed anew if somebody does.
    Restate { at: String, from: String, to: String, by: Option<String> },
    /// An archive, by its ending: all of a folder, and entries that no program would write.
    Pack {
        file: String,
        of: Option<String>,
        #[serde(default)]
        with: Vec<Entry>,
    },
    /// The layer of files that a registry has of a toolkit is another, and all digests are right.
    Layer { registry: String, id: String, with: Vec<Entry> },
}
