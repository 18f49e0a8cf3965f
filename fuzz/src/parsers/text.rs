//! Texts that people write: the manifest and other Org, the policy, the words of sources and units.

use std::collections::BTreeSet;

use workbooks_host::library::Workspace;
use workbooks_host::policy::{Endpoint, Mount, PrivateRange};
use workbooks_host::registry::{Reference, Source};
use workbooks_host::toolkit::skill::check_document;
use workbooks_host::toolkit::{
    BuildSrc, Bytes, Destination, Preopen, RelativePath, SourceGlob, Span,
};
use workbooks_host::{Manifest, Policy, Vocabulary, world};

use super::{accepted, refused};

fn vocabulary() -> Vocabulary {
    Vocabulary::new(world::CAPABILITIES.iter().map(|row| row.name))
}

fn owned(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(super) fn manifests() -> Vec<Vec<u8>> {
    owned(&[
        "#+TOOLKIT: echo\n#+VERSION: 1.2.3-rc.1+b\n#+TITLE: Echo\n#+EXEC: command\n\
         #+CAPS: kv net vfs\n#+NET: api.example.org *.example.com:8443\n#+ENV_KEYS: TOKEN\n\
         #+TRUST: third-party\n#+BUILD_LANG: c\n#+BUILD_SRC: path:src\n#+BUILD_FILES: a/*.c\n\
         #+BUILD_LIMITS: memory=64MiB time=2s\n\n* Echo :toolkit:\n:PROPERTIES:\n:ID: echo\n:END:\n",
        "#+TOOLKIT: k\n#+EXEC: kernel\n#+BUILD_SRC: wasm:tool.wasm\n#+SHA256: \
         0000000000000000000000000000000000000000000000000000000000000000\n",
        "#+toolkit: \u{e9}\r\n#+CAPS:\n#+CAPS: kv kv\n* x :tag:\n:PROPERTIES:\n:A: b\n:END:\n",
    ])
}

pub(super) fn manifest(bytes: &[u8]) -> bool {
    let read = accepted(Manifest::parse(bytes, Some("echo"), &vocabulary()));
    read.inspect(|manifest| manifest.warnings.iter().for_each(|warning| refused(warning))).is_some()
}

pub(super) fn policies() -> Vec<Vec<u8>> {
    owned(&[
        "[toolkit.notes]\ngrants = [\"kv\", \"net\"]\nnet = [\"api.example.org\"]\n\
         private = [\"10.1.0.0/16\"]\nsign = [\"KEY\"]\n\n[toolkit.notes.secrets.TOKEN]\n\
         origin = \"https://api.example.org\"\npath = \"/v1/\"\n\n[toolkit.notes.serve]\n\
         web = \"http://127.0.0.1:8080\"\n",
        "[registry]\nlibrary = \"https://example.org/registry\"\n\n\
         [registry.host.'localhost:5000']\nplain = true\nuser = 'ada'\nsecret = 'PASSWORD'\n",
    ])
}

pub(super) fn policy(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    accepted(Policy::parse(text, &vocabulary())).is_some()
}

pub(super) fn workspaces() -> Vec<Vec<u8>> {
    owned(&[
        "#+TITLE: All\n\n* Notes\n:PROPERTIES:\n:ID: notes\n:PATH: notes\n:OWNER: \
         did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp\n:END:\n* Plan\n",
        "* a\n** b\n*** c\n",
    ])
}

pub(super) fn workspace(bytes: &[u8]) -> bool {
    accepted(Workspace::parse(bytes, "workspace.org")).is_some()
}

pub(super) fn skills() -> Vec<Vec<u8>> {
    owned(&[
        "#+TITLE: Greet\n#+SUMMARY: Says hello.\n\n* How\nSee [[file:other.org][the other]] and\n\
         [[https://example.org]].\n#+begin_src sh\nwbx toolkit run echo\n#+end_src\n",
        "* TODO [#A] x [1/2] :a:b:\n- [[./a][b]]\n| a | b |\n",
    ])
}

pub(super) fn skill(bytes: &[u8]) -> bool {
    let wrong = check_document("AUTHORING.org", bytes, &BTreeSet::from(["other.org"]));
    wrong.inspect(|error| refused(error)).is_none()
}

pub(super) fn words() -> Vec<Vec<u8>> {
    owned(&[
        "hello@1.2",
        "https://example.org/registry#hello@>=1, <3",
        "oci://registry.example.org:5000/tools/hello:1.2.3",
        "registry.example.org/a/b@sha256:\
         0000000000000000000000000000000000000000000000000000000000000000",
        "./a/hello.tar.gz",
        "*.example.org:8443",
        "[::1]:80",
        "10.0.0.0/8",
        "/srv::/data:rw",
        "64MiB",
        "1h30m",
        "src/**/*.c",
        "wasm:tool.wasm",
        "npm:left-pad@1.3.0",
        "http://127.0.0.1:8080",
    ])
}

/// Whatever one word can be; none may panic, and most have a second form that reads back.
pub(super) fn word(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    drop(text.parse::<BuildSrc>());
    drop(text.parse::<Bytes>());
    drop(text.parse::<Span>());
    drop(text.parse::<Preopen>());
    drop(text.parse::<RelativePath>());
    drop(text.parse::<SourceGlob>());
    drop(text.parse::<Mount>());
    drop(text.parse::<Endpoint>());
    drop(text.parse::<PrivateRange>());
    if let Ok(reference) = text.parse::<Reference>() {
        assert_eq!(reference.to_string().parse(), Ok(reference));
    }
    if let Ok(destination) = text.parse::<Destination>() {
        assert_eq!(destination.to_string().parse(), Ok(destination));
    }
    text.parse::<Source>().is_ok()
}
