//! `workspace.org`: the members of a workspace, read and checked. Text only; no disk is asked.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use miette::Diagnostic;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

use crate::provenance::Did;
use crate::toolkit::{
    Entry, Headline, Invalid, Outline, Place, RelativePath, SourceText, did, did_you_mean,
    has_hazard, quoted, source_text,
};

/// The name of the file.
pub const WORKSPACE: &str = "workspace.org";
/// The largest workspace that is read, in bytes.
pub const MAX_WORKSPACE_BYTES: usize = 1 << 20;
/// The most members that one may have.
pub const MAX_MEMBERS: usize = 1_000;
/// The longest id, in characters.
const MAX_ID: usize = 48;
/// Problems that are listed of one workspace.
const MAX_LISTED: usize = 50;

/// A workspace and its members. Made by [`Workspace::parse`] alone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Workspace {
    /// `#+TITLE`.
    pub title: Option<String>,
    /// `#+WORKSPACE`: its name.
    pub name: Option<String>,
    /// `#+OWNER`: the DID whose it is. Without one it is nobody's.
    pub owner: Option<String>,
    /// The members, in the order of the file; each id and each place is there once.
    pub members: Vec<Member>,
}

/// A member: a headline that is tagged `:member:` or has a `:PATH:` or `:DID:`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The slug of its title: `[a-z0-9-]`, at most 48 characters.
    pub id: String,
    /// The headline.
    pub title: String,
    /// `:PATH:`: its file or folder below the workspace, never one whose name begins with a dot.
    /// One without a path is kept elsewhere.
    pub path: Option<String>,
    /// `:DID:`: who may use it besides the owner.
    pub did: Option<String>,
    /// `:SCOPE:`; read if absent.
    pub scope: Scope,
}

/// What those who may use a member may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Look at it.
    Read,
    /// Change it too.
    Write,
}

impl Scope {
    fn read(word: &str) -> Result<Self, Invalid> {
        match word {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            _ => {
                let help = did_you_mean(word, ["read", "write"].into_iter());
                Err(Invalid::new(word, "is not a scope", help))
            }
        }
    }

    /// How it is written: `read`, `write`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Why a workspace was refused.
#[derive(Debug, Clone, Error, Diagnostic)]
pub enum WorkspaceError {
    /// It was not read at all.
    #[error("{name} has {size} bytes, more than the {MAX_WORKSPACE_BYTES} a workspace may have")]
    #[diagnostic(
        code(workbooks::workspace::too_large),
        help("it lists members: keep their content in files of their own")
    )]
    TooLarge {
        /// Name of the file.
        name: String,
        /// Its size in bytes.
        size: usize,
    },
    /// It is not text.
    #[error("{name} is not UTF-8: byte {offset} begins no character")]
    #[diagnostic(code(workbooks::workspace::not_utf8), help("save the file as UTF-8"))]
    NotUtf8 {
        /// Name of the file.
        name: String,
        /// Offset of the first wrong byte, from 0.
        offset: usize,
    },
    /// It has problems, listed in the order of its lines.
    #[error("{}: {}", text.name(), count(problems.len()))]
    #[diagnostic(code(workbooks::workspace::invalid), help("correct what is listed"))]
    Invalid {
        /// The file, printable, with the offsets of the original.
        #[source_code]
        text: SourceText,
        /// At most 50 of them.
        #[related]
        problems: Vec<WorkspaceProblem>,
    },
}

fn count(problems: usize) -> String {
    match problems {
        1 => "one problem".to_owned(),
        n if n < MAX_LISTED => format!("{n} problems"),
        n => format!("{n} problems or more"),
    }
}

