//! Making text of strangers fit to print: it keeps its length, and moves no cursor.

use std::sync::Arc;

use miette::NamedSource;

/// A file that diagnostics point into: its name and its text, made printable.
pub type SourceText = Arc<NamedSource<String>>;

/// The text of a file, for diagnostics. Offsets into the original stay true.
pub(crate) fn source_text(name: &str, text: &str) -> SourceText {
    Arc::new(NamedSource::new(name, printable(text)))
}

/// Whether a character moves the cursor, starts an escape sequence or reorders what is read.
///
/// Control characters but the tab, the separators of lines and paragraphs, and the marks, overrides
/// and isolates of direction of Unicode UAX #9.
fn is_hazard(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    turns || (c.is_control() && c != '\t')
}

/// Whether a text has a character that is not seen at all, so that two texts look alike: those of
/// Unicode's `Default_Ignorable_Code_Point` that names of files could have.
pub(crate) fn has_unseen(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}'
                | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{e0000}'..='\u{e0fff}'
        )
    })
}

/// The first such character of a text.
pub(crate) fn has_hazard(text: &str) -> Option<char> {
    text.chars().find(|&c| is_hazard(c))
}

/// The text with each such character replaced by one of the same length, so that byte offsets
/// into the original stay true. Line feeds stay.
pub(crate) fn printable(text: &str) -> String {
    let replace = |c: char| match c {
        '\n' => c,
        '\r' => ' ',
        c if !is_hazard(c) => c,
        c if c.len_utf8() == 1 => '?',
        c if c.len_utf8() == 2 => '¿',
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.chars().map(replace).collect()
}

/// Characters of a quoted value that a message shows.
const SHOWN: usize = 60;

/// A value in backquotes, cut and made printable, for a message.
pub(crate) fn quoted(value: &str) -> String {
    let mut shown: String = value.chars().take(SHOWN).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    format!("`{}`", printable(&shown).replace('\n', " "))
}

/// Characters of a message that a reader of texts made, which may hold a text of a stranger's.
const MESSAGE: usize = 240;

/// Such a message in one line, cut and made printable.
pub(crate) fn brief(message: &str) -> String {
    let mut shown: String = message.chars().take(MESSAGE).collect();
    if shown.len() < message.len() {
        shown.push('…');
    }
    printable(&shown).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_survives_and_no_offset_moves() {
        let text = "a\u{1b}[31m\u{9b}\u{202e}é\tb\r\n\u{7f}";
        let shown = printable(text);
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown, "a?[31m¿\u{fffd}é\tb \n?");
    }

    #[test]
    fn a_quoted_value_is_cut() {
        let long = "x".repeat(1000);
        assert!(quoted(&long).chars().count() <= SHOWN + 3);
        assert_eq!(quoted("a\u{7}b"), "`a?b`");
    }
}
