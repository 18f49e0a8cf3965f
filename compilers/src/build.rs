//! From a toolkit's source to its wasm module: read, look into the cache, lay out, compile.

use std::{
    borrow::Cow,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use workbooks_host::{
    Artifact, Manifest, Shape,
    adapt::attach_program,
    toolkit::{Language, SourceGlob, Word as _},
};

use crate::{
    bindings::Generated,
    cache::BuildCache,
    compile_error::CompileError,
    diagnostics::explain,
    lane::{Code, Deriving, Job, Kind, Lane},
    lanes,
    origin::Origin,
    provision::{
        self, PackageClient, Progress, ProvisionError, Stage, State, unpack::private_folder,
    },
    request::{BuildRequest, Plan},
    sandbox::Sandbox,
    source::{Source, Sources, Tree, check_units, read_wasm},
    stored,
    toolchain::Toolchain,
    world::{Contract, Door},
};
use workbooks_host::provenance::{Digest, Hasher};

/// How the folder of a build that is under way is called.
pub(crate) const STAGE: &str = ".build-";
/// The folder of a build older than this was left behind: a process was killed.
const STALE: Duration = Duration::from_hours(24);

/// What was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// A core wasm module (a wasip1 command, a kernel, or a reactor with its component type, which
    /// the host lifts to a component), a component, or an engine with a program.
    pub code: Code,
    /// The digest of everything that went in.
    pub key: Digest,
    /// Whether it came from the cache.
    pub cached: bool,
}

/// The lanes of one machine: where compilers and results are stored, and what runs and fetches
/// them.
pub struct Compilers<'a> {
    /// Compilers and source packages. The folder is ours alone; no mount may hold it.
    pub store: PathBuf,
    /// Build results, likewise.
    pub cache: PathBuf,
    /// Runs the compilers.
    pub sandbox: &'a dyn Sandbox,
    /// Fetches packages.
    pub client: &'a dyn PackageClient,
    /// Hears how far it is.
    pub progress: &'a dyn Progress,
}

impl Built {
    /// As the host runs it.
    pub fn artifact<'a>(&'a self, manifest: &Manifest) -> Artifact<'a> {
        match &self.code {
            Code::Wasm(wasm) => Artifact::of(wasm, manifest),
            Code::Interpreted { engine, program } => {
                Artifact::engine(&engine.path, engine.sha256.to_string(), program, manifest)
            }
        }
    }

    /// As one file that needs nothing else: an engine has its program attached.
    ///
    /// # Errors
    /// If the engine cannot be read, or is not the one that it was.
    pub fn file(&self) -> Result<Cow<'_, [u8]>, CompileError> {
        match &self.code {
            Code::Wasm(wasm) => Ok(wasm.into()),
            Code::Interpreted { engine, program } => {
                let bytes = fs::read(&engine.path)?;
                let got = Digest::of(&bytes);
                if got != engine.sha256 {
                    let what = engine.path.display().to_string();
                    let expected = engine.sha256;
                    return Err(ProvisionError::WrongHash { what, expected, got }.into());
                }
                Ok(attach_program(&bytes, program).into())
            }
        }
    }
}

