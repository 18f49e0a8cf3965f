//! Where things stand in the source tree.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The root of the source tree.
///
/// # Panics
///
/// Never: this crate stands in a folder of it.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("conformance/ is in the tree")
}

/// The folders in `folder`, sorted.
///
/// # Errors
///
/// When it cannot be read.
pub fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Every Rust file of the workspace, sorted; build output and toolkits are not of it.
///
/// # Errors
///
/// When a folder cannot be read.
pub fn rust_files() -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for member in ["host", "compilers", "cli", "conformance"] {
        collect(&root().join(member), &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}
