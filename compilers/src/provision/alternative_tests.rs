//! Claims about packages that may stand for one another: which client is asked, and what is said
//! where none can fetch.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::Mutex,
};

use tempfile::TempDir;

use super::{
    install_tests::{gzip, left, tar},
    *,
};
use crate::toolchain::{Package, Pinned, Registry, Toolchain};
use workbooks_host::provenance::Digest;

const MODULE: &[u8] = b"module";

/// The archive of the crate `x`, or of the source archive `y`.
fn archive(name: &str) -> Vec<u8> {
    gzip(&tar(&[(&format!("{name}-1.0.0/m.wasm"), MODULE)]))
}

/// A compiler that comes by `cargo` as `x`, or by `pip` as `y`.
fn pinned() -> Pinned {
    Pinned::parse(&manifest()).unwrap()
}

fn manifest() -> String {
    let source = |key: &str, registry: &str, name: &str| {
        format!(
            "[[{key}]]\nregistry = '{registry}'\nname = '{name}'\nversion = '1.0.0'\nsha256 = '{}'\n\
             [[{key}.file]]\npath = '{name}-1.0.0/m.wasm'\nname = 'm.wasm'\nrole = 'module'\n\
             sha256 = '{}'\nbytes = 6\n",
            Digest::of(&archive(name)),
            Digest::of(MODULE),
        )
    };
    format!(
        "lane = 'x'\ntitle = 'x'\nlicence = 'x'\n\
         [cost]\ndisk_bytes = 1\ncpu_seconds = 1\nmemory_bytes = 1\n{}{}",
        source("source", "cargo", "x"),
        source("alternative", "sdist", "y"),
    )
}

fn installed(store: &TempDir, client: &dyn PackageClient) -> Result<Toolchain, ProvisionError> {
    install(&pinned(), store.path(), client, &Silent, |_, _| Ok(Vec::new()))
}

/// Says of each package what a client says, and remembers which was asked for.
struct Says {
    answer: fn(&Package) -> Result<Vec<u8>, ClientError>,
    asked: Mutex<Vec<String>>,
}

impl Says {
    fn new(answer: fn(&Package) -> Result<Vec<u8>, ClientError>) -> Self {
        Self { answer, asked: Mutex::default() }
    }
}

impl PackageClient for Says {
    fn fetch(&self, package: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        self.asked.lock().unwrap().push(package.name.clone());
        let path = into.join("archive.tar.gz");
        fs::write(&path, (self.answer)(package)?)?;
        Ok(path)
    }
}

fn failed(package: &Package) -> ClientError {
    let program = package.registry.client();
    ClientError::Failed { program, package: package.to_string(), said: "no network".to_owned() }
}

/// A machine whose `PATH` has doubles of the clients `names` alone, which log how they are called
/// and bring the archives.
fn machine(names: &[&str]) -> (TempDir, SystemClients) {
    let place = tempfile::tempdir().unwrap();
    let (bin, cargo) = (place.path().join("bin"), place.path().join("cargo"));
    fs::create_dir(&bin).unwrap();
    fs::create_dir_all(cargo.join("registry/cache/one")).unwrap();
    for name in ["x", "y"] {
        fs::write(place.path().join(name), archive(name)).unwrap();
    }
    for name in names {
        let double = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/double");
        symlink(double, bin.join(name)).unwrap();
    }
    let env = [("PATH", bin), ("CARGO_HOME", cargo), ("ARCHIVES", place.path().to_owned())];
    let clients = SystemClients::new(env.map(|(name, path)| (name.into(), path.into())));
    (place, clients)
}

fn log(machine: &TempDir) -> String {
    fs::read_to_string(machine.path().join("log")).unwrap_or_default()
}

#[test]
fn where_no_client_is_there_every_way_is_named() {
    let (machine, clients) = machine(&[]);
    let store = tempfile::tempdir().unwrap();
    let error = installed(&store, &clients).unwrap_err();
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    for said in ["x@1.0.0 (by cargo)", "y@1.0.0 (by pip)", "cargo is not", "pip is not"] {
        assert!(error.to_string().contains(said), "{error}");
    }
    assert!(help.contains("one of them") && help.contains("install cargo"), "{help}");
    assert!(help.contains("install pip"), "{help}");
    assert!(log(&machine).is_empty() && left(&store).is_empty());
}