impl std::fmt::Debug for Compilers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compilers")
            .field("store", &self.store)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl Compilers<'_> {
    /// Installs a lane's compiler and makes it ready to run, or finds it so; a damaged one, or one
    /// that it needs, is repaired. All of it is read.
    ///
    /// # Errors
    /// [`CompileError::NoLane`], [`CompileError::Provision`], or [`CompileError::Stopped`] if
    /// the engine cannot prepare the module.
    pub fn install(&self, lane: &str) -> Result<Toolchain, CompileError> {
        let toolchain = self.repaired(find(lane)?, &mut Vec::new())?;
        self.progress.stage(&Stage::Done);
        Ok(toolchain)
    }

    /// The compiler, read and if need be made anew, after those that it needs; each once.
    fn repaired(
        &self,
        lane: &dyn Lane,
        done: &mut Vec<Toolchain>,
    ) -> Result<Toolchain, CompileError> {
        if let Some(found) = done.iter().find(|found| found.pinned.lane == lane.word()) {
            return Ok(found.clone());
        }
        let mut needs = Vec::new();
        for word in &lane.pinned().needs {
            needs.push(self.repaired(find(word)?, done)?);
        }
        // What a build takes for whole by names and sizes is read here.
        if let Some(what) = provision::condemn(lane.pinned(), &self.store, self.progress)? {
            self.progress.stage(&Stage::Repairing { lane: lane.word().to_owned(), what });
        }
        let toolchain = self.prepared(lane, &needs)?;
        done.push(toolchain.clone());
        Ok(toolchain)
    }

    /// How a lane's compiler stands, without reading its files.
    ///
    /// # Errors
    /// [`CompileError::NoLane`].
    pub fn state(&self, lane: &str) -> Result<State, CompileError> {
        Ok(provision::state(find(lane)?.pinned(), &self.store))
    }

    /// Reads every file of a lane's compiler again.
    ///
    /// # Errors
    /// [`CompileError::NoLane`], or [`CompileError::Provision`] with the first difference.
    pub fn verify(&self, lane: &str) -> Result<Toolchain, CompileError> {
        Ok(provision::verify(find(lane)?.pinned(), &self.store)?)
    }

    /// The wasm of the toolkit `origin`: built as its manifest says, or the file that it names.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn artifact(&self, manifest: &Manifest, origin: &Origin) -> Result<Built, CompileError> {
        self.artifact_for(manifest, origin, false)
    }

    /// The same, where `dev` says whether it is only to be tried: see [`BuildRequest::dev`].
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn artifact_for(
        &self,
        manifest: &Manifest,
        origin: &Origin,
        dev: bool,
    ) -> Result<Built, CompileError> {
        match Plan::of(manifest, origin)? {
            Plan::Build(request) => self.build(&BuildRequest { dev, ..*request }),
            Plan::Wasm { path, sha256 } => {
                let wasm = read_wasm(origin, &path, sha256)?;
                Ok(Built { code: Code::Wasm(wasm), key: sha256, cached: true })
            }
        }
    }

    /// Builds a toolkit, or finds it built.
    ///
    /// The key of a build is the content of every file of the source, the flags, the compiler,
    /// the lane's recipe and the world; paths and times are not in it.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn build(&self, request: &BuildRequest) -> Result<Built, CompileError> {
        let lane = find(&request.lane)?;
        if !matches!(request.shape, Shape::Command | Shape::Component | Shape::Kernel) {
            return Err(CompileError::NoShape { lane: lane.word(), shape: request.shape });
        }
        if let Some(world) = request.declared().filter(|_| !lane.exports_any()) {
            return Err(CompileError::NoWorld { lane: lane.word(), world: world.to_owned() });
        }
        let sources = Sources::open(
            &request.source,
            &request.origin,
            &self.store,
            self.client,
            self.progress,
        )?;
        let caps = &request.caps;
        let world = match request.shape {
            Shape::Component => {
                Some(Contract::OURS.guest(caps, request.wit.as_deref(), &request.origin)?)
            }
            shape if lane.binds(shape, caps) => Some(Contract::OURS.world(caps, Door::Core)?),
            _ => None,
        };
        let key = key(request, lane, sources.digest(), world.as_deref());
        let cache = BuildCache::new(&self.cache);
        if let Some(code) = cache.get(key).and_then(|entry| stored::read(&entry)) {
            return Ok(Built { code, key, cached: true });
        }
        let tree = sources.tree()?;
        let units = units(request, lane, &tree)?;
        let include = include(request, &tree)?;
        let bindings = world.map_or(Ok(Vec::new()), |world| lane.bindings(&world))?;
        let needs = self.needs(lane)?;
        let toolchain = self.ready(lane, &needs)?;
        private_folder(&self.cache)?;
        sweep(&self.cache);
        let private = Permissions::from_mode(0o700);
        let stage =
            tempfile::Builder::new().prefix(STAGE).permissions(private).tempdir_in(&self.cache)?;
        let (work, scratch) = (stage.path().join("work"), stage.path().join("scratch"));
        lay_out(&tree, &bindings, &work)?;
        private_folder(&scratch)?;
        let code = lane.build(&Job {
            id: &request.id,
            shape: request.shape,
            tree: &tree,
            work: &work,
            scratch: &scratch,
            caps: &request.caps,
            units: &units,
            bindings: &bindings,
            include: &include,
            compile_flags: &request.compile_flags,
            link_flags: &request.link_flags,
            entry: request.entry(),
            limits: request.limits,
            dev: request.dev,
            toolchain: &toolchain,
            needs: &needs,
            sandbox: self.sandbox,
            cache: &cache,
            progress: self.progress,
        });
        let code = code.map_err(|mut error| {
            if let CompileError::Rejected { diagnostics, .. } = &mut error {
                explain(diagnostics, &lane.pinned().lacks);
            }
            error
        })?;
        self.progress.stage(&Stage::Done);
        cache.put(key, &stored::write(&code));
        Ok(Built { code, key, cached: false })
    }

    /// The compilers that a lane needs of others, installed on first need.
    fn needs(&self, lane: &dyn Lane) -> Result<Vec<Toolchain>, CompileError> {
        let needed = |word: &String| {
            let lane = find(word)?;
            self.ready(lane, &self.needs(lane)?)
        };
        lane.pinned().needs.iter().map(needed).collect()
    }

    /// The compiler, installed on first need.
    fn ready(&self, lane: &dyn Lane, needs: &[Toolchain]) -> Result<Toolchain, CompileError> {
        match provision::state(lane.pinned(), &self.store) {
            State::Installed(toolchain) => Ok(*toolchain),
            State::Missing | State::Damaged { .. } => self.prepared(lane, needs),
        }
    }

    fn prepared(&self, lane: &dyn Lane, needs: &[Toolchain]) -> Result<Toolchain, CompileError> {
        let derive = |folder: &Path, scratch: &Path| {
            let Self { sandbox, client, progress, .. } = *self;
            lane.derive(&Deriving { folder, scratch, needs, sandbox, client, progress })
        };
        let toolchain =
            provision::install(lane.pinned(), &self.store, self.client, self.progress, derive)?;
        for module in lane.modules(&toolchain) {
            self.progress.stage(&Stage::Preparing { lane: lane.word().to_owned() });
            let stopped =
                |source| CompileError::Stopped { at: module.path.display().to_string(), source };
            self.sandbox.prepare(&module).map_err(stopped)?;
        }
        for engine in lane.engines(&toolchain) {
            self.progress.stage(&Stage::Preparing { lane: lane.word().to_owned() });
            let stopped =
                |source| CompileError::Stopped { at: engine.path.display().to_string(), source };
            self.sandbox.prepare_engine(&engine).map_err(stopped)?;
        }
        Ok(toolchain)
    }
}

