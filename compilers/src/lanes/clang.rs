//! clang and wasm-ld over pinned sources and our own, for the lanes whose engines are C.

use std::path::Path;

use crate::{
    compile_error::CompileError,
    sandbox::{Sandbox, Step, StepLimits, StepMount},
    toolchain::Toolchain,
};

/// Where wasi-libc's libraries stand in the sandbox.
const LIBRARIES: &str = "/usr/lib/wasm32-wasip1";
/// What clang's own code calls.
const BUILTINS: &str = "/usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a";

/// The C lane's compiler, as other lanes use it.
pub(crate) struct Clang<'a> {
    /// The C lane's.
    pub(super) toolchain: &'a Toolchain,
    /// Runs it.
    pub(super) sandbox: &'a dyn Sandbox,
    /// Of each step.
    pub(super) limits: StepLimits,
}

impl Clang<'_> {
    /// The object of one C file.
    pub(super) fn compile(
        &self,
        file: &str,
        flags: &[&str],
        mounts: &[(&Path, &str)],
    ) -> Result<Vec<u8>, CompileError> {
        let args = ["clang", "-c", "-O2", "-std=gnu23"].iter().chain(flags);
        self.run(file, args.chain(&["-o", "-", file]), mounts)
    }

    /// The module of some objects, with libc but without a start file: it starts where `flags`
    /// say.
    pub(super) fn link(
        &self,
        objects: &[String],
        flags: &[&str],
        mounts: &[(&Path, &str)],
    ) -> Result<Vec<u8>, CompileError> {
        let library = format!("-L{LIBRARIES}");
        let before = ["wasm-ld", "-m", "wasm32", "--stack-first", "--strip-debug", &library];
        let objects = objects.iter().map(String::as_str);
        let after = ["-lc", BUILTINS, "-o", "-"];
        let args = before.into_iter().chain(flags.iter().copied()).chain(objects).chain(after);
        self.run("the link", args, mounts)
    }

    fn run(
        &self,
        at: &str,
        args: impl IntoIterator<Item = impl AsRef<str>>,
        mounts: &[(&Path, &str)],
    ) -> Result<Vec<u8>, CompileError> {
        let broken = |what: String| CompileError::Derive { what };
        let module = self.toolchain.module("llvm.wasm");
        let module = module.ok_or_else(|| broken("the C lane has no module".to_owned()))?;
        let sysroot = self.toolchain.path("sysroot");
        let mount = |(host, guest): (&Path, &str)| StepMount {
            host: host.to_owned(),
            guest: guest.to_owned(),
            writable: false,
        };
        let program = std::iter::once("yowasp-llvm".to_owned());
        let step = Step {
            module,
            args: program.chain(args.into_iter().map(|arg| arg.as_ref().to_owned())).collect(),
            env: Vec::new(),
            stdin: Vec::new(),
            mounts: mounts.iter().copied().chain([(&*sysroot, "/usr")]).map(mount).collect(),
            limits: self.limits,
        };
        let stopped = |source| CompileError::Stopped { at: at.to_owned(), source };
        let finished = self.sandbox.run(&step).map_err(stopped)?;
        if finished.status == 0 {
            return Ok(finished.stdout);
        }
        Err(broken(format!("{at}: {}", String::from_utf8_lossy(&finished.stderr))))
    }
}
