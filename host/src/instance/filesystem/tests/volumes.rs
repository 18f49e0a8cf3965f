//! The same operations on the volumes of an instance.

use wasmtime_wasi::p2::bindings::filesystem::types::DescriptorType;
use wasmtime_wasi::p2::{StreamError, StreamResult};

use super::*;
use crate::capabilities::Vfs;

fn no() -> PathFlags {
    PathFlags::empty()
}

fn fixture() -> (Fixture, Vfs) {
    let vfs = Vfs::new(None);
    let mut fixture = Fixture::new();
    fixture.volumes = Some(vfs.workbook("acme", "notes"));
    (fixture, vfs)
}

/// The mount, and `/workspace`, `/memory`, `/tmp` and `.`.
fn folders(gated: &mut GatedFilesystem<'_>) -> Vec<Resource<Descriptor>> {
    preopens::Host::get_directories(gated).unwrap().into_iter().map(|(folder, _)| folder).collect()
}

fn rw() -> DescriptorFlags {
    DescriptorFlags::READ | DescriptorFlags::WRITE
}

async fn open(
    gated: &mut GatedFilesystem<'_>,
    folder: &Resource<Descriptor>,
    name: &str,
    open: OpenFlags,
    flags: DescriptorFlags,
) -> FsResult<Resource<Descriptor>> {
    gated.open_at(again(folder), no(), name.to_owned(), open, flags).await
}

