//! Paths inside a toolkit's source: relative, without a way out. Text only; no disk is asked.

use std::{fmt, str::FromStr};

use super::error::Invalid;

const HELP: &str = "name something below the source's folder with `/` between the parts, \
                    for example `src/main.c`";

/// A relative path without `..`, `.`, empty parts, backslashes, colons or control characters.
/// The folder itself is `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelativePath(String);

/// A [`RelativePath`] in whose parts each `*` stands for any characters of that part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceGlob(String);

/// A folder of the toolkit and where its guest sees it (`#+PREOPEN: folder::guest`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preopen {
    /// The folder.
    pub folder: RelativePath,
    /// An absolute path in the guest.
    pub guest: String,
}

/// Why these parts of a path do not stay below where they begin.
fn flaw(path: &str) -> Option<&'static str> {
    if path.contains('\\') {
        return Some("has a backslash in it");
    }
    if path.contains(':') {
        return Some("has a colon in it");
    }
    if path.contains(char::is_control) {
        return Some("has a control character in it");
    }
    path.split('/').find_map(|part| match part {
        "" => Some("has an empty part"),
        "." => Some("has a part `.`"),
        ".." => Some("leads out with `..`"),
        _ => None,
    })
}

fn relative(path: &str) -> Result<&str, Invalid> {
    let reason = if path.starts_with('/') { Some("is absolute") } else { flaw(path) };
    match reason {
        Some(reason) if path != "." => Err(Invalid::new(path, reason, HELP)),
        _ => Ok(path),
    }
}

/// The absolute path of a guest, if it is one without `..`, `.` and empty parts.
pub(crate) fn guest_path(path: &str) -> Result<&str, Invalid> {
    let help = "name a path in the guest that begins with `/`, for example `/data`";
    let Some(parts) = path.strip_prefix('/') else {
        return Err(Invalid::new(path, "is not absolute", help));
    };
    match flaw(parts) {
        Some(reason) if !parts.is_empty() => Err(Invalid::new(path, reason, help)),
        _ => Ok(path),
    }
}

impl RelativePath {
    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SourceGlob {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names this file: a relative path with `/` between its parts.
    pub fn matches(&self, path: &str) -> bool {
        let (mut pattern, mut path) = (self.0.split('/'), path.split('/'));
        loop {
            match (pattern.next(), path.next()) {
                (None, None) => return true,
                (Some(pattern), Some(part)) if part_matches(pattern, part) => {}
                _ => return false,
            }
        }
    }
}

/// Left to right, each piece at its first place: with `*` alone that is never wrong.
fn part_matches(pattern: &str, part: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == part;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut between) = part.strip_prefix(first).and_then(|p| p.strip_suffix(last)) else {
        return false;
    };
    middle.split('*').all(|piece| match between.split_once(piece) {
        Some((_, after)) => {
            between = after;
            true
        }
        None => false,
    })
}

impl FromStr for RelativePath {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.contains('*') {
            return Err(Invalid::new(text, "has a `*` in it", HELP));
        }
        relative(text).map(|path| Self(path.to_owned()))
    }
}

impl FromStr for SourceGlob {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let help = "`*` stands for any characters of one part: `src/*.c`; \
                    a folder's folders are named one by one";
        if text.contains("**") {
            return Err(Invalid::new(text, "has `**` in it", help));
        }
        if text.contains(['?', '[', ']', '{', '}', '!']) {
            return Err(Invalid::new(text, "uses a pattern other than `*`", help));
        }
        if text == "." {
            return Err(Invalid::new(text, "is a folder", help));
        }
        relative(text).map(|path| Self(path.to_owned()))
    }
}

impl FromStr for Preopen {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let Some((folder, guest)) = text.split_once("::") else {
            return Err(Invalid::new(text, "is not `folder::guest`", "for example `data::/data`"));
        };
        Ok(Self { folder: folder.parse()?, guest: guest_path(guest)?.to_owned() })
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SourceGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_that_could_lead_out_is_refused() {
        for path in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../b",
            "a/..",
            "./a",
            "a/.",
            "a//b",
            "a/",
            "a\\b",
            "C:a",
            "a\0b",
            "a\nb",
        ] {
            assert!(path.parse::<RelativePath>().is_err(), "{path:?}");
            assert!(path.parse::<SourceGlob>().is_err(), "{path:?}");
        }
        for glob in ["**", "src/**/*.c", "a?.c", "[ab].c", "{a,b}.c", "!a.c", "."] {
            assert!(glob.parse::<SourceGlob>().is_err(), "{glob}");
        }
        assert!("src/*.c".parse::<RelativePath>().is_err());
        for mount in ["a", "a:/b", "a::b", "a::/..", "a::/b/../c", "../a::/b", "a::/b:rw", "::/b"] {
            assert!(mount.parse::<Preopen>().is_err(), "{mount}");
        }
    }

    #[test]
    fn paths_below_are_read() {
        for path in [".", "a", "a/b.c", "..a", "a..b/...", ".hidden"] {
            assert_eq!(path.parse::<RelativePath>().unwrap().as_str(), path);
        }
        let preopen: Preopen = ".::/".parse().unwrap();
        assert_eq!((preopen.folder.as_str(), preopen.guest.as_str()), (".", "/"));
    }

    #[test]
    fn a_star_stays_in_its_part() {
        let matches = |glob: &str, path| glob.parse::<SourceGlob>().unwrap().matches(path);
        assert!(matches("src/*.c", "src/a.c"));
        assert!(matches("*", "anything"));
        assert!(matches("a*b*c", "a-b-b-c"));
        assert!(matches("lua-*/l*.c", "lua-5.4.9/lapi.c"));
        assert!(!matches("src/*.c", "src/a/b.c"));
        assert!(!matches("*", "a/b"));
        assert!(!matches("src/*.c", "src/a.h"));
        assert!(!matches("a*a", "a"));
        assert!(!matches("a*b*c", "abxc2"));
        assert!(!matches("src", "src/a.c"));
    }

    proptest! {
        #[test]
        fn what_is_read_never_leads_out(text in "[a./*\\\\: ]{0,12}") {
            if let Ok(path) = text.parse::<RelativePath>() {
                prop_assert!(!path.as_str().starts_with('/'));
                prop_assert!(path.as_str().split('/').all(|p| p != ".." && !p.is_empty()));
            }
        }

        #[test]
        fn a_star_agrees_with_trying_every_split(pattern in "[ab*]{1,6}", part in "[ab]{0,8}") {
            fn slow(pattern: &[u8], part: &[u8]) -> bool {
                match pattern.split_first() {
                    None => part.is_empty(),
                    Some((b'*', rest)) => (0..=part.len()).any(|n| slow(rest, &part[n..])),
                    Some((c, rest)) => part.first() == Some(c) && slow(rest, &part[1..]),
                }
            }
            prop_assert_eq!(part_matches(&pattern, &part), slow(pattern.as_bytes(), part.as_bytes()));
        }
    }
}
