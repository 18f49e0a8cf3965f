//! HTML as a flat list of what opens, closes and is said: well nested, at most 256 deep, and made
//! in time and space that are linear in the page. Whatever the page says, nothing here recurses.

use std::time::Instant;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

use super::tag::{Role, Tag, kept_by_end, kept_by_start, role};
use crate::capability::Refusal;

/// Elements within elements. Deeper ones are as if their tags were not there; browsers do so at
/// 512.
const DEPTH: usize = 256;
/// Tokens between two looks at the clock.
const STRIDE: usize = 4_096;
/// Bytes of an address; longer ones, which are data or bombs, are as if they were not there.
pub(super) const ADDRESS: usize = 2_048;
/// Bytes of a title; what is longer is no title.
const TITLE: usize = 4_096;

/// A step through a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An element begins; `close` is the place of its end.
    Open {
        tag: Tag,
        close: usize,
        with: Option<Box<Attributes>>,
    },
    Close(Tag),
    Text(String),
}

/// The attributes that a reader needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    /// `href` of an anchor, `src` of an image, as it is written.
    pub(super) address: String,
    /// `alt` of an image.
    pub(super) alt: String,
    /// Its class, its id or its role says that it stands around what the page is about.
    pub(super) marginal: bool,
    /// A browser would not show it.
    pub(super) hidden: bool,
    /// Of a table: it holds more than rows of text.
    pub(super) layout: bool,
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Tape {
    pub(super) steps: Vec<Step>,
    /// Text of the first `title`.
    pub(super) title: String,
    /// `href` of the first `base`.
    pub(super) base: Option<String>,
}

impl Tape {
    /// Reads `html`, whatever it is, until `until`.
    pub(super) fn read(html: &str, until: Instant) -> Result<Self, Refusal> {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut recorder = Recorder::default();
        for (count, token) in Tokenizer::new_with_emitter(html, emitter).enumerate() {
            if count % STRIDE == 0 && Instant::now() >= until {
                return Err(Refusal::Timeout);
            }
            match token {
                Ok(Token::StartTag(tag)) => recorder.start(&tag),
                Ok(Token::EndTag(tag)) => recorder.end(&tag.name),
                Ok(Token::String(text)) => recorder.text(&String::from_utf8_lossy(&text)),
                Ok(Token::Comment(_) | Token::Doctype(_) | Token::Error(_)) => {}
            }
        }
        recorder.close_to(0);
        Ok(recorder.tape)
    }
}

#[derive(Default)]
struct Recorder {
    tape: Tape,
    /// The open elements, and where each begins.
    open: Vec<Tag>,
    begun: Vec<usize>,
    /// Start tags below the greatest depth, which have no place on the tape.
    beyond: usize,
    /// The element that goes with its content, and how many of its name are open.
    dropped: Option<(Vec<u8>, usize)>,
    in_title: bool,
    has_title: bool,
}

