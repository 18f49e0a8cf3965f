//! A case: a folder `cases/<theme>/<what it shows>/` with `case.toml` (what is done), maybe a guest,
//! `manifest.org` and `policy.toml`, and `expected.txt` (what comes of it, written by `BLESS=1`).
//!
//! Every key of `case.toml` is a field of [`Case`]. What is expected names errors by their code, so
//! that a better wording breaks no case; words that must be there stand under `says`.

mod artifact;
mod asked;
mod commands;
mod fixture;
mod lanes;
mod perform;
mod secrets;
mod transcript;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

pub use artifact::Origin;
pub use lanes::{Lanes, of_code};
pub use transcript::{Transcript, codes, told};

use crate::Shelf;
use crate::doubles::Double;

/// What a case does.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Case {
    /// Why the case is there, where its name does not say it.
    pub about: String,
    /// Where the artifact comes from; without one, the case ends with the grant.
    pub guest: Option<Origin>,
    /// The artifact ends after as many bytes.
    pub cut: Option<usize>,
    /// A world in WIT: the artifact is not run but compared with it.
    pub check: Option<String>,
    /// Files of source that are too dull to be written by hand: each is its text, as often as said.
    pub repeated: BTreeMap<String, Repeated>,
    /// The name of the folder that the manifest lies in, if it is to lie in one.
    pub folder: Option<String>,
    /// Bytes of remarks that are added to the manifest.
    pub padding: usize,
    /// The profile; the largest if none is named.
    pub profile: Option<String>,
    /// Capabilities that the operator grants.
    pub grants: Vec<String>,
    /// Registered commands: each is a file of `conformance/guests`, granted what the case grants.
    pub commands: BTreeMap<String, String>,
    /// Servers of the case on loopback; in the policy, the calls and the arguments `{web}`,
    /// `{secure}` and `{echo}` are where they listen, `127.0.0.1:PORT`.
    pub servers: BTreeSet<Double>,
    /// What the host holds as secrets: each is `PURPOSE VALUE`.
    pub secrets: BTreeMap<String, String>,
    /// Arguments, without the program's name.
    pub args: Vec<String>,
    /// Standard input.
    pub stdin: String,
    /// Environment that the operator gives.
    pub env: BTreeMap<String, String>,
    /// Mounts, `HOST::GUEST[:rw]`: HOST is a path of the fixture, or `{state}`, or absolute.
    pub mounts: Vec<String>,
    /// Files of the fixture and what is in them.
    pub files: BTreeMap<String, String>,
    /// Symbolic links of the fixture and where they lead.
    pub links: BTreeMap<String, String>,
    /// Pipes of the fixture.
    pub pipes: Vec<String>,
    /// Files of the fixture that are shown at the end.
    pub shown: Vec<String>,
    /// Limits other than the profile's.
    pub limits: Overrides,
    /// Milliseconds of wall clock over all.
    pub deadline_ms: Option<u64>,
    /// Whether standard input is a stream that never ends.
    pub endless_stdin: bool,
    /// Calls of a component in WAVE, in which `{zeros:n}` is a list of n zeros; `@revoke` withdraws
    /// the grant.
    pub calls: Vec<String>,
    /// What is asked of the endpoints that the guest is served at, in turn: `NAME METHOD /path` of
    /// one for HTTP, maybe with a space and a body, `NAME text` of one for TCP; `@revoke` withdraws the grant.
    pub asks: Vec<String>,
    /// Inputs of a kernel: text, or `{zeros:n}`.
    pub inputs: Vec<String>,
    /// What the guest writes is compared up to these words: what follows is never twice the same.
    pub until: Option<String>,
    /// Words that must be in what the host says of its refusals.
    pub says: Vec<String>,
    /// Words that must be nowhere.
    pub hides: Vec<String>,
}

/// A text made of parts that repeat; `{n}` in a part is its number, from 0, and `{m}` the one after.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    /// What comes before.
    #[serde(default)]
    pub head: String,
    /// The part.
    pub part: String,
    /// How often.
    pub times: usize,
    /// What comes after.
    #[serde(default)]
    pub tail: String,
}

