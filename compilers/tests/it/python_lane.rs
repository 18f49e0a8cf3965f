//! The Python lane as it is: the real engine, made by the real tool, on programs of ours and of
//! others.

use std::{fs, path::Path, sync::LazyLock};

use workbooks_compilers::{
    Code, Package, Registry,
    provision::{Silent, fetch_source},
};
use workbooks_host::{Artifact, Grant, Host, Outcome, Profile, Run, Shape, policy::ToolkitPolicy};

use crate::support::{self, Toolkit};

static HOST: LazyLock<Host> =
    LazyLock::new(|| Host::builder().cache(support::shared().join("artifacts")).build().unwrap());

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

fn toolkit(files: &[(&str, &str)]) -> Toolkit {
    let mut toolkit = Toolkit::new(Shape::Command, files);
    "python".clone_into(&mut toolkit.request.lane);
    toolkit
}

/// Builds the toolkit, and runs it granted nothing.
fn run(toolkit: &Toolkit) -> (i32, String, String) {
    let built = toolkit.build().map_err(miette::Report::new).unwrap();
    let Code::Interpreted { engine, program, .. } = &built.code else { panic!("it is interpreted") };
    let artifact = Artifact::interpreter(&engine.path, engine.sha256.to_string(), program);
    let grant = Grant::bare("test", &Profile::named("network"), &ToolkitPolicy::default());
    let prepared = HOST.prepare(&artifact, &grant).map_err(miette::Report::new).unwrap();
    let Outcome { ended, stdout, stderr, .. } = RUNTIME.block_on(prepared.run(Run::args(["test"])));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.unwrap(), text(stdout), text(stderr))
}

fn vendor(toolkit: &Toolkit, name: &str, version: &str, sha256: &str) {
    let package = Package {
        registry: Registry::Pip,
        name: name.to_owned(),
        version: version.to_owned(),
        sha256: sha256.parse().unwrap(),
        bytes: None,
        platform: Some("any".to_owned()),
    };
    let compilers = support::compilers(&toolkit.cache());
    let from = fetch_source(&package, &compilers.store, compilers.client, &Silent).unwrap();
    copy(&from.join(name), &toolkit.folder.join("src/vendor").join(name));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Runs the modules of tests that are named, and tells how it went.
const SUITE: &str = "
import sys
import unittest

suite = unittest.defaultTestLoader.loadTestsFromNames(NAMES)
result = unittest.TextTestRunner(sys.stderr).run(suite)
passed = result.testsRun - len(result.failures) - len(result.errors) - len(result.skipped)
print(passed, len(result.failures), len(result.errors), sorted({why for _, why in result.skipped}))
";

#[test]
fn each_instance_has_randomness_of_its_own() {
    let toolkit = toolkit(&[(
        "src/main.py",
        "import os, random, secrets, tempfile, uuid\n\
         print(random.random(), secrets.token_hex(8), uuid.uuid4(), os.urandom(8).hex())\n",
    )]);
    let (one, two) = (run(&toolkit), run(&toolkit));
    assert_eq!((one.0, two.0), (0, 0));
    let pairs: Vec<_> = one.1.split(' ').zip(two.1.split(' ')).collect();
    assert_eq!(pairs.len(), 4);
    for (one, two) in pairs {
        assert_ne!(one, two);
    }
}

#[test]
fn a_program_that_was_built_once_is_found() {
    let toolkit = toolkit(&[("src/main.py", "print(6 * 7)\n")]);
    assert!(!toolkit.build().unwrap().cached);
    assert!(toolkit.build().unwrap().cached);
    assert_eq!(run(&toolkit), (0, "42\n".to_owned(), String::new()));
}

#[test]
fn of_several_files_without_a_main_the_program_is_asked_for() {
    let toolkit = toolkit(&[("src/a.py", ""), ("src/b.py", "")]);
    assert!(toolkit.refusal().contains("none of them is `main.py`"));
}

#[test]
fn simplejson_passes_its_own_tests() {
    let main = SUITE.replace(
        "NAMES",
        "['simplejson.tests.' + name for name in '''test_bigint_as_string test_bitsize_int_as_string
         test_check_circular test_decimal test_decode test_default test_dump test_encode_basestring_ascii
         test_encode_for_html test_errors test_fail test_float test_for_json test_indent test_item_sort_key
         test_iterable test_namedtuple test_pass1 test_pass2 test_pass3 test_raw_json test_recursion
         test_scanstring test_separators test_str_subclass test_subclass test_tuple test_unicode'''.split()]",
    );
    let toolkit = toolkit(&[("src/main.py", &main)]);
    vendor(
        &toolkit,
        "simplejson",
        "3.20.2",
        "3b6bb7fb96efd673eac2e4235200bfffdc2353ad12c54117e1e4e2fc485ac017",
    );
    let (status, out, said) = run(&toolkit);
    assert_eq!((status, out.as_str()), (0, "134 0 0 []\n"), "{said}");
}

#[test]
fn colorama_passes_its_own_tests_less_those_of_windows_and_of_a_terminal() {
    let main = SUITE.replace(
        "NAMES",
        "['colorama.tests.' + name for name in
         'ansi_test ansitowin32_test initialise_test isatty_test utils winterm_test'.split()]",
    );
    let toolkit = toolkit(&[("src/main.py", &main)]);
    vendor(
        &toolkit,
        "colorama",
        "0.4.6",
        "4f1d9991f5acc0ca119f9d443620b77f9d6b33703e51011c16baf57afb285fc6",
    );
    let (status, out, said) = run(&toolkit);
    let says = "38 0 0 ['requires Windows', 'sys.stdout is not a tty']\n";
    assert_eq!((status, out.as_str()), (0, says), "{said}");
}
