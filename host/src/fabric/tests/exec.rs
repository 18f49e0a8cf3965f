//! Processes: their streams, their end, and their handles.

use std::time::Duration;

use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, StreamError, StreamResult};
use workbooks_bindings::engine::exec::{HostProcess as _, Process};

use super::super::pipe::CAPACITY;
use super::{Hands, Scene, all_ended, request};
use crate::admission::{Caller, Kind};
use crate::capabilities::Exec;
use crate::capability::Refusal;

type Guest = Hands<Exec>;

impl Guest {
    async fn start(&mut self, name: &str, stdin: &[u8]) -> Resource<Process> {
        self.call().spawn(request(name, &[], stdin)).await.unwrap()
    }

    async fn write(&mut self, stream: &Resource<DynOutputStream>, bytes: &'static [u8]) {
        let stream = self.table.get_mut(stream).unwrap();
        stream.blocking_write_and_flush(bytes.into()).await.unwrap();
    }

    async fn read(&mut self, stream: &Resource<DynInputStream>) -> StreamResult<bytes::Bytes> {
        self.table.get_mut(stream).unwrap().blocking_read(1 << 20).await
    }

    async fn wait(&mut self, process: &Resource<Process>) -> Result<Option<i32>, Refusal> {
        let pollable = self.call().subscribe(again(process)).await.unwrap();
        wasmtime_wasi::p2::bindings::io::poll::HostPollable::block(&mut self.table, pollable)
            .await
            .unwrap();
        self.call().status(again(process)).await
    }
}

fn again<T: 'static>(handle: &Resource<T>) -> Resource<T> {
    Resource::new_borrow(handle.rep())
}

fn guest(caller: &std::sync::Arc<Caller>) -> Guest {
    Hands::new(caller, Exec)
}

#[test]
fn a_process_is_talked_to_and_ends_when_its_input_does() {
    let scene = Scene::new(1, |_| {});
    scene.act(|caller| async move {
        let mut guest = guest(&caller);
        let process = guest.start("cat", b"first ").await;
        assert_eq!(guest.call().status(again(&process)).await, Ok(None));
        let stdin = guest.call().stdin(again(&process)).await.unwrap();
        let stdout = guest.call().stdout(again(&process)).await.unwrap();
        guest.write(&stdin, b"second").await;
        let mut said = Vec::new();
        while said.len() < 12 {
            said.extend(guest.read(&stdout).await.unwrap());
        }
        assert_eq!(said, b"first second");
        guest.table.delete(stdin).unwrap();
        assert_eq!(guest.wait(&process).await, Ok(Some(0)));
        assert!(matches!(guest.read(&stdout).await, Err(StreamError::Closed)));
    });
}

#[test]
fn what_a_process_wrote_is_read_after_its_end_and_after_its_handle() {
    let scene = Scene::new(1, |_| {});
    scene.act(|caller| async move {
        let mut guest = guest(&caller);
        let process = guest.start("fail", b"").await;
        let stdout = guest.call().stdout(again(&process)).await.unwrap();
        assert_eq!(guest.wait(&process).await, Ok(Some(3)));
        guest.call().drop(process).await.unwrap();
        assert_eq!(guest.read(&stdout).await.unwrap(), "wrong");
    });
}

#[test]
fn each_stream_is_given_once() {
    let scene = Scene::new(1, |_| {});
    scene.act(|caller| async move {
        let mut guest = guest(&caller);
        let process = guest.start("cat", b"").await;
        for _ in 0..2 {
            drop(guest.call().stdin(again(&process)).await);
            drop(guest.call().stdout(again(&process)).await);
            drop(guest.call().stderr(again(&process)).await);
        }
        assert_eq!(guest.call().stdin(again(&process)).await.unwrap_err(), Refusal::Conflict);
        assert_eq!(guest.call().stdout(again(&process)).await.unwrap_err(), Refusal::Conflict);
        assert_eq!(guest.call().stderr(again(&process)).await.unwrap_err(), Refusal::Conflict);
    });
}

#[test]
fn a_process_that_is_killed_is_cancelled_and_may_be_killed_again() {
    let scene = Scene::new(1, |_| {});
    scene.act(|caller| async move {
        let mut guest = guest(&caller);
        for name in ["spin", "cat", "flood"] {
            let process = guest.start(name, b"").await;
            guest.call().kill(again(&process)).await.unwrap();
            assert_eq!(guest.wait(&process).await, Err(Refusal::Cancelled), "{name}");
            guest.call().kill(again(&process)).await.unwrap();
        }
    });
}

#[test]
fn to_drop_the_handle_is_to_kill() {
    let scene = Scene::new(1, |_| {});
    scene.act(|caller| async move {
        let mut guest = guest(&caller);
        let process = guest.start("spin", b"").await;
        let mut end = guest.call().kept::<super::super::Process, _>(&process).unwrap().end();
        guest.call().drop(process).await.unwrap();
        end.wait().await;
        all_ended(&caller, Kind::Process).await;
    });
}

#[test]
fn a_process_that_nobody_reads_waits_and_goes_on_when_somebody_does() {
    let scene = Scene::new(1, |_| {});
    scene.act(|caller| async move {
        let mut guest = guest(&caller);
        let process = guest.start("flood", b"").await;
        let stdout = guest.call().stdout(again(&process)).await.unwrap();
        // Its pipe and its own buffer are full when its CPU time stands still.
        let mut used = Duration::MAX;
        while used != caller.account().cpu() {
            used = caller.account().cpu();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut read = 0;
        while read < 20 * CAPACITY {
            let piece = guest.read(&stdout).await.unwrap();
            assert!(piece.len() <= CAPACITY);
            read += piece.len();
        }
        assert_eq!(guest.call().status(again(&process)).await, Ok(None));
        guest.table.delete(stdout).unwrap();
        // Its write fails, and it says so.
        assert_eq!(guest.wait(&process).await, Ok(Some(74)));
    });
}

#[test]
fn who_writes_to_a_process_that_does_not_read_waits() {
    let scene = Scene::new(1, |_| {});
    scene.act(|caller| async move {
        let mut guest = guest(&caller);
        let process = guest.start("spin", b"").await;
        let stdin = guest.call().stdin(again(&process)).await.unwrap();
        let stream = guest.table.get_mut(&stdin).unwrap();
        let mut sent = 0;
        let soon = Duration::from_millis(200);
        while let Ok(room) = tokio::time::timeout(soon, stream.write_ready()).await {
            let room = room.unwrap();
            stream.write(vec![0; room].into()).unwrap();
            sent += room;
            assert!(sent <= 4 * CAPACITY, "{sent} bytes went nowhere");
        }
        // Revocation ends the waiting.
        caller.principal().revoke();
        let refused = guest.table.get_mut(&stdin).unwrap().write_ready().await;
        assert!(matches!(refused, Err(StreamError::LastOperationFailed(_))), "{refused:?}");
    });
}

#[test]
fn a_writer_that_exceeds_its_permit_is_stopped() {
    let scene = Scene::new(1, |_| {});
    scene.act(|caller| async move {
        let mut guest = guest(&caller);
        let process = guest.start("cat", b"").await;
        let stdin = guest.call().stdin(process).await.unwrap();
        let stream = guest.table.get_mut(&stdin).unwrap();
        let refused = stream.write(vec![0; CAPACITY + 1].into());
        assert!(matches!(refused, Err(StreamError::Trap(_))), "{refused:?}");
    });
}
