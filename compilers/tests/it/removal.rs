//! How a lane stands and what its removal takes, with an engine that only counts.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use workbooks_compilers::{
    CompileError, Compilers, Digest, Finished, Language, Module, Sandbox, Standing, Step,
    StepError, find,
    provision::{ClientError, PackageClient, Silent},
};

/// Remembers for which modules there is code.
#[derive(Default)]
struct Codes(Mutex<BTreeSet<Digest>>);

impl Codes {
    fn all(&self) -> std::sync::MutexGuard<'_, BTreeSet<Digest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sandbox for Codes {
    fn prepare(&self, module: &Module) -> Result<(), StepError> {
        self.all().insert(module.sha256);
        Ok(())
    }

    fn prepared(&self, module: &Module) -> Result<Option<u64>, StepError> {
        Ok(self.all().contains(&module.sha256).then_some(4096))
    }

    fn forget(&self, module: &Module) -> Result<(), StepError> {
        self.all().remove(&module.sha256);
        Ok(())
    }

    fn run(&self, _: &Step) -> Result<Finished, StepError> {
        Err(StepError::Stack)
    }
}

struct NoClient;

impl PackageClient for NoClient {
    fn fetch(
        &self,
        _: &workbooks_compilers::Package,
        _: &Path,
    ) -> Result<std::path::PathBuf, ClientError> {
        Err(ClientError::NotInstalled { program: "a client" })
    }
}

/// The C lane's folder, as by names and sizes it should be; nothing of it can be run.
fn lay_out(store: &Path) -> Module {
    let pinned = find("c").unwrap().pinned();
    let version = format!("{}-{}", pinned.package().version, &pinned.digest.to_string()[..8]);
    let folder = store.join("c").join(version);
    fs::create_dir_all(folder.join("sysroot")).unwrap();
    fs::write(folder.join("installed"), format!("{}\n", pinned.digest)).unwrap();
    let module = pinned.files().find(|file| file.name == "llvm.wasm").unwrap();
    let path = folder.join("llvm.wasm");
    fs::File::create(&path).unwrap().set_len(module.bytes).unwrap();
    Module { path, sha256: module.sha256 }
}

#[test]
fn a_lane_is_installed_when_its_code_is_there_and_gone_with_it() {
    let store = tempfile::tempdir().unwrap();
    let sandbox = Codes::default();
    let compilers = Compilers {
        store: store.path().to_owned(),
        cache: store.path().join("builds"),
        sandbox: &sandbox,
        client: &NoClient,
        progress: &Silent,
    };
    let words = || {
        let lanes = compilers.to_install(&["c", "cpp", "c"]).unwrap();
        lanes.iter().map(|lane| lane.word()).collect::<Vec<_>>()
    };
    assert_eq!(compilers.standing("c").unwrap(), Standing::Missing);
    assert_eq!((compilers.disk_bytes("c").unwrap(), words()), (None, vec!["c"]));
    let module = lay_out(store.path());
    assert_eq!(compilers.standing("c").unwrap(), Standing::Preparing);
    assert_eq!(words(), ["c"]);
    sandbox.prepare(&module).unwrap();
    assert_eq!(compilers.standing("c++").unwrap(), Standing::Installed);
    assert!(compilers.disk_bytes("c").unwrap().unwrap() >= 4096 && words().is_empty());

    assert!(compilers.remove("c", false).unwrap());
    assert!(sandbox.all().is_empty() && !module.path.exists());
    assert_eq!(compilers.standing("c").unwrap(), Standing::Missing);
    assert!(!compilers.remove("c", false).unwrap());
}

#[test]
fn a_language_without_a_lane_is_told_the_way_that_there_is() {
    let store = tempfile::tempdir().unwrap();
    let compilers = crate::support::compilers(store.path());
    for word in ["rust", "zig"] {
        let error = compilers.install(word).unwrap_err();
        let named =
            matches!(&error, CompileError::NotYet { language: Language::Rust | Language::Zig });
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(
            named && help.contains("#+BUILD_SRC: wasm:") && help.contains("#+SHA256"),
            "{help}"
        );
    }
    assert!(matches!(compilers.install("cobol"), Err(CompileError::NoLane { .. })));
}
