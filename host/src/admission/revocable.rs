//! What a guest holds only as long as its grant: an open socket, say.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::task::JoinHandle;
use workbooks_bindings::Refusal;

use super::Caller;

/// A value that is dropped when its caller's grant is withdrawn, whether or not the guest ever
/// calls again. Clones hold the same value; it is dropped with the last of them, too.
pub(crate) struct Revocable<T> {
    caller: Arc<Caller>,
    capability: &'static str,
    value: Arc<Mutex<Option<T>>>,
    watch: Arc<Watch>,
}

/// The task that waits for the revocation; it ends with the value.
struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T: Send + 'static> Revocable<T> {
    /// Holds `value` for `caller`, to whom `capability` opens it. Needs a runtime of tokio's.
    pub(crate) fn new(caller: Arc<Caller>, capability: &'static str, value: T) -> Self {
        let value = Arc::new(Mutex::new(Some(value)));
        let (held, principal) = (Arc::downgrade(&value), caller.principal().clone());
        let watch = tokio::spawn(async move {
            principal.withdrawn().await;
            let taken = held.upgrade().and_then(|held| lock(&held).take());
            drop(taken);
        });
        Self { caller, capability, value, watch: Arc::new(Watch(watch)) }
    }

    /// Who holds it.
    pub(crate) fn caller(&self) -> &Arc<Caller> {
        &self.caller
    }

    /// Does `work` on the value, if the grant still stands.
    ///
    /// # Errors
    ///
    /// [`Refusal::Revoked`], which is on the audit record.
    pub(crate) fn with<R>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut T) -> R,
    ) -> Result<R, Refusal> {
        self.caller.still_granted(self.capability, operation)?;
        self.if_held(work).ok_or(Refusal::Revoked)
    }

    /// Does `work` on the value, if it is still there: to clean up, which nobody is refused.
    pub(crate) fn if_held<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        lock(&self.value).as_mut().map(work)
    }

    /// Waits until `poll` is ready, or the grant is withdrawn.
    pub(crate) async fn ready(&self, mut poll: impl FnMut(&mut T, &mut Context<'_>) -> Poll<()>) {
        let ready = poll_fn(|cx| self.if_held(|value| poll(value, cx)).unwrap_or(Poll::Ready(())));
        tokio::select! {
            () = self.caller.principal().withdrawn() => {}
            () = ready => {}
        }
    }
}

impl<T> Clone for Revocable<T> {
    fn clone(&self) -> Self {
        Self {
            caller: self.caller.clone(),
            capability: self.capability,
            value: self.value.clone(),
            watch: self.watch.clone(),
        }
    }
}

fn lock<T>(value: &Mutex<Option<T>>) -> std::sync::MutexGuard<'_, Option<T>> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;
    use crate::admission::{MemoryAudit, Principal, Rate};
    use crate::policy::Grant;

    /// Tells when it is dropped.
    struct Socket(Option<oneshot::Sender<()>>);

    impl Drop for Socket {
        fn drop(&mut self) {
            if let Some(closed) = self.0.take() {
                let _ignored = closed.send(());
            }
        }
    }

    fn held() -> (Revocable<Socket>, oneshot::Receiver<()>, Arc<MemoryAudit>) {
        let audit = Arc::new(MemoryAudit::default());
        let principal =
            Arc::new(Principal::new("acme", "notes", Rate::new(9, Duration::from_secs(1))));
        let grant = Arc::new(Grant::nothing());
        let caller = Arc::new(Caller::new(principal, "notes".into(), grant, audit.clone()));
        let (closed, is_closed) = oneshot::channel();
        (Revocable::new(caller, "tcp", Socket(Some(closed))), is_closed, audit)
    }

    #[tokio::test]
    async fn it_closes_with_the_grant_though_the_guest_does_nothing() {
        let (held, closed, audit) = held();
        held.caller().principal().revoke();
        closed.await.unwrap();
        assert!(held.if_held(|_| ()).is_none());
        assert_eq!(held.with("read", |_| ()), Err(Refusal::Revoked));
        assert_eq!(audit.records().len(), 1);
    }

    #[tokio::test]
    async fn who_waits_for_it_waits_no_longer_than_the_grant_stands() {
        let (held, _closed, _) = held();
        let waiting = held.clone();
        let waiting = tokio::spawn(async move { waiting.ready(|_, _| Poll::Pending).await });
        tokio::task::yield_now().await;
        held.caller().principal().revoke();
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn it_closes_with_its_last_holder_and_leaves_no_task() {
        let (held, closed, _) = held();
        let (watch, other) = (held.watch.0.abort_handle(), held.clone());
        drop(held);
        other.with("read", |_| ()).unwrap();
        drop(other);
        closed.await.unwrap();
        while !watch.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}
