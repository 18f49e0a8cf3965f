//! `wbx key new|show|list|rotate|revoke|did-web`: the keys that this installation signs with.

use miette::Report;
use serde_json::json;
use workbooks_host::provenance::{Did, DidWeb, SigningKey, Timestamp};

use crate::args::{Key, UsageError};
use crate::engine::identity::keys::{self, Kept, KeyError};
use crate::engine::identity::{self, standing};
use crate::io::files;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Does what is asked about keys.
pub(crate) fn keep(session: &Session, asked: &Key) -> Result<Answer, Report> {
    match asked {
        Key::New { tenant } => {
            if tenant == identity::TENANT
                && let Some(key) = keys::find(session, tenant)?
            {
                return Err(KeyError::Exists { tenant: tenant.clone(), did: key.did() }.into());
            }
            let did = keys::make(session, tenant)?.did();
            let text = Text::default().words(Style::Strong, did.to_string()).line(" was made");
            Ok(Answer::new(json!({ "tenant": tenant, "did": did.to_string() }), text))
        }
        Key::Show { tenant } => show(session, tenant),
        Key::List => list(session),
        Key::Rotate { tenant } => {
            let (old, new) = keys::rotate(session, tenant)?;
            let statements = keys::statements(session, tenant).display().to_string();
            let text = Text::default()
                .words(Style::Strong, new.to_string())
                .line(format!(" takes the place of {old}"))
                .line(format!("give those who trust it `{statements}`: `wbx trust add FILE`"));
            let data = json!({
                "tenant": tenant, "did": new.to_string(), "replaced": old.to_string(),
                "statements": statements,
            });
            Ok(Answer::new(data, text))
        }
        Key::Revoke { did } => revoke(session, did),
        Key::DidWeb { domain, tenant } => {
            let site: DidWeb = domain.parse()?;
            let did = wanted(session, tenant)?.did();
            let document = site.document(&did);
            session.output.note(&Text::default().line(format!("it belongs at {}", site.url())));
            let text = Text::default().block(format!("{document:#}\n"));
            let data = json!({
                "did": site.to_string(), "key": did.to_string(), "url": site.url(),
                "document": document,
            });
            Ok(Answer::new(data, text))
        }
    }
}

fn wanted(session: &Session, tenant: &str) -> Result<SigningKey, Report> {
    let none = || KeyError::None { what: format!("of `{tenant}`") };
    Ok(keys::find(session, tenant)?.ok_or_else(none)?)
}

fn show(session: &Session, tenant: &str) -> Result<Answer, Report> {
    let did = wanted(session, tenant)?.did();
    let kept = keys::list(session)?.into_iter().find(|key| key.current && key.did == did);
    let file = kept.and_then(|key| key.file).map(|file| file.display().to_string());
    let statements = keys::statements(session, tenant);
    let statements = files::exists(&statements).then(|| statements.display().to_string());
    let from = file.clone().unwrap_or_else(|| "WBX_SIGNING_KEY".to_owned());
    let mut rows = vec![
        vec![(Style::Dim, "key".to_owned()), (Style::Strong, did.to_string())],
        vec![(Style::Dim, "kept in".to_owned()), (Style::Plain, from)],
    ];
    rows.extend(
        statements
            .clone()
            .map(|path| vec![(Style::Dim, "it said of itself".to_owned()), (Style::Plain, path)]),
    );
    let data = json!({
        "tenant": tenant, "did": did.to_string(), "file": file, "statements": statements,
    });
    Ok(Answer::new(data, Text::default().table(rows)))
}

fn list(session: &Session) -> Result<Answer, Report> {
    let (all, store, now) = (keys::list(session)?, identity::trust(session)?, Timestamp::now());
    let state = |key: &Kept| match (key.current, store.find(&key.did)) {
        (_, Some(entry)) if entry.revoked.is_some() => "revoked",
        (true, _) => "current",
        (false, Some(entry)) => standing(entry, now),
        (false, None) => "not used",
    };
    let row = |key: &Kept| {
        let style = if key.current { Style::Good } else { Style::Dim };
        vec![
            (Style::Strong, key.tenant.clone()),
            (style, state(key).to_owned()),
            (Style::Plain, key.did.to_string()),
        ]
    };
    let data: Vec<_> = all
        .iter()
        .map(|key| json!({ "tenant": key.tenant, "did": key.did.to_string(), "state": state(key) }))
        .collect();
    let text = match all.len() {
        0 => Text::default().line("no keys: `wbx key new` makes one"),
        _ => Text::default().table(all.iter().map(row).collect()),
    };
    Ok(Answer::new(json!({ "keys": data }), text))
}

fn revoke(session: &Session, text: &str) -> Result<Answer, Report> {
    let did: Did = text.parse().map_err(|_| UsageError::Value {
        value: text.to_owned(),
        what: "the `did:key` of a key",
        help: "`wbx key list` shows those that there are".to_owned(),
    })?;
    let kept = keys::revoke(session, &did)?;
    let statements = keys::statements(session, &kept.tenant).display().to_string();
    let text = Text::default()
        .words(Style::Strong, did.to_string())
        .line(" is revoked, for good")
        .line(format!("give those who trust it `{statements}`: `wbx trust add FILE`"));
    let data = json!({
        "tenant": kept.tenant, "did": did.to_string(), "statements": statements,
    });
    Ok(Answer::new(data, text))
}
