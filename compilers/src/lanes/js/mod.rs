//! The JS lane: QuickJS-ng as wasm, made by the C lane; a program is interpreted by it.
//!
//! An engine is linked once for each world and cached. A command, and a component that is being
//! developed, are an engine and a program; a component to be given away is an engine whose memory
//! is as the evaluation of the program left it.

use std::{fs, path::Path, sync::LazyLock, time::Duration};

use workbooks_host::{Shape, adapt::attach_program, toolkit::Word as _};

use crate::{
    bindings::Generated,
    compile_error::CompileError,
    diagnostics::{SourceDiagnostic, Texts},
    glue,
    lane::{Code, Deriving, Job, Kind, Lane},
    lanes::{c::C, clang::Clang},
    provision::{Stage, unpack::private_folder},
    sandbox::{Module, StepLimits},
    snapshot,
    toolchain::{Pinned, Toolchain},
    world::{Contract, Door},
};
use workbooks_host::provenance::Hasher;

mod engine;
pub(crate) mod program;
pub(crate) mod quickjs;
mod report;
mod runtime;

use engine::{Entry, Parts, Task};

/// The lane.
pub(super) struct Js;

static PINNED: LazyLock<Pinned> = LazyLock::new(|| {
    let pinned = Pinned::parse(include_str!("../../../lanes/js.toml")).expect("a test reads it");
    let own = [C.pinned().digest.to_string(), quickjs::recipe()];
    pinned.made_by(own.into_iter().chain(runtime::parts().map(str::to_owned)))
});

/// One file of QuickJS takes 25 s and 200 MiB.
const DERIVING: StepLimits =
    StepLimits { memory: 1 << 30, cpu: Duration::from_mins(3), output: 64 << 20, wall: None };

/// Bytes that a program may have in memory after it was evaluated.
const SNAPSHOT: u64 = 64 << 20;

/// What is attached to an engine whose memory has the program: nothing reads it, but that it
/// interprets one gives it the stack of an interpreter.
const EVALUATED: &[u8] = b"evaluated";

/// The engine of commands without capabilities, with its prelude.
const COMMAND: &str = "command.wasm";
/// Its initialiser, which checks programs.
const INITIALIZER: &str = "initializer.wasm";

/// What the main module is called. A file of TypeScript keeps its name when it is JavaScript.
const MAIN: [&str; 5] = ["main.js", "main.mjs", "main.cjs", "main.ts", "main.mts"];

impl Lane for Js {
    fn word(&self) -> &'static str {
        "js"
    }

    fn kind(&self) -> Kind {
        Kind::Run
    }

    fn pinned(&self) -> &'static Pinned {
        &PINNED
    }

    fn derive(&self, deriving: &Deriving<'_>) -> Result<Vec<String>, CompileError> {
        let clang = Clang {
            toolchain: c_lane(deriving.needs)?,
            sandbox: deriving.sandbox,
            limits: DERIVING,
        };
        quickjs::derive(deriving, &clang)?;
        runtime::derive(deriving, &clang)?;
        let world = deriving.scratch.join("world");
        private_folder(&world)?;
        let parts = Parts {
            toolchain: deriving.folder,
            scratch: &world,
            glue: &glue(&Contract::OURS.world(&[], Door::Core)?)?,
            command: true,
        };
        deriving.progress.stage(&Stage::Linking);
        let linked = engine::link(&parts, &clang)?;
        let initializer = snapshot::initializer(&linked)?;
        let path = deriving.folder.join(INITIALIZER);
        fs::write(&path, &initializer)?;
        let initializer = Module { path, sha256: crate::Digest::of(&initializer) };
        let prepared = engine::prepared(&linked, &initializer, deriving.sandbox, DERIVING)?;
        fs::write(deriving.folder.join(COMMAND), prepared)?;
        let derived = [quickjs::OBJECTS, quickjs::INCLUDE, runtime::RUNTIME, COMMAND, INITIALIZER];
        Ok(derived.map(str::to_owned).into())
    }

    fn modules(&self, toolchain: &Toolchain) -> Vec<Module> {
        toolchain.module(INITIALIZER).into_iter().collect()
    }

    fn engines(&self, toolchain: &Toolchain) -> Vec<Module> {
        toolchain.module(COMMAND).into_iter().collect()
    }

    fn compiles(&self, path: &str) -> bool {
        program::is_script(path) && !path.contains("node_modules/")
    }

    fn recipe(&self) -> String {
        "1".to_owned()
    }

    /// The engine of commands without capabilities is ready.
    fn binds(&self, shape: Shape, caps: &[String]) -> bool {
        shape == Shape::Component || (shape == Shape::Command && !caps.is_empty())
    }

    fn bindings(&self, world: &str) -> Result<Vec<Generated>, CompileError> {
        glue(world)
    }

    fn typings(&self, world: Option<&str>) -> Result<Vec<Generated>, CompileError> {
        super::ts::typings(world, "jsconfig.json")
    }

    fn build(&self, job: &Job<'_>) -> Result<Code, CompileError> {
        readable(job)?;
        let main = main(job)?;
        let named = |path: &str| job.units.binary_search_by(|unit| unit.as_str().cmp(path)).is_ok();
        let files = job.tree.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        let files = files.filter(|(path, _)| program::takes(path) || named(path));
        let program = program::pack(main, files)?;
        Program { job, program }.build()
    }
}

