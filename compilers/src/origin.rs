//! Where the files of a toolkit are: in a folder, which is read when a file is needed, or in memory,
//! where whoever verified them left them. Either way the same files count, and the same are refused.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use workbooks_host::{provenance::Files, registry::SIGNATURE};

use crate::source::SourceError;

/// Files that a source may have.
const MAX_FILES: usize = 20_000;
/// MiB that all files of a source may have together.
const MAX_TREE: u64 = 64;
/// MiB that one file of a source may have.
pub(crate) const MAX_FILE: u64 = 16;

/// The files of a toolkit. Those whose path has a part that begins with a dot do not count, and
/// neither does the signature, so that the same content is the same toolkit from either place.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A folder on disk, which others may change meanwhile: for what the user answers for.
    Folder(PathBuf),
    /// Exactly these bytes.
    Files(Arc<Files>),
}

impl From<PathBuf> for Origin {
    fn from(folder: PathBuf) -> Self {
        Self::Folder(folder)
    }
}

impl From<&Path> for Origin {
    fn from(folder: &Path) -> Self {
        Self::Folder(folder.to_owned())
    }
}

impl Origin {
    /// The files of the folder `path` of the toolkit, by path in the toolkit.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if there is no such folder; see [`SourceError`].
    pub(crate) fn read(&self, path: &str) -> Result<BTreeMap<String, Vec<u8>>, SourceError> {
        let missing = || SourceError::Missing { path: path.to_owned() };
        let prefix = prefix(path)?;
        let mut tree = BTreeMap::new();
        match self {
            Self::Folder(folder) => {
                let at = inside(folder, path)?;
                if !at.is_dir() {
                    return Err(missing());
                }
                read_folder(&at, prefix, &mut tree)?;
                tree.remove(SIGNATURE);
            }
            Self::Files(files) => {
                let mut size = 0;
                for (path, bytes) in files.iter().filter(|(path, _)| is_below(path, prefix)) {
                    if path == SIGNATURE {
                        continue;
                    }
                    add(&mut tree, &mut size, path, bounded(path, bytes.to_vec(), MAX_FILE)?)?;
                }
                if tree.is_empty() && !prefix.is_empty() {
                    return Err(missing());
                }
            }
        }
        Ok(tree)
    }

    /// The same; none if there is no such folder.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub(crate) fn read_if_there(
        &self,
        path: &str,
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, SourceError> {
        match self.read(path) {
            Err(SourceError::Missing { .. }) => Ok(None),
            read => read.map(Some),
        }
    }

    /// The content of a file of at most `limit` MiB.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if there is no such file; see [`SourceError`].
    pub(crate) fn file(&self, path: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
        let missing = || SourceError::Missing { path: path.to_owned() };
        match self {
            Self::Folder(folder) => {
                let at = inside(folder, path)?;
                if !at.is_file() {
                    return Err(missing());
                }
                read_file(&at, path, limit)
            }
            Self::Files(files) => {
                prefix(path)?;
                bounded(path, files.get(path).ok_or_else(missing)?.to_vec(), limit)
            }
        }
    }
}

/// Reads all files under `folder` as `prefix/...`. Names that begin with a dot are left out.
///
/// # Errors
/// See [`SourceError`].
pub(crate) fn read_folder(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), SourceError> {
    let failed = |path: &str| {
        let path = path.to_owned();
        move |source| SourceError::Io { path, source }
    };
    let mut size = files.values().map(|bytes| bytes.len() as u64).sum::<u64>();
    let mut folders = vec![(folder.to_owned(), prefix.to_owned())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(failed(&prefix))? {
            let entry = entry.map_err(failed(&prefix))?;
            let name = entry.file_name();
            let shown = || format!("{prefix}/{}", name.to_string_lossy().escape_debug());
            let name = match name.to_str() {
                Some(name) if name.starts_with('.') => continue,
                Some(name) if !name.contains(|c: char| c.is_control() || c == '\\') => name,
                _ => return Err(SourceError::Name { path: shown() }),
            };
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            let kind = entry.file_type().map_err(failed(&path))?;
            if kind.is_dir() {
                folders.push((entry.path(), path));
            } else if kind.is_file() {
                let bytes = read_file(&entry.path(), &path, MAX_FILE)?;
                add(files, &mut size, &path, bytes)?;
            } else {
                return Err(SourceError::Special { path });
            }
        }
    }
    Ok(())
}

/// One more file, if there is room.
fn add(
    files: &mut BTreeMap<String, Vec<u8>>,
    size: &mut u64,
    path: &str,
    bytes: Vec<u8>,
) -> Result<(), SourceError> {
    *size += bytes.len() as u64;
    if *size > MAX_TREE << 20 {
        return Err(SourceError::TooLarge { limit: MAX_TREE, unit: "MiB" });
    }
    files.insert(path.to_owned(), bytes);
    if files.len() > MAX_FILES {
        return Err(SourceError::TooLarge { limit: MAX_FILES as u64, unit: "files" });
    }
    Ok(())
}

