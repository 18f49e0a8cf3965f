//! What came of a case, as text that changes only when the behaviour does.

use std::fmt::Write as _;

use miette::Diagnostic;

use super::Case;

/// How much of one value is shown, in bytes.
const SHOWN: usize = 400;

/// What came of a case.
#[derive(Debug, Default)]
pub struct Transcript {
    /// Compared with `expected.txt`: statuses, output, values, codes of errors.
    pub text: String,
    /// What the host said to people: messages and helps.
    pub told: String,
    /// All that the guest was told or wrote.
    pub guest: String,
    /// What a guest wrote is compared up to these words only.
    pub(super) until: Option<String>,
}

impl Transcript {
    /// Adds a line.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Adds an error by its codes.
    pub(super) fn refusal(&mut self, verb: &str, error: &dyn Diagnostic) {
        let mut codes = codes(error).into_iter();
        self.line(&format!("{verb} {}", codes.next().unwrap_or_else(|| "without a code".into())));
        codes.for_each(|code| self.line(&format!("  {code}")));
        self.told.push_str(&told(error));
    }

    /// Adds what the guest wrote, if anything.
    pub(super) fn output(&mut self, name: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.guest.push_str(&text);
        if !text.is_empty() {
            self.line(name);
            let compared = match self.until.as_ref().and_then(|words| text.find(words)) {
                Some(end) => format!("{}…", &text[..end]),
                None => shown(&text),
            };
            compared.lines().for_each(|line| self.line(format!("  {line}").trim_end()));
        }
    }

    /// Adds a value that a call returned, if it returned one.
    pub(super) fn value(&mut self, text: &str) {
        self.guest.push_str(text);
        if text.is_empty() {
            return self.line("returned");
        }
        self.line(&shown(&without_wording(text)));
    }

    /// Whether the case's words are there, and what nobody may see is nowhere.
    ///
    /// # Errors
    ///
    /// What is missing, or shown.
    pub(super) fn keeps(&self, case: &Case) -> Result<(), String> {
        let Self { text, told, guest, .. } = self;
        let said = case.says.iter().find(|words| !told.contains(*words) && !guest.contains(*words));
        if let Some(words) = said {
            return Err(format!("nobody says {words:?}:\n{text}\n{told}\n{guest}"));
        }
        if let Some(words) =
            case.hides.iter().find(|words| told.contains(*words) || guest.contains(*words))
        {
            return Err(format!("{words:?} is shown:\n{text}\n{told}\n{guest}"));
        }
        let hazard =
            |c: &char| c.is_control() && *c != '\n' || ('\u{202a}'..='\u{202e}').contains(c);
        match told.chars().find(hazard) {
            Some(character) => Err(format!("a terminal would obey {character:?} of {told:?}")),
            None => Ok(()),
        }
    }
}

/// Codes of an error and of everything related to it; related ones of no code are left out.
pub fn codes(error: &dyn Diagnostic) -> Vec<String> {
    let own = error.code().map(|code| code.to_string());
    let below = error.diagnostic_source().into_iter().chain(error.related().into_iter().flatten());
    own.into_iter().chain(below.flat_map(codes)).collect()
}

/// Everything that an error says to people.
pub fn told(error: &dyn Diagnostic) -> String {
    let mut text = format!("{error}\n");
    if let Some(help) = error.help() {
        writeln!(text, "{help}").expect("a String takes everything");
    }
    let below = error.diagnostic_source().into_iter().chain(error.related().into_iter().flatten());
    below.for_each(|error| text.push_str(&told(error)));
    text
}

/// The text of a refusal is for people: `err(invalid(…))`.
fn without_wording(text: &str) -> String {
    match text.strip_prefix("err(").and_then(|rest| rest.split_once('(')) {
        Some((case, _)) => format!("err({case}(…))"),
        None => text.to_owned(),
    }
}

fn shown(text: &str) -> String {
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    format!("{}… ({} bytes)", &text[..text.floor_char_boundary(SHOWN)], text.len())
}
