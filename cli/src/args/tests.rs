//! The words of the command line, read and refused.

use super::*;

fn run(args: &[&str]) -> Result<Run, String> {
    let all = ["wbx", "toolkit", "run"].iter().chain(args);
    match Args::try_parse_from(all) {
        Ok(Args { verb: Some(Verb::Toolkit(Toolkit::Run(run))), .. }) => Ok(run),
        Ok(_) => Err("another verb".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn the_table_of_words_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn a_misspelt_flag_of_ours_is_not_taken_for_a_target() {
    let error = run(&["--profil", "compute", "hello"]).unwrap_err();
    assert!(error.contains("--profile"), "{error}");
    assert!(run(&[]).is_err());
}

#[test]
fn everything_after_the_target_is_the_guests() {
    let found = run(&[
        "--grant",
        "kv,vfs",
        "--grant",
        "net",
        "hello",
        "--json",
        "-x",
        "--profile",
        "--",
        "--help",
    ])
    .unwrap();
    assert_eq!(found.command, ["hello", "--json", "-x", "--profile", "--", "--help"]);
    assert_eq!(found.grant, ["kv", "vfs", "net"]);
    assert_eq!(found.profile, None);
}

#[test]
fn the_words_of_a_verb_are_found_in_a_wrong_line_too() {
    let words = |line: &str| {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Args::words(&args)
    };
    assert_eq!(words("wbx --json toolkit run --nope x"), "toolkit run");
    assert_eq!(words("wbx toolkit nope"), "toolkit");
    assert_eq!(words("wbx nope"), "");
}
