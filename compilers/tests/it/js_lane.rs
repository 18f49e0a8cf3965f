//! The JS lane, from its pinned source to programs.

use crate::support::compilers;

#[test]
fn the_engine_is_compiled_from_its_pinned_source() {
    let cache = tempfile::tempdir().unwrap();
    let toolchain = compilers(cache.path()).install("js").unwrap();
    for unit in ["quickjs", "libregexp", "libunicode", "dtoa"] {
        let object = std::fs::read(toolchain.path(&format!("objects/{unit}.o"))).unwrap();
        assert!(object.starts_with(b"\0asm"), "{unit}");
    }
    assert!(toolchain.path("include/quickjs.h").is_file());
    assert!(!toolchain.path("quickjs").exists());
}
