//! The C lane's compiler, step by step, for what no lane builds yet.

use std::{path::Path, sync::LazyLock, time::Duration};

use workbooks_compilers::{Sandbox as _, Step, StepLimits, StepMount, Toolchain};

use crate::support::{compilers, sandbox};

const LIBRARIES: &str = "/usr/lib/wasm32-wasip1";
const BUILTINS: &str = "/usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a";

/// Compiles a file of `work`, which the sandbox sees as `/source`.
pub(crate) fn compile(work: &Path, source: &str, flags: &[&str]) -> Result<Vec<u8>, String> {
    let source = format!("/source/{source}");
    let fixed = ["clang", "-c", "-O1", "-fno-color-diagnostics", "-o", "-", &source];
    run(work, fixed.iter().chain(flags))
}

/// Links objects of `work` to a reactor.
pub(crate) fn link(work: &Path, objects: &[&str]) -> Result<Vec<u8>, String> {
    let objects: Vec<_> = objects.iter().map(|object| format!("/source/{object}")).collect();
    let start = format!("{LIBRARIES}/crt1-reactor.o");
    let library = format!("-L{LIBRARIES}");
    let fixed = ["wasm-ld", "-m", "wasm32", "-z", "stack-size=1048576", "--stack-first", &library];
    let fixed = fixed.into_iter().chain([start.as_str(), "--entry", "_initialize"]);
    let libraries = ["-lwasi-emulated-process-clocks", "-lwasi-emulated-signal", "-lc", BUILTINS];
    let args: Vec<_> = fixed
        .chain(objects.iter().map(String::as_str))
        .chain(libraries)
        .chain(["-o", "-"])
        .collect();
    run(work, args.iter())
}

fn run<'a>(work: &Path, args: impl Iterator<Item = &'a &'a str>) -> Result<Vec<u8>, String> {
    static CLANG: LazyLock<Toolchain> =
        LazyLock::new(|| compilers(tempfile::tempdir().unwrap().path()).install("c").unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let toolchain = &*CLANG;
    let mount = |host: &Path, guest: &str, writable| StepMount {
        host: host.to_owned(),
        guest: guest.to_owned(),
        writable,
    };
    let step = Step {
        module: toolchain.modules().next().unwrap(),
        args: std::iter::once("yowasp-llvm".to_owned())
            .chain(args.map(|&word| word.to_owned()))
            .collect(),
        env: Vec::new(),
        stdin: Vec::new(),
        mounts: vec![
            mount(&toolchain.path("sysroot"), "/usr", false),
            mount(work, "/source", false),
            mount(temporary.path(), "/tmp", true),
        ],
        limits: StepLimits { cpu: Duration::from_mins(3), ..StepLimits::default() },
    };
    let finished = sandbox().run(&step).map_err(|error| error.to_string())?;
    if finished.status == 0 {
        return Ok(finished.stdout);
    }
    Err(String::from_utf8_lossy(&finished.stderr).into_owned())
}
