//! What a skill must be, refusals first.

use proptest::prelude::*;

use super::*;
use crate::toolkit::Vocabulary;

const GOOD: &str = "#+TITLE: Keep notes
#+TOOLKIT: tool
#+SKILL: keep
#+VERSION: 0.1.0
#+DESCRIPTION: Use when something is to be kept.
#+TAGS: task notes
#+STATUS: stable

* When to use
:PROPERTIES:
:NETWORK: no
:END:
* Mental model
* Workflow
** First
   #+CAPTION: List them
   #+begin_src sh :role pre
   list
   #+end_src
* Pitfalls
- one
- two
- three
- four
* Verification checklist
* See also
- [[file:../manifest.org]] and [[*Pitfalls]]
";

const MANIFEST: &str = "#+TOOLKIT: tool\n* Tool :toolkit:\n| keep | [[file:skills/keep.org]] |\n";

fn read(files: &[(&str, &str)]) -> Skills {
    let mut all = Files::default();
    for (path, text) in files {
        all.insert(path, text.as_bytes().to_vec()).unwrap();
    }
    let text = all.get("manifest.org").unwrap();
    let manifest = Manifest::parse(text, None, &Vocabulary::new(["kv"])).unwrap();
    Skills::read(&manifest, &all)
}

fn one(skill: &str) -> Skills {
    read(&[("manifest.org", MANIFEST), ("skills/keep.org", skill)])
}

fn problems(skills: &Skills) -> Vec<String> {
    let all = skills.errors.iter().flat_map(SkillError::problems);
    all.map(|problem| format!("{}: {problem}", problem.place().line)).collect()
}

/// What is wrong with the good skill after one replacement.
fn broken(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    problems(&one(&GOOD.replacen(from, to, 1)))
}

#[test]
fn each_key_of_the_header_must_be_there_once_and_be_true() {
    for key in ["TITLE", "TOOLKIT", "SKILL", "VERSION", "DESCRIPTION", "TAGS", "STATUS"] {
        let found = broken(&format!("#+{key}:"), "#+X:");
        assert_eq!(found, [format!("1: `#+{key}` is missing")]);
        let twice = broken("\n* When", &format!("#+{key}: x\n* When"));
        assert_eq!(twice, [format!("8: `#+{key}` stands twice")]);
    }
    for (from, to, line) in [
        ("TOOLKIT: tool", "TOOLKIT: other", 2),
        ("SKILL: keep", "SKILL: kept", 3),
        ("0.1.0", "one", 4),
        ("Use when", "For", 5),
        ("STATUS: stable", "STATUS: stabel", 7),
        ("TITLE: Keep", "TITLE: \u{1b}[2J", 1),
    ] {
        let found = broken(from, to);
        assert!(found.len() == 1 && found[0].starts_with(&format!("{line}: ")), "{to}: {found:?}");
    }
}

#[test]
fn the_six_sections_stand_in_their_order_and_alone() {
    for (from, to, why) in [
        ("* Mental model\n", "", "is missing"),
        ("* See also", "** See also", "is missing"),
        ("* See also", "* Mental model\n* See also", "stands twice"),
        ("* See also", "* More\n* See also", "is none of the six"),
    ] {
        let found = broken(from, to);
        assert!(found.len() == 1 && found[0].contains(why), "{found:?}");
    }
    let swapped =
        GOOD.replace("* Mental model\n", "").replace("* Pitfalls", "* Mental model\n* Pitfalls");
    let found = problems(&one(&swapped));
    assert!(found.len() == 1 && found[0].contains("`Mental model` stands too late"), "{found:?}");
}

#[test]
fn flags_captions_roles_and_pitfalls_are_checked_where_they_stand() {
    for (from, to, why) in [
        (":NETWORK: no", ":NETWROK: no", "did"),
        ("   #+CAPTION: List them\n", "", "no caption"),
        (":role pre", ":role before", "is not a role"),
        (":role pre", ":role post", "has no `:path`"),
        ("- four\n", "", "3 pitfalls"),
        ("- four\n", "- four\n- 5\n- 6\n- 7\n", "7 pitfalls"),
        ("   #+end_src\n", "", "never closed"),
        ("../manifest.org", "../../manifest.org", "leads out"),
        ("../manifest.org", "gone.org", "not there"),
        ("*Pitfalls", "*Pitfall", "headline that is not there"),
    ] {
        let found = broken(from, to);
        let said = why == "did" && found[0].contains("is not a flag");
        assert!(found.len() == 1 && (said || found[0].contains(why)), "{to}: {found:?}");
    }
    assert_eq!(broken(":role pre", ":role post :path x"), [""; 0]);
}

