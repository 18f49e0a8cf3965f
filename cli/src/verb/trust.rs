//! `wbx trust list|add|remove|revoke`: whose signatures are believed, and about what.

use std::collections::BTreeSet;
use std::path::Path;

use miette::{Diagnostic, Report};
use serde_json::{Value, json};
use thiserror::Error;
use workbooks_host::provenance::{
    Did, DidWeb, KeyStatement, KeyStatementError, Timestamp, TrustError, TrustStore, Trusted,
};

use crate::args::{Trust, UsageError};
use crate::engine::identity::{self, standing};
use crate::io::files;
use crate::output::{Answer, Style, Text};
use crate::project::is_id;
use crate::session::Session;

/// Bytes of a file from elsewhere: some thousand statements of keys.
const MAX_FILE: u64 = 4 << 20;

/// Why a key cannot be found, or not be forgotten.
#[derive(Debug, Error, Diagnostic)]
enum TrustVerbError {
    #[error("there is no key `{key}` that is trusted")]
    #[diagnostic(
        code(workbooks::cli::not_found::key),
        help("`wbx trust list` shows those that there are")
    )]
    Unknown { key: String },
    #[error("more than one key is called `{key}`")]
    #[diagnostic(code(workbooks::cli::usage), help("name it by its DID: `wbx trust list`"))]
    Ambiguous { key: String },
    #[error("{did} is revoked, and to forget that would let it be trusted again")]
    #[diagnostic(
        code(workbooks::trust::revoked),
        help("if that is what you want, delete its lines in `{file}`")
    )]
    Revoked { did: Did, file: String },
}

/// How far keys are to be trusted that are added.
struct Bounds {
    name: Option<String>,
    until: Option<Timestamp>,
    toolkits: Option<BTreeSet<String>>,
}

/// Does what is asked about trust.
pub(crate) fn keep(session: &Session, asked: Trust) -> Result<Answer, Report> {
    match asked {
        Trust::List => list(session),
        Trust::Add { what, name, until, toolkits, document } => {
            let bounds = bounds(name, until.as_deref(), toolkits)?;
            add(session, &what, bounds, document.as_deref())
        }
        Trust::Remove { key } => {
            let file = session.home.trust().display().to_string();
            let did = identity::change(session, |store| {
                let did = resolve(store, &key)?;
                if store.find(&did).is_some_and(|key| key.revoked.is_some()) {
                    return Err(TrustVerbError::Revoked { did, file }.into());
                }
                store.remove(&did).ok_or(TrustVerbError::Unknown { key })?;
                Ok(did)
            })?;
            let text = Text::default().words(Style::Strong, did.to_string()).line(" is forgotten");
            Ok(Answer::new(json!({ "removed": did.to_string() }), text))
        }
        Trust::Revoke { key } => {
            let did = identity::change(session, |store| {
                let did = resolve(store, &key)?;
                store.revoke(&did, Timestamp::now());
                Ok(did)
            })?;
            let text = Text::default()
                .words(Style::Strong, did.to_string())
                .line(" is not believed any more, about anything");
            Ok(Answer::new(json!({ "revoked": did.to_string() }), text))
        }
    }
}

/// The key that a text names. One that is not known can be named by its DID.
fn resolve(store: &TrustStore, text: &str) -> Result<Did, Report> {
    if let Ok(did) = text.parse() {
        return Ok(did);
    }
    let mut named = store.entries().filter(|key| key.name.as_deref() == Some(text));
    match (named.next(), named.next()) {
        (Some(key), None) => Ok(key.did.clone()),
        (Some(_), Some(_)) => Err(TrustVerbError::Ambiguous { key: text.to_owned() }.into()),
        (None, _) => Err(TrustVerbError::Unknown { key: text.to_owned() }.into()),
    }
}

fn bounds(
    name: Option<String>,
    until: Option<&str>,
    toolkits: Vec<String>,
) -> Result<Bounds, UsageError> {
    let until = until.map(|text| {
        let time = text.parse().or_else(|_| format!("{text}T00:00:00Z").parse());
        time.map_err(|_| UsageError::Value {
            value: text.to_owned(),
            what: "a time",
            help: "write it so: 2027-01-31, or 2027-01-31T12:00:00Z".to_owned(),
        })
    });
    if let Some(wrong) = toolkits.iter().find(|id| !is_id(id)) {
        return Err(UsageError::Value {
            value: wrong.clone(),
            what: "a toolkit's id",
            help: "an id has lower-case letters, digits and `-`".to_owned(),
        });
    }
    let toolkits = (!toolkits.is_empty()).then(|| toolkits.into_iter().collect());
    Ok(Bounds { name, until: until.transpose()?, toolkits })
}

