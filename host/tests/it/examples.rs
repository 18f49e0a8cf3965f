//! The examples for embedders do what they say.

#[expect(unreachable_pub, reason = "an example's `main`, called from here")]
#[path = "../../examples/own_capability.rs"]
mod own_capability;
#[expect(unreachable_pub, reason = "an example's `main`, called from here")]
#[path = "../../examples/run_toolkit.rs"]
mod run_toolkit;

#[test]
fn a_toolkit_runs_in_thirty_lines() {
    run_toolkit::main().unwrap();
}

#[test]
fn a_capability_from_outside_passes_the_gate() {
    own_capability::main().unwrap();
}
