//! Many runs side by side: each on an instance of its own, `width` at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::vec;

use tokio::task::JoinSet;
use workbooks_bindings::engine::parallel::Options;
use workbooks_bindings::engine::types::{CommandRequest, Output};

use super::STDIN_BYTES;
use super::child::{self, Child};
use crate::admission::{Kind, Slot};
use crate::capability::{Admitted, Capability, Refusal};
use crate::instance::{Input, Kill};
use crate::run::{Run, command};

/// Inputs of one call. The original's number.
pub(crate) const INPUTS: usize = 1_024;
/// How many run at once, at most, whatever is asked: as many as a principal may run.
const WIDTH: usize = 64;
/// The longest time that may be asked for one of them. The original's, for all of them.
const LONGEST: Duration = Duration::from_mins(1);
/// Bytes of standard output and error that are kept for the caller, of all together.
pub(crate) const OUTPUT_BYTES: u64 = 16 << 20;

type Done = Result<Output, Refusal>;

/// What is left to do, and the room for what comes of it.
struct Queue {
    left: Mutex<vec::IntoIter<(usize, Arc<Child>, Run)>>,
    room: AtomicU64,
}

/// Runs the requests and returns what came of each, in their order.
///
/// With `width` workers, each taking the next request when it has ended one: as many as asked
/// (the threads of the host if nothing is), at most 64, and never more than the principal may
/// still run.
pub(crate) async fn run_many<C: Capability>(
    call: &Admitted<'_, C>,
    requests: Vec<CommandRequest>,
    options: Options,
) -> Result<Vec<Done>, Refusal> {
    if requests.len() > INPUTS {
        return Err(Refusal::Quota(INPUTS as u64));
    }
    if STDIN_BYTES < requests.iter().map(|request| request.stdin.len()).sum() {
        return Err(Refusal::TooLarge(STDIN_BYTES as u64));
    }
    let runtime = child::prepared(call.caller())?.0.host.runtime().clone();
    let width = width(&options, runtime.metrics().num_workers())?.min(requests.len());
    let timeout = timeout(&options, call.time())?;
    let slots = slots(call, width)?;
    let work = async {
        let (mut done, queue) = prepare(call, requests, timeout).await;
        let queue = Arc::new(queue);
        // Dropped with the caller, which ends what still runs.
        let mut workers = JoinSet::new();
        for slot in slots {
            workers.spawn_on(work(slot, queue.clone()), &runtime);
        }
        while let Some(ended) = workers.join_next().await {
            for (at, result) in ended.unwrap_or_default() {
                done[at] = Some(result);
            }
        }
        let lost = || Err(Refusal::Unavailable("the host failed".to_owned()));
        done.into_iter().map(|result| result.unwrap_or_else(lost)).collect()
    };
    tokio::select! {
        done = work => Ok(done),
        () = call.withdrawn() => Err(Refusal::Revoked),
    }
}

fn width(options: &Options, threads: usize) -> Result<usize, Refusal> {
    if let Some((key, _)) = options.extra.first() {
        return Err(Refusal::Invalid(format!("this host knows no `{key}` in `extra`")));
    }
    match options.width {
        Some(0) => Err(Refusal::Invalid("a width of 0".to_owned())),
        Some(width) => Ok(WIDTH.min(width as usize)),
        None => Ok(WIDTH.min(threads)),
    }
}

fn timeout(options: &Options, otherwise: Duration) -> Result<Duration, Refusal> {
    let Some(ms) = options.timeout_ms else { return Ok(otherwise) };
    let asked = Duration::from_millis(ms.into());
    if LONGEST < asked {
        let longest = LONGEST.as_millis();
        return Err(Refusal::Invalid(format!("a timeout of more than {longest} ms")));
    }
    Ok(asked)
}

/// One slot must be free, so that the work goes on; the others are taken as they are free.
fn slots<C: Capability>(call: &Admitted<'_, C>, width: usize) -> Result<Vec<Slot>, Refusal> {
    let principal = call.caller().principal();
    let mut slots = Vec::with_capacity(width);
    while slots.len() < width {
        match Slot::take(principal, Kind::Command) {
            Ok(slot) => slots.push(slot),
            Err(full) if slots.is_empty() => return Err(full),
            Err(_) => break,
        }
    }
    Ok(slots)
}

/// Finds each command once. What cannot run has its result already.
async fn prepare<C: Capability>(
    call: &Admitted<'_, C>,
    requests: Vec<CommandRequest>,
    timeout: Duration,
) -> (Vec<Option<Done>>, Queue) {
    let caller = call.caller();
    let mut children: BTreeMap<String, Result<Arc<Child>, Refusal>> = BTreeMap::new();
    let (mut done, mut runs) = (Vec::with_capacity(requests.len()), Vec::new());
    for (at, request) in requests.into_iter().enumerate() {
        if !children.contains_key(&request.name) {
            let child = Child::find(caller, &request.name).await.map(Arc::new);
            children.insert(request.name.clone(), child);
        }
        let child = children[&request.name].clone();
        let ready = child.and_then(|child| {
            let run = child.run(caller, request, Input::Bytes)?;
            Ok((at, child, Run { deadline: Some(timeout), ..run }))
        });
        done.push(match ready {
            Ok(run) => {
                runs.push(run);
                None
            }
            Err(refused) => Some(Err(refused)),
        });
    }
    (done, Queue { left: Mutex::new(runs.into_iter()), room: AtomicU64::new(OUTPUT_BYTES) })
}

async fn work(_slot: Slot, queue: Arc<Queue>) -> Vec<(usize, Done)> {
    let mut done = Vec::new();
    loop {
        let next = queue.left.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some((at, child, run)) = next else { return done };
        let outcome = command(child.inner.clone(), run, Kill::default()).await;
        done.push((at, child::ended(outcome).and_then(|output| queue.keep(output))));
        // A command that never waits would hold this thread for all that is left.
        tokio::task::yield_now().await;
    }
}

impl Queue {
    fn keep(&self, output: Output) -> Done {
        let bytes = (output.stdout.len() + output.stderr.len()) as u64;
        let kept = self
            .room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(bytes));
        kept.map(|_| output).map_err(|_| Refusal::TooLarge(OUTPUT_BYTES))
    }
}
