//! A project that another user owns. Files are given to another user here, which takes root.

use std::os::unix::fs::chown;

use crate::support::{COMPONENT, Ended, Place};

/// A user that nobody here is.
const OTHER: u32 = 54_321;

/// A workspace with a toolkit of its own, of another user; nothing where that cannot be made.
#[expect(clippy::print_stderr, reason = "who skips a test says so")]
fn of_another() -> Option<Place> {
    let place = Place::new();
    place.toolkit("sum", "#+EXEC: component", COMPONENT).write("deep/er/a", "");
    place.write("workspace.org", "* It\n:PROPERTIES:\n:PATH: deep\n:END:\n");
    match chown(place.path(""), Some(OTHER), None) {
        Ok(()) => Some(place),
        Err(why) => {
            eprintln!("skipped: a folder cannot be given to another user: {why}");
            None
        }
    }
}

fn below(place: &Place, args: &[&str], env: &[(&str, &str)]) -> Ended {
    at(place, "deep/er", args, env)
}

fn at(place: &Place, folder: &str, args: &[&str], env: &[(&str, &str)]) -> Ended {
    let command = place.command(args).current_dir(place.path(folder));
    let command = command.env_remove("WBX_TOOLKITS_ROOT");
    let output = command.envs(env.iter().copied()).output().unwrap();
    Ended {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const VERBS: [&[&str]; 5] = [
    &["library", "list"],
    &["library", "query", "SELECT 1"],
    &["toolkit", "list"],
    &["toolkit", "show", "sum"],
    &["toolkit", "run", "--invoke", "add(1, 2)", "sum"],
];

#[test]
fn it_is_refused_with_what_to_do() {
    let Some(place) = of_another() else { return };
    for (verb, folder) in VERBS.iter().flat_map(|verb| [(verb, ""), (verb, "deep/er")]) {
        let ended = at(&place, folder, verb, &[]);
        assert_eq!(ended.status, 7, "{verb:?} {folder}: {}{}", ended.stdout, ended.stderr);
        for said in ["54321", "WBX_SAFE_FOLDERS"] {
            assert!(ended.stderr.contains(said), "{verb:?}: {}", ended.stderr);
        }
    }
    let doctor = below(&place, &["doctor"], &[]);
    assert!((doctor.stdout + &doctor.stderr).contains("another user's"));
    // What is taken is taken all the same.
    let taken = below(&place, &["revoke", "sum"], &[]);
    assert_eq!(taken.status, 0, "{}", taken.stderr);
    // What is not of the project is used.
    place.write("deep/er/sum.wat", COMPONENT);
    let ended = below(&place, &["toolkit", "run", "--invoke", "add(1, 2)", "sum.wat"], &[]);
    assert_eq!((ended.status, ended.stdout.trim()), (0, "3"), "{}", ended.stderr);
}

#[test]
fn it_is_used_by_whoever_says_so_and_by_the_user_who_became_root() {
    let Some(place) = of_another() else { return };
    let (top, number) = (place.path("").display().to_string(), OTHER.to_string());
    for env in [("WBX_SAFE_FOLDERS", top.as_str()), ("SUDO_UID", &number)] {
        for verb in VERBS {
            let ended = below(&place, verb, &[env]);
            assert_eq!(ended.status, 0, "{env:?} {verb:?}: {}", ended.stderr);
        }
    }
    for env in [("WBX_SAFE_FOLDERS", "/:.:../.."), ("SUDO_UID", "1"), ("SUDO_UID", "x")] {
        assert_eq!(below(&place, VERBS[0], &[env]).status, 7, "{env:?}");
    }
}

#[test]
fn a_workspace_that_another_put_into_ones_own_folder_is_refused() {
    let Some(place) = of_another() else { return };
    chown(place.path(""), Some(0), None).unwrap();
    assert_eq!(below(&place, VERBS[0], &[]).status, 0);
    chown(place.path("workspace.org"), Some(OTHER), None).unwrap();
    for verb in VERBS {
        let ended = below(&place, verb, &[]);
        assert_eq!(ended.status, 7, "{verb:?}: {}", ended.stderr);
    }
}

#[test]
fn what_another_says_was_added_is_refused_where_there_is_no_project_too() {
    let place = Place::new();
    place.write("wbx.lock", "version = 1\n");
    let (top, list) = (place.path("").display().to_string(), VERBS[2]);
    assert_eq!(at(&place, "", list, &[]).status, 0);
    if chown(place.path("wbx.lock"), Some(OTHER), None).is_ok() {
        let refused = at(&place, "", list, &[]);
        assert_eq!(refused.status, 7, "{}{}", refused.stdout, refused.stderr);
        assert_eq!(at(&place, "", list, &[("WBX_SAFE_FOLDERS", &top)]).status, 0);
    }
}

#[test]
fn a_link_of_another_to_toolkits_of_ones_own_leads_nowhere() {
    let place = Place::new();
    place.toolkit("sum", "#+EXEC: component", COMPONENT).write("deep/er/a", "");
    let link = place.path("deep/toolkits");
    std::os::unix::fs::symlink(place.path("toolkits"), &link).unwrap();
    let found = || below(&place, VERBS[4], &[]);
    assert_eq!(found().status, 0, "{}", found().stderr);
    if std::os::unix::fs::lchown(&link, Some(OTHER), None).is_ok() {
        assert_ne!(found().status, 0);
    }
}
