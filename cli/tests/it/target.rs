//! What the other target is made of.

use std::process::Command;

#[test]
#[expect(clippy::disallowed_methods, reason = "a test starts what it tests")]
fn the_wasm_build_contains_neither_the_engine_nor_a_socket_client() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", "workbooks-cli", "--edges", "normal,build"])
        .args(["--target", "wasm32-wasip1", "--prefix", "none", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.starts_with("workbooks-cli ") && tree.contains("clap "), "{tree}");
    for name in [
        "reqwest",
        "hyper",
        "wasmtime",
        "rusqlite",
        "tokio",
        "workbooks-host",
        "workbooks-compilers",
    ] {
        assert!(
            !tree.lines().any(|line| line.starts_with(&format!("{name} "))),
            "{name} is in:\n{tree}"
        );
    }
}
