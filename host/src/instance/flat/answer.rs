//! What the flat functions answer, as the original's guests expect it.

use serde_json::{Value as Json, json};
use workbooks_bindings::engine::browse::Page;
use workbooks_bindings::engine::llm::{Completion, Part};
use workbooks_bindings::engine::types::{Error, Output};
use workbooks_bindings::engine::vfs::{Rows, Value};

use crate::capability::Refusal;

/// `{"error": "…"}`.
pub(super) fn error(why: impl std::fmt::Display) -> String {
    json!({ "error": why.to_string() }).to_string()
}

/// Each row an array, in the order of the columns.
pub(super) fn rows(rows: Result<Rows, Refusal>) -> String {
    match rows {
        Err(refusal) => error(refusal),
        Ok(rows) if rows.truncated => error("there are more rows than one answer holds"),
        Ok(rows) => {
            let row = |row: Vec<Value>| row.into_iter().map(value).collect::<Vec<_>>();
            json!(rows.rows.into_iter().map(row).collect::<Vec<_>>()).to_string()
        }
    }
}

/// Bytes that are no text are `{"hex": "…"}`: JSON has no bytes.
fn value(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => json!(number),
        Value::Real(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(bytes) => match String::from_utf8(bytes) {
            Ok(text) => json!(text),
            Err(bytes) => json!({ "hex": crate::hex(bytes.as_bytes()) }),
        },
    }
}

/// The standard output of a command, without blanks at its end; why there is none.
pub(super) fn output(output: Result<Output, Refusal>) -> Result<String, String> {
    let output = output.map_err(|refusal| refusal.to_string())?;
    if output.truncated {
        return Err("the output has more bytes than are captured".to_owned());
    }
    if output.status != 0 {
        return Err(format!("the command exited with {}", output.status));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| "the output is not UTF-8")?;
    Ok(text.trim_end().to_owned())
}

/// What the model says, without anything that is no text.
pub(super) fn completion(said: Result<Completion, Refusal>) -> String {
    let text = |part: Part| match part {
        Part::Text(text) => Some(text),
        _ => None,
    };
    match said {
        Ok(said) => said.message.content.into_iter().filter_map(text).collect(),
        Err(refusal) => error(refusal),
    }
}

/// A page as an object.
pub(super) fn page(page: Result<Page, Refusal>) -> String {
    match page {
        Ok(page) => {
            json!({ "url": page.url, "title": page.title, "text": page.body, "links": page.links })
                .to_string()
        }
        Err(refusal) => error(refusal),
    }
}

/// An array with `{"ok": "…"}` or `{"error": "…"}` for each input, in order.
pub(super) fn outputs(done: Result<Vec<Result<Output, Error>>, Refusal>) -> String {
    let one = |result: Result<Output, Error>| match result.map_err(|why| spoken(&why)) {
        Ok(done) => match output(Ok(done)) {
            Ok(text) => json!({ "ok": text }),
            Err(why) => json!({ "error": why }),
        },
        Err(why) => json!({ "error": why }),
    };
    match done {
        Ok(done) => json!(done.into_iter().map(one).collect::<Vec<_>>()).to_string(),
        Err(refusal) => error(refusal),
    }
}

/// An error of the contract, in words.
fn spoken(error: &Error) -> String {
    match error {
        Error::NotFound => "not found".to_owned(),
        Error::Timeout => "its deadline passed".to_owned(),
        Error::Cancelled => "cancelled".to_owned(),
        Error::TooLarge(cap) => format!("larger than the cap of {cap} bytes"),
        Error::Quota(count) => format!("the quota of {count} is spent"),
        Error::Invalid(what) | Error::Denied(what) | Error::Unavailable(what) => what.clone(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_json_whatever_it_says() {
        let why = error("a \"quote\"\nand a line");
        assert_eq!(serde_json::from_str::<Json>(&why).unwrap()["error"], "a \"quote\"\nand a line");
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_never_cut() {
        let cut = Output { status: 0, stdout: b"x".to_vec(), stderr: Vec::new(), truncated: true };
        assert!(output(Ok(cut)).is_err());
        assert!(
            rows(Ok(Rows { columns: vec![], rows: vec![], truncated: true })).contains("error")
        );
    }

    #[test]
    fn what_a_model_and_a_page_say_is_told() {
        use workbooks_bindings::engine::llm::{Message, Role, Stop};
        let content = vec![Part::Text("a".into()), Part::Data(("x/y".into(), vec![1]))];
        let message = Message { role: Role::Assistant, content, tool_call_id: None };
        let said = Completion { message, stop: Stop::End, input_tokens: 1, output_tokens: 1 };
        assert_eq!(completion(Ok(said)), "a");
        assert!(completion(Err(Refusal::Timeout)).contains("error"));
        let read = Page { url: "u".into(), title: "t".into(), body: "b".into(), links: vec![] };
        assert_eq!(page(Ok(read)), r#"{"url":"u","title":"t","text":"b","links":[]}"#);
    }

    #[test]
    fn rows_are_arrays_and_bytes_are_told_from_text() {
        let row = vec![
            Value::Null,
            Value::Integer(1),
            Value::Text("a".into()),
            Value::Blob(b"b".to_vec()),
            Value::Blob(vec![0xff]),
        ];
        let said = rows(Ok(Rows { columns: vec![], rows: vec![row], truncated: false }));
        assert_eq!(said, r#"[[null,1,"a","b",{"hex":"ff"}]]"#);
    }
}
