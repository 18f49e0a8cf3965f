//! Packages of npm that no one here wrote, pinned, with their own tests: minimist, text-table and
//! fast-json-stable-stringify as `CommonJS`, yocto-queue as an ES module.

use std::{fs, path::Path};

use workbooks_compilers::{
    Package, Registry,
    provision::{Silent, fetch_source},
};
use workbooks_host::Shape;

use crate::{
    js_lane::{js, outcome},
    support::{self, Toolkit},
};

/// Runs tests that are written for `tape`, of which this is what they use.
const TAPE: &str = r"
    const same = (a, b) => a === b || (typeof a === 'object' && typeof b === 'object' && a && b
        && Object.keys(a).length === Object.keys(b).length
        && Object.keys(a).every((key) => same(a[key], b[key])));
    const check = (fine) => (a, b, name) => {
        if (!fine(a, b)) throw new Error(`${name ?? 'not equal'}: ${JSON.stringify([a, b])}`);
        test.count += 1;
    };
    const test = (name, run) => run({
        plan() {}, end() {}, equal: check(Object.is), deepEqual: check(same), same: check(same),
    });
    module.exports = Object.assign(test, { test, count: 0 });
";

/// The files of a package, below `src/node_modules`.
fn add(toolkit: &Toolkit, name: &str, version: &str, sha256: &str) {
    let package = Package {
        registry: Registry::Npm,
        name: name.to_owned(),
        version: version.to_owned(),
        sha256: sha256.parse().unwrap(),
        bytes: None,
        platform: None,
    };
    let folder = fetch_source(&package, &support::store(), support::client(), &Silent).unwrap();
    copy(toolkit, &folder, &format!("src/node_modules/{name}"));
}

fn copy(toolkit: &Toolkit, from: &Path, to: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = format!("{to}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            copy(toolkit, &entry.path(), &to);
        } else {
            toolkit.write(&to, &fs::read_to_string(entry.path()).unwrap());
        }
    }
}

fn passed(main: &str, packages: &[(&str, &str, &str)]) -> String {
    let toolkit =
        js(Shape::Command, &[("src/main.js", main), ("src/node_modules/tape/index.js", TAPE)]);
    for (name, version, sha256) in packages {
        add(&toolkit, name, version, sha256);
    }
    let outcome = outcome(&toolkit, &["test"], "");
    assert_eq!(outcome.ended.unwrap(), 0, "{}", String::from_utf8_lossy(&outcome.stderr));
    String::from_utf8(outcome.stdout).unwrap()
}

fn own_tests(name: &str, tests: &[&str], version: &str, sha256: &str) -> String {
    let import = |test: &&str| {
        format!(
            "import './node_modules/{name}/test/{test}.js';
"
        )
    };
    let imports = tests.iter().map(import).collect::<Vec<_>>().concat();
    let main = format!("import tape from 'tape';\n{imports}console.log(tape.count);\n");
    passed(&main, &[(name, version, sha256)])
}

#[test]
fn minimist_passes_its_own_tests() {
    let tests = [
        "all_bool",
        "bool",
        "dash",
        "default_bool",
        "dotted",
        "kv_short",
        "long",
        "num",
        "parse_modified",
        "parse",
        "proto",
        "short",
        "stop_early",
        "unknown",
        "whitespace",
    ];
    let sha256 = "350a76c115b393c19d24654834261e5dc9f0e8cc5e08f3937fa80140f3e4ce83";
    assert_eq!(own_tests("minimist", &tests, "1.2.8", sha256), "153\n");
}

#[test]
fn text_table_passes_its_own_tests() {
    let tests = ["align", "center", "dotalign", "doubledot", "table"];
    let sha256 = "d883f6704c060373991701894931dd859f73938dd159c66092247a403f88c772";
    assert_eq!(own_tests("text-table", &tests, "0.2.0", sha256), "5\n");
}

#[test]
fn fast_json_stable_stringify_passes_its_own_tests() {
    let tests = ["cmp", "nested", "str", "to-json"];
    let sha256 = "1e2df822c43e0a2b448e5df79bf8e6d3e085c86e30456cd383a2f96215fd1687";
    assert_eq!(own_tests("fast-json-stable-stringify", &tests, "2.1.0", sha256), "16\n");
}

#[test]
fn an_es_module_of_a_package_is_imported_by_its_name() {
    let main = "import Queue from 'yocto-queue';\n\
                const queue = new Queue();\n\
                queue.enqueue('a'); queue.enqueue('b');\n\
                console.log(queue.dequeue(), queue.size, [...queue]);\n";
    let sha256 = "2b3bd9bfcd6ca5e17556846221a11e15b43c81f76cb6bce3059405fed9753055";
    assert_eq!(passed(main, &[("yocto-queue", "1.2.1", sha256)]), "a 1 [ 'b' ]\n");
}
