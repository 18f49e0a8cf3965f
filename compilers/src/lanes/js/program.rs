//! A program as the engine reads it: a tar archive, the main module first.

use std::{io, path::Path};

use tar::{Builder, Header};

/// The files that a program takes along, by extension, scripts first; others only if they are
/// named.
const TAKEN: [&str; 4] = ["js", "mjs", "cjs", "json"];

/// Whether the file at `path` is to be compiled.
pub(crate) fn is_script(path: &str) -> bool {
    extension(path).is_some_and(|extension| TAKEN[..3].contains(&extension))
}

/// Whether a program has the file at `path` without its being named.
pub(crate) fn takes(path: &str) -> bool {
    extension(path).is_some_and(|extension| TAKEN.contains(&extension))
}

fn extension(path: &str) -> Option<&str> {
    Path::new(path).extension()?.to_str()
}

/// The program of `files`, paths and contents, which begins with the file `main`.
///
/// # Errors
/// If a path cannot stand in an archive.
pub(crate) fn pack<'a>(
    main: &str,
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> io::Result<Vec<u8>> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by_key(|(path, _)| (*path != main, *path));
    let mut archive = Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, bytes)?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_module_is_the_first_file() {
        let long = format!("a/{}.js", "long".repeat(40));
        let files = [("b.js", &b"2"[..]), (&long, b"3"), ("main.js", b"1")];
        let packed = pack("main.js", files).unwrap();
        let mut archive = tar::Archive::new(packed.as_slice());
        let paths: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        assert_eq!(paths, ["main.js", &long, "b.js"]);
    }

    #[test]
    fn only_what_a_program_imports_is_taken_along() {
        assert!(takes("a/b.mjs") && takes("package.json"));
        assert!(!takes("manifest.org") && !takes("js") && !takes("a.d.ts"));
    }
}
