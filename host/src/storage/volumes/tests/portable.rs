//! Volumes that travel as a file, and files that strangers made.

use proptest::prelude::*;

use super::*;

const ALL: [Volume; 3] = [Volume::Workspace, Volume::Memory, Volume::Tmp];
/// As the original system has it.
const TABLE: &str = "CREATE TABLE vfs(volume TEXT, path TEXT, content BLOB, mtime INTEGER, PRIMARY KEY(volume, path))";

fn made(folder: &Path, sql: &str) -> std::path::PathBuf {
    let file = folder.join("foreign.sqlite");
    drop(std::fs::remove_file(&file));
    Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    file
}

fn imported(sql: &str) -> Result<(Volumes, Carried), StorageError> {
    let folder = tempfile::tempdir().unwrap();
    let volumes = Volumes::memory(VolumesQuota { bytes: 1 << 20, entries: 100 }).unwrap();
    let carried = volumes.import(&made(folder.path(), sql), &ALL, &soon());
    if carried.is_err() {
        for volume in ALL {
            assert_eq!(volumes.entries(volume, "", None, 10, &soon()).unwrap().0, [], "{sql}");
        }
    }
    carried.map(|carried| (volumes, carried))
}

#[test]
fn a_schema_of_anything_but_the_one_table_is_refused() {
    for sql in [
        "CREATE TABLE other(x)",
        "CREATE VIEW vfs AS SELECT 'tmp' AS volume, 'a' AS path, 'x' AS content, 1 AS mtime",
        "CREATE TABLE vfs(volume, path, content)",
        "CREATE TABLE vfs(path, volume, content, mtime)",
        "CREATE TABLE vfs(volume, path, content, mtime, more)",
        "CREATE TABLE vfs(volume, path, content AS (zeroblob(1000000)), mtime)",
        "CREATE TABLE vfs(volume, path, content, mtime CHECK (mtime > abs(1)))",
        "CREATE TABLE vfs(volume, path PRIMARY KEY, content, mtime) WITHOUT ROWID",
        "CREATE VIRTUAL TABLE vfs USING fts5(volume, path, content, mtime)",
        "CREATE TABLE vfs(volume COLLATE nocase, path, content, mtime)",
        &format!("{TABLE}; CREATE TRIGGER t AFTER INSERT ON vfs BEGIN DELETE FROM vfs; END"),
        &format!("{TABLE}; CREATE INDEX i ON vfs(length(path))"),
        &format!("{TABLE}; CREATE VIEW v AS SELECT 1"),
        &format!("{TABLE}; CREATE TABLE more(x)"),
    ] {
        assert!(matches!(imported(sql), Err(StorageError::Invalid(_))), "{sql}");
    }
}

#[test]
fn a_row_that_no_volume_has_is_refused_with_all_others() {
    for row in [
        "'workspace', '../a', x'00', 1",
        "'workspace', '/a', x'00', 1",
        "'workspace', 'a//b', x'00', 1",
        "'workspace', 'a\\b', x'00', 1",
        "'workspace', '', x'00', 1",
        "'workspace', '/', '', 1",
        "'workspace', 'd/', 'x', 1",
        "'workspace', char(27) || '[2J', x'00', 1",
        "'workspace', x'6162', x'00', 1",
        "'workspace', 7, x'00', 1",
        "'workspace', NULL, x'00', 1",
        "'workspace', CAST(x'ff' AS TEXT), x'00', 1",
        "'workspace', 'good/b', x'00', 1",
        "'elsewhere', 'a', x'00', 1",
        "'workspace', 'a', 12, 1",
    ] {
        let sql = format!(
            "{}; INSERT INTO vfs VALUES ('workspace', 'good', x'01', 1); INSERT INTO vfs VALUES ({row})",
            TABLE.replace("TEXT", "BLOB"),
        );
        let refused = imported(&sql);
        assert!(
            matches!(refused, Err(StorageError::Invalid(_) | StorageError::Conflict)),
            "{row}: {:?}",
            refused.map(|(_, carried)| carried)
        );
    }
    let long =
        format!("{TABLE}; INSERT INTO vfs VALUES ('workspace', '{}', '', 1)", "x/".repeat(999));
    assert!(matches!(imported(&long), Err(StorageError::Invalid(_))));
}

#[test]
fn more_than_an_instance_may_have_is_refused() {
    let large = format!("{TABLE}; INSERT INTO vfs VALUES ('tmp', 'a', zeroblob(1048577), 1)");
    assert!(matches!(imported(&large), Err(StorageError::Quota(_))));
    let many = format!(
        "{TABLE}; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 101)
         INSERT INTO vfs SELECT 'workspace', 'f' || i, '', 1 FROM n"
    );
    assert!(matches!(imported(&many), Err(StorageError::Quota(_))));
}

#[test]
fn what_is_damaged_or_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let volumes = Volumes::memory(VolumesQuota::default()).unwrap();
    let file = made(
        folder.path(),
        &format!("{TABLE}; INSERT INTO vfs VALUES ('workspace', 'a', zeroblob(90000), 1)"),
    );
    let whole = std::fs::read(&file).unwrap();
    let mut cyclic = whole.clone();
    // The first overflow page follows itself.
    let pages = cyclic.len() / 4096;
    for page in 3..pages {
        cyclic[page * 4096..page * 4096 + 4].copy_from_slice(&4_u32.to_be_bytes());
    }
    for bytes in [b"".to_vec(), b"PK".to_vec(), vec![0; 4096], whole[..8192].to_vec(), cyclic] {
        std::fs::write(&file, &bytes).unwrap();
        let refused = volumes.import(&file, &ALL, &soon());
        assert!(matches!(refused, Err(StorageError::Invalid(_))), "{refused:?}");
    }
    let gone = volumes.import(&folder.path().join("gone"), &ALL, &soon());
    assert!(matches!(gone, Err(StorageError::Invalid(_))));
}

