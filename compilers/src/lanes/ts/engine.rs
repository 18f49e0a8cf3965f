//! The engine of the TS lane: QuickJS with TypeScript evaluated and warm in its memory.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use crate::{
    compile_error::CompileError,
    lane::Deriving,
    lanes::{clang::Clang, js::quickjs},
    provision::Stage,
    sandbox::{Module, Step, StepLimits},
    snapshot,
};
use workbooks_host::provenance::Digest;

/// The module in the toolchain.
pub(super) const MODULE: &str = "tsc.wasm";

const MAIN: &str = include_str!("../../../engines/ts/main.c");
const DRIVER: &str = include_str!("../../../engines/ts/driver.js");
pub(in crate::lanes) const RUNTIME: &str = include_str!("../../../engines/ts/runtime.d.ts");

/// Our own sources of it.
pub(super) const PARTS: [&str; 4] = ["1", MAIN, DRIVER, RUNTIME];

/// Installing the lane takes 9 s of CPU time in all, and 460 MB.
const LIMITS: StepLimits =
    StepLimits { memory: 1 << 30, cpu: Duration::from_mins(2), output: 1 << 30, wall: None };

/// Given to the linker: the stack in linear memory is larger than what QuickJS lets a program use.
const LINK: [&str; 3] = ["-z", "stack-size=7340032", "/usr/lib/wasm32-wasip1/crt1-command.o"];

/// Makes [`MODULE`] of TypeScript, its library, and our own main program.
pub(super) fn derive(deriving: &Deriving<'_>) -> Result<Vec<String>, CompileError> {
    let [c, js] = deriving.needs else {
        return Err(CompileError::Derive { what: "the TS lane needs two others".to_owned() });
    };
    let clang = Clang { toolchain: c, sandbox: deriving.sandbox, limits: LIMITS };
    let module = linked(&clang, &js.path(quickjs::INCLUDE), &js.path(quickjs::OBJECTS), deriving)?;
    let stage = Stage::Compiling { file: "typescript.js".to_owned(), done: 1, of: 2 };
    deriving.progress.stage(&stage);
    let memory = initialized(deriving, &snapshot::initializer(&module)?)?;
    fs::write(deriving.folder.join(MODULE), snapshot::apply(&module, &memory)?)?;
    Ok(vec![MODULE.to_owned()])
}

fn linked(
    clang: &Clang<'_>,
    include: &Path,
    objects: &Path,
    deriving: &Deriving<'_>,
) -> Result<Vec<u8>, CompileError> {
    let stage = Stage::Compiling { file: "main.c".to_owned(), done: 0, of: 2 };
    deriving.progress.stage(&stage);
    let own = deriving.scratch.join("own");
    fs::create_dir(&own)?;
    fs::write(own.join("main.c"), MAIN)?;
    let mounts = [(own.as_path(), "/own"), (include, "/include"), (objects, "/objects")];
    let flags: Vec<_> = quickjs::FLAGS.into_iter().chain(["-I/include"]).collect();
    let object = clang.compile("/own/main.c", &flags, &mounts)?;
    fs::write(own.join("main.o"), object)?;
    let engine = quickjs::UNITS.iter().map(|unit| format!("/objects/{unit}.o"));
    let objects: Vec<_> = std::iter::once("/own/main.o".to_owned()).chain(engine).collect();
    let flags: Vec<_> = LINK.into_iter().chain(quickjs::LIBRARIES).collect();
    clang.link(&objects, &flags, &mounts)
}

/// The memory after TypeScript was evaluated.
fn initialized(deriving: &Deriving<'_>, command: &[u8]) -> Result<Vec<u8>, CompileError> {
    let path = deriving.scratch.join("initializer.wasm");
    fs::write(&path, command)?;
    let mut stdin = Vec::new();
    let typescript = fs::read(deriving.folder.join("typescript.js"))?;
    let library = serde_json::to_vec(&library(&deriving.folder.join("lib"))?);
    let library = library.map_err(|why| CompileError::Derive { what: why.to_string() })?;
    for part in [&typescript, DRIVER.as_bytes(), &library] {
        let length = u32::try_from(part.len()).expect("pinned parts are far below 4 GiB");
        stdin.extend_from_slice(&length.to_le_bytes());
        stdin.extend_from_slice(part);
        stdin.push(0);
    }
    let step = Step {
        module: Module { path, sha256: Digest::of(command) },
        args: vec!["tsc".to_owned()],
        env: Vec::new(),
        stdin,
        mounts: Vec::new(),
        limits: LIMITS,
    };
    let stopped = |source| CompileError::Stopped { at: "the snapshot".to_owned(), source };
    let finished = deriving.sandbox.run(&step).map_err(stopped)?;
    if finished.status == 0 {
        return Ok(finished.stdout);
    }
    let said = String::from_utf8_lossy(&finished.stderr);
    Err(CompileError::Derive { what: format!("TypeScript does not start: {said}") })
}

/// The declarations of the standard library and of our runtime, by the names that TypeScript
/// knows them as.
fn library(folder: &Path) -> Result<BTreeMap<String, String>, CompileError> {
    let mut texts = BTreeMap::from([("runtime.d.ts".to_owned(), RUNTIME.to_owned())]);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        texts.insert(format!("lib.{name}"), fs::read_to_string(entry.path())?);
    }
    Ok(texts)
}
