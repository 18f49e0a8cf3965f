//! Which part of a page it is about: where most of its prose is.

use super::tag::Tag;
use super::tape::{Step, Tape};

/// A child has to hold as much of its parent's prose, in percent, for the others to be left out.
const MOST: u64 = 70;
/// An element that says it is marginal is, if it holds no more than this much of all prose, in
/// percent.
const MARGINAL: u64 = 35;
/// Bytes of a line from which on it is prose. The original readability has 25 characters.
const PROSE: usize = 25;

/// The steps to render, and which elements in them to leave out.
#[derive(Debug)]
pub(super) struct Article {
    /// The first step and the one after the last.
    pub(super) range: (usize, usize),
    /// Prose before each step; empty if nothing marginal is left out.
    before: Vec<u64>,
}

impl Article {
    /// All of the page but what is hidden.
    pub(super) fn whole(tape: &Tape) -> Self {
        Self { range: (0, tape.steps.len()), before: Vec::new() }
    }

    /// Finds it in one pass over the steps and one down the elements.
    pub(super) fn find(tape: &Tape) -> Self {
        let mut article = Self { range: (0, tape.steps.len()), before: prose(tape) };
        while let Some(inner) = article.heavy_child(tape) {
            article.range = inner;
        }
        article
    }

    /// Whether the element that begins at `at` stands around the article.
    pub(super) fn leaves_out(&self, tape: &Tape, at: usize) -> bool {
        let Some(Step::Open { tag, close, with }) = tape.steps.get(at) else { return false };
        let with = with.as_deref();
        if with.is_some_and(|with| with.hidden) {
            return true;
        }
        if self.before.is_empty() {
            return false;
        }
        let says = *tag == Tag::Marginal || with.is_some_and(|with| with.marginal);
        let all = self.weight(0, tape.steps.len());
        says && self.weight(at, *close) * 100 <= all * MARGINAL
    }

    fn weight(&self, from: usize, to: usize) -> u64 {
        self.before[to] - self.before[from]
    }

    /// The inside of the one container that holds most of what is in `range`.
    fn heavy_child(&self, tape: &Tape) -> Option<(usize, usize)> {
        let (mut at, end) = self.range;
        let all = self.weight(at, end);
        while at < end {
            let Step::Open { tag, close, .. } = &tape.steps[at] else {
                at += 1;
                continue;
            };
            let holds =
                matches!(tag, Tag::Container | Tag::Article | Tag::Table | Tag::Row | Tag::Cell);
            let heavy = all > 0 && self.weight(at, *close) * 100 >= all * MOST;
            if holds && heavy && !self.leaves_out(tape, at) {
                return Some((at + 1, *close));
            }
            at = close + 1;
        }
        None
    }
}

/// For each step and the end, the bytes of prose before it: lines of some length that are not
/// links.
fn prose(tape: &Tape) -> Vec<u64> {
    let mut before = Vec::with_capacity(tape.steps.len() + 1);
    let (mut sum, mut outside) = (0, 0_u32);
    for step in &tape.steps {
        before.push(sum);
        match step {
            Step::Open { tag: Tag::Anchor, .. } => outside += 1,
            Step::Close(Tag::Anchor) => outside -= 1,
            Step::Text(text) if outside == 0 => {
                let length = text.trim().len();
                sum += if length >= PROSE { length as u64 } else { 0 };
            }
            _ => {}
        }
    }
    before.push(sum);
    before
}
