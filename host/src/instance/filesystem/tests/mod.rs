//! Operations of `wasi:filesystem`, called as the linker would.

use std::fs;
use std::time::Duration;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Advice, DescriptorFlags, HostDescriptor, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

use super::descriptor::{LISTED_MAX, LISTINGS_MAX, has_at_most};
use super::*;
use crate::admission::{MemoryAudit, Principal, Rate};

/// One folder, mounted for writing, with the file `a` in it.
struct Fixture {
    folder: tempfile::TempDir,
    caller: Arc<Caller>,
    audit: Arc<MemoryAudit>,
    wasi: WasiCtx,
    table: ResourceTable,
    volumes: Option<Workbook>,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "hello").unwrap();
        let wasi = WasiCtxBuilder::new()
            .preopened_dir(folder.path(), "/data", FsPerms::ReadWrite)
            .unwrap()
            .build();
        let audit = Arc::new(MemoryAudit::default());
        let principal =
            Arc::new(Principal::new("acme", "notes", Rate::new(1_000, Duration::from_hours(1))));
        let caller = Arc::new(Caller::new(
            principal,
            "notes".into(),
            Arc::new(crate::policy::Grant::nothing()),
            audit.clone(),
        ));
        Self { folder, caller, audit, wasi, table: ResourceTable::new(), volumes: None }
    }

    fn gated(&mut self) -> GatedFilesystem<'_> {
        let inner = WasiFilesystemCtxView { ctx: self.wasi.filesystem(), table: &mut self.table };
        GatedFilesystem { caller: self.caller.clone(), volumes: self.volumes.clone(), inner }
    }
}

fn again(of: &Resource<Descriptor>) -> Resource<Descriptor> {
    Resource::new_borrow(of.rep())
}

/// The error code of a result.
macro_rules! said {
    ($result:expr) => {
        match $result.await {
            Ok(_) => None,
            Err(error) => Some(*error.downcast_ref().unwrap()),
        }
    };
}

mod volumes;

