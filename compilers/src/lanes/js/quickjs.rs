//! QuickJS-ng from its pinned source: patched, then compiled by the C lane.

use std::{fs, path::Path};

use crate::{
    compile_error::CompileError,
    lane::Deriving,
    lanes::clang::Clang,
    provision::{Stage, unpack::private_folder},
};

/// The folder of the objects in the toolchain.
pub(crate) const OBJECTS: &str = "objects";
/// The folder of what a C file that uses them includes.
pub(crate) const INCLUDE: &str = "include";
/// What a module is linked from besides its own objects.
pub(crate) const UNITS: [&str; 4] = ["quickjs", "libregexp", "libunicode", "dtoa"];
/// What a module with these objects is linked with.
pub(crate) const LIBRARIES: [&str; 2] =
    ["-lwasi-emulated-process-clocks", "-lwasi-emulated-signal"];

/// Upstream's flags for WASI.
pub(crate) const FLAGS: [&str; 7] = [
    "-D_GNU_SOURCE",
    "-D_WASI_EMULATED_PROCESS_CLOCKS",
    "-D_WASI_EMULATED_SIGNAL",
    "-DNDEBUG",
    "-funsigned-char",
    "-fwrapv",
    "-Wno-everything",
];

/// Before 0.17, upstream checks no stack on WASI, so that endless recursion would end the instance;
/// with its own check it is a `RangeError`.
const PATCHES: [(&str, &str); 2] = [
    ("#ifdef __wasi__\n    rt->stack_size = 0;\n#endif\n", ""),
    ("#if defined(__wasi__)\n    rt->stack_limit = 0; /* no limit */\n#else\n", "#if 1\n"),
];

/// What a source says that checks the stack everywhere, and is compiled as it is.
const CHECKED: &str = "rt->stack_top < rt->stack_size";

/// What goes into the objects besides the pinned source.
pub(crate) fn recipe() -> String {
    format!("1 {FLAGS:?} {PATCHES:?} {CHECKED}")
}

/// Makes [`OBJECTS`] and [`INCLUDE`] of the folder `quickjs`.
pub(crate) fn derive(deriving: &Deriving<'_>, clang: &Clang<'_>) -> Result<(), CompileError> {
    let source = deriving.folder.join("quickjs");
    let path = source.join("quickjs.c");
    fs::write(&path, patched(&fs::read_to_string(&path)?)?)?;
    let objects = deriving.folder.join(OBJECTS);
    private_folder(&objects)?;
    for (done, unit) in UNITS.iter().enumerate() {
        let file = format!("{unit}.c");
        let stage = Stage::Compiling { file: file.clone(), done, of: UNITS.len() };
        deriving.progress.stage(&stage);
        let mounts: [(&Path, &str); 1] = [(&source, "/quickjs")];
        let object = clang.compile(&format!("/quickjs/{file}"), &FLAGS, &mounts)?;
        fs::write(objects.join(format!("{unit}.o")), object)?;
    }
    let include = deriving.folder.join(INCLUDE);
    private_folder(&include)?;
    fs::copy(source.join("quickjs.h"), include.join("quickjs.h"))?;
    // One of the packages has the licence in the header alone.
    let licence = source.join("LICENSE");
    if licence.exists() {
        fs::copy(licence, include.join("LICENSE"))?;
    }
    Ok(())
}

fn patched(source: &str) -> Result<String, CompileError> {
    let mut text = source.to_owned();
    if text.contains(CHECKED) && !PATCHES.iter().any(|(anchor, _)| text.contains(anchor)) {
        return Ok(text);
    }
    for (anchor, instead) in PATCHES {
        let count = text.matches(anchor).count();
        if count != 1 {
            let what = format!("quickjs.c has {count} times, not once: {anchor:?}");
            return Err(CompileError::Derive { what });
        }
        text = text.replace(anchor, instead);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_in_which_a_patch_has_no_single_place_is_refused() {
        let whole: String = PATCHES.iter().map(|(anchor, _)| *anchor).collect();
        assert_eq!(patched(&whole).unwrap(), "#if 1\n");
        assert_eq!(patched(CHECKED).unwrap(), CHECKED);
        for broken in [
            String::new(),
            whole.replace("stack_limit", ""),
            whole.repeat(2),
            CHECKED.to_owned() + PATCHES[0].0,
        ] {
            assert!(matches!(patched(&broken), Err(CompileError::Derive { .. })));
        }
    }
}
