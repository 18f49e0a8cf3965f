//! `wbx lane install LANE`: fetches, checks and prepares a lane's compiler.

use miette::Report;

use crate::engine::embedded;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Installs a lane, or checks the one that is installed.
pub(crate) fn install(session: &Session, word: &str) -> Result<Answer, Report> {
    if let Some(lane) =
        embedded::lanes(session).iter().find(|lane| lane.word == word && lane.state != "installed")
    {
        let cost = format!(
            "{} is fetched by your package client: {} MiB on disk, about {} s of CPU time, once",
            lane.package,
            lane.disk >> 20,
            lane.cpu.as_secs()
        );
        session.output.note(&Text::default().words(Style::Dim, cost).end());
    }
    embedded::install(session, word)?;
    let installed = embedded::lanes(session).into_iter().find(|lane| lane.word == word);
    let text = Text::default()
        .words(Style::Good, "ready")
        .line(format!(": the lane `{word}`, every file verified"));
    Ok(Answer::new(installed.map(|lane| lane.data()).unwrap_or_default(), text))
}
