//! What a query cannot do.

use super::*;

/// Each is refused as invalid, on a file and in memory, and changes nothing.
fn refused(statements: &[&str]) {
    let (_folder, both) = both(VolumesQuota::default());
    for volumes in &both {
        volumes.put("f", b"kept");
        for sql in statements {
            let answer = volumes.ask(sql);
            assert!(matches!(answer, Err(StorageError::Invalid(_))), "{sql}: {answer:?}");
        }
        assert_eq!(volumes.get("f").unwrap(), b"kept");
        assert_eq!(volumes.list(), ["f"]);
        assert_eq!(volumes.ask("SELECT 1 FROM files").unwrap().rows.len(), 1);
    }
}

#[test]
fn sql_that_writes_is_refused() {
    refused(&[
        "INSERT INTO files VALUES ('tmp', 'x', 'file', 0, 0, x'')",
        "UPDATE files SET path = 'x'",
        "DELETE FROM files",
        "DELETE FROM entry",
        "UPDATE entry SET size = 0 RETURNING size",
        "REPLACE INTO total VALUES (1, 0, 0)",
        "CREATE TABLE t (x)",
        "CREATE TEMP TABLE t (x)",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE TEMP TRIGGER t INSTEAD OF INSERT ON files BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE t USING fts5(x)",
        "CREATE INDEX i ON entry (size)",
        "DROP VIEW files",
        "DROP TABLE entry",
        "ALTER TABLE entry RENAME TO x",
        "REINDEX",
        "ANALYZE",
        "VACUUM",
        "VACUUM INTO '/tmp/x'",
        "WITH x AS (SELECT 1) DELETE FROM files",
    ]);
}

#[test]
fn statements_that_are_no_select_are_refused() {
    refused(&[
        "",
        "  -- nothing",
        ";",
        "ATTACH ':memory:' AS x",
        "ATTACH '/etc/passwd' AS x",
        "DETACH main",
        "PRAGMA user_version",
        "PRAGMA query_only = OFF",
        "PRAGMA hard_heap_limit = 0",
        "PRAGMA writable_schema = ON",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT s",
        "EXPLAIN SELECT * FROM files",
        "EXPLAIN QUERY PLAN SELECT * FROM files",
        "SELECT 1; SELECT 2",
        "SELECT 1; DELETE FROM entry",
        "SELECT 1; nonsense",
        "SELECT \0",
    ]);
}

#[test]
fn only_files_is_seen() {
    refused(&[
        "SELECT * FROM entry",
        "SELECT * FROM main.chunk",
        "SELECT data FROM CHUNK",
        "SELECT count(*) FROM Entry",
        "SELECT 1 FROM total",
        "SELECT count(*) FROM sqlite_schema",
        "SELECT * FROM sqlite_master",
        "SELECT sql FROM sqlite_temp_schema",
        "SELECT count(*) FROM temp.sqlite_master",
        "SELECT * FROM pragma_database_list",
        "SELECT count(*) FROM pragma_table_info('entry')",
        "SELECT file FROM pragma_database_list",
        "SELECT * FROM dbstat",
        "SELECT count(*) FROM dbstat",
        "SELECT * FROM json_each('[1]')",
        "SELECT * FROM fts3tokenize('simple', 'a b')",
        "SELECT * FROM files, chunk",
        "SELECT (SELECT max(data) FROM chunk) FROM files",
        "SELECT * FROM files WHERE size IN (SELECT seq FROM chunk)",
    ]);
}

#[test]
fn a_table_expression_named_files_opens_nothing() {
    refused(&[
        "WITH files AS (SELECT * FROM entry) SELECT * FROM files",
        "WITH files AS (SELECT data FROM chunk) SELECT data FROM files",
        "WITH files AS (SELECT count(*) FROM chunk) SELECT * FROM files",
        "SELECT * FROM (SELECT * FROM chunk) AS files",
        "WITH files(c) AS (SELECT assemble(9, 0, x'00')) SELECT c FROM files",
        "WITH chunk AS (SELECT 1) SELECT count(*) FROM chunk",
    ]);
}

#[test]
fn functions_beyond_the_list_are_refused() {
    refused(&[
        "SELECT load_extension('x')",
        "SELECT zeroblob(1000000000)",
        "SELECT randomblob(1000000000)",
        "SELECT random()",
        "SELECT printf('%1000000000d', 1)",
        "SELECT format('%.*c', 1000000000, 'x')",
        "SELECT replace('aa', 'a', 'bb')",
        "SELECT instr('aa', 'a')",
        "SELECT trim('aa', 'a')",
        "SELECT assemble(4000000, 0, x'00')",
        "SELECT readfile('/etc/passwd')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT fts5(1)",
        "SELECT rtreecheck('x')",
        "SELECT sqlite_version()",
        "SELECT sqlite_compileoption_get(1)",
        "SELECT datetime('now', 'localtime')",
        "SELECT path MATCH 'x' FROM files",
        "SELECT path REGEXP 'x' FROM files",
        "SELECT soundex('x')",
        "SELECT last_insert_rowid()",
    ]);
}

#[test]
fn statements_over_the_limits_are_refused() {
    let columns = vec!["1"; 101].join(",");
    let deep = format!("SELECT {}1{}", "(-".repeat(200), ")".repeat(200));
    let compound = vec!["SELECT 1"; 21].join(" UNION ALL ");
    let like = format!("SELECT 'x' LIKE '{}'", "%".repeat(65));
    let glob = format!("SELECT 'x' GLOB '{}'", "*".repeat(65));
    refused(&[
        &format!("SELECT {columns}"),
        &deep,
        &compound,
        &like,
        &glob,
        "SELECT ?101",
        "SELECT coalesce(1,2,3,4,5,6,7,8,9)",
        "SELECT \"a text in the wrong quotes\"",
    ]);
    let (_folder, [volumes, _]) = both(VolumesQuota::default());
    let long = format!("SELECT '{}'", "x".repeat(70_000));
    assert!(matches!(volumes.ask(&long), Err(StorageError::TooLarge(_))));
    let params = [Value::Blob(vec![0; 3 << 20]), Value::Blob(vec![0; 3 << 20])];
    let heavy = volumes.query("SELECT ?, ?", &params, &soon());
    assert!(matches!(heavy, Err(StorageError::TooLarge(_))));
}

#[test]
fn a_refusal_names_no_place_of_the_host_and_no_inner_view() {
    let (folder, [volumes, _]) = both(VolumesQuota::default());
    let host = folder.path().to_str().unwrap();
    for sql in [
        "SELECT nothing FROM files",
        "SELECT * FROM entry",
        "SELECT * FROM main.files",
        "ATTACH 'x' AS y",
    ] {
        let Err(StorageError::Invalid(text)) = volumes.ask(sql) else { panic!("{sql} was taken") };
        assert!(!text.contains(host) && !text.contains("files_"), "{text}");
    }
}
