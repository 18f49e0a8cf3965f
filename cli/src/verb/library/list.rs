//! `wbx library list`: every member, and what may be done with it.

use serde_json::{Value, json};
use workbooks_host::library::{Access, Kind, Library, LibraryError, Member, Taken};
use workbooks_host::provenance::page::{self, PageError};

use super::count;
use crate::output::{Answer, Style, Text};

/// Lists id, access, what is there and title. A member that cannot be read is listed too.
pub(super) fn list(library: &Library) -> Answer {
    let workspace = library.workspace();
    let members = workspace.members.iter().map(|member| Line::of(library, member));
    let lines: Vec<_> = members.collect();
    let text = if lines.is_empty() {
        Text::default().line("the workspace names no member")
    } else {
        Text::default().table(lines.iter().map(Line::row).collect())
    };
    let data = json!({
        "title": workspace.title,
        "workspace": workspace.name,
        "owner": workspace.owner,
        "members": lines.iter().map(Line::data).collect::<Vec<_>>(),
    });
    Answer::new(data, text)
}

struct Line<'a> {
    member: &'a Member,
    access: Access,
    /// Nothing where it may not be read.
    taken: Option<Result<Taken, LibraryError>>,
}

impl<'a> Line<'a> {
    fn of(library: &Library, member: &'a Member) -> Self {
        let access = library.access(member);
        let readable = access != Access::None && member.path.is_some();
        Self { member, access, taken: readable.then(|| library.read(member)) }
    }

    fn row(&self) -> Vec<(Style, String)> {
        let access = match self.access {
            Access::None => Style::Bad,
            Access::Read => Style::Plain,
            Access::Write => Style::Good,
        };
        let (style, there) = match (&self.taken, &self.member.path) {
            (_, None) => (Style::Dim, "elsewhere".to_owned()),
            (None, _) => (Style::Dim, "-".to_owned()),
            (Some(Err(error)), _) => (Style::Bad, error.to_string()),
            (Some(Ok(taken)), _) => (Style::Plain, there(taken)),
        };
        vec![
            (Style::Strong, self.member.id.clone()),
            (access, self.access.word().to_owned()),
            (style, there),
            (Style::Plain, self.member.title.clone()),
        ]
    }

    fn data(&self) -> Value {
        let taken = self.taken.as_ref().and_then(|taken| taken.as_ref().ok());
        let error = self.taken.as_ref().and_then(|taken| taken.as_ref().err());
        json!({
            "id": self.member.id,
            "title": self.member.title,
            "path": self.member.path,
            "did": self.member.did,
            "scope": self.member.scope.word(),
            "access": self.access.word(),
            "kind": taken.map(|taken| taken.kind.word()),
            "files": taken.map(|taken| taken.files.len()),
            "bytes": taken.map(|taken| taken.files.bytes()),
            "page": taken.and_then(Taken::page),
            "signed": taken.and_then(signature),
            "error": error.map(ToString::to_string),
        })
    }
}

fn there(taken: &Taken) -> String {
    let page = signature(taken).map(|says| format!(", its page {says}")).unwrap_or_default();
    match taken.kind {
        Kind::File => format!("file{page}"),
        Kind::Folder => format!("folder of {}{page}", count(taken.files.len())),
    }
}

/// What is true of the signature of a member's page: the rest of a sentence. Whether its issuer is
/// trusted is for `wbx verify` to say.
fn signature(taken: &Taken) -> Option<String> {
    let html = taken.files.get(taken.page()?)?;
    Some(match page::verify(html) {
        Ok(verdict) if verdict.is_valid() => format!("signed by {}", verdict.issuer),
        Ok(_) => "not what was signed".to_owned(),
        Err(PageError::Unsigned) => "unsigned".to_owned(),
        Err(error) => error.to_string(),
    })
}
