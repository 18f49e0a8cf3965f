//! Names of files, in every language: what is no text is given to no compiler, and what a shell or
//! a command line would trip over is a name like any other.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _};

use workbooks_compilers::{CompileError, SourceError};
use workbooks_host::Shape;

use crate::{js_lane::outcome, support::Toolkit};

fn toolkit(lane: &str, files: &[(&str, &str)]) -> Toolkit {
    let mut toolkit = Toolkit::new(Shape::Command, files);
    lane.clone_into(&mut toolkit.request.lane);
    toolkit
}

#[test]
fn a_name_that_is_not_utf_8_is_refused_in_every_language() {
    for (lane, end) in [
        ("c", "c"),
        ("c", "cpp"),
        ("go", "go"),
        ("go", "s"),
        ("js", "js"),
        ("ts", "ts"),
        ("python", "py"),
    ] {
        let toolkit = toolkit(lane, &[("src/main.txt", "")]);
        let name = [&b"caf\xe9."[..], end.as_bytes()].concat();
        fs::write(toolkit.folder.join("src").join(OsStr::from_bytes(&name)), "").unwrap();
        let refused = toolkit.build().unwrap_err();
        assert!(matches!(refused, CompileError::Source(SourceError::Name { .. })), "{refused}");
    }
}

/// Builds `main` with another file of that odd name, which says 7, and runs it.
fn seven(lane: &str, (main, text): (&str, &str), end: &str, odd: &str) {
    let toolkit = toolkit(lane, &[(main, text), (&format!("src/{ODD}.{end}"), odd)]);
    let outcome = outcome(&toolkit, &[], "");
    let said = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!((outcome.ended.ok(), said.as_str()), (Some(0), "7\n"), "{lane}");
}

/// What a shell or a command line would trip over.
const ODD: &str = "-o odd 'é' $(x);=,%41";

#[test]
fn a_name_that_a_command_line_would_take_for_more_is_a_name() {
    let main = "#include <stdio.h>\nint odd(void);\nint main(void) { printf(\"%d\\n\", odd()); }\n";
    seven("c", ("src/main.c", main), "c", "int odd(void) { return 7; }\n");
    let main = "package main\n\nimport \"os\"\n\nfunc odd() int64\n\n\
                func main() { os.Stdout.Write([]byte{byte('0' + odd()), '\\n'}) }\n";
    let odd = "TEXT ·odd(SB), 4, $0-8\n\tGet SP\n\tI64Const $7\n\tI64Store ret+0(FP)\n\tRET\n";
    seven("go", ("src/main.go", main), "s", odd);
    let main = format!("import {{ odd }} from \"./{ODD}.js\";\nconsole.log(odd);\n");
    seven("js", ("src/main.js", &main), "js", "export const odd = 7;\n");
    let main = format!("import {{ odd }} from \"./{ODD}\";\nconsole.log(odd);\n");
    seven("ts", ("src/main.ts", &main), "ts", "export const odd: number = 7;\n");
}
