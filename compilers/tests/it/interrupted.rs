//! An installer that is killed at any stage, in a process of its own, leaves what the next one
//! goes on from.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{self, Command},
};

use flate2::{Compression, write::GzEncoder};
use workbooks_compilers::{
    Digest, Package, Pinned,
    provision::{
        ClientError, PackageClient, Progress, Silent, Stage, State, install, state, verify,
    },
};

/// Set for the process that is killed: the store, and where.
const STORE: &str = "INTERRUPTED_STORE";
const WHERE: &str = "INTERRUPTED_WHERE";

fn archive() -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(6);
    builder.append_data(&mut header, "package/m.wasm", &b"module"[..]).unwrap();
    builder.into_inner().unwrap().finish().unwrap()
}

fn pinned() -> Pinned {
    let text = format!(
        "lane = 'x'\ntitle = 'x'\nlicence = 'x'\n\
         [cost]\ndisk_bytes = 1\ncpu_seconds = 1\nmemory_bytes = 1\n\
         [[source]]\nregistry = 'npm'\nname = 'x'\nversion = '1.0.0'\nsha256 = '{}'\n\
         [[source.file]]\npath = 'package/m.wasm'\nname = 'm.wasm'\nrole = 'module'\n\
         sha256 = '{}'\nbytes = 6\n",
        Digest::of(&archive()),
        Digest::of(b"module"),
    );
    Pinned::parse(&text).unwrap()
}

/// Gives the archive, or dies with half of it.
struct Client {
    dies: bool,
}

impl PackageClient for Client {
    fn fetch(&self, _: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        let path = into.join("x.tgz");
        let archive = archive();
        let whole = if self.dies { archive.len() / 2 } else { archive.len() };
        fs::File::create(&path)?.write_all(&archive[..whole])?;
        if self.dies {
            process::abort();
        }
        Ok(path)
    }
}

/// Dies when a stage begins that is called so.
struct Dies(String);

impl Progress for Dies {
    fn stage(&self, stage: &Stage) {
        if stage.to_string().starts_with(&self.0) {
            process::abort();
        }
    }
}

fn derived(folder: &Path) -> Vec<String> {
    fs::write(folder.join("made"), fs::read(folder.join("m.wasm")).unwrap()).unwrap();
    vec!["made".to_owned()]
}

/// Not a claim of its own: the process that is killed runs this.
#[test]
fn the_killed_installer() {
    #[expect(clippy::disallowed_methods, reason = "how the process that is killed is told")]
    let told = |name| std::env::var(name).ok();
    let (Some(store), Some(place)) = (told(STORE), told(WHERE)) else { return };
    let derive = |folder: &Path, _: &Path| {
        let made = derived(folder);
        if place == "derive" {
            process::abort();
        }
        Ok(made)
    };
    let client = Client { dies: place == "fetch" };
    install(&pinned(), Path::new(&store), &client, &Dies(place.clone()), derive).unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an installer is killed as the system kills it")]
fn an_installer_that_is_killed_anywhere_leaves_nothing_that_is_taken_for_whole() {
    for place in ["installing", "fetching", "fetch", "checking", "unpacking", "derive"] {
        let store = tempfile::tempdir().unwrap();
        let ended = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "interrupted::the_killed_installer"])
            .env(STORE, store.path())
            .env(WHERE, place)
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), None, "{place}: it was not killed");
        let pinned = pinned();
        assert!(matches!(state(&pinned, store.path()), State::Missing), "{place}");
        let derive = |folder: &Path, _: &Path| Ok(derived(folder));
        let client = Client { dies: false };
        install(&pinned, store.path(), &client, &Silent, derive).unwrap();
        verify(&pinned, store.path()).unwrap();
        let names = fs::read_dir(store.path().join("x")).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{place}: the lock and the compiler: {names:?}");
    }
}
