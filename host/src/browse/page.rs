//! An answer of a server, as a reader sees it.

use std::time::Instant;

use url::Url;
use workbooks_bindings::engine::browse::{Format, Page};

use super::article::Article;
use super::tag::Tag;
use super::tape::{Step, Tape};
use super::{clean, decode, links, prose};
use crate::capability::Refusal;

/// Bytes of a body, as it was sent, as it was unpacked, and as it is shown.
pub(crate) const BODY: usize = 4 << 20;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where it was in the end.
    pub(crate) url: Url,
    /// The media type, as it was sent.
    pub(crate) media: Option<String>,
    /// How it is packed, as it was sent.
    pub(crate) coding: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Whether an answer of this media type is a page. What has none is taken for HTML.
///
/// # Errors
///
/// [`Refusal::Unsupported`] when it is not.
pub(crate) fn check_media(media: Option<&str>) -> Result<(), Refusal> {
    Kind::of(media).map(|_| ())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Html,
    Plain,
}

impl Kind {
    fn of(media: Option<&str>) -> Result<Self, Refusal> {
        let essence = media.unwrap_or("text/html").split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        match essence.as_str() {
            "text/html" | "application/xhtml+xml" => Ok(Self::Html),
            "text/plain" | "text/markdown" | "text/csv" | "application/json" | "text/xml"
            | "application/xml" => Ok(Self::Plain),
            other if other.ends_with("+json") || other.ends_with("+xml") => Ok(Self::Plain),
            _ => Err(Refusal::Unsupported(
                "what is there is no page: only HTML, plain text, JSON and XML are read".into(),
            )),
        }
    }
}

/// Reads a page, until `until`. It is work for a thread that may block.
///
/// # Errors
///
/// [`Refusal::Unsupported`] for what is no page, [`Refusal::TooLarge`] when it or what is made of it
/// is over 4 MiB, [`Refusal::Timeout`], and [`Refusal::Unavailable`] when it is damaged.
pub(crate) fn read(answer: Answer, format: Format, until: Instant) -> Result<Page, Refusal> {
    let kind = Kind::of(answer.media.as_deref())?;
    let label = answer.media.as_deref().and_then(charset);
    let body = decode::unpack(answer.body, answer.coding.as_deref(), BODY)?;
    let text = decode::text(&body, label.as_deref());
    drop(body);
    let url = answer.url;
    if kind == Kind::Plain {
        if text.len() > BODY {
            return Err(Refusal::TooLarge(BODY as u64));
        }
        return Ok(Page { url: url.into(), title: String::new(), body: text, links: Vec::new() });
    }
    let tape = Tape::read(&text, until)?;
    drop(text);
    let base = tape.base.as_deref().and_then(|base| links::absolute(&url, base));
    let base = base.as_ref().unwrap_or(&url);
    let shown = |article: &Article| match format {
        Format::Text => prose::render(&tape, article, base, false, BODY),
        Format::Markdown => prose::render(&tape, article, base, true, BODY),
        Format::Html => clean::render(&tape, article, base, BODY),
    };
    let too_large = || Refusal::TooLarge(BODY as u64);
    let mut body = shown(&Article::find(&tape)).ok_or_else(too_large)?;
    if body.is_empty() {
        body = shown(&Article::whole(&tape)).ok_or_else(too_large)?;
    }
    let links = links::all(&tape, base);
    Ok(Page { url: url.into(), title: title(&tape), body, links })
}

/// The `charset` of a media type.
fn charset(media: &str) -> Option<String> {
    let parameters = media.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut labels = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    labels.next().map(|(_, label)| label.trim().trim_matches('"').to_owned())
}

/// The title that the page gives itself, or its first heading.
fn title(tape: &Tape) -> String {
    let collapse = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = collapse(&tape.title);
    if !title.is_empty() {
        return title;
    }
    let is_first = |step: &Step| matches!(step, Step::Open { tag: Tag::Heading(1), .. });
    let Some(at) = tape.steps.iter().position(is_first) else { return String::new() };
    let within = tape.steps[at..].iter().take_while(|step| **step != Step::Close(Tag::Heading(1)));
    let mut heading = String::new();
    for step in within {
        if let Step::Text(text) = step {
            heading.push_str(text);
        }
    }
    collapse(&heading)
}
