//! What `wasi:keyvalue` promises beyond `kv`.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use workbooks_bindings::engine::keyvalue::atomics::Host as _;
use workbooks_bindings::engine::keyvalue::batch::Host as _;
use workbooks_bindings::engine::keyvalue::store::{Error, Host as _, HostBucket as _};
use workbooks_bindings::engine::kv;

use super::super::testing::{caller, denied};
use super::*;
use crate::admission::Caller;

/// A guest's side: its handles and who it is.
struct Side(ResourceTable, Arc<Caller>);

impl Side {
    fn of(caller: Arc<Caller>) -> Self {
        Self(ResourceTable::new(), caller)
    }

    fn call<'a>(&'a mut self, kv: &'a Kv) -> Call<'a, Kv> {
        Call::new(kv, &self.1, &mut self.0)
    }

    /// A handle to a bucket; a new one for each call, as the interface only borrows it.
    async fn open(&mut self, kv: &Kv) -> Handle {
        self.call(kv).open("default".to_owned()).await.unwrap()
    }

    fn says(&mut self, kv: &Kv, refusal: Refusal) -> String {
        match self.call(kv).convert_error(refusal).unwrap() {
            Error::NoSuchStore => "no-such-store".to_owned(),
            Error::AccessDenied => "access-denied".to_owned(),
            Error::Other(text) => text,
        }
    }
}

fn key(n: usize) -> (String, Vec<u8>) {
    (n.to_string(), vec![])
}

#[tokio::test]
async fn only_the_tenants_one_store_can_be_opened() {
    let kv = Kv::in_memory();
    let mut side = Side::of(caller("acme", 100).0);
    for name in ["other", "Default", "default ", "acme", "../default", "\0"] {
        let refused = side.call(&kv).open(name.to_owned()).await.unwrap_err();
        assert_eq!(side.says(&kv, refused), "no-such-store", "{name}");
    }
    for name in NAMES {
        side.call(&kv).open(name.to_owned()).await.unwrap();
    }
}

#[tokio::test]
async fn every_function_of_a_revoked_guest_is_denied_and_on_record() {
    let kv = Kv::in_memory();
    let (caller, audit) = caller("acme", 100);
    let mut side = Side::of(caller.clone());
    let open = side.open(&kv).await;
    let bucket = || Handle::new_own(open.rep());
    caller.principal().revoke();
    let a = || "a".to_owned();
    let mut call = side.call(&kv);
    let refused = [
        call.open(String::new()).await.map(drop),
        call.get(bucket(), a()).await.map(drop),
        call.set(bucket(), a(), vec![]).await,
        call.delete(bucket(), a()).await,
        call.exists(bucket(), a()).await.map(drop),
        call.list_keys(bucket(), None).await.map(drop),
        call.increment(bucket(), a(), 1).await.map(drop),
        call.get_many(bucket(), vec![a()]).await.map(drop),
        call.set_many(bucket(), vec![(a(), vec![])]).await,
        call.delete_many(bucket(), vec![a()]).await,
    ];
    for refused in refused {
        assert_eq!(side.says(&kv, refused.unwrap_err()), "access-denied");
    }
    assert_eq!(
        denied(&audit),
        [
            "kv.store.open revoked",
            "kv.bucket.get revoked",
            "kv.bucket.set revoked",
            "kv.bucket.delete revoked",
            "kv.bucket.exists revoked",
            "kv.bucket.list-keys revoked",
            "kv.atomics.increment revoked",
            "kv.batch.get-many revoked",
            "kv.batch.set-many revoked",
            "kv.batch.delete-many revoked",
        ]
    );
    side.call(&kv).drop(open).await.unwrap();
    assert!(side.0.is_empty());
}

#[tokio::test]
async fn a_refusal_without_a_case_of_its_own_says_its_code() {
    let kv = Kv::in_memory();
    let (caller, audit) = caller("acme", 1);
    let mut side = Side::of(caller);
    let bucket = side.open(&kv).await;
    let refused = side.call(&kv).exists(bucket, "a".to_owned()).await.unwrap_err();
    let said = side.says(&kv, refused);
    assert!(said.starts_with("rate-limited: over the rate; try again in "), "{said}");
    assert_eq!(denied(&audit), ["kv.bucket.exists rate-limited"]);
}

