//! An installer that is killed at any stage, in a process of its own, leaves what the next one
//! goes on from.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    sync::Mutex,
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

/// Two packages, the module of each in an archive of its own.
const TWO: [&str; 2] = ["one", "two"];

fn archive_of(name: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(name.len() as u64);
    builder.append_data(&mut header, format!("package/{name}.wasm"), name.as_bytes()).unwrap();
    builder.into_inner().unwrap().finish().unwrap()
}

fn pinned_of_two() -> Pinned {
    let source = |name: &str| {
        format!(
            "[[source]]\nregistry = 'npm'\nname = '{name}'\nversion = '1.0.0'\nsha256 = '{}'\n\
             [[source.file]]\npath = 'package/{name}.wasm'\nname = '{name}.wasm'\n\
             role = 'module'\nsha256 = '{}'\nbytes = 3\n",
            Digest::of(&archive_of(name)),
            Digest::of(name.as_bytes()),
        )
    };
    let text = format!(
        "lane = 'x'\ntitle = 'x'\nlicence = 'x'\n\
         [cost]\ndisk_bytes = 1\ncpu_seconds = 1\nmemory_bytes = 1\n{}",
        TWO.map(source).concat(),
    );
    Pinned::parse(&text).unwrap()
}

/// Gives the archives; of the one called `hangs`, half, and then it says so and waits for ever.
#[derive(Default)]
struct Two {
    hangs: Option<&'static str>,
    asked: Mutex<Vec<String>>,
}

impl PackageClient for Two {
    fn fetch(&self, package: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        self.asked.lock().unwrap().push(package.name.clone());
        let (path, archive) = (into.join("x.tgz"), archive_of(&package.name));
        if self.hangs == Some(package.name.as_str()) {
            fs::write(&path, &archive[..archive.len() / 2])?;
            // Not `println!`, which a test keeps to itself.
            io::stdout().write_all(b"half of it is here\n")?;
            io::stdout().flush()?;
            io::stdin().read_line(&mut String::new())?;
        }
        fs::write(&path, archive)?;
        Ok(path)
    }
}

/// Not a claim of its own: the process that is killed runs this.
#[test]
fn the_killed_installer_of_two() {
    #[expect(clippy::disallowed_methods, reason = "how the process that is killed is told")]
    let told = |name| std::env::var(name).ok();
    let (Some(store), Some(place)) = (told(STORE), told(WHERE)) else { return };
    let hangs = TWO.into_iter().find(|name| *name == place);
    let client = Two { hangs, ..Two::default() };
    let none = |_: &Path, _: &Path| Ok(Vec::new());
    install(&pinned_of_two(), Path::new(&store), &client, &Silent, none).unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an installer is killed as the system kills it")]
fn of_two_archives_one_that_was_whole_when_the_installer_was_killed_is_not_fetched_again() {
    for (hangs, left) in [("one", &["one", "two"][..]), ("two", &["two"])] {
        let store = tempfile::tempdir().unwrap();
        let mut installer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "interrupted::the_killed_installer_of_two", "--nocapture"])
            .env(STORE, store.path())
            .env(WHERE, hangs)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(installer.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains("half of it is here")));
        installer.kill().unwrap();
        assert_eq!(installer.wait().unwrap().code(), None, "{hangs}: it was not killed");

        let pinned = pinned_of_two();
        assert!(matches!(state(&pinned, store.path()), State::Missing), "{hangs}");
        let client = Two::default();
        install(&pinned, store.path(), &client, &Silent, |_, _| Ok(Vec::new())).unwrap();
        verify(&pinned, store.path()).unwrap();
        assert_eq!(client.asked.into_inner().unwrap(), left, "{hangs}");
        let names = fs::read_dir(store.path().join("x")).unwrap();
        assert_eq!(names.count(), 2, "{hangs}: the lock and the compiler");
    }
}
