//! `wbx audit`: what toolkits did, and what they were refused.

use std::time::{SystemTime, UNIX_EPOCH};

use miette::Report;
use serde_json::json;
use workbooks_host::admission::{Decision, JsonLines, Record};

use crate::io::IoError;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Shows the record, oldest first; that of one toolkit if it is named.
pub(crate) fn show(session: &Session, toolkit: Option<&str>) -> Result<Answer, Report> {
    let path = session.home.audit();
    let bytes = match session.io.read(&path) {
        Err(IoError::NotFound { .. }) => Vec::new(),
        read => read?,
    };
    let read = JsonLines::read(bytes.as_slice());
    let (mut records, damaged) =
        read.map_err(|why| IoError::File { path, why: why.to_string() })?;
    records.retain(|record| toolkit.is_none_or(|id| record.toolkit == id));
    let mut text = Text::default().table(records.iter().map(row).collect());
    if damaged > 0 {
        text =
            text.words(Style::Bad, format!("{damaged} lines of the record cannot be read")).end();
    }
    Ok(Answer::new(json!({ "records": records, "damaged": damaged }), text))
}

fn row(record: &Record) -> Vec<(Style, String)> {
    let what = if record.capability.is_empty() {
        "all calls".to_owned()
    } else {
        format!("{}.{}", record.capability, record.operation)
    };
    let decision = match &record.decision {
        Decision::Allowed => (Style::Good, "allowed".to_owned()),
        Decision::Denied(code) => (Style::Bad, format!("denied: {code}")),
    };
    vec![
        (Style::Dim, utc(record.at)),
        (Style::Strong, record.toolkit.clone()),
        (Style::Plain, what),
        (Style::Plain, record.count.to_string()),
        decision,
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
