//! `wbx library query SQL`: one question to the files of every member.

use std::time::Duration;

use miette::Report;
use serde_json::json;
use workbooks_host::library::{Library, Value};

use crate::io::scratch::Scratch;
use crate::output::{Answer, Style, Text, bytes_as_text};
use crate::session::Session;

/// How long a question may take.
const TIME: Duration = Duration::from_secs(30);
/// Characters of a value that people see; programs see all.
const SHOWN: usize = 80;

/// Answers with a table, and with what was not asked.
pub(super) fn query(session: &Session, library: &Library, sql: &str) -> Result<Answer, Report> {
    let scratch = Scratch::make(&session.home.scratch())?;
    let answer = library.query(sql, TIME, scratch.path())?;
    let head = answer.rows.columns.iter().map(|name| (Style::Strong, name.clone())).collect();
    let cells = |row: &Vec<Value>| row.iter().map(|value| (Style::Plain, shown(value))).collect();
    let rows = [head].into_iter().chain(answer.rows.rows.iter().map(cells)).collect();
    let mut text = Text::default().table(rows);
    if answer.rows.truncated {
        text = text.words(Style::Bad, "there are more rows: ask for less with LIMIT").end();
    }
    for skipped in &answer.skipped {
        let path = skipped.path.as_ref().map(|path| format!("/{path}")).unwrap_or_default();
        let line = format!("skipped {}{path}: {}", skipped.member, skipped.why);
        text = text.words(Style::Dim, line).end();
    }
    let skipped: Vec<_> = answer
        .skipped
        .iter()
        .map(|one| json!({ "member": one.member, "path": one.path, "why": one.why }))
        .collect();
    let rows: Vec<Vec<_>> =
        answer.rows.rows.iter().map(|row| row.iter().map(data).collect()).collect();
    let data = json!({
        "columns": answer.rows.columns,
        "rows": rows,
        "truncated": answer.rows.truncated,
        "skipped": skipped,
    });
    Ok(Answer::new(data, text))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Blob(bytes) => format!("({} bytes)", bytes.len()),
        Value::Text(text) => match text.char_indices().nth(SHOWN) {
            None => text.clone(),
            Some((end, _)) => format!("{}…", &text[..end]),
        },
    }
}

fn data(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(number) => json!(number),
        Value::Real(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(bytes) => {
            let (name, bytes) = bytes_as_text("bytes", bytes);
            json!({ name: bytes })
        }
    }
}
