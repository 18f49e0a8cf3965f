//! Memory and CPU time of a run and its children together.

use std::time::{Duration, Instant};

use workbooks_bindings::engine::commands::Host as _;
use workbooks_bindings::engine::exec::HostProcess as _;

use super::{Hands, Scene, all_ended, request};
use crate::admission::Kind;
use crate::capabilities::{Commands, Exec};
use crate::capability::Refusal;

#[test]
fn two_children_of_40_mebibytes_do_not_fit_into_64() {
    let scene = Scene::new(2, |limits| limits.memory = 64 << 20);
    scene.act(|caller| async move {
        let mut exec = Hands::new(&caller, Exec);
        let first = exec.call().spawn(request("hog", &[], b"")).await.unwrap();
        let borrowed = wasmtime::component::Resource::new_borrow(first.rep());
        let stdout = exec.call().stdout(borrowed).await.unwrap();
        let said = exec.table.get_mut(&stdout).unwrap().blocking_read(1).await.unwrap();
        assert_eq!(said, "!");
        let second = Hands::new(&caller, Commands).call().run(request("hog", &[], b"")).await;
        let Err(Refusal::Unavailable(why)) = second else { panic!("{second:?}") };
        assert!(why.contains("shares"), "{why}");
        // What is given back is there for the next.
        exec.call().drop(first).await.unwrap();
        all_ended(&caller, Kind::Process).await;
        let third = Hands::new(&caller, Commands).call().run(request("hog", &[], b"")).await;
        assert_eq!(third.unwrap().stdout, b"!");
        assert!(caller.account().peak() < 64 << 20);
    });
}

#[test]
fn one_after_the_other_children_have_no_more_cpu_time_than_their_caller() {
    let scene = Scene::new(2, |limits| limits.cpu_time = Duration::from_millis(300));
    scene.act(|caller| async move {
        let mut commands = Hands::new(&caller, Commands);
        let first = commands.call().run(request("spin", &[], b"")).await;
        assert!(matches!(first, Err(Refusal::Unavailable(why)) if why.contains("CPU time")));
        assert!(Duration::from_millis(300) <= caller.account().cpu());
        let began = Instant::now();
        let second = commands.call().run(request("spin", &[], b"")).await;
        let Err(Refusal::Unavailable(why)) = second else { panic!("{second:?}") };
        assert!(why.contains("CPU time that it shares"), "{why}");
        assert!(began.elapsed() < Duration::from_millis(200), "it had a budget of its own");
    });
}
