//! The text format: turns `.wat` into a binary.

use super::AdaptError;

/// Whether `bytes` look like the text format: blanks and comments, then `(`.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.iter().position(|b| !b.is_ascii_whitespace());
    start.is_some_and(|at| bytes[at] == b'(' || bytes[at..].starts_with(b";;"))
}

/// The binary of a WebAssembly text file.
///
/// # Errors
/// [`AdaptError::Empty`], [`AdaptError::NotWasm`] when it is not text, and
/// [`AdaptError::BadText`] with line, column and span when it has a mistake.
pub fn text_to_binary(text: &[u8]) -> Result<Vec<u8>, AdaptError> {
    if text.is_empty() {
        return Err(AdaptError::Empty);
    }
    let text = match std::str::from_utf8(text) {
        Ok(source) if is_text(text) => source,
        Err(error) if is_text(text) => {
            let source = String::from_utf8_lossy(text);
            let (line, column) = place(&source, error.valid_up_to());
            return Err(bad_text(&source, "the text is not UTF-8".to_owned(), line, column));
        }
        _ => return Err(AdaptError::NotWasm { begins: begins(text) }),
    };
    wat::parse_str(text).map_err(|error| {
        // `wat` says the place only in its message: "MESSAGE\n     --> <anon>:LINE:COLUMN\n …".
        let said = error.to_string();
        let (message, rest) = said.split_once('\n').unwrap_or((&said, ""));
        let mut numbers = rest.lines().next().unwrap_or("").rsplit(':').map(str::parse);
        let (line, column) = match (numbers.next(), numbers.next()) {
            (Some(Ok(column)), Some(Ok(line))) => (line, column),
            _ => (1, 1),
        };
        bad_text(text, message.to_owned(), line, column)
    })
}

/// The first eight bytes, in hexadecimal.
pub(crate) fn begins(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    shown.join(" ")
}

fn bad_text(source: &str, message: String, line: usize, column: usize) -> AdaptError {
    let before: usize =
        source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let within =
        source[before..].chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>();
    let at = before + within;
    let length = source[at..].chars().next().map_or(0, char::len_utf8);
    AdaptError::BadText {
        message,
        line,
        column,
        source_code: source.to_owned(),
        span: (at, length).into(),
    }
}

fn place(source: &str, at: usize) -> (usize, usize) {
    let before = &source[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}
