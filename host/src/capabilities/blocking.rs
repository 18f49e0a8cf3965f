//! Storage work off the guest's thread: under the operation's deadline, and cancelled with it.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use tokio::time::timeout_at;

use crate::capability::{Admitted, Capability, Refusal};
use crate::storage::{Stop, StorageError};

/// What to do, given what may stop it.
pub(super) type Work<T, E = StorageError> = Box<dyn FnOnce(&Stop) -> Result<T, E> + Send>;

/// Cancels the work when the guest that waits for it is gone.
struct CancelOnDrop(Stop);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Does `work` on a thread that may block. The deadline holds for the wait for a thread too:
/// work that has not begun by then never begins.
pub(super) async fn run<T, E>(deadline: Instant, work: Work<T, E>) -> Result<T, Refusal>
where
    T: Send + 'static,
    E: From<StorageError> + Into<Refusal> + Send + 'static,
{
    let guard = CancelOnDrop(Stop::at(deadline));
    let stop = guard.0.clone();
    let done = tokio::task::spawn_blocking(move || {
        stop.check()?;
        work(&stop)
    });
    match timeout_at(deadline.into(), done).await {
        Ok(Ok(done)) => done.map_err(Into::into),
        Ok(Err(_)) => Err(Refusal::Unavailable("storage failed".into())),
        Err(_) => Err(Refusal::Timeout),
    }
}

/// Does `work` of a call when it is its principal's turn: few of them hold a thread at a time,
/// so that threads are left to others. It ends with the deadline, and when the grant is withdrawn.
pub(super) async fn perform<C, T, E>(call: &Admitted<'_, C>, work: Work<T, E>) -> Result<T, Refusal>
where
    C: Capability,
    T: Send + 'static,
    E: From<StorageError> + Into<Refusal> + Send + 'static,
{
    let deadline = call.deadline();
    let turns = call.caller().principal().turns().clone();
    let done = async {
        let turn = timeout_at(deadline.into(), turns.acquire_owned()).await;
        let turn = turn.map_err(|_| Refusal::Timeout)?;
        let work: Work<T, E> = Box::new(move |stop| {
            // Given back by the thread itself: who gave up waiting for it does not free it.
            let _turn = turn;
            work(stop)
        });
        run(deadline, work).await
    };
    let done = tokio::select! {
        biased;
        done = done => done,
        () = call.withdrawn() => Err(Refusal::Revoked),
    };
    done.map_err(|refusal| call.refuse(refusal))
}

/// The database in `cell`, opened by the first who asks, in a folder of mode 0700.
pub(super) fn opened<'a, T>(
    cell: &'a OnceLock<T>,
    file: &Path,
    open: impl FnOnce() -> Result<T, StorageError>,
) -> Result<&'a T, StorageError> {
    if let Some(open) = cell.get() {
        return Ok(open);
    }
    if let Some(folder) = file.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|why| {
            StorageError::Failed(format!("its folder cannot be made: {}", why.kind()))
        })?;
    }
    let opened = open()?;
    Ok(cell.get_or_init(|| opened))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    use wasmtime::component::ResourceTable;

    use super::super::testing::{caller, denied};
    use super::*;
    use crate::admission::Caller;
    use crate::capability::Call;

    #[test]
    fn the_wait_for_a_thread_obeys_the_deadline() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(1).enable_time().build().unwrap();
        let (release, held) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        runtime.block_on(async {
            drop(tokio::task::spawn_blocking(move || held.recv()));
            let work: Work<()> = Box::new(move |_| begun.send(()).map_err(|_| unreachable!()));
            let soon = Instant::now() + Duration::from_millis(20);
            let done = tokio::time::timeout(Duration::from_secs(10), run(soon, work)).await;
            assert_eq!(done, Ok(Err(Refusal::Timeout)));
        });
        drop(release);
        assert!(begins.recv().is_err(), "what was given up has begun");
    }

    struct Nothing;

    impl Capability for Nothing {
        fn name(&self) -> &'static str {
            "nothing"
        }

        fn link(
            &self,
            _: &str,
            _: &mut wasmtime::component::Linker<crate::instance::Guest>,
        ) -> wasmtime::Result<()> {
            Ok(())
        }
    }

    fn admitted(caller: &Arc<Caller>) -> Admitted<'_, Nothing> {
        let table = Box::leak(Box::new(ResourceTable::new()));
        Call::new(&Nothing, caller, table).admit("wait").unwrap()
    }

    /// Whether it still waits after one look at it.
    async fn waits(future: &mut (impl Future + Unpin)) -> bool {
        std::future::poll_fn(|cx| {
            std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(cx).is_pending())
        })
        .await
    }

    #[test]
    fn one_principal_leaves_threads_to_others_and_its_revocation_ends_its_waiting() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(9).enable_time().build().unwrap();
        let (greedy, audit) = caller("greedy", 100);
        let modest = caller("modest", 100).0;
        runtime.block_on(async {
            let mut releases = Vec::new();
            let calls: Vec<_> = (0..32).map(|_| admitted(&greedy)).collect();
            let mut waiting: Vec<_> = calls
                .iter()
                .map(|call| {
                    let (release, held) = mpsc::channel::<()>();
                    releases.push(release);
                    let work: Work<()> = Box::new(move |_| {
                        held.recv().unwrap_err();
                        Ok(())
                    });
                    Box::pin(perform(call, work))
                })
                .collect();
            for each in &mut waiting {
                assert!(waits(each).await);
            }
            let quick: Work<u8> = Box::new(|_| Ok(7));
            assert_eq!(perform(&admitted(&modest), quick).await, Ok(7));
            greedy.principal().revoke();
            for each in waiting {
                assert_eq!(each.await, Err(Refusal::Revoked));
            }
            assert_eq!(denied(&audit), ["nothing.wait revoked"]);
        });
    }
}
