//! The lines of an Org file that matter to a manifest: the keywords before the first headline,
//! and the drawer of the headline tagged `:toolkit:`. Where they stand, not what they mean.

use super::{
    keyword::{self, Keyword},
    place::Place,
};

/// A keyword or property line with a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'t> {
    /// What stands before the colon.
    pub(crate) name: &'t str,
    /// Where that is.
    pub(crate) name_place: Place,
    /// What stands after it, trimmed; never empty.
    pub(crate) value: &'t str,
    /// Where that is.
    pub(crate) place: Place,
}

/// Why a known keyword is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Astray {
    /// It does not begin its line.
    Indented,
    /// It comes after the first headline.
    Below,
}

/// What a reader found, each in the order of the lines.
#[derive(Debug, Default)]
pub(super) struct Reading<'t> {
    pub(super) keywords: Vec<Entry<'t>>,
    pub(super) properties: Vec<Entry<'t>>,
    pub(super) astray: Vec<(&'static Keyword, Place, Astray)>,
    /// The headlines tagged `:toolkit:`.
    pub(super) headlines: Vec<Place>,
    /// The block that hides keywords, for it has no end before the first headline.
    pub(super) open_block: Option<Place>,
}

/// What the line before allows this line to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At<'t> {
    /// Before the first headline.
    Preamble,
    /// In a block of this name, and where it began.
    Block(&'t str, Place),
    /// Right below the toolkit's headline.
    Headline,
    /// In its drawer.
    Drawer,
    /// Anywhere else.
    Body,
}

/// Reads a whole text.
pub(super) fn read(text: &str) -> Reading<'_> {
    let mut reading = Reading::default();
    let mut at = At::Preamble;
    let mut below = false;
    let mut offset = 0;
    for (index, raw) in text.split('\n').enumerate() {
        let line = raw.strip_suffix('\r').unwrap_or(raw);
        let place = Place { offset, length: line.len(), line: index + 1, column: 1 };
        offset += raw.len() + 1;

        if is_headline(line) {
            if let (At::Block(_, start), false) = (at, below) {
                reading.open_block = Some(start);
            }
            below = true;
            at = At::Body;
            if is_tagged_toolkit(line) {
                reading.headlines.push(place);
                at = At::Headline;
            }
            continue;
        }
        at = match at {
            At::Block(name, _)
                if block_line(line, "end_").is_some_and(|n| n.eq_ignore_ascii_case(name)) =>
            {
                resume(below)
            }
            At::Block(..) => at,
            At::Headline if is_property(line, "PROPERTIES") => At::Drawer,
            At::Headline if is_planning(line) => At::Headline,
            At::Drawer if is_property(line, "END") => At::Body,
            At::Drawer => {
                reading.properties.extend(property(line, place));
                At::Drawer
            }
            At::Preamble | At::Headline | At::Body => {
                if let Some(name) = block_line(line, "begin_") {
                    At::Block(name, place)
                } else {
                    reading.line(line, place, below);
                    resume(below)
                }
            }
        };
    }
    if let (At::Block(_, start), false) = (at, below) {
        reading.open_block = Some(start);
    }
    reading
}

fn resume<'t>(below: bool) -> At<'t> {
    if below { At::Body } else { At::Preamble }
}

impl<'t> Reading<'t> {
    fn line(&mut self, line: &'t str, place: Place, below: bool) {
        let trimmed = line.trim_start_matches([' ', '\t']);
        let Some((name, value)) = keyword(trimmed) else {
            return;
        };
        let name_place = place.of(line, name);
        let astray = if below {
            Astray::Below
        } else if trimmed.len() < line.len() {
            Astray::Indented
        } else {
            if !value.is_empty() {
                let place = place.of(line, value);
                self.keywords.push(Entry { name, name_place, value, place });
            }
            return;
        };
        if let Some(row) = keyword::find(name) {
            self.astray.push((row, name_place, astray));
        }
    }
}

/// `#+NAME: value`, with the value trimmed.
pub(super) fn keyword(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("#+")?.split_once(':')?;
    let of_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (!name.is_empty() && name.bytes().all(of_name)).then(|| (name, trim(value)))
}

/// `:NAME: value`, with any indent.
pub(super) fn property(line: &str, place: Place) -> Option<Entry<'_>> {
    let name = property_name(line)?;
    let after = line.split_once(name)?.1.strip_prefix(':')?;
    let value = trim(after);
    let entry =
        Entry { name, name_place: place.of(line, name), value, place: place.of(line, value) };
    (!value.is_empty()).then_some(entry)
}

pub(super) fn is_property(line: &str, name: &str) -> bool {
    property_name(line).is_some_and(|n| n.eq_ignore_ascii_case(name))
}

fn property_name(line: &str) -> Option<&str> {
    let (name, _) = trim(line).strip_prefix(':')?.split_once(':')?;
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

/// The rest of the first word of `#+begin_x` or `#+end_x`, in whatever case.
pub(super) fn block_line<'t>(line: &'t str, what: &str) -> Option<&'t str> {
    let word = trim(line).strip_prefix("#+")?.split([' ', '\t']).next()?;
    let head = word.get(..what.len())?;
    let name = word.get(what.len()..)?;
    (head.eq_ignore_ascii_case(what) && !name.is_empty() && !name.ends_with(':')).then_some(name)
}

pub(super) fn is_headline(line: &str) -> bool {
    let rest = line.trim_start_matches('*');
    rest.len() < line.len() && rest.starts_with(' ')
}

fn is_tagged_toolkit(line: &str) -> bool {
    let tags = trim(line).rsplit([' ', '\t']).next().unwrap_or_default();
    let within = tags.strip_prefix(':').and_then(|t| t.strip_suffix(':'));
    within.is_some_and(|tags| tags.split(':').any(|tag| tag.eq_ignore_ascii_case("toolkit")))
}

pub(super) fn is_planning(line: &str) -> bool {
    ["SCHEDULED:", "DEADLINE:", "CLOSED:"].iter().any(|word| trim(line).starts_with(word))
}

pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
