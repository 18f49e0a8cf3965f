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
    there: Option<Result<There, LibraryError>>,
}

/// What is told of a member's files, which are not kept: those of all members may be very many.
struct There {
    kind: Kind,
    files: usize,
    bytes: usize,
    page: Option<String>,
    signed: Option<String>,
}

impl From<Taken> for There {
    fn from(taken: Taken) -> Self {
        Self {
            kind: taken.kind,
            files: taken.files.len(),
            bytes: taken.files.bytes(),
            page: taken.page().map(str::to_owned),
            signed: signature(&taken),
        }
    }
}

impl<'a> Line<'a> {
    fn of(library: &Library, member: &'a Member) -> Self {
        let access = library.access(member);
        let readable = access != Access::None && member.path.is_some();
        let there = readable.then(|| library.read(member).map(There::from));
        Self { member, access, there }
    }

    fn row(&self) -> Vec<(Style, String)> {
        let access = match self.access {
            Access::None => Style::Bad,
            Access::Read => Style::Plain,
            Access::Write => Style::Good,
        };
        let (style, there) = match (&self.there, &self.member.path) {
            (_, None) => (Style::Dim, "elsewhere".to_owned()),
            (None, _) => (Style::Dim, "-".to_owned()),
            (Some(Err(error)), _) => (Style::Bad, error.to_string()),
            (Some(Ok(found)), _) => (Style::Plain, there(found)),
        };
        vec![
            (Style::Strong, self.member.id.clone()),
            (access, self.access.word().to_owned()),
            (style, there),
            (Style::Plain, self.member.title.clone()),
        ]
    }

    fn data(&self) -> Value {
        let there = self.there.as_ref().and_then(|there| there.as_ref().ok());
        let error = self.there.as_ref().and_then(|there| there.as_ref().err());
        json!({
            "id": self.member.id,
            "title": self.member.title,
            "path": self.member.path,
            "did": self.member.did,
            "scope": self.member.scope.word(),
            "access": self.access.word(),
            "kind": there.map(|there| there.kind.word()),
            "files": there.map(|there| there.files),
            "bytes": there.map(|there| there.bytes),
            "page": there.and_then(|there| there.page.as_deref()),
            "signed": there.and_then(|there| there.signed.as_deref()),
            "error": error.map(ToString::to_string),
        })
    }
}

fn there(there: &There) -> String {
    let signed = there.signed.as_ref();
    let page = signed.map(|says| format!(", its page {says}")).unwrap_or_default();
    match there.kind {
        Kind::File => format!("file{page}"),
        Kind::Folder => format!("folder of {}{page}", count(there.files)),
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
