//! Toolkits of cases, built by the lanes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use workbooks_compilers::provision::{Silent, SystemClients};
use workbooks_compilers::{Build, Code, CompileError, Compilers, HostSandbox};
use workbooks_host::{Helper, Host, HostError, Manifest};

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
    /// What a lane makes of the toolkit in `folder`.
    pub(super) fn artifact(
        &self,
        manifest: &Manifest,
        folder: &Path,
    ) -> Result<Code, CompileError> {
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
        Ok(compilers.artifact(manifest, folder)?.code)
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
