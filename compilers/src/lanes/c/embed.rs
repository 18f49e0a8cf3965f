//! `#embed` of a file that is not there, on which clang crashes: what it should have said.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::diagnostics::WORK;

/// The names of files in `files` that are embedded and are not there, as clang writes an error;
/// `include` are the folders of headers. A name that a macro makes is not found.
pub(super) fn missing(files: &BTreeMap<String, Vec<u8>>, include: &[String]) -> String {
    let mut text = String::new();
    for (path, bytes) in files {
        let Ok(source) = std::str::from_utf8(bytes) else { continue };
        let beside = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, (column, name)) in
            source.lines().enumerate().filter_map(|(line, text)| Some((line + 1, embedded(text)?)))
        {
            let mut folders = include.iter().map(String::as_str).chain([beside]);
            let there = |folder| joined(folder, name).is_some_and(|path| files.contains_key(&path));
            if !folders.any(there) {
                // Writing to a string cannot fail.
                let _: std::fmt::Result =
                    writeln!(text, "{WORK}{path}:{line}:{column}: error: '{name}' file not found");
            }
        }
    }
    text
}

/// The column and the name of what a line embeds.
fn embedded(line: &str) -> Option<(usize, &str)> {
    let rest = line.trim_ascii_start().strip_prefix('#')?.trim_ascii_start();
    let rest = rest.strip_prefix("embed")?.trim_ascii_start();
    let (open, close) = if rest.starts_with('<') { ('<', '>') } else { ('"', '"') };
    let (name, _) = rest.strip_prefix(open)?.split_once(close)?;
    Some((line.len() - rest.len() + 1, name))
}

/// The path of `name` in the folder, if it does not leave the source.
fn joined(folder: &str, name: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!name.starts_with('/')).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(source: &str) -> String {
        let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
        let files = [file("src/a.c", source), file("src/b", ""), file("data/c", "")];
        missing(&files.into(), &["data".to_owned()])
    }

    #[test]
    fn only_what_is_not_there_is_told_with_its_place() {
        for there in
            ["#embed \"b\"", " # embed <c> limit(3)", "#embed \"./../data/c\"", "#embed N", ""]
        {
            assert_eq!(of(there), "", "{there}");
        }
        let told = "/build/src/a.c:2:8: error: 'd' file not found\n";
        assert_eq!(of("int a;\n#embed \"d\"\n"), told);
        for out in ["/build/src/b", "../../src/b", "../../../etc/passwd"] {
            assert!(of(&format!("#embed \"{out}\"")).contains("file not found"), "{out}");
        }
    }

    proptest! {
        #[test]
        fn no_source_makes_it_panic(source in "(#embed|<|>|\"|/|\\.\\.|\n|.){0,30}") {
            of(&source);
        }
    }
}