#[tokio::test]
async fn more_handles_than_the_limit_are_refused() {
    let kv = Kv::in_memory();
    let (caller, audit) = caller("acme", 100);
    let mut side = Side::of(caller);
    side.0.set_max_capacity(2);
    side.open(&kv).await;
    side.open(&kv).await;
    let refused = side.call(&kv).open(String::new()).await.unwrap_err();
    assert_eq!(side.says(&kv, refused), "quota: the quota of 1024 is spent");
    assert_eq!(denied(&audit), ["kv.store.open quota"]);
}

#[tokio::test]
async fn a_value_of_a_mebibyte_is_kept_and_one_byte_more_is_refused() {
    let kv = Kv::in_memory();
    let mut side = Side::of(caller("acme", 100).0);
    let bucket = side.open(&kv).await;
    let bucket = || Handle::new_own(bucket.rep());
    let mut call = side.call(&kv);
    let one = |size: usize| vec![("k".to_owned(), vec![1; size])];
    call.set(bucket(), "k".into(), vec![1; 1 << 20]).await.unwrap();
    let over = call.set(bucket(), "k".into(), vec![1; (1 << 20) + 1]).await;
    assert_eq!(over, Err(Refusal::TooLarge(1 << 20)));
    call.set_many(bucket(), one(1 << 20)).await.unwrap();
    let over = call.set_many(bucket(), one((1 << 20) + 1)).await;
    assert_eq!(over, Err(Refusal::TooLarge(1 << 20)));
}

#[tokio::test]
async fn the_ten_thousandth_key_is_kept_and_the_next_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for kv in [Kv::in_memory(), Kv::new(Some(folder.path().to_owned()))] {
        let mut side = Side::of(caller("acme", 100).0);
        let bucket = side.open(&kv).await;
        let bucket = || Handle::new_own(bucket.rep());
        let mut call = side.call(&kv);
        for thousand in 0..10 {
            let some = (thousand * 1000..(thousand + 1) * 1000).map(key).collect();
            call.set_many(bucket(), some).await.unwrap();
        }
        let over = call.set(bucket(), "one more".into(), vec![]).await;
        assert_eq!(over, Err(Refusal::Quota(10_000)));
        assert_eq!(call.increment(bucket(), "n".into(), 1).await, Err(Refusal::Quota(10_000)));
        let over = call.set_many(bucket(), vec![key(1), key(10_000)]).await;
        assert_eq!(over, Err(Refusal::Quota(10_000)));
        call.set_many(bucket(), vec![key(1), key(9_999)]).await.unwrap();
        let page = call.list_keys(bucket(), None).await.unwrap();
        assert_eq!((page.keys.len(), page.cursor.is_some()), (1_000, true));
    }
}

#[tokio::test]
async fn the_pairs_are_those_of_kv_and_of_no_other_tenant() {
    let kv = Kv::in_memory();
    let mut side = Side::of(caller("acme", 100).0);
    kv::Host::set(&mut side.call(&kv), "k".into(), b"v".to_vec()).await.unwrap();
    let bucket = side.open(&kv).await;
    let bucket = || Handle::new_own(bucket.rep());
    let got = side.call(&kv).get(bucket(), "k".into()).await;
    assert_eq!(got, Ok(Some(b"v".to_vec())));
    assert_eq!(side.call(&kv).increment(bucket(), "n".into(), 5).await, Ok(5));
    let got = kv::Host::get(&mut side.call(&kv), "n".into()).await;
    assert_eq!(got, Ok(Some(b"5".to_vec())));
    for tenant in ["", "acm", "acme/k", "ACME", "acme%", "a_me", "acme'--"] {
        let mut other = Side::of(caller(tenant, 100).0);
        let theirs = other.open(&kv).await;
        let theirs = || Handle::new_own(theirs.rep());
        let mut call = other.call(&kv);
        for key in ["k", "acme/k", "acme:k", "../acme/k", "k' OR tenant='acme"] {
            let got = call.get_many(theirs(), vec![key.to_owned()]).await;
            assert_eq!(got.unwrap(), [None], "{tenant} {key}");
        }
        assert!(call.list_keys(theirs(), None).await.unwrap().keys.is_empty());
        call.delete_many(theirs(), vec!["k".into(), "n".into()]).await.unwrap();
    }
    assert_eq!(side.call(&kv).exists(bucket(), "k".into()).await, Ok(true));
}
