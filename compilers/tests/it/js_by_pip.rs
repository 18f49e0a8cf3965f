//! The engine of JavaScript for who has `pip` and no `cargo`: fetched, compiled, and run.

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use workbooks_compilers::{
    Compilers, Digest, Package, Registry,
    provision::{ClientError, PackageClient, Silent, SystemClients},
};
use workbooks_host::{Outcome, Shape};

use crate::{js_lane, support};

/// Who has `pip` alone.
struct PipAlone;

impl PackageClient for PipAlone {
    fn fetch(&self, package: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        match package.registry {
            Registry::Sdist => support::client().fetch(package, into),
            other => Err(ClientError::NotInstalled { program: other.client() }),
        }
    }
}

/// A store with the C lane of whoever tests, and the engine by `pip`: made by the first test, as the
/// other lanes are.
fn store() -> PathBuf {
    let store = support::shared().join("by-pip");
    fs::create_dir_all(&store).unwrap();
    match symlink(support::store().join("c"), store.join("c")) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => panic!("{error}"),
        _ => store,
    }
}

const PROGRAM: &str = r"
import { args } from 'workbooks:process';
import sloppy from './sloppy.cjs';
const endless = () => endless() + 1;
try { endless() } catch (error) { console.log(error instanceof RangeError) }
console.log([...Iterator.zip([[1, 2], ['a', 'b']])].join(';'), args[0]);
console.log((await Array.fromAsync([1, Promise.resolve(2)])).join());
console.log('Straße'.replace(/\p{Lu}/u, '').toUpperCase(), 2n ** 70n, 0.1 + 0.2);
console.log(new Uint8Array([1, 2, 3]).subarray(1).join(), structuredClone({ a: [1] }).a[0]);
console.log(sloppy);
";

const SAYS: &str = "\
true
1,a;2,b x
1,2
TRASSE 1180591620717411303424n 0.30000000000000004
2,3 1
3
";

#[test]
fn who_has_pip_alone_has_an_engine_that_runs_what_the_other_does() {
    let cache = tempfile::tempdir().unwrap();
    support::compilers(cache.path()).install("c").unwrap();
    let compilers = Compilers {
        store: store(),
        cache: cache.path().to_owned(),
        sandbox: support::sandbox(),
        client: &PipAlone,
        progress: &Silent,
    };
    let toolchain = compilers.install("js").map_err(miette::Report::new).unwrap();
    assert_eq!(toolchain.made_of, ["quickjs-ng@0.17.0.2"]);

    let files = [
        ("src/main.js", PROGRAM),
        ("src/sloppy.cjs", "var o = { a: 1, b: 2 }; with (o) { module.exports = a + b }"),
    ];
    let toolkit = js_lane::js(Shape::Command, &files);
    let by_pip = compilers.build(&toolkit.request).map_err(miette::Report::new).unwrap();
    let by_first = toolkit.build().map_err(miette::Report::new).unwrap();
    for built in [by_pip, by_first] {
        let Outcome { ended, stdout, stderr, .. } =
            js_lane::outcome_of(&toolkit, &built, &["test", "x"], "");
        assert_eq!(ended.unwrap(), 0, "{}", String::from_utf8_lossy(&stderr));
        assert_eq!(String::from_utf8(stdout).unwrap(), SAYS);
    }
}

/// A source archive whose every script leaves a file at `mark`.
fn marking(mark: &Path) -> Vec<u8> {
    let mark = mark.display();
    let script = format!("open('{mark}', 'w').close()\nimport setuptools\nsetuptools.setup()\n");
    let info = "Metadata-Version: 2.1\nName: marking\nVersion: 1.0.0\n";
    let project = "[build-system]\nrequires = ['setuptools']\n\
                   build-backend = 'setuptools.build_meta'\n\
                   [project]\nname = 'marking'\nversion = '1.0.0'\n";
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in [
        ("setup.py", script.as_str()),
        // What the stand-in imports.
        ("shutil.py", &script),
        ("marking/__init__.py", &script),
        ("PKG-INFO", info),
        ("pyproject.toml", project),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("marking-1.0.0/{name}"), text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

#[test]
fn a_source_archive_is_fetched_and_nothing_in_it_runs() {
    let place = tempfile::tempdir().unwrap();
    let (mark, shelf, into) =
        (place.path().join("mark"), place.path().join("shelf"), place.path().join("into"));
    let archive = marking(&mark);
    fs::create_dir(&shelf).unwrap();
    fs::write(shelf.join("marking-1.0.0.tar.gz"), &archive).unwrap();
    #[expect(clippy::disallowed_methods, reason = "pip is that of whoever tests")]
    let own = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        !name.starts_with("PIP_") && name != "PYTHONPATH"
    });
    // Whoever tests prefers that scripts run.
    let local = [
        ("PIP_NO_INDEX", "1".into()),
        ("PIP_FIND_LINKS", shelf.into_os_string()),
        ("PIP_USE_PEP517", "0".into()),
        // And has the folder that a program runs in among those of modules.
        ("PYTHONPATH", ":.".into()),
    ];
    let client = SystemClients::new(own.chain(local.map(|(name, value)| (name.into(), value))));
    let fetched = |sha256| {
        drop(fs::remove_dir_all(&into));
        fs::create_dir(&into).unwrap();
        let (name, version) = ("marking".to_owned(), "1.0.0".to_owned());
        let registry = Registry::Sdist;
        let package = Package { registry, name, version, sha256, bytes: None, platform: None };
        client.fetch(&package, &into)
    };
    let path = fetched(Digest::of(&archive)).map_err(miette::Report::new).unwrap();
    assert_eq!(fs::read(path).unwrap(), archive);
    assert!(!mark.exists(), "the package ran");

    let error = fetched(Digest::of(b"other bytes")).unwrap_err();
    assert!(
        matches!(&error, ClientError::Failed { said, .. } if said.contains("HASHES")),
        "{error}"
    );
    assert!(!mark.exists(), "the package ran");
}
