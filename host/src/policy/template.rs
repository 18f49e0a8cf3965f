//! The arguments of a program with holes in them, and what a guest may put into each.

use std::fmt;

use thiserror::Error;

use crate::toolkit::{Invalid, has_hazard};

/// Arguments of which some are fixed and some are for a guest to give.
///
/// A hole is `{name}`, alone or within an argument, one in each at most; braces stand for nothing
/// else. A guest gives its values in the order in which the names first stand; a name that stands
/// twice has one value. `{*}`, alone and once, takes all that is left, up to 64 values. What a hole
/// takes is said behind its name:
///
/// - `{name}`: a word. 1 to 255 ASCII letters, digits and `._+=,%-`, the first of them a letter or
///   a digit, so that it is neither a flag nor a path nor an address;
/// - `{name:text}`: at most 4 KiB of text that does not begin with `-` and has no control
///   characters but tabs and line feeds. It may be a path or an address: the program decides;
/// - `{name:any}`: at most 64 KiB of anything but NUL. It may be a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Argument>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Argument {
    Fixed(String),
    Hole { before: String, name: String, takes: Takes, after: String },
    Rest(Takes),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Word,
    Text,
    Any,
}

/// Why what a guest gave does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misfit {
    /// Too few or too many values.
    #[error("it takes {0} arguments")]
    Count(String),
    /// A value that its hole does not take.
    #[error("`{hole}` takes {takes}")]
    Value {
        /// The hole's name.
        hole: String,
        /// What it takes, for people.
        takes: &'static str,
    },
}

/// The most values that `{*}` takes.
const REST: usize = 64;

impl Template {
    pub(super) fn read(argv: &[String]) -> Result<Self, Invalid> {
        let arguments =
            argv.iter().map(|text| Argument::read(text)).collect::<Result<Vec<_>, _>>()?;
        let rests = arguments.iter().filter(|argument| matches!(argument, Argument::Rest(_)));
        if rests.count() > 1 {
            return Err(Invalid::new("{*}", "stands twice", "let one `{*}` take all that is left"));
        }
        Ok(Self(arguments))
    }

    pub(super) fn written(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// The arguments for these values.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn fill(&self, given: &[String]) -> Result<Vec<String>, Misfit> {
        let names = self.names();
        let open = self.0.iter().any(|argument| matches!(argument, Argument::Rest(_)));
        let fits = if open {
            (names.len()..=names.len() + REST).contains(&given.len())
        } else {
            given.len() == names.len()
        };
        if !fits {
            let more = if open { " or more" } else { "" };
            return Err(Misfit::Count(format!("{}{more}", names.len())));
        }
        let (named, rest) = given.split_at(names.len());
        let mut filled = Vec::new();
        for argument in &self.0 {
            match argument {
                Argument::Fixed(text) => filled.push(text.clone()),
                Argument::Hole { before, name, takes, after } => {
                    let at = names.iter().position(|known| known == name);
                    let value = at.and_then(|at| named.get(at)).map_or("", String::as_str);
                    filled.push(format!("{before}{}{after}", takes.checked(name, value)?));
                }
                Argument::Rest(takes) => {
                    for value in rest {
                        filled.push(takes.checked("*", value)?.to_owned());
                    }
                }
            }
        }
        Ok(filled)
    }

    /// The names of its holes, each once.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for argument in &self.0 {
            if let Argument::Hole { name, .. } = argument
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }
}

impl Argument {
    fn read(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason: &str| {
            let help = "write fixed text with one `{name}`, `{name:text}` or `{name:any}` at most; \
                        `{*}` stands alone";
            Invalid::new(text, reason, help)
        };
        if has_hazard(text).is_some() {
            return Err(invalid("has a control character in it"));
        }
        let Some((before, rest)) = text.split_once('{') else {
            let fixed = !text.contains('}');
            return fixed.then(|| Self::Fixed(text.to_owned())).ok_or_else(|| invalid("has a `}`"));
        };
        let (hole, after) = rest.split_once('}').ok_or_else(|| invalid("has a `{` and no `}`"))?;
        if [before, hole, after].iter().any(|part| part.contains(['{', '}'])) {
            return Err(invalid("has more than one hole"));
        }
        let (name, takes) = hole.split_once(':').unwrap_or((hole, "word"));
        let takes = match takes {
            "word" => Takes::Word,
            "text" => Takes::Text,
            "any" => Takes::Any,
            _ => return Err(invalid("has a hole that takes what there is not")),
        };
        if name == "*" {
            let alone = before.is_empty() && after.is_empty();
            return alone
                .then_some(Self::Rest(takes))
                .ok_or_else(|| invalid("has more than `{*}`"));
        }
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(good) {
            return Err(invalid("has a hole without a name in lower case letters, digits and `-`"));
        }
        let (before, name, after) = (before.to_owned(), name.to_owned(), after.to_owned());
        Ok(Self::Hole { before, name, takes, after })
    }
}

impl Takes {
    fn checked<'v>(self, hole: &str, value: &'v str) -> Result<&'v str, Misfit> {
        let fits = match self {
            Self::Word => {
                let good = |b: u8| b.is_ascii_alphanumeric() || b"._+=,%-".contains(&b);
                (1..=255).contains(&value.len())
                    && value.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && value.bytes().all(good)
            }
            Self::Text => {
                let good = |c: char| !c.is_control() || matches!(c, '\t' | '\n');
                value.len() <= 4 << 10 && !value.starts_with('-') && value.chars().all(good)
            }
            Self::Any => value.len() <= 64 << 10 && !value.contains('\0'),
        };
        let takes = match self {
            Self::Word => "1 to 255 letters, digits and `._+=,%-`, a letter or digit first",
            Self::Text => "at most 4 KiB of text that does not begin with `-`",
            Self::Any => "at most 64 KiB without NUL",
        };
        fits.then_some(value).ok_or_else(|| Misfit::Value { hole: hole.to_owned(), takes })
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Word => "",
            Self::Text => ":text",
            Self::Any => ":any",
        }
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(text) => f.write_str(text),
            Self::Hole { before, name, takes, after } => {
                write!(f, "{before}{{{name}{}}}{after}", takes.suffix())
            }
            Self::Rest(takes) => write!(f, "{{*{}}}", takes.suffix()),
        }
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