fn add(
    session: &Session,
    what: &str,
    bounds: Bounds,
    document: Option<&Path>,
) -> Result<Answer, Report> {
    let now = Timestamp::now();
    let read = |path: &Path| files::read_at_most(&session.surroundings.folder.join(path), MAX_FILE);
    let dids = if let Some(document) = document {
        what.parse::<DidWeb>()?.keys(&read(document)?)?
    } else if what.starts_with("did:") {
        vec![what.parse().map_err(|_| UsageError::Value {
            value: what.to_owned(),
            what: "a `did:key` of an Ed25519 key",
            help: "of a `did:web` give the document too: `--document FILE`".to_owned(),
        })?]
    } else {
        if bounds.name.is_some() || bounds.until.is_some() || bounds.toolkits.is_some() {
            return Err(UsageError::Value {
                value: what.to_owned(),
                what: "a key",
                help: "a statement brings no bounds of its own: a new key is trusted as far as \
                       the old one"
                    .to_owned(),
            }
            .into());
        }
        return hear(session, &read(Path::new(what))?, now);
    };
    let name = bounds.name.or_else(|| document.map(|_| what.to_owned()));
    let entries = dids.into_iter().map(|did| Trusted {
        name: name.clone(),
        until: bounds.until,
        toolkits: bounds.toolkits.clone(),
        ..Trusted::new(did, now)
    });
    let entries: Vec<_> = entries.collect();
    identity::change(session, |store| {
        entries.iter().try_for_each(|entry| Ok(store.add(entry.clone())?))
    })?;
    let data: Vec<_> = entries.iter().map(|entry| about(entry, now)).collect();
    let lines = entries.iter().fold(Text::default(), |text, entry| {
        text.words(Style::Strong, entry.did.to_string()).line(format!(" is trusted{}", of(entry)))
    });
    Ok(Answer::new(json!({ "added": data }), lines))
}

/// Takes keys at their word. Those that nobody here trusts are passed over, unless all are such.
fn hear(session: &Session, file: &[u8], now: Timestamp) -> Result<Answer, Report> {
    let said = KeyStatement::read(file)?;
    let heard = identity::change(session, |store| {
        let (mut heard, mut unknown) = (Vec::new(), None);
        for said in &said {
            match store.apply(said, now) {
                Ok(news) => heard.push((said, news)),
                Err(KeyStatementError::NotBelieved(error @ TrustError::UnknownIssuer { .. })) => {
                    unknown.get_or_insert(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        match (heard.is_empty(), unknown) {
            (true, Some(error)) => Err(error.into()),
            _ => Ok(heard),
        }
    })?;
    let mut text = Text::default();
    let mut data = Vec::new();
    for (said, news) in heard {
        let known = if news { "" } else { ", as was known" };
        text = match said.successor() {
            Some(new) => text.line(format!("{new} takes the place of {}{known}", said.key())),
            None => text.line(format!("{} is revoked{known}", said.key())),
        };
        data.push(json!({
            "key": said.key().to_string(), "news": news,
            "successor": said.successor().map(ToString::to_string),
        }));
    }
    if data.is_empty() {
        text = text.line("the file says nothing");
    }
    Ok(Answer::new(json!({ "heard": data }), text))
}

fn list(session: &Session) -> Result<Answer, Report> {
    let (store, now) = (identity::trust(session)?, Timestamp::now());
    let own = identity::own(session)?;
    let row = |key: &Trusted| {
        let state = standing(key, now);
        let style = if state == "trusted" { Style::Good } else { Style::Bad };
        vec![
            (Style::Strong, key.name.clone().unwrap_or_else(|| "-".to_owned())),
            (style, state.to_owned()),
            (Style::Plain, format!("{}{}", key.did, of(key))),
        ]
    };
    let mut rows = Vec::new();
    if let Some(own) = own.as_ref().filter(|own| store.find(own).is_none()) {
        let cell = |style, text: &str| (style, text.to_owned());
        rows.push(vec![
            cell(Style::Dim, "own"),
            cell(Style::Good, "trusted"),
            (Style::Plain, own.to_string()),
        ]);
    }
    rows.extend(store.entries().map(row));
    let text = match rows.len() {
        0 => Text::default().line("nobody is trusted: `wbx trust add DID` trusts a key"),
        _ => Text::default().table(rows),
    };
    let keys: Vec<_> = store.entries().map(|key| about(key, now)).collect();
    Ok(Answer::new(json!({ "own": own.map(|did| did.to_string()), "keys": keys }), text))
}

fn about(key: &Trusted, now: Timestamp) -> Value {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    json!({
        "did": key.did.to_string(),
        "name": key.name,
        "state": standing(key, now),
        "added": key.added.to_string(),
        "until": time(key.until),
        "toolkits": key.toolkits,
        "revoked": time(key.revoked),
        "rotated": time(key.rotated),
        "successor": key.successor.as_ref().map(ToString::to_string),
    })
}

/// The bounds of an entry, in words.
fn of(key: &Trusted) -> String {
    let mut words = String::new();
    if let Some(toolkits) = &key.toolkits {
        let ids: Vec<_> = toolkits.iter().map(String::as_str).collect();
        words.push_str(&format!(", about {} only", ids.join(" ")));
    }
    if let Some(until) = key.until {
        words.push_str(&format!(", until {until}"));
    }
    words
}