fn why<T: std::fmt::Debug>(result: StreamResult<T>) -> ErrorCode {
    match result {
        Err(StreamError::LastOperationFailed(error)) => *error.downcast_ref().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn no_operation_of_a_revoked_caller_reaches_a_volume() {
    let (mut fixture, _vfs) = fixture();
    let caller = fixture.caller.clone();
    let mut gated = fixture.gated();
    let folder = folders(&mut gated).remove(1);
    let (a, b) = (|| "a".to_owned(), || "b".to_owned());
    let file = open(&mut gated, &folder, "a", OpenFlags::CREATE, rw()).await.unwrap();
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
        said!(gated.stat_at(again(&folder), no(), a())),
        said!(gated.set_times_at(again(&folder), no(), a(), now, now)),
        said!(gated.link_at(again(&folder), no(), a(), again(&folder), b())),
        said!(gated.open_at(again(&folder), no(), b(), OpenFlags::CREATE, rw())),
        said!(gated.readlink_at(again(&folder), a())),
        said!(gated.remove_directory_at(again(&folder), a())),
        said!(gated.rename_at(again(&folder), a(), again(&folder), b())),
        said!(gated.symlink_at(again(&folder), a(), b())),
        said!(gated.unlink_file_at(again(&folder), a())),
        said!(gated.metadata_hash(again(&file))),
        said!(gated.metadata_hash_at(again(&folder), no(), a())),
        said!(std::future::ready(gated.read_via_stream(again(&file), 0))),
        said!(std::future::ready(gated.write_via_stream(again(&file), 0))),
        said!(std::future::ready(gated.append_via_stream(again(&file)))),
    ];
    assert_eq!(codes, [Some(ErrorCode::NotPermitted); 26]);
    assert!(preopens::Host::get_directories(&mut gated).unwrap().is_empty());
    HostDescriptor::drop(&mut gated, file).unwrap();
    HostDescriptor::drop(&mut gated, folder).unwrap();
}

#[tokio::test]
async fn links_and_moves_between_volumes_and_mounts_are_refused() {
    let (mut fixture, _vfs) = fixture();
    let mut gated = fixture.gated();
    let [mount, workspace, memory, ..] = &folders(&mut gated)[..] else { panic!("too few") };
    open(&mut gated, workspace, "a", OpenFlags::CREATE, rw()).await.unwrap();
    let a = || "a".to_owned();
    for (from, to) in [(mount, workspace), (workspace, mount), (workspace, memory)] {
        let moved = said!(gated.rename_at(again(from), a(), again(to), a()));
        assert_eq!(moved, Some(ErrorCode::CrossDevice));
        let same = gated.is_same_object(again(from), again(to)).await.unwrap();
        assert!(!same);
    }
    let refused = Some(ErrorCode::NotPermitted);
    let linked =
        said!(gated.link_at(again(workspace), no(), a(), again(workspace), "b".to_owned()));
    assert_eq!(linked, refused);
    assert_eq!(said!(gated.symlink_at(again(workspace), a(), "b".to_owned())), refused);
    assert_eq!(said!(gated.readlink_at(again(workspace), a())), Some(ErrorCode::Invalid));
}

#[tokio::test]
async fn what_a_handle_was_not_opened_for_it_does_not_do() {
    let (mut fixture, _vfs) = fixture();
    let mut gated = fixture.gated();
    let folder = folders(&mut gated).remove(1);
    let none = OpenFlags::empty();
    let bad = Some(ErrorCode::BadDescriptor);
    let write = DescriptorFlags::WRITE;
    let w = open(&mut gated, &folder, "a", OpenFlags::CREATE, write).await.unwrap();
    assert_eq!(said!(gated.read(again(&w), 1, 0)), bad);
    assert_eq!(said!(std::future::ready(gated.read_via_stream(again(&w), 0))), bad);
    let r = open(&mut gated, &folder, "a", none, DescriptorFlags::READ).await.unwrap();
    assert_eq!(said!(gated.write(again(&r), vec![0], 0)), bad);
    assert_eq!(said!(gated.set_size(again(&r), 0)), bad);
    assert_eq!(said!(std::future::ready(gated.append_via_stream(again(&r)))), bad);
    assert_eq!(gated.get_flags(again(&r)).await.unwrap(), DescriptorFlags::READ);
    for (flags, opens, code) in [
        (rw() | DescriptorFlags::FILE_INTEGRITY_SYNC, none, ErrorCode::Unsupported),
        (rw(), OpenFlags::CREATE | OpenFlags::DIRECTORY, ErrorCode::Invalid),
        (rw(), OpenFlags::DIRECTORY, ErrorCode::NotDirectory),
    ] {
        assert_eq!(said!(open(&mut gated, &folder, "a", opens, flags)), Some(code));
    }
    assert_eq!(said!(open(&mut gated, &folder, ".", none, rw())), Some(ErrorCode::IsDirectory));
    assert_eq!(said!(gated.read_directory(r)), Some(ErrorCode::NotDirectory));
}

#[tokio::test]
async fn a_file_over_the_quota_reads_as_such_and_is_on_the_record() {
    let (mut fixture, _vfs) = fixture();
    let audit = fixture.audit.clone();
    let mut gated = fixture.gated();
    let folder = folders(&mut gated).remove(1);
    let file = open(&mut gated, &folder, "a", OpenFlags::CREATE, rw()).await.unwrap();
    gated.set_size(again(&file), 32 << 20).await.unwrap();
    assert_eq!(said!(gated.write(again(&file), vec![0], 32 << 20)), Some(ErrorCode::Quota));
    assert_eq!(said!(gated.set_size(again(&file), 2 << 30)), Some(ErrorCode::FileTooLarge));
    let stream = gated.append_via_stream(again(&file)).unwrap();
    let stream = gated.inner.table.get_mut(&stream).unwrap();
    assert_eq!(why(stream.blocking_write_and_flush("x".into()).await), ErrorCode::Quota);
    assert_eq!(audit.records().len(), 2);
}

#[tokio::test]
async fn streams_write_read_append_and_end_with_the_grant() {
    let (mut fixture, _vfs) = fixture();
    let caller = fixture.caller.clone();
    let mut gated = fixture.gated();
    let folder = folders(&mut gated).remove(1);
    let file = open(&mut gated, &folder, "a", OpenFlags::CREATE, rw()).await.unwrap();
    let writer = gated.write_via_stream(again(&file), 0).unwrap();
    let appender = gated.append_via_stream(again(&file)).unwrap();
    let table = &mut *gated.inner.table;
    let writer = table.get_mut(&writer).unwrap();
    for piece in ["he", "llo"] {
        writer.ready().await;
        assert!(writer.check_write().unwrap() > 0);
        writer.write(piece.into()).unwrap();
        writer.flush().unwrap();
    }
    let appender = table.get_mut(&appender).unwrap();
    appender.blocking_write_and_flush(" there".into()).await.unwrap();
    let reader = gated.read_via_stream(again(&file), 1).unwrap();
    let reader = gated.inner.table.get_mut(&reader).unwrap();
    reader.ready().await;
    assert_eq!(reader.read(4).unwrap(), "ello");
    assert_eq!(reader.blocking_read(99).await.unwrap(), " there");
    assert!(matches!(reader.blocking_read(1).await, Err(StreamError::Closed)));
    caller.principal().revoke();
    assert!(matches!(reader.read(1), Err(StreamError::LastOperationFailed(_))));
}

#[tokio::test]
async fn what_is_read_from_the_database_comes_through_a_stream_that_waits() {
    let (mut fixture, vfs) = fixture();
    let caller = fixture.caller.clone();
    let bytes = vec![7; 3 << 20];
    let expected = bytes.clone();
    let volumes = vfs.workbook("acme", "notes");
    let put = move |_: &_, volumes: &crate::storage::Volumes, stop: &_| {
        let path = crate::storage::VfsPath::parse("a")?;
        volumes.write(Volume::Workspace, &path, None, &bytes, stop)
    };
    volumes.perform(&caller, put).await.unwrap().unwrap();
    let mut gated = fixture.gated();
    let folder = folders(&mut gated).remove(4);
    let none = OpenFlags::empty();
    let file = open(&mut gated, &folder, "a", none, DescriptorFlags::READ).await.unwrap();
    let reader = gated.read_via_stream(again(&file), 0).unwrap();
    let reader = gated.inner.table.get_mut(&reader).unwrap();
    let mut read = Vec::new();
    while read.len() < expected.len() {
        let piece = reader.read(1 << 20).unwrap();
        if piece.is_empty() {
            reader.ready().await;
        }
        read.extend_from_slice(&piece);
    }
    assert!(read == expected);
}

#[tokio::test]
async fn a_folder_stays_what_it_is_when_it_is_renamed_and_is_listed_while_it_changes() {
    let (mut fixture, _vfs) = fixture();
    let mut gated = fixture.gated();
    let root = folders(&mut gated).remove(1);
    gated.create_directory_at(again(&root), "d".to_owned()).await.unwrap();
    let d =
        open(&mut gated, &root, "d", OpenFlags::DIRECTORY, DescriptorFlags::READ).await.unwrap();
    for n in 0..100 {
        let file = open(&mut gated, &d, &format!("{n:03}"), OpenFlags::CREATE, rw()).await.unwrap();
        HostDescriptor::drop(&mut gated, file).unwrap();
    }
    let listing = gated.read_directory(again(&d)).await.unwrap();
    let borrowed = || Resource::new_borrow(listing.rep());
    let mut names = Vec::new();
    while let Some(entry) = gated.read_directory_entry(borrowed()).await.unwrap() {
        assert_eq!(entry.type_, DescriptorType::RegularFile);
        if names.is_empty() {
            gated
                .rename_at(again(&root), "d".to_owned(), again(&root), "e".to_owned())
                .await
                .unwrap();
            gated.unlink_file_at(again(&d), "000".to_owned()).await.unwrap();
            gated.unlink_file_at(again(&d), "099".to_owned()).await.unwrap();
        }
        names.push(entry.name);
    }
    let expected: Vec<_> = (0..99).map(|n| format!("{n:03}")).collect();
    assert_eq!(names, expected);
    HostDirectoryEntryStream::drop(&mut gated, listing).unwrap();
    let e = open(&mut gated, &root, "e", OpenFlags::empty(), DescriptorFlags::READ).await.unwrap();
    assert!(gated.is_same_object(again(&d), again(&e)).await.unwrap());
    let hash = gated.metadata_hash(again(&d)).await.unwrap();
    let at = gated.metadata_hash_at(again(&root), no(), "e/.".to_owned()).await.unwrap();
    assert_eq!((hash.lower, hash.upper), (at.lower, at.upper));
    assert_eq!(
        said!(gated.stat_at(again(&d), no(), "../e".to_owned())),
        Some(ErrorCode::NotPermitted)
    );
}

#[tokio::test]
async fn two_instances_of_one_tenant_share_nothing() {
    let (mut fixture, vfs) = fixture();
    let mut gated = fixture.gated();
    let ours = folders(&mut gated).remove(1);
    open(&mut gated, &ours, "a", OpenFlags::CREATE, rw()).await.unwrap();
    gated.volumes = Some(vfs.workbook("acme", "other"));
    let theirs = folders(&mut gated).remove(1);
    assert_eq!(
        said!(gated.stat_at(again(&theirs), no(), "a".to_owned())),
        Some(ErrorCode::NoEntry)
    );
    assert_eq!(said!(gated.stat_at(again(&ours), no(), "a".to_owned())), None);
    gated.volumes = Some(vfs.workbook("acme/notes", ""));
    let theirs = folders(&mut gated).remove(1);
    assert_eq!(
        said!(gated.stat_at(again(&theirs), no(), "a".to_owned())),
        Some(ErrorCode::NoEntry)
    );
}

#[tokio::test]
async fn the_time_of_a_file_is_set_and_moves_with_the_next_write() {
    let (mut fixture, _vfs) = fixture();
    let mut gated = fixture.gated();
    let folder = folders(&mut gated).remove(1);
    let file = open(&mut gated, &folder, "a", OpenFlags::CREATE, rw()).await.unwrap();
    let at = |seconds| {
        NewTimestamp::Timestamp(wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime {
            seconds,
            nanoseconds: 5_000_000,
        })
    };
    gated.set_times(again(&file), NewTimestamp::NoChange, at(7)).await.unwrap();
    let time = gated.stat(again(&file)).await.unwrap().data_modification_timestamp.unwrap();
    assert_eq!((time.seconds, time.nanoseconds), (7, 5_000_000));
    let none = NewTimestamp::NoChange;
    gated.set_times_at(again(&folder), no(), "a".to_owned(), none, at(9)).await.unwrap();
    let stat = gated.stat_at(again(&folder), no(), "a".to_owned()).await.unwrap();
    assert_eq!(stat.data_modification_timestamp.unwrap().seconds, 9);
    let never = said!(gated.set_times(again(&file), none, at(u64::MAX / 1000)));
    assert_eq!(never, Some(ErrorCode::Overflow));
    gated.write(again(&file), vec![1], 0).await.unwrap();
    let stat = gated.stat(again(&file)).await.unwrap();
    assert!(stat.data_modification_timestamp.unwrap().seconds > 1_000_000_000);
}
