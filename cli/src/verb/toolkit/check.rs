//! `wbx toolkit check TARGET`: every problem of a manifest and its skills, and every mismatch of an
//! artifact with its world.

use std::collections::BTreeSet;
use std::path::Path;

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;
use workbooks_compilers::Code;
use workbooks_host::policy::Withheld;
use workbooks_host::{Artifact, Grant, Host, Mismatch, MissingImport, world};

use crate::engine::catalog::{self, Target, Toolkit};
use crate::engine::embedded;
use crate::engine::operator::{self, Flags};
use crate::engine::skills;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// An artifact does not fit its world.
#[derive(Debug, Error, Diagnostic)]
#[error("`{target}` does not fit its world")]
#[diagnostic(code(workbooks::check::mismatch))]
struct Unfit {
    target: String,
    #[related]
    problems: Vec<Problem>,
}

/// One thing that does not fit.
#[derive(Debug, Error, Diagnostic)]
enum Problem {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Mismatch(Mismatch),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Import(MissingImport),
}

/// Checks a toolkit or a bare file.
pub(crate) fn check(session: &Session, target: &str) -> Result<Answer, Report> {
    if skills::is_authoring(target) {
        let (path, text) = skills::authoring(session)?;
        skills::check_authoring(session, &text)?;
        return Ok(sound(&path));
    }
    match catalog::find(session, target)? {
        Target::Toolkit(toolkit) => check_toolkit(session, &toolkit),
        Target::File(path) => check_file(session, target, &path),
    }
}

fn check_toolkit(session: &Session, toolkit: &Toolkit) -> Result<Answer, Report> {
    let loaded = toolkit.load(session)?;
    let manifest = &loaded.manifest;
    manifest.warnings.iter().for_each(|warning| session.output.warn(warning));
    let skills = skills::check(&loaded)?;
    let program = embedded::program(session, &loaded)?;
    let host = embedded::host(session)?;
    let grant = operator::grant_toolkit(session, &loaded, &Flags::default())?;
    let artifact = program.artifact(manifest);
    // An engine imports whatever any program may use; its lane compared the program itself.
    let found = match &program.code {
        Code::Interpreted { .. } => Vec::new(),
        Code::Wasm(_) if artifact.interprets() => Vec::new(),
        Code::Wasm(wasm) => embedded::mismatches_of(wasm, manifest, &loaded.origin)?,
    };
    let needs = compare(&host, &manifest.id, &artifact, &grant, found)?;
    let warnings: Vec<_> = manifest.warnings.iter().map(ToString::to_string).collect();
    Ok(fits(&manifest.id, &needs, &warnings, Some(skills)))
}

fn check_file(session: &Session, name: &str, path: &Path) -> Result<Answer, Report> {
    let wasm = embedded::binary(session.io.read(path)?)?;
    let host = embedded::host(session)?;
    let grant = operator::grant_file(name, &Flags::default())?;
    // Without a manifest it may ask for anything that there is.
    let caps: Vec<_> = world::CAPABILITIES.iter().map(|row| row.name.to_owned()).collect();
    let found = embedded::mismatches(&wasm, &caps, None)?;
    let needs = compare(&host, name, &Artifact::bare(&wasm), &grant, found)?;
    Ok(fits(name, &needs, &[], None))
}

/// The capabilities that it needs and does not have yet.
fn compare(
    host: &Host,
    target: &str,
    artifact: &Artifact<'_>,
    grant: &Grant,
    found: Vec<Mismatch>,
) -> Result<BTreeSet<&'static str>, Report> {
    let mut problems: Vec<_> = found.into_iter().map(Problem::Mismatch).collect();
    let told = !problems.is_empty();
    let mut needs = BTreeSet::new();
    for import in host.missing(artifact, grant)? {
        match import {
            MissingImport::NotGranted {
                capability,
                withheld: Withheld::Policy | Withheld::Profile,
                ..
            } => {
                needs.insert(capability);
            }
            // The comparison with the world has said it already, and more exactly.
            _ if told => {}
            import => problems.push(Problem::Import(import)),
        }
    }
    if problems.is_empty() {
        return Ok(needs);
    }
    Err(Unfit { target: target.to_owned(), problems }.into())
}

fn fits(
    target: &str,
    needs: &BTreeSet<&str>,
    warnings: &[String],
    skills: Option<usize>,
) -> Answer {
    let mut text =
        Text::default().words(Style::Strong, target).words(Style::Good, " fits").line(" its world");
    if !needs.is_empty() {
        let words = needs.iter().copied().collect::<Vec<_>>().join(" ");
        text = text.line(format!("it needs grants for: {words}"));
    }
    if let Some(skills @ 1..) = skills {
        let many = if skills == 1 { "skill is" } else { "skills are" };
        text = text.line(format!("its {skills} {many} as they should be"));
    }
    let mut data = json!({ "target": target, "fits": true, "needs": needs, "warnings": warnings });
    if let Some(skills) = skills {
        data["skills"] = skills.into();
    }
    Answer::new(data, text)
}

fn sound(path: &Path) -> Answer {
    let path = path.display().to_string();
    let text = Text::default().words(Style::Strong, &path).line(" is as it should be");
    Answer::new(json!({ "target": path, "fits": true }), text)
}
