//! The elements of HTML that mean something to a reader. All others are transparent.

/// What an element is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `div`, `section` and the like: a block without a meaning of its own.
    Container,
    /// `main` and `article`: what the page is about, says its author.
    Article,
    /// Navigation, asides, footers, forms: around what the page is about.
    Marginal,
    Heading(u8),
    Paragraph,
    List {
        ordered: bool,
    },
    Item,
    Term,
    Detail,
    Quote,
    Pre,
    Table,
    Row,
    Cell,
    Anchor,
    Image,
    Strong,
    Emphasis,
    Code,
    Break,
    Rule,
}

/// What is done with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It is kept.
    Kept(Tag),
    /// It goes, and its content stays.
    Transparent,
    /// It goes with all that is in it.
    Dropped,
    /// Its text is the page's title.
    Title,
    /// It says what addresses are relative to.
    Base,
}

/// Elements as the HTML Living Standard has them (§4 and, of those that are obsolete, §16.2).
pub(super) fn role(name: &[u8]) -> Role {
    Role::Kept(match name {
        b"div" | b"section" | b"header" | b"hgroup" | b"address" | b"figure" | b"figcaption"
        | b"details" | b"summary" | b"fieldset" | b"legend" | b"dl" | b"center" | b"caption"
        | b"body" => Tag::Container,
        b"main" | b"article" => Tag::Article,
        b"nav" | b"aside" | b"footer" | b"form" | b"menu" | b"dialog" | b"search" => Tag::Marginal,
        b"h1" => Tag::Heading(1),
        b"h2" => Tag::Heading(2),
        b"h3" => Tag::Heading(3),
        b"h4" => Tag::Heading(4),
        b"h5" => Tag::Heading(5),
        b"h6" => Tag::Heading(6),
        b"p" => Tag::Paragraph,
        b"ul" | b"dir" => Tag::List { ordered: false },
        b"ol" => Tag::List { ordered: true },
        b"li" => Tag::Item,
        b"dt" => Tag::Term,
        b"dd" => Tag::Detail,
        b"blockquote" => Tag::Quote,
        b"pre" | b"listing" => Tag::Pre,
        b"table" => Tag::Table,
        b"tr" => Tag::Row,
        b"td" | b"th" => Tag::Cell,
        b"a" => Tag::Anchor,
        b"img" | b"image" => Tag::Image,
        b"b" | b"strong" => Tag::Strong,
        b"i" | b"em" | b"cite" | b"dfn" | b"var" => Tag::Emphasis,
        b"code" | b"kbd" | b"samp" | b"tt" => Tag::Code,
        b"br" => Tag::Break,
        b"hr" => Tag::Rule,
        b"title" => return Role::Title,
        b"base" => return Role::Base,
        b"script" | b"style" | b"template" | b"noscript" | b"svg" | b"math" | b"iframe"
        | b"object" | b"canvas" | b"video" | b"audio" | b"select" | b"textarea" | b"button"
        | b"noembed" | b"noframes" | b"applet" => return Role::Dropped,
        _ => return Role::Transparent,
    })
}

impl Tag {
    /// Whether it has no content and no end tag.
    pub(super) fn is_void(self) -> bool {
        matches!(self, Self::Image | Self::Break | Self::Rule)
    }

    /// Whether it stands within a line.
    pub(super) fn is_inline(self) -> bool {
        matches!(
            self,
            Self::Anchor | Self::Image | Self::Strong | Self::Emphasis | Self::Code | Self::Break
        )
    }

    /// Whether an element `opened` within this one leaves it open, though its end tag is missing.
    fn is_left_open_by(self, opened: Self) -> bool {
        match self {
            Self::Paragraph => opened.is_inline(),
            Self::Heading(_) => !matches!(opened, Self::Heading(_)),
            Self::Anchor => opened != Self::Anchor,
            Self::Item => opened != Self::Item,
            Self::Term | Self::Detail => !matches!(opened, Self::Term | Self::Detail),
            Self::Row => opened != Self::Row,
            Self::Cell => !matches!(opened, Self::Cell | Self::Row),
            _ => true,
        }
    }

    /// Whether missing end tags within this element end no later than here, whatever is `opened`.
    fn bounds(self, opened: Self) -> bool {
        match self {
            Self::Table => true,
            Self::Cell => !matches!(opened, Self::Cell | Self::Row),
            Self::List { .. } | Self::Container | Self::Article | Self::Marginal | Self::Quote => {
                !matches!(opened, Self::Cell | Self::Row)
            }
            _ => false,
        }
    }

    /// Whether the end tag of `ended` is ignored if this element is open within that one.
    fn stops(self, ended: Self) -> bool {
        match self {
            Self::Table | Self::Cell => !matches!(ended, Self::Table | Self::Row | Self::Cell),
            Self::List { .. } | Self::Item | Self::Quote | Self::Container | Self::Article => {
                ended.is_inline()
            }
            _ => false,
        }
    }
}

/// How many of the `open` elements stay open when `opened` begins.
pub(super) fn kept_by_start(open: &[Tag], opened: Tag) -> usize {
    let mut kept = open.len();
    for (at, tag) in open.iter().enumerate().rev() {
        if !tag.is_left_open_by(opened) {
            kept = at;
        }
        if tag.bounds(opened) {
            break;
        }
    }
    kept
}

/// How many of the `open` elements stay open when `ended` ends; nothing if the tag is ignored.
pub(super) fn kept_by_end(open: &[Tag], ended: Tag) -> Option<usize> {
    for (at, tag) in open.iter().enumerate().rev() {
        if *tag == ended || matches!((tag, ended), (Tag::Heading(_), Tag::Heading(_))) {
            return Some(at);
        }
        if tag.stops(ended) {
            return None;
        }
    }
    None
}
