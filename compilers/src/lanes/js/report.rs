//! What the engine says about a program, as diagnostics.

use serde::Deserialize;

use crate::{
    compile_error::CompileError,
    diagnostics::{MAX_DIAGNOSTICS, SourceDiagnostic, Texts, shown},
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
        // The program may have printed, and is a stranger's.
        let what = shown(&String::from_utf8_lossy(&finished.stderr));
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use super::*;

    fn refused(stdout: &str, stderr: &str) -> CompileError {
        let (stdout, stderr) = (stdout.as_bytes().to_vec(), stderr.as_bytes().to_vec());
        let finished = Finished { status: 1, stdout, stderr, cpu: Duration::ZERO };
        read("x", finished, &Texts::of(&BTreeMap::new())).unwrap_err()
    }

    #[test]
    fn what_a_program_prints_drives_no_terminal_and_is_cut() {
        let printed = "\u{1b}]0;title\u{7}\u{61c}".to_owned() + &"x".repeat(1 << 20);
        let said = refused("no report", &printed).to_string();
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{61c}']) && said.len() < 4096, "{said}");
    }

    #[test]
    fn a_report_that_lies_about_its_place_is_shown_without_one() {
        let report = r#"[{"message": "m", "file": "../../etc", "line": 18446744073709551615, "column": 18446744073709551615}]"#;
        let CompileError::Rejected { diagnostics, .. } = refused(report, "") else { panic!() };
        assert_eq!(diagnostics.len(), 1);
        assert!(miette::Diagnostic::source_code(&diagnostics[0]).is_none());
    }
}