/// What the paths below `path` begin with, before a slash; empty for the whole toolkit.
fn prefix(path: &str) -> Result<&str, SourceError> {
    if path == "." {
        return Ok("");
    }
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") || part.contains(['\\', '\0']) {
            return Err(SourceError::Outside { path: path.to_owned() });
        }
        if part.starts_with('.') {
            return Err(SourceError::Missing { path: path.to_owned() });
        }
    }
    Ok(path)
}

fn is_below(path: &str, prefix: &str) -> bool {
    prefix.is_empty() || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
}

/// The place of `path` in the toolkit; no part of it may be a link.
fn inside(folder: &Path, path: &str) -> Result<PathBuf, SourceError> {
    let mut at = folder.to_owned();
    for part in prefix(path)?.split('/').filter(|part| !part.is_empty()) {
        at.push(part);
        let missing = |_| SourceError::Missing { path: path.to_owned() };
        if fs::symlink_metadata(&at).map_err(missing)?.is_symlink() {
            return Err(SourceError::Special { path: path.to_owned() });
        }
    }
    Ok(at)
}

fn bounded(path: &str, bytes: Vec<u8>, limit: u64) -> Result<Vec<u8>, SourceError> {
    if bytes.len() as u64 > limit << 20 {
        return Err(SourceError::FileTooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// The content of a file of at most `limit` MiB.
fn read_file(at: &Path, path: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
    use io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(at)
        .and_then(|file| file.take((limit << 20) + 1).read_to_end(&mut bytes))
        .map_err(|source| SourceError::Io { path: path.to_owned(), source })?;
    bounded(path, bytes, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [(&str, &str); 7] = [
        ("manifest.org", "#+TOOLKIT: t"),
        ("src/main.c", "int main;"),
        ("src/deep/a.h", ""),
        ("src-more/b.c", "b"),
        ("wit/app.wit", "package a:b;"),
        ("x.wasm", "\0asm"),
        (SIGNATURE, "{}"),
    ];

    /// The same toolkit in a folder and in memory.
    fn both() -> (tempfile::TempDir, [Origin; 2]) {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::default();
        for (path, text) in TEXTS {
            let target = folder.path().join(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, text).unwrap();
            files.insert(path, text.into()).unwrap();
        }
        for hidden in [".git/config", "src/.swp", ".env"] {
            let target = folder.path().join(hidden);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, "secret").unwrap();
        }
        let origins = [Origin::from(folder.path()), Origin::Files(Arc::new(files))];
        (folder, origins)
    }

    #[test]
    fn both_have_the_same_files_and_none_that_are_hidden_or_sign() {
        let (_folder, [folder, memory]) = both();
        for path in [".", "src", "src/deep", "wit"] {
            let read = folder.read(path).unwrap();
            assert_eq!(read, memory.read(path).unwrap(), "{path}");
            assert!(!read.keys().any(|path| path.contains("/.") || path.starts_with('.')));
            assert!(!read.contains_key(SIGNATURE));
        }
        assert_eq!(memory.read("src").unwrap().len(), 2);
        assert_eq!(folder.file("x.wasm", 1).unwrap(), memory.file("x.wasm", 1).unwrap());
    }

    #[test]
    fn both_refuse_the_same() {
        let (_folder, origins) = both();
        for origin in &origins {
            for path in ["", "..", "/etc", "src/", "src//deep", "a\\b", "src/../x", "src/./deep"] {
                assert!(matches!(origin.read(path), Err(SourceError::Outside { .. })), "{path:?}");
                assert!(matches!(origin.file(path, 1), Err(SourceError::Outside { .. })));
            }
            for path in ["none", ".git", "src/.swp", "src/main.c", "sr", "SRC"] {
                assert!(matches!(origin.read(path), Err(SourceError::Missing { .. })), "{path:?}");
                assert!(origin.read_if_there(path).unwrap().is_none());
            }
            for path in ["none", ".env", "src", "src/.swp"] {
                assert!(matches!(origin.file(path, 1), Err(SourceError::Missing { .. })), "{path}");
            }
            assert!(matches!(origin.file("x.wasm", 0), Err(SourceError::FileTooLarge { .. })));
        }
    }

    #[test]
    fn what_is_in_memory_has_the_bounds_of_a_folder() {
        let mut files = Files::default();
        let mib = 1 << 20;
        let large = usize::try_from(MAX_FILE).unwrap() * mib;
        files.insert("src/big.h", vec![0; large + 1]).unwrap();
        for i in 0..4 {
            files.insert(&format!("many/{i}.h"), vec![0; large]).unwrap();
        }
        files.insert("many/more.h", vec![0]).unwrap();
        let origin = Origin::Files(Arc::new(files));
        assert!(matches!(origin.read("src"), Err(SourceError::FileTooLarge { .. })));
        assert!(matches!(origin.read("many"), Err(SourceError::TooLarge { unit: "MiB", .. })));
    }

    #[test]
    fn bytes_in_memory_do_not_follow_the_folder() {
        let (folder, _) = both();
        let mut files = Files::default();
        files.insert("src/main.c", fs::read(folder.path().join("src/main.c")).unwrap()).unwrap();
        let memory = Origin::Files(Arc::new(files));
        fs::write(folder.path().join("src/main.c"), "int other;").unwrap();
        assert_eq!(memory.read("src").unwrap()["src/main.c"], b"int main;");
    }
}
