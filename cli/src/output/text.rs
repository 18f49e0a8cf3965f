//! Text for people: styled words and tables, escaped when they are rendered.

use unicode_width::UnicodeWidthStr as _;

/// How a piece of text looks on a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Style {
    /// As it is.
    #[default]
    Plain,
    /// A heading, a name.
    Strong,
    /// Less important.
    Dim,
    /// As it should be.
    Good,
    /// As it should not be.
    Bad,
}

impl Style {
    /// SGR parameters of ECMA-48.
    fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\u{1b}[1m",
            Self::Dim => "\u{1b}[2m",
            Self::Good => "\u{1b}[32m",
            Self::Bad => "\u{1b}[31m",
        }
    }
}

/// Lines of styled text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Words(Style, String),
    /// Cells that have line feeds keep them: text of ours, such as a world or a script.
    Raw(String),
    Table(Vec<Vec<(Style, String)>>),
}

impl Text {
    /// Adds words to the current line.
    pub(crate) fn words(mut self, style: Style, words: impl Into<String>) -> Self {
        self.0.push(Piece::Words(style, words.into()));
        self
    }

    /// Adds a whole line.
    pub(crate) fn line(self, line: impl Into<String>) -> Self {
        self.words(Style::Plain, line).end()
    }

    /// Ends the current line.
    pub(crate) fn end(mut self) -> Self {
        self.0.push(Piece::Raw("\n".into()));
        self
    }

    /// Adds text of several lines as it is; only its control characters are escaped.
    pub(crate) fn block(mut self, block: impl Into<String>) -> Self {
        self.0.push(Piece::Raw(block.into()));
        self
    }

    /// Adds a table: one line for each row, columns as wide as they need to be, the last one cut
    /// at the width of the terminal.
    pub(crate) fn table(mut self, rows: Vec<Vec<(Style, String)>>) -> Self {
        self.0.push(Piece::Table(rows));
        self
    }

    /// The text, escaped; with colours if `color`.
    pub(crate) fn render(&self, color: bool, columns: usize) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Words(style, words) => paint(&mut out, color, *style, &escaped(words)),
                Piece::Raw(block) => out.push_str(&escaped_lines(block)),
                Piece::Table(rows) => table(&mut out, color, columns, rows),
            }
        }
        out
    }
}

fn paint(out: &mut String, color: bool, style: Style, words: &str) {
    if color && style != Style::Plain {
        out.push_str(style.sgr());
        out.push_str(words);
        out.push_str("\u{1b}[0m");
    } else {
        out.push_str(words);
    }
}

fn table(out: &mut String, color: bool, columns: usize, rows: &[Vec<(Style, String)>]) {
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(|(style, cell)| (*style, escaped(cell))).collect())
        .collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        for (at, (_, cell)) in row.iter().enumerate() {
            match widths.get_mut(at) {
                Some(width) => *width = cell.width().max(*width),
                None => widths.push(cell.width()),
            }
        }
    }
    for row in &rows {
        let mut used = 0;
        for (at, (style, cell)) in row.iter().enumerate() {
            let last = at + 1 == row.len();
            let cell =
                if last { cut(cell, columns.saturating_sub(used).max(20)) } else { cell.clone() };
            paint(out, color, *style, &cell);
            if !last {
                let gap = widths[at] - cell.width() + 2;
                out.extend(std::iter::repeat_n(' ', gap));
                used += widths[at] + 2;
            }
        }
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if width <= kept.width() + 1 {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// Whether a character moves the cursor, begins an escape sequence, or reorders what is read:
/// controls (Unicode's `Cc`), the bidirectional marks, overrides and isolates of UAX #9, and the
/// line and paragraph separators.
pub(super) fn is_hazard(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text on one line, each such character written out: `\u{1b}`.
pub(super) fn escaped(text: &str) -> String {
    escape(text, |c| c == '\t')
}

/// The same, but line feeds stay.
pub(super) fn escaped_lines(text: &str) -> String {
    escape(text, |c| c == '\n' || c == '\t')
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if keep(c) || !is_hazard(c) => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    out
}

/// The text with each such character replaced by one of its length, so that byte offsets into
/// the original stay true. Line feeds stay.
pub(super) fn masked(text: &str) -> String {
    let mask = |c: char| match (is_hazard(c) && c != '\n' && c != '\t', c.len_utf8()) {
        (false, _) => c,
        (true, 1) => '?',
        (true, 2) => '¿',
        (true, _) => char::REPLACEMENT_CHARACTER,
    };
    text.chars().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: &str = "a\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\r\nb";

    #[test]
    fn nothing_that_a_terminal_obeys_is_rendered() {
        let text = Text::default()
            .words(Style::Strong, EVIL)
            .line(EVIL)
            .block(EVIL)
            .table(vec![vec![(Style::Plain, EVIL.into()), (Style::Bad, EVIL.into())]]);
        let shown = text.render(false, 80);
        assert!(!shown.chars().any(|c| c != '\n' && is_hazard(c)), "{shown:?}");
        assert!(shown.contains("\\u{1b}]0;x"));
    }

    #[test]
    fn masking_moves_no_offset() {
        assert_eq!(masked(EVIL).len(), EVIL.len());
        assert!(!masked(EVIL).chars().any(|c| c != '\n' && is_hazard(c)));
    }

    #[test]
    fn colours_are_written_only_when_asked_for() {
        let text = Text::default().words(Style::Good, "ok").end();
        assert_eq!(text.render(false, 80), "ok\n");
        assert_eq!(text.render(true, 80), "\u{1b}[32mok\u{1b}[0m\n");
    }

    #[test]
    fn a_table_is_aligned_and_its_last_column_cut() {
        let row =
            |a: &str, b: &str| vec![(Style::Plain, a.to_owned()), (Style::Plain, b.to_owned())];
        let text = Text::default().table(vec![
            row("id", &"x".repeat(200)),
            row("longer", "y"),
            row("ab", ""),
        ]);
        let shown = text.render(false, 40);
        let lines: Vec<_> = shown.lines().collect();
        assert!(
            lines[0].starts_with("id      xxx")
                && lines[0].ends_with('…')
                && lines[0].width() <= 40
        );
        assert_eq!(lines[1..], ["longer  y", "ab"]);
    }
}
