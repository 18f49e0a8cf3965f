//! Many at once.

use std::time::Duration;

use workbooks_bindings::engine::parallel::{Host as _, Options};
use workbooks_bindings::engine::types::{CommandRequest, Error, Output};

use super::super::{STDIN_BYTES, many};
use super::{Hands, Scene, all_ended, request};
use crate::admission::{Kind, Slot};
use crate::capabilities::Parallel;
use crate::capability::Refusal;

fn options(width: Option<u32>, timeout_ms: Option<u32>) -> Options {
    Options { width, timeout_ms, extra: Vec::new() }
}

type Done = Result<Vec<Result<Output, Error>>, Refusal>;

fn run_many(scene: &Scene, requests: Vec<CommandRequest>, options: Options) -> Done {
    scene.act(move |caller| async move {
        Hands::new(&caller, Parallel).call().run_many(requests, options).await
    })
}

fn cats(count: usize) -> Vec<CommandRequest> {
    (0..count).map(|n| request("cat", &[], n.to_string().as_bytes())).collect()
}

#[test]
fn more_than_1024_inputs_are_refused_and_1024_keep_their_order() {
    let scene = Scene::new(2, |_| {});
    assert_eq!(
        run_many(&scene, cats(1_025), options(None, None)).unwrap_err(),
        Refusal::Quota(1_024)
    );
    let done = run_many(&scene, cats(1_024), options(Some(7), None)).unwrap();
    assert_eq!(done.len(), 1_024);
    for (n, result) in done.into_iter().enumerate() {
        assert_eq!(result.unwrap().stdout, n.to_string().as_bytes());
    }
    assert!(run_many(&scene, Vec::new(), options(None, None)).unwrap().is_empty());
}

#[test]
fn one_that_fails_fails_alone() {
    let scene = Scene::new(2, |_| {});
    let names = ["cat", "trap", "nothing", "fail", "spin", "cat"];
    let requests = names.map(|name| request(name, &[], b"x")).to_vec();
    let done = run_many(&scene, requests, options(Some(3), Some(500))).unwrap();
    assert_eq!(done[0].as_ref().unwrap().stdout, b"x");
    assert!(matches!(&done[1], Err(Error::Unavailable(why)) if why.contains("unreachable")));
    assert!(matches!(done[2], Err(Error::NotFound)));
    assert_eq!(done[3].as_ref().unwrap().status, 3);
    assert!(matches!(done[4], Err(Error::Timeout)));
    assert_eq!(done[5].as_ref().unwrap().stdout, b"x");
}

#[test]
fn options_that_make_no_sense_are_invalid() {
    let scene = Scene::new(1, |_| {});
    let extra = Options { extra: vec![("tier".into(), "node".into())], ..options(None, None) };
    for options in [options(Some(0), None), options(None, Some(60_001)), extra] {
        let refused = run_many(&scene, cats(1), options);
        assert!(matches!(refused, Err(Refusal::Invalid(_))), "{refused:?}");
    }
}

#[test]
fn inputs_and_outputs_are_bounded_together() {
    let scene = Scene::new(2, |_| {});
    let halves = |bytes| vec![request("cat", &[], &vec![0; bytes]); 2];
    let over = run_many(&scene, halves(STDIN_BYTES / 2 + 1), options(None, None));
    assert_eq!(over.unwrap_err(), Refusal::TooLarge(STDIN_BYTES as u64));
    assert!(run_many(&scene, halves(STDIN_BYTES / 2), options(None, None)).unwrap()[1].is_ok());
    // Each may have 8 MiB.
    let floods = vec![request("flood", &[], b""); 3];
    let done = run_many(&scene, floods, options(None, None)).unwrap();
    let kept = done.iter().filter(|result| result.is_ok()).count();
    let over =
        |result: &&_| matches!(result, Err(Error::TooLarge(cap)) if *cap == many::OUTPUT_BYTES);
    assert_eq!((kept, done.iter().filter(over).count()), (2, 1));
}

#[test]
fn a_width_above_the_threads_of_the_host_is_no_deadlock_even_when_children_run_children() {
    let scene = Scene::new(1, |_| {});
    let requests = ["nested", "map"].into_iter().cycle().take(24);
    let requests = requests.map(|name| request(name, &[], b"")).collect();
    let done = run_many(&scene, requests, options(Some(16), None)).unwrap();
    assert!(done.iter().all(Result::is_ok), "{done:?}");
}

#[test]
fn with_one_place_left_it_goes_on_one_by_one_and_with_none_it_is_refused() {
    let scene = Scene::new(2, |_| {});
    scene.act(|caller| async move {
        let mut hands = Hands::new(&caller, Parallel);
        let mut held: Vec<_> =
            (0..64).map(|_| Slot::take(caller.principal(), Kind::Command).unwrap()).collect();
        let refused = hands.call().run_many(cats(3), options(Some(9), None)).await;
        assert_eq!(refused.unwrap_err(), Refusal::Quota(64));
        held.pop();
        let done = hands.call().run_many(cats(3), options(Some(9), None)).await.unwrap();
        assert!(done.iter().all(Result::is_ok));
    });
}

#[test]
fn a_revocation_in_the_middle_ends_all() {
    let scene = Scene::new(2, |_| {});
    scene.act(|caller| async move {
        let revoked = caller.clone();
        let revoke = async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            revoked.principal().revoke();
        };
        let mut hands = Hands::new(&caller, Parallel);
        let mut call = hands.call();
        let spins = vec![request("spin", &[], b""); 10];
        let (done, ()) = tokio::join!(call.run_many(spins, options(Some(4), None)), revoke);
        assert_eq!(done.unwrap_err(), Refusal::Revoked);
        all_ended(&caller, Kind::Command).await;
    });
}
