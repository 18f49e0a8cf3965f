//! The glue between JavaScript and a world, on the real engine.

use std::{fs, path::{Path, PathBuf}};

use crate::clang;

const QUICKJS: &[&str] = &["quickjs", "libregexp", "libunicode", "dtoa"];
const FLAGS: &[&str] = &[
    "-D_GNU_SOURCE",
    "-D_WASI_EMULATED_PROCESS_CLOCKS",
    "-D_WASI_EMULATED_SIGNAL",
    "-funsigned-char",
    "-fwrapv",
    "-Wno-everything",
];

fn engine() -> PathBuf {
    let folder = PathBuf::from("/tmp/x/glue/engine");
    for name in QUICKJS {
        let object = folder.join(format!("{name}.o"));
        if !object.exists() {
            fs::write(object, clang::compile(&folder, &format!("{name}.c"), FLAGS).unwrap()).unwrap();
        }
    }
    folder
}

#[test]
fn the_engine_is_compiled() {
    assert!(engine().join("dtoa.o").exists());
}
