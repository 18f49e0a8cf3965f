//! Where a link of an Org text leads, as far as the toolkit itself can say.

use std::collections::BTreeSet;
use std::ops::Bound;

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Led {
    /// To a file or folder of the toolkit.
    To(String),
    /// To a headline of the same text; the title.
    Within(String),
    /// Out into the world, of which nothing is known here.
    Elsewhere,
}

/// Follows `target` from the text at `from`; the error is what is wrong with it, the rest of a
/// sentence.
pub(super) fn follow(
    from: &str,
    target: &str,
    paths: &BTreeSet<&str>,
) -> Result<Led, &'static str> {
    let file = match target.split_once(':') {
        Some(("file", path)) => path,
        Some((scheme, rest)) if is_scheme(scheme) && !rest.starts_with(':') => {
            return Ok(Led::Elsewhere);
        }
        _ if target.starts_with('#') || target.starts_with('(') => return Ok(Led::Elsewhere),
        _ => match target.strip_prefix('*') {
            Some(title) => return Ok(Led::Within(title.trim().to_owned())),
            None if target.contains('/') || target.contains(".org") => target,
            None => return Ok(Led::Within(target.trim().to_owned())),
        },
    };
    let file = file.split("::").next().unwrap_or_default();
    let path = joined(from, file).ok_or("leads out of the toolkit")?;
    let folder = format!("{path}/");
    let is_folder = || path.is_empty() || below(paths, &folder).next().is_some();
    if paths.contains(path.as_str()) || is_folder() {
        Ok(Led::To(path))
    } else {
        Err("leads to a file that is not there")
    }
}

/// The paths that begin with `folder`, found without looking at the others: there may be as many
/// texts as paths.
pub(super) fn below<'a>(
    paths: &'a BTreeSet<&'a str>,
    folder: &'a str,
) -> impl Iterator<Item = &'a str> {
    let from = paths.range::<str, _>((Bound::Included(folder), Bound::Unbounded));
    from.copied().take_while(move |path| path.starts_with(folder))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// `file` from the folder of `from`; nothing if that is out of the toolkit.
fn joined(from: &str, file: &str) -> Option<String> {
    if file.starts_with(['/', '~']) || file.contains('\\') {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lead(target: &str) -> Result<Led, &'static str> {
        let paths = ["manifest.org", "skills/a.org", "skills/b/SKILL.org", "src/x.c"].into();
        follow("skills/a.org", target, &paths)
    }

    #[test]
    fn a_link_leads_to_what_is_there_and_never_out() {
        for target in
            ["file:/etc/passwd", "../../x.org", "file:~/x", "file:..\\x", "../../../etc/x"]
        {
            assert_eq!(lead(target), Err("leads out of the toolkit"), "{target}");
        }
        for target in ["file:c.org", "b.org", "./b.org", "../skills/c.org"] {
            assert_eq!(lead(target), Err("leads to a file that is not there"), "{target}");
        }
        for (target, file) in [
            ("file:b/SKILL.org", "skills/b/SKILL.org"),
            ("./b/SKILL.org::*Workflow", "skills/b/SKILL.org"),
            ("../manifest.org", "manifest.org"),
            ("file:../src", "src"),
        ] {
            assert_eq!(lead(target), Ok(Led::To(file.to_owned())), "{target}");
        }
        for target in ["https://example.org/a.org", "mailto:a@b", "#id"] {
            assert_eq!(lead(target), Ok(Led::Elsewhere), "{target}");
        }
        for target in ["*Pitfalls", "Pitfalls"] {
            assert_eq!(lead(target), Ok(Led::Within("Pitfalls".to_owned())), "{target}");
        }
    }

    proptest! {
        #[test]
        fn no_target_leads_to_what_is_not_listed(target in "(file:)?[a./~*:\\\\]{0,12}") {
            let paths = ["a/a", "a.a"].into();
            if let Ok(Led::To(path)) = follow("a/x.org", &target, &paths) {
                let listed = path.is_empty() || path == "a" || paths.contains(path.as_str());
                prop_assert!(listed, "{}", path);
            }
        }
    }
}