/// One thing that is wrong with a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum WorkspaceProblem {
    /// A value cannot be used.
    #[error("`{name}`: {invalid}")]
    #[diagnostic(code(workbooks::workspace::value), help("{}", invalid.help))]
    Value {
        /// The keyword or property.
        name: &'static str,
        /// The value, what is wrong with it and what to write.
        invalid: Invalid,
        /// The value.
        #[label("{}", invalid.reason)]
        at: Place,
    },
    /// What may stand once stands twice.
    #[error("{what} stands twice")]
    #[diagnostic(code(workbooks::workspace::duplicate), help("{help}"))]
    Duplicate {
        /// What.
        what: String,
        /// What to do.
        help: &'static str,
        /// The first.
        #[label("first here")]
        first: Place,
        /// The other.
        #[label(primary, "and again here")]
        at: Place,
    },
    /// One member would lie within another, so that whoever has the one has the other.
    #[error("the member {inner} lies within the member {outer}")]
    #[diagnostic(
        code(workbooks::workspace::overlap),
        help("who may use the outer one could use the inner one too: put them beside each other")
    )]
    Overlap {
        /// The id of the one.
        inner: String,
        /// The id of the other.
        outer: String,
        /// The first of the two.
        #[label("one is here")]
        first: Place,
        /// The other.
        #[label(primary, "and one is here")]
        at: Place,
    },
    /// A headline tagged `:member:` that says neither where nor who it is.
    #[error("a member needs a `:PATH:`, or the `:DID:` of whoever keeps it")]
    #[diagnostic(
        code(workbooks::workspace::missing),
        help("add below the headline: `:PROPERTIES:`, `:PATH: its/folder`, `:END:`")
    )]
    Missing {
        /// The headline.
        #[label("of this member")]
        at: Place,
    },
    /// A block or drawer without an end.
    #[error("it is never closed, so that what is below it is lost")]
    #[diagnostic(
        code(workbooks::workspace::unclosed),
        help("add its `#+end_` line, or the `:END:` of the drawer")
    )]
    Unclosed {
        /// Its first line.
        #[label("opened here")]
        at: Place,
    },
    /// Too much.
    #[error("it has more than {MAX_MEMBERS} members")]
    #[diagnostic(code(workbooks::workspace::too_many), help("make several workspaces"))]
    TooMany {
        /// The first that is too many.
        #[label("not read from here on")]
        at: Place,
    },
}

impl WorkspaceProblem {
    /// Where it is.
    pub fn place(&self) -> Place {
        match self {
            Self::Value { at, .. }
            | Self::Duplicate { at, .. }
            | Self::Overlap { at, .. }
            | Self::Missing { at }
            | Self::Unclosed { at }
            | Self::TooMany { at } => *at,
        }
    }
}