pub(crate) fn find(word: &str) -> Result<&'static dyn Lane, CompileError> {
    lanes::find(word).ok_or_else(|| match Language::read(word) {
        Ok(language) => CompileError::NotYet { language },
        Err(_) => CompileError::NoLane { lang: word.to_owned(), known: lanes::words() },
    })
}

fn key(request: &BuildRequest, lane: &dyn Lane, source: Digest, world: Option<&str>) -> Digest {
    let mut hasher = Hasher::default();
    hasher.field(lane.word()).field(lane.recipe()).field(lane.pinned().digest).field(source);
    hasher.field(request.shape.word()).field(world.unwrap_or_default());
    hasher.field(request.entry()).field([u8::from(request.dev)]);
    // An interpreted program carries them.
    if lane.kind() == Kind::Run {
        hasher.field(format!("{:?}", request.caps));
    }
    // The text of the contract decides what the world's names mean.
    for (path, text) in Contract::OURS.0.iter().filter(|_| world.is_some()) {
        hasher.field(path).field(text);
    }
    match &request.source {
        Source::Folder(path) => hasher.field(path),
        Source::Package(package) => hasher.field(package.to_string()),
    };
    hasher.field(format!("{:?}", request.files));
    for list in [&request.include, &request.compile_flags, &request.link_flags] {
        hasher.field(format!("{list:?}"));
    }
    hasher.finish()
}

