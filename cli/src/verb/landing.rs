//! Bare `wbx`: where one is, and what to type next.

use serde_json::json;

use crate::output::{Answer, Style, Text};
use crate::project;
use crate::session::Session;

/// What to type next, and what it does.
const NEXT: [(&str, &str); 5] = [
    ("wbx toolkit new hello", "write a toolkit"),
    ("wbx toolkit run hello", "compile it in the sandbox and run it"),
    ("wbx toolkit list", "see what there is"),
    ("wbx doctor", "see how this installation stands"),
    ("wbx help", "see every verb"),
];

/// Shows the landing.
pub(crate) fn show(session: &Session) -> Answer {
    let root = project::root(session);
    let ids = root.as_deref().map(project::ids).unwrap_or_default();
    let row = |(verb, about): &(&str, &str)| {
        vec![(Style::Strong, format!("  {verb}")), (Style::Plain, (*about).to_owned())]
    };
    let toolkits = match ids.len() {
        0 => "no toolkits here yet".to_owned(),
        1 => "1 toolkit here".to_owned(),
        n => format!("{n} toolkits here"),
    };
    let text = Text::default()
        .words(Style::Strong, "wbx")
        .line(format!(" {}: sandboxed toolkits; {toolkits}", env!("CARGO_PKG_VERSION")))
        .end()
        .table(NEXT.iter().map(row).collect());
    let data = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "toolkits_root": root.map(|root| root.display().to_string()),
        "toolkits": ids,
        "next": NEXT.map(|(verb, _)| verb),
    });
    Answer::new(data, text)
}
