//! `wbx library checkin MEMBER DIR`: all files of a checkout in the place of the member's.

use std::path::Path;

use miette::Report;
use serde_json::json;
use workbooks_host::library::Library;
use workbooks_host::provenance::page::{self, Assertion, Claim};
use workbooks_host::provenance::{SigningKey, Timestamp};

use crate::engine::identity;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Puts them there at once, and says what changed.
pub(super) fn checkin(
    session: &Session,
    library: &Library,
    id: &str,
    dir: &Path,
) -> Result<Answer, Report> {
    let dir = session.surroundings.folder.join(dir);
    let done = library.checkin(id, &dir, |page, old| match identity::key(session) {
        Ok(key) => signed(&key, page, old).map(Some),
        Err(error) => Err(error.to_string()),
    })?;
    let lists = [
        (Style::Good, "+", &done.added),
        (Style::Plain, "~", &done.changed),
        (Style::Bad, "-", &done.removed),
        (Style::Dim, "left out:", &done.left_out),
    ];
    let same = lists[..3].iter().all(|(.., paths)| paths.is_empty());
    let says = if same { " is as it was" } else { " is checked in" };
    let mut text = Text::default().words(Style::Strong, id).line(says);
    for (style, sign, paths) in lists {
        for path in paths {
            text = text.words(style, format!("{sign} {path}")).end();
        }
    }
    if let Some(page) = &done.signed {
        text = text.line(format!("signed: {page}"));
    }
    let data = json!({
        "member": id,
        "added": done.added,
        "changed": done.changed,
        "removed": done.removed,
        "left_out": done.left_out,
        "signed": done.signed,
    });
    Ok(Answer::new(data, text))
}

/// The page with this key's signature. A page that is the old one but for its signature stays as
/// it is, if that was signed by the same key.
fn signed(key: &SigningKey, page: &[u8], old: Option<&[u8]>) -> Result<Vec<u8>, String> {
    if let Some(old) = old
        && page::verify(old).is_ok_and(|verdict| verdict.is_valid() && verdict.issuer == key.did())
        && page::bare(old).is_ok_and(|bare| page::bare(page).is_ok_and(|new| new == bare))
        && page::bundle(old).is_ok_and(|carried| page::bundle(page).is_ok_and(|new| new == carried))
    {
        return Ok(old.to_vec());
    }
    let kind = if old.is_some() { "c2pa.action.updated" } else { "c2pa.action.published" };
    let actor = Some(key.did().to_string());
    let claim = Claim {
        generator: concat!("wbx/", env!("CARGO_PKG_VERSION")).to_owned(),
        issued_at: Timestamp::now(),
        assertions: vec![Assertion { kind: kind.to_owned(), actor, value: None }],
    };
    page::sign(page, key, &claim).map_err(|error| error.to_string())
}