/// The files to compile, sorted, each once.
fn units(
    request: &BuildRequest,
    lane: &dyn Lane,
    tree: &Tree,
) -> Result<Vec<String>, CompileError> {
    let package = matches!(request.source, Source::Package(_));
    let named =
        |path: &str, glob: &SourceGlob| tree.in_root(path).is_some_and(|path| glob.matches(path));
    for glob in &request.files {
        if !tree.files.keys().any(|path| named(path, glob)) {
            return Err(CompileError::NoMatch { pattern: glob.as_str().to_owned() });
        }
    }
    let wanted = |path: &&String| match tree.in_root(path) {
        Some(_) if package || !request.files.is_empty() => {
            request.files.iter().any(|glob| named(path, glob))
        }
        _ => lane.compiles(path),
    };
    let units: Vec<_> = tree.files.keys().filter(wanted).cloned().collect();
    if units.is_empty() {
        return Err(CompileError::NoFiles { id: request.id.clone() });
    }
    check_units(units.len())?;
    Ok(units)
}

/// The folders of headers, by path in the sandbox: the source's own first.
fn include(request: &BuildRequest, tree: &Tree) -> Result<Vec<String>, CompileError> {
    let folder = |path: &String| {
        let in_root = match (tree.root.as_str(), path.as_str()) {
            (root, ".") => root.to_owned(),
            ("", path) => path.to_owned(),
            (root, path) => format!("{root}/{path}"),
        };
        let found = [in_root, path.clone()]
            .into_iter()
            .find(|path| path.is_empty() || tree.has_folder(path));
        found.ok_or_else(|| CompileError::NoInclude { path: path.clone() })
    };
    request.include.iter().map(folder).collect()
}

fn lay_out(tree: &Tree, bindings: &[Generated], work: &Path) -> Result<(), CompileError> {
    private_folder(work)?;
    tree.lay_out(work)?;
    if !bindings.is_empty() {
        let folder = work.join("bindings");
        private_folder(&folder)?;
        for (name, bytes) in bindings {
            let file = folder.join(name);
            private_folder(file.parent().unwrap_or(&folder))?;
            fs::write(file, bytes)?;
        }
    }
    Ok(())
}

/// Removes what killed builds left behind; what cannot be removed is left to the next build.
fn sweep(cache: &Path) {
    let stale = |entry: &fs::DirEntry| {
        let metadata = entry.metadata().ok().filter(fs::Metadata::is_dir)?;
        let age = SystemTime::now().duration_since(metadata.modified().ok()?).ok()?;
        (entry.file_name().to_str()?.starts_with(STAGE) && age > STALE).then_some(())
    };
    let entries = fs::read_dir(cache).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| stale(entry).is_some()) {
        drop(fs::remove_dir_all(entry.path()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_killed_builds_left_behind_is_swept() {
        let cache = tempfile::tempdir().unwrap();
        let old = SystemTime::now() - STALE - Duration::from_mins(1);
        for (name, modified) in
            [(".build-old", old), (".build-new", SystemTime::now()), ("other", old)]
        {
            let folder = cache.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("file"), "").unwrap();
            fs::File::open(&folder).unwrap().set_modified(modified).unwrap();
        }
        sweep(cache.path());
        let left = |name| cache.path().join(name).exists();
        assert!(!left(".build-old") && left(".build-new") && left("other"));
    }
}
