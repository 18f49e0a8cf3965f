//! What a query can do.

use super::super::query::{ANSWER_MAX, ROWS_MAX, VALUE_MAX};
use super::*;

#[test]
fn a_query_sees_files_as_the_guest_knows_them() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        volumes.put("d/a", b"\xff\x00bytes");
        volumes.put("e", b"");
        let rows = volumes
            .ask("SELECT volume, path, kind, size, content FROM files ORDER BY path")
            .unwrap();
        assert_eq!(rows.columns, ["volume", "path", "kind", "size", "content"]);
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(
            rows.rows,
            [
                vec![
                    text("workspace"),
                    text("d"),
                    text("directory"),
                    Value::Integer(0),
                    Value::Null
                ],
                vec![
                    text("workspace"),
                    text("d/a"),
                    text("file"),
                    Value::Integer(7),
                    Value::Blob(b"\xff\x00bytes".to_vec()),
                ],
                vec![
                    text("workspace"),
                    text("e"),
                    text("file"),
                    Value::Integer(0),
                    Value::Blob(vec![])
                ],
            ]
        );
        assert!(!rows.truncated);
    }
}

#[test]
fn parameters_are_bound_by_position_and_keep_their_type() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    let params = [
        Value::Null,
        Value::Integer(i64::MIN),
        Value::Real(0.5),
        Value::Text("a'; DROP TABLE entry\0".to_owned()),
        Value::Blob(vec![0, 255]),
    ];
    let rows = volumes.query("SELECT ?, ?, ?, ?, ?", &params, &soon()).unwrap();
    assert_eq!(rows.rows, [params.to_vec()]);
    for count in [0, 2] {
        let refused = volumes.query("SELECT ?", &params[..count], &soon());
        assert!(matches!(refused, Err(StorageError::Invalid(_))), "{refused:?}");
    }
}

#[test]
fn text_that_is_not_utf8_is_a_blob() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    let rows = volumes.ask("SELECT CAST(x'ff41' AS TEXT), CAST(x'41' AS TEXT)").unwrap();
    assert_eq!(rows.rows, [vec![Value::Blob(vec![0xff, 0x41]), Value::Text("A".to_owned())]]);
}

#[test]
fn joins_windows_recursion_and_json_work() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        volumes.put("a.json", br#"{"n": 41}"#);
        for (sql, value) in [
            (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT count(*) FROM n",
                9,
            ),
            ("WITH n(i) AS (VALUES (1), (2)) SELECT count(*) FROM n, files", 2),
            ("SELECT json_extract(CAST(content AS TEXT), '$.n') + 1 FROM files", 42),
            ("SELECT count(*) FROM FILES a JOIN files b USING (path)", 1),
            ("SELECT count(*) FROM files WHERE path LIKE 'A.%' AND path LIKE 'a._%'", 1),
            ("SELECT row_number() OVER (ORDER BY size) FROM files", 1),
            ("WITH files AS (SELECT 7 AS x) SELECT x FROM files", 7),
            ("SELECT max(size) FROM temp.files -- and a remark\n;", 9),
        ] {
            let rows = volumes.ask(sql).unwrap().rows;
            assert_eq!(rows, [vec![Value::Integer(value)]], "{sql}");
        }
    }
}

#[test]
fn too_many_rows_are_cut_and_it_is_said() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    let count = |limit: usize| {
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {limit}) SELECT i FROM n"
        );
        let rows = volumes.ask(&sql).unwrap();
        (rows.rows.len(), rows.truncated)
    };
    assert_eq!(count(ROWS_MAX), (ROWS_MAX, false));
    assert_eq!(count(ROWS_MAX + 1), (ROWS_MAX, true));
}

#[test]
fn too_many_bytes_are_cut_and_it_is_said() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    let half = VALUE_MAX / 2;
    let whole = ANSWER_MAX / half;
    for n in 0..whole {
        volumes.put(&n.to_string(), &vec![0; half]);
    }
    let rows = volumes.ask("SELECT content FROM files").unwrap();
    assert_eq!((rows.rows.len(), rows.truncated), (whole - 1, true));
}

#[test]
fn a_content_of_more_than_1_mib_is_no_value_of_sql() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    volumes.put("a", &vec![0; VALUE_MAX + 1]);
    let refused = volumes.ask("SELECT content FROM files WHERE path = 'a'");
    assert_eq!(refused, Err(StorageError::TooLarge(VALUE_MAX as u64)));
    assert_eq!(volumes.ask("SELECT size FROM files WHERE path = 'a'").unwrap().rows.len(), 1);
}

#[test]
fn a_query_sees_what_was_written_before_it() {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        for n in 1..4 {
            volumes.put(&format!("f{n}"), b"");
            let rows = volumes.ask("SELECT count(*) FROM files").unwrap().rows;
            assert_eq!(rows, [vec![Value::Integer(n)]]);
        }
    }
}

#[test]
fn a_row_of_many_dear_calls_ends_at_its_deadline() {
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    volumes.put("a", &vec![b'a'; VALUE_MAX - 1024]);
    let calls = vec!["content LIKE ?1"; 90].join(", ");
    let sql = format!("WITH f AS MATERIALIZED (SELECT content FROM files) SELECT {calls} FROM f");
    let pattern = Value::Text(format!("%{}b", "a".repeat(60)));
    let began = std::time::Instant::now();
    let stop = Stop::after(std::time::Duration::from_millis(50));
    assert_eq!(volumes.query(&sql, &[pattern], &stop), Err(StorageError::Timeout));
    assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}", began.elapsed());
}
