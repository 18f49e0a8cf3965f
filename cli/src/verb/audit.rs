//! `wbx audit`: what toolkits did, and what they were refused.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use miette::Report;
use serde_json::json;
use workbooks_host::admission::{Count, Decision, JsonLines, Record, Stats};

use crate::io::IoError;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Shows the record, oldest first, or its counts; that of one toolkit if it is named.
pub(crate) fn show(
    session: &Session,
    toolkit: Option<&str>,
    stats: bool,
) -> Result<Answer, Report> {
    let path = session.home.audit();
    let (mut records, mut damaged) = read(session, &JsonLines::before(&path))?;
    let (newer, more) = read(session, &path)?;
    records.extend(newer);
    damaged += more;
    records.retain(|record| toolkit.is_none_or(|id| record.toolkit == id));
    let (mut data, mut text) = if stats { counted(&records) } else { listed(&records) };
    if damaged > 0 {
        let line = format!("{damaged} lines of the record cannot be read");
        text = text.words(Style::Bad, line).end();
    }
    data["damaged"] = damaged.into();
    Ok(Answer::new(data, text))
}

fn read(session: &Session, path: &Path) -> Result<(Vec<Record>, usize), Report> {
    let bytes = match session.io.read(path) {
        Err(IoError::NotFound { .. }) => Vec::new(),
        read => read?,
    };
    Ok(JsonLines::read(bytes.as_slice()).map_err(|why| IoError::of(path, &why))?)
}

fn listed(records: &[Record]) -> (serde_json::Value, Text) {
    let text = Text::default().table(records.iter().map(row).collect());
    (json!({ "records": records }), text)
}

fn counted(records: &[Record]) -> (serde_json::Value, Text) {
    let stats = Stats::of(records);
    let counts: Vec<Count> = stats.counts().collect();
    let row = |count: &Count| {
        vec![
            (Style::Plain, what(&count.capability, &count.operation)),
            (Style::Plain, count.count.to_string()),
            decided(&count.decision),
        ]
    };
    let mut text = Text::default().table(counts.iter().map(row).collect());
    if stats.beyond() > 0 {
        text = text.line(format!("{} more of other kinds", stats.beyond()));
    }
    (json!({ "stats": counts, "beyond": stats.beyond() }), text)
}

fn what(capability: &str, operation: &str) -> String {
    if capability.is_empty() { "all calls".to_owned() } else { format!("{capability}.{operation}") }
}

fn decided(decision: &Decision) -> (Style, String) {
    match decision {
        Decision::Allowed => (Style::Good, "allowed".to_owned()),
        Decision::Denied(code) => (Style::Bad, format!("denied: {code}")),
    }
}

fn row(record: &Record) -> Vec<(Style, String)> {
    vec![
        (Style::Dim, utc(record.at)),
        (Style::Strong, record.toolkit.clone()),
        (Style::Plain, what(&record.capability, &record.operation)),
        (Style::Plain, record.count.to_string()),
        decided(&record.decision),
    ]
}

/// `2026-01-31 23:59:59Z`.
fn utc(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days from the civil calendar, after Howard Hinnant, "chrono-compatible low-level date
    // algorithms": eras of 400 years that begin in March.
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        let at = |seconds| utc(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01 00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28 23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29 00:00:00Z");
        assert_eq!(at(1_798_761_599), "2026-12-31 23:59:59Z");
    }
}
