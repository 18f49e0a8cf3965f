//! Storage work off the guest's thread: under the operation's deadline, and cancelled with it.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use tokio::time::timeout_at;

use crate::capability::Refusal;
use crate::storage::{Stop, StorageError};

/// What to do, given what may stop it.
pub(super) type Work<T> = Box<dyn FnOnce(&Stop) -> Result<T, StorageError> + Send>;

/// Cancels the work when the guest that waits for it is gone.
struct CancelOnDrop(Stop);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Does `work` on a thread that may block. The deadline holds for the wait for a thread too:
/// work that has not begun by then never begins.
pub(super) async fn run<T: Send + 'static>(deadline: Instant, work: Work<T>) -> Result<T, Refusal> {
    let guard = CancelOnDrop(Stop::at(deadline));
    let stop = guard.0.clone();
    let done = tokio::task::spawn_blocking(move || stop.check().and_then(|()| work(&stop)));
    match timeout_at(deadline.into(), done).await {
        Ok(Ok(done)) => done.map_err(Refusal::from),
        Ok(Err(_)) => Err(Refusal::Unavailable("storage failed".into())),
        Err(_) => Err(Refusal::Timeout),
    }
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
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

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
}
