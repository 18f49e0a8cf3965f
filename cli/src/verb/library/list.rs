//! `wbx library list`: every member, and what may be done with it.

use miette::Report;
use serde_json::{Value, json};
use workbooks_host::bundle::Bundle;
use workbooks_host::library::{Access, Kind, Library, LibraryError, Member, Taken};
use workbooks_host::provenance::page::{self, PageError, Verdict};
use workbooks_host::provenance::{Did, Timestamp, TrustError, TrustStore};

use super::count;
use crate::engine::identity;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Lists id, access, what is there and title. A member that cannot be read is listed too.
pub(super) fn list(session: &Session, library: &Library) -> Result<Answer, Report> {
    let (workspace, trust) = (library.workspace(), identity::trust(session)?);
    let members = workspace.members.iter().map(|member| Line::of(library, &trust, member));
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
    Ok(Answer::new(data, text))
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
    signature: Option<Signature>,
}

/// What is true of a signature.
struct Signature {
    /// The rest of a sentence about the page.
    says: String,
    /// Whoever signed it, if it holds.
    signer: Option<Did>,
    /// Why its signer is not believed; nothing if there is none, or is believed.
    doubt: Option<TrustError>,
}

impl There {
    fn of(taken: &Taken, trust: &TrustStore) -> Self {
        Self {
            kind: taken.kind,
            files: taken.files.len(),
            bytes: taken.files.bytes(),
            page: taken.page().map(str::to_owned),
            signature: Signature::of(taken, trust),
        }
    }
}

impl<'a> Line<'a> {
    fn of(library: &Library, trust: &TrustStore, member: &'a Member) -> Self {
        let access = library.access(member);
        let readable = access != Access::None && member.path.is_some();
        let read = || library.read(member).map(|taken| There::of(&taken, trust));
        let there = readable.then(read);
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
        let signature = there.and_then(|there| there.signature.as_ref());
        let signer = signature.and_then(|signature| signature.signer.as_ref());
        let doubt = signature.and_then(|signature| signature.doubt.as_ref());
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
            "signed": signature.map(|signature| &signature.says),
            "signer": signer,
            "trusted": signer.map(|_| doubt.is_none()),
            "distrust": doubt.map(ToString::to_string),
            "error": error.map(ToString::to_string),
        })
    }
}

fn there(there: &There) -> String {
    let signed = there.signature.as_ref();
    let page = signed.map(|signed| format!(", its page {}", signed.says)).unwrap_or_default();
    match there.kind {
        Kind::File => format!("file{page}"),
        Kind::Folder => format!("folder of {}{page}", count(there.files)),
    }
}

impl Signature {
    /// That of a member's page, or of the bundle that a member is.
    fn of(taken: &Taken, trust: &TrustStore) -> Option<Self> {
        let found = match taken.page() {
            Some(path) => of_page(taken.files.get(path)?),
            None => of_bundle(taken.bundle()?),
        };
        Some(match found {
            Err(says) => Self { says, signer: None, doubt: None },
            Ok(verdict) => Self::by(verdict, trust),
        })
    }

    fn by(verdict: Verdict, trust: &TrustStore) -> Self {
        let Verdict { issuer, issued_at, .. } = verdict;
        match trust.believed(&issuer, None, issued_at, Timestamp::now()) {
            Ok(key) => {
                let name = key.and_then(|key| key.name.clone());
                let name = name.unwrap_or_else(|| issuer.to_string());
                Self { says: format!("signed by {name}"), signer: Some(issuer), doubt: None }
            }
            Err(doubt) => Self {
                says: format!("signed by {issuer}, whom you do not trust"),
                signer: Some(issuer),
                doubt: Some(doubt),
            },
        }
    }
}

fn of_page(html: &[u8]) -> Result<Verdict, String> {
    match page::verify(html) {
        Ok(verdict) if verdict.is_valid() => Ok(verdict),
        Ok(_) => Err("not what was signed".to_owned()),
        Err(PageError::Unsigned) => Err("unsigned".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn of_bundle(bytes: &[u8]) -> Result<Verdict, String> {
    let opened = Bundle::open(bytes).map_err(|error| error.to_string())?;
    opened.verdict.ok_or_else(|| "unsigned".to_owned())
}
