//! The Python lane: `CPython` as one component, which interprets a program that is checked and packed
//! in the sandbox. Our own constant program in `engines/python/` is what the engine runs first.
//!
//! The engine imports whatever a program may use; what a program was not granted is closed where it
//! is linked. Native code runs only when the engine is made, over our own files.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde_json::{Value, json};
use workbooks_host::{Shape, world};

use crate::{
    bindings::Generated,
    compile_error::CompileError,
    diagnostics::{self, Texts},
    glue,
    lane::{Code, Deriving, Job, Kind, Lane},
    provision::{Stage, Tool, unpack::private_folder},
    sandbox::Module,
    toolchain::{Pinned, Toolchain},
    world::Contract,
};

/// The lane.
pub(super) struct Python;

/// The engine's file.
const ENGINE: &str = "python.wasm";
/// The module that componentize-py makes a component of.
const APP: &str = "workbooks_engine";
/// What the engine takes for a request to check and pack sources.
const CHECK: &[u8] = b"check";
/// The component before the engine, and what it and the engine agree on, where a world of the
/// author's is exported.
const FRONT: &str = "front.wasm";
const TABLE: &str = "world.json";
/// Where an editor finds the stubs.
const EDITOR: &str = "{ \"extraPaths\": [\"sdk\"], \"pythonVersion\": \"3.14\" }\n";
/// Folders below the source's whose modules are somebody else's: they are not judged.
const VENDOR: &str = "vendor";

/// The engine's own program.
const PROGRAM: &[(&str, &str)] = &[
    ("workbooks_engine.py", include_str!("../../engines/python/workbooks_engine.py")),
    ("workbooks/_abi.py", include_str!("../../engines/python/workbooks/_abi.py")),
    ("workbooks/_world.py", include_str!("../../engines/python/workbooks/_world.py")),
    ("workbooks/__init__.py", include_str!("../../engines/python/workbooks/__init__.py")),
    ("workbooks/_asyncio.py", include_str!("../../engines/python/workbooks/_asyncio.py")),
    ("workbooks/_check.py", include_str!("../../engines/python/workbooks/_check.py")),
    ("workbooks/_library.py", include_str!("../../engines/python/workbooks/_library.py")),
    ("workbooks/_start.py", include_str!("../../engines/python/workbooks/_start.py")),
    ("workbooks/_tools.py", include_str!("../../engines/python/workbooks/_tools.py")),
];

/// The engine's world: every capability, and every way in which a program may be called. The text
/// before it is the interface that fronts call.
const WORLD: &str = "
world python {
  include workbooks:engine/engine@VERSION;
  export wasi:cli/run@0.2.12;
  export workbooks:engine/tool@VERSION;
  export workbooks:engine/federation@VERSION;
  export workbooks:engine/tcp-handler@VERSION;
  export wasi:http/incoming-handler@0.2.12;
  export calls;
}
";

/// Runs componentize-py from the folder that it was unpacked to. It takes its arguments of `sys`.
const COMPONENTIZE: &str =
    "import sys; sys.path.insert(0, sys.argv.pop(1)); import componentize_py as c; c.script()";

/// The thread state of `CPython` 3.14 in the engine's image: the top of the C stack in linear memory
/// (1 MiB), and the places where a call is refused (`RecursionError`) and where all ends. All is
/// `_Py_InitializeRecursionLimits` of its `ceval.c`, with `Py_C_STACK_SIZE` of 1 MiB.
const C_STACK: [u32; 3] = [0x10_0000, 0x4000, 0x2000];
/// Where a call is refused instead: WebAssembly has a second stack, of which recursion takes up to
/// 64 times as much, and an engine has 16 MiB of that.
const C_STACK_REFUSED: u32 = C_STACK[0] - (256 << 10);

static PINNED: LazyLock<Pinned> = LazyLock::new(|| {
    let pinned = Pinned::parse(include_str!("../../lanes/python.toml")).expect("a test reads it");
    let own = PROGRAM.iter().flat_map(|(name, text)| [*name, *text]);
    let contract = Contract::OURS.0.iter().flat_map(|(path, text)| [*path, *text]);
    pinned.made_by(own.chain(contract).chain([glue::front::CALLS, WORLD, COMPONENTIZE]))
});

