//! Toolkits of cases, built by the lanes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use workbooks_compilers::provision::{Silent, SystemClients};
use workbooks_compilers::{Build, Code, CompileError, Compilers, HostSandbox};
use workbooks_host::{Artifact, Helper, Host, HostError, Manifest};

/// Where compilers, their code and what they built are kept between runs.
#[derive(Clone, Debug)]
pub struct Lanes {
    /// A folder laid out as the cache of `wbx`, so that whoever ran it has paid already.
    pub cache: PathBuf,
    /// What was built, by the digest of all that went in.
    pub builds: PathBuf,
    /// What compiles guests and starts programs, if that is not this process.
    pub helper: Option<Helper>,
}

impl Lanes {
    /// Where `wbx` keeps its lanes: fetching them and generating their code takes a minute, and
    /// whoever ran it has paid. What is built stays in `scratch`, and so do the lanes where there
    /// is no home.
    pub fn of_whoever_tests(scratch: &Path, helper: Option<Helper>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "where wbx keeps its lanes")]
        let environment = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let cache = environment("WBX_CACHE")
            .or_else(|| environment("XDG_CACHE_HOME").map(|cache| cache.join("workbooks")))
            .or_else(|| environment("HOME").map(|home| home.join(".cache/workbooks")))
            .unwrap_or_else(|| scratch.to_owned());
        Self { cache, builds: scratch.join("builds"), helper }
    }

    /// What a lane makes of the toolkit in `folder`.
    ///
    /// # Errors
    ///
    /// What the lane refuses, or why it is not there.
    pub fn artifact(&self, manifest: &Manifest, folder: &Path) -> Result<Code, CompileError> {
        // One at a time: several cases build the same toolkit, and all but the first find it built.
        static BUILDING: Mutex<()> = Mutex::new(());
        let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let sandbox = self
            .sandbox()
            .map_err(|why| CompileError::Io(std::io::Error::other(why.to_string())))?;
        #[expect(clippy::disallowed_methods, reason = "the clients are those of whoever tests")]
        let client = SystemClients::new(std::env::vars_os());
        let compilers = Compilers {
            store: self.cache.join("lanes"),
            cache: self.builds.clone(),
            sandbox: &sandbox,
            client: &client,
            progress: &Silent,
        };
        Ok(compilers.artifact(manifest, &folder.into())?.code)
    }

    /// The capability `build` over the compilers that are there.
    pub(super) fn build(&self) -> Result<Build, HostError> {
        Ok(Build::new(self.cache.join("lanes"), self.builds.clone(), self.sandbox()?))
    }

    /// One host runs the compilers of all cases.
    fn sandbox(&self) -> Result<HostSandbox, HostError> {
        static HOST: OnceLock<Host> = OnceLock::new();
        if let Some(host) = HOST.get() {
            return Ok(HostSandbox::new(host.clone()));
        }
        let host = Host::builder().cache(self.cache.join("artifacts")).build()?;
        Ok(HostSandbox::new(HOST.get_or_init(|| host).clone()))
    }
}

/// What the host prepares, of what a lane made; without a manifest it runs as a guest of nobody's.
pub fn of_code<'a>(code: &'a Code, manifest: Option<&Manifest>) -> Artifact<'a> {
    match (code, manifest) {
        (Code::Wasm(bytes), None) => Artifact::bare(bytes),
        (Code::Wasm(bytes), Some(manifest)) => Artifact::of(bytes, manifest),
        (Code::Interpreted { engine, program, front }, manifest) => {
            let digest = engine.sha256.to_string();
            let artifact = match manifest {
                Some(manifest) => Artifact::engine(&engine.path, digest, program, manifest),
                None => Artifact::interpreter(&engine.path, digest, program),
            };
            artifact.behind(front.as_deref())
        }
    }
}
