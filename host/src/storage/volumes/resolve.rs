//! Paths as programs write them, with `.`, `..` and slashes, resolved to the one form that a path
//! has inside a volume.

use super::super::StorageError;
use super::VfsPath;
use super::path::{PATH_MAX, SEGMENT_MAX};

/// The longest path that is looked at, in bytes: `PATH_MAX` of Linux.
const TEXT_MAX: usize = 4096;

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    /// None is the volume itself.
    pub(super) path: Option<VfsPath>,
    /// The path ends in `/`, `.` or `..`: nothing but a directory will do.
    pub(super) directory: bool,
}

/// Resolves `text` from the directory `base`, which is empty for the volume itself. `..` goes back
/// by the name alone, which is right where there are no links, and never above `base`.
///
/// # Errors
/// `NotFound` for an empty path, `Outside`, `NameTooLong`, `Invalid`.
pub(super) fn resolve(base: &str, text: &str) -> Result<Resolved, StorageError> {
    if text.is_empty() {
        return Err(StorageError::NotFound);
    }
    if text.len() > TEXT_MAX {
        return Err(StorageError::NameTooLong);
    }
    if text.starts_with('/') {
        return Err(StorageError::Outside);
    }
    let mut segments = Vec::new();
    let mut directory = false;
    for segment in text.split('/') {
        directory = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop().ok_or(StorageError::Outside)?;
            }
            long if long.len() > SEGMENT_MAX => return Err(StorageError::NameTooLong),
            name => segments.push(name),
        }
    }
    if !base.is_empty() {
        segments.insert(0, base);
    }
    let path = segments.join("/");
    if path.len() > PATH_MAX {
        return Err(StorageError::NameTooLong);
    }
    let path = if path.is_empty() { None } else { Some(VfsPath::parse(&path)?) };
    Ok(Resolved { path, directory })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(base: &str, text: &str) -> Result<String, StorageError> {
        Ok(resolve(base, text)?.path.map_or_else(String::new, |path| path.to_string()))
    }

    #[test]
    fn what_leads_out_of_its_directory_is_refused() {
        for text in ["/", "/a", "..", "a/../..", "../a", "./..", "a/b/../../..", "//"] {
            for base in ["", "d", "d/e"] {
                assert_eq!(path(base, text), Err(StorageError::Outside), "{base} {text}");
            }
        }
    }

    #[test]
    fn names_that_the_capability_refuses_are_refused() {
        for text in ["a\\b", "a\0b", "a\nb", "\u{85}"] {
            assert!(matches!(path("", text), Err(StorageError::Invalid(_))), "{text:?}");
        }
        assert_eq!(path("", ""), Err(StorageError::NotFound));
        for text in ["x".repeat(256), "x/".repeat(513), "./".repeat(4096)] {
            assert_eq!(path("", &text), Err(StorageError::NameTooLong));
        }
        assert_eq!(path(&"b/".repeat(511), "cc"), Err(StorageError::NameTooLong));
    }

    #[test]
    fn dots_and_slashes_are_resolved_and_ask_for_a_directory_at_the_end() {
        for (text, expected, directory) in [
            ("a", "a", false),
            ("./a//b", "a/b", false),
            ("a/../b", "b", false),
            (".", "", true),
            ("a/..", "", true),
            ("a/", "a", true),
            ("a/b/.", "a/b", true),
        ] {
            assert_eq!(path("", text).unwrap(), expected);
            assert_eq!(resolve("", text).unwrap().directory, directory, "{text}");
        }
        assert_eq!(path("d", "./a").unwrap(), "d/a");
        assert_eq!(path("d", ".").unwrap(), "d");
    }

    proptest! {
        #[test]
        fn what_is_resolved_lies_below_its_directory(text in "([a./\\\\\0é]|\\.\\./){0,12}") {
            if let Ok(Resolved { path: Some(path), .. }) = resolve("d/e", &text) {
                prop_assert!(path.as_str() == "d/e" || path.as_str().starts_with("d/e/"));
            }
        }
    }
}
