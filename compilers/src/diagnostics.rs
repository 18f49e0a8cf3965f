//! Compiler text → file, line, column: what clang and wasm-ld print becomes spans in the source.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use miette::{Diagnostic, NamedSource, Severity, SourceSpan};
use thiserror::Error;

use crate::toolchain::Lack;

/// Where the source is mounted in the sandbox.
pub(crate) const WORK: &str = "/build/";
/// Where objects are mounted in the sandbox.
pub(crate) const OBJECTS: &str = "/tmp/";

/// More than this many are counted, not kept.
pub(crate) const MAX_DIAGNOSTICS: usize = 50;
/// Notes that one diagnostic keeps, and files that it says it was included from.
const MAX_NOTES: usize = 20;
/// A larger file is named but not shown, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// A longer message is cut, in bytes.
const MAX_MESSAGE: usize = 2000;

/// One thing that a compiler or linker said about the source.
#[derive(Clone, Debug, Error)]
#[error("{}{message}", self.place())]
pub struct SourceDiagnostic {
    /// The file, relative to the toolkit or the package; none if it is about the whole program.
    pub file: Option<String>,
    /// Line, from 1; 0 if there is none.
    pub line: usize,
    /// Column in bytes, from 1; 0 if there is none.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// What it says, without control characters.
    pub message: String,
    /// What the compiler added: notes, and by which files it was included.
    pub notes: Vec<String>,
    span: Option<SourceSpan>,
    text: Option<Text>,
}

type Text = Arc<NamedSource<String>>;

/// The texts of the files in the sandbox, as diagnostics show them: each is made once, however
/// many show it.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    files: &'a BTreeMap<String, Vec<u8>>,
    made: Mutex<BTreeMap<String, Option<Text>>>,
}

impl<'a> Texts<'a> {
    /// The texts of `files`.
    pub(crate) fn of(files: &'a BTreeMap<String, Vec<u8>>) -> Self {
        Self { files, made: Mutex::default() }
    }

    /// Whether `file` is one of them.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.files.contains_key(file)
    }

    /// Where `word` first stands.
    pub(crate) fn find(&self, word: &str) -> Option<(&'a str, Range<usize>)> {
        self.files.iter().find_map(|(path, bytes)| {
            let at = std::str::from_utf8(bytes).ok()?.find(word)?;
            Some((path.as_str(), at..at + word.len()))
        })
    }

    /// The text of `file`, if it is there, is text, and is not too large to show.
    fn get(&self, file: &str) -> Option<Text> {
        let bytes = self.files.get(file).filter(|bytes| bytes.len() <= MAX_TEXT)?;
        let make = || {
            let text = std::str::from_utf8(bytes).ok()?;
            Some(Arc::new(NamedSource::new(printable(file), printable_source(text))))
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(file.to_owned()).or_insert_with(make).clone()
    }
}

impl SourceDiagnostic {
    /// An error about the bytes `range` of `file`, which are clamped to its text.
    pub(crate) fn at(
        file: &str,
        range: Range<usize>,
        message: &str,
        notes: Vec<String>,
        texts: &Texts<'_>,
    ) -> Self {
        let text = texts.get(file);
        let mut place = Place::default();
        let mut span = None;
        if let Some(text) = text.as_ref().map(|text| text.inner()) {
            let whole =
                |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
            let start = whole(range.start).unwrap_or_default();
            let before = &text[..start];
            let line = before.rfind('\n').map_or(0, |at| at + 1);
            place = Place {
                file: None,
                line: before.matches('\n').count() + 1,
                column: start - line + 1,
            };
            span = Some((start, whole(range.end).unwrap_or_default().saturating_sub(start)).into());
        }
        Self {
            file: Some(shown(file)),
            line: place.line,
            column: place.column,
            severity: Severity::Error,
            message: shown(message),
            notes,
            span,
            text,
        }
    }

