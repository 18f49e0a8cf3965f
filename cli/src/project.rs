//! The project around the current folder: where its toolkits lie. Reads names, never contents.

use std::path::{Path, PathBuf};

use crate::io::files;
use crate::session::Session;

/// The file that makes a folder a toolkit.
pub(crate) const MANIFEST: &str = "manifest.org";
/// The folder of a project's toolkits.
pub(crate) const TOOLKITS: &str = "toolkits";
/// The file that makes a folder a workspace.
pub(crate) const WORKSPACE: &str = "workspace.org";
/// What whoever writes a toolkit of this project should know; beside the toolkits.
pub(crate) const AUTHORING: &str = "AUTHORING.org";
/// What marks the top of a project.
const TOPS: [&str; 2] = [".git", WORKSPACE];

/// The folder of the project's toolkits: `$WBX_TOOLKITS_ROOT`, or else `toolkits` in the current
/// folder, the one above it, and so on to the top of the project.
///
/// Above the parent it is looked for inside a project only, and never where another user could
/// have put it: what is found here runs with what it declares.
pub(crate) fn root(session: &Session) -> Option<PathBuf> {
    let here = &session.surroundings.folder;
    match session.surroundings.setting("TOOLKITS_ROOT") {
        Some(set) => Some(here.join(set)),
        None => search(here),
    }
}

/// The workbook's own folder: the top of the project, or else the folder that holds the project's
/// `toolkits`, or else the current one. Never one where another user could have put something.
pub(crate) fn top(session: &Session) -> PathBuf {
    let here = &session.surroundings.folder;
    let top = here.ancestors().find(|folder| is_top(folder)).filter(|top| files::is_trusted(top));
    let found = top.map(Path::to_owned).or_else(|| search(here)?.parent().map(Path::to_owned));
    found.unwrap_or_else(|| here.clone())
}

fn is_top(folder: &Path) -> bool {
    TOPS.iter().any(|top| files::exists(&folder.join(top)))
}

fn search(here: &Path) -> Option<PathBuf> {
    let levels = here.ancestors().position(is_top).map_or(2, |top| top + 1);
    let candidates = here.ancestors().take(levels).map(|folder| folder.join(TOOLKITS));
    let mut found =
        candidates.filter(|folder| files::is_folder(folder) && files::is_trusted(folder));
    found.next()
}

/// The folder of the workspace: this one or the nearest above with a `workspace.org`.
pub(crate) fn workspace(session: &Session) -> Option<PathBuf> {
    let is_one = |folder: &&Path| files::exists(&folder.join(WORKSPACE));
    session.surroundings.folder.ancestors().find(is_one).map(Path::to_owned)
}

/// The ids of the toolkits under `root`, sorted.
pub(crate) fn ids(root: &Path) -> Vec<String> {
    let is_toolkit = |id: &String| files::exists(&root.join(id).join(MANIFEST));
    files::list(root).into_iter().filter(is_toolkit).collect()
}

/// Whether a text can be a toolkit's id: a slug of at most 64 characters.
pub(crate) fn is_id(text: &str) -> bool {
    let of_slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.len() <= 64
        && text.bytes().next().is_some_and(of_slug)
        && text.bytes().all(|b| of_slug(b) || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_slug_is_no_id() {
        for text in ["", "-a", "A", "a b", "a/b", "..", "a.b", "a\u{1b}", &"a".repeat(65)] {
            assert!(!is_id(text), "{text:?}");
        }
        assert!(is_id("hello-2"));
    }
}
