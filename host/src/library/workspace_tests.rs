//! What a workspace may say, refusals first.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Workspace, WorkspaceError> {
    Workspace::parse(text.as_bytes(), WORKSPACE)
}

fn member(title: &str, lines: &str) -> String {
    format!("* {title}\n:PROPERTIES:\n{lines}\n:END:\n")
}

fn problems(text: &str) -> Vec<WorkspaceProblem> {
    match parse(text) {
        Err(WorkspaceError::Invalid { problems, .. }) => problems,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn no_path_leads_out_hides_or_is_the_workspace() {
    for path in [
        "/etc",
        "..",
        "a/../b",
        "./a",
        "a//b",
        "a/",
        ".",
        ".git",
        "a/.ssh",
        "a\\b",
        "C:x",
        "*",
        "workspace.org",
        "Workspace.ORG",
        "a\u{202e}b",
    ] {
        let text = member("One", &format!(":PATH: {path}"));
        let found = problems(&text);
        assert!(matches!(found[..], [WorkspaceProblem::Value { name: ":PATH", .. }]), "{path}");
        let at = found[0].place();
        assert_eq!(&text[at.offset..][..at.length], path);
    }
}

#[test]
fn no_member_lies_within_another_or_where_another_does() {
    for (one, other) in [("a", "a/b"), ("a/b/c", "a"), ("A", "a/b")] {
        let text =
            member("One", &format!(":PATH: {one}")) + &member("Two", &format!(":PATH: {other}"));
        assert!(matches!(problems(&text)[..], [WorkspaceProblem::Overlap { .. }]), "{one} {other}");
    }
    let same = member("One", ":PATH: a") + &member("Two", ":PATH: A");
    assert!(matches!(problems(&same)[..], [WorkspaceProblem::Duplicate { .. }]));
    let beside = member("One", ":PATH: a") + &member("Two", ":PATH: ab") + &member("3", ":PATH: b");
    assert_eq!(parse(&beside).unwrap().members.len(), 3);
}

#[test]
fn two_titles_of_one_id_are_refused() {
    let text = member("Été 1", ":PATH: a") + &member("ete  1!", ":PATH: b");
    assert!(matches!(problems(&text)[..], [WorkspaceProblem::Duplicate { .. }]));
}

#[test]
fn what_is_missing_unclosed_or_unknown_is_told_at_its_place() {
    for (text, line) in [
        ("* One :member:\n".to_owned(), 1),
        ("x\n* One\n:PROPERTIES:\n:PATH: a\n".to_owned(), 3),
        (member("One", ":PATH: a\n:SCOPE: wirte"), 4),
        (member("One", ":PATH: a\n:PATH: b"), 4),
        (member("One", ":DID: did:key:z6Mk"), 3),
        (member("日本", ":PATH: a"), 1),
        ("#+OWNER: me\n".to_owned(), 1),
    ] {
        let found = problems(&text);
        assert_eq!((found.len(), found[0].place().line), (1, line), "{text}: {found:?}");
    }
    assert!(matches!(
        Workspace::parse(b"\xff", WORKSPACE),
        Err(WorkspaceError::NotUtf8 { offset: 0, .. })
    ));
    let long = vec![b' '; MAX_WORKSPACE_BYTES + 1];
    assert!(matches!(Workspace::parse(&long, WORKSPACE), Err(WorkspaceError::TooLarge { .. })));
}

#[test]
fn there_is_a_bound_to_members_and_to_listed_problems() {
    let many = |n: usize| -> String {
        (0..n).map(|i| member(&format!("m{i}"), &format!(":PATH: p{i}"))).collect()
    };
    assert_eq!(parse(&many(MAX_MEMBERS)).unwrap().members.len(), MAX_MEMBERS);
    assert!(matches!(problems(&many(MAX_MEMBERS + 1))[..], [WorkspaceProblem::TooMany { .. }]));
    let wrong: Vec<_> = (0..99).map(|i| format!("* m{i} :member:\n")).collect();
    assert_eq!(problems(&wrong.concat()).len(), MAX_LISTED);
}

#[test]
fn members_are_read_as_they_are_written() {
    let text = "#+TITLE: The house\n#+workspace: house\n\n* Notes\nno member\n** TODO Ada's page :member:x:\n\
                :PROPERTIES:\n  :path: pages/ada.html\n  :SCOPE: write\n:END:\n* Far away\n:PROPERTIES:\n\
                :DID: did:web:example.org\n:END:\n";
    let workspace = parse(text).unwrap();
    assert_eq!(workspace.title.as_deref(), Some("The house"));
    assert_eq!((workspace.name.as_deref(), &workspace.owner), (Some("house"), &None));
    let [ada, far] = &workspace.members[..] else { panic!("{workspace:?}") };
    assert_eq!((ada.id.as_str(), ada.path.as_deref()), ("ada-s-page", Some("pages/ada.html")));
    assert_eq!((ada.title.as_str(), ada.scope), ("Ada's page", Scope::Write));
    assert_eq!((far.id.as_str(), &far.path, far.scope), ("far-away", &None, Scope::Read));
    assert_eq!(workspace.member("far-away"), Some(far));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _read = Workspace::parse(&bytes, WORKSPACE);
    }

    #[test]
    fn an_id_is_a_slug_of_at_most_48_characters(title in "\\PC{0,80}") {
        let id = slug(&title);
        prop_assert!(id.len() <= MAX_ID && !id.starts_with('-') && !id.ends_with('-'));
        prop_assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        prop_assert_eq!(slug(&id), id);
    }

    #[test]
    fn whatever_is_read_has_each_id_once_and_no_path_that_leads_out(
        members in proptest::collection::vec(("[a-c ]{1,3}", "[ab./]{1,4}", "(read|write|x)?"), 0..5),
    ) {
        let text: String = members
            .iter()
            .map(|(title, path, scope)| member(title, &format!(":PATH: {path}\n:SCOPE: {scope}")))
            .collect();
        if let Ok(workspace) = parse(&text) {
            let ids: std::collections::BTreeSet<_> = workspace.members.iter().map(|m| &m.id).collect();
            prop_assert_eq!(ids.len(), workspace.members.len());
            for member in &workspace.members {
                let path = member.path.as_deref().unwrap();
                prop_assert!(path.split('/').all(|part| !part.is_empty() && !part.starts_with('.')));
            }
        } else {
            for problem in problems(&text) {
                let at = problem.place();
                prop_assert!(text.get(at.offset..at.offset + at.length).is_some());
            }
        }
    }
}
