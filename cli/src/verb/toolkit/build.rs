//! `wbx toolkit build ID`: compiles a toolkit inside the sandbox.

use std::path::Path;
use std::time::Instant;

use miette::Report;
use serde_json::json;

use crate::engine::{catalog, embedded};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Builds, and writes the artifact to `out` if there is one.
pub(crate) fn build(session: &Session, target: &str, out: Option<&Path>) -> Result<Answer, Report> {
    let start = Instant::now();
    let loaded = catalog::find_toolkit(session, target)?.load(session)?;
    let manifest = &loaded.manifest;
    manifest.warnings.iter().for_each(|warning| session.output.warn(warning));
    let program = embedded::program(session, &loaded)?;
    let file = program.file()?;
    if let Some(out) = out {
        session.io.write(&session.surroundings.folder.join(out), &file)?;
    }
    let size = file.len();
    let took = start.elapsed().as_millis();
    let how = if program.cached { "is fresh" } else { "was built" };
    let text = Text::default()
        .words(Style::Strong, &manifest.id)
        .line(format!(" {how}: {} KiB, {took} ms", size.div_ceil(1024)));
    let data = json!({
        "id": manifest.id, "cached": program.cached, "key": program.key.to_string(), "bytes": size, "out": out.map(|out| out.display().to_string()),
        "took_ms": u64::try_from(took).unwrap_or(u64::MAX),
    });
    Ok(Answer::new(data, text))
}
