//! Claims about what goes out: the bytes of one reading.

use std::collections::BTreeMap;
use std::path::Path;

use workbooks_host::adapt::text_to_binary;

use super::*;
use crate::engine::catalog::{Provenance, Toolkit};
use crate::io::{self, Surroundings};
use crate::output::Output;
use crate::session::Home;

const BEFORE: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
const AFTER: &str = r#"(module (memory (export "memory") 2) (func (export "_start") unreachable))"#;

fn session(place: &Path) -> Session {
    let surroundings = Surroundings {
        args: Vec::new(),
        env: BTreeMap::from([("WBX_SIGNING_KEY".into(), "01".repeat(32).into())]),
        folder: place.to_owned(),
        stdout_is_terminal: false,
        stderr_is_terminal: false,
    };
    let output = Output::new(&surroundings);
    let home = Home { root: place.join("home"), cache: place.join("cache") };
    Session { io: io::platform(), surroundings, output, home }
}

/// Writes a toolkit of this program, and of this note.
fn write(place: &Path, wat: &str, note: &str) {
    let wasm = text_to_binary(wat.as_bytes()).unwrap();
    let manifest = format!(
        "#+TOOLKIT: kit\n#+VERSION: 1.0.0\n#+TAGLINE: {note}\n#+BUILD_SRC: wasm:tool.wasm\n#+SHA256: {}\n",
        workbooks_compilers::Digest::of(&wasm)
    );
    for (path, bytes) in [
        ("manifest.org", manifest.as_bytes()),
        ("tool.wasm", &wasm),
        ("skills/note.org", note.as_bytes()),
    ] {
        io::platform().write(&place.join("kit").join(path), bytes).unwrap();
    }
}

#[test]
fn what_changes_in_the_folder_after_it_was_read_is_neither_built_nor_signed() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path());
    let toolkit = Toolkit { provenance: Provenance::Named(place.path().join("kit")) };
    write(place.path(), BEFORE, "before");
    let (loaded, files) = toolkit.load_whole(&session).unwrap();
    write(place.path(), AFTER, "after");
    io::platform().write(&place.path().join("kit/more.txt"), b"after").unwrap();
    let (package, verified) = packed(&session, &loaded, &files).unwrap();
    let lifted = |wat: &str| {
        Artifact::lifted(&text_to_binary(wat.as_bytes()).unwrap(), &loaded.manifest).unwrap()
    };
    assert_ne!(lifted(BEFORE), lifted(AFTER));
    assert_eq!(package.files.get(ARTIFACT), Some(&lifted(BEFORE)[..]));
    assert_eq!(package.files.get("skills/note.org"), Some(&b"before"[..]));
    let paths: Vec<_> = verified.statement().files.keys().map(String::as_str).collect();
    assert_eq!(paths, ["artifact.wasm", "manifest.org", "skills/note.org", "tool.wasm"]);
    let again = toolkit.load_whole(&session).unwrap();
    assert_eq!(again.0.manifest.tagline.as_deref(), Some("after"));
}
