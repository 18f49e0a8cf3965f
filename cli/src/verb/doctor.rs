//! `wbx doctor`: how this installation stands. It looks and changes nothing.

use std::path::Path;

use serde_json::json;

use crate::io::files;
use crate::output::{Answer, Style, Text};
use crate::project;
use crate::session::Session;

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    ok: bool,
    says: String,
}

/// Looks at folders, the policy, lanes and package clients.
pub(crate) fn look(session: &Session) -> Answer {
    let mut findings = Vec::new();
    for (what, path) in session.home.folders() {
        findings.push(private(what, path));
    }
    findings.push(toolkits(session));
    findings.extend(engine(session));
    findings.extend(clients(session));
    let ok = findings.iter().all(|finding| finding.ok);
    let data: Vec<_> =
        findings.iter().map(|f| json!({ "what": f.what, "ok": f.ok, "says": f.says })).collect();
    let row = |finding: &Finding| {
        let mark =
            if finding.ok { (Style::Good, "ok".to_owned()) } else { (Style::Bad, "no".to_owned()) };
        vec![mark, (Style::Strong, finding.what.to_owned()), (Style::Plain, finding.says.clone())]
    };
    let text = Text::default()
        .line(format!("wbx {}", env!("CARGO_PKG_VERSION")))
        .table(findings.iter().map(row).collect());
    Answer::new(json!({ "version": env!("CARGO_PKG_VERSION"), "ok": ok, "checks": data }), text)
}

fn private(what: &'static str, path: &Path) -> Finding {
    let (ok, says) = match files::own_mode(path) {
        _ if !files::exists(path) => (true, "made when it is needed"),
        None => (false, "belongs to another user"),
        Some(mode) if mode & 0o077 != 0 => (false, "is open to other users: `chmod 700` it"),
        Some(_) => (true, "is this user's alone"),
    };
    Finding { what, ok, says: format!("{} {says}", path.display()) }
}

fn toolkits(session: &Session) -> Finding {
    if let Err(refused) = project::check(session) {
        return Finding { what: "toolkits", ok: false, says: refused.to_string() };
    }
    let (ok, says) = match project::root(session) {
        Some(root) => {
            (true, format!("{}: toolkits in it: {}", root.display(), project::ids(&root).len()))
        }
        None => (true, "none here: `wbx toolkit new ID` writes one".to_owned()),
    };
    Finding { what: "toolkits", ok, says }
}

/// The programs by which lanes and packages come, each under its names.
const CLIENTS: [&[&str]; 4] = [&["npm"], &["cargo"], &["pip", "pip3"], &["python3"]];

/// Which clients are there, and which lanes miss those that are not. One that another stands in for
/// is no fault.
fn clients(session: &Session) -> Vec<Finding> {
    let folders = session.surroundings.variable("PATH").unwrap_or_default();
    let folders = files::split_paths(folders);
    let on_path = |name: &str| folders.iter().any(|folder| files::exists(&folder.join(name)));
    let here = |client: &str| {
        CLIENTS.iter().any(|names| names[0] == client && names.iter().any(|name| on_path(name)))
    };
    let lanes = fetched_by();
    let finding = |names: &&[&'static str]| {
        let what = names[0];
        if here(what) {
            return Finding { what, ok: true, says: "is on the PATH".to_owned() };
        }
        let rows = lanes.iter().filter(|(_, clients)| clients.contains(&what));
        let (others, missed): (Vec<_>, Vec<_>) =
            rows.partition(|(_, clients)| clients.iter().any(|client| here(client)));
        let words = |rows: &[&(&str, Vec<&str>)]| {
            rows.iter().map(|(lane, _)| *lane).collect::<Vec<_>>().join(", ")
        };
        let says = match (others.as_slice(), missed.as_slice()) {
            ([], []) => "lanes and packages are fetched with it".to_owned(),
            (others, []) => format!(
                "other clients bring what these lanes need: {}; packages are fetched with it",
                words(others)
            ),
            (_, missed) => format!("these lanes are fetched with it: {}", words(missed)),
        };
        let ok = missed.is_empty() && !others.is_empty();
        Finding { what, ok, says: format!("is not on the PATH: {says}") }
    };
    CLIENTS.iter().map(finding).collect()
}

