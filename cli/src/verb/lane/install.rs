//! `wbx lane install LANE…`: fetches, checks and prepares compilers.

use std::path::Path;

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;

use crate::engine::lanes::{self, Takes};
use crate::io::confirm;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// The person said no.
#[derive(Debug, Error, Diagnostic)]
#[error("nothing was installed")]
#[diagnostic(code(workbooks::cli::declined), help("say `--yes` to install without being asked"))]
struct Declined;

/// Says what it takes, asks on a terminal, and installs what is missing; what is here is read
/// again, and repaired. With `prune`, other versions of these lanes go.
pub(crate) fn install(
    session: &Session,
    asked: Vec<String>,
    all: bool,
    from: Option<&Path>,
    prune: bool,
    yes: bool,
) -> Result<Answer, Report> {
    let asked: Vec<_> = if all { lanes::words().map(str::to_owned).collect() } else { asked };
    let asked: Vec<_> = asked.iter().map(|word| lanes::lane_of(word)).collect();
    let (missing, takes) = lanes::to_install(session, &asked)?;
    if !missing.is_empty() {
        let said = said(&missing, takes, &asked);
        session.output.note(&Text::default().words(Style::Dim, said).end());
        // Where nobody can be asked, the command is the answer.
        let asks = !yes && !session.output.json;
        if asks && confirm::on_terminal("install? [Y/n] ")? == Some(false) {
            return Err(Declined.into());
        }
    }
    let from = from.map(|folder| session.surroundings.folder.join(folder));
    let ready = lanes::install(session, &asked, from.as_deref())?;
    let text = ready.iter().fold(Text::default(), |text, lane| {
        text.words(Style::Good, "ready").line(format!(": the lane `{lane}`, every file verified"))
    });
    let others = lanes::others(session, &ready, prune)?;
    let (versions, bytes) = (others.versions, others.bytes);
    let mut data = json!({ "ready": ready, "installed": missing });
    let mib = bytes >> 20;
    let text = match versions {
        0 => text,
        _ if prune => {
            data["removed"] = json!({ "versions": versions, "bytes": bytes });
            let said = format!(": {versions} other versions, {mib} MiB");
            text.words(Style::Good, "removed").line(said)
        }
        _ => text.line(format!(
            "{versions} other versions take {mib} MiB: `--prune` removes what this program does not use"
        )),
    };
    Ok(Answer::new(data, text))
}

/// What is to be installed, what of it nobody asked for, and what it takes.
fn said(missing: &[&str], takes: Takes, asked: &[&str]) -> String {
    let all = missing.join(", ");
    let also: Vec<_> = missing.iter().filter(|lane| !asked.contains(lane)).copied().collect();
    let also = match also.as_slice() {
        [] => String::new(),
        also => format!(" ({} because another needs it)", also.join(", ")),
    };
    format!(
        "to be installed: {all}{also}: {} MiB on disk, about {} s of CPU time and {} MiB of memory, once",
        takes.disk >> 20,
        takes.cpu_seconds,
        takes.memory >> 20
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_need_is_said_too() {
        let takes = Takes { disk: 300 << 20, cpu_seconds: 90, memory: 1 << 30 };
        assert_eq!(
            said(&["c", "js"], takes, &["js"]),
            "to be installed: c, js (c because another needs it): 300 MiB on disk, about 90 s of \
             CPU time and 1024 MiB of memory, once"
        );
        assert!(!said(&["c"], takes, &["c"]).contains("because"));
    }
}
