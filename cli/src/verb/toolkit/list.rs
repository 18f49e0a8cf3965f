//! `wbx toolkit list`: every toolkit of the project.

use serde_json::{Value, json};
use workbooks_host::Manifest;
use workbooks_host::toolkit::Status;

use crate::engine::catalog::Toolkit;
use crate::output::{Answer, Style, Text};
use crate::project;
use crate::session::Session;

/// Lists id, status, shape, capabilities and tagline. A manifest with a mistake is listed too.
pub(crate) fn list(session: &Session) -> Answer {
    let Some(root) = project::root(session) else {
        let text = Text::default()
            .line("there is no folder `toolkits` here or above; `wbx toolkit new ID` makes one");
        return Answer::new(json!({ "root": null, "toolkits": [] }), text);
    };
    let mut data = Vec::new();
    let mut rows = Vec::new();
    for id in project::ids(&root) {
        let folder = root.join(&id);
        match Toolkit::own(folder.clone()).claimed(session, &folder) {
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
    let text = if rows.is_empty() {
        Text::default().line(format!(
            "`{}` holds no toolkit yet; `wbx toolkit new ID` writes one",
            root.display()
        ))
    } else {
        Text::default().table(rows)
    };
    Answer::new(json!({ "root": root.display().to_string(), "toolkits": data }), text)
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
