//! What the engine says about a program, as diagnostics.

use serde::Deserialize;

use crate::{
    compile_error::CompileError,
    diagnostics::{MAX_DIAGNOSTICS, SourceDiagnostic, Texts},
    sandbox::Finished,
};

/// One thing that is wrong, as the prelude's `internal.reported` writes it.
#[derive(Deserialize)]
struct Report {
    message: String,
    file: Option<String>,
    #[serde(default)]
    line: usize,
    #[serde(default)]
    column: usize,
}

/// What `finished` left if the program is right, else why it is refused.
pub(super) fn read(
    id: &str,
    finished: Finished,
    texts: &Texts<'_>,
) -> Result<Vec<u8>, CompileError> {
    if finished.status == 0 {
        return Ok(finished.stdout);
    }
    let Ok(reports) = serde_json::from_slice::<Vec<Report>>(&finished.stdout) else {
        let what = String::from_utf8_lossy(&finished.stderr).into_owned();
        return Err(CompileError::Derive { what: format!("the engine failed: {what}") });
    };
    let omitted = reports.len().saturating_sub(MAX_DIAGNOSTICS);
    let diagnostics = reports
        .iter()
        .take(MAX_DIAGNOSTICS)
        .map(|report| {
            let place = (report.line, report.column);
            SourceDiagnostic::error(report.file.as_deref(), place, &report.message, texts)
        })
        .collect();
    Err(CompileError::Rejected { id: id.to_owned(), diagnostics, omitted })
}
