//! Claims about an installation that ends before it is whole.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use workbooks_host::provenance::{Files, SigningKey, Statement, Timestamp};
use workbooks_host::registry::{MANIFEST, Package};

use super::super::Belief;
use super::*;
use crate::engine::catalog;
use crate::engine::registries::Came;
use crate::io::{self, HttpReq, Io, Surroundings};
use crate::output::Output;
use crate::session::Home;

/// A machine that ends with the write whose number is 0.
struct Ending {
    inner: Box<dyn Io>,
    left: Cell<usize>,
}

impl Io for Ending {
    fn http(&self, request: &HttpReq) -> Result<Vec<u8>, IoError> {
        self.inner.http(request)
    }

    fn http_url(
        &self,
        method: &str,
        url: &str,
        body: Option<&[u8]>,
        bearer: Option<&str>,
    ) -> Result<Vec<u8>, IoError> {
        self.inner.http_url(method, url, body, bearer)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, IoError> {
        self.inner.read(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), IoError> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        match left {
            0 => Err(IoError::File { path: path.to_owned(), why: "the machine ended".into() }),
            _ => self.inner.write(path, bytes),
        }
    }

    fn spawn(&self, program: &str, args: &[&str]) -> Result<Vec<u8>, IoError> {
        self.inner.spawn(program, args)
    }
}

fn session(place: &Path, writes: usize) -> Session {
    let surroundings = Surroundings {
        args: Vec::new(),
        env: BTreeMap::new(),
        folder: place.join("workbook"),
        stdout_is_terminal: false,
        stderr_is_terminal: false,
    };
    let output = Output::new(&surroundings);
    let home = Home { root: place.join("home"), cache: place.join("cache") };
    let io = Box::new(Ending { inner: io::platform(), left: Cell::new(writes) });
    Session { io, surroundings, output, home }
}

/// A toolkit of somebody who is not known, of a version.
fn came(version: &str) -> Came {
    let mut files = Files::default();
    let text = format!("#+TOOLKIT: kit\n#+VERSION: {version}\n#+CAPS: kv\n");
    files.insert(MANIFEST, text.into_bytes()).unwrap();
    let key = SigningKey::of(&[9; 32]);
    let now = Timestamp::now();
    let statement = Statement::of(&files, "kit", &version.parse().unwrap(), &key, now);
    let package = Package { files, envelope: Some(statement.sign(&key)) };
    Came {
        package,
        source: "kit".into(),
        registry: None,
        digest: None,
        id: Some("kit".into()),
        version: None,
    }
}

fn add(session: &Session, version: &str) -> Result<(), Report> {
    let workbook = Workbook::of(session);
    let belief = Belief { first_use: true, vouch: false };
    let candidate = Candidate::of(session, came(version), belief)?;
    let consent = Consent::To(["kv".to_owned()].into());
    install(session, &workbook, &candidate, &consent, Place::default())
}

fn find(place: &Path) -> Option<String> {
    let session = session(place, 0);
    let found = catalog::find_toolkit(&session, "kit").ok()?.load(&session).unwrap();
    Some(found.manifest.version.unwrap().to_string())
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().to_owned();
    files::private_folder(&path.join("workbook/toolkits")).unwrap();
    (place, path)
}

#[test]
fn what_ends_before_the_lock_is_written_installs_nothing_and_can_be_repeated() {
    // Trust, policy, lock.
    for writes in 0..3 {
        let (_place, path) = place();
        assert!(add(&session(&path, writes), "1.0.0").is_err());
        assert_eq!(find(&path), None, "{writes}");
        add(&session(&path, 3), "1.0.0").unwrap();
        assert_eq!(find(&path).as_deref(), Some("1.0.0"), "{writes}");
    }
}

#[test]
fn what_ends_before_the_lock_is_written_leaves_the_version_that_was_there() {
    for writes in 0..2 {
        let (_place, path) = place();
        add(&session(&path, 3), "1.0.0").unwrap();
        assert!(add(&session(&path, writes), "1.1.0").is_err());
        assert_eq!(find(&path).as_deref(), Some("1.0.0"), "{writes}");
        add(&session(&path, 2), "1.1.0").unwrap();
        assert_eq!(find(&path).as_deref(), Some("1.1.0"), "{writes}");
    }
}

#[test]
fn a_key_that_is_believed_about_more_meanwhile_stays_so() {
    let key = Trusted {
        toolkits: Some(["one".to_owned()].into()),
        ..Trusted::new(SigningKey::of(&[9; 32]).did(), Timestamp::UNIX_EPOCH)
    };
    let about = |known: Option<Option<&str>>| {
        let mut trust = TrustStore::default();
        if let Some(known) = known {
            let toolkits = known.map(|id| [id.to_owned()].into());
            trust.add(Trusted { toolkits, ..key.clone() }).unwrap();
        }
        with_known(&key, &trust).toolkits.map(Vec::from_iter)
    };
    assert_eq!(about(None), Some(vec!["one".to_owned()]));
    assert_eq!(about(Some(Some("two"))), Some(vec!["one".to_owned(), "two".to_owned()]));
    assert_eq!(about(Some(None)), None);
}

#[test]
fn an_update_takes_over_no_grants_of_another_publisher_whatever_the_lock_says() {
    let (_place, path) = place();
    let session = session(&path, 9);
    let belief = Belief { first_use: true, vouch: false };
    let candidate = Candidate::of(&session, came("1.0.0"), belief).unwrap();
    let did = |seed: u8| SigningKey::of(&[seed; 32]).did();
    for (consented, kept) in [(Some(did(9)), true), (Some(did(8)), false), (None, false)] {
        let (grants, withheld) = (["kv".to_owned()].into(), ["net".to_owned()].into());
        let mut toolkit =
            ToolkitPolicy { publisher: consented, grants, withheld, ..ToolkitPolicy::default() };
        allow(&mut toolkit, &candidate, &Consent::AsBefore);
        assert_eq!(toolkit.grants.contains("kv"), kept);
        assert!(toolkit.withheld.contains("net"), "what was taken stays taken");
        assert_eq!(toolkit.publisher, Some(did(9)));
    }
}
