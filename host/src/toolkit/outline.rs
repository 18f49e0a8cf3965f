//! The outline of an Org text: its keywords, its headlines with tags and drawers, its source
//! blocks and links. Where they stand, not what they mean.

use super::place::Place;
use super::reader::{
    Entry, block_line, is_headline, is_planning, is_property, keyword, property, trim,
};

/// What an outline holds, each in the order of the lines.
#[derive(Debug, Default)]
pub(crate) struct Outline<'t> {
    /// Those at column 0 above the first headline.
    pub(crate) keywords: Vec<Entry<'t>>,
    pub(crate) headlines: Vec<Headline<'t>>,
    pub(crate) blocks: Vec<Block<'t>>,
    /// The targets of links, outside of blocks and verbatim text.
    pub(crate) links: Vec<(&'t str, Place)>,
    /// Blocks and drawers that are never closed, so that what is below them is lost.
    pub(crate) unclosed: Vec<Place>,
    pub(crate) lines: usize,
}

/// A headline, and what stands under it before the next one.
#[derive(Debug)]
pub(crate) struct Headline<'t> {
    /// Stars.
    pub(crate) level: usize,
    /// Without stars, `TODO` or `DONE`, priority and tags.
    pub(crate) title: &'t str,
    pub(crate) tags: Vec<&'t str>,
    /// The whole line.
    pub(crate) place: Place,
    /// Its drawer's.
    pub(crate) properties: Vec<Entry<'t>>,
    /// The items of its lists that lie in no other item.
    pub(crate) items: usize,
}

/// A `#+begin_` block.
#[derive(Debug)]
pub(crate) struct Block<'t> {
    /// `src`, `example`, ….
    pub(crate) name: &'t str,
    /// What stands after it on its first line.
    pub(crate) arguments: &'t str,
    /// The `#+CAPTION:` right above it, whatever its indent.
    pub(crate) caption: Option<&'t str>,
    /// The headline that it stands under, by number.
    pub(crate) under: Option<usize>,
    pub(crate) place: Place,
}

/// What the line before allows this line to be.
#[derive(Clone, Copy)]
enum At<'t> {
    Text,
    Block(&'t str, Place),
    Headline,
    Drawer(Place),
}

impl<'t> Outline<'t> {
    /// Reads a whole text.
    pub(crate) fn of(text: &'t str) -> Self {
        let mut outline = Self::default();
        let (mut at, mut caption, mut indent, mut offset) = (At::Text, None, None, 0);
        for (index, raw) in text.split('\n').enumerate() {
            let line = raw.strip_suffix('\r').unwrap_or(raw);
            let place = Place { offset, length: line.len(), line: index + 1, column: 1 };
            offset += raw.len() + 1;

            if is_headline(line) {
                outline.leave(at);
                outline.headlines.push(headline(line, place));
                (at, caption, indent) = (At::Headline, None, None);
                continue;
            }
            at = match at {
                At::Block(name, _)
                    if block_line(line, "end_").is_some_and(|n| n.eq_ignore_ascii_case(name)) =>
                {
                    At::Text
                }
                At::Block(..) => at,
                At::Headline if is_property(line, "PROPERTIES") => At::Drawer(place),
                At::Headline if is_planning(line) => At::Headline,
                At::Drawer(_) if is_property(line, "END") => At::Text,
                At::Drawer(_) => {
                    if let Some(headline) = outline.headlines.last_mut() {
                        headline.properties.extend(property(line, place));
                    }
                    at
                }
                At::Text | At::Headline => {
                    if let Some(name) = block_line(line, "begin_") {
                        outline.block(name, line, place, caption.take());
                        At::Block(name, place)
                    } else {
                        outline.text(line, place, &mut caption, &mut indent);
                        At::Text
                    }
                }
            };
        }
        outline.leave(at);
        outline.lines = text.lines().count();
        outline
    }

    fn leave(&mut self, at: At<'t>) {
        if let At::Block(_, place) | At::Drawer(place) = at {
            self.unclosed.push(place);
        }
    }

