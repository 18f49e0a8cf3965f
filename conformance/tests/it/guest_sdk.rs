//! What `guest-sdk/` claims: its table of capabilities and languages, and its crate for Rust.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use workbooks_conformance::root;
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::toolkit::{Language, Word as _};
use workbooks_host::{Artifact, Grant, Host, Manifest, Profile, Run, world};

/// The cells of a row of a table.
fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// The toolkit that a case runs.
fn toolkit(case: &Path) -> PathBuf {
    let text = fs::read_to_string(case.join("case.toml")).unwrap_or_default();
    let named =
        text.lines().find_map(|line| line.strip_prefix("guest.toolkit = \"")?.strip_suffix('"'));
    match named {
        Some(".") | None => case.to_owned(),
        Some(named) => root().join(named),
    }
}

#[test]
fn each_claimed_cell_is_a_case_of_that_language_with_that_capability() {
    let host = Host::builder().threads(1).build().unwrap();
    let readme = fs::read_to_string(root().join("guest-sdk/README.md")).unwrap();
    let mut rows = readme.lines().skip_while(|line| !line.starts_with("| capability |"));
    let languages = cells(rows.next().unwrap())[1..].to_vec();
    let rows: Vec<_> = rows.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect();
    let named: Vec<_> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    let all: Vec<_> = world::CAPABILITIES.iter().map(|row| row.name).collect();
    assert_eq!(named, all);

    let mut wrong = Vec::new();
    for (row, capability) in rows.iter().zip(named) {
        for (cell, language) in row[1..].iter().zip(&languages).filter(|(cell, _)| !cell.is_empty())
        {
            let link = cell.strip_prefix("[case](").and_then(|rest| rest.strip_suffix(')'));
            let case = root().join("guest-sdk").join(link.unwrap_or_default());
            let text = fs::read(toolkit(&case).join("manifest.org")).unwrap_or_default();
            let Ok(manifest) = Manifest::parse(&text, None, &host.vocabulary()) else {
                wrong.push(format!("{capability}, {language}: {cell} has no toolkit"));
                continue;
            };
            let written = manifest.build_lang.map(Language::word);
            if written != Some(language.to_lowercase().as_str()) {
                wrong.push(format!("{capability}: {cell} is {written:?} and not {language}"));
            }
            if !manifest.caps.iter().any(|cap| cap.value == capability) {
                wrong.push(format!("{cell} does not ask for {capability}"));
            }
            let expected = fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
            if expected.lines().any(|line| line.starts_with("refused workbooks::compile")) {
                wrong.push(format!("{cell} shows that it is refused"));
            }
            for file in ["tools.js", "kv.js", "http.js"] {
                let ours = fs::read(root().join("guest-sdk/js").join(file)).unwrap();
                let copied = fs::read(case.join("src").join(file));
                if copied.is_ok_and(|copied| copied != ours) {
                    wrong.push(format!("{cell} has another {file} than guest-sdk/js"));
                }
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

fn cargo(args: &[&str]) -> Command {
    #[expect(clippy::disallowed_methods, reason = "an author's own cargo, as the author runs it")]
    let mut cargo = Command::new("cargo");
    // Rust's own flags of this run are for this host and not for wasm.
    cargo.current_dir(root().join("guest-sdk/rust")).args(args).arg("--locked");
    cargo.env("CARGO_TARGET_DIR", root().join("target/guest-sdk")).env_remove("RUSTFLAGS");
    cargo
}

/// The first of the component targets that this machine's Rust has.
fn target() -> Option<&'static str> {
    #[expect(clippy::disallowed_methods, reason = "it asks where a target would be")]
    let has = |target: &&str| {
        let said =
            Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
        said.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_dir())
    };
    ["wasm32-wasip2", "wasm32-wasip1", "wasm32-unknown-unknown"].into_iter().find(has)
}

/// A case copies a module of the SDK as its author does, and is a claim about that one.
#[test]
fn the_modules_that_cases_copy_are_those_of_the_sdk() {
    let mut copies = 0;
    for theme in ["sdk", "serve"] {
        for case in fs::read_dir(root().join("conformance/cases").join(theme)).unwrap() {
            for module in ["tools.js", "kv.js", "http.js"] {
                let copy = case.as_ref().unwrap().path().join("src").join(module);
                let Ok(text) = fs::read_to_string(&copy) else { continue };
                let ours = fs::read_to_string(root().join("guest-sdk/js").join(module)).unwrap();
                assert!(text == ours, "{} is another", copy.display());
                copies += 1;
            }
        }
    }
    assert!(copies > 0, "no case copies a module");
}

#[test]
fn the_crate_for_rust_is_sound_and_its_example_runs_where_there_is_a_wasm_target() {
    assert!(cargo(&["check", "--quiet", "--examples"]).status().unwrap().success());
    let Some(target) = target() else {
        eprintln!("skipped: this machine's Rust has no wasm target, so the example was not run");
        return;
    };
    let build = ["build", "--quiet", "--release", "--example", "counter", "--target", target];
    assert!(cargo(&build).status().unwrap().success());
    let built = root().join(format!("target/guest-sdk/{target}/release/examples/counter.wasm"));
    let bytes = fs::read(built).unwrap();

    let state = tempfile::tempdir().unwrap();
    let host = Host::builder().threads(1).state(state.path().join("state")).build().unwrap();
    let operator = ToolkitPolicy { grants: ["kv".to_owned()].into(), ..ToolkitPolicy::default() };
    let grant = Grant::bare("counter", &Profile::named("minimal"), &operator);
    let prepared = host.prepare(&Artifact::bare(&bytes), &grant).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut instance = prepared.start(Run::default()).await.unwrap();
        for expected in ["ok(\"1\")", "ok(\"2\")"] {
            assert_eq!(instance.invoke("call(\"count\", \"{}\")").await.unwrap().text, expected);
        }
    });
}
