//! The C lane: clang and wasm-ld, one wasm module, run once for each file and once to link.
//!
//! What is made goes to stdout, so no step writes a file, but for the list of what a file
//! included. The paths in the sandbox are the same for every toolkit and every machine, so the
//! output is too.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use workbooks_host::Shape;

use crate::{
    bindings::{self, Generated},
    compile_error::CompileError,
    diagnostics::{self, OBJECTS, WORK},
    digest::{Digest, Hasher},
    lane::{Job, Kind, Lane},
    provision::{Stage, unpack::private_folder},
    sandbox::{Finished, Step, StepMount},
    toolchain::Pinned,
    world::Contract,
};

/// The lane.
pub(super) struct C;

static PINNED: LazyLock<Pinned> =
    LazyLock::new(|| Pinned::parse(include_str!("../../lanes/c.toml")).expect("a test reads it"));

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

    fn compiles(&self, path: &str) -> bool {
        has_extension(path, &["c"]) || is_cxx(path)
    }

    fn recipe(&self) -> String {
        format!("1 {COMPILE:?} {COMPILE_C:?} {COMPILE_CXX:?} {LINK:?}")
    }

    fn bindings(&self, world: &str) -> Result<Vec<Generated>, CompileError> {
        Ok(bindings::for_c(Contract::OURS, world)?)
    }

    fn build(&self, job: &Job<'_>) -> Result<Vec<u8>, CompileError> {
        let mut units = job.units.to_vec();
        let generated = |name: &&Generated| has_extension(&name.0, &["c"]);
        units.extend(
            job.bindings.iter().filter(generated).map(|(name, _)| format!("{BINDINGS}/{name}")),
        );
        let build =
            Build { job, shared: shared_digest(job, &units), objects: job.scratch.join("objects") };
        build.compile_all(&units)?;
        build.link(&units)
    }
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
    shared: Digest,
    /// The folder of the objects, laid out like the source.
    objects: PathBuf,
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
                    failures.push((unit, error));
                }
            }
        };
        let threads = thread::available_parallelism().map_or(1, usize::from).min(missing.len());
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
        let mut args = words(["yowasp-llvm", "clang", "-c"]);
        args.extend(words(COMPILE.iter().copied()));
        args.extend(words(if is_cxx(unit) { COMPILE_CXX } else { COMPILE_C }.iter().copied()));
        if self.job.shape == Shape::Component {
            args.push(format!("-I{WORK}{BINDINGS}"));
        }
        args.extend(self.job.include.iter().map(|folder| format!("-I{WORK}{folder}")));
        args.extend(self.job.compile_flags.iter().cloned());
        args.extend(words(["-MD", "-MF", "/tmp/included", "-o", "-"]));
        args.push(format!("{WORK}{unit}"));
        let object = self.run(unit, args, temporary.path(), true)?;
        self.keep(unit, &object)?;
        eprintln!("LIST {:?}", fs::read_to_string(temporary.path().join("included")));
        if fs::read_to_string(temporary.path().join("included"))
            .is_ok_and(|list| self.sees_only(unit, &list))
        {
            self.job.cache.put(self.key(unit), &object);
        }
        Ok(())
    }

    /// Whether no other unit was included: such an object depends on more than its key says.
    fn sees_only(&self, unit: &str, list: &str) -> bool {
        let included: BTreeSet<_> = list.split_whitespace().collect();
        let mut others = self.job.units.iter().filter(|other| *other != unit);
        !others.any(|other| {
            included.contains(format!("{WORK}{other}").as_str()) || other.contains(' ')
        })
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
        let mount =
            |host: &Path, guest, writable| StepMount { host: host.to_owned(), guest, writable };
        let step = Step {
            module: self.job.module.clone(),
            args,
            mounts: vec![
                mount(&self.job.toolchain.path(SYSROOT), "/usr", false),
                mount(self.job.work, "/work", false),
                mount(temporary, "/tmp", writable),
            ],
            limits: self.job.limits,
        };
        let stopped = |source| CompileError::Stopped { at: at.to_owned(), source };
        let finished = self.job.sandbox.run(&step).map_err(stopped)?;
        eprintln!("STDERR {}", String::from_utf8_lossy(&finished.stderr));
        if finished.status == 0 {
            return Ok(finished.stdout);
        }
        Err(self.rejected(&finished))
    }

    fn rejected(&self, finished: &Finished) -> CompileError {
        let text = String::from_utf8_lossy(&finished.stderr);
        let (diagnostics, omitted) = diagnostics::read(&text, |file| {
            let bytes = self.job.tree.files.get(file)?;
            String::from_utf8(bytes.clone()).ok()
        });
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
