//! Which clients bring the lanes, and a lane that somebody changed.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ended, Place};

/// `wbx` with these clients alone on its `PATH`; none of them is called.
fn with_clients(place: &Place, clients: &[&str], args: &[&str]) -> Value {
    let bin = place.path("bin");
    fs::create_dir_all(&bin).unwrap();
    for client in clients {
        fs::write(bin.join(client), "").unwrap();
    }
    let output = place.command(&[&["--json"], args].concat()).env("PATH", bin).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the doctor says of a client, and whether it is content.
fn says(clients: &[&str], of: &str) -> (bool, String) {
    let envelope = with_clients(&Place::new(), clients, &["doctor"]);
    let checks = envelope["data"]["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["what"] == of).unwrap();
    (check["ok"].as_bool().unwrap(), check["says"].as_str().unwrap().to_owned())
}

#[test]
fn the_doctor_misses_a_client_that_no_other_stands_in_for() {
    for (clients, of, lanes) in [
        (&["cargo", "pip"][..], "npm", "c, ts"),
        (&["npm"], "cargo", "js"),
        (&["npm", "cargo"], "pip", "go, python"),
    ] {
        let (ok, says) = says(clients, of);
        assert!(
            !ok && says.ends_with(&format!("these lanes are fetched with it: {lanes}")),
            "{says}"
        );
    }
}

#[test]
fn the_doctor_misses_no_cargo_where_pip_brings_the_same() {
    for pip in ["pip", "pip3"] {
        let (ok, says) = says(&["npm", pip], "cargo");
        assert!(ok && says.contains("other clients bring what these lanes need: js"), "{says}");
    }
    assert!(says(&["npm", "cargo", "pip"], "cargo").1.ends_with("is on the PATH"));
}

#[test]
fn a_lane_that_comes_by_either_of_two_clients_says_so() {
    let place = Place::new();
    let told = place.run(&["lane", "list", "js"]);
    let row = told.stdout.lines().find(|line| line.contains("fetched by")).unwrap();
    assert!(row.contains("cargo (rquickjs-sys@0.14.0) or pip (quickjs-ng@0.17.0.2)"), "{row}");
    let (_, envelope) = place.json(&["lane", "list", "js"]);
    let sources = &envelope["data"]["lanes"][0]["sources"];
    assert_eq!(sources[0][1]["client"], "pip", "{sources}");
    let (_, envelope) = place.json(&["lane", "list", "c++"]);
    assert_eq!(envelope["data"]["lanes"][0]["sources"][0].as_array().unwrap().len(), 1);
}

/// The folder where whoever tests keeps lanes and their code.
fn shared() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "whose lanes these are")]
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    folder("WBX_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("workbooks")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/workbooks")))
        .unwrap()
}

/// Copies a folder, less what `takes` refuses.
fn copy(from: &Path, to: &Path, takes: &dyn Fn(&Path) -> bool) {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&path, &to, takes);
        } else if takes(&path) {
            fs::copy(&path, &to).unwrap();
        }
    }
}

/// Code is generated for clang once on a machine: in the copy of a cache, that is all.
fn is_code_of_a_compiler(path: &Path) -> bool {
    let code = path.with_extension("cwasm");
    fs::metadata(code).is_ok_and(|found| found.len() > 100 << 20)
}

#[test]
fn a_changed_engine_is_told_and_an_installation_repairs_it() {
    let place = Place::new();
    // With the tests' own environment, and so the package client that they have.
    let wbx = |args: &[&str], cache: &Path| {
        let output = snapbox::cmd::Command::new(crate::support::wbx())
            .args(args)
            .env("WBX_HOME", place.path("home"))
            .env("WBX_CACHE", cache)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let status = output.status.code().unwrap_or(-1);
        Ended { status, stdout: text(output.stdout), stderr: text(output.stderr) }
    };
    let (own, cache) = (shared(), place.path("cache"));
    let ended = wbx(&["lane", "install", "c"], &own);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let pinned = workbooks_compilers::find("c").unwrap().pinned();
    let folder =
        format!("lanes/c/{}-{}", pinned.package().version, &pinned.digest.to_string()[..8]);
    copy(&own.join(&folder), &cache.join(&folder), &|_| true);
    copy(&own.join("artifacts"), &cache.join("artifacts"), &is_code_of_a_compiler);
    assert_eq!(wbx(&["lane", "verify", "c"], &cache).status, 0);

    let engine = cache.join(&folder).join("llvm.wasm");
    let whole = fs::read(&engine).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    fs::write(&engine, &changed).unwrap();
    let ended = wbx(&["lane", "verify", "c"], &cache);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    let help = "wbx lane install c";
    assert!(ended.stderr.contains("damaged: llvm.wasm") && ended.stderr.contains(help));

    let ended = wbx(&["lane", "install", "c"], &cache);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("repairing the c lane: llvm.wasm is not what was installed"));
    assert!(ended.stdout.contains("every file verified"), "{}", ended.stdout);
    let ended = wbx(&["lane", "verify", "c"], &cache);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(fs::read(&engine).unwrap() == whole, "its bytes are those of the pin");
}
