//! The Python lane as it is: the real engine, made by the real tool, on programs of ours and of
//! others.

use std::{fs, path::Path, sync::LazyLock};

use tokio::io::AsyncReadExt as _;
use workbooks_compilers::{
    Code, Package, Registry,
    provision::{Silent, fetch_source},
};
use workbooks_host::{
    Artifact, Grant, Host, Outcome, Output, Profile, Run, Shape, policy::ToolkitPolicy,
};

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
    let Code::Interpreted { engine, program, .. } = &built.code else {
        panic!("it is interpreted")
    };
    let artifact = Artifact::interpreter(&engine.path, engine.sha256.to_string(), program);
    let grant = Grant::bare("test", &Profile::named("network"), &ToolkitPolicy::default());
    let prepared = HOST.prepare(&artifact, &grant).map_err(miette::Report::new).unwrap();
    let Outcome { ended, stdout, stderr, .. } = RUNTIME.block_on(prepared.run(Run::args(["test"])));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.unwrap(), text(stdout), text(stderr))
}

/// A component of the world `app` in this text, whose program is `main`.
fn component(wit: &str, main: &str) -> Toolkit {
    let mut toolkit = toolkit(&[("wit/app.wit", wit), ("src/main.py", main)]);
    toolkit.request.shape = Shape::Component;
    toolkit.request.wit = Some("app".to_owned());
    toolkit
}

/// What the calls of one instance of it answer, and what it says on its standard error.
fn calls(toolkit: &Toolkit, calls: &[&str]) -> (Vec<Option<String>>, String) {
    let built = toolkit.build().map_err(miette::Report::new).unwrap();
    let Code::Interpreted { engine, program, front } = &built.code else {
        panic!("it is interpreted")
    };
    let artifact = Artifact::interpreter(&engine.path, engine.sha256.to_string(), program);
    let grant = Grant::bare("test", &Profile::named("network"), &ToolkitPolicy::default());
    let artifact = artifact.behind(front.as_deref());
    let prepared = HOST.prepare(&artifact, &grant).map_err(miette::Report::new).unwrap();
    RUNTIME.block_on(async {
        let (end, mut said) = tokio::io::duplex(1 << 20);
        let run = Run { stderr: Output::Stream(Box::new(end)), ..Run::default() };
        let mut instance = prepared.start(run).await.unwrap();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(instance.invoke(call).await.ok().map(|invoked| invoked.text));
        }
        instance.finish().await;
        let mut text = String::new();
        said.read_to_string(&mut text).await.unwrap();
        (answers, text)
    })
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

const SHOP: &str = "package my:kit;
interface shop {
  record item { name: string, price: u8 }
  variant payment { cash(u8), card }
  items: func(count: u32) -> list<item>;
  paid: func(how: payment) -> payment;
  price: func(of: string) -> result<u8, string>;
}
world app { export shop; }
";

#[test]
fn a_value_of_another_type_is_told_with_its_function_and_place() {
    let shop = component(
        SHOP,
        "from workbooks import Error, world\n\
         from workbooks.world.shop import Item\n\
         class Shop(world.Shop):\n\
         \x20   def items(self, count):\n\
         \x20       return [Item('cup', 3), Item('mug', 3 * count)]\n\
         \x20   def paid(self, how):\n\
         \x20       return 'cash'\n\
         \x20   def price(self, of):\n\
         \x20       raise Error(404)\n",
    );
    for (call, told) in [
        ("items(100)", "shop.items: the result[1].price must be an integer from 0 to 255, not 300"),
        (
            "paid(card)",
            "shop.paid: the result must be one of Payment_Cash, Payment_Card, not 'cash'",
        ),
        ("price(\"cup\")", "shop.price: the error must be a text, not 404"),
    ] {
        let (answers, said) = calls(&shop, &["items(1)", call, "items(1)"]);
        let items = "[{name: \"cup\", price: 3}, {name: \"mug\", price: 3}]";
        assert_eq!(answers, [Some(items.to_owned()), None, None], "{said}");
        assert!(said.contains(&format!("TypeError: {told}")), "{told}: {said}");
        assert!(!said.contains("workbooks/_"), "{said}");
    }
}

#[test]
fn what_is_not_caught_is_told_with_its_lines() {
    let shop = component(
        SHOP,
        "def items(count):\n    return [1 // count]\n\
         def paid(how):\n    return how\n\
         def price(of):\n    return len(of)\n",
    );
    let (answers, said) =
        calls(&shop, &["price(\"cup\")", "paid(cash(3))", "items(0)", "paid(card)"]);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(answers, [some("ok(3)"), some("cash(3)"), None, None], "{said}");
    for told in ["ZeroDivisionError", "src/main.py\", line 2, in items"] {
        assert!(said.contains(told), "{told}: {said}");
    }
}

#[test]
fn what_its_world_exports_is_looked_for_when_it_is_built() {
    let told = |main: &str| component(SHOP, main).refusal();
    let said = told("class Shop:\n    def items(self, count): ...\ndef paid(how): ...\n");
    assert!(said.contains("`price` of `my:kit/shop`") && said.contains("src/main.py:1"), "{said}");
    assert!(!said.contains("`items`") && !said.contains("`paid`"), "{said}");
    // What cannot be seen is not judged: it is found, or not, by the first call.
    let elsewhere = component(SHOP, "from types import *\n");
    let (answers, said) = calls(&elsewhere, &["items(0)"]);
    assert_eq!(answers, [None]);
    assert!(said.contains("does not define `shop.items`"), "{said}");
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
