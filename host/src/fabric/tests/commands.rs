//! One command at a time.

use workbooks_bindings::engine::commands::Host as _;
use workbooks_bindings::engine::types::{CommandRequest, Output};

use super::{Hands, Scene, request};
use crate::capabilities::Commands;
use crate::capability::Refusal;

fn run(scene: &Scene, request: CommandRequest) -> Result<Output, Refusal> {
    scene.act(move |caller| async move { Hands::new(&caller, Commands).call().run(request).await })
}

#[test]
fn what_does_not_exist_or_is_no_name_is_not_found() {
    let scene = Scene::new(2, |_| {});
    for name in ["nothing", "", "cat\0", "../cat", "CAT", "secret", "cat "] {
        assert_eq!(
            run(&scene, request(name, &[], b"")).unwrap_err(),
            Refusal::NotFound,
            "{name:?}"
        );
    }
}

#[test]
fn a_tenant_is_told_its_own_names_sorted() {
    let scene = Scene::new(1, |_| {});
    let names =
        scene.act(|caller| async move { Hands::new(&caller, Commands).call().names().await });
    let names = names.unwrap();
    assert!(names.is_sorted() && names.contains(&"cat".to_owned()), "{names:?}");
    assert!(!names.contains(&"secret".to_owned()));
}

#[test]
fn a_request_that_no_program_can_be_given_is_invalid() {
    let scene = Scene::new(1, |_| {});
    let pairs = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    for refused in [
        request("cat", &["a\0b"], b""),
        CommandRequest { env: pairs("", "x"), ..request("cat", &[], b"") },
        CommandRequest { env: pairs("A=B", "x"), ..request("cat", &[], b"") },
        CommandRequest { env: pairs("A", "x\0"), ..request("cat", &[], b"") },
        CommandRequest { extra: pairs("shell", "true"), ..request("cat", &[], b"") },
    ] {
        let said = run(&scene, refused.clone());
        assert!(matches!(said, Err(Refusal::Invalid(_))), "{refused:?}: {said:?}");
    }
}

#[test]
fn arguments_are_given_as_they_are_and_never_read_by_a_shell() {
    let scene = Scene::new(1, |_| {});
    let argv = ["$(id)", "; rm -rf /", "a b", "", "*", "\"'`"];
    let output = run(&scene, request("args", &argv, b"")).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let given: Vec<_> = said.strip_suffix('\0').unwrap().split('\0').collect();
    assert_eq!(given, ["args", "$(id)", "; rm -rf /", "a b", "", "*", "\"'`"]);
}

#[test]
fn input_goes_in_output_and_status_come_out() {
    let scene = Scene::new(1, |_| {});
    let input: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let output = run(&scene, request("cat", &[], &input)).unwrap();
    assert!(output.stdout == input && output.status == 0 && !output.truncated);
    let output = run(&scene, request("fail", &[], b"")).unwrap();
    assert_eq!((output.status, output.stdout.as_slice()), (3, &b"wrong"[..]));
}

#[test]
fn the_environment_is_the_commands_own_and_the_requests_and_no_callers() {
    let scene = Scene::new(1, |_| {});
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let env = vec![pair("OWN", "stolen"), pair("ASKED", "1")];
    let output = run(&scene, CommandRequest { env, ..request("env", &[], b"") }).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "ASKED=1\0OWN=env\0");
}

#[test]
fn output_over_the_cap_is_cut_and_said_to_be() {
    let scene = Scene::new(1, |limits| limits.output_bytes = 5_000);
    let output = run(&scene, request("flood", &[], b"")).unwrap();
    assert_eq!((output.stdout.len(), output.truncated, output.status), (5_000, true, 74));
}

#[test]
fn a_trap_is_told_without_a_word_of_the_host() {
    let scene = Scene::new(1, |_| {});
    let Err(Refusal::Unavailable(why)) = run(&scene, request("trap", &[], b"")) else { panic!() };
    assert!(why.contains("unreachable") && !why.contains('/'), "{why}");
}

#[test]
fn a_guest_of_the_wire_protocol_runs_commands_and_an_answer_that_does_not_fit_is_refused_whole() {
    let scene = Scene::new(1, |_| {});
    assert_eq!(run(&scene, request("nested", &[], b"")).unwrap().stdout, b"hi");
    let reply = run(&scene, request("map", &[], b"")).unwrap().stdout;
    assert_eq!(reply, b"\x02\0\0\0\x01\0\0\0a\x02\0\0\0bc");
    assert_eq!(run(&scene, request("cramped", &[], b"")).unwrap().status, 1);
}

#[test]
fn a_second_run_is_linked_from_memory_and_bound_to_the_same_account() {
    let scene = Scene::new(1, |_| {});
    for _ in 0..100 {
        assert_eq!(run(&scene, request("cat", &[], b"x")).unwrap().stdout, b"x");
    }
    assert!(scene.caller.account().cpu() > std::time::Duration::ZERO);
}
