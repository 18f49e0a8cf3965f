//! The two blocks of ours in a page, and where they may stand.
//!
//! What a signature covers is the page without them, so that nothing of them may mean anything to
//! a browser: their tags have the two attributes that make them data and no other, their bodies
//! hold no `<` (see the callers), and they stand in one place alone, before the first `</body>` or
//! at the end. So whatever a browser makes of the page around them, it is what was signed.

use std::ops::Range;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

use super::PageError;

/// `type` of the manifest's block.
pub(super) const MANIFEST_TYPE: &str = "application/workbooks-c2pa+json";
/// `id` of the manifest's block.
pub(super) const MANIFEST_ID: &str = "wb-c2pa-manifest";
/// `type` of the bundle's block, as it is written; any of `application/` that no browser runs is read.
pub(super) const BUNDLE_TYPE: &str = "application/vnd.workbooks.bundle+zip";
/// `id` of the bundle's block.
pub(super) const BUNDLE_ID: &str = "wb-bundle";

/// Bytes of a page: a bundle of 512 MiB, in base64, and a page around it.
const MAX_BYTES: usize = 768 << 20;
/// Blocks that are looked at; two are allowed.
const MAX_BLOCKS: usize = 64;
const END: &[u8] = b"</script>";

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Manifest,
    Bundle,
}

/// A `script` element that has the id or the type of one of ours.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// From `<script` to `</script>`.
    pub(super) all: Range<usize>,
    /// What is between the tags.
    pub(super) body: Range<usize>,
    /// Whether its tags are as ours are.
    sound: bool,
}

/// The blocks of a page, in its order.
#[derive(Debug)]
pub(super) struct Blocks {
    all: Vec<Block>,
    /// Where blocks belong: before this.
    end: usize,
}

impl Blocks {
    /// The blocks of `html`, as a browser's tokenizer finds elements.
    ///
    /// # Errors
    /// [`PageError::TooLarge`], [`PageError::Malformed`] if there are too many.
    pub(super) fn find(html: &[u8]) -> Result<Self, PageError> {
        if html.len() > MAX_BYTES {
            return Err(PageError::TooLarge);
        }
        let mut emitter = DefaultEmitter::<usize>::new_with_span();
        emitter.naively_switch_states(true);
        let mut found = Self { all: Vec::new(), end: html.len() };
        let mut open: Option<Block> = None;
        for token in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Ok(Token::StartTag(tag)) if tag.name.as_slice() == b"script" => {
                    open = block(html, &tag);
                }
                Ok(Token::EndTag(tag)) => {
                    if let Some(mut block) = open.take() {
                        block.body.end = tag.span.start;
                        block.all.end = tag.span.end;
                        let end = html.get(tag.span.start..tag.span.end);
                        block.sound &= end.is_some_and(|end| end.eq_ignore_ascii_case(END));
                        found.all.push(block);
                        if found.all.len() > MAX_BLOCKS {
                            return Err(PageError::malformed("it has too many blocks"));
                        }
                    } else if tag.name.as_slice() == b"body" && found.end == html.len() {
                        found.end = tag.span.start;
                    }
                }
                Ok(_) => {}
            }
        }
        // One that nothing ends is the rest of the page.
        found.all.extend(open.map(|block| Block { sound: false, ..block }));
        Ok(found)
    }

    /// The one block of a kind, if there is one.
    ///
    /// # Errors
    /// [`PageError::Malformed`] if there are two, or it is not as ours are.
    pub(super) fn one(&self, kind: Kind) -> Result<Option<&Block>, PageError> {
        let mut of_kind = self.all.iter().filter(|block| block.kind == kind);
        let first = of_kind.next();
        if of_kind.next().is_some() {
            return Err(PageError::malformed("it has two blocks of one kind"));
        }
        if first.is_some_and(|block| !block.sound) {
            return Err(PageError::malformed("the tags of its block are not as they are written"));
        }
        Ok(first)
    }

    /// Whether every block stands where blocks belong: a relocated one could take a page apart.
    pub(super) fn are_in_place(&self, html: &[u8]) -> bool {
        let Some(first) = self.all.first() else { return true };
        let mut at = first.all.start;
        let blank = |range: Range<usize>| {
            html.get(range).is_some_and(|between| between.iter().all(u8::is_ascii_whitespace))
        };
        for block in &self.all {
            if !blank(at..block.all.start) {
                return false;
            }
            at = block.all.end;
        }
        blank(at..self.end)
    }

    /// The page without its blocks.
    pub(super) fn cut(&self, html: &[u8]) -> Vec<u8> {
        let mut rest = Vec::with_capacity(html.len());
        let mut at = 0;
        for block in &self.all {
            rest.extend_from_slice(&html[at..block.all.start]);
            at = block.all.end;
        }
        rest.extend_from_slice(&html[at..]);
        rest
    }

    /// A page without blocks, with `blocks` where they belong.
    pub(super) fn put(&self, html: &[u8], blocks: &[u8]) -> Vec<u8> {
        let (before, after) = html.split_at(self.end);
        [before, blocks, after].concat()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// A block of ours, if this tag begins one.
fn block(html: &[u8], tag: &StartTag<usize>) -> Option<Block> {
    let value = |name: &[u8]| tag.attributes.get(name).map(|value| value.as_slice());
    let (id, of_type) = (value(b"id").unwrap_or_default(), value(b"type").unwrap_or_default());
    let is_manifest =
        id == MANIFEST_ID.as_bytes() || of_type.eq_ignore_ascii_case(MANIFEST_TYPE.as_bytes());
    let is_bundle =
        id == BUNDLE_ID.as_bytes() || of_type.eq_ignore_ascii_case(BUNDLE_TYPE.as_bytes());
    let (kind, sound) = match (is_manifest, is_bundle) {
        (false, false) => return None,
        (true, _) => {
            let both = id == MANIFEST_ID.as_bytes()
                && of_type.eq_ignore_ascii_case(MANIFEST_TYPE.as_bytes());
            (Kind::Manifest, both)
        }
        (false, true) => (Kind::Bundle, id == BUNDLE_ID.as_bytes() && is_inert(of_type)),
    };
    let written = html.get(tag.span.start..tag.span.end).unwrap_or_default();
    // An attribute that is there twice is dropped by the tokenizer, and has an `=` all the same.
    #[expect(clippy::naive_bytecount, reason = "a tag is a few dozen bytes")]
    let plain = written.starts_with(b"<")
        && written.ends_with(b">")
        && written.is_ascii()
        && !written.contains(&b'&')
        && written.iter().filter(|&&b| b == b'=').count() == 2
        && tag.attributes.len() == 2
        && !tag.self_closing;
    let end = html.len();
    let (all, body) = (tag.span.start..end, tag.span.end..end);
    Some(Block { kind, all, body, sound: sound && plain })
}

/// Whether a browser takes a script of this type for data (HTML, "prepare the script element").
fn is_inert(of_type: &[u8]) -> bool {
    let lower = of_type.to_ascii_lowercase();
    lower.starts_with(b"application/") && !lower.windows(6).any(|part| part == b"script")
}
