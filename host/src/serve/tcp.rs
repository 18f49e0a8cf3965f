//! One TCP connection on an instance of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::time::timeout_at;
use wasmtime::component::{ComponentExportIndex, Resource};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};
use workbooks_bindings::engine::types;

use super::Listening;
use super::activity::{Activity, GRACE};
use super::clients::Client;
use super::stream::{Line, Received, Sent, send};

type Arguments = (String, Resource<DynInputStream>, Resource<DynOutputStream>);
type Results = (Result<(), types::Error>,);

/// Serves a connection to its end, or until the server ends.
pub(super) async fn connection(
    listening: &Arc<Listening>,
    handler: &ComponentExportIndex,
    stream: TcpStream,
    peer: SocketAddr,
    client: &Client,
) {
    if client.take().is_err() {
        listening.tally.refused("rate-limited");
        return;
    }
    let deadline = Instant::now() + listening.limits.request_time;
    let activity = Activity::new(listening.limits.idle);
    let principal = listening.principal().clone();
    let line = Line::new(principal, activity.clone(), listening.tally.clone());
    let (half, wire) = stream.into_split();
    let (sent, pieces) = Sent::new(line.clone(), listening.limits.response_bytes);
    let received =
        Received { line: line.clone(), half, cap: listening.limits.received_bytes, taken: 0 };
    let mut phases = listening.phases.subscribe();
    let guest = async {
        handle(listening, handler, deadline, peer, received, sent, &line).await;
    };
    let both = async { tokio::join!(guest, send(&line, wire, pieces)) };
    tokio::select! {
        biased;
        _ = timeout_at((deadline + GRACE).into(), both) => {}
        () = activity.overdue() => listening.tally.refused("idle"),
        () = phases.ended() => {}
    }
}

/// Calls the guest, whose streams are closed when this has ended.
async fn handle(
    listening: &Listening,
    handler: &ComponentExportIndex,
    deadline: Instant,
    peer: SocketAddr,
    received: Received,
    sent: Sent,
    line: &Line,
) {
    let Ok(mut cell) = listening.cell(deadline) else { return line.fail() };
    cell.preempt();
    let pre = cell.inner.pre.clone();
    let handled = cell.supervise(async |store| {
        let table = store.data_mut().ctx().table;
        let input = table.push::<DynInputStream>(Box::new(received))?;
        let output = table.push::<DynOutputStream>(Box::new(sent))?;
        let instance = pre.instantiate_async(&mut *store).await?;
        let handle = instance.get_typed_func::<Arguments, Results>(&mut *store, handler)?;
        // Which network the peer is in is for the operator to know.
        let peer = peer.ip().to_canonical().to_string();
        let (said,) = handle.call_async(&mut *store, (peer, input, output)).await?;
        Ok(said)
    });
    let ended = listening.until_ended(handled).await;
    match &ended {
        Ok(Ok(())) => {}
        // An error that the guest tells is no failure of its own, but its answer is not whole.
        Ok(Err(_)) => {
            listening.tally.refused("guest-error");
            line.fail();
        }
        Err(_) => line.fail(),
    }
    listening.settle(cell, ended.map(|said| i32::from(said.is_err()))).await;
}