/// An engine is linked for its world: there is nothing before it.
fn interpreted(engine: Module, program: Vec<u8>) -> Code {
    Code::Interpreted { engine, program, front: None }
}

fn glue(world: &str) -> Result<Vec<Generated>, CompileError> {
    glue::quickjs(Contract::OURS, world)
        .map_err(|why| CompileError::Derive { what: why.to_string() })
}

fn c_lane(needs: &[Toolchain]) -> Result<&Toolchain, CompileError> {
    let lost = || CompileError::Derive { what: "the JS lane needs the C lane".to_owned() };
    needs.iter().find(|toolchain| toolchain.pinned.lane == C.word()).ok_or_else(lost)
}

/// Refuses a unit that is no text.
fn readable(job: &Job<'_>) -> Result<(), CompileError> {
    let texts = Texts::of(&job.tree.files);
    let broken = |unit: &String| {
        let bytes = job.tree.files.get(unit)?;
        let valid = std::str::from_utf8(bytes).err()?.valid_up_to();
        let line = bytes[..valid].split(|byte| *byte == b'\n').count();
        Some(SourceDiagnostic::error(Some(unit), (line, 0), "it is not UTF-8", &texts))
    };
    let diagnostics: Vec<_> =
        job.units.iter().filter_map(broken).take(crate::diagnostics::MAX_DIAGNOSTICS).collect();
    if diagnostics.is_empty() {
        return Ok(());
    }
    Err(CompileError::Rejected { id: job.id.to_owned(), diagnostics, omitted: 0 })
}

/// The path of the main module: the one file that the manifest names, or the one that is called
/// so.
fn main<'a>(job: &'a Job<'_>) -> Result<&'a str, CompileError> {
    if let [only] = job.units {
        return Ok(only);
    }
    let called =
        |name: &str| job.units.iter().find(|unit| job.tree.in_root(unit).unwrap_or(unit) == name);
    MAIN.iter().find_map(|name| called(name)).map(String::as_str).ok_or_else(|| {
        let message = "there is no main.js or main.ts: call the main module so, or name it alone in `#+BUILD_FILES`";
        let texts = Texts::of(&job.tree.files);
        let diagnostics = vec![SourceDiagnostic::error(None, (0, 0), message, &texts)];
        CompileError::Rejected { id: job.id.to_owned(), diagnostics, omitted: 0 }
    })
}

/// A program on its way into its form.
struct Program<'a> {
    job: &'a Job<'a>,
    program: Vec<u8>,
}

impl Program<'_> {
    fn build(self) -> Result<Code, CompileError> {
        let job = self.job;
        if job.bindings.is_empty() {
            let lost = || CompileError::Derive { what: "the JS lane has no engine".to_owned() };
            let module = |name| job.toolchain.module(name).ok_or_else(lost);
            self.run(&module(INITIALIZER)?, &Task::Check(&self.program))?;
            return Ok(interpreted(module(COMMAND)?, self.program));
        }
        let entry = self.engine()?;
        let initializer = job.cache.kept(entry.initializer);
        if job.shape == Shape::Command || job.dev {
            self.run(&initializer, &Task::Check(&self.program))?;
            let engine = job.cache.kept(entry.engine);
            return Ok(interpreted(engine, self.program));
        }
        let memory = self.run(&initializer, &Task::Evaluate(&self.program))?;
        let module = snapshot::apply(&entry.module, &memory)?;
        Ok(Code::Wasm(attach_program(&module, EVALUATED)))
    }

    fn run(&self, initializer: &Module, task: &Task<'_>) -> Result<Vec<u8>, CompileError> {
        let job = self.job;
        let output = job.limits.output.max(SNAPSHOT);
        let limits = StepLimits { output, ..job.limits };
        let finished = engine::initialize(job.sandbox, initializer, task, limits)?;
        report::read(job.id, finished, &Texts::of(&job.tree.files))
    }

    /// The engine of the job's world, linked if the cache does not have it.
    fn engine(&self) -> Result<Entry, CompileError> {
        let job = self.job;
        let mut hasher = Hasher::default();
        hasher.field("engine").field(Js.recipe()).field(job.toolchain.pinned.digest);
        hasher.field(job.shape.word());
        for (name, bytes) in job.bindings {
            hasher.field(name).field(bytes);
        }
        let key = hasher.finish();
        let there = |entry: &Entry| {
            [entry.initializer, entry.engine].iter().all(|file| job.cache.kept(*file).path.exists())
        };
        if let Some(entry) = job.cache.get(key).as_deref().and_then(Entry::read).filter(there) {
            return Ok(entry);
        }
        let scratch: &Path = &job.scratch.join("world");
        private_folder(scratch)?;
        let clang = Clang { toolchain: c_lane(job.needs)?, sandbox: job.sandbox, limits: DERIVING };
        let parts = Parts {
            toolchain: &job.toolchain.folder,
            scratch,
            glue: job.bindings,
            command: job.shape == Shape::Command,
        };
        job.progress.stage(&Stage::Linking);
        let module = engine::link(&parts, &clang)?;
        let initializer = job.cache.keep(&snapshot::initializer(&module)?)?;
        let prepared = engine::prepared(&module, &initializer, job.sandbox, DERIVING)?;
        let engine = job.cache.keep(&prepared)?.sha256;
        let entry = Entry { initializer: initializer.sha256, engine, module };
        job.cache.put(key, &entry.write());
        Ok(entry)
    }
}
