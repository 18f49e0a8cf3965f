//! How long each step of a verb took.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::output::{Style, Text};

/// Steps, in order, each from the end of the one before.
#[derive(Debug)]
pub(crate) struct Timings {
    last: Instant,
    steps: Vec<(&'static str, Duration)>,
}

impl Timings {
    /// Starts the clock.
    pub(crate) fn start() -> Self {
        Self { last: Instant::now(), steps: Vec::with_capacity(8) }
    }

    /// A step is over.
    pub(crate) fn step(&mut self, name: &'static str) {
        let now = Instant::now();
        self.steps.push((name, now - self.last));
        self.last = now;
    }

    fn total(&self) -> Duration {
        self.steps.iter().map(|(_, took)| *took).sum()
    }

    /// Milliseconds by step, and `total`.
    pub(crate) fn data(&self) -> Value {
        let total = ("total", self.total());
        let all = self.steps.iter().chain([&total]);
        let entries: Map<_, _> =
            all.map(|(name, took)| ((*name).to_owned(), milliseconds(*took).into())).collect();
        entries.into()
    }

    /// A table of milliseconds and shares.
    pub(crate) fn text(&self) -> Text {
        let total = self.total();
        let row = |name: &str, took: Duration| {
            let share = took.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE) * 100.0;
            let plain = |text: String| (Style::Plain, text);
            vec![
                plain(name.to_owned()),
                plain(format!("{:9.3} ms", milliseconds(took))),
                plain(format!("{share:3.0} %")),
            ]
        };
        let rows =
            self.steps.iter().map(|(name, took)| row(name, *took)).chain([row("total", total)]);
        Text::default().table(rows.collect())
    }
}

/// To the microsecond.
fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}
