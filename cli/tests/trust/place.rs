//! A workbook of a stranger, with an installation of its own; and what `wbx` said there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest as _, Sha256};
use snapbox::cmd::Command;
use workbooks_host::provenance::{SigningKey, Timestamp, TrustStore, Trusted};
use workbooks_host::registry::{Entry, Lock};

use crate::case::Case;

/// Who has a key: its seed is the digest of the name, so that it is nobody's in truth.
const KEYS: [&str; 3] = ["ada", "bob", "eve"];
pub(crate) fn key(name: &str) -> SigningKey {
    assert!(KEYS.contains(&name), "nobody is called {name}");
    SigningKey::of(&Sha256::digest(name).into())
}

/// When everything is signed.
pub(crate) fn issued() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

/// The workbook is a folder of it, so that what leaves the workbook is seen.
pub(crate) struct Place {
    root: tempfile::TempDir,
    /// The folder of the case.
    pub(crate) case: PathBuf,
    said: Mutex<String>,
}

impl Place {
    pub(crate) fn of(case: &Case, folder: &Path) -> Self {
        // Not where the environment says: the length of the path decides where messages are wrapped.
        let root = tempfile::Builder::new().prefix("wbx").rand_bytes(6).tempdir_in("/tmp").unwrap();
        let place = Self { root, case: folder.to_owned(), said: Mutex::default() };
        let mut trust = TrustStore::default();
        for believed in &case.believed {
            let mut entry = Trusted::new(key(&believed.key).did(), issued());
            entry.until = believed.until;
            entry.revoked = believed.revoked;
            entry.toolkits.clone_from(&believed.toolkits);
            trust.add(entry).unwrap();
        }
        place.write("home/trust.toml", trust.to_toml().as_bytes());
        let library = place.path("registry").display().to_string();
        place.write("home/policy.toml", format!("[registry]\nlibrary = {library:?}\n").as_bytes());
        case.toolkits.iter().for_each(|toolkit| toolkit.make(&place));
        place
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join("workbook").join(path)
    }

    pub(crate) fn placed(&self, text: &str) -> String {
        let here = self.root.path().display().to_string();
        let named = |text: String, name: &str| {
            text.replace(&format!("{{{name}}}"), &key(name).did().to_string())
        };
        KEYS.into_iter().fold(text.replace("{here}", &here), named)
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// What `wbx` says to these words, and its status.
    pub(crate) fn said(&self, words: &str, by: Option<&str>) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wbx"))
            .args(self.placed(words).split_whitespace())
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", option_env!("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("WBX_HOME", self.path("home"))
            .env("WBX_CACHE", self.path("cache"))
            .env("WBX_TOOLKITS_ROOT", self.path("toolkits"));
        if let Some(name) = by {
            command = command.env("WBX_SIGNING_KEY", &*key(name).seed());
        }
        let output = command.stdin("").output().unwrap();
        let (stdout, stderr) = (output.stdout, output.stderr);
        let text = String::from_utf8([stdout, stderr].concat()).unwrap();
        let status = output.status.code().unwrap_or(-1);
        let text: Vec<_> =
            text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        format!("$ wbx {words}\n{}\nstatus {status}\n\n", text.join("\n"))
    }

    /// Keeps what was said.
    pub(crate) fn keep(&self, text: &str) {
        self.said.lock().unwrap().push_str(text);
    }

    /// All that was said, with names in the place of keys and places, and what is installed now.
    pub(crate) fn ended(&self) -> String {
        let mut text = std::mem::take(&mut *self.said.lock().unwrap());
        text += &format!("added: {}\n", self.added());
        for name in KEYS {
            text = text.replace(&key(name).did().to_string(), &format!("{{{name}}}"));
        }
        text = text.replace(&self.root.path().display().to_string(), "{here}");
        let beside: Vec<_> = fs::read_dir(self.root.path()).unwrap().collect();
        assert_eq!(beside.len(), 1, "something was written outside the workbook: {beside:?}");
        without_digests(&text)
    }

    fn added(&self) -> String {
        let lock = fs::read_to_string(self.path("wbx.lock")).unwrap_or_default();
        if lock.is_empty() {
            let stored = fs::read_dir(self.path("home/store")).into_iter().flatten().count();
            return (if stored == 0 { "nothing" } else { "nothing, but something is stored" })
                .to_owned();
        }
        let Ok(lock) = Lock::parse(&lock) else { return "a lock that is none".to_owned() };
        let entry = |entry: &Entry| format!("{} {}", entry.id, entry.version);
        lock.entries().map(entry).collect::<Vec<_>>().join(", ")
    }
}

/// `text` with `…` in the place of everything that looks like a digest.
fn without_digests(text: &str) -> String {
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let mut out = String::new();
    for part in text.split_inclusive(|c| !is_hex(c)) {
        let rest = part.trim_start_matches(is_hex);
        out += if part.len() - rest.len() == 64 { "…" } else { &part[..part.len() - rest.len()] };
        out += rest;
    }
    out
}
