//! A question to the person at the terminal.

use std::io::IsTerminal as _;
use std::path::Path;

use super::IoError;

/// Asks on a terminal; an empty line is a yes. Nothing where stdin or stderr is none: then there
/// is nobody to ask.
pub(crate) fn on_terminal(question: &str) -> Result<Option<bool>, IoError> {
    // The end of the input is no consent.
    Ok(line(question)?.map(|line| !line.is_empty() && is_yes(&line)))
}

/// Asks on a terminal for what is to be said: only a written yes is one. Nothing where nobody can
/// be asked.
pub(crate) fn consent(question: &str) -> Result<Option<bool>, IoError> {
    Ok(line(question)?.map(|line| !line.trim().is_empty() && is_yes(&line)))
}

/// A line that somebody typed, with its end; empty at the end of the input.
fn line(question: &str) -> Result<Option<String>, IoError> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(None);
    }
    let failed = |error: std::io::Error| IoError::of(Path::new("stdin"), &error);
    console::Term::stderr().write_str(question).map_err(failed)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(failed)?;
    Ok(Some(line))
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_or_an_empty_line_is_a_yes() {
        for (line, yes) in [
            ("\n", true),
            ("Y\n", true),
            ("yes", true),
            ("n\n", false),
            ("no", false),
            ("what", false),
        ] {
            assert_eq!(is_yes(line), yes, "{line:?}");
        }
    }
}
