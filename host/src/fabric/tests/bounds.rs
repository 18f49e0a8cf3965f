//! What no caller gets past: depth, counts, sizes, deadlines, its own grant, and its end.

use std::time::{Duration, Instant};

use workbooks_bindings::engine::commands::Host as _;
use workbooks_bindings::engine::exec::HostProcess as _;

use super::super::STDIN_BYTES;
use super::{Hands, Scene, all_ended, request};
use crate::admission::{Kind, Slot};
use crate::capabilities::{Commands, Exec};
use crate::capability::Refusal;

#[test]
fn the_ninth_child_of_a_child_is_refused() {
    let scene = Scene::new(2, |_| {});
    let said = scene.act(|caller| async move {
        Hands::new(&caller, Commands).call().run(request("bomb", &[], b"")).await
    });
    // Eight are alive, and the eighth was refused its own.
    assert_eq!(said.unwrap().stdout, b".xxxxxxx");
}

#[test]
fn the_65th_command_is_refused() {
    let scene = Scene::new(1, |_| {});
    scene.act(|caller| async move {
        let mut hands = Hands::new(&caller, Commands);
        let mut held: Vec<_> =
            (0..64).map(|_| Slot::take(caller.principal(), Kind::Command).unwrap()).collect();
        let refused = hands.call().run(request("cat", &[], b"")).await;
        assert_eq!(refused.unwrap_err(), Refusal::Quota(64));
        held.pop();
        hands.call().run(request("cat", &[], b"")).await.unwrap();
        // With one place left it runs, and the child that it wants finds none.
        let said = hands.call().run(request("bomb", &[], b"")).await.unwrap();
        assert_eq!(said.stdout, b".");
    });
}

#[test]
fn the_33rd_process_is_refused_until_a_handle_is_dropped_even_if_all_have_ended() {
    let scene = Scene::new(2, |_| {});
    scene.act(|caller| async move {
        let mut hands = Hands::new(&caller, Exec);
        let mut held = Vec::new();
        for _ in 0..32 {
            held.push(hands.call().spawn(request("fail", &[], b"")).await.unwrap());
        }
        let refused = hands.call().spawn(request("fail", &[], b"")).await;
        assert_eq!(refused.unwrap_err(), Refusal::Quota(32));
        let last = held.pop().unwrap();
        hands.call().drop(last).await.unwrap();
        loop {
            match hands.call().spawn(request("fail", &[], b"")).await {
                Ok(_) => return,
                Err(refused) => assert_eq!(refused, Refusal::Quota(32)),
            }
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn an_input_over_four_mebibytes_is_too_large_and_one_at_it_is_not() {
    let scene = Scene::new(1, |limits| limits.output_bytes = 9 << 20);
    scene.act(|caller| async move {
        let most = vec![7; STDIN_BYTES];
        let output = Hands::new(&caller, Commands).call().run(request("cat", &[], &most)).await;
        assert_eq!(output.unwrap().stdout.len(), STDIN_BYTES);
        let over = request("cat", &[], &vec![7; STDIN_BYTES + 1]);
        let too_large = Refusal::TooLarge(STDIN_BYTES as u64);
        let refused = Hands::new(&caller, Commands).call().run(over.clone()).await;
        assert_eq!(refused.unwrap_err(), too_large);
        let refused = Hands::new(&caller, Exec).call().spawn(over).await;
        assert_eq!(refused.unwrap_err(), too_large);
    });
}

#[test]
fn a_command_has_the_time_of_one_operation() {
    let scene = Scene::new(1, |limits| limits.operation_deadline = Duration::from_millis(500));
    scene.act(|caller| async move {
        let ran = Hands::new(&caller, Commands).call().run(request("spin", &[], b"")).await;
        assert_eq!(ran.unwrap_err(), Refusal::Timeout);
        all_ended(&caller, Kind::Command).await;
    });
}

#[test]
fn what_is_not_linked_yet_waits_for_a_turn_of_its_principal_and_leaves_nothing_behind() {
    let scene = Scene::new(2, |limits| limits.operation_deadline = Duration::from_millis(200));
    scene.act(|caller| async move {
        let turns = caller.principal().turns().clone();
        let count = u32::try_from(turns.available_permits()).unwrap();
        let all = turns.clone().acquire_many_owned(count).await.unwrap();
        let mut hands = Hands::new(&caller, Exec);
        for _ in 0..4 {
            let waited = hands.call().spawn(request("cat", &[], b"")).await;
            assert_eq!(waited.unwrap_err(), Refusal::Timeout);
        }
        drop(all);
        // Else four would be on their way now.
        assert_eq!(turns.available_permits(), count as usize);
        all_ended(&caller, Kind::Process).await;
    });
    let scene = Scene::new(2, |_| {});
    scene.act(|caller| async move {
        Hands::new(&caller, Exec).call().spawn(request("cat", &[], b"")).await.unwrap();
        all_ended(&caller, Kind::Process).await;
    });
}

#[test]
fn what_a_caller_may_not_its_child_may_not_either() {
    let scene = Scene::granted(1, &["exec"], |_| {});
    scene.act(|caller| async move {
        let mut hands = Hands::new(&caller, Exec);
        hands.call().spawn(request("cat", &[], b"")).await.unwrap();
        // By itself `bomb` may run commands.
        let refused = hands.call().spawn(request("bomb", &[], b"")).await;
        let Err(Refusal::Denied(why)) = refused else { panic!("{refused:?}") };
        assert!(why.contains("commands"), "{why}");
    });
}

#[test]
fn a_revocation_ends_the_call_and_the_child_at_once() {
    let scene = Scene::new(2, |_| {});
    scene.act(|caller| async move {
        let mut exec = Hands::new(&caller, Exec);
        let process = exec.call().spawn(request("spin", &[], b"")).await.unwrap();
        let other = caller.clone();
        let command = tokio::spawn(async move {
            Hands::new(&other, Commands).call().run(request("spin", &[], b"")).await
        });
        let began = Instant::now();
        caller.principal().revoke();
        assert_eq!(command.await.unwrap().unwrap_err(), Refusal::Revoked);
        let status = exec.call().status(process).await;
        assert_eq!(status.unwrap_err(), Refusal::Revoked);
        all_ended(&caller, Kind::Command).await;
        drop(exec);
        all_ended(&caller, Kind::Process).await;
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    });
}

#[test]
fn children_end_with_their_caller_whether_it_waits_for_them_or_lost_them() {
    let scene = Scene::new(2, |_| {});
    scene.act(|caller| async move {
        let mut exec = Hands::new(&caller, Exec);
        for _ in 0..3 {
            exec.call().spawn(request("spin", &[], b"")).await.unwrap();
        }
        drop(exec);
        let mut commands = Hands::new(&caller, Commands);
        let waits = commands.call();
        let soon = Duration::from_millis(100);
        let mut waits = waits;
        let given_up = tokio::time::timeout(soon, waits.run(request("spin", &[], b""))).await;
        assert!(given_up.is_err());
        all_ended(&caller, Kind::Process).await;
        all_ended(&caller, Kind::Command).await;
    });
}