impl Workspace {
    /// Reads a workspace; `name` is what its file is called in messages.
    ///
    /// # Errors
    /// [`WorkspaceError`]: too large, not UTF-8, or its problems at once.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, WorkspaceError> {
        if bytes.len() > MAX_WORKSPACE_BYTES {
            return Err(WorkspaceError::TooLarge { name: name.to_owned(), size: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| WorkspaceError::NotUtf8 {
            name: name.to_owned(),
            offset: error.valid_up_to(),
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reading = Reading::default();
        let workspace = reading.workspace(&Outline::of(text));
        let mut problems = reading.problems;
        if problems.is_empty() {
            return Ok(workspace);
        }
        problems.sort_by_key(WorkspaceProblem::place);
        problems.truncate(MAX_LISTED);
        Err(WorkspaceError::Invalid { text: source_text(name, text), problems })
    }

    /// The member of this id.
    pub fn member(&self, id: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }
}

/// What was read so far, and what is wrong with it.
#[derive(Default)]
struct Reading {
    problems: Vec<WorkspaceProblem>,
    /// Ids, and where they were given.
    ids: BTreeMap<String, Place>,
    /// Paths as the least discerning file system compares them, each with a `/` at its end, so
    /// that whatever lies within one comes right after it.
    paths: BTreeMap<String, (String, Place)>,
}

impl Reading {
    fn workspace(&mut self, outline: &Outline<'_>) -> Workspace {
        self.problems.extend(outline.unclosed.iter().map(|&at| WorkspaceProblem::Unclosed { at }));
        let keywords = &outline.keywords;
        let text = |text: &str| Ok(text.to_owned());
        let title = self.one("#+TITLE", keywords, text);
        let name = self.one("#+WORKSPACE", keywords, text);
        let owner = self.one("#+OWNER", keywords, identity);
        let mut members = Vec::new();
        for headline in outline.headlines.iter().filter(|headline| is_member(headline)) {
            if members.len() == MAX_MEMBERS {
                self.problems.push(WorkspaceProblem::TooMany { at: headline.place });
                break;
            }
            members.extend(self.member(headline));
        }
        self.overlaps();
        Workspace { title, name, owner, members }
    }

    fn member(&mut self, headline: &Headline<'_>) -> Option<Member> {
        let of = &headline.properties;
        let path = self.one(":PATH", of, member_path);
        let did = self.one(":DID", of, identity);
        let scope = self.one(":SCOPE", of, Scope::read).unwrap_or(Scope::Read);
        let at = headline.place;
        let given = |name: &str| of.iter().any(|entry| entry.name.eq_ignore_ascii_case(name));
        if !given("PATH") && !given("DID") {
            self.problems.push(WorkspaceProblem::Missing { at });
        }
        let id = self.id(headline)?;
        if let Some(path) = &path {
            let place = entry_of(of, "PATH").map_or(at, |entry| entry.place);
            let folded: String = folded(path) + "/";
            if let Some((_, first)) = self.paths.insert(folded, (id.clone(), place)) {
                let what = format!("the path {}", quoted(path));
                let help = "each member has a file or folder of its own";
                self.problems.push(WorkspaceProblem::Duplicate { what, help, first, at: place });
            }
        }
        Some(Member { id, title: headline.title.to_owned(), path, did, scope })
    }

    fn id(&mut self, headline: &Headline<'_>) -> Option<String> {
        let at = headline.place;
        let id = slug(headline.title);
        let invalid = if has_hazard(headline.title).is_some() {
            Some("has a character that is not shown, or turns the direction of text")
        } else {
            id.is_empty().then_some("has no letter or digit that an id may have")
        };
        if let Some(reason) = invalid {
            let help = "a member's id is made of the letters a to z and the digits of its title";
            let invalid = Invalid::new(headline.title, reason, help);
            self.problems.push(WorkspaceProblem::Value { name: "title", invalid, at });
            return None;
        }
        if let Some(&first) = self.ids.get(&id) {
            let what = format!("the member `{id}`");
            let help = "an id is made of the title's letters and digits: name the two differently";
            self.problems.push(WorkspaceProblem::Duplicate { what, help, first, at });
            return None;
        }
        self.ids.insert(id.clone(), at);
        Some(id)
    }

    /// The one value of a keyword (`#+NAME`) or property (`:NAME`), read.
    fn one<T>(
        &mut self,
        name: &'static str,
        entries: &[Entry<'_>],
        read: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let bare = name.trim_start_matches(['#', '+', ':']);
        let mut of = entries.iter().filter(|entry| entry.name.eq_ignore_ascii_case(bare));
        let first = of.next()?;
        for entry in of {
            self.problems.push(WorkspaceProblem::Duplicate {
                what: format!("`{name}:`"),
                help: "keep one of the two lines",
                first: first.name_place,
                at: entry.name_place,
            });
        }
        let value = if has_hazard(first.value).is_some() {
            let reason = "has a character that is not shown, or turns the direction of text";
            Err(Invalid::new(first.value, reason, "delete it"))
        } else {
            read(first.value)
        };
        let problem = |invalid| WorkspaceProblem::Value { name, invalid, at: first.place };
        value.map_err(|invalid| self.problems.push(problem(invalid))).ok()
    }

    /// Notes each member that lies within another.
    fn overlaps(&mut self) {
        for (path, (inner, at)) in &self.paths {
            let above = path.trim_end_matches('/').match_indices('/').map(|(end, _)| &path[..=end]);
            for (outer, first) in above.filter_map(|above| self.paths.get(above)) {
                let (first, at) = (*first.min(at), *first.max(at));
                let (inner, outer) = (quoted(inner), quoted(outer));
                self.problems.push(WorkspaceProblem::Overlap { inner, outer, first, at });
            }
        }
    }
}

fn entry_of<'a, 't>(entries: &'a [Entry<'t>], name: &str) -> Option<&'a Entry<'t>> {
    entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
}

fn is_member(headline: &Headline<'_>) -> bool {
    headline.tags.iter().any(|tag| tag.eq_ignore_ascii_case("member"))
        || ["PATH", "DID"].iter().any(|name| entry_of(&headline.properties, name).is_some())
}

/// A DID; one that says that it is a key is one.
fn identity(text: &str) -> Result<String, Invalid> {
    if text.starts_with("did:key:") {
        let help = "`wbx key show` prints yours; only Ed25519 keys are known here";
        return Did::from_str(text)
            .map(|did| did.to_string())
            .map_err(|why| Invalid::new(text, format!("cannot be used: {why}"), help));
    }
    did(text)
}

/// A path below the workspace that is not the workspace, its description, or hidden.
fn member_path(text: &str) -> Result<String, Invalid> {
    let path = RelativePath::from_str(text)?;
    let help = "name a file or folder below the workspace: `members/ada`";
    let reason = if path.as_str() == "." {
        "is the workspace itself"
    } else if path.as_str().split('/').any(|part| part.starts_with('.')) {
        "has a part that begins with a dot"
    } else if folded(path.as_str()) == WORKSPACE {
        "says who may use what, and is no member"
    } else {
        return Ok(path.as_str().to_owned());
    };
    Err(Invalid::new(text, reason, help))
}

/// A path as the least discerning file system compares it.
fn folded(path: &str) -> String {
    path.nfkd().flat_map(char::to_lowercase).collect::<String>().nfkc().collect()
}

/// The id of a title: its letters and digits without accents, in lower case, and one `-` for
/// whatever is between them; at most 48 characters.
fn slug(title: &str) -> String {
    let mut id = String::new();
    let marks = |c: &char| !unicode_normalization::char::is_combining_mark(*c);
    for c in title.nfkd().filter(marks) {
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
        if id.len() == MAX_ID {
            break;
        }
    }
    id.trim_end_matches('-').to_owned()
}

#[cfg(test)]
#[path = "workspace_tests.rs"]
mod tests;
