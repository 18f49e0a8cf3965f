//! A page as plain text or as `CommonMark`, with tables as GitHub has them.

use url::Url;

use super::article::Article;
use super::lines::Lines;
use super::links;
use super::tag::Tag;
use super::tape::{Attributes, Step, Tape};

/// The page's text, or nothing if it is longer than `cap` bytes.
pub(super) fn render(
    tape: &Tape,
    article: &Article,
    base: &Url,
    markdown: bool,
    cap: usize,
) -> Option<String> {
    let lines = Lines::new(cap);
    let mut prose =
        Prose { lines, base, markdown, lists: Vec::new(), links: Vec::new(), table: None };
    let (mut at, end) = article.range;
    while at < end && !prose.lines.is_over() {
        at = match &tape.steps[at] {
            Step::Open { close, .. } if article.leaves_out(tape, at) => close + 1,
            Step::Open { tag: Tag::Pre, close, .. } if !prose.lines.is_flat() => {
                prose.pre(&text(&tape.steps[at..*close]));
                close + 1
            }
            Step::Open { tag: Tag::Code | Tag::Pre, close, .. } if markdown => {
                prose.code(&text(&tape.steps[at..*close]));
                close + 1
            }
            Step::Open { tag, with, .. } => {
                prose.open(*tag, with.as_deref());
                at + 1
            }
            Step::Close(tag) => {
                prose.close(*tag);
                at + 1
            }
            Step::Text(text) => {
                prose.text(text);
                at + 1
            }
        };
    }
    prose.lines.finish()
}

struct Prose<'a> {
    lines: Lines,
    base: &'a Url,
    markdown: bool,
    /// Of each open list, the number of its next item, if they have numbers.
    lists: Vec<Option<u32>>,
    /// Of each open anchor, where it leads, if that is shown.
    links: Vec<Option<String>>,
    /// Of the open table of data.
    table: Option<Table>,
}

#[derive(Default)]
struct Table {
    rows: usize,
    cells: usize,
}

