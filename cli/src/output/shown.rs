//! An error as it is shown: a copy of a diagnostic, all of whose text is safe to print.

use std::error::Error;
use std::fmt;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode, SourceSpan};

use super::text::{escaped_lines, masked};

/// How many causes and related errors are shown, and how deep.
const MOST: usize = 60;

/// A copy of a diagnostic, escaped.
#[derive(Debug)]
pub(super) struct Shown {
    message: String,
    code: Option<String>,
    help: Option<String>,
    severity: Option<Severity>,
    labels: Vec<LabeledSpan>,
    source: Option<NamedSource<String>>,
    related: Vec<Shown>,
    cause: Option<Box<Shown>>,
}

impl Shown {
    /// Copies `error`, its causes and the errors it relates to.
    pub(super) fn of(error: &dyn Diagnostic) -> Self {
        let cause = match (error.diagnostic_source(), error.source()) {
            (Some(cause), _) => Some(Box::new(Self::of(cause))),
            (None, Some(cause)) => Some(Box::new(Self::plain(cause))),
            (None, None) => None,
        };
        let label = |label: LabeledSpan| {
            let text = label.label().map(escaped_lines);
            LabeledSpan::new_with_span(text, *label.inner())
        };
        Self {
            message: escaped_lines(&error.to_string()),
            code: error.code().map(|code| escaped_lines(&code.to_string())),
            help: error.help().map(|help| escaped_lines(&help.to_string())),
            severity: error.severity(),
            labels: error.labels().into_iter().flatten().map(label).collect(),
            source: error.source_code().and_then(whole),
            related: error.related().into_iter().flatten().take(MOST).map(Self::of).collect(),
            cause,
        }
    }

    fn plain(error: &dyn Error) -> Self {
        Self {
            message: escaped_lines(&error.to_string()),
            code: None,
            help: None,
            severity: None,
            labels: Vec::new(),
            source: None,
            related: Vec::new(),
            cause: error.source().map(|cause| Box::new(Self::plain(cause))),
        }
    }

    /// The same with `hint` as its help if neither it nor its causes have any.
    pub(super) fn with_hint(mut self, hint: &str) -> Self {
        if self.hint().is_empty() && !hint.is_empty() {
            self.help = Some(hint.to_owned());
        }
        self
    }

    /// The code, or else that of the nearest cause with one.
    pub(super) fn code_or_cause(&self) -> &str {
        match (&self.code, &self.cause) {
            (Some(code), _) => code,
            (None, Some(cause)) => cause.code_or_cause(),
            (None, None) => "workbooks::cli::other",
        }
    }

    /// The message with its causes, in one line where they are.
    pub(super) fn whole_message(&self) -> String {
        let mut text = self.message.clone();
        for related in &self.related {
            text.push('\n');
            text.push_str(&related.whole_message());
        }
        if let Some(cause) = &self.cause {
            text.push_str(": ");
            text.push_str(&cause.whole_message());
        }
        text
    }

    /// The help, with that of its causes and of what it relates to, each line once.
    pub(super) fn hint(&self) -> String {
        let mut lines = Vec::new();
        self.hints(&mut lines);
        lines.join("\n")
    }

    fn hints<'a>(&'a self, lines: &mut Vec<&'a str>) {
        for line in self.help.iter().flat_map(|help| help.lines()) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        for more in self.cause.as_deref().into_iter().chain(&self.related) {
            more.hints(lines);
        }
    }
}

/// The whole text behind a source code, masked; its offsets stay true.
fn whole(source: &dyn SourceCode) -> Option<NamedSource<String>> {
    let contents = source.read_span(&SourceSpan::from((0, 0)), 0, 1 << 20).ok()?;
    let text = masked(&String::from_utf8_lossy(contents.data()));
    Some(NamedSource::new(escaped_lines(contents.name().unwrap_or("")), text))
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as _)
    }

    fn severity(&self) -> Option<Severity> {
        self.severity
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as _)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.related.is_empty())
            .then(|| Box::new(self.related.iter().map(|one| one as &dyn Diagnostic)) as _)
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_an_error_keeps_an_escape() {
        #[derive(Debug, thiserror::Error, Diagnostic)]
        #[error("message {0}")]
        #[diagnostic(code(workbooks::test), help("help {0}"))]
        struct Evil(
            &'static str,
            #[source_code] NamedSource<String>,
            #[label("label {0}")] SourceSpan,
            #[source] Cause,
        );
        #[derive(Debug, thiserror::Error)]
        #[error("cause {0}")]
        struct Cause(&'static str);

        let esc = "\u{1b}[2J";
        let evil =
            Evil(esc, NamedSource::new(esc, format!("é{esc}\nx")), (0, 2).into(), Cause(esc));
        let shown = Shown::of(&evil);
        let mut picture = String::new();
        let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none());
        handler.render_report(&mut picture, &shown).unwrap();
        assert!(!picture.contains('\u{1b}'), "{picture:?}");
        assert!(picture.contains("label") && picture.contains("cause"), "{picture}");
        assert_eq!(shown.whole_message(), "message \\u{1b}[2J: cause \\u{1b}[2J");
    }
}
