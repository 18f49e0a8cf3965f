//! The one form a path may have inside a volume.

use std::fmt;

use super::super::StorageError;

/// The longest path, in bytes of UTF-8.
pub(crate) const PATH_MAX: usize = 1024;
/// The longest segment between two slashes, in bytes of UTF-8.
pub(crate) const SEGMENT_MAX: usize = 255;

/// A path inside a volume: relative, segments parted by single `/`, none empty, `.` or `..`,
/// no backslash, no control character. It is compared byte by byte: what is spelt otherwise
/// (case, Unicode composition) is another file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct VfsPath(String);

impl VfsPath {
    /// Takes a path as it is; nothing is repaired.
    ///
    /// # Errors
    /// `Invalid` says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, StorageError> {
        let refuse = |what: &str| Err(StorageError::invalid(format!("path: {what}")));
        if text.is_empty() {
            return refuse("it is empty");
        }
        if text.len() > PATH_MAX {
            return refuse("it is longer than 1024 bytes");
        }
        if text.starts_with('/') {
            return refuse("it is absolute; paths are relative to the volume");
        }
        if text.contains('\\') {
            return refuse("it holds a backslash; the separator is `/`");
        }
        if text.chars().any(char::is_control) {
            return refuse("it holds a control character");
        }
        for segment in text.split('/') {
            match segment {
                "" => return refuse("a segment is empty"),
                "." => return refuse("a segment is `.`"),
                ".." => return refuse("a segment is `..`"),
                long if long.len() > SEGMENT_MAX => {
                    return refuse("a segment is longer than 255 bytes");
                }
                _ => {}
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as the guest writes it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The directories above, from the outermost.
    pub(super) fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(end, _)| &self.0[..end])
    }

    /// Whether `self` lies anywhere below `above`.
    pub(super) fn is_below(&self, above: &Self) -> bool {
        self.0.strip_prefix(above.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The half-open range that holds all paths below this one, and no other.
    pub(super) fn below(&self) -> (String, String) {
        // '0' is the character after '/'.
        (format!("{}/", self.0), format!("{}0", self.0))
    }
}

impl fmt::Display for VfsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whatever_could_leave_the_volume_or_name_a_file_twice_is_refused() {
        let long = "x".repeat(SEGMENT_MAX + 1);
        let deep = "a/".repeat(PATH_MAX / 2) + "b";
        for bad in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../a",
            "a/..",
            "a/../b",
            ".",
            "./a",
            "a/.",
            "a//b",
            "a/",
            "a\\b",
            "..\\a",
            "a\0b",
            "a\nb",
            "a\u{1b}[2J",
            "a\u{85}",
            "a\u{7f}",
            &long,
            &deep,
        ] {
            assert!(VfsPath::parse(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn names_that_only_look_dangerous_are_files() {
        for good in ["...", "a..b", ".git", "a/.b", "~", "C:", "ä/日本 x", "%2e%2e", "-rf"] {
            assert_eq!(VfsPath::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn the_directories_above_come_from_the_outermost() {
        let path = VfsPath::parse("a/b/c").unwrap();
        assert_eq!(path.parents().collect::<Vec<_>>(), ["a", "a/b"]);
    }

    proptest! {
        #[test]
        fn what_is_taken_stays_inside(text in "([a./\\\\\0é]|\\.\\./){0,12}") {
            if let Ok(path) = VfsPath::parse(&text) {
                let mut depth = 0;
                for part in std::path::Path::new(path.as_str()).components() {
                    prop_assert!(matches!(part, std::path::Component::Normal(_)));
                    depth += 1;
                }
                prop_assert_eq!(depth, path.as_str().split('/').count());
            }
        }

        #[test]
        fn the_range_below_holds_what_is_below(a in "[a-c/0.]{1,6}", b in "[a-c/0.]{1,8}") {
            if let (Ok(a), Ok(b)) = (VfsPath::parse(&a), VfsPath::parse(&b)) {
                let (from, to) = a.below();
                prop_assert_eq!(b.is_below(&a), from.as_str() <= b.as_str() && b.as_str() < to.as_str());
            }
        }
    }
}