#[test]
fn a_text_is_short_and_is_text() {
    let long = format!("{GOOD}{}", "\n".repeat(MAX_LINES));
    let found = problems(&one(&long));
    assert!(found.len() == 1 && found[0].contains("lines"), "{found:?}");
    let mut files = Files::default();
    files.insert("manifest.org", b"#+TOOLKIT: tool\n".to_vec()).unwrap();
    files.insert("skills/x.org", b"\xff".to_vec()).unwrap();
    let manifest = Manifest::parse(b"#+TOOLKIT: tool\n", None, &Vocabulary::new(["kv"])).unwrap();
    let skills = Skills::read(&manifest, &files);
    assert!(matches!(skills.errors[..], [SkillError::NotText { .. }]), "{:?}", skills.errors);
}

#[test]
fn the_index_of_the_manifest_names_each_skill_once() {
    for (index, times) in [("", 0), ("[[file:skills/keep.org]] [[./skills/keep.org][again]]", 2)] {
        let manifest = format!("#+TOOLKIT: tool\n* Tool :toolkit:\n{index}\n");
        let found = problems(&read(&[("manifest.org", &manifest), ("skills/keep.org", GOOD)]));
        assert!(found.len() == 1 && found[0].contains(&format!("{times} times")), "{found:?}");
    }
}

#[test]
fn a_deep_toolkit_needs_the_recipe_of_a_task() {
    let leaf = GOOD.replace("TAGS: task", "TAGS: leaf");
    let flow = format!("#+FLOW: new -> add → list\n{MANIFEST}");
    let found = problems(&read(&[("manifest.org", &flow), ("skills/keep.org", &leaf)]));
    assert!(found.len() == 1 && found[0].contains("3 commands long"), "{found:?}");
    assert_eq!(problems(&read(&[("manifest.org", &flow), ("skills/keep.org", GOOD)])), [""; 0]);
    let ids: Vec<_> = (0..6).map(|i| format!("s{i}")).collect();
    let links: Vec<_> = ids.iter().map(|id| format!("[[file:skills/{id}.org]]\n")).collect();
    let index = links.concat();
    let manifest = format!("#+TOOLKIT: tool\n* Tool :toolkit:\n{index}");
    let named: Vec<_> = ids
        .iter()
        .map(|id| {
            (format!("skills/{id}.org"), leaf.replace("SKILL: keep", &format!("SKILL: {id}")))
        })
        .collect();
    let mut files: Vec<_> =
        named.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("manifest.org", &manifest));
    let found = problems(&read(&files));
    assert!(found.len() == 1 && found[0].contains("6 skills"), "{found:?}");
}

#[test]
fn a_skill_is_found_by_its_name_and_its_leaves_below_it() {
    let folder = GOOD.replace("../manifest.org", "references/more.org");
    let manifest = MANIFEST.replace("keep.org", "keep/SKILL.org");
    let skills = read(&[
        ("manifest.org", &manifest),
        ("skills/keep/SKILL.org", &folder),
        ("skills/keep/references/more.org", "#+TITLE: More\n"),
    ]);
    assert_eq!(problems(&skills), [""; 0]);
    let [keep] = &skills.skills[..] else { panic!("{skills:?}") };
    assert_eq!((keep.tier, keep.title.as_deref()), (Tier::Task, Some("Keep notes")));
    assert_eq!(
        (&keep.tags[..], &keep.steps[..]),
        (&["task".into(), "notes".into()][..], &["List them".into()][..])
    );
    assert_eq!(keep.flags, [("NETWORK".to_owned(), "no".to_owned())]);
    assert_eq!(keep.leaves, ["references/more.org"]);
    assert_eq!(skills.find("keep").as_deref(), Some("skills/keep/SKILL.org"));
    let leaf = Some("skills/keep/references/more.org".to_owned());
    assert_eq!(
        (skills.find("keep/references/more"), skills.find("keep/references/more.org")),
        (leaf.clone(), leaf)
    );
    for name in ["", "nope", "keep/nope", "../keep", "keep/../../manifest"] {
        assert_eq!(skills.find(name), None, "{name}");
    }
}

proptest! {
    #[test]
    fn no_skill_makes_it_panic_and_every_place_is_in_the_text(
        edits in proptest::collection::vec((0usize..GOOD.len(), "[*#+: \\[\\]a-zé\n]{0,6}"), 0..6),
    ) {
        let mut text = GOOD.to_owned();
        for (at, edit) in edits {
            let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.insert_str(at, &edit);
        }
        let skills = one(&text);
        for error in &skills.errors {
            for problem in error.problems().iter().filter(|p| !matches!(p, SkillProblem::Index { .. } | SkillProblem::NoRecipe { .. })) {
                let at = problem.place();
                prop_assert!(text.get(at.offset..at.offset + at.length).is_some(), "{problem:?}");
            }
        }
    }
}
