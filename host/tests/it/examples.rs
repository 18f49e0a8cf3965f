//! The examples for embedders do what they say; cargo builds them beside the tests.

use std::process::{Command, Output};

fn run(example: &str) -> Output {
    let tests = std::env::current_exe().unwrap();
    let built = tests.ancestors().nth(2).unwrap().join("examples").join(example);
    #[expect(clippy::disallowed_methods, reason = "an example is a program")]
    Command::new(built).output().unwrap()
}

#[test]
fn a_toolkit_runs_in_thirty_lines() {
    let output = run("run_toolkit");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_capability_from_outside_passes_the_gate() {
    let output = run("own_capability");
    assert!(output.status.success(), "{output:?}");
}
