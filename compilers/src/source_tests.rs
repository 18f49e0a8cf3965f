//! What of a toolkit is read as its source, and what is refused.

use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
    sync::Arc,
};

use workbooks_host::provenance::Files;

use super::*;
use crate::origin::MAX_FILE;
use crate::provision::{ClientError, Silent};

struct Offline;

impl PackageClient for Offline {
    fn fetch(&self, _: &Package, _: &Path) -> Result<PathBuf, ClientError> {
        Err(ClientError::NotInstalled { program: "nothing" })
    }
}

fn open(toolkit: &Path, path: &str) -> Result<Sources, SourceError> {
    Sources::open(&Source::Folder(path.into()), &toolkit.into(), toolkit, &Offline, &Silent)
}

fn toolkit() -> tempfile::TempDir {
    let toolkit = tempfile::tempdir().unwrap();
    fs::create_dir_all(toolkit.path().join("src/deep")).unwrap();
    fs::write(toolkit.path().join("src/a.c"), "int a;").unwrap();
    fs::write(toolkit.path().join("src/deep/b.h"), "").unwrap();
    fs::write(toolkit.path().join("src/.swp"), "").unwrap();
    fs::write(toolkit.path().join("secret"), "s").unwrap();
    toolkit
}

#[test]
fn a_path_out_of_the_toolkit_is_refused() {
    let toolkit = toolkit();
    for path in ["..", "src/..", "../x", "/etc", "src//deep", "", "src/./deep"] {
        assert!(matches!(open(toolkit.path(), path), Err(SourceError::Outside { .. })), "{path:?}");
    }
}

#[test]
fn links_are_refused_wherever_they_lead() {
    let toolkit = toolkit();
    symlink("/etc", toolkit.path().join("etc")).unwrap();
    assert!(matches!(open(toolkit.path(), "etc"), Err(SourceError::Special { .. })));
    symlink("/etc/passwd", toolkit.path().join("src/passwd.h")).unwrap();
    assert!(matches!(open(toolkit.path(), "src"), Err(SourceError::Special { .. })));
    let digest = Digest::of(b"");
    fs::remove_file(toolkit.path().join("src/passwd.h")).unwrap();
    symlink("a.c", toolkit.path().join("src/x.wasm")).unwrap();
    assert!(matches!(
        read_wasm(&toolkit.path().into(), "src/x.wasm", digest),
        Err(SourceError::Special { .. })
    ));
}

#[test]
fn a_tree_is_laid_out_below_its_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("into");
    let absolute = folder.path().join("x").display().to_string();
    for path in ["../x", "a/../../x", &absolute] {
        let files = [(path.to_owned(), b"x".to_vec())].into();
        let tree = Tree { files, root: String::new() };
        assert!(matches!(tree.lay_out(&into), Err(SourceError::Io { .. })), "{path}");
    }
    assert!(!folder.path().join("x").exists());
}

#[test]
fn a_name_that_is_no_text_is_refused_and_shown_escaped() {
    for name in [&b"na\xffme.c"[..], b"two\nlines.c"] {
        let toolkit = toolkit();
        fs::write(toolkit.path().join("src").join(OsStr::from_bytes(name)), "").unwrap();
        let error = open(toolkit.path(), "src").unwrap_err();
        assert!(matches!(error, SourceError::Name { .. }), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[test]
fn a_source_of_an_unreasonable_size_is_refused() {
    let toolkit = toolkit();
    let grow = |path: String, mib: u64, more: u64| {
        fs::File::create(toolkit.path().join(path)).unwrap().set_len((mib << 20) + more).unwrap();
    };
    grow("src/big.h".into(), MAX_FILE, 1);
    let error = open(toolkit.path(), "src").unwrap_err().to_string();
    assert_eq!(error, "src/big.h is larger than 16 MiB");
    grow("src/big.h".into(), MAX_FILE, 0);
    assert!(open(toolkit.path(), "src").is_ok());
    (1..4).for_each(|i| grow(format!("src/{i}.h"), MAX_FILE, 0));
    let error = open(toolkit.path(), "src").unwrap_err().to_string();
    assert_eq!(error, "the source has more than 64 MiB");
    assert!(check_units(MAX_UNITS).is_ok() && check_units(MAX_UNITS + 1).is_err());
}

#[test]
fn only_the_named_folder_is_in_sight() {
    let toolkit = toolkit();
    let tree = open(toolkit.path(), "src").unwrap().tree().unwrap();
    assert_eq!(tree.files.keys().collect::<Vec<_>>(), ["src/a.c", "src/deep/b.h"]);
    assert_eq!(tree.in_root("src/a.c"), Some("a.c"));
    assert!(tree.has_folder("src/deep") && !tree.has_folder("src/dee"));
}

#[test]
fn the_digest_follows_content_and_paths() {
    let toolkit = toolkit();
    let before = open(toolkit.path(), "src").unwrap().digest();
    assert_eq!(open(toolkit.path(), "src").unwrap().digest(), before);
    fs::write(toolkit.path().join("src/deep/b.h"), "x").unwrap();
    assert_ne!(open(toolkit.path(), "src").unwrap().digest(), before);
}

#[test]
fn a_wasm_file_with_other_bytes_is_refused_and_both_digests_are_said() {
    let toolkit = toolkit();
    let error =
        read_wasm(&toolkit.path().into(), "src/a.c", Digest::of(b"x")).unwrap_err().to_string();
    assert!(error.contains(&Digest::of(b"x").to_string()), "{error}");
    assert!(error.contains(&Digest::of(b"int a;").to_string()), "{error}");
    assert!(read_wasm(&toolkit.path().into(), "src/a.c", Digest::of(b"int a;")).is_ok());
}

#[test]
fn the_same_content_has_the_same_digest_in_a_folder_and_in_memory() {
    let toolkit = toolkit();
    let mut files = Files::default();
    files.insert("src/a.c", b"int a;".to_vec()).unwrap();
    files.insert("src/deep/b.h", Vec::new()).unwrap();
    files.insert("secret", b"s".to_vec()).unwrap();
    let source = Source::Folder("src".to_owned());
    let store = toolkit.path();
    let memory = Origin::Files(Arc::new(files));
    let memory = Sources::open(&source, &memory, store, &Offline, &Silent).unwrap();
    assert_eq!(memory.digest(), open(toolkit.path(), "src").unwrap().digest());
}