#[tokio::test]
async fn no_operation_of_a_revoked_caller_reaches_the_folder() {
    let mut fixture = Fixture::new();
    let caller = fixture.caller.clone();
    let mut gated = fixture.gated();
    let (folder, _) = preopens::Host::get_directories(&mut gated).unwrap().remove(0);
    let (none, a, b) = (PathFlags::empty(), || "a".to_owned(), || "b".to_owned());
    let rw = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let file = gated.open_at(again(&folder), none, a(), OpenFlags::empty(), rw).await.unwrap();
    caller.principal().revoke();

    let now = NewTimestamp::Now;
    let codes = [
        said!(gated.advise(again(&file), 0, 1, Advice::Normal)),
        said!(gated.sync_data(again(&file))),
        said!(gated.get_flags(again(&file))),
        said!(gated.get_type(again(&file))),
        said!(gated.set_size(again(&file), 0)),
        said!(gated.set_times(again(&file), now, now)),
        said!(gated.read(again(&file), 1, 0)),
        said!(gated.write(again(&file), vec![0], 0)),
        said!(gated.read_directory(again(&folder))),
        said!(gated.sync(again(&file))),
        said!(gated.create_directory_at(again(&folder), b())),
        said!(gated.stat(again(&file))),
        said!(gated.stat_at(again(&folder), none, a())),
        said!(gated.set_times_at(again(&folder), none, a(), now, now)),
        said!(gated.link_at(again(&folder), none, a(), again(&folder), b())),
        said!(gated.open_at(again(&folder), none, b(), OpenFlags::CREATE, rw)),
        said!(gated.readlink_at(again(&folder), a())),
        said!(gated.remove_directory_at(again(&folder), a())),
        said!(gated.rename_at(again(&folder), a(), again(&folder), b())),
        said!(gated.symlink_at(again(&folder), a(), b())),
        said!(gated.unlink_file_at(again(&folder), a())),
        said!(gated.metadata_hash(again(&file))),
        said!(gated.metadata_hash_at(again(&folder), none, a())),
        said!(std::future::ready(gated.read_via_stream(again(&file), 0))),
        said!(std::future::ready(gated.write_via_stream(again(&file), 0))),
        said!(std::future::ready(gated.append_via_stream(again(&file)))),
    ];
    assert_eq!(codes, [Some(ErrorCode::NotPermitted); 26]);
    assert!(preopens::Host::get_directories(&mut gated).unwrap().is_empty());
    HostDescriptor::drop(&mut gated, file).unwrap();
    HostDescriptor::drop(&mut gated, folder).unwrap();

    assert_eq!(fs::read_dir(fixture.folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(fixture.folder.path().join("a")).unwrap(), "hello");
    assert_eq!(fixture.audit.records().len(), 27);
}

#[tokio::test]
async fn a_listing_that_has_begun_ends_with_the_grant() {
    let mut fixture = Fixture::new();
    fs::write(fixture.folder.path().join("b"), "").unwrap();
    let caller = fixture.caller.clone();
    let mut gated = fixture.gated();
    let (d, _) = preopens::Host::get_directories(&mut gated).unwrap().remove(0);
    let listing = gated.read_directory(d).await.unwrap();
    let borrowed = || Resource::new_borrow(listing.rep());
    assert!(gated.read_directory_entry(borrowed()).await.unwrap().is_some());
    caller.principal().revoke();
    assert_eq!(said!(gated.read_directory_entry(borrowed())), Some(ErrorCode::NotPermitted));
}

#[tokio::test]
async fn a_refused_stream_says_why_and_the_host_s_own_errors_pass() {
    let mut fixture = Fixture::new();
    let mut gated = fixture.gated();
    let full = std::io::Error::from_raw_os_error(rustix::io::Errno::NOSPC.raw_os_error());
    for (error, code) in [
        (Refusal::Revoked.into(), Some(ErrorCode::NotPermitted)),
        (Refusal::RateLimited(1).into(), Some(ErrorCode::WouldBlock)),
        (wasmtime::Error::from(full), Some(ErrorCode::InsufficientSpace)),
        (wasmtime::format_err!("another"), None),
    ] {
        let error = gated.inner.table.push(error).unwrap();
        assert_eq!(types::Host::filesystem_error_code(&mut gated, error).unwrap(), code);
    }
}

#[tokio::test]
async fn what_is_read_through_an_open_stream_is_not_counted_by_the_rate() {
    let mut fixture = Fixture::new();
    let caller = fixture.caller.clone();
    let mut gated = fixture.gated();
    let (d, _) = preopens::Host::get_directories(&mut gated).unwrap().remove(0);
    let none = OpenFlags::empty();
    let f = gated
        .open_at(d, PathFlags::empty(), "a".to_owned(), none, DescriptorFlags::READ)
        .await
        .unwrap();
    let stream = gated.read_via_stream(f, 0).unwrap();
    let counted = caller.calls();
    let stream = gated.inner.table.get_mut(&stream).unwrap();
    for letter in ["h", "e", "l", "l", "o"] {
        assert_eq!(stream.blocking_read(1).await.unwrap(), letter);
    }
    assert_eq!(caller.calls(), counted);
}

#[tokio::test]
async fn a_fifth_open_listing_is_refused_until_another_is_dropped() {
    let mut fixture = Fixture::new();
    let audit = fixture.audit.clone();
    let mut gated = fixture.gated();
    let (d, _) = preopens::Host::get_directories(&mut gated).unwrap().remove(0);
    let mut open = Vec::new();
    for _ in 0..LISTINGS_MAX {
        open.push(gated.read_directory(again(&d)).await.unwrap());
    }
    let refused = said!(gated.read_directory(again(&d)));
    assert_eq!(refused, Some(ErrorCode::InsufficientMemory));
    assert_eq!(audit.records().len(), 1);
    HostDirectoryEntryStream::drop(&mut gated, open.remove(0)).unwrap();
    gated.read_directory(again(&d)).await.unwrap();
}

#[test]
fn a_folder_over_the_cap_is_not_listed() {
    let folder = tempfile::tempdir().unwrap();
    let open = fs::File::open(folder.path()).unwrap();
    assert!(has_at_most(0, &open).unwrap());
    for name in ["a", "b", "c"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    assert!(!has_at_most(2, &open).unwrap());
    assert!(has_at_most(3, &open).unwrap());
    assert!(has_at_most(LISTED_MAX, &open).unwrap());
}
