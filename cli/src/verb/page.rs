//! `wbx sign FILE` and `wbx verify FILE`: the signature of a page of HTML.

use std::path::Path;

use miette::Report;
use serde_json::json;
use workbooks_host::provenance::Timestamp;
use workbooks_host::provenance::page;
use workbooks_host::provenance::page::Verdict;

use crate::engine::{identity, signing};
use crate::io::files;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Signs a page, in place or to another file.
pub(crate) fn sign(session: &Session, file: &Path, out: Option<&Path>) -> Result<Answer, Report> {
    let file = session.surroundings.folder.join(file);
    let out = out.map_or_else(|| file.clone(), |out| session.surroundings.folder.join(out));
    let key = identity::key(session)?;
    let html = session.io.read(&file)?;
    let signed = page::sign(&html, &key, &signing::signer(&key).claim())?;
    files::write_shared(&out, &signed)?;
    let (shown, did) = (out.display().to_string(), key.did().to_string());
    let text = Text::default().words(Style::Strong, &shown).line(format!(" is signed by {did}"));
    Ok(Answer::new(json!({ "file": shown, "issuer": did }), text))
}

/// Says whether a page is what somebody signed who is trusted.
pub(crate) fn verify(session: &Session, file: &Path) -> Result<Answer, Report> {
    let file = session.surroundings.folder.join(file);
    let verdict = page::verify(&session.io.read(&file)?)?.valid()?;
    let name = trusted(session, &verdict)?;
    let who = name.unwrap_or_else(|| verdict.issuer.to_string());
    let text = Text::default()
        .words(Style::Strong, file.display().to_string())
        .line(format!(" is what {who} signed at {}", verdict.issued_at));
    Ok(Answer::new(data(&verdict, true), text))
}

/// What the user calls the issuer of a page, if it is believed; an error if it is not.
pub(super) fn trusted(session: &Session, verdict: &Verdict) -> Result<Option<String>, Report> {
    let trust = identity::trust(session)?;
    let key = trust.believed(&verdict.issuer, None, verdict.issued_at, Timestamp::now())?;
    Ok(key.and_then(|key| key.name.clone()))
}

/// A verdict for programs.
pub(super) fn data(verdict: &Verdict, trusted: bool) -> serde_json::Value {
    json!({
        "signature": verdict.signature,
        "asset_integrity": verdict.asset_integrity,
        "bundle": verdict.bundle,
        "valid": verdict.is_valid(),
        "trusted": trusted,
        "issuer": verdict.issuer,
        "issued_at": verdict.issued_at.to_string(),
        "claim_generator": verdict.generator,
        "assertions": verdict.assertions,
    })
}
