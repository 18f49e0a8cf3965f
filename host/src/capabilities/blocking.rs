//! Storage work off the guest's thread: under the operation's deadline, and cancelled with it.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

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

pub(super) async fn run<T: Send + 'static>(deadline: Instant, work: Work<T>) -> Result<T, Refusal> {
    let guard = CancelOnDrop(Stop::at(deadline));
    let stop = guard.0.clone();
    let done = tokio::task::spawn_blocking(move || stop.check().and_then(|()| work(&stop))).await;
    match done {
        Ok(done) => done.map_err(Refusal::from),
        Err(_) => Err(Refusal::Unavailable("storage failed".into())),
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
