//! `wbx toolkit publish [ID]`: read → build → lift → sign → show → ask → publish. The folder is
//! read once, so that what is built, what is signed and what goes out are of the same bytes.

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;
use workbooks_compilers::Code;
use workbooks_host::provenance::{
    Files, Statement, Timestamp, TrustStore, Verified, inspect, verify,
};
use workbooks_host::registry::{ARTIFACT, Package, Registry};
use workbooks_host::{Artifact, Manifest};

use super::add::{Unasked, asked};
use crate::engine::loaded::Loaded;
use crate::engine::{catalog, embedded, identity, registries};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Files that are listed before it is asked; `--json` lists all.
const LISTED: usize = 40;

/// Why nothing was published.
#[derive(Debug, Error, Diagnostic)]
enum PublishError {
    /// A version is what never changes.
    #[error("`{id}` has no version")]
    #[diagnostic(
        code(workbooks::publish::no_version),
        help(
            "write `#+VERSION: 0.1.0` into its manifest; what is published under it never changes"
        )
    )]
    NoVersion { id: String },
    /// The person said no.
    #[error("nothing was published")]
    #[diagnostic(code(workbooks::publish::declined), help("it was your choice; nothing went out"))]
    Declined,
    /// There is nobody to ask.
    #[error("nothing was published: nobody could be asked whether to{report}")]
    #[diagnostic(
        code(workbooks::publish::unconsented),
        help("`--yes` publishes it without being asked; what is published never changes")
    )]
    Unconsented {
        /// What it would have been shown, where it was not.
        report: String,
    },
    /// What was built is not what the manifest promises.
    #[error("`{id}` does not fit its world, so that nobody could run it")]
    #[diagnostic(code(workbooks::publish::unfit), help("`wbx toolkit check {id}` says where"))]
    Unfit { id: String },
}

/// Publishes a toolkit of the project, or of a folder.
pub(crate) fn publish(
    session: &Session,
    target: Option<&str>,
    to: Option<&str>,
    yes: bool,
) -> Result<Answer, Report> {
    let found = catalog::find_toolkit(session, target.unwrap_or("."))?;
    let (loaded, files) = found.load_whole(session)?;
    let manifest = &loaded.manifest;
    let id = manifest.id.clone();
    let version = manifest.version.clone();
    let version = version.ok_or_else(|| PublishError::NoVersion { id: id.clone() })?;
    // A wrong one costs no build.
    let (registry, is_there_yet) = registries::to_publish(session, to)?;
    let there = is_there_yet && registry.versions(&id)?.contains(&version);

    let (package, verified) = packed(session, &loaded, &files)?;
    let name = registry.name();
    let data = |published: bool, digest: Option<String>| {
        json!({
            "id": id, "version": version.to_string(), "registry": name, "published": published,
            "publisher": verified.publisher().to_string(), "tree": verified.tree().to_string(),
            "digest": digest,
            "files": package.files.iter().map(|(path, bytes)| json!({ "path": path, "bytes": bytes.len() }))
                .collect::<Vec<_>>(),
        })
    };
    if there && is_there(registry.as_ref(), &id, &version, &verified)? {
        let text = Text::default()
            .words(Style::Strong, &id)
            .line(format!(" {version} is there already, exactly as it is here"));
        return Ok(Answer::new(data(false, None), text));
    }
    let question = format!("publish {id} {version} to {name}? It never changes afterwards [y/N] ");
    match asked(session, &outgoing(&package, &verified, &name), &question, yes) {
        Ok(true) => {}
        Ok(false) => return Err(PublishError::Declined.into()),
        Err(Unasked(report)) => return Err(PublishError::Unconsented { report }.into()),
    }
    let digest = registry.publish(&package)?;
    let text = Text::default()
        .words(Style::Strong, &id)
        .line(format!(" {version} is published to {name}"))
        .line("others take it in so, once they know from you that this key is yours:")
        .line(format!("  wbx trust add {} --toolkit {id}", verified.publisher()))
        .line(format!("  wbx toolkit add {}", registries::source_of(&name, &id, &version)));
    Ok(Answer::new(data(true, Some(digest.to_string())), text))
}

/// What goes out of the files that were read: with what is built of them, and signed.
fn packed(
    session: &Session,
    loaded: &Loaded,
    files: &Files,
) -> Result<(Package, Verified), Report> {
    let manifest = &loaded.manifest;
    let program = embedded::program(session, loaded)?;
    if let Code::Wasm(wasm) = &program.code
        && !embedded::mismatches_of(wasm, manifest, &loaded.origin)?.is_empty()
    {
        return Err(PublishError::Unfit { id: manifest.id.clone() }.into());
    }
    let artifact = Artifact::lifted(&program.file()?, manifest)?;
    sign(session, with_artifact(files, artifact)?, manifest)
}

/// The files with what was built in the place of what may have been there.
fn with_artifact(files: &Files, artifact: Vec<u8>) -> Result<Files, Report> {
    let mut all = Files::default();
    for (path, bytes) in files.iter().filter(|(path, _)| *path != ARTIFACT) {
        all.insert(path, bytes.to_vec())?;
    }
    all.insert(ARTIFACT, artifact)?;
    Ok(all)
}

/// Signs, and looks at the result as whoever takes it in will.
fn sign(
    session: &Session,
    files: Files,
    manifest: &Manifest,
) -> Result<(Package, Verified), Report> {
    let key = identity::key(session)?;
    let version = manifest.version.as_ref();
    let version = version.ok_or_else(|| PublishError::NoVersion { id: manifest.id.clone() })?;
    let now = Timestamp::now();
    let envelope = Statement::of(&files, &manifest.id, version, &key, now).sign(&key);
    let package = Package { files, envelope: Some(envelope) };
    let mut trust = TrustStore::default();
    trust.believe(&key.did());
    let verified = verify(&package, &trust, now)?;
    verified.check(manifest)?;
    Ok((package, verified))
}

/// Whether the registry has these files of this publisher: then an earlier attempt was enough.
fn is_there(
    registry: &dyn Registry,
    id: &str,
    version: &semver::Version,
    verified: &Verified,
) -> Result<bool, Report> {
    let there = inspect(&registry.fetch(id, version)?.package);
    let same = |there: Statement| {
        there.tree() == *verified.tree() && there.publisher == *verified.publisher()
    };
    Ok(there.is_ok_and(same))
}

/// What goes out.
fn outgoing(package: &Package, verified: &Verified, registry: &str) -> Text {
    let statement = verified.statement();
    let text = Text::default()
        .words(Style::Strong, &statement.toolkit)
        .line(format!(
            " {} goes to {registry}, for everybody who can read there",
            statement.version
        ))
        .line(format!("signed by {}", statement.publisher));
    let mut text = package.files.iter().take(LISTED).fold(text, |text, (path, bytes)| {
        text.words(Style::Dim, format!("{:>9} ", bytes.len())).line(path)
    });
    if package.files.len() > LISTED {
        text = text.line(format!("and {} more files", package.files.len() - LISTED));
    }
    text.line(format!(
        "{} files, {} KiB; whatever begins with a dot stays here",
        package.files.len(),
        package.files.bytes().div_ceil(1024)
    ))
}

#[cfg(test)]
#[path = "publish_tests.rs"]
mod tests;
