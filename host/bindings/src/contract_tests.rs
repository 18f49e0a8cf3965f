//! The rules of the contract, on small packages that break one each.

use wit_parser::Resolve;

use crate::contract::Contract;

/// A package that keeps every rule; each test changes one line of it.
const SOUND: &str = r"
package workbooks:engine@0.1.0;
interface types { variant error { revoked, other(string) } }
interface log { write: func(message: string); }
/// Pairs. They outlive the instance.
interface kv { use types.{error}; get: func(key: string) -> result<string, error>; }
interface queue { resource lease; use types.{error}; record message { body: string } pop: func() -> result<message, error>; }
world base { import log; }
world cap-kv { import kv; }
world cap-queue { import queue; }
/// @memory 64MiB @time 5s
world profile-small { include base; include cap-kv; }
world engine { include profile-small; include cap-queue; }
";

fn read(text: &str) -> Result<Contract, String> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("fixture.wit", text).map_err(|why| format!("{why:#}"))?;
    Contract::read(&resolve, package)
}

fn broken(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "the fixture has no `{from}`");
    read(&SOUND.replace(from, to)).unwrap_err()
}

#[test]
fn a_sound_package_gives_its_tables() {
    let contract = read(SOUND).unwrap();
    assert_eq!(contract.package, "workbooks:engine@0.1.0");
    assert_eq!(contract.base.iter().collect::<Vec<_>>(), ["workbooks:engine/log@0.1.0"]);
    let kv = &contract.capabilities["kv"];
    assert_eq!(kv.summary, "Pairs.");
    assert_eq!(kv.interfaces.iter().collect::<Vec<_>>(), ["workbooks:engine/kv@0.1.0"]);
    let small = &contract.profiles["small"];
    assert_eq!(small.capabilities.iter().collect::<Vec<_>>(), ["kv"]);
    assert_eq!((small.memory, small.time), (64 << 20, 5000));
    assert_eq!(contract.interfaces["workbooks:engine/kv@0.1.0"].functions, ["get"]);
    let queue = &contract.interfaces["workbooks:engine/queue@0.1.0"];
    assert_eq!(queue.resources, ["lease"]);
}

#[test]
fn an_import_of_engine_that_no_capability_owns_is_refused() {
    let why = broken(
        "include cap-queue; }",
        "include cap-queue; import stray; } interface stray { f: func(); }",
    );
    assert!(why.contains("workbooks:engine/stray@0.1.0"), "{why}");
}

#[test]
fn a_use_that_widens_a_grant_is_refused() {
    let why = broken(
        "interface kv { use types.{error};",
        "interface kv { use types.{error}; use queue.{message};",
    );
    assert!(why.contains("a `use` widens a grant"), "{why}");
}

#[test]
fn a_function_that_cannot_say_revoked_is_refused() {
    for to in ["-> string;", "-> result<string>;", "-> result<string, string>;", ";"] {
        let why = broken("-> result<string, error>;", to);
        assert!(why.contains("`kv.get` does not return `result<_, error>`"), "{to}: {why}");
    }
}

#[test]
fn a_profile_without_well_formed_limits_is_refused() {
    for to in [
        "/// Small.",
        "/// @memory 64 MiB @time 5s",
        "/// @memory 64MB @time 5s",
        "/// @time 5s @memory 64MiB",
        "/// @memory 64MiB @time 5s ",
        "/// @memory 0MiB @time 5s",
        "/// @memory +64MiB @time 5s",
        "/// @memory 64MiB @time 5s @cpu 1",
    ] {
        // The parser trims the end of a documentation line, so that one is sound.
        let trimmed = to.ends_with("5s ");
        let read = read(&SOUND.replace("/// @memory 64MiB @time 5s", to));
        assert_eq!(read.is_ok(), trimmed, "{to:?}: {read:?}");
    }
}

#[test]
fn all_broken_rules_are_reported_at_once() {
    let text = SOUND.replace("-> result<string, error>;", ";").replace("@time 5s", "");
    let why = read(&text).unwrap_err();
    assert_eq!(why.lines().count(), 2, "{why}");
}
