//! What is opened, what is closed, and who waits.

use std::time::Duration;

use wasmtime::component::ResourceTable;

use super::databases::{AT_ONCE, Key, OPEN_MAX};
use super::*;
use crate::admission::{MemoryAudit, Principal, Rate};

fn caller(instance: &str) -> Arc<Caller> {
    let rate = Rate::new(1_000, Duration::from_hours(1));
    let principal = Arc::new(Principal::new("acme", "notes", rate));
    let audit = Arc::new(MemoryAudit::default());
    Arc::new(Caller::new(
        principal,
        instance.to_owned(),
        Arc::new(crate::policy::Grant::nothing()),
        audit,
    ))
}

fn key(instance: usize) -> Key {
    ("acme".to_owned(), instance.to_string())
}

#[test]
fn the_file_that_was_used_longest_ago_is_closed_unless_it_is_in_use() {
    let all = Databases::new(Some("unused".into()));
    let (first, _) = all.database(&key(0));
    for n in 1..OPEN_MAX {
        assert!(all.database(&key(n)).1.is_none());
    }
    let second = Arc::downgrade(&all.database(&key(1)).0);
    all.database(&key(0));
    for n in OPEN_MAX..2 * OPEN_MAX {
        assert!(all.database(&key(n)).1.is_some());
    }
    assert_eq!(all.open.lock().unwrap().len(), OPEN_MAX);
    assert!(second.upgrade().is_none());
    assert!(Arc::ptr_eq(&all.database(&key(0)).0, &first));
}

#[test]
fn databases_in_memory_are_never_closed() {
    let all = Databases::new(None);
    let first = Arc::downgrade(&all.database(&key(0)).0);
    for n in 1..2 * OPEN_MAX {
        assert!(all.database(&key(n)).1.is_none());
    }
    assert!(first.upgrade().is_some());
}

#[tokio::test]
async fn a_closed_file_is_opened_again_with_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let vfs = Vfs::new(Some(folder.path().to_owned()));
    let mut table = ResourceTable::new();
    let caller = caller("0");
    let mut call = Call::new(&vfs, &caller, &mut table);
    let (tmp, a) = (vfs::Volume::Tmp, || "a".to_owned());
    vfs::Host::write(&mut call, tmp, a(), None, b"kept".to_vec()).await.unwrap();
    for n in 1..=OPEN_MAX {
        vfs.0.database(&key(n));
    }
    assert_eq!(vfs::Host::read(&mut call, tmp, a(), 0, 9).await.unwrap(), b"kept");
}

#[test]
fn one_instance_has_eight_threads_and_leaves_the_others_to_others() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.max_blocking_threads(AT_ONCE as usize + 1).enable_time().build().unwrap();
    let vfs = Vfs::new(None);
    let (greedy, modest) = (caller("greedy"), caller("modest"));
    let perform = async |who: &Arc<Caller>, release: Option<std::sync::mpsc::Receiver<()>>| {
        let mut table = ResourceTable::new();
        let call = Call::new(&vfs, who, &mut table).admit("query").unwrap();
        Vfs::perform(&call, move |_, _| {
            if let Some(held) = release {
                held.recv().unwrap_err();
            }
            Ok(())
        })
        .await
    };
    runtime.block_on(async {
        let mut releases = Vec::new();
        let mut greed: Vec<_> = (0..4 * AT_ONCE)
            .map(|_| {
                let (release, held) = std::sync::mpsc::channel();
                releases.push(release);
                Box::pin(perform(&greedy, Some(held)))
            })
            .collect();
        for each in &mut greed {
            assert!(waits(each).await);
        }
        assert_eq!(perform(&modest, None).await, Ok(()));
        releases.clear();
        for each in greed {
            assert_eq!(each.await, Ok(()));
        }
    });
}

/// Whether it still waits after one look at it.
async fn waits(future: &mut (impl Future + Unpin)) -> bool {
    std::future::poll_fn(|cx| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(cx).is_pending())
    })
    .await
}
