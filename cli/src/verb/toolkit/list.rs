//! `wbx toolkit list`: every toolkit of the project, and every one that was added.

use miette::Report;
use serde_json::{Value, json};
use workbooks_host::Manifest;
use workbooks_host::registry::Entry;
use workbooks_host::toolkit::Status;

use crate::engine::catalog::{Provenance, Toolkit};
use crate::engine::loaded::claimed;
use crate::engine::workbook::Workbook;
use crate::io::files;
use crate::output::{Answer, Style, Text};
use crate::project::{self, AUTHORING};
use crate::session::Session;

/// Lists id, status, shape, capabilities and tagline; of those that were added, version and
/// publisher too. A manifest with a mistake is listed, and one that does not verify.
pub(crate) fn list(session: &Session) -> Result<Answer, Report> {
    let root = project::root(session);
    let lock = Workbook::of(session).lock(session)?;
    let (mut data, mut rows) = (Vec::new(), Vec::new());
    for (root, id) in
        root.iter().flat_map(|root| project::ids(root).into_iter().map(move |id| (root, id)))
    {
        let folder = root.join(&id);
        match claimed(&folder) {
            Ok(manifest) => {
                data.push(entry(&manifest));
                rows.push(row(&manifest));
            }
            Err(error) => {
                data.push(json!({ "id": id, "status": "broken", "error": error.to_string() }));
                rows.push(broken(id, &error.to_string()));
            }
        }
    }
    for locked in lock.entries() {
        let found = Toolkit { provenance: Provenance::Added(Box::new(locked.clone())) };
        let mut about = match found.load(session) {
            Ok(loaded) => {
                let publisher = loaded.verified.as_ref().and_then(|verified| verified.name());
                rows.push(added(&loaded.manifest, locked, publisher));
                entry(&loaded.manifest)
            }
            Err(error) => {
                rows.push(broken(locked.id.clone(), &error.to_string()));
                json!({ "id": locked.id, "status": "broken", "error": error.to_string() })
            }
        };
        about["added"] = json!({
            "version": locked.version.to_string(), "publisher": locked.publisher.to_string(),
            "source": locked.source, "pinned": locked.pinned,
        });
        data.push(about);
    }
    let text = match (&root, rows.is_empty()) {
        (_, false) => Text::default().table(rows),
        (Some(root), true) => Text::default().line(format!(
            "`{}` holds no toolkit yet; `wbx toolkit new ID` writes one",
            root.display()
        )),
        (None, true) => Text::default()
            .line("there is no folder `toolkits` here or above; `wbx toolkit new ID` makes one"),
    };
    let authoring = root.as_ref().filter(|root| files::exists(&root.join(AUTHORING)));
    let authoring = authoring.map(|_| AUTHORING);
    let text = match authoring {
        Some(name) => text.line(format!("how to write one here: `wbx toolkit show {name}`")),
        None => text,
    };
    let root = root.map(|root| root.display().to_string());
    Ok(Answer::new(json!({ "root": root, "toolkits": data, "authoring": authoring }), text))
}

fn caps(manifest: &Manifest) -> Vec<&str> {
    manifest.caps.iter().map(|cap| cap.value.as_str()).collect()
}

fn entry(manifest: &Manifest) -> Value {
    json!({
        "id": manifest.id,
        "status": manifest.status,
        "exec": manifest.exec,
        "caps": caps(manifest),
        "tagline": manifest.tagline,
    })
}

fn row(manifest: &Manifest) -> Vec<(Style, String)> {
    let caps = caps(manifest).join(" ");
    vec![
        (Style::Strong, manifest.id.clone()),
        (Style::Dim, manifest.status.as_ref().map(Status::to_string).unwrap_or_default()),
        (Style::Plain, manifest.exec.to_string()),
        (Style::Plain, if caps.is_empty() { "-".to_owned() } else { caps }),
        (Style::Plain, manifest.tagline.clone().unwrap_or_default()),
    ]
}

/// One that was added: its version and whose it is, in the place of its status and tagline.
fn added(manifest: &Manifest, locked: &Entry, publisher: Option<&str>) -> Vec<(Style, String)> {
    let publisher = publisher.map_or_else(|| locked.publisher.to_string(), str::to_owned);
    let pinned = if locked.pinned { ", pinned" } else { "" };
    let mut row = row(manifest);
    row[1] = (Style::Dim, "added".to_owned());
    row[4] = (Style::Plain, format!("{}{pinned}, of {publisher}", locked.version));
    row
}

fn broken(id: String, error: &str) -> Vec<(Style, String)> {
    let dash = || (Style::Dim, "-".to_owned());
    vec![
        (Style::Strong, id),
        (Style::Bad, "broken".to_owned()),
        dash(),
        dash(),
        (Style::Plain, error.to_owned()),
    ]
}