#[test]
fn other_bytes_are_refused_and_no_other_package_is_tried() {
    let (store, client) = (tempfile::tempdir().unwrap(), Says::new(|_| Ok(archive("z"))));
    let error = installed(&store, &client).unwrap_err();
    assert!(matches!(error, ProvisionError::WrongHash { .. }), "{error}");
    assert_eq!(*client.asked.lock().unwrap(), ["x"]);
}

#[test]
fn where_there_is_pip_alone_pip_is_asked_for_a_source_archive() {
    for pip in ["pip", "pip3"] {
        let (machine, clients) = machine(&[pip]);
        let store = tempfile::tempdir().unwrap();
        let toolchain = installed(&store, &clients).unwrap();
        assert_eq!(toolchain.made_of, ["y@1.0.0"]);
        assert_eq!(fs::read(toolchain.path("m.wasm")).unwrap(), MODULE);
        let log = log(&machine);
        assert!(log.starts_with(&format!("{pip} download ")) && log.lines().count() == 1, "{log}");
        assert!(log.contains("--require-hashes") && log.contains("--no-binary=:all:"), "{log}");
        assert!(log.trim_end().ends_with("/backend"), "{log}");
    }
}

#[test]
fn where_there_is_cargo_alone_cargo_is_asked() {
    let (machine, clients) = machine(&["cargo"]);
    let store = tempfile::tempdir().unwrap();
    assert_eq!(installed(&store, &clients).unwrap().made_of, ["x@1.0.0"]);
    assert_eq!(log(&machine).trim_end(), "cargo fetch --quiet");
}

#[test]
fn where_both_are_there_the_first_is_asked_and_the_second_if_it_fails() {
    let (machine, clients) = machine(&["cargo", "pip"]);
    let store = tempfile::tempdir().unwrap();
    assert_eq!(installed(&store, &clients).unwrap().made_of, ["x@1.0.0"]);
    assert!(!log(&machine).contains("pip"));

    let client = Says::new(|package| match package.registry {
        Registry::Sdist => Ok(archive("y")),
        _ => Err(failed(package)),
    });
    let store = tempfile::tempdir().unwrap();
    let toolchain = installed(&store, &client).unwrap();
    assert_eq!(
        (toolchain.made_of, client.asked.into_inner().unwrap()),
        (vec!["y@1.0.0".to_owned()], vec!["x".to_owned(), "y".to_owned()])
    );
    // What was recorded is read again.
    let State::Installed(found) = state(&pinned(), store.path()) else { panic!("it is there") };
    assert_eq!(found.made_of, ["y@1.0.0"]);
}

#[test]
fn an_archive_that_is_here_is_taken_before_any_is_fetched() {
    let store = tempfile::tempdir().unwrap();
    fs::create_dir(store.path().join("x")).unwrap();
    let kept = store.path().join("x").join(format!("{}.archive", Digest::of(&archive("y"))));
    fs::write(&kept, archive("y")).unwrap();
    let client = Says::new(|package| Err(failed(package)));
    assert_eq!(installed(&store, &client).unwrap().made_of, ["y@1.0.0"]);
    assert!(client.asked.into_inner().unwrap().is_empty() && !kept.exists());
}

#[test]
fn a_folder_may_hold_any_of_the_archives_and_both_are_named_where_it_holds_none() {
    let (folder, tools) = (tempfile::tempdir().unwrap(), Says::new(|package| Err(failed(package))));
    let client = FromFolder::new(folder.path(), &tools);
    let store = tempfile::tempdir().unwrap();
    let error = installed(&store, &client).unwrap_err();
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    for (name, file) in [("x", "x-1.0.0.crate"), ("y", "y-1.0.0.tar.gz")] {
        let digest = Digest::of(&archive(name)).to_string();
        assert!(help.contains(file) && help.contains(&digest), "{help}");
    }
    fs::write(folder.path().join("y-1.0.0.tar.gz"), archive("y")).unwrap();
    assert_eq!(installed(&store, &client).unwrap().made_of, ["y@1.0.0"]);
    assert!(tools.asked.into_inner().unwrap().is_empty());
}

#[test]
fn another_alternative_makes_another_compiler() {
    let digest = |text: &str| Pinned::parse(text).unwrap().digest;
    let (whole, digest_of_y) = (manifest(), Digest::of(&archive("y")).to_string());
    let alone = &whole[..whole.find("[[alternative]]").unwrap()];
    let other = whole.replace(&digest_of_y, &Digest::of(b"other").to_string());
    assert!(digest(&whole) != digest(alone) && digest(&whole) != digest(&other));
}