    fn block(&mut self, name: &'t str, line: &'t str, place: Place, caption: Option<&'t str>) {
        let arguments = line.split_once(name).map_or("", |(_, rest)| trim(rest));
        let under = self.headlines.len().checked_sub(1);
        self.blocks.push(Block { name, arguments, caption, under, place });
    }

    fn text(
        &mut self,
        line: &'t str,
        place: Place,
        caption: &mut Option<&'t str>,
        indent: &mut Option<usize>,
    ) {
        let trimmed = line.trim_start_matches([' ', '\t']);
        if let Some((name, value)) = keyword(trimmed) {
            let name_place = place.of(line, name);
            if name.eq_ignore_ascii_case("CAPTION") {
                *caption = Some(value).filter(|value| !value.is_empty());
            }
            if self.headlines.is_empty() && trimmed.len() == line.len() && !value.is_empty() {
                let place = place.of(line, value);
                self.keywords.push(Entry { name, name_place, value, place });
            }
            return;
        }
        if !trimmed.is_empty() {
            *caption = None;
        }
        if trimmed.starts_with(": ") || trimmed.starts_with("# ") {
            return;
        }
        if is_item(trimmed) {
            let depth = line.len() - trimmed.len();
            let outermost = indent.get_or_insert(depth);
            if let (Some(headline), true) = (self.headlines.last_mut(), depth <= *outermost) {
                headline.items += 1;
            }
        }
        let (mut from, mut rest) = (place, line);
        for target in links(line) {
            let at = from.of(rest, target);
            self.links.push((target, at));
            // On from there: a line may have as many links as there is room for.
            (rest, from) = (rest.get(at.offset - from.offset..).unwrap_or_default(), at);
        }
    }

    /// The blocks under a headline and under those below it.
    pub(crate) fn blocks_under(&self, headline: usize) -> impl Iterator<Item = &Block<'t>> {
        let level = self.headlines[headline].level;
        let below = self.headlines[headline + 1..].iter().take_while(move |one| one.level > level);
        let last = headline + below.count();
        let within = move |under: usize| (headline..=last).contains(&under);
        self.blocks.iter().filter(move |block| block.under.is_some_and(within))
    }
}

fn headline(line: &str, place: Place) -> Headline<'_> {
    let rest = line.trim_start_matches('*');
    let level = line.len() - rest.len();
    let mut title = trim(rest);
    let last = title.rsplit([' ', '\t']).next().unwrap_or_default();
    let tags = tags(last);
    if !tags.is_empty() {
        title = trim(&title[..title.len() - last.len()]);
    }
    for word in ["TODO ", "DONE "] {
        title = title.strip_prefix(word).map_or(title, trim);
    }
    if let [b'[', b'#', _, b']', ..] = title.as_bytes() {
        title = trim(title.get(4..).unwrap_or(title));
    }
    Headline { level, title, tags, place, properties: Vec::new(), items: 0 }
}

/// `:one:two:`, or none.
fn tags(word: &str) -> Vec<&str> {
    let of_tag = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '#' | '%');
    let within = word.strip_prefix(':').and_then(|word| word.strip_suffix(':')).unwrap_or("");
    let tags: Vec<_> = within.split(':').collect();
    let good = tags.iter().all(|tag| !tag.is_empty() && tag.chars().all(of_tag));
    if good { tags } else { Vec::new() }
}

/// Whether a line, without its indent, begins an item of a list.
fn is_item(line: &str) -> bool {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("- ")
        || line.starts_with("+ ")
        || (digits.len() < line.len() && (digits.starts_with(". ") || digits.starts_with(") ")))
}

