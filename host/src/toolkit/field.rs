//! Taking typed values out of keyword lines, and keeping every problem that comes up.

use std::collections::BTreeMap;

use super::{
    error::{Invalid, ManifestProblem},
    flags::{self, BuildFlag},
    place::{Place, Spanned},
    reader::Entry,
};

/// The lines of a manifest, by keyword, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Fields<'t> {
    lines: BTreeMap<&'static str, Vec<Entry<'t>>>,
    pub(super) problems: Vec<ManifestProblem>,
}

impl<'t> Fields<'t> {
    /// Adds a line; a second one is a problem unless the keyword may be repeated.
    pub(super) fn add(&mut self, keyword: &'static str, repeatable: bool, entry: Entry<'t>) {
        let lines = self.lines.entry(keyword).or_default();
        match lines.first() {
            Some(first) if !repeatable => {
                let (first, at) = (first.name_place, entry.name_place);
                self.problems.push(ManifestProblem::Duplicate { keyword, first, at });
            }
            _ => lines.push(entry),
        }
    }

    pub(super) fn entries(&self, keyword: &str) -> &[Entry<'t>] {
        self.lines.get(keyword).map_or(&[], Vec::as_slice)
    }

    pub(super) fn place(&self, keyword: &str) -> Option<Place> {
        self.entries(keyword).first().map(|entry| entry.place)
    }

    /// The whole value, as it is.
    pub(super) fn text(&self, keyword: &str) -> Option<String> {
        self.entries(keyword).first().map(|entry| entry.value.to_owned())
    }

    /// The whole value, read.
    pub(super) fn one<T>(
        &mut self,
        keyword: &'static str,
        read: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let Entry { value, place, .. } = *self.entries(keyword).first()?;
        read(value).map_err(|invalid| self.value(keyword, invalid, place)).ok()
    }

    /// The whole value of each line, read.
    pub(super) fn each<T>(
        &mut self,
        keyword: &'static str,
        read: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Vec<Spanned<T>> {
        let entries = self.entries(keyword).to_vec();
        self.all(keyword, entries.into_iter().map(|e| (e.value, e.place)), read)
    }

    /// Each word of each line, read.
    pub(super) fn words<T>(
        &mut self,
        keyword: &'static str,
        read: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Vec<Spanned<T>> {
        let words = self.split(keyword);
        self.all(keyword, words.into_iter(), read)
    }

    /// The capability words; those that the host does not know are a problem of their own kind.
    pub(super) fn capabilities(
        &mut self,
        check: impl Fn(&str) -> Result<String, Invalid>,
    ) -> Vec<Spanned<String>> {
        let mut known: Vec<Spanned<String>> = Vec::new();
        for (word, at) in self.split("CAPS") {
            match check(word) {
                Ok(value) if known.iter().any(|k| k.value == value) => {
                    let invalid = Invalid::new(word, "stands twice", "name each capability once");
                    self.value("CAPS", invalid, at);
                }
                Ok(value) => known.push(Spanned { value, place: at }),
                Err(invalid) => self.problems.push(ManifestProblem::Capability { invalid, at }),
            }
        }
        known
    }

    /// The compiler flags; some are pairs of words.
    pub(super) fn flags(&mut self) -> Vec<BuildFlag> {
        let words = self.split("BUILD_FLAGS");
        let mut known = Vec::new();
        let mut index = 0;
        while let Some(&(word, place)) = words.get(index) {
            let next = words.get(index + 1).map(|(next, _)| *next);
            index += 1;
            match flags::read(word, next) {
                Ok(flag) => {
                    index += flag.words.len() - 1;
                    known.push(flag);
                }
                Err(invalid) => self.value("BUILD_FLAGS", invalid, place),
            }
        }
        known
    }

    /// Notes a value that cannot be used.
    pub(super) fn value(&mut self, keyword: &'static str, invalid: Invalid, at: Place) {
        self.problems.push(ManifestProblem::Value { keyword, invalid, at });
    }

    fn split(&self, keyword: &str) -> Vec<(&'t str, Place)> {
        let words = |entry: &Entry<'t>| {
            let Entry { value, place, .. } = *entry;
            value.split_ascii_whitespace().map(move |word| (word, place.of(value, word)))
        };
        self.entries(keyword).iter().flat_map(words).collect()
    }

    fn all<'v, T>(
        &mut self,
        keyword: &'static str,
        values: impl Iterator<Item = (&'v str, Place)>,
        read: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Vec<Spanned<T>> {
        let mut good = Vec::new();
        for (word, place) in values {
            match read(word) {
                Ok(value) => good.push(Spanned { value, place }),
                Err(invalid) => self.value(keyword, invalid, place),
            }
        }
        good
    }
}
