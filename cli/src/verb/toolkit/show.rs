//! `wbx toolkit show ID`: what a toolkit asks for, what it would get, and the index of its skills.

use miette::{Diagnostic as _, Report};
use serde_json::{Value, json};
use workbooks_host::policy::Withheld;
use workbooks_host::toolkit::skill::Skills;
use workbooks_host::toolkit::{TrustClaim, units};
use workbooks_host::{Grant, Manifest};

use crate::engine::catalog::{self, Provenance, Toolkit};
use crate::engine::loaded::{LoadError, Loaded, claimed};
use crate::engine::operator::{self, Flags};
use crate::engine::skills;
use crate::output::{Answer, Style, Text};
use crate::session::Session;
use crate::verb::toolkit::origin;

/// Shows the manifest with its grant under the stored policy.
pub(crate) fn show(session: &Session, target: &str) -> Result<Answer, Report> {
    if skills::is_authoring(target) {
        let (path, text) = skills::authoring(session)?;
        let data = json!({ "document": path.display().to_string(), "text": text });
        return Ok(Answer::new(data, Text::default().block(text)));
    }
    let toolkit = catalog::find_toolkit(session, target)?;
    let loaded = match toolkit.load(session).map_err(Report::downcast::<LoadError>) {
        Ok(loaded) => loaded,
        // A toolkit that may not run at all can still be looked at.
        Err(Ok(refused)) => return unusable(&toolkit, &refused),
        Err(Err(other)) => return Err(other),
    };
    let manifest = &loaded.manifest;
    manifest.warnings.iter().for_each(|warning| session.output.warn(warning));
    let (grant, refused) = match operator::grant_toolkit(session, &loaded, &Flags::default()) {
        Ok(grant) => (Some(grant), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let mut data = about(manifest);
    let trust = trust(&loaded);
    data["trust"] = json!(trust);
    origin::describe(&mut data, &toolkit, loaded.verified.as_ref().ok_or(None));
    data["own"] = json!(loaded.is_own());
    data["grant"] = grant.as_ref().map(granted_data).into();
    data["refused"] = json!(refused);
    // Nor do files that cannot be read keep anyone from looking.
    let skills = skills::read(&loaded).map(|(skills, _)| skills);
    let skills = skills.unwrap_or_else(|error| {
        session.output.warn(error.as_ref());
        Skills::default()
    });
    data["skills"] = skills.skills.iter().map(skills::about).collect();
    data["unsound"] = skills.errors.iter().map(ToString::to_string).collect();
    let mut text = head(manifest);
    let mut table = origin::rows(&toolkit, loaded.verified.as_ref());
    if let Some(grant) = &grant {
        table.extend(rows(manifest, trust, grant));
    }
    text = text.table(table);
    if let Some(refused) = refused {
        text = text.words(Style::Bad, "may not run").line(format!(": {refused}"));
    }
    if !skills.skills.is_empty() {
        let line = format!("skills, which `wbx toolkit show {} SKILL` prints:", manifest.id);
        text = text.line(line).table(skills.skills.iter().map(skills::row).collect());
    }
    if !skills.errors.is_empty() {
        let line = format!("not all are as they should be: `wbx toolkit check {}`", manifest.id);
        text = text.words(Style::Bad, line).end();
    }
    Ok(Answer::new(data, text))
}

/// What can be said of a third party's toolkit that is not used: why, and what its manifest claims,
/// if somebody named its folder. Of what was added nothing is read.
fn unusable(toolkit: &Toolkit, refused: &LoadError) -> Result<Answer, Report> {
    let (mut data, mut text) = match (&toolkit.provenance, toolkit.folder()) {
        (_, Some(folder)) => {
            let manifest = claimed(folder)?;
            (about(&manifest), head(&manifest))
        }
        (Provenance::Added(entry), None) => (
            json!({ "id": entry.id, "version": entry.version.to_string() }),
            Text::default().words(Style::Strong, &entry.id).line(format!(" {}", entry.version)),
        ),
        (_, None) => unreachable!("all else lies in a folder"),
    };
    origin::describe(&mut data, toolkit, Err(Some(refused)));
    data["own"] = json!(false);
    data["grant"] = Value::Null;
    data["refused"] = json!(refused.to_string());
    text = text.table(origin::rows(toolkit, None));
    text = text.words(Style::Bad, "may not run").line(format!(": {refused}"));
    if let Some(help) = refused.help() {
        text = text.words(Style::Dim, help.to_string()).end();
    }
    Ok(Answer::new(data, text))
}

/// What it is taken for: the lesser of what it says and of where it came from.
fn trust(loaded: &Loaded) -> TrustClaim {
    if loaded.verified.is_some() { TrustClaim::ThirdParty } else { loaded.manifest.trust }
}

fn about(manifest: &Manifest) -> Value {
    json!({
        "id": manifest.id,
        "title": manifest.title,
        "version": manifest.version.as_ref().map(ToString::to_string),
        "status": manifest.status,
        "tagline": manifest.tagline,
        "exec": manifest.exec,
        "trust": manifest.trust,
        "caps": manifest.caps.iter().map(|cap| &cap.value).collect::<Vec<_>>(),
        "net": manifest.net.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "env": manifest.env,
        "secrets": manifest.env_keys,
        "build": {
            "lang": manifest.build_lang,
            "src": manifest.build_src.as_ref().map(ToString::to_string),
            "sha256": manifest.sha256,
        },
        "warnings": manifest.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn granted_data(grant: &Grant) -> Value {
    let withheld = grant.withheld().iter().map(|(cap, by)| (cap.clone(), json!(name(*by))));
    json!({
        "profile": grant.profile(),
        "capabilities": grant.capabilities(),
        "withheld": withheld.collect::<serde_json::Map<_, _>>(),
        "memory_bytes": grant.limits().memory,
        "cpu_ms": u64::try_from(grant.limits().cpu_time.as_millis()).unwrap_or(u64::MAX),
        "net": grant
            .net()
            .list()
            .map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "private": grant.private().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "mounts": grant.mounts().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "env": grant.env(),
    })
}

fn name(by: Withheld) -> &'static str {
    match by {
        Withheld::Manifest => "manifest",
        Withheld::Profile => "profile",
        Withheld::Caller => "caller",
        Withheld::Policy => "policy",
    }
}

fn head(manifest: &Manifest) -> Text {
    let version =
        manifest.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let title = manifest.title.clone().unwrap_or_default();
    let text =
        Text::default().words(Style::Strong, &manifest.id).line(format!("{version}  {title}"));
    match &manifest.tagline {
        Some(tagline) => text.line(tagline),
        None => text,
    }
}

fn rows(manifest: &Manifest, trust: TrustClaim, grant: &Grant) -> Vec<Vec<(Style, String)>> {
    let row = |what: &str, says: String| vec![(Style::Dim, what.to_owned()), (Style::Plain, says)];
    let limits = grant.limits();
    let mut rows = vec![
        row("shape", manifest.exec.to_string()),
        row("trust", trust.to_string()),
        row(
            "profile",
            format!(
                "{}: {} of memory, {} of CPU time",
                grant.profile(),
                units::bytes(limits.memory),
                units::duration(limits.cpu_time)
            ),
        ),
    ];
    if let Some(source) = &manifest.build_src {
        let lang = manifest.build_lang.map(|lang| format!("{lang} from ")).unwrap_or_default();
        rows.push(row("built", format!("{lang}{source}")));
    }
    for cap in grant.declared() {
        let (style, says) = match grant.withheld().get(cap) {
            None => (Style::Good, "granted".to_owned()),
            Some(by) => (Style::Bad, format!("withheld by the {}", name(*by))),
        };
        rows.push(vec![(Style::Strong, cap.clone()), (style, says)]);
    }
    if grant.allows("net") {
        rows.push(row("reaches", grant.net().to_string()));
    }
    for range in grant.private() {
        rows.push(row("reaches", format!("{range}, which is private")));
    }
    for mount in grant.mounts() {
        rows.push(row("mount", mount.to_string()));
    }
    rows
}