impl Lane for Python {
    fn word(&self) -> &'static str {
        "python"
    }

    fn kind(&self) -> Kind {
        Kind::Run
    }

    fn pinned(&self) -> &'static Pinned {
        &PINNED
    }

    fn derive(&self, deriving: &Deriving<'_>) -> Result<Vec<String>, CompileError> {
        deriving.progress.stage(&Stage::Preparing { lane: self.word().to_owned() });
        let scratch = deriving.scratch;
        let (wit, app, made) = (scratch.join("wit"), scratch.join("app"), scratch.join(ENGINE));
        write_contract(&wit)?;
        for (name, text) in PROGRAM {
            write(&app.join(name), text)?;
        }
        write(&app.join("workbooks/_contract.py"), &contract_module())?;
        // It would take the packages of this machine's Python into the engine's sight.
        let no_packages = scratch.join("none");
        private_folder(&no_packages.join("lib/site-packages"))?;
        let mut args: Vec<OsString> = ["-I", "-S", "-c", COMPONENTIZE].map(Into::into).into();
        args.push(deriving.folder.into());
        args.extend(["--quiet", "-d"].map(Into::into));
        args.push(wit.into());
        args.extend(["-w", "workbooks:python/python", "componentize", "-p"].map(Into::into));
        args.push(app.into());
        args.extend([APP, "-o"].map(Into::into));
        args.push(made.clone().into());
        deriving.client.run_tool(&Tool {
            name: "componentize-py",
            program: "python3".into(),
            args,
            folder: scratch.into(),
            env: vec![
                ("VIRTUAL_ENV".into(), no_packages.into()),
                ("TMPDIR".into(), scratch.into()),
                ("PYTHONDONTWRITEBYTECODE".into(), "1".into()),
            ],
        })?;
        let engine = with_smaller_c_stack(fs::read(&made)?)?;
        fs::write(deriving.folder.join(ENGINE), engine)?;
        Ok(vec![ENGINE.to_owned()])
    }

    fn engines(&self, toolchain: &Toolchain) -> Vec<Module> {
        toolchain.module(ENGINE).into_iter().collect()
    }

    fn compiles(&self, path: &str) -> bool {
        is_python(path)
    }

    fn recipe(&self) -> String {
        "1".to_owned()
    }

    /// The engine's exports were made with it: those of another world stand before it.
    fn bindings(&self, world: &str) -> Result<Vec<Generated>, CompileError> {
        let Some(front) = glue::front::make(Contract::OURS, world)? else { return Ok(Vec::new()) };
        Ok(vec![(FRONT.to_owned(), front.component), (TABLE.to_owned(), front.table)])
    }

    /// Every program may import the package.
    fn binds(&self, shape: Shape, caps: &[String]) -> bool {
        shape == Shape::Component || !caps.is_empty()
    }

    fn typings(&self, world: Option<&str>) -> Result<Vec<Generated>, CompileError> {
        let Some(world) = world else { return Ok(Vec::new()) };
        let mut files = glue::pyi(Contract::OURS, world)
            .map_err(|why| CompileError::Derive { what: why.to_string() })?;
        for (name, _) in &mut files {
            name.insert_str(0, "sdk/");
        }
        files.push(("pyrightconfig.json".to_owned(), EDITOR.as_bytes().to_vec()));
        Ok(files)
    }

    fn build(&self, job: &Job<'_>) -> Result<Code, CompileError> {
        if job.shape == Shape::Kernel {
            return Err(CompileError::NoShape { lane: self.word(), shape: job.shape });
        }
        let engine = job.toolchain.module(ENGINE).ok_or_else(|| CompileError::Derive {
            what: format!("the Python lane has no {ENGINE}"),
        })?;
        let main = main(job)?;
        job.progress.stage(&Stage::Compiling { file: main.to_owned(), done: 0, of: 1 });
        let stopped = |source| CompileError::Stopped { at: main.to_owned(), source };
        let finished = job
            .sandbox
            .interpret(&engine, CHECK, request(job, main), job.limits)
            .map_err(stopped)?;
        if finished.status == 0 {
            let front = binding(job, FRONT).map(<[u8]>::to_vec);
            return Ok(Code::Interpreted { engine, program: finished.stdout, front });
        }
        let said = String::from_utf8_lossy(&finished.stderr);
        let (diagnostics, omitted) = diagnostics::read(&said, &Texts::of(&job.tree.files));
        Err(CompileError::Rejected { id: job.id.to_owned(), diagnostics, omitted })
    }
}

fn is_python(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "py")
}

/// The file that is the program: the only one that is named; or `main.py`, `__main__.py` or the
/// file called like the toolkit; or the only one there is.
fn main<'a>(job: &Job<'a>) -> Result<&'a str, CompileError> {
    let named = |name: &str| {
        let path = below(&job.tree.root, name);
        job.units.iter().find(|unit| **unit == path)
    };
    let names = ["main.py", "__main__.py", &format!("{}.py", job.id)];
    let only = || job.units.first().filter(|_| job.units.len() == 1);
    let main = only().or_else(|| names.into_iter().find_map(named));
    main.map(String::as_str).ok_or_else(|| CompileError::NoMain {
        id: job.id.to_owned(),
        example: below("", "main.py"),
    })
}

