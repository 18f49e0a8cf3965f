//! The only writer to stdout and stderr. Answers and failures, for people or as JSON; whatever
//! text comes from a manifest, a guest or a file is escaped here before a terminal sees it.

mod json;
#[cfg(not(target_family = "wasm"))]
mod progress;
mod shown;
#[cfg(not(target_family = "wasm"))]
mod stream;
mod text;

use std::io::Write as _;

use miette::{GraphicalReportHandler, GraphicalTheme, Report};
use serde_json::Value;

pub(crate) use json::bytes_as_text;
#[cfg(not(target_family = "wasm"))]
pub(crate) use progress::Bar;
#[cfg(not(target_family = "wasm"))]
pub(crate) use stream::Raw;
pub(crate) use text::{Style, Text};

use crate::failure::Class;
use crate::io::Surroundings;
use shown::Shown;

/// What a verb answers.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// For programs.
    pub(crate) data: Value,
    /// For people.
    pub(crate) text: Text,
    /// Bytes for stdout as they are, when `data` is not shown: a kernel's answer.
    pub(crate) bytes: Vec<u8>,
    /// The status that the process exits with: the guest's, if one ran.
    pub(crate) status: u8,
    /// It was given already, by [`Output::announce`].
    pub(crate) given: bool,
}

impl Answer {
    /// An answer with exit status 0.
    pub(crate) fn new(data: Value, text: Text) -> Self {
        Self { data, text, ..Self::default() }
    }
}

/// Where answers go, and how.
#[derive(Debug)]
pub(crate) struct Output {
    /// Whether answers are JSON.
    pub(crate) json: bool,
    /// The verb's words: `toolkit run`.
    pub(crate) verb: String,
    color: (bool, bool),
    /// Whether a person looks at stderr.
    interactive: bool,
    columns: usize,
}

impl Output {
    /// An output for this process.
    pub(crate) fn new(surroundings: &Surroundings) -> Self {
        let plain = surroundings.variable("NO_COLOR").is_some()
            || surroundings.variable("TERM").is_some_and(|term| term == "dumb");
        Self {
            json: false,
            verb: String::new(),
            color: (
                surroundings.stdout_is_terminal && !plain,
                surroundings.stderr_is_terminal && !plain,
            ),
            interactive: surroundings.stderr_is_terminal,
            columns: surroundings.columns(),
        }
    }

    /// Whether bars may be drawn.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn draws(&self) -> bool {
        self.interactive && self.color.1 && !self.json
    }

    /// Writes how it ended, and gives the exit status.
    pub(crate) fn finish(&self, ended: Result<Answer, Report>) -> u8 {
        match ended {
            Ok(answer) => self.answer(&answer),
            Err(report) => self.failure(&report),
        }
    }

    /// Gives an answer before the verb has ended.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn announce(&self, mut answer: Answer) -> Answer {
        answer.status = self.answer(&answer);
        answer.given = true;
        answer
    }

    fn answer(&self, answer: &Answer) -> u8 {
        if answer.given {
            return answer.status;
        }
        let said = if self.json {
            write_stdout(json::success(&self.verb, &answer.data).as_bytes())
        } else {
            let text = answer.text.render(self.color.0, self.columns);
            write_stdout(text.as_bytes()).and_then(|()| write_stdout(&answer.bytes))
        };
        // A reader that has gone away wants no more; a full disk must not look like success.
        match said {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => 1,
            _ => answer.status,
        }
    }

    fn failure(&self, report: &Report) -> u8 {
        let class = Class::of(report.as_ref());
        let shown = Shown::of(report.as_ref()).with_hint(class.hint);
        if self.json {
            // Nobody is left to be told.
            drop(write_stdout(json::failure(&self.verb, &shown, &class).as_bytes()));
        } else {
            self.say(&self.picture(&shown));
        }
        class.status
    }

    /// Something that is no failure but should be seen, on stderr; not shown with `--json`.
    pub(crate) fn warn(&self, warning: &dyn miette::Diagnostic) {
        if !self.json {
            self.say(&self.picture(&Shown::of(warning)));
        }
    }

    /// A remark for people, on stderr; not shown with `--json`.
    pub(crate) fn note(&self, text: &Text) {
        if !self.json {
            self.say(&text.render(self.color.1, self.columns));
        }
    }

    fn picture(&self, shown: &Shown) -> String {
        let theme = match (self.color.1, self.interactive) {
            (true, _) => GraphicalTheme::unicode(),
            (false, true) => GraphicalTheme::unicode_nocolor(),
            (false, false) => GraphicalTheme::none(),
        };
        let mut picture = String::new();
        let handler =
            GraphicalReportHandler::new_themed(theme).with_links(false).with_width(self.columns);
        // Writing to a string cannot fail, and what cannot be drawn is still said.
        if handler.render_report(&mut picture, shown).is_err() {
            picture = format!("{shown}\n");
        }
        picture
    }

    #[expect(clippy::unused_self, reason = "to say something takes an output")]
    fn say(&self, text: &str) {
        // Where stderr is closed there is nobody to tell.
        drop(std::io::stderr().lock().write_all(text.as_bytes()));
    }
}

fn write_stdout(bytes: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}
