//! The project around the current folder: where its toolkits lie. Reads names, never contents.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::io::files::{self, Whose};
use crate::session::Session;

/// The file that makes a folder a toolkit.
pub(crate) const MANIFEST: &str = "manifest.org";
/// The folder of a project's toolkits.
pub(crate) const TOOLKITS: &str = "toolkits";
/// The file that makes a folder a workspace.
pub(crate) const WORKSPACE: &str = "workspace.org";
/// What was added to a workbook, at its top.
pub(crate) const LOCK: &str = "wbx.lock";
/// What whoever writes a toolkit of this project should know; beside the toolkits.
pub(crate) const AUTHORING: &str = "AUTHORING.org";
/// What marks the top of a project.
const TOPS: [&str; 2] = [".git", WORKSPACE];

/// What was found above is another user's, who would decide what runs here as this one.
#[derive(Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("`{}` is another user's (number {owner}), and nothing of that project is used", path.display())]
#[diagnostic(
    code(workbooks::cli::not_yours),
    help(
        "whoever owns it decides what runs here: if that is as it should be, name its folder in WBX_SAFE_FOLDERS; else work in a folder of your own"
    )
)]
pub(crate) struct NotYours {
    path: PathBuf,
    owner: u32,
}

/// The folder of the project's toolkits: `$WBX_TOOLKITS_ROOT`, or else `toolkits` in the current
/// folder, the one above it, and so on to the top of the project.
///
/// Above the parent it is looked for inside a project only, and never where another user could
/// have put it: what is found here runs with what it declares.
pub(crate) fn root(session: &Session) -> Option<PathBuf> {
    let here = &session.surroundings.folder;
    match session.surroundings.setting("TOOLKITS_ROOT") {
        Some(set) => Some(here.join(set)),
        None => search(session),
    }
}

/// The workbook's own folder: the top of the project, or else the folder that holds the project's
/// `toolkits`, or else the current one. Never one where another user could have put something.
pub(crate) fn top(session: &Session) -> PathBuf {
    let here = &session.surroundings.folder;
    let top = here.ancestors().find(|folder| is_top(folder));
    let top = top.filter(|top| whose(session, top) == Some(Whose::Ours));
    let found = top.map(Path::to_owned).or_else(|| search(session)?.parent().map(Path::to_owned));
    found.unwrap_or_else(|| here.clone())
}

/// Refuses a project around the current folder that is another user's; and what another user says
/// was added, where there is no project.
pub(crate) fn check(session: &Session) -> Result<(), NotYours> {
    let here = &session.surroundings.folder;
    if let Some(top) = here.ancestors().find(|folder| is_top(folder)) {
        ours(top, |path| whose(session, path))?;
    }
    let path = top(session).join(LOCK);
    match whose(session, &path) {
        Some(Whose::Anothers(owner)) => Err(NotYours { path, owner }),
        _ => Ok(()),
    }
}

/// Whether a folder is the user's, and what makes it a workspace too: a folder where everybody may
/// write is nobody's.
fn ours(folder: &Path, whose: impl Fn(&Path) -> Option<Whose>) -> Result<bool, NotYours> {
    if whose(folder) == Some(Whose::Everybodys) {
        return Ok(false);
    }
    for path in [folder.to_owned(), folder.join(WORKSPACE)] {
        if let Some(Whose::Anothers(owner)) = whose(&path) {
            return Err(NotYours { path, owner });
        }
    }
    Ok(true)
}

/// Whose something is. The user's own is also what `$WBX_SAFE_FOLDERS` names, with what makes it a
/// project, and for who became root by `sudo`, what is theirs.
fn whose(session: &Session, path: &Path) -> Option<Whose> {
    let said = session.surroundings.setting("SAFE_FOLDERS").unwrap_or_default();
    let of_project = [WORKSPACE, TOOLKITS, LOCK].iter().any(|name| path.ends_with(name));
    let project = path.parent().filter(|_| of_project).unwrap_or(path);
    let is_it =
        |folder: PathBuf| folder.is_absolute() && files::real(&folder) == files::real(project);
    let is_safe = || files::split_paths(said).into_iter().any(is_it);
    let asked_by = session.surroundings.variable("SUDO_UID").and_then(|uid| uid.to_str());
    let found = files::whose(path, asked_by.and_then(|uid| uid.parse().ok()))?;
    Some(if found != Whose::Ours && is_safe() { Whose::Ours } else { found })
}

fn is_top(folder: &Path) -> bool {
    TOPS.iter().any(|top| files::exists(&folder.join(top)))
}

fn search(session: &Session) -> Option<PathBuf> {
    let here = &session.surroundings.folder;
    let levels = here.ancestors().position(is_top).map_or(2, |top| top + 1);
    let candidates = here.ancestors().take(levels).map(|folder| folder.join(TOOLKITS));
    let mut found =
        candidates.filter(|at| files::is_folder(at) && whose(session, at) == Some(Whose::Ours));
    found.next()
}

/// The folder of the workspace: this one or the nearest above with a `workspace.org`, which is
/// refused if it is another user's.
pub(crate) fn workspace(session: &Session) -> Result<Option<PathBuf>, NotYours> {
    let is_one = |folder: &&Path| files::exists(&folder.join(WORKSPACE));
    for folder in session.surroundings.folder.ancestors().filter(is_one) {
        if ours(folder, |path| whose(session, path))? {
            return Ok(Some(folder.to_owned()));
        }
    }
    Ok(None)
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
    fn a_folder_or_a_workspace_of_another_user_is_refused_and_one_of_everybodys_is_none() {
        let folder = Path::new("/projects/it");
        let told = |of_folder, of_file| {
            let whose = move |path: &Path| if path == folder { of_folder } else { of_file };
            ours(folder, whose).map_err(|refused| (refused.path, refused.owner))
        };
        let (mine, all, other) =
            (Some(Whose::Ours), Some(Whose::Everybodys), Some(Whose::Anothers(7)));
        let file = folder.join(WORKSPACE);
        assert_eq!(told(other, mine), Err((folder.to_owned(), 7)));
        assert_eq!(told(other, None), Err((folder.to_owned(), 7)));
        assert_eq!(told(mine, other), Err((file, 7)));
        assert_eq!(told(all, other), Ok(false));
        assert_eq!(told(mine, mine), Ok(true));
        assert_eq!(told(mine, None), Ok(true));
    }

    #[test]
    fn what_is_no_slug_is_no_id() {
        for text in ["", "-a", "A", "a b", "a/b", "..", "a.b", "a\u{1b}", &"a".repeat(65)] {
            assert!(!is_id(text), "{text:?}");
        }
        assert!(is_id("hello-2"));
    }
}
