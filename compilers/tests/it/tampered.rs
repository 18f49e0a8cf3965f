//! A compiler whose file is not what was installed is never run, whatever language it is for.

use std::{
    fs,
    path::{Path, PathBuf},
};

use workbooks_compilers::{
    CompileError, Compilers, HostSandbox, Module, Sandbox as _, StepError, Toolchain, find,
    provision::{ProvisionError, Silent, State, state, verify},
};
use workbooks_host::{Host, Shape};

use crate::support::{Toolkit, client, shared, store};

/// The compiler as it is installed, which building a program makes sure of.
fn installed(word: &str, program: &Toolkit) -> Toolchain {
    program.build().unwrap();
    match state(find(word).unwrap().pinned(), &store()) {
        State::Installed(toolchain) => *toolchain,
        _ => panic!("{word} was built with and is not there"),
    }
}

/// The same files elsewhere, without a copy of any.
fn mirror(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            mirror(&entry.path(), &target);
        } else {
            fs::hard_link(entry.path(), target).unwrap();
        }
    }
}

/// Changes one byte in the middle of the file, and of no other link to it.
fn change(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Builds a program with a changed compiler, and without code from before.
fn never_runs(word: &str, main: &str, text: &str) {
    let lane = find(word).unwrap();
    let mut program = Toolkit::new(Shape::Command, &[(main, text)]);
    word.clone_into(&mut program.request.lane);
    let real = installed(word, &program);
    let own = tempfile::tempdir_in(shared()).unwrap();
    let ours = |folder: &Path| -> PathBuf {
        own.path().join("lanes").join(folder.strip_prefix(store()).unwrap())
    };
    for needed in &real.pinned.needs {
        let State::Installed(needed) = state(find(needed).unwrap().pinned(), &store()) else {
            panic!("{needed} is not there");
        };
        mirror(&needed.folder, &ours(&needed.folder));
    }
    mirror(&real.folder, &ours(&real.folder));
    let toolchain = Toolchain { folder: ours(&real.folder), ..real };

    let lanes = own.path().join("lanes");
    let host = || Host::builder().threads(1).cache(own.path().join("code")).build().unwrap();
    let sandbox = HostSandbox::new(host());
    let (modules, engines) = (lane.modules(&toolchain), lane.engines(&toolchain));
    assert!(!modules.is_empty() || !engines.is_empty(), "{word} is run by nothing");
    for Module { path, .. } in modules.iter().chain(&engines) {
        change(path);
    }
    let refused = modules.iter().map(|module| sandbox.prepare(module));
    for refused in refused.chain(engines.iter().map(|engine| sandbox.prepare_engine(engine))) {
        assert!(matches!(refused, Err(StepError::Damaged { .. })), "{word}: {refused:?}");
    }
    let found = verify(&toolchain.pinned, &lanes);
    assert!(matches!(found, Err(ProvisionError::Damaged { .. })), "{word}: {found:?}");
    let compilers = Compilers {
        store: lanes,
        cache: own.path().join("builds"),
        sandbox: &sandbox,
        client: client(),
        progress: &Silent,
    };
    let built = compilers.build(&program.request);
    let damaged = |error: &CompileError| {
        matches!(error, CompileError::Stopped { source: StepError::Damaged { .. }, .. })
    };
    assert!(built.as_ref().is_err_and(damaged), "{word}: {built:?}");
}

#[test]
fn a_changed_compiler_of_c_is_refused() {
    never_runs("c", "src/main.c", "int main(void) { return 0; }\n");
}

#[test]
fn a_changed_engine_of_js_is_refused() {
    never_runs("js", "src/main.js", "console.log(1);\n");
}

#[test]
fn a_changed_compiler_of_ts_is_refused() {
    never_runs("ts", "src/main.ts", "console.log(1);\n");
}

#[test]
fn a_changed_compiler_of_go_is_refused() {
    never_runs("go", "src/main.go", "package main\n\nfunc main() {}\n");
}

#[test]
fn a_changed_engine_of_python_is_refused() {
    never_runs("python", "src/main.py", "print(1)\n");
}
