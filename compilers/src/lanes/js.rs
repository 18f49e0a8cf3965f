//! The JS lane: QuickJS-ng as wasm, made by the C lane; a program is interpreted by it.

use std::{sync::LazyLock, time::Duration};

use crate::{
    bindings::Generated,
    compile_error::CompileError,
    lane::{Code, Deriving, Job, Kind, Lane},
    lanes::{c::C, clang::Clang},
    sandbox::StepLimits,
    toolchain::Pinned,
};

pub(crate) mod quickjs;

/// The lane.
pub(super) struct Js;

static PINNED: LazyLock<Pinned> = LazyLock::new(|| {
    let pinned = Pinned::parse(include_str!("../../lanes/js.toml")).expect("a test reads it");
    pinned.made_by([C.pinned().digest.as_ref(), quickjs::recipe().as_bytes()])
});

/// One file of QuickJS takes 25 s and 200 MiB.
const DERIVING: StepLimits =
    StepLimits { memory: 1 << 30, cpu: Duration::from_mins(3), output: 64 << 20, wall: None };

impl Lane for Js {
    fn word(&self) -> &'static str {
        "js"
    }

    fn kind(&self) -> Kind {
        Kind::Run
    }

    fn pinned(&self) -> &'static Pinned {
        &PINNED
    }

    fn derive(&self, deriving: &Deriving<'_>) -> Result<Vec<String>, CompileError> {
        let [toolchain] = deriving.needs else {
            return Err(CompileError::Derive { what: "the JS lane needs the C lane".to_owned() });
        };
        let clang = Clang { toolchain, sandbox: deriving.sandbox, limits: DERIVING };
        quickjs::derive(deriving, &clang)?;
        Ok([quickjs::OBJECTS, quickjs::INCLUDE].map(str::to_owned).into())
    }

    fn compiles(&self, path: &str) -> bool {
        [".js", ".mjs", ".cjs"].iter().any(|extension| path.ends_with(extension))
    }

    fn recipe(&self) -> String {
        "1".to_owned()
    }

    fn bindings(&self, _: &str) -> Result<Vec<Generated>, CompileError> {
        Ok(Vec::new())
    }

    fn build(&self, _: &Job<'_>) -> Result<Code, CompileError> {
        Err(CompileError::Derive { what: "the JS lane builds nothing yet".to_owned() })
    }
}