impl Repeated {
    fn whole(&self) -> String {
        let part = |n: usize| {
            self.part.replace("{n}", &n.to_string()).replace("{m}", &(n + 1).to_string())
        };
        let parts = (0..self.times).fold(self.head.clone(), |text, n| text + &part(n));
        parts + &self.tail
    }
}

/// Limits that a case sets.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Overrides {
    /// Milliseconds of CPU time.
    pub cpu_ms: Option<u64>,
    /// Milliseconds of one host operation.
    pub operation_ms: Option<u64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Elements of tables.
    pub table_elements: Option<usize>,
    /// Core instances.
    pub instances: Option<usize>,
    /// Bytes of one host call.
    pub hostcall_bytes: Option<usize>,
    /// Bytes of captured output.
    pub output_bytes: Option<usize>,
    /// Bytes of the artifact.
    pub artifact_bytes: Option<u64>,
    /// Functions of the artifact.
    pub functions: Option<u32>,
    /// Lines of the log.
    pub log_lines: Option<usize>,
    /// Host calls per minute.
    pub rate: Option<u32>,
}

impl Overrides {
    fn apply(&self, limits: &mut workbooks_host::Limits) {
        fn set<T: Copy>(field: &mut T, to: Option<T>) {
            *field = to.unwrap_or(*field);
        }
        set(&mut limits.cpu_time, self.cpu_ms.map(Duration::from_millis));
        set(&mut limits.operation_deadline, self.operation_ms.map(Duration::from_millis));
        set(&mut limits.memory, self.memory);
        set(&mut limits.table_elements, self.table_elements);
        set(&mut limits.instances, self.instances);
        set(&mut limits.hostcall_bytes, self.hostcall_bytes);
        set(&mut limits.output_bytes, self.output_bytes);
        set(&mut limits.artifact_bytes, self.artifact_bytes);
        set(&mut limits.functions, self.functions);
        set(&mut limits.log_lines, self.log_lines);
        set(&mut limits.rate, self.rate);
    }
}

/// Whether the case in `folder` goes as it expects; with `bless`, what it expects is written anew.
///
/// # Errors
///
/// What differs, or why the case could not be tried.
pub fn hold(folder: &Path, lanes: &Lanes, bless: bool) -> Result<(), String> {
    let text =
        fs::read_to_string(folder.join("case.toml")).map_err(|why| format!("case.toml: {why}"))?;
    let case: Case = toml::from_str(&text).map_err(|why| format!("case.toml: {why}"))?;
    let transcript = perform::perform(folder, &case, lanes)?;
    transcript.keeps(&case)?;
    let path = folder.join("expected.txt");
    if bless {
        return fs::write(&path, &transcript.text).map_err(|why| why.to_string());
    }
    let expected = fs::read_to_string(&path).map_err(|why| format!("expected.txt: {why}"))?;
    if transcript.text == expected {
        Ok(())
    } else {
        let Transcript { text, told, .. } = transcript;
        Err(format!("expected:\n{expected}\nbut it was:\n{text}\n{told}\n(BLESS=1 accepts it)"))
    }
}

/// What the case in `folder` needs of this machine and does not find, if its guest is to be made.
pub fn lacks(folder: &Path, lanes: &Lanes) -> Option<&'static str> {
    let text = fs::read_to_string(folder.join("case.toml")).ok()?;
    match toml::from_str::<Case>(&text).ok()?.guest? {
        Origin::Made(maker) if !Shelf::new(&lanes.cache).has(maker) => Some(maker.tool()),
        _ => None,
    }
}

/// Every case of the tree: its name, `theme/what_it_shows`, and its folder.
///
/// # Errors
///
/// When the folder of cases cannot be read.
pub fn all() -> std::io::Result<Vec<(String, PathBuf)>> {
    let cases = crate::root().join("conformance/cases");
    let mut found = Vec::new();
    for theme in crate::folders(&cases)? {
        for case in crate::folders(&theme)? {
            let name = case.strip_prefix(&cases).unwrap_or(&case).display().to_string();
            found.push((name, case));
        }
    }
    Ok(found)
}
