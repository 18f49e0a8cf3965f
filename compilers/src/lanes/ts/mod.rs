//! The TS lane: TypeScript's own compiler on the JS lane's engine, as a snapshot. A program is
//! checked and made JavaScript in one step without files; the rest is the JS lane's.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use workbooks_host::Shape;

use crate::{
    bindings::Generated,
    compile_error::CompileError,
    diagnostics::{self, Texts},
    glue,
    lane::{Code, Deriving, Job, Kind, Lane},
    lanes::js::Js,
    provision::{Stage, unpack::private_folder},
    sandbox::{Step, StepError},
    source::Tree,
    toolchain::{Pinned, Toolchain},
    world::Contract,
};

mod engine;
mod exchange;
mod package;

use exchange::{Answer, Request};

/// The lane.
pub(super) struct Ts;

static PINNED: LazyLock<Pinned> = LazyLock::new(|| {
    let pinned = Pinned::parse(include_str!("../../../lanes/ts.toml")).expect("a test reads it");
    let js = Js.pinned().digest;
    pinned.made_by(engine::PARTS.iter().map(|part| part.as_bytes()).chain([js.as_ref()]))
});

/// The flag that leaves types unchecked.
const NO_CHECK: &str = "--no-check";
/// The engine's exit statuses, see `engines/ts/main.c`.
const OUT_OF_MEMORY: i32 = 4;
const OUT_OF_STACK: i32 = 5;

impl Lane for Ts {
    fn word(&self) -> &'static str {
        "ts"
    }

    fn kind(&self) -> Kind {
        Kind::Run
    }

    fn pinned(&self) -> &'static Pinned {
        &PINNED
    }

    fn derive(&self, deriving: &Deriving<'_>) -> Result<Vec<String>, CompileError> {
        engine::derive(deriving)
    }

    fn modules(&self, toolchain: &Toolchain) -> Vec<crate::sandbox::Module> {
        toolchain.module(engine::MODULE).into_iter().collect()
    }

    fn compiles(&self, path: &str) -> bool {
        (is_typescript(path) || is_javascript(path)) && !is_foreign(path)
    }

    fn recipe(&self) -> String {
        format!("1 {}", Js.recipe())
    }

    fn binds(&self, shape: Shape, caps: &[String]) -> bool {
        Js.binds(shape, caps)
    }

    /// The engine's, and the declarations that type them.
    fn bindings(&self, world: &str) -> Result<Vec<Generated>, CompileError> {
        let types = glue::dts(Contract::OURS, world);
        let types = types.map_err(|why| CompileError::Derive { what: why.to_string() })?;
        Ok(Js.bindings(world)?.into_iter().chain(types).collect())
    }

    fn typings(&self, world: Option<&str>) -> Result<Vec<Generated>, CompileError> {
        typings(world, "tsconfig.json")
    }

    fn build(&self, job: &Job<'_>) -> Result<Code, CompileError> {
        let [c, js] = job.needs else {
            let what = "the TS lane needs the C and the JS lane".to_owned();
            return Err(CompileError::Derive { what });
        };
        let moved = package::by_name(job.tree, job.units);
        let job = &Job { tree: moved.as_ref().unwrap_or(job.tree), ..*job };
        let tree = compiled(job)?;
        let (work, scratch) = (job.scratch.join("work"), job.scratch.join("js"));
        private_folder(&work)?;
        private_folder(&scratch)?;
        tree.lay_out(&work)?;
        let glue: Vec<_> =
            job.bindings.iter().filter(|(name, _)| !is_typescript(name)).cloned().collect();
        let named = |path: &str| job.units.binary_search_by(|unit| unit.as_str().cmp(path)).is_ok();
        let paths = tree.files.keys().filter(|path| is_typescript(path) || named(path));
        let units: Vec<_> = paths.cloned().collect();
        Js.build(&Job {
            tree: &tree,
            work: &work,
            scratch: &scratch,
            units: &units,
            bindings: &glue,
            compile_flags: &[],
            toolchain: js,
            needs: std::slice::from_ref(c),
            ..*job
        })
    }
}

/// What an editor reads that knows TypeScript: the types of the runtime and of the world, and where
/// they are.
pub(super) fn typings(world: Option<&str>, config: &str) -> Result<Vec<Generated>, CompileError> {
    let unfit = |why: glue::GlueError| CompileError::Derive { what: why.to_string() };
    let mut files =
        world.map_or(Ok(Vec::new()), |world| glue::dts(Contract::OURS, world)).map_err(unfit)?;
    files.push(("runtime.d.ts".to_owned(), engine::RUNTIME.as_bytes().to_vec()));
    for (name, _) in &mut files {
        name.insert_str(0, "sdk/");
    }
    files.push((config.to_owned(), include_bytes!("editor.json").to_vec()));
    Ok(files)
}