impl Prose<'_> {
    fn open(&mut self, tag: Tag, with: Option<&Attributes>) {
        match tag {
            Tag::Heading(level) => {
                self.lines.block();
                if self.markdown && !self.lines.is_flat() {
                    self.lines.mark(HEADINGS[usize::from(level.clamp(1, 6)) - 1]);
                }
                self.lines.flatten();
            }
            Tag::List { ordered } => {
                self.list_edge();
                self.lists.push(ordered.then_some(1));
            }
            Tag::Item => self.item(),
            Tag::Detail => {
                self.lines.line();
                self.lines.indent(Some("  ".to_owned()), "  ");
            }
            Tag::Quote => {
                self.lines.block();
                let mark = if self.markdown { "> " } else { "  " };
                self.lines.indent(Some(mark.to_owned()), mark);
            }
            Tag::Table if self.table.is_none() && !with.is_some_and(|with| with.layout) => {
                self.lines.block();
                if !self.lines.is_flat() {
                    self.table = Some(Table::default());
                }
            }
            Tag::Row if self.table.is_some() => {
                self.lines.line();
                if self.markdown {
                    self.lines.raw("|");
                }
                self.lines.flatten();
            }
            Tag::Cell if self.table.is_some() => {
                self.lines.words(" ", plain);
            }
            Tag::Anchor => {
                let address = with.filter(|_| self.markdown).map(|with| with.address.as_str());
                let leads = address.and_then(|address| links::absolute(self.base, address));
                if leads.is_some() {
                    self.lines.mark("[");
                }
                self.links.push(leads.map(|url| in_brackets(&url)));
                self.lines.flatten();
            }
            Tag::Image => self.image(with),
            Tag::Strong if self.markdown => self.lines.mark("**"),
            Tag::Emphasis if self.markdown => self.lines.mark("*"),
            Tag::Break => self.lines.line(),
            Tag::Rule => {
                self.lines.block();
                if !self.lines.is_flat() {
                    self.lines.raw("---");
                }
                self.lines.block();
            }
            Tag::Strong | Tag::Emphasis | Tag::Code => {}
            _ => self.lines.block(),
        }
    }

    fn close(&mut self, tag: Tag) {
        match tag {
            Tag::Heading(_) => {
                self.lines.unflatten();
                if self.markdown && !self.lines.is_flat() {
                    self.lines.unmark("");
                }
                self.lines.block();
            }
            Tag::List { .. } => {
                self.lists.pop();
                self.list_edge();
            }
            Tag::Item | Tag::Detail => {
                self.lines.dedent();
                self.lines.line();
            }
            Tag::Quote => {
                self.lines.dedent();
                self.lines.block();
            }
            Tag::Table => {
                self.table = None;
                self.lines.block();
            }
            Tag::Row if self.table.is_some() => self.end_row(),
            Tag::Cell if self.table.is_some() => {
                self.lines.tighten();
                self.lines.raw(if self.markdown { " |" } else { "\t" });
                if let Some(table) = self.table.as_mut().filter(|table| table.rows == 0) {
                    table.cells += 1;
                }
            }
            Tag::Anchor => {
                self.lines.unflatten();
                if let Some(leads) = self.links.pop().flatten() {
                    self.lines.unmark(&format!("]({leads})"));
                }
            }
            Tag::Strong if self.markdown => self.lines.unmark("**"),
            Tag::Emphasis if self.markdown => self.lines.unmark("*"),
            Tag::Strong | Tag::Emphasis | Tag::Code | Tag::Image | Tag::Break | Tag::Rule => {}
            _ => self.lines.block(),
        }
    }

    fn text(&mut self, text: &str) {
        let cell = self.table.is_some();
        match (self.markdown, cell) {
            (true, _) => self.lines.words(text, |word, start, out| escape(word, start, cell, out)),
            (false, _) => self.lines.words(text, plain),
        }
    }

    /// Lists within lists are not set off.
    fn list_edge(&mut self) {
        if self.lists.is_empty() {
            self.lines.block();
        } else {
            self.lines.line();
        }
    }

    fn item(&mut self) {
        self.lines.line();
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                let mark = format!("{number}. ");
                *number = number.saturating_add(1);
                mark
            }
            _ => "- ".to_owned(),
        };
        let rest = " ".repeat(mark.len());
        self.lines.indent(Some(mark), &rest);
    }

    fn image(&mut self, with: Option<&Attributes>) {
        let Some(with) = with.filter(|with| !with.alt.trim().is_empty()) else { return };
        match links::absolute(self.base, &with.address) {
            Some(source) if self.markdown => {
                self.lines.mark("![");
                self.text(&with.alt);
                self.lines.unmark(&format!("]({})", in_brackets(&source)));
            }
            _ => self.text(&with.alt),
        }
    }

    fn end_row(&mut self) {
        self.lines.unflatten();
        self.lines.line();
        let Some(table) = &mut self.table else { return };
        table.rows += 1;
        if self.markdown && table.rows == 1 && table.cells > 0 {
            let rule = " --- |".repeat(table.cells.min(1_000));
            self.lines.raw(&format!("|{rule}"));
            self.lines.line();
        }
    }

    fn pre(&mut self, text: &str) {
        let text = text.trim_matches('\n');
        self.lines.block();
        if self.markdown {
            let fence = "`".repeat(longest_run(text).max(2) + 1);
            self.lines.raw(&fence);
            self.lines.verbatim(text);
            self.lines.line();
            self.lines.raw(&fence);
        } else {
            self.lines.verbatim(text);
        }
        self.lines.block();
    }

    fn code(&mut self, text: &str) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return;
        }
        let fence = "`".repeat(longest_run(&text) + 1);
        let room = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
        self.lines.raw(&format!("{fence}{room}{text}{room}{fence}"));
    }
}

const HEADINGS: [&str; 6] = ["# ", "## ", "### ", "#### ", "##### ", "###### "];

fn text(steps: &[Step]) -> String {
    let mut all = String::new();
    for step in steps {
        match step {
            Step::Text(text) => all.push_str(text),
            Step::Open { tag: Tag::Break, .. } => all.push('\n'),
            _ => {}
        }
    }
    all
}

fn in_brackets(url: &Url) -> String {
    url.as_str().replace('(', "%28").replace(')', "%29")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn plain(word: &str, _: bool, out: &mut String) {
    out.push_str(word);
}

/// Writes a word so that it means itself.
fn escape(word: &str, start: bool, cell: bool, out: &mut String) {
    let numbered = |mark: char| {
        let digits = word.strip_suffix(mark).unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    if start && (numbered('.') || numbered(')')) {
        let (digits, mark) = word.split_at(word.len() - 1);
        out.extend([digits, "\\", mark]);
        return;
    }
    if start && word.starts_with(['#', '>', '-', '+', '=', '~']) {
        out.push('\\');
    }
    let mut before = None;
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' => true,
            '|' => cell,
            '&' => joined(rest.peek().copied()) || rest.peek() == Some(&'#'),
            '_' => !joined(before) || !joined(rest.peek().copied()),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
}
