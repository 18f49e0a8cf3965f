//! The C lane: clang and wasm-ld, one wasm module, run once for each file and once to link.
//!
//! What is made goes to stdout, so no step writes a file, but for the list of what a file
//! included. The paths in the sandbox are the same for every toolkit and every machine, so the
//! output is too.
//!
//! `#embed` of a file that is not there is an error, never an empty array: clang crashes, or
//! forgets that error while it lists what was included, and then there is no list either, so the
//! file is compiled again without one.

mod embed;
mod precompiled;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use workbooks_host::Shape;

use crate::{
    bindings::{self, Generated},
    compile_error::CompileError,
    diagnostics::{self, MAX_DIAGNOSTICS, OBJECTS, Texts, WORK},
    lane::{Code, Deriving, Job, Kind, Lane},
    provision::{Stage, unpack::private_folder},
    sandbox::{Module, Step, StepError, StepMount},
    toolchain::{Pinned, Toolchain},
    world::Contract,
};
use workbooks_host::provenance::{Digest, Hasher};

/// The lane.
pub(super) struct C;

static PINNED: LazyLock<Pinned> = LazyLock::new(|| {
    let pinned = Pinned::parse(include_str!("../../../lanes/c.toml")).expect("a test reads it");
    pinned.made_by([precompiled::recipe()])
});

const MODULE: &str = "llvm.wasm";
const SYSROOT: &str = "sysroot";
/// Where the bindings stand in the tree.
const BINDINGS: &str = "bindings";
const LIBRARIES: &str = "/usr/lib/wasm32-wasip1";
const BUILTINS: &str = "/usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a";

/// Given before the manifest's own flags. setjmp and longjmp need the exception handling of the
/// standard, not the older one that is clang's default; where they are not used, nothing of it
/// is in the output.
const COMPILE: &[&str] = &[
    "-O2",
    "-fno-color-diagnostics",
    "-fno-caret-diagnostics",
    "-ferror-limit=50",
    "-mllvm",
    "-wasm-enable-sjlj",
    "-mllvm",
    "-wasm-use-legacy-eh=false",
];

/// For C++ besides: libc++ is built without exceptions.
const COMPILE_CXX: &[&str] = &["-std=c++20", "-fno-exceptions"];

/// The C standard; clang's own default moves with its version.
const COMPILE_C: &[&str] = &["-std=gnu17"];

/// Given before the manifest's own flags. The linker's own 64 KiB are too few for ordinary C
/// programs, and below the data an overflow traps instead of overwriting it.
const LINK: &[&str] = &["-z", "stack-size=1048576", "--stack-first"];

/// Given on the first attempt: writes the list of the files that were read, and refuses what
/// reads files beside it (`.incbin` and `.include` of inline assembly).
const LISTED: &[&str] = &["-fno-gnu-inline-asm", "-MD", "-MT", "object", "-MF", "/tmp/included"];

/// Steps at once, however many cores there are: each may use the whole memory of a step.
const MAX_STEPS: usize = 4;
/// CPU time of all steps of a build together, as a multiple of that of one step.
const BUDGET: u32 = 20;
/// After so many refused files no other is tried.
const MAX_REFUSED: usize = 20;

