//! `wbx bundle` and `wbx unbundle`: a workbook in one file, and out of it.

use std::path::{Path, PathBuf};

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;
use workbooks_host::bundle::{About, Bundle, Opened, SOURCES};
use workbooks_host::provenance::Timestamp;
use workbooks_host::provenance::page::PageError;

use super::page;
use crate::args;
use crate::engine::{embedded, identity, signing};
use crate::io::files;
use crate::io::scratch::Scratch;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// The page in a workbook's folder.
const PAGE: &str = "workbook.html";
/// The longest id that is made of a name.
const ID_MAX: usize = 48;

/// Why nothing was unpacked.
#[derive(Debug, Error, Diagnostic)]
#[error("`{}` is there already", path.display())]
#[diagnostic(
    code(workbooks::cli::conflict),
    help("nothing was written; name another folder: `--into DIR`")
)]
struct Taken {
    path: PathBuf,
}

/// Puts a workbook into one file.
pub(crate) fn bundle(session: &Session, args: &args::Bundle) -> Result<Answer, Report> {
    let source = session.surroundings.folder.join(&args.source);
    let is_folder = files::is_folder(&source);
    let page = if is_folder { source.join(PAGE) } else { source.clone() };
    let id = id_of(&page);
    let mut bundle = Bundle { page: session.io.read(&page)?, ..Bundle::default() };
    if is_folder {
        let found = SOURCES.into_iter().find(|name| files::exists(&source.join(name)));
        if let Some(name) = found {
            bundle.source = Some((name.to_owned(), session.io.read(&source.join(name))?));
        }
    }
    let volumes = volumes(&args.include);
    let instance = args.instance.as_deref().unwrap_or(&id);
    let scratch = Scratch::make(&session.home.scratch())?;
    let file = scratch.path().join("vfs.sqlite");
    let carried = embedded::host(session)?.export_volumes(instance, &volumes, &file)?;
    if carried.files > 0 {
        bundle.volumes = Some(session.io.read(&file)?);
        bundle.about.volumes = volumes.iter().map(|&name| name.to_owned()).collect();
        bundle.about.private_included = !args.include.is_empty();
    }
    bundle.about = About { id: id.clone(), created: Timestamp::now().to_string(), ..bundle.about };
    let out = args.out.clone().unwrap_or_else(|| format!("{id}.wbundle").into());
    let out = session.surroundings.folder.join(out);
    let key = if args.sign { Some(identity::key(session)?) } else { None };
    let signer = key.as_ref().map(signing::signer);
    let embeds = out.extension().is_some_and(|end| end.eq_ignore_ascii_case("html"));
    let bytes =
        if embeds { bundle.to_page(signer.as_ref())? } else { bundle.to_zip(signer.as_ref())? };
    session.io.write(&out, &bytes)?;
    let shown = out.display().to_string();
    let text = Text::default()
        .words(Style::Strong, &shown)
        .line(format!(" holds {id}, with {} files of its volumes", carried.files));
    let data = json!({
        "file": shown,
        "id": id,
        "bytes": bytes.len(),
        "files": carried.files,
        "volumes": bundle.about.volumes,
        "signed": args.sign,
    });
    Ok(Answer::new(data, text))
}

/// Takes a workbook out of a bundle: its volumes first, which come as a whole or not at all.
pub(crate) fn unbundle(session: &Session, args: &args::Unbundle) -> Result<Answer, Report> {
    let file = session.surroundings.folder.join(&args.file);
    let Opened { bundle, verdict } = Bundle::open(&session.io.read(&file)?)?;
    let trusted = match &verdict {
        None if args.signed => return Err(PageError::Unsigned.into()),
        None => false,
        Some(verdict) => match page::trusted(session, verdict) {
            Err(error) if args.signed => return Err(error),
            judged => judged.is_ok(),
        },
    };
    let into = match &args.into {
        Some(into) => session.surroundings.folder.join(into),
        None => session.surroundings.folder.join(id_of(&file)),
    };
    let mut written = vec![(into.join(PAGE), &bundle.page)];
    written.extend(bundle.source.as_ref().map(|(name, bytes)| (into.join(name), bytes)));
    if let Some((path, _)) = written.iter().find(|(path, _)| files::exists(path)) {
        return Err(Taken { path: path.clone() }.into());
    }
    let id = id_of(&into.join(PAGE));
    let instance = args.instance.as_deref().unwrap_or(&id);
    let mut carried = workbooks_host::Carried::default();
    if let Some(bytes) = &bundle.volumes {
        let scratch = Scratch::make(&session.home.scratch())?;
        let copy = scratch.path().join("vfs.sqlite");
        session.io.write(&copy, bytes)?;
        let host = embedded::host(session)?;
        carried = host.import_volumes(instance, &volumes(&args.include), &copy)?;
    }
    for (path, bytes) in &written {
        files::write_new(path, bytes)?;
    }
    let shown = into.display().to_string();
    let signed = match (&verdict, trusted) {
        (None, _) => "nobody signed it".to_owned(),
        (Some(verdict), true) => format!("signed by {}", verdict.issuer),
        (Some(verdict), false) => format!("signed by {}, whom you do not trust", verdict.issuer),
    };
    let text = Text::default()
        .words(Style::Strong, &shown)
        .line(format!(" holds the workbook; {signed}"))
        .line(format!("the instance {instance} has {} files of it", carried.files));
    let data = json!({
        "folder": shown,
        "instance": instance,
        "files": carried.files,
        "signature": verdict.as_ref().map(|verdict| page::data(verdict, trusted)),
    });
    Ok(Answer::new(data, text))
}

/// The volumes that go along: the private ones only where they were asked for.
fn volumes(include: &[String]) -> Vec<&str> {
    ["workspace"].into_iter().chain(include.iter().map(String::as_str)).collect()
}

/// The id of a workbook: of its file's name, or its folder's where the file has everybody's.
fn id_of(file: &Path) -> String {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = match stem(file) {
        Some(name) if name != "workbook" => Some(name),
        _ => file.parent().and_then(|folder| stem(&files::real(folder))),
    };
    let slug: String = name
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(ID_MAX)
        .collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "workbook".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_file_is_called_its_workbook_has_an_id() {
        for (file, id) in [
            ("/a/My Notes!.html", "my-notes"),
            ("/nowhere/plan/workbook.html", "plan"),
            ("/workbook.html", "workbook"),
            ("/a/日本.wbundle", "workbook"),
            ("/a/..html", "workbook"),
        ] {
            let found = id_of(Path::new(file));
            assert_eq!(found, id, "{file}");
            assert!(crate::project::is_id(&found));
        }
    }
}