/// The source with JavaScript in the place of its TypeScript, under the same names.
fn compiled(job: &Job<'_>) -> Result<Tree, CompileError> {
    let request = Request::of(job)?;
    let stage = Stage::Compiling { file: job.units.join(" "), done: 0, of: 1 };
    job.progress.stage(&stage);
    let answer = run(job, &request)?;
    if !answer.diagnostics.is_empty() {
        let texts = Texts::of(&job.tree.files);
        let mut diagnostics: Vec<_> =
            answer.diagnostics.iter().map(|one| one.read(&texts)).collect();
        diagnostics::explain(&mut diagnostics, &job.toolchain.pinned.lacks);
        let (id, omitted) = (job.id.to_owned(), answer.omitted);
        return Err(CompileError::Rejected { id, diagnostics, omitted });
    }
    replaced(job.tree, answer.files)
}

/// The tree with what was `made` in the place of its TypeScript. What made it had read a stranger's
/// source: it names files, and where a file is laid out is not its to say.
fn replaced(tree: &Tree, made: BTreeMap<String, String>) -> Result<Tree, CompileError> {
    let given = |path: &&String| is_typescript(path) && tree.files.contains_key(*path);
    if let Some(other) = made.keys().find(|path| !given(path)) {
        let what = format!("TypeScript answers with a file that it has not: {other:?}");
        return Err(CompileError::Derive { what: diagnostics::shown(&what) });
    }
    let others = tree.files.iter().filter(|(path, _)| !is_typescript(path));
    let mut files: BTreeMap<_, _> =
        others.map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
    files.extend(made.into_iter().map(|(path, text)| (path, text.into_bytes())));
    Ok(Tree { files, root: tree.root.clone() })
}

fn run(job: &Job<'_>, request: &Request<'_>) -> Result<Answer, CompileError> {
    let broken = |what: String| CompileError::Derive { what };
    let module = job.toolchain.module(engine::MODULE);
    let step = Step {
        module: module.ok_or_else(|| broken("the TS lane has no module".to_owned()))?,
        args: vec!["tsc".to_owned()],
        env: Vec::new(),
        stdin: serde_json::to_vec(request).map_err(|why| broken(why.to_string()))?,
        mounts: Vec::new(),
        limits: job.limits,
    };
    let stopped = |source| CompileError::Stopped { at: "the type check".to_owned(), source };
    let finished = job.sandbox.run(&step).map_err(stopped)?;
    match finished.status {
        0 => serde_json::from_slice(&finished.stdout).map_err(|why| broken(why.to_string())),
        OUT_OF_MEMORY => Err(stopped(StepError::Memory { limit: job.limits.memory })),
        OUT_OF_STACK => Err(stopped(StepError::Stack)),
        _ => {
            let reason = diagnostics::shown(&String::from_utf8_lossy(&finished.stderr));
            Err(stopped(StepError::Trap { reason }))
        }
    }
}

fn is_typescript(path: &str) -> bool {
    has_extension(path, &["ts", "mts"])
}

fn is_javascript(path: &str) -> bool {
    has_extension(path, &["js", "mjs", "cjs"])
}

fn has_extension(path: &str, known: &[&str]) -> bool {
    Path::new(path).extension().is_some_and(|found| known.iter().any(|known| found == *known))
}

fn is_declaration(path: &str) -> bool {
    path.ends_with(".d.ts") || path.ends_with(".d.mts")
}

/// Whether it belongs to a package that the program uses.
fn is_foreign(path: &str) -> bool {
    path.starts_with("node_modules/") || path.contains("/node_modules/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_no_other_files_than_those_it_was_asked_for() {
        let files = ["src/a.ts", "src/b.js"].map(|path| (path.to_owned(), b"old".to_vec()));
        let tree = Tree { files: files.into(), root: String::new() };
        let made = |path: &str| [(path.to_owned(), "new".to_owned())].into();
        for other in ["../x.ts", "/x.ts", "src/../src/a.ts", "src/b.js", "src/c.ts", ""] {
            let why = replaced(&tree, made(other)).unwrap_err();
            assert!(matches!(why, CompileError::Derive { .. }), "{other}");
        }
        let replaced = replaced(&tree, made("src/a.ts")).unwrap();
        let texts: Vec<_> = replaced.files.values().map(Vec::as_slice).collect();
        assert_eq!(texts, [&b"new"[..], b"old"]);
    }

    #[test]
    fn a_package_is_no_part_of_the_program() {
        for path in ["src/main.ts", "a.mts", "x.d.ts", "src/node_modules.ts", "lib/old.cjs"] {
            assert!(Ts.compiles(path), "{path}");
        }
        for path in ["src/node_modules/a/index.ts", "node_modules/a.ts", "main.tsx", "a.json", "ts"]
        {
            assert!(!Ts.compiles(path), "{path}");
        }
    }
}
