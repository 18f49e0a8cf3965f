//! What the TS lane and its engine tell each other, see `engines/ts/driver.js`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{NO_CHECK, has_extension, is_declaration, is_foreign, is_javascript, is_typescript};
use crate::{
    compile_error::CompileError,
    diagnostics::{SourceDiagnostic, Texts},
    lane::Job,
};

/// A program to check.
#[derive(Debug, Serialize)]
pub(super) struct Request<'a> {
    /// The text of what TypeScript reads.
    files: BTreeMap<&'a str, &'a str>,
    /// The other files: that they are there is all that counts.
    names: Vec<&'a str>,
    /// The program's own files.
    roots: &'a [String],
    /// The module that it starts with, if there is one.
    main: Option<&'a str>,
    /// The declarations of the guest's world.
    ambient: BTreeMap<&'a str, &'a str>,
    /// Whether types are checked.
    check: bool,
}

/// What became of it.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// What is wrong with it, if anything is.
    pub(super) diagnostics: Vec<Said>,
    /// How many more there were.
    pub(super) omitted: usize,
    /// The JavaScript, by the names of the files that it was made from.
    pub(super) files: BTreeMap<String, String>,
}

/// One diagnostic.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    file: Option<String>,
    /// In UTF-16 units, like its length.
    start: usize,
    length: usize,
    message: String,
    notes: Vec<String>,
}

impl<'a> Request<'a> {
    /// # Errors
    /// [`CompileError::Rejected`] if a file of the program is no text.
    pub(super) fn of(job: &Job<'a>) -> Result<Self, CompileError> {
        let mut request = Self {
            files: BTreeMap::new(),
            names: Vec::new(),
            roots: job.units,
            main: main(job),
            ambient: BTreeMap::new(),
            check: !job.compile_flags.iter().any(|flag| flag == NO_CHECK),
        };
        let mut broken = Vec::new();
        for (path, bytes) in &job.tree.files {
            if !is_read(path) {
                request.names.push(path);
                continue;
            }
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    request.files.insert(path, text);
                }
                Err(_) if is_foreign(path) => request.names.push(path),
                Err(why) => broken.push(not_text(path, bytes, why.valid_up_to())),
            }
        }
        for (name, bytes) in job.bindings.iter().filter(|(name, _)| is_typescript(name)) {
            if let Ok(text) = std::str::from_utf8(bytes) {
                request.ambient.insert(name, text);
            }
        }
        if broken.is_empty() {
            return Ok(request);
        }
        Err(CompileError::Rejected { id: job.id.to_owned(), diagnostics: broken, omitted: 0 })
    }
}

/// The one file that the manifest names, or the one that is called so.
fn main<'a>(job: &Job<'a>) -> Option<&'a str> {
    let called =
        |unit: &&String| matches!(job.tree.in_root(unit).unwrap_or(unit), "main.ts" | "main.mts");
    let mut units = job.units.iter().filter(|unit| !is_declaration(unit));
    match (units.next(), units.next()) {
        (Some(only), None) => Some(only),
        _ => job.units.iter().find(called).map(String::as_str),
    }
}

impl Said {
    pub(super) fn read(&self, texts: &Texts<'_>) -> SourceDiagnostic {
        let units = self.start..self.start.saturating_add(self.length);
        let notes = self.notes.iter().map(String::as_str);
        SourceDiagnostic::in_units(self.file.as_deref(), units, &self.message, notes, texts)
    }
}

/// Whether TypeScript reads it: the program's own scripts too, of which it learns the types.
fn is_read(path: &str) -> bool {
    is_typescript(path)
        || has_extension(path, &["json"])
        || (is_javascript(path) && !is_foreign(path))
}

fn not_text(path: &str, bytes: &[u8], at: usize) -> SourceDiagnostic {
    let line = bytes[..at].split(|byte| *byte == b'\n').count();
    SourceDiagnostic::about(path, line, "the file is not UTF-8 from here on")
}
