//! What is shown of where a toolkit came from, and of who is proved to have made it.

use miette::Diagnostic as _;
use serde_json::{Value, json};
use workbooks_host::provenance::Verified;

use crate::engine::catalog::{Provenance, Toolkit};
use crate::engine::loaded::LoadError;
use crate::output::Style;

/// Adds it to the data of an answer: who was verified, or why nobody was; no reason if nobody had to
/// be.
pub(super) fn describe(
    data: &mut Value,
    toolkit: &Toolkit,
    verified: Result<&Verified, Option<&LoadError>>,
) {
    let folder = toolkit.folder().map(|folder| folder.display().to_string());
    data["folder"] = json!(folder);
    data["provenance"] = match &toolkit.provenance {
        Provenance::Own(_) => json!("own"),
        Provenance::Named(_) => json!("named"),
        Provenance::Added(_) => json!("added"),
    };
    if let Provenance::Added(entry) = &toolkit.provenance {
        data["source"] = json!(entry.source);
        data["tree"] = json!(entry.tree.to_string());
        data["locked_publisher"] = json!(entry.publisher.to_string());
    }
    let (publisher, state, code) = match verified {
        Ok(verified) => {
            let did = verified.publisher().to_string();
            (json!({ "did": did, "name": verified.name() }), "verified", None)
        }
        Err(None) => (Value::Null, "not_needed", None),
        Err(Some(refused)) => (Value::Null, "refused", refused.code().map(|code| code.to_string())),
    };
    data["publisher"] = publisher;
    data["signature"] = json!({ "state": state, "code": code });
}

/// The same for people; nothing of what is the user's own.
pub(super) fn rows(toolkit: &Toolkit, verified: Option<&Verified>) -> Vec<Vec<(Style, String)>> {
    let row = |what: &str, says: String| vec![(Style::Dim, what.to_owned()), (Style::Plain, says)];
    let mut rows = Vec::new();
    if let Provenance::Added(entry) = &toolkit.provenance {
        rows.push(row("added", format!("from {}", entry.source)));
    }
    if let Some(verified) = verified {
        let did = verified.publisher();
        let says = match verified.name() {
            Some(name) => format!("{name}, {did}"),
            None => did.to_string(),
        };
        rows.push(row("publisher", says));
        rows.push(row("signed", verified.statement().issued.to_string()));
    }
    rows
}