impl Lane for C {
    fn word(&self) -> &'static str {
        "c"
    }

    fn kind(&self) -> Kind {
        Kind::ToWasm
    }

    fn pinned(&self) -> &'static Pinned {
        &PINNED
    }

    fn derive(&self, deriving: &Deriving<'_>) -> Result<Vec<String>, CompileError> {
        let pin = PINNED.files().find(|file| file.name == MODULE).ok_or_else(lost)?;
        let module = Module { path: deriving.folder.join(MODULE), sha256: pin.sha256 };
        Ok(vec![precompiled::derive(deriving, module)?])
    }

    fn compiles(&self, path: &str) -> bool {
        has_extension(path, &["c"]) || is_cxx(path)
    }

    fn recipe(&self) -> String {
        format!("4 {COMPILE:?} {COMPILE_C:?} {COMPILE_CXX:?} {LINK:?}")
    }

    fn bindings(&self, world: &str) -> Result<Vec<Generated>, CompileError> {
        Ok(bindings::for_c(Contract::OURS, world)?)
    }

    fn typings(&self, world: Option<&str>) -> Result<Vec<Generated>, CompileError> {
        let Some(world) = world else { return Ok(Vec::new()) };
        let mut files = self.bindings(world)?;
        files.retain(|(name, _)| has_extension(name, &["h"]));
        for (name, _) in &mut files {
            name.insert_str(0, "sdk/");
        }
        files.push(("compile_flags.txt".to_owned(), b"-Isdk\n".to_vec()));
        Ok(files)
    }

    fn build(&self, job: &Job<'_>) -> Result<Code, CompileError> {
        let mut units = job.units.to_vec();
        let generated = |name: &&Generated| has_extension(&name.0, &["c"]);
        units.extend(
            job.bindings.iter().filter(generated).map(|(name, _)| format!("{BINDINGS}/{name}")),
        );
        let build = Build {
            job,
            module: module(job.toolchain)?,
            shared: shared_digest(job, &units),
            objects: job.scratch.join("objects"),
            texts: Texts::of(&job.tree.files),
            spent: Mutex::default(),
        };
        build.compile_all(&units)?;
        build.link(&units).map(Code::Wasm)
    }
}

/// The one module, which is every tool.
fn module(toolchain: &Toolchain) -> Result<Module, CompileError> {
    toolchain.module(MODULE).ok_or_else(lost)
}

fn lost() -> CompileError {
    CompileError::Derive { what: "the C lane has no module".to_owned() }
}

fn is_cxx(path: &str) -> bool {
    has_extension(path, &["cc", "cpp", "cxx"])
}

fn has_extension(path: &str, known: &[&str]) -> bool {
    Path::new(path).extension().is_some_and(|found| known.iter().any(|known| found == *known))
}

/// The digest of whatever the compilation of one unit can see, less the units: flags, compiler,
/// the units' names, and the content of all other files.
fn shared_digest(job: &Job<'_>, units: &[String]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.field(C.recipe()).field(job.toolchain.pinned.digest);
    for list in [units, job.include, job.compile_flags] {
        hasher.field(format!("{list:?}"));
    }
    for (path, bytes) in &job.tree.files {
        if !units.contains(path) {
            hasher.field(path).field(bytes);
        }
    }
    for (name, bytes) in job.bindings {
        hasher.field(name).field(bytes);
    }
    hasher.finish()
}

struct Build<'a> {
    job: &'a Job<'a>,
    module: Module,
    shared: Digest,
    /// The folder of the objects, laid out like the source.
    objects: PathBuf,
    texts: Texts<'a>,
    /// CPU time of all steps so far.
    spent: Mutex<Duration>,
}