impl Recorder {
    fn start(&mut self, tag: &StartTag<()>) {
        if let Some((name, nested)) = &mut self.dropped {
            *nested += usize::from(**name == **tag.name);
            return;
        }
        self.in_title = false;
        match role(&tag.name) {
            // Of foreign elements, `/>` is an end.
            Role::Dropped if !tag.self_closing || !is_foreign(&tag.name) => {
                self.dropped = Some((tag.name.to_vec(), 1));
            }
            Role::Transparent if !is_void(&tag.name) && is_hidden(tag) => {
                self.dropped = Some((tag.name.to_vec(), 1));
            }
            Role::Kept(kept) if kept.is_void() => {
                self.open(kept, attributes(kept, tag));
                self.close_to(self.open.len() - 1);
            }
            Role::Kept(kept) if self.open.len() < DEPTH => self.open(kept, attributes(kept, tag)),
            Role::Kept(_) => self.beyond += 1,
            Role::Title if !self.has_title => (self.in_title, self.has_title) = (true, true),
            Role::Base if self.tape.base.is_none() => {
                self.tape.base = attribute(tag, b"href").filter(|href| href.len() <= ADDRESS);
            }
            Role::Dropped | Role::Title | Role::Base | Role::Transparent => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        if let Some((dropped, nested)) = &mut self.dropped {
            *nested -= usize::from(**dropped == *name);
            if *nested == 0 {
                self.dropped = None;
            }
            return;
        }
        self.in_title = false;
        let Role::Kept(tag) = role(name) else { return };
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if let Some(kept) = kept_by_end(&self.open, tag) {
            self.close_to(kept);
        }
    }

    fn text(&mut self, text: &str) {
        if self.dropped.is_some() {
            return;
        }
        if self.in_title {
            let room = TITLE.saturating_sub(self.tape.title.len());
            self.tape.title.push_str(&text[..text.floor_char_boundary(room)]);
            return;
        }
        match self.tape.steps.last_mut() {
            Some(Step::Text(before)) => before.push_str(text),
            _ => self.tape.steps.push(Step::Text(text.to_owned())),
        }
    }

    fn open(&mut self, tag: Tag, with: Option<Box<Attributes>>) {
        self.close_to(kept_by_start(&self.open, tag));
        if matches!(tag, Tag::Table | Tag::Heading(_) | Tag::List { .. } | Tag::Quote | Tag::Pre) {
            self.mark_table();
        }
        self.begun.push(self.tape.steps.len());
        self.open.push(tag);
        self.tape.steps.push(Step::Open { tag, close: 0, with });
    }

    /// The innermost table is not one of data.
    fn mark_table(&mut self) {
        let table = self.open.iter().rposition(|tag| *tag == Tag::Table);
        let step = table.and_then(|table| self.tape.steps.get_mut(self.begun[table]));
        if let Some(Step::Open { with, .. }) = step {
            with.get_or_insert_default().layout = true;
        }
    }

    fn close_to(&mut self, kept: usize) {
        while self.open.len() > kept {
            let (Some(tag), Some(begun)) = (self.open.pop(), self.begun.pop()) else { return };
            let end = self.tape.steps.len();
            self.tape.steps.push(Step::Close(tag));
            if let Some(Step::Open { close, .. }) = self.tape.steps.get_mut(begun) {
                *close = end;
            }
        }
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

fn attributes(kept: Tag, tag: &StartTag<()>) -> Option<Box<Attributes>> {
    if tag.attributes.is_empty() {
        return None;
    }
    let address = match kept {
        Tag::Anchor => attribute(tag, b"href"),
        Tag::Image => attribute(tag, b"src"),
        _ => None,
    };
    let alt = if kept == Tag::Image { attribute(tag, b"alt") } else { None };
    let attributes = Attributes {
        address: address.filter(|address| address.len() <= ADDRESS).unwrap_or_default(),
        alt: alt.unwrap_or_default(),
        marginal: kept == Tag::Container && is_marginal(tag),
        hidden: is_hidden(tag),
        layout: false,
    };
    (attributes != Attributes::default()).then(|| Box::new(attributes))
}

fn is_foreign(name: &[u8]) -> bool {
    matches!(name, b"svg" | b"math")
}

/// Whether it has no end tag (HTML Living Standard, §13.1.2) and means nothing to a reader.
fn is_void(name: &[u8]) -> bool {
    matches!(
        name,
        b"area"
            | b"col"
            | b"embed"
            | b"input"
            | b"link"
            | b"meta"
            | b"param"
            | b"source"
            | b"track"
            | b"wbr"
    )
}

/// Whether a browser would not show it. A style sheet can hide more than is seen here.
fn is_hidden(tag: &StartTag<()>) -> bool {
    let style = tag.attributes.get(&b"style"[..]).map(|style| {
        style.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect()
    });
    let style: Vec<u8> = style.unwrap_or_default();
    let says = |rule: &[u8]| style.windows(rule.len()).any(|part| part == rule);
    tag.attributes.contains_key(&b"hidden"[..])
        || tag.attributes.get(&b"aria-hidden"[..]).is_some_and(|value| ***value == *b"true")
        || says(b"display:none")
        || says(b"visibility:hidden")
}

/// Words of classes, ids and roles that stand for what is around an article.
const MARGINAL: &[&str] = &[
    "nav",
    "navbar",
    "navigation",
    "navbox",
    "menu",
    "sidebar",
    "footer",
    "breadcrumb",
    "breadcrumbs",
    "cookie",
    "cookies",
    "consent",
    "banner",
    "advert",
    "advertisement",
    "ads",
    "promo",
    "share",
    "sharing",
    "social",
    "related",
    "recommended",
    "comments",
    "newsletter",
    "popup",
    "modal",
    "contentinfo",
    "complementary",
    "toc",
    "pagination",
    "skip",
];

fn is_marginal(tag: &StartTag<()>) -> bool {
    if **tag.name == *b"body" {
        return false;
    }
    [&b"class"[..], b"id", b"role"].iter().filter_map(|name| tag.attributes.get(*name)).any(
        |value| {
            let words = value.split(|b| !b.is_ascii_alphanumeric());
            words
                .take(64)
                .any(|word| MARGINAL.iter().any(|of| word.eq_ignore_ascii_case(of.as_bytes())))
        },
    )
}
