//! `LIKE` of a query, in the place of SQLite's own: it looks at the deadline while it works, which
//! SQLite does not do between the function calls of one row.

use std::borrow::Cow;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, ffi};

use super::super::stop::Stop;

/// The longest pattern, in bytes. Matching takes at most so many steps for each byte of text.
const PATTERN_MAX: usize = 64;
/// Steps between two looks at the deadline; about a tenth of a millisecond.
const STEPS: u32 = 1 << 16;

/// Makes `X LIKE Y` and `X LIKE Y ESCAPE Z` ours until the next call, under `stop`.
pub(super) fn register(conn: &Connection, stop: &Stop) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    for arguments in [2, 3] {
        let stop = stop.clone();
        conn.create_scalar_function("like", arguments, flags, move |ctx| call(ctx, &stop))?;
    }
    Ok(())
}

fn call(ctx: &Context<'_>, stop: &Stop) -> rusqlite::Result<Option<bool>> {
    let interrupted = || Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None);
    if stop.check().is_err() {
        return Err(interrupted());
    }
    let escape = if ctx.len() == 3 { Some(text(ctx.get_raw(2))) } else { None };
    let (Some(pattern), Some(text)) = (text(ctx.get_raw(0)), text(ctx.get_raw(1))) else {
        return Ok(None);
    };
    let wrong = |why: &str| Error::UserFunctionError(why.into());
    if pattern.len() > PATTERN_MAX {
        return Err(wrong("LIKE or GLOB pattern too complex"));
    }
    let escape = match escape {
        None => None,
        Some(None) => return Ok(None),
        Some(Some(escape)) => match escape[..] {
            [escape] => Some(escape),
            _ => return Err(wrong("ESCAPE expression must be a single character")),
        },
    };
    matches(&tokens(&pattern, escape), &text, || stop.check().is_ok())
        .map(Some)
        .ok_or_else(interrupted)
}

/// The bytes of a value as text; nothing of NULL.
fn text(value: ValueRef<'_>) -> Option<Cow<'_, [u8]>> {
    Some(match value {
        ValueRef::Null => return None,
        ValueRef::Integer(n) => n.to_string().into_bytes().into(),
        ValueRef::Real(n) => n.to_string().into_bytes().into(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.into(),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// `%`: any text, none too.
    Any,
    /// `_`: one character.
    One,
    /// This byte, ASCII letters without regard to case.
    Byte(u8),
}

fn tokens(pattern: &[u8], escape: Option<u8>) -> Vec<Token> {
    let mut bytes = pattern.iter().copied();
    let mut tokens = Vec::with_capacity(pattern.len());
    while let Some(byte) = bytes.next() {
        tokens.push(match byte {
            _ if Some(byte) == escape => match bytes.next() {
                Some(literal) => Token::Byte(literal.to_ascii_lowercase()),
                None => break,
            },
            b'%' => Token::Any,
            b'_' => Token::One,
            byte => Token::Byte(byte.to_ascii_lowercase()),
        });
    }
    tokens
}

/// Whether the text fits; nothing if `may_go_on` said no.
fn matches(tokens: &[Token], text: &[u8], may_go_on: impl Fn() -> bool) -> Option<bool> {
    let (mut at, mut seen, mut steps) = (0, 0, 0_u32);
    // The last `%`, and where what follows it was last tried.
    let mut retry = None;
    while seen < text.len() {
        steps += 1;
        if steps % STEPS == 0 && !may_go_on() {
            return None;
        }
        match tokens.get(at) {
            Some(Token::Any) => {
                retry = Some((at + 1, seen));
                at += 1;
            }
            Some(Token::One) => {
                seen += character(&text[seen..]);
                at += 1;
            }
            Some(Token::Byte(byte)) if *byte == text[seen].to_ascii_lowercase() => {
                seen += 1;
                at += 1;
            }
            _ => {
                let Some((after, tried)) = retry else { return Some(false) };
                let next = tried + character(&text[tried..]);
                (at, seen, retry) = (after, next, Some((after, next)));
            }
        }
    }
    Some(tokens[at..].iter().all(|token| *token == Token::Any))
}

/// Bytes of the first character, however it is encoded.
fn character(text: &[u8]) -> usize {
    1 + text.iter().skip(1).take(3).take_while(|byte| **byte & 0xc0 == 0x80).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ours(pattern: &str, text: &str) -> bool {
        matches(&tokens(pattern.as_bytes(), None), text.as_bytes(), || true).unwrap()
    }

    #[test]
    fn an_escape_takes_the_next_character_as_it_is() {
        let fits =
            |text: &str| matches(&tokens(b"50!%", Some(b'!')), text.as_bytes(), || true).unwrap();
        assert!(fits("50%"));
        assert!(!fits("50x"));
    }

    #[test]
    fn a_long_match_ends_when_it_is_told_to() {
        let text = "a".repeat(1 << 20);
        assert_eq!(matches(&tokens(b"%aaaaaaaaab", None), text.as_bytes(), || false), None);
    }

    proptest! {
        #[test]
        fn it_says_what_sqlite_says(pattern in "[aAb%_é]{0,8}", text in "[aAbBé]{0,10}") {
            let conn = Connection::open_in_memory().unwrap();
            let theirs: bool = conn.query_row("SELECT ?1 LIKE ?2", (&text, &pattern), |row| row.get(0)).unwrap();
            prop_assert_eq!(ours(&pattern, &text), theirs, "{:?} LIKE {:?}", text, pattern);
        }
    }
}