#[test]
fn a_file_of_the_original_is_taken_with_its_seconds() {
    let (volumes, carried) = imported(&format!(
        "{TABLE}; INSERT INTO vfs VALUES ('workspace', 'a/b.txt', 'hi', 1700000000),
         ('memory', 'm', x'ff', '2023-11-14T22:13:20Z'), ('workspace', 'none', NULL, NULL)"
    ))
    .unwrap();
    assert_eq!(carried, Carried { files: 3, bytes: 3 });
    assert_eq!(volumes.get("a/b.txt").unwrap(), b"hi");
    assert_eq!(volumes.get("none").unwrap(), b"");
    for (volume, at) in [(Volume::Workspace, "a/b.txt"), (Volume::Memory, "m")] {
        assert_eq!(
            volumes.stat(volume, &path(at), &soon()).unwrap().modified_ms,
            1_700_000_000_000
        );
    }
}

#[test]
fn volumes_that_have_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = made(folder.path(), TABLE);
    let volumes = Volumes::memory(VolumesQuota::default()).unwrap();
    volumes.put("mine", b"1");
    assert_eq!(volumes.import(&file, &ALL, &soon()), Err(StorageError::NotEmpty));
    assert_eq!(volumes.import(&file, &[Volume::Memory], &soon()), Ok(Carried::default()));
    assert_eq!(volumes.get("mine").unwrap(), b"1");
}

#[test]
fn only_the_volumes_that_were_asked_for_travel() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path().join("a"), folder.path().join("b"));
    let volumes = Volumes::memory(VolumesQuota::default()).unwrap();
    for volume in ALL {
        volumes.write(volume, &path("f"), None, b"x", &soon()).unwrap();
    }
    let carried = volumes.export(&here, &[Volume::Workspace], &soon()).unwrap();
    assert_eq!(carried.files, 1);
    assert!(!String::from_utf8_lossy(&std::fs::read(&here).unwrap()).contains("memory"));
    volumes.export(&there, &ALL, &soon()).unwrap();
    let other = Volumes::memory(VolumesQuota::default()).unwrap();
    assert_eq!(other.import(&there, &[Volume::Tmp], &soon()).unwrap().files, 1);
    assert_eq!(other.list(), [""; 0]);
}

#[test]
fn what_was_restored_to_tmp_outlives_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let file =
        made(folder.path(), &format!("{TABLE}; INSERT INTO vfs VALUES ('tmp', 'f', 'x', 1)"));
    let volumes = Volumes::memory(VolumesQuota::default()).unwrap();
    volumes.import(&file, &ALL, &soon()).unwrap();
    let has = || volumes.stat(Volume::Tmp, &path("f"), &soon()).is_ok();
    volumes.resume("one", &soon()).unwrap();
    assert!(has());
    volumes.resume("two", &soon()).unwrap();
    assert!(!has());
}

type Files = Vec<(Volume, String, Vec<u8>)>;

fn all(volumes: &Volumes) -> Vec<(String, Kind, u64, Vec<u8>)> {
    let mut all = Vec::new();
    for volume in ALL {
        for entry in volumes.entries(volume, "", None, 1000, &soon()).unwrap().0 {
            let (modified, bytes) = match entry.kind {
                Kind::Directory => (0, Vec::new()),
                Kind::File => {
                    let bytes = volumes.read(volume, &path(&entry.path), 0, u32::MAX, &soon());
                    (entry.modified_ms, bytes.unwrap())
                }
            };
            all.push((format!("{} {}", volume.name(), entry.path), entry.kind, modified, bytes));
        }
    }
    all
}

fn files() -> impl Strategy<Value = Files> {
    let volume = prop::sample::select(ALL.to_vec());
    let size = prop_oneof![0..40_usize, Just(65_536), Just(65_537), Just(200_000)];
    let data = (size, any::<u8>()).prop_map(|(size, byte)| vec![byte; size]);
    prop::collection::vec((volume, "[a-c.é]{1,2}(/[a-c. ]{1,2}){0,2}", data), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_shipped_is_restored(files in files(), empty in prop::option::of("[d-f]{1,2}/[d-f]")) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("v");
        let volumes = Volumes::memory(VolumesQuota::default()).unwrap();
        for (volume, at, data) in &files {
            if let Ok(at) = VfsPath::parse(at) {
                drop(volumes.write(*volume, &at, None, data, &soon()));
                // A hole at the end.
                drop(volumes.write(*volume, &at, Some(data.len() as u64 + 70_000), b"", &soon()));
            }
        }
        if let Some(empty) = empty {
            volumes.write(Volume::Memory, &path(&format!("{empty}/f")), None, b"", &soon()).unwrap();
            volumes.remove(Volume::Memory, &path(&format!("{empty}/f")), &soon()).unwrap();
        }
        volumes.export(&file, &ALL, &soon()).unwrap();
        let restored = Volumes::memory(VolumesQuota::default()).unwrap();
        restored.import(&file, &ALL, &soon()).unwrap();
        prop_assert_eq!(all(&restored), all(&volumes));
    }

    #[test]
    fn no_changed_byte_makes_it_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let folder = tempfile::tempdir().unwrap();
        let file = made(folder.path(), &format!("{TABLE}; INSERT INTO vfs VALUES ('tmp', 'f', zeroblob(9000), 1)"));
        let mut bytes = std::fs::read(&file).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        std::fs::write(&file, bytes).unwrap();
        let volumes = Volumes::memory(VolumesQuota::default()).unwrap();
        drop(volumes.import(&file, &ALL, &soon()));
    }
}