    /// An error about the UTF-16 units `units` of `file`, as compilers written in JavaScript count.
    pub(crate) fn in_units<'a>(
        file: Option<&str>,
        units: Range<usize>,
        message: &str,
        notes: impl Iterator<Item = &'a str>,
        texts: &Texts<'_>,
    ) -> Self {
        let notes = notes.take(MAX_NOTES).map(shown).collect();
        let Some(file) = file else {
            return Self { file: None, notes, ..Self::about("", 0, message) };
        };
        let Some(Ok(text)) = texts.files.get(file).map(|bytes| std::str::from_utf8(bytes)) else {
            return Self { notes, ..Self::about(file, 0, message) };
        };
        let (start, end) = (byte_at(text, units.start), byte_at(text, units.end));
        Self::at(file, start..end, message, notes, texts)
    }

    /// An error about a line of `file`, or with 0 about all of it.
    pub(crate) fn about(file: &str, line: usize, message: &str) -> Self {
        Self {
            file: Some(shown(file)),
            line,
            column: 0,
            severity: Severity::Error,
            message: shown(message),
            notes: Vec::new(),
            span: None,
            text: None,
        }
    }

    /// An error at a place: line and column from 1, the column in bytes; 0 where there is none.
    pub(crate) fn error(
        file: Option<&str>,
        (line, column): (usize, usize),
        message: &str,
        texts: &Texts<'_>,
    ) -> Self {
        let mut made = Self { line, column, ..Self::about(file.unwrap_or_default(), 0, message) };
        if file.is_none() {
            made.file = None;
        }
        attach(&mut made, texts);
        made
    }

    fn place(&self) -> String {
        let mut place = String::new();
        if let Some(file) = &self.file {
            place.push_str(file);
            for number in [self.line, self.column].into_iter().take_while(|n| *n > 0) {
                // Writing to a string cannot fail.
                let _: std::fmt::Result = write!(place, ":{number}");
            }
            place.push_str(": ");
        }
        place
    }
}

impl Diagnostic for SourceDiagnostic {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new("workbooks::compile::source"))
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        (!self.notes.is_empty()).then(|| Box::new(self.notes.join("\n")) as _)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.text.as_ref().map(|text| text as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let span = self.span.filter(|_| self.text.is_some())?;
        Some(Box::new(std::iter::once(miette::LabeledSpan::underline(span))))
    }
}

/// Tells those that speak of something the language lacks what to do instead; each is told one.
pub(crate) fn explain(found: &mut [SourceDiagnostic], lacks: &[Lack]) {
    for diagnostic in found {
        let named = |lack: &&Lack| lack.said.iter().any(|part| diagnostic.message.contains(part));
        if let Some(lack) = lacks.iter().find(named) {
            diagnostic.notes.push(format!("not available: {}; {}", lack.feature, lack.instead));
        }
    }
}

/// Reads what a compiler or linker printed. No file is ever read from the disk.
///
/// Returns the diagnostics and how many more there were.
pub(crate) fn read(text: &str, texts: &Texts<'_>) -> (Vec<SourceDiagnostic>, usize) {
    let mut found: Vec<SourceDiagnostic> = Vec::new();
    let mut omitted = 0;
    let mut included = Vec::new();
    for line in text.lines() {
        if let Some(from) = line.trim_start().strip_prefix("In file included from ") {
            if included.len() < MAX_NOTES {
                let from = shown(from.trim_end_matches([':', ',']));
                included.push(format!("included from {from}"));
            }
            continue;
        }
        let Some((place, kind, message)) = split(line) else { continue };
        if kind == Kind::Note {
            let last = found.last_mut().filter(|_| omitted == 0 && included.is_empty());
            // What it was included from has had its own room.
            if let Some(last) = last.filter(|last| last.notes.len() < MAX_NOTES) {
                last.notes.push(format!("{}{}", note_place(&place), shown(message)));
            }
            continue;
        }
        let notes = std::mem::take(&mut included);
        if found.len() == MAX_DIAGNOSTICS {
            omitted += 1;
            continue;
        }
        let mut diagnostic = SourceDiagnostic {
            file: place.file.map(shown),
            line: place.line,
            column: place.column,
            severity: if kind == Kind::Warning { Severity::Warning } else { Severity::Error },
            message: shown(message),
            notes,
            span: None,
            text: None,
        };
        attach(&mut diagnostic, texts);
        found.push(diagnostic);
    }
    (found, omitted)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Note,
}

#[derive(Default)]
struct Place<'a> {
    file: Option<&'a str>,
    line: usize,
    column: usize,
}

