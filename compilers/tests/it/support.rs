//! One host and one store for all tests of this crate, and toolkits made of text.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use tempfile::TempDir;
use workbooks_compilers::{
    BuildRequest, Built, CompileError, Compilers, HostSandbox, Source, StepLimits,
    provision::{Silent, SystemClients},
};
use workbooks_host::{Host, Shape};

/// The folder where `wbx` keeps its lanes and their code: fetching and code generation take a
/// minute, and whoever ran `wbx` has paid for it.
pub(crate) fn shared() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "whose lanes these are")]
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    folder("WBX_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("workbooks")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/workbooks")))
        .unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned())
}

/// Where the code is kept that was generated.
pub(crate) fn artifacts() -> PathBuf {
    shared().join("artifacts")
}

pub(crate) fn store() -> PathBuf {
    shared().join("lanes")
}

static SANDBOX: LazyLock<HostSandbox> =
    LazyLock::new(|| HostSandbox::new(Host::builder().cache(artifacts()).build().unwrap()));

#[expect(clippy::disallowed_methods, reason = "the clients are those of whoever tests")]
static CLIENTS: LazyLock<SystemClients> = LazyLock::new(|| SystemClients::new(std::env::vars_os()));

/// The lanes, with a cache of build results of the test's own.
pub(crate) fn compilers(cache: &Path) -> Compilers<'static> {
    Compilers {
        store: store(),
        cache: cache.to_owned(),
        sandbox: &*SANDBOX,
        client: &*CLIENTS,
        progress: &Silent,
    }
}

/// What runs the compilers.
pub(crate) fn sandbox() -> &'static HostSandbox {
    &SANDBOX
}

/// What fetches packages.
pub(crate) fn client() -> &'static SystemClients {
    &CLIENTS
}

/// A toolkit in a folder of its own, with a cache of its own.
pub(crate) struct Toolkit {
    root: TempDir,
    pub(crate) folder: PathBuf,
    pub(crate) request: BuildRequest,
}

impl Toolkit {
    pub(crate) fn new(shape: Shape, files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("toolkit");
        let request = BuildRequest {
            id: "test".to_owned(),
            origin: folder.clone().into(),
            lane: "c".to_owned(),
            shape,
            caps: Vec::new(),
            wit: None,
            source: Source::Folder("src".to_owned()),
            files: Vec::new(),
            include: Vec::new(),
            compile_flags: Vec::new(),
            link_flags: Vec::new(),
            entry: None,
            limits: StepLimits::default(),
            dev: false,
        };
        let toolkit = Self { root, folder, request };
        for (path, text) in files {
            toolkit.write(path, text);
        }
        toolkit
    }

    pub(crate) fn command(source: &str) -> Self {
        Self::new(Shape::Command, &[("src/main.c", source)])
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.root.path().join("cache")
    }

    pub(crate) fn build(&self) -> Result<Built, CompileError> {
        compilers(&self.cache()).build(&self.request)
    }

    /// The message of what the compiler said, or the reason why it was stopped.
    pub(crate) fn refusal(&self) -> String {
        match self.build() {
            Ok(_) => panic!("it was built"),
            Err(CompileError::Rejected { diagnostics, .. }) => {
                diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            Err(CompileError::Stopped { at, source }) => format!("{at}: {source}"),
            Err(other) => other.to_string(),
        }
    }
}
