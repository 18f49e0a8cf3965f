//! The engine of JavaScript for who has `pip` and no `cargo`: fetched, compiled, and run.

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use workbooks_compilers::{
    Compilers, Package, Registry,
    provision::{ClientError, PackageClient, Silent},
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
