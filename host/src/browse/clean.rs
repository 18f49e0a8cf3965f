//! A page as HTML of the few elements that a reader needs, without scripts, styles and forms.

use url::Url;

use super::article::Article;
use super::links;
use super::tag::Tag;
use super::tape::{Attributes, Step, Tape};

/// The page's HTML, or nothing if it is longer than `cap` bytes. Its only attributes are the
/// `href` of `a`, and `src` and `alt` of `img`.
pub(super) fn render(tape: &Tape, article: &Article, base: &Url, cap: usize) -> Option<String> {
    let mut out = String::new();
    let (mut at, end) = article.range;
    while at < end {
        match &tape.steps[at] {
            Step::Open { close, .. } if article.leaves_out(tape, at) => at = *close,
            Step::Open { tag, with, .. } => open(&mut out, *tag, with.as_deref(), base),
            Step::Close(tag) if !tag.is_void() => {
                out.extend(["</", name(*tag), ">"]);
            }
            Step::Close(_) => {}
            Step::Text(text) => escape(text, &mut out),
        }
        if out.len() > cap {
            return None;
        }
        at += 1;
    }
    Some(out.trim().to_owned())
}

fn open(out: &mut String, tag: Tag, with: Option<&Attributes>, base: &Url) {
    out.extend(["<", name(tag)]);
    if let Some(with) = with {
        let source = if tag == Tag::Image { "src" } else { "href" };
        if let Some(url) = links::absolute(base, &with.address) {
            attribute(out, source, url.as_str());
        }
        if tag == Tag::Image {
            attribute(out, "alt", &with.alt);
        }
    }
    out.push('>');
}

fn attribute(out: &mut String, name: &str, value: &str) {
    out.extend([" ", name, "=\""]);
    escape(value, out);
    out.push('"');
}

fn name(tag: Tag) -> &'static str {
    match tag {
        Tag::Container | Tag::Marginal => "div",
        Tag::Article => "article",
        Tag::Heading(level) => {
            ["h1", "h2", "h3", "h4", "h5", "h6"][usize::from(level.clamp(1, 6)) - 1]
        }
        Tag::Paragraph => "p",
        Tag::List { ordered: true } => "ol",
        Tag::List { ordered: false } => "ul",
        Tag::Item => "li",
        Tag::Term => "dt",
        Tag::Detail => "dd",
        Tag::Quote => "blockquote",
        Tag::Pre => "pre",
        Tag::Table => "table",
        Tag::Row => "tr",
        Tag::Cell => "td",
        Tag::Anchor => "a",
        Tag::Image => "img",
        Tag::Strong => "strong",
        Tag::Emphasis => "em",
        Tag::Code => "code",
        Tag::Break => "br",
        Tag::Rule => "hr",
    }
}

fn escape(text: &str, out: &mut String) {
    for part in text.split_inclusive(['&', '<', '>', '"']) {
        let (plain, special) = match part.as_bytes().last() {
            Some(b'&') => (&part[..part.len() - 1], "&amp;"),
            Some(b'<') => (&part[..part.len() - 1], "&lt;"),
            Some(b'>') => (&part[..part.len() - 1], "&gt;"),
            Some(b'"') => (&part[..part.len() - 1], "&quot;"),
            _ => (part, ""),
        };
        out.extend([plain, special]);
    }
}
