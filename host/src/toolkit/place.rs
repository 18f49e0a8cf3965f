//! Where something stands in a text.

use miette::SourceSpan;

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Byte offset from the start of the text.
    pub offset: usize,
    /// Length in bytes.
    pub length: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// The start of a text.
    pub(crate) const START: Self = Self { offset: 0, length: 0, line: 1, column: 1 };

    /// The place of `part`, which must be a slice of `whole`, the text at this place.
    ///
    /// `whole` has no line end: the line stays the same.
    pub(crate) fn of(self, whole: &str, part: &str) -> Self {
        let skipped = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
        let before = whole.get(..skipped).unwrap_or_default();
        Self {
            offset: self.offset + before.len(),
            length: part.len(),
            line: self.line,
            column: self.column + before.chars().count(),
        }
    }
}

impl From<Place> for SourceSpan {
    fn from(place: Place) -> Self {
        Self::new(place.offset.into(), place.length)
    }
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}
