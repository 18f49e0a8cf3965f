//! The Go lane: Go's own compiler, assembler and linker as wasm, and a planner of ours in place of
//! `go build`, which cannot start processes in the sandbox.
//!
//! A program is planned (`plan.rs`), compiled package by package (`compile.rs`, `assembly.rs`) and
//! linked. There is no cgo; modules come from the vendor folder.

mod assembly;
mod bindings;
mod compile;
mod derive;
mod patches;
mod plan;
mod step;

use std::{path::Path, sync::LazyLock};

use workbooks_host::Shape;

use crate::{
    bindings::Generated,
    compile_error::CompileError,
    lane::{Code, Deriving, Job, Kind, Lane},
    sandbox::Module,
    toolchain::{Pinned, Toolchain},
};

/// The lane.
pub(super) struct Go;

/// The modules that are derived, and the folder with the standard library; in it, the one with
/// the headers that assembly includes.
const ASM: &str = "asm.wasm";
const COMPILE: &str = "compile.wasm";
const LINK: &str = "link.wasm";
const PLAN: &str = "plan.wasm";
const STD: &str = "std";
const INCLUDE: &str = "include";

/// The wheel of this machine; the others hold the same sources and another native compiler.
#[cfg(target_arch = "aarch64")]
const PLATFORM: &str = "manylinux_2_17_aarch64";
#[cfg(not(target_arch = "aarch64"))]
const PLATFORM: &str = "manylinux_2_17_x86_64";

static PINNED: LazyLock<Pinned> = LazyLock::new(|| {
    let mut pinned =
        Pinned::parse(include_str!("../../../lanes/go.toml")).expect("a test reads it");
    pinned.sources.retain(|source| source.package.platform.as_deref() == Some(PLATFORM));
    pinned.made_by(derive::parts())
});

impl Lane for Go {
    fn word(&self) -> &'static str {
        "go"
    }

    fn kind(&self) -> Kind {
        Kind::ToWasm
    }

    fn pinned(&self) -> &'static Pinned {
        &PINNED
    }

    fn derive(&self, deriving: &Deriving<'_>) -> Result<Vec<String>, CompileError> {
        derive::all(deriving)
    }

    fn modules(&self, toolchain: &Toolchain) -> Vec<Module> {
        [PLAN, COMPILE, ASM, LINK].iter().filter_map(|name| toolchain.module(name)).collect()
    }

    fn compiles(&self, path: &str) -> bool {
        Path::new(path).extension().is_some_and(|end| end == "go") && !path.ends_with("_test.go")
    }

    fn recipe(&self) -> String {
        let ours = bindings::ours_digest().short();
        let flags = [assembly::FLAGS, compile::FLAGS, compile::LINK_FLAGS];
        format!("2 {ours} {flags:?}")
    }

    fn bindings(&self, world: &str) -> Result<Vec<Generated>, CompileError> {
        bindings::of(world)
    }

    fn build(&self, job: &Job<'_>) -> Result<Code, CompileError> {
        if !matches!(job.shape, Shape::Command | Shape::Component) {
            return Err(CompileError::NoShape { lane: self.word(), shape: job.shape });
        }
        let steps = step::Steps::new(job)?;
        let packages = plan::of(&steps)?;
        let linked = compile::program(&steps, &packages)?;
        assembly::check(&steps, &packages, &linked)?;
        Ok(Code::Wasm(bindings::typed(job.bindings, linked)?))
    }
}