/// What lanes are fetched by: of each row, one client is enough.
#[cfg(not(target_family = "wasm"))]
fn fetched_by() -> Vec<(&'static str, Vec<&'static str>)> {
    use crate::engine::lanes;
    let rows = lanes::all_sources().into_iter().flat_map(|(lane, rows)| {
        rows.into_iter().map(move |row| (lane, row.iter().map(|one| one.client).collect()))
    });
    rows.collect()
}

#[cfg(target_family = "wasm")]
fn fetched_by() -> Vec<(&'static str, Vec<&'static str>)> {
    Vec::new()
}

#[cfg(not(target_family = "wasm"))]
fn engine(session: &Session) -> Vec<Finding> {
    use crate::engine::operator;
    let (ok, says) = match operator::policy(session) {
        Ok(policy) => (
            true,
            format!(
                "{}: toolkits in it: {}",
                session.home.policy().display(),
                policy.toolkits().count()
            ),
        ),
        Err(error) => (false, error.to_string()),
    };
    let policy = Finding { what: "policy", ok, says };
    [policy, key(session), trust(session)].into_iter().chain(lanes(session)).collect()
}

#[cfg(not(target_family = "wasm"))]
fn key(session: &Session) -> Finding {
    use crate::engine::identity;
    let (ok, says) = match identity::own(session) {
        Ok(Some(did)) => (true, did.to_string()),
        Ok(None) => (true, "none yet: `wbx toolkit sign` makes one".to_owned()),
        Err(error) => (false, error.to_string()),
    };
    Finding { what: "key", ok, says }
}

#[cfg(not(target_family = "wasm"))]
fn trust(session: &Session) -> Finding {
    use crate::engine::identity;
    use workbooks_host::provenance::Timestamp;
    let now = Timestamp::now();
    let (ok, says) = match identity::trust(session) {
        Ok(store) => {
            let believed = store.entries().filter(|key| key.believed(now).is_ok()).count();
            (true, format!("{}: keys that are trusted: {believed}", session.home.trust().display()))
        }
        Err(error) => (false, error.to_string()),
    };
    Finding { what: "trust", ok, says }
}

#[cfg(not(target_family = "wasm"))]
fn lanes(session: &Session) -> Vec<Finding> {
    use crate::engine::lanes::{self, LanguageState};
    let all = match lanes::all(session) {
        Ok(all) => all,
        Err(error) => return vec![Finding { what: "lane", ok: false, says: error.to_string() }],
    };
    let finding = |found: &LanguageState| {
        let (language, state) = (found.language, found.state());
        let Some(lane) = &found.lane else {
            return Finding { what: "lane", ok: true, says: format!("{language}: {state}") };
        };
        let mut says = match state {
            "missing" => format!(
                "{language}: not installed yet; `wbx lane install {}` does, and so does the first build",
                lane.word
            ),
            "damaged" => {
                format!("{language}: damaged; `wbx lane install {}` repairs it", lane.word)
            }
            state => format!("{language}: {state}"),
        };
        if !lane.lacks.is_empty() {
            let lacks: Vec<_> = lane.lacks.iter().map(|lack| lack.feature.as_str()).collect();
            says.push_str(&format!("; not available: {}", lacks.join(", ")));
        }
        Finding { what: "lane", ok: state != "damaged", says }
    };
    all.iter().map(finding).collect()
}

#[cfg(target_family = "wasm")]
fn engine(_: &Session) -> Vec<Finding> {
    vec![Finding { what: "engine", ok: true, says: "not part of this build".into() }]
}
