//! `wbx lane list [LANE]`: every language, and whether its compiler is here; of one, what it
//! cannot do too.

use std::collections::BTreeMap;

use miette::Report;
use serde_json::json;
use workbooks_compilers::Standing;

use crate::engine::lanes::{self, LaneState, LanguageState};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Lists the languages, or says all about one.
pub(crate) fn list(session: &Session, lane: Option<&str>) -> Result<Answer, Report> {
    let all = lanes::all(session)?;
    let Some(asked) = lane else {
        let data: Vec<_> = all.iter().map(LanguageState::data).collect();
        let mut text = Text::default()
            .table(all.iter().map(row).collect())
            .line("what a language cannot do: `wbx lane list LANE`");
        let bytes: BTreeMap<_, _> = all
            .iter()
            .filter_map(|found| found.lane.as_ref())
            .filter(|lane| lane.others.versions > 0)
            .map(|lane| (lane.word, lane.others.bytes))
            .collect();
        if !bytes.is_empty() {
            text = text.line(format!(
                "versions of {} that this program does not use take {} MiB: `wbx lane install --all --prune` removes them",
                bytes.keys().copied().collect::<Vec<_>>().join(", "),
                bytes.values().sum::<u64>() >> 20
            ));
        }
        return Ok(Answer::new(json!({ "lanes": data }), text));
    };
    // A lane of several languages is shown with each of them; a language that has none is refused.
    lanes::check(session, asked)?;
    let shown: Vec<_> = all.iter().filter(|found| found.is_called(asked)).collect();
    let data: Vec<_> = shown.iter().map(|found| found.data()).collect();
    let text = shown.iter().fold(Text::default(), |text, found| about(text, found));
    Ok(Answer::new(json!({ "lanes": data }), text))
}

fn style(found: &LanguageState) -> Style {
    match found.lane.as_ref().map(|lane| &lane.standing) {
        Some(Standing::Installed) => Style::Good,
        Some(Standing::Damaged { .. }) => Style::Bad,
        _ => Style::Dim,
    }
}

fn row(found: &LanguageState) -> Vec<(Style, String)> {
    let of =
        |part: &dyn Fn(&LaneState) -> String| found.lane.as_ref().map(part).unwrap_or_default();
    vec![
        (Style::Strong, found.language.to_string()),
        (style(found), found.state().to_owned()),
        (Style::Plain, of(&|lane| lane.kind.to_owned())),
        (Style::Plain, of(&LaneState::disk)),
        (Style::Plain, of(&|lane| lane.engine.clone())),
        (Style::Dim, of(&|lane| lane.licence.clone())),
    ]
}

fn about(text: Text, found: &LanguageState) -> Text {
    let text = text
        .words(Style::Strong, found.language.to_string())
        .words(Style::Plain, ": ")
        .words(style(found), found.state())
        .end();
    let Some(lane) = &found.lane else { return text };
    let row = |what: &str, says: String| vec![(Style::Dim, what.to_owned()), (Style::Plain, says)];
    let mut rows = vec![
        row("about", lane.title.clone()),
        row("kind", lane.kind.to_owned()),
        row("engine", lane.engine.clone()),
        row("licence", lane.licence.clone()),
        row("fetched by", lane.fetched_by()),
        row("disk", lane.disk()),
    ];
    if let Standing::Damaged { what } = &lane.standing {
        rows.push(row("damaged", what.clone()));
    }
    if lane.others.versions > 0 {
        let says = format!("{}, {} MiB", lane.others.versions, lane.others.bytes >> 20);
        rows.push(row("other versions", says));
    }
    if !lane.needs.is_empty() {
        rows.push(row("needs", lane.needs.join(", ")));
    }
    let text = text.table(rows);
    if lane.lacks.is_empty() {
        return text;
    }
    lane.lacks.iter().fold(text.line("not available:"), |text, lack| {
        text.words(Style::Strong, format!("  {}", lack.feature))
            .line(format!(": {}; {}", lack.happens, lack.instead))
    })
}
