//! The precompiled header of C++: `<iostream>`, which is most of what a small program reads, read
//! once when the compiler is installed; and which sources may be compiled after it.
//!
//! A source may if it includes `<iostream>` itself, before all else but comments and other headers
//! in `<>`, and is compiled with nothing but our own flags: the order in which headers of the
//! library are included makes no difference, so what comes out is the same.

use std::fs;

use super::{COMPILE, COMPILE_CXX, SYSROOT, words};
use crate::{
    compile_error::CompileError,
    lane::Deriving,
    provision::{Stage, unpack::private_folder},
    sandbox::{Module, Step, StepLimits, StepMount},
};

/// The folder of the compiler that holds it, and where a step sees that.
pub(super) const FOLDER: &str = "precompiled";
pub(super) const GUEST: &str = "/precompiled/";
const FILE: &str = "iostream.pch";

const HEADER: &str = "#include <iostream>\n";
/// As on the first attempt at a unit; without times, so that a store can be moved.
const FLAGS: &[&str] =
    &["-fno-gnu-inline-asm", "-x", "c++-header", "-Xclang", "-fno-pch-timestamp"];

/// What goes into it besides the pins.
pub(super) fn recipe() -> String {
    format!("{GUEST}{HEADER} {COMPILE:?} {COMPILE_CXX:?} {FLAGS:?}")
}

/// The flags that compile a unit after it.
pub(super) fn flags() -> Vec<String> {
    words(["-Xclang", "-include-pch", "-Xclang", &format!("{GUEST}{FILE}")])
}

/// Makes it.
pub(super) fn derive(deriving: &Deriving<'_>, module: Module) -> Result<String, CompileError> {
    deriving.progress.stage(&Stage::Preparing { lane: "c".to_owned() });
    // It stands beside what is made of it: clang looks whether it is still the same.
    let folder = deriving.folder.join(FOLDER);
    private_folder(&folder)?;
    fs::write(folder.join("iostream.hpp"), HEADER)?;
    let mut args = words(["yowasp-llvm", "clang"]);
    args.extend(
        [COMPILE, COMPILE_CXX, FLAGS].iter().flat_map(|flags| words(flags.iter().copied())),
    );
    args.extend(words(["-o", "-", &format!("{GUEST}iostream.hpp")]));
    let mount = |host, guest: &str| StepMount { host, guest: guest.to_owned(), writable: false };
    let step = Step {
        module,
        args,
        env: Vec::new(),
        stdin: Vec::new(),
        mounts: vec![
            mount(deriving.folder.join(SYSROOT), "/usr"),
            mount(folder.clone(), GUEST.trim_end_matches('/')),
        ],
        limits: StepLimits::default(),
    };
    let stopped = |source| CompileError::Stopped { at: HEADER.trim().to_owned(), source };
    let finished = deriving.sandbox.run(&step).map_err(stopped)?;
    if finished.status != 0 {
        let what = String::from_utf8_lossy(&finished.stderr).into_owned();
        return Err(CompileError::Derive { what });
    }
    fs::write(folder.join(FILE), finished.stdout)?;
    Ok(FOLDER.to_owned())
}

/// Whether a source may be compiled after it.
pub(super) fn fits(source: &[u8]) -> bool {
    let Ok(mut rest) = std::str::from_utf8(source) else { return false };
    loop {
        rest = rest.trim_ascii_start();
        if let Some(comment) = rest.strip_prefix("/*") {
            let Some((_, after)) = comment.split_once("*/") else { return false };
            rest = after;
            continue;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        // A line that goes on may hide anything.
        if line.trim_ascii_end().ends_with('\\') {
            return false;
        }
        if line.starts_with("//") {
            continue;
        }
        match included(line) {
            Some("iostream") => return true,
            Some(_) => {}
            None => return false,
        }
    }
}

/// The header of a line that includes one in `<>` and says nothing else.
fn included(line: &str) -> Option<&str> {
    let name = line.strip_prefix('#')?.trim_ascii_start().strip_prefix("include")?;
    let (name, after) = name.trim_ascii_start().strip_prefix('<')?.split_once('>')?;
    let after = after.trim_ascii();
    (after.is_empty() || after.starts_with("//")).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_comes_before_its_headers_is_never_reordered() {
        for source in [
            "",
            "int a;\n#include <iostream>",
            "#define A\n#include <iostream>",
            "#include \"a.h\"\n#include <iostream>",
            "#include <map> int a;\n#include <iostream>",
            "// a \\\n#include <iostream>",
            "#if 0\n#include <iostream>",
            "/* #include <iostream>",
            "#include_next <iostream>",
            "#include <vector>\n",
        ] {
            assert!(!fits(source.as_bytes()), "{source}");
        }
        assert!(!fits(b"\xff#include <iostream>"));
    }

    #[test]
    fn a_source_that_includes_it_first_fits() {
        for source in [
            "#include <iostream>",
            "// a\n/* b\n */ #  include<map> // c\n\n#include <iostream>\nint a;",
        ] {
            assert!(fits(source.as_bytes()), "{source}");
        }
    }

    proptest! {
        #[test]
        fn no_source_makes_it_panic(source in "(#include|<|>|iostream|/\\*|\\*/|//|\n|\\\\|.){0,30}") {
            fits(source.as_bytes());
        }
    }
}