/// The targets of `[[target]]` and `[[target][words]]`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        loop {
            // Whatever is before it is looked at once, however many `[[` there are.
            let (before, after) = rest.split_once(']')?;
            rest = after;
            let Some((lead, target)) = before.rsplit_once("[[") else { continue };
            let closed = after.starts_with([']', '[']);
            if closed && !target.is_empty() && !lead.ends_with(['=', '~']) {
                return Some(target);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_of_nothing_but_links_takes_no_longer_than_any_other() {
        let text = format!("{}]]", "[[".repeat(1 << 19));
        assert!(Outline::of(&text).links.is_empty());
        let text = "[[é]]".repeat(1 << 17);
        let outline = Outline::of(&text);
        assert_eq!(outline.links.len(), 1 << 17);
        assert_eq!(outline.links[1].1, Place { offset: 8, length: 2, line: 1, column: 8 });
    }

    #[test]
    fn what_is_not_closed_is_told() {
        for text in ["#+begin_src c\nx", "* a\n:PROPERTIES:\n:ID: x\n* b", "#+begin_src\n* a"] {
            assert_eq!(Outline::of(text).unclosed.len(), 1, "{text}");
        }
        assert!(Outline::of("* a\n:PROPERTIES:\n:END:\n#+begin_x\n#+end_x").unclosed.is_empty());
    }

    #[test]
    fn a_headline_is_its_words_without_its_tags() {
        let read = |line: &'static str| {
            let outline = Outline::of(line);
            let first = outline.headlines.first().map(|h| (h.level, h.title, h.tags.clone()));
            first.unwrap_or_default()
        };
        assert_eq!(read("* One two  :a:b:"), (1, "One two", vec!["a", "b"]));
        assert_eq!(read("** TODO [#A] One"), (2, "One", vec![]));
        assert_eq!(read("* One ::"), (1, "One ::", vec![]));
        assert_eq!(read("* One :a b:"), (1, "One :a b:", vec![]));
        assert_eq!(read("*bold*"), (0, "", vec![]));
        assert_eq!(read(" * One"), (0, "", vec![]));
    }

    #[test]
    fn an_indented_caption_is_its_blocks_too() {
        let text = "* W\n  #+CAPTION: Say it\n  #+begin_src sh :role pre\n  [[x]]\n  #+end_src\n\
                    #+CAPTION: lost\nwords\n#+begin_src sh\n#+end_src";
        let outline = Outline::of(text);
        let captions: Vec<_> = outline.blocks_under(0).map(|block| block.caption).collect();
        assert_eq!(captions, [Some("Say it"), None]);
        assert_eq!(outline.blocks[0].arguments, "sh :role pre");
        assert!(outline.links.is_empty());
    }

    #[test]
    fn links_and_items_are_those_outside_of_blocks() {
        let text = "* S\n- one [[a][b]] =[[no]]= [[c]]\n  - within\n- two\n: [[no]]\n#+begin_x\n- no\n#+end_x\n";
        let outline = Outline::of(text);
        assert_eq!(outline.links.iter().map(|(link, _)| *link).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(outline.headlines[0].items, 2);
    }

    proptest! {
        #[test]
        fn every_place_is_in_the_text_and_says_what_is_there(
            lines in proptest::collection::vec(
                "(\\* |\\*\\* |#\\+|:|- |\\[\\[|#\\+begin_|#\\+end_)?(PROPERTIES:|END:|CAPTION: |src|[ -~é\\]:]{0,12})", 0..20,
            ),
            crlf: bool,
        ) {
            let text = lines.join(if crlf { "\r\n" } else { "\n" });
            let outline = Outline::of(&text);
            let entries = outline.keywords.iter().chain(outline.headlines.iter().flat_map(|h| &h.properties));
            for entry in entries {
                prop_assert_eq!(&text[entry.place.offset..][..entry.place.length], entry.value);
                prop_assert_eq!(text[..entry.place.offset].matches('\n').count() + 1, entry.place.line);
            }
            for (target, at) in &outline.links {
                prop_assert_eq!(&text[at.offset..][..at.length], *target);
            }
            for headline in &outline.headlines {
                prop_assert!(text[headline.place.offset..].starts_with('*'));
            }
        }
    }
}