/// The path of `name` in the folder `root`, which is empty for the whole tree.
fn below(root: &str, name: &str) -> String {
    if root.is_empty() { name.to_owned() } else { format!("{root}/{name}") }
}

fn binding<'a>(job: &'a Job<'_>, name: &str) -> Option<&'a [u8]> {
    let named = |(file, _): &&Generated| file == name;
    job.bindings.iter().find(named).map(|(_, bytes)| bytes.as_slice())
}

/// What the engine is asked: a line of JSON, and the bytes of all files after it.
fn request(job: &Job<'_>, main: &str) -> Vec<u8> {
    let (root, files) = (&job.tree.root, &job.tree.files);
    let own = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut vendored: Vec<_> = [below(root, VENDOR), VENDOR.to_owned()]
        .into_iter()
        .filter(|f| job.tree.has_folder(f))
        .collect();
    vendored.dedup();
    let mut roots: Vec<&str> = Vec::new();
    let folders = job.include.iter().chain(&vendored).map(String::as_str);
    for folder in [own, root.as_str()].into_iter().chain(folders) {
        if !roots.contains(&folder) {
            roots.push(folder);
        }
    }
    let caps: BTreeSet<_> = job.caps.iter().collect();
    let sizes: Vec<_> = files.iter().map(|(path, bytes)| (path, bytes.len())).collect();
    let world: Option<Value> =
        binding(job, TABLE).and_then(|table| serde_json::from_slice(table).ok());
    let header = json!({
        "main": main, "caps": caps, "roots": roots, "vendored": vendored, "files": sizes,
        "world": world,
    });
    let mut request = format!("{header}\n").into_bytes();
    for bytes in files.values() {
        request.extend_from_slice(bytes);
    }
    request
}

/// Lays out the contract as componentize-py reads it: dependencies as packages of their own.
fn write_contract(wit: &Path) -> Result<(), CompileError> {
    let version = world::PACKAGE.rsplit_once('@').map_or("", |(_, version)| version);
    for (path, text) in Contract::OURS.0 {
        let path = match path.strip_prefix("deps/") {
            Some(name) => PathBuf::from("deps").join(name),
            None => Path::new("deps/workbooks").join(path),
        };
        write(&wit.join(path), text)?;
    }
    let world = [glue::front::CALLS, WORLD].concat();
    write(&wit.join("python.wit"), &world.replace("VERSION", version))
}

/// The table of capabilities as a module of the engine.
fn contract_module() -> String {
    let names: Vec<_> = world::CAPABILITIES.iter().map(|row| row.name).collect();
    let interface = world::PACKAGE.split('@').next().unwrap_or_default().replace([':', '/'], "_");
    format!(
        "\"\"\"Written when the engine is made.\"\"\"\n\nPREFIX = {interface:?}\nCAPABILITIES = {names:?}\n"
    )
}

fn write(path: &Path, text: &str) -> Result<(), CompileError> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    Ok(fs::write(path, text)?)
}

/// The engine, with [`C_STACK_REFUSED`] in its image.
fn with_smaller_c_stack(mut engine: Vec<u8>) -> Result<Vec<u8>, CompileError> {
    let pattern: Vec<u8> = C_STACK.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut found = engine.windows(pattern.len()).enumerate().filter(|(_, at)| *at == pattern);
    let (Some((at, _)), None) = (found.next(), found.next()) else {
        let what = "the bounds of the C stack are not in the engine's image".to_owned();
        return Err(CompileError::Derive { what });
    };
    engine[at + 4..at + 8].copy_from_slice(&C_STACK_REFUSED.to_le_bytes());
    Ok(engine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_of_the_c_stack_are_replaced_where_they_stand_once() {
        let image: Vec<u8> = C_STACK.iter().flat_map(|word| word.to_le_bytes()).collect();
        let one = [b"before".as_slice(), &image, b"after"].concat();
        let patched = with_smaller_c_stack(one.clone()).unwrap();
        assert_eq!(patched.len(), one.len());
        assert_eq!(patched[10..14], C_STACK_REFUSED.to_le_bytes());
        for wrong in [b"nothing".to_vec(), [one.clone(), one].concat()] {
            assert!(matches!(with_smaller_c_stack(wrong), Err(CompileError::Derive { .. })));
        }
    }

    #[test]
    fn every_file_of_the_engine_is_a_part_of_its_digest() {
        let plain = Pinned::parse(include_str!("../../lanes/python.toml")).unwrap();
        assert_ne!(plain.digest, Python.pinned().digest);
        let names: Vec<_> = PROGRAM.iter().map(|(name, _)| *name).collect();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("engines/python");
        for place in [folder.clone(), folder.join("workbooks")] {
            for entry in fs::read_dir(place).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(&folder).unwrap().to_str().unwrap();
                assert!(!is_python(name) || names.contains(&name), "{name}");
            }
        }
    }
}