impl Build<'_> {
    /// Compiles the units that the cache does not have, several at a time.
    fn compile_all(&self, units: &[String]) -> Result<(), CompileError> {
        let mut missing = Vec::new();
        for unit in units {
            match self.job.cache.get(self.key(unit)) {
                Some(object) => self.keep(unit, &object)?,
                None => missing.push(unit.as_str()),
            }
        }
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let failures = Mutex::new(Vec::new());
        let work = || {
            while let Some(&unit) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                let done = done.fetch_add(1, Ordering::Relaxed);
                let stage = Stage::Compiling { file: unit.to_owned(), done, of: missing.len() };
                self.job.progress.stage(&stage);
                if let Err(error) = self.compile(unit) {
                    let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                    let refused = matches!(error, CompileError::Rejected { .. });
                    failures.push((unit, error));
                    if !refused || failures.len() >= MAX_REFUSED {
                        next.store(missing.len(), Ordering::Relaxed);
                    }
                }
            }
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.min(MAX_STEPS).min(missing.len());
        thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        merged(self.job.id, failures)
    }

    fn key(&self, unit: &str) -> Digest {
        let mut hasher = Hasher::default();
        hasher.field(self.shared).field(unit);
        if let Some(bytes) = self.job.tree.files.get(unit) {
            hasher.field(bytes);
        }
        hasher.finish()
    }

    fn compile(&self, unit: &str) -> Result<(), CompileError> {
        let temporary = tempfile::tempdir_in(self.job.scratch)?;
        let step = |extra| {
            self.run(unit, self.compiling(unit, extra), temporary.path(), !extra.is_empty())
        };
        let listed = match step(LISTED) {
            Ok(object) => fs::read_to_string(temporary.path().join("included"))
                .ok()
                .map(|list| (object, self.sees_only(unit, &list))),
            Err(CompileError::Rejected { .. }) => None,
            Err(other) => return Err(other),
        };
        let (object, known) =
            listed.map_or_else(|| Ok((step(&[])?, false)), Ok::<_, CompileError>)?;
        self.keep(unit, &object)?;
        if known {
            self.job.cache.put(self.key(unit), &object);
        }
        Ok(())
    }

    fn compiling(&self, unit: &str, extra: &[&str]) -> Vec<String> {
        let mut args = words(["yowasp-llvm", "clang", "-c"]);
        args.extend(words(COMPILE.iter().copied()));
        args.extend(words(if is_cxx(unit) { COMPILE_CXX } else { COMPILE_C }.iter().copied()));
        if self.job.shape == Shape::Component {
            args.push(format!("-I{WORK}{BINDINGS}"));
        }
        args.extend(self.job.include.iter().map(|folder| format!("-I{WORK}{folder}")));
        args.extend(self.job.compile_flags.iter().cloned());
        args.extend(words(extra.iter().copied()));
        if !extra.is_empty() && self.after_precompiled(unit) {
            args.extend(precompiled::flags());
        }
        args.extend(words(["-o", "-"]));
        args.push(format!("{WORK}{unit}"));
        args
    }

    /// Whether the unit is compiled after the precompiled header: none of its own flags or folders
    /// can change what that means.
    fn after_precompiled(&self, unit: &str) -> bool {
        let said = |flag: &String| flag.starts_with("-W") || flag == "-w";
        is_cxx(unit)
            && self.job.include.is_empty()
            && self.job.compile_flags.iter().all(said)
            && self.job.tree.files.get(unit).is_some_and(|source| precompiled::fits(source))
    }

    /// Whether the object depends on no more than its key says: every word of the list is the
    /// unit, another file that is no unit, a binding, or a file of the toolchain, each written
    /// as we write it. Any other spelling (`./`, `..`, an escape) may be another unit.
    fn sees_only(&self, unit: &str, list: &str) -> bool {
        let ours = |word: &str| {
            let known = ["/usr/", precompiled::GUEST].iter().any(|known| word.starts_with(known));
            word == "\\" || (known && !word.contains(".."))
        };
        let of_source = |path: &str| {
            let is_unit = self.job.units.binary_search_by(|other| other.as_str().cmp(path)).is_ok();
            let binding = path.strip_prefix(BINDINGS).and_then(|path| path.strip_prefix('/'));
            path == unit
                || (self.job.tree.files.contains_key(path) && !is_unit)
                || binding
                    .is_some_and(|path| self.job.bindings.iter().any(|(name, _)| name == path))
        };
        let known = |word: &str| word.strip_prefix(WORK).map_or_else(|| ours(word), of_source);
        let words = list.strip_prefix("object:");
        C.compiles(unit) && words.is_some_and(|words| words.split_whitespace().all(known))
    }

    fn keep(&self, unit: &str, object: &[u8]) -> Result<(), CompileError> {
        let path = self.objects.join(format!("{unit}.o"));
        private_folder(path.parent().unwrap_or(&self.objects))?;
        Ok(fs::write(path, object)?)
    }

    fn link(&self, units: &[String]) -> Result<Vec<u8>, CompileError> {
        self.job.progress.stage(&Stage::Linking);
        let start =
            if self.job.shape == Shape::Command { "crt1-command.o" } else { "crt1-reactor.o" };
        let mut args = words(["yowasp-llvm", "wasm-ld", "-m", "wasm32"]);
        args.extend(words(LINK.iter().copied()));
        args.push(format!("-L{LIBRARIES}"));
        args.push(format!("{LIBRARIES}/{start}"));
        match self.job.shape {
            Shape::Component => args.extend(words(["--entry", "_initialize"])),
            Shape::Kernel => {
                args.extend(words(["--entry", "_initialize"]));
                args.push(format!("--export={}", self.job.entry));
                args.extend(words(["--export-if-defined=in_ptr", "--export-if-defined=out_ptr"]));
            }
            _ => {}
        }
        args.extend(units.iter().map(|unit| format!("{OBJECTS}{unit}.o")));
        for (name, bytes) in
            self.job.bindings.iter().filter(|(name, _)| has_extension(name, &["o"]))
        {
            fs::write(self.objects.join(name), bytes)?;
            args.push(format!("{OBJECTS}{name}"));
        }
        args.extend(self.job.link_flags.iter().flat_map(|flag| linker_words(flag)));
        if units.iter().any(|unit| is_cxx(unit)) {
            args.extend(words(["-lc++", "-lc++abi"]));
        }
        args.extend(words(["-lsetjmp", "-lc", BUILTINS, "-o", "-"]));
        self.run("the link", args, &self.objects, false)
    }

    /// Runs one step and gives its stdout, or what it said about the source.
    fn run(
        &self,
        at: &str,
        args: Vec<String>,
        temporary: &Path,
        writable: bool,
    ) -> Result<Vec<u8>, CompileError> {
        let mount = |host: &Path, guest: &str, writable| StepMount {
            host: host.to_owned(),
            guest: guest.to_owned(),
            writable,
        };
        let step = Step {
            module: self.module.clone(),
            args,
            env: Vec::new(),
            stdin: Vec::new(),
            mounts: vec![
                mount(&self.job.toolchain.path(SYSROOT), "/usr", false),
                mount(
                    &self.job.toolchain.path(precompiled::FOLDER),
                    precompiled::GUEST.trim_end_matches('/'),
                    false,
                ),
                mount(self.job.work, "/build", false),
                mount(temporary, "/tmp", writable),
            ],
            limits: self.job.limits,
        };
        let stopped = |source| CompileError::Stopped { at: at.to_owned(), source };
        let limit = self.job.limits.cpu.saturating_mul(BUDGET);
        if *self.spent.lock().unwrap_or_else(PoisonError::into_inner) >= limit {
            return Err(stopped(StepError::Budget { limit }));
        }
        let finished = match self.job.sandbox.run(&step) {
            Ok(finished) => finished,
            Err(source @ StepError::Trap { .. }) => return Err(self.crashed(at, source)),
            Err(source) => return Err(stopped(source)),
        };
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) += finished.cpu;
        if finished.status == 0 {
            return Ok(finished.stdout);
        }
        Err(self.rejected(&String::from_utf8_lossy(&finished.stderr)))
    }

    /// What a crash means: the stack of clang lies below its data, so that where it overflows is
    /// out of the memory's bounds; and a file that is embedded and is not there crashes it.
    fn crashed(&self, at: &str, source: StepError) -> CompileError {
        let overflow = "out of bounds memory access";
        let source = match source {
            StepError::Trap { reason } if reason.contains(overflow) => StepError::Stack,
            other => other,
        };
        let missing = embed::missing(&self.job.tree.files, self.job.include);
        if source == StepError::Stack || missing.is_empty() {
            return CompileError::Stopped { at: at.to_owned(), source };
        }
        self.rejected(&missing)
    }

    fn rejected(&self, text: &str) -> CompileError {
        let (diagnostics, omitted) = diagnostics::read(text, &self.texts);
        CompileError::Rejected { id: self.job.id.to_owned(), diagnostics, omitted }
    }
}

/// All that was said about the source, file by file; or the first thing that is no such.
fn merged(id: &str, mut failures: Vec<(&str, CompileError)>) -> Result<(), CompileError> {
    if failures.is_empty() {
        return Ok(());
    }
    failures.sort_by_key(|(unit, _)| *unit);
    let (mut all, mut more) = (Vec::new(), 0);
    for (_, error) in failures {
        match error {
            CompileError::Rejected { diagnostics, omitted, .. } => {
                all.extend(diagnostics);
                more += omitted;
            }
            other => return Err(other),
        }
    }
    more += all.len().saturating_sub(MAX_DIAGNOSTICS);
    all.truncate(MAX_DIAGNOSTICS);
    Err(CompileError::Rejected { id: id.to_owned(), diagnostics: all, omitted: more })
}

/// A flag as wasm-ld takes it, which is run without clang's driver: `-Wl,a,b` are two words.
fn linker_words(flag: &str) -> Vec<String> {
    match flag.strip_prefix("-Wl,") {
        Some(rest) => words(rest.split(',')),
        None => vec![flag.to_owned()],
    }
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}
