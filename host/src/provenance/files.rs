//! The files of a toolkit, in memory: what is signed, stored, sent and built from.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::sync::OnceLock;

use miette::Diagnostic;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

use super::Digest;
use crate::toolkit::{has_hazard, has_unseen, quoted};

/// Files of one toolkit.
pub(crate) const MAX_FILES: usize = 20_000;
/// MiB of one file: the largest artifacts that lanes make are some 40.
pub(crate) const MAX_FILE: usize = 128;
/// MiB of all.
pub(crate) const MAX_TOTAL: usize = 256;
/// Bytes of a path: what the oldest format of tar holds, so that every archive can.
const MAX_PATH: usize = 240;
/// Folders above a file.
const MAX_DEPTH: usize = 16;
/// Names that some system gives to devices, with any ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Files by path: relative, `/` between the parts, and such that every file system can hold all of
/// them beside each other. At most 20,000, of at most 128 MiB each and 256 MiB together. Equal are
/// those with the same paths and bytes.
#[derive(Clone, Debug, Default)]
pub struct Files {
    contents: BTreeMap<String, Vec<u8>>,
    /// Every path and every folder, as a file system that ignores case and form compares them.
    folded: BTreeMap<String, String>,
    bytes: usize,
    /// Made when first asked for: who verifies hashes no byte twice.
    digests: OnceLock<BTreeMap<String, Digest>>,
}

impl PartialEq for Files {
    fn eq(&self, other: &Self) -> bool {
        self.contents == other.contents
    }
}

impl Eq for Files {}

/// Why a file cannot be one of a toolkit's.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum FilesError {
    /// A path that leaves the toolkit, or that not every system has.
    #[error("{path} cannot be the path of a toolkit's file: {why}")]
    #[diagnostic(
        code(workbooks::package::path),
        help("rename the file; in an archive from elsewhere, do not unpack it")
    )]
    Path {
        /// The path, printable.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two files where some system has one.
    #[error("{path} and {other} are one file on some systems")]
    #[diagnostic(code(workbooks::package::duplicate), help("rename one of them"))]
    Duplicate {
        /// The second.
        path: String,
        /// The first.
        other: String,
    },
    /// Too much.
    #[error("the toolkit has more than {limit} {unit}")]
    #[diagnostic(code(workbooks::package::too_large), help("leave out what it does not need"))]
    TooLarge {
        /// The cap.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
}

impl Files {
    /// Adds a file.
    ///
    /// # Errors
    /// [`FilesError`]; the files are as they were.
    pub fn insert(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), FilesError> {
        check(path)?;
        if self.contents.len() >= MAX_FILES {
            return Err(FilesError::TooLarge { limit: MAX_FILES, unit: "files" });
        }
        if bytes.len() > MAX_FILE << 20 {
            return Err(FilesError::TooLarge { limit: MAX_FILE, unit: "MiB in one file" });
        }
        if self.bytes + bytes.len() > MAX_TOTAL << 20 {
            return Err(FilesError::TooLarge { limit: MAX_TOTAL, unit: "MiB" });
        }
        self.check_beside(path)?;
        for (end, _) in path.match_indices('/') {
            self.folded.entry(folded(&path[..end])).or_insert_with(|| format!("{}/", &path[..end]));
        }
        self.folded.insert(folded(path), path.to_owned());
        self.bytes += bytes.len();
        self.digests.take();
        self.contents.insert(path.to_owned(), bytes);
        Ok(())
    }

    /// Refuses a file that would be another, or a folder of another, or lie under another.
    fn check_beside(&self, path: &str) -> Result<(), FilesError> {
        let taken = |other: &String| {
            let (path, other) = (quoted(path), quoted(other.trim_end_matches('/')));
            Err(FilesError::Duplicate { path, other })
        };
        if let Some(other) = self.folded.get(&folded(path)) {
            return taken(other);
        }
        for (end, _) in path.match_indices('/') {
            let folder = format!("{}/", &path[..end]);
            if let Some(other) = self.folded.get(&folded(&path[..end]))
                && *other != folder
            {
                return taken(other);
            }
        }
        Ok(())
    }

    /// The content of a file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.contents.get(path).map(Vec::as_slice)
    }

    /// Takes a file out, whose path stays taken.
    pub fn remove(&mut self, path: &str) -> Option<Vec<u8>> {
        let bytes = self.contents.remove(path)?;
        self.bytes -= bytes.len();
        self.digests.take();
        Some(bytes)
    }

    /// Every file, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.into_iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.contents.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }

    /// Bytes of all.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The digest of each, by path.
    pub fn digests(&self) -> BTreeMap<String, Digest> {
        let of_all = || {
            self.contents.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes))).collect()
        };
        self.digests.get_or_init(of_all).clone()
    }
}