/// `PLACE: KIND: MESSAGE`, as clang (`file:line:column`) and wasm-ld (`wasm-ld`) write it.
fn split(line: &str) -> Option<(Place<'_>, Kind, &str)> {
    const KINDS: [(&str, Kind); 4] = [
        ("fatal error: ", Kind::Error),
        ("error: ", Kind::Error),
        ("warning: ", Kind::Warning),
        ("note: ", Kind::Note),
    ];
    let at = |(word, kind): (&'static str, Kind)| {
        let position = match line.strip_prefix(word) {
            Some(_) => 0,
            None => line.find(&format!(": {word}"))? + 2,
        };
        Some((position, word, kind))
    };
    let (position, word, kind) = KINDS.into_iter().filter_map(at).min_by_key(|found| found.0)?;
    let message = &line[position + word.len()..];
    let place = line[..position].trim_end_matches([' ', ':']);
    match place {
        "" | "clang" => Some((Place::default(), kind, message)),
        "wasm-ld" => Some(linker(kind, message)),
        _ => Some((numbered(place), kind, message)),
    }
}

/// wasm-ld names the object first: `/tmp/src/a.c.o: undefined symbol: f`.
fn linker(kind: Kind, message: &str) -> (Place<'_>, Kind, &str) {
    let object = message.strip_prefix(OBJECTS).and_then(|rest| rest.split_once(".o: "));
    match object {
        Some((file, message)) => (Place { file: Some(file), ..Place::default() }, kind, message),
        None => (Place::default(), kind, message),
    }
}

/// `file:line:column`; the numbers may be missing.
fn numbered(place: &str) -> Place<'_> {
    let mut numbers = [0, 0];
    let mut rest = place;
    let mut count = 0;
    while count < 2 {
        let Some((before, number)) = rest.rsplit_once(':') else { break };
        let Ok(number) = number.parse() else { break };
        numbers[count] = number;
        rest = before;
        count += 1;
    }
    let [last, first] = numbers;
    let (line, column) = if count == 2 { (first, last) } else { (last, 0) };
    Place { file: Some(rest), line, column }
}

fn note_place(place: &Place<'_>) -> String {
    match place.file {
        Some(file) if place.line > 0 => format!("{}:{}: ", shown(file), place.line),
        _ => String::new(),
    }
}

/// Sets the span, if the file was in the sandbox and has such a place.
fn attach(diagnostic: &mut SourceDiagnostic, texts: &Texts<'_>) {
    let Some(file) = diagnostic.file.as_deref().filter(|_| diagnostic.line > 0) else { return };
    let Some(source) = texts.get(file) else { return };
    let text = source.inner();
    let Some(start) = line_start(text, diagnostic.line) else { return };
    let line = text[start..].lines().next().unwrap_or_default();
    let column = diagnostic.column.saturating_sub(1).min(line.len());
    let column = (0..=column).rev().find(|at| line.is_char_boundary(*at)).unwrap_or_default();
    let word = line[column..].chars().take_while(|c| c.is_alphanumeric() || *c == '_');
    let length = word.map(char::len_utf8).sum::<usize>();
    let next = line[column..].chars().next().map_or(0, char::len_utf8);
    diagnostic.span = Some((start + column, length.max(next)).into());
    diagnostic.text = Some(source);
}

/// The offset in bytes of a UTF-16 unit.
fn byte_at(text: &str, unit: usize) -> usize {
    let mut units = 0;
    let reached = text.char_indices().find(|(_, c)| {
        let there = units >= unit;
        units += c.len_utf16();
        there
    });
    reached.map_or(text.len(), |(at, _)| at)
}

fn line_start(text: &str, line: usize) -> Option<usize> {
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    starts.nth(line - 1)
}

/// Source text with the bytes that could drive a terminal blanked, one for one, so that every
/// offset stays.
fn printable_source(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hazard(c) {
            safe.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// The text of a message: sandbox paths relative, no control characters, not too long.
pub(crate) fn shown(text: &str) -> String {
    let mut text = printable(&text.replace(WORK, "").replace(OBJECTS, "").replace('\n', " "));
    if text.len() > MAX_MESSAGE {
        let end = (0..=MAX_MESSAGE).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

/// Whether a character could drive a terminal or reorder what it shows.
fn is_hazard(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` with a replacement character for whatever could drive a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if is_hazard(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
#[path = "diagnostics_tests.rs"]
mod tests;
