//! `wbx lane list`: every lane, and whether its compiler is here.

use serde_json::json;

use crate::engine::embedded::lanes;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Lists the lanes.
pub(crate) fn list(session: &Session) -> Answer {
    let lanes = lanes(session);
    let data: Vec<_> = lanes.iter().map(crate::engine::embedded::LaneState::data).collect();
    let row = |lane: &crate::engine::embedded::LaneState| {
        let state = match lane.state {
            "installed" => Style::Good,
            "damaged" => Style::Bad,
            _ => Style::Dim,
        };
        vec![
            (Style::Strong, lane.word.to_owned()),
            (state, lane.state.to_owned()),
            (Style::Plain, format!("{} MiB", lane.disk >> 20)),
            (Style::Dim, lane.package.clone()),
            (Style::Plain, lane.title.clone()),
        ]
    };
    Answer::new(json!({ "lanes": data }), Text::default().table(lanes.iter().map(row).collect()))
}
