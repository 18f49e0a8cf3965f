//! What a caller had made.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use workbooks_bindings::engine::types::{CommandRequest, Output};

use super::{Hands, Scene, guests, request};
use crate::admission::Account;
use crate::capabilities::Commands;
use crate::capability::Refusal;
use crate::fabric::Made;
use crate::policy::Limits;
use crate::toolkit::Shape;

fn made(name: &str) -> Made {
    let (_, wat) = guests::all().into_iter().find(|(known, _)| *known == name).unwrap();
    Made::wasm(wat::parse_str(wat).unwrap(), Shape::Command)
}

fn digest(made: &Made) -> String {
    crate::hex(&Sha256::digest(made.file(1 << 20).unwrap()))
}

fn run(
    scene: &Scene,
    made: Made,
    caps: &[&str],
    request: CommandRequest,
) -> Result<Output, Refusal> {
    let caps: Vec<_> = caps.iter().map(|&word| word.to_owned()).collect();
    scene.act(move |caller| async move {
        let mut hands = Hands::new(&caller, Commands);
        let call = hands.call().admit("run")?;
        made.run(&call, &caps, request).await
    })
}

#[test]
fn what_the_caller_lacks_is_denied_by_name() {
    let scene = Scene::granted(1, &["commands"], |_| {});
    let said = run(&scene, made("cat"), &["commands", "net", "vfs"], request("x", &[], b""));
    assert_eq!(said.unwrap_err(), Refusal::Denied("the caller was not granted: net vfs".into()));
}

#[test]
fn what_is_not_named_is_not_linked_though_the_caller_has_it() {
    let scene = Scene::new(1, |_| {});
    let Err(Refusal::Denied(why)) = run(&scene, made("nested"), &[], request("x", &[], b"")) else {
        panic!("it had `commands`")
    };
    assert!(why.contains("commands"), "{why}");
    let output = run(&scene, made("nested"), &["commands"], request("x", &[], b"")).unwrap();
    assert_eq!(output.stdout, b"hi");
}

#[test]
fn another_shape_and_no_program_at_all_are_refused() {
    let scene = Scene::new(1, |_| {});
    let tools = Made::wasm(made("cat").file(1 << 20).unwrap(), Shape::Component);
    let said = run(&scene, tools, &[], request("x", &[], b"")).unwrap_err();
    assert_eq!(said, Refusal::Invalid("it is a component and not a command".into()));
    let nothing = Made::wasm(*b"\0asm\x01\0\0\0", Shape::Command);
    let said = run(&scene, nothing, &[], request("x", &[], b"")).unwrap_err();
    assert_eq!(said, Refusal::Unavailable("`the program` cannot be prepared".into()));
}

#[test]
fn what_exports_no_tools_cannot_be_called() {
    let scene = Scene::new(1, |_| {});
    let said = scene.act(|caller| async move {
        let mut hands = Hands::new(&caller, Commands);
        let call = hands.call().admit("call")?;
        let empty = Made::wasm(wat::parse_str("(component)").unwrap(), Shape::Component);
        empty.call(&call, &[], "tool", "{}").await.map(|_| ())
    });
    assert_eq!(said, Err(Refusal::Invalid("it exports no tools".into())));
}

#[test]
fn an_engine_is_run_with_the_program_attached_or_beside_it_and_code_is_kept_for_it_alone() {
    let scene = Scene::new(1, |_| {});
    let folder = tempfile::tempdir().unwrap();
    let engine = folder.path().join("engine.wasm");
    let (cat, sha256) = (made("cat").file(1 << 20).unwrap(), digest(&made("cat")));
    std::fs::write(&engine, &cat).unwrap();
    let program = Made::interpreted(&engine, sha256, *b"a program", Shape::Command);
    let output = run(&scene, program.clone(), &[], request("x", &[], b"in"));
    assert_eq!(output.unwrap().stdout, b"in");
    let file = program.file(1 << 20).unwrap();
    assert_eq!(crate::adapt::detach_program(&file), (&cat[..], &b"a program"[..]));
    assert_eq!(program.file(8).unwrap_err(), Refusal::TooLarge(8));
    std::fs::write(&engine, "another").unwrap();
    assert!(matches!(program.file(1 << 20), Err(Refusal::Unavailable(_))));
}

#[test]
fn one_who_makes_much_neither_fills_the_memory_nor_takes_the_place_of_commands() {
    let scene = Scene::new(1, |_| {});
    let nested = run(&scene, made("nested"), &["commands"], request("x", &[], b""));
    assert_eq!(nested.unwrap().stdout, b"hi");
    let (installed, one) = scene.host.0.fabric.children.counts();
    assert_eq!((installed - one, one), (1, 1));
    for other in 0..10 {
        let wat = format!("(module (memory (export \"memory\") 1) (func (export \"_start\")) (@custom \"{other}\" \"\"))");
        let other = Made::wasm(wat::parse_str(wat).unwrap(), Shape::Command);
        run(&scene, other, &[], request("x", &[], b"")).unwrap();
    }
    assert_eq!(scene.host.0.fabric.children.counts(), (installed + 7, 8));
}

#[test]
fn it_is_no_deeper_than_any_child() {
    let scene = Scene::new(1, |_| {});
    let mut account = scene.caller.account().clone();
    for _ in 0..8 {
        account = Account::of_run(&account, &Limits::default());
    }
    let caller = scene.caller_with(account);
    let said = scene.host.spawn(async move {
        let mut hands = Hands::new(&caller, Commands);
        let call = hands.call().admit("run")?;
        made("cat").run(&call, &[], request("x", &[], b"")).await
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(said).unwrap().unwrap_err(), Refusal::Quota(8));
}

#[test]
fn a_withdrawn_grant_ends_it() {
    let scene = Scene::new(2, |limits| limits.operation_deadline = Duration::from_mins(1));
    let host = scene.host.clone();
    let said = scene.act(move |caller| async move {
        let mut exec = Hands::new(&caller, Commands);
        let call = exec.call().admit("run")?;
        let endless = made("spin");
        let (said, ()) = tokio::join!(endless.run(&call, &[], request("x", &[], b"")), async {
            tokio::task::spawn_blocking(move || host.revoke("caller")).await.unwrap();
        });
        said
    });
    assert_eq!(said.unwrap_err(), Refusal::Revoked);
}

#[test]
fn its_time_its_code_and_its_environment_are_the_callers_and_the_requests() {
    let scene = Scene::new(1, |limits| limits.cpu_time = Duration::from_secs(3));
    let env = vec![("ASKED".to_owned(), "1".to_owned())];
    let asked = CommandRequest { env, ..request("x", &[], b"") };
    assert_eq!(run(&scene, made("env"), &[], asked).unwrap().stdout, b"ASKED=1\0");
    let output = run(&scene, made("args"), &[], request("x", &["a b"], b"")).unwrap();
    assert_eq!(output.stdout, b"x\0a b\0");
    assert!(scene.caller.account().cpu() > Duration::ZERO);
    let said = run(&scene, made("spin"), &[], request("x", &[], b""));
    assert!(matches!(said, Err(Refusal::Unavailable(why)) if why.contains("CPU time")));
    assert!(scene.caller.account().cpu() >= Duration::from_secs(3));
}
