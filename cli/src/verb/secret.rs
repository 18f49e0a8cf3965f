//! `wbx secret set|list|remove`: keys and tokens that toolkits use and never see.

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;
use workbooks_host::Host;
use workbooks_host::secret::{Purpose, SECRET_MAX, Secret};
use zeroize::Zeroizing;

use crate::args;
use crate::engine::embedded;
use crate::io::hidden;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Why nothing was removed.
#[derive(Debug, Error, Diagnostic)]
#[error("there is no secret `{name}`")]
#[diagnostic(
    code(workbooks::cli::not_found::secret),
    help("`wbx secret list` shows those that there are")
)]
struct Unknown {
    name: String,
}

/// Does what is asked about secrets.
pub(crate) fn keep(session: &Session, asked: &args::Secret) -> Result<Answer, Report> {
    let secrets = embedded::secrets(session);
    match asked {
        args::Secret::Set { name, purpose } => {
            let purpose: Purpose = purpose.parse()?;
            let prompt = format!("the secret {} (it is not shown): ", name.escape_debug());
            let value = without_line_end(hidden::value(&prompt, SECRET_MAX)?);
            let secret = Secret::new(purpose, value)?;
            session.home.make()?;
            secrets.set(Host::TENANT, name, &secret)?;
            let text = Text::default()
                .words(Style::Strong, name)
                .line(format!(" is stored, as {purpose}"));
            Ok(Answer::new(json!({ "secret": name, "for": purpose.word() }), text))
        }
        args::Secret::List => {
            let all = secrets.list(Host::TENANT)?;
            let row = |(name, purpose): &(String, Purpose)| {
                vec![(Style::Strong, name.clone()), (Style::Plain, purpose.to_string())]
            };
            let data: Vec<_> = all
                .iter()
                .map(|(name, purpose)| json!({ "secret": name, "for": purpose.word() }))
                .collect();
            let text = match all.len() {
                0 => Text::default().line("no secrets: `wbx secret set NAME` stores one"),
                _ => Text::default().table(all.iter().map(row).collect()),
            };
            Ok(Answer::new(json!({ "secrets": data }), text))
        }
        args::Secret::Remove { name } => {
            if !secrets.remove(Host::TENANT, name)? {
                return Err(Unknown { name: name.clone() }.into());
            }
            let text = Text::default().words(Style::Strong, name).line(" is removed");
            Ok(Answer::new(json!({ "secret": name }), text))
        }
    }
}

/// A text without the end of its line, which editors and `echo` add. Bytes that are no text stay
/// as they are: the last of a random key may happen to be a line feed.
fn without_line_end(mut value: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let mut end = value.len();
    end -= usize::from(value[..end].ends_with(b"\n"));
    end -= usize::from(end < value.len() && value[..end].ends_with(b"\r"));
    let text = std::str::from_utf8(&value[..end]);
    if text.is_ok_and(|text| !text.chars().any(char::is_control)) {
        value.truncate(end);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_loses_the_end_of_its_line() {
        for (given, kept) in [
            (&b"token\n"[..], &b"token"[..]),
            (b"token\r\n", b"token"),
            (b"token", b"token"),
            (b"token\r", b"token\r"),
            (b"token\n\n", b"token\n\n"),
            (b"\n", b""),
            (b"", b""),
            (b"\x00\x01key\n", b"\x00\x01key\n"),
            (b"\xff\xfe\n", b"\xff\xfe\n"),
        ] {
            assert_eq!(*without_line_end(given.to_vec().into()), kept, "{given:?}");
        }
    }
}