impl<'a> IntoIterator for &'a Files {
    type Item = (&'a str, &'a [u8]);
    type IntoIter = std::iter::Map<
        btree_map::Iter<'a, String, Vec<u8>>,
        fn((&'a String, &'a Vec<u8>)) -> (&'a str, &'a [u8]),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.contents.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }
}

/// Whether a path can be one of a toolkit's.
///
/// # Errors
/// [`FilesError::Path`], [`FilesError::TooLarge`].
pub(crate) fn check(path: &str) -> Result<(), FilesError> {
    let refuse = |why| Err(FilesError::Path { path: quoted(path), why });
    if path.len() > MAX_PATH {
        return Err(FilesError::TooLarge { limit: MAX_PATH, unit: "bytes in one path" });
    }
    if path.is_empty() || path.split('/').any(str::is_empty) {
        return refuse("it is absolute, or a part of it is empty");
    }
    if path.split('/').any(|part| part.starts_with('.')) {
        return refuse("a part of it begins with a dot");
    }
    if path.contains(['\\', ':', '*', '?', '"', '<', '>', '|']) {
        return refuse("it has a character that not every system allows");
    }
    if has_hazard(path).is_some() || has_unseen(path) {
        return refuse("it has a character that is not shown, or turns the direction of text");
    }
    if path.split('/').any(|part| part.ends_with(['.', ' ']) || is_device(part)) {
        return refuse("a part of it is special on some systems");
    }
    if path.matches('/').count() > MAX_DEPTH {
        return refuse("it lies more than 16 folders deep");
    }
    Ok(())
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = matches!(bare, "com" | "lpt");
    DEVICES.contains(&bare) && (if numbered { stem.len() == bare.len() + 1 } else { stem == bare })
}

/// A path as the least discerning file system compares it.
fn folded(path: &str) -> String {
    path.nfkd().flat_map(char::to_lowercase).collect::<String>().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(paths: &[&str]) -> Result<Files, FilesError> {
        let mut files = Files::default();
        paths.iter().try_for_each(|path| files.insert(path, Vec::new()))?;
        Ok(files)
    }

    #[test]
    fn no_path_leads_out_or_is_special_somewhere() {
        for path in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "a/../b",
            "./a",
            "a//b",
            "a/",
            ".git/config",
            "a/.env",
            "a\\b",
            "C:x",
            "a\0b",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            "a.",
            "a ",
            "NUL",
            "con.txt",
            "lpt1.c",
            "a/Com9",
            "a*",
            "a?",
            &"a/".repeat(17),
            &"a".repeat(241),
        ] {
            assert!(with(&[path]).is_err(), "{path:?}");
        }
        for path in ["manifest.org", "src/main.c", "src/été.c", "conf", "com", "lpt10", "a b"] {
            assert!(with(&[path]).is_ok(), "{path:?}");
        }
    }

    #[test]
    fn two_paths_that_some_system_takes_for_one_are_refused() {
        for (one, other) in [
            ("a", "a"),
            ("README", "readme"),
            ("stra\u{df}e", "STRASSE"),
            ("e\u{301}", "\u{e9}"),
            ("a", "a/b"),
            ("a/b", "A"),
            ("a/b", "A/c"),
            ("\u{fb01}", "fi"),
        ] {
            // `ß` is `ss` only under full case folding, which no file system does.
            let differ = one == "stra\u{df}e";
            assert_eq!(with(&[one, other]).is_ok(), differ, "{one} {other}");
        }
        assert!(with(&["a/b", "a/c", "ab"]).is_ok());
    }

    #[test]
    fn a_digest_is_never_that_of_what_was_there_before() {
        let mut files = with(&["a"]).unwrap();
        assert_eq!(files.digests().len(), 1);
        files.insert("b", b"b".to_vec()).unwrap();
        assert_eq!(files.digests()["b"], Digest::of(b"b"));
        files.remove("b");
        assert_eq!(files.digests().len(), 1);
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let mut files = with(&["a"]).unwrap();
        let before = files.clone();
        assert!(files.insert("A", Vec::new()).is_err());
        assert!(files.insert("a/b", Vec::new()).is_err());
        assert_eq!(files, before);
        assert!(files.insert("b", Vec::new()).is_ok());
    }
}
