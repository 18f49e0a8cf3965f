//! Claims about what is used of a toolkit once it was verified.

use std::collections::BTreeMap;

use workbooks_host::provenance::{SigningKey, Statement, TrustStore, Trusted};
use workbooks_host::registry::SIGNATURE;

use super::*;
use crate::engine::embedded;
use crate::io::{self, Surroundings};
use crate::output::Output;
use crate::session::Home;

const WAT: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

fn session(place: &Path) -> Session {
    let surroundings = Surroundings {
        args: Vec::new(),
        env: BTreeMap::new(),
        folder: place.to_owned(),
        stdout_is_terminal: false,
        stderr_is_terminal: false,
    };
    let output = Output::new(&surroundings);
    let home = Home { root: place.join("home"), cache: place.join("cache") };
    Session { io: io::platform(), surroundings, output, home }
}

/// A third party's toolkit in the folder `kit`, signed by a key that is trusted.
fn signed(place: &Path) -> Toolkit {
    let (folder, key, now) = (place.join("kit"), SigningKey::of(&[1; 32]), Timestamp::now());
    let wasm = wat(WAT);
    let text = format!(
        "#+TOOLKIT: kit\n#+VERSION: 1.0.0\n#+TRUST: third-party\n#+CAPS: vfs\n#+PREOPEN: data::/data\n\
         #+BUILD_SRC: wasm:tool.wasm\n#+SHA256: {}\n",
        workbooks_compilers::Digest::of(&wasm)
    );
    for (path, bytes) in
        [("manifest.org", text.as_bytes()), ("tool.wasm", &wasm), ("data/deep/a", b"good")]
    {
        files::write_new(&folder.join(path), bytes).unwrap();
    }
    let package = read_folder(&folder).unwrap();
    let version = "1.0.0".parse().unwrap();
    let statement = Statement::of(&package.files, "kit", &version, &key, now);
    let envelope = statement.sign(&key).to_json();
    files::write_new(&folder.join(SIGNATURE), envelope.as_bytes()).unwrap();
    let mut trust = TrustStore::default();
    trust.add(Trusted::new(key.did(), now)).unwrap();
    files::write_new(&place.join("home/trust.toml"), trust.to_toml().as_bytes()).unwrap();
    Toolkit { provenance: Provenance::Named(folder) }
}

#[test]
fn who_made_it_is_believed_only_while_a_trust_store_that_can_be_read_names_them() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path());
    let loaded = signed(place.path()).load(&session).unwrap();
    assert!(loaded.is_believed(&session));
    for store in ["", "no trust store"] {
        session.io.write(&session.home.trust(), store.as_bytes()).unwrap();
        assert!(!loaded.is_believed(&session), "{store:?}");
    }
}

fn wat(text: &str) -> Vec<u8> {
    workbooks_host::adapt::text_to_binary(text.as_bytes()).unwrap()
}

fn change(place: &Path, path: &str, bytes: &[u8]) {
    io::platform().write(&place.join("kit").join(path), bytes).unwrap();
}

#[test]
fn what_is_built_is_what_was_verified_whatever_becomes_of_the_folder() {
    let place = tempfile::tempdir().unwrap();
    let (session, toolkit) = (session(place.path()), signed(place.path()));
    let loaded = toolkit.load(&session).unwrap();
    change(place.path(), "tool.wasm", &wat("(module)"));
    change(place.path(), "manifest.org", b"#+TOOLKIT: kit\n#+TRUST: first-party\n");
    change(place.path(), "artifact.wasm", &wat("(module)"));
    let built = embedded::program(&session, &loaded).unwrap();
    assert_eq!(&*built.file().unwrap(), wat(WAT));
    assert!(!loaded.is_own() && loaded.publisher().is_some());
}

#[test]
fn what_a_guest_is_shown_is_what_was_verified_and_goes_with_the_run() {
    let place = tempfile::tempdir().unwrap();
    let (session, toolkit) = (session(place.path()), signed(place.path()));
    let loaded = toolkit.load(&session).unwrap();
    change(place.path(), "data/deep/a", b"evil");
    change(place.path(), "data/more", b"evil");
    let (top, shown) = loaded.shown("data", &session.home.scratch()).unwrap();
    assert!(top.starts_with(place.path().join("cache")) && shown.starts_with(&top));
    assert_eq!(session.io.read(&shown.join("deep/a")).unwrap(), b"good");
    assert_eq!(files::list(&shown), ["deep"]);
    assert_eq!(files::list(&top), ["data"], "nothing else is laid out");
    assert_eq!(files::own_mode(&top), Some(0o700));
    drop(loaded);
    assert!(!files::exists(&top));
}

#[test]
fn a_first_party_is_read_where_it_lies() {
    let place = tempfile::tempdir().unwrap();
    let (session, toolkit) = (session(place.path()), signed(place.path()));
    change(place.path(), "manifest.org", b"#+TOOLKIT: kit\n#+TRUST: first-party\n");
    let loaded = toolkit.load(&session).unwrap();
    assert!(loaded.verified.is_none() && loaded.artifact().is_none());
    let shown = loaded.shown("data", &session.home.scratch()).unwrap().1;
    assert_eq!(shown, place.path().join("kit/data"));
}
