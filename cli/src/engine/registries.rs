//! Where toolkits are looked up and where they go: a SOURCE that somebody typed or the lock names,
//! and the configured registry.

use std::path::{Path, PathBuf};

use miette::{Diagnostic, Report};
use semver::{Version, VersionReq};
use thiserror::Error;
use workbooks_host::Host;
use workbooks_host::provenance::{Digest, Files};
use workbooks_host::registry::archive::read_archive;
use workbooks_host::registry::{
    ARTIFACT, Directory, Entry, HttpFetch, Network, Oci, Package, Reference, Registry, Source,
    read_folder,
};

use workbooks_host::toolkit::Destination;

use super::{embedded, operator};
use crate::io::{IoError, files};
use crate::project;
use crate::session::Session;

/// Bytes of a component in a file: as of any file of a toolkit.
const COMPONENT_MAX: u64 = 128 << 20;

/// What came from somewhere. Nothing is proved about it.
#[derive(Debug)]
pub(crate) struct Came {
    /// The files, and the signature if there is one.
    pub(crate) package: Package,
    /// Where from, as the lock names it.
    pub(crate) source: String,
    /// The registry, where the source leaves it to the configuration.
    pub(crate) registry: Option<String>,
    /// The registry's own digest, if it came from one.
    pub(crate) digest: Option<Digest>,
    /// The id that it was asked for by; for a component without a manifest, what to call it.
    pub(crate) id: Option<String>,
    /// The version that it was asked for by.
    pub(crate) version: Option<Version>,
}

/// Why nothing came.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum LookupError {
    /// An id, and nowhere to look it up.
    #[error("there is no configured registry in which to look for it")]
    #[diagnostic(
        code(workbooks::add::no_library),
        help(
            "write `[registry]` and `library = \"…\"` into the policy, or name a folder, an \
             archive, or where it is: `oci://host/path:version`, `https://host/registry#id`"
        )
    )]
    NoLibrary,
    /// Nothing that fits.
    #[error("{registry} has no version of `{id}` that {wanted}")]
    #[diagnostic(code(workbooks::add::not_found), help("{help}"))]
    NoVersion { registry: String, id: String, wanted: String, help: String },
    /// Nothing of that name.
    #[error("{registry} has no `{id}`")]
    #[diagnostic(
        code(workbooks::add::not_found),
        help("check the spelling, and that it was published there")
    )]
    NoToolkit { registry: String, id: String },
    /// It has only the version that is there.
    #[error("`{origin}` is one version, and not a place to look for others")]
    #[diagnostic(
        code(workbooks::add::one_version),
        help("`wbx toolkit add SOURCE` takes another from wherever it is")
    )]
    OneVersion { origin: String },
    /// Something else came than was asked for.
    #[error("`{origin}` gave {came} where {asked} was asked for")]
    #[diagnostic(
        code(workbooks::registry::malformed),
        help("nothing was installed; tell the one who runs the registry")
    )]
    Other { origin: String, came: String, asked: String },
    /// A registry that can only be read.
    #[error("`{to}` is no registry that can be published to")]
    #[diagnostic(
        code(workbooks::publish::no_registry),
        help(
            "name a folder, which any web server can then show, or `oci://HOST/PREFIX`; or write \
             `[registry]` and `library = \"…\"` into the policy"
        )
    )]
    NotWritable { to: String },
}

impl Came {
    /// What the lock names, from the store.
    pub(crate) fn stored(package: Package, entry: &Entry) -> Self {
        Self {
            package,
            source: entry.source.clone(),
            registry: None,
            digest: entry.digest,
            id: Some(entry.id.clone()),
            version: Some(entry.version.clone()),
        }
    }

    /// Refuses another toolkit or version than was asked for.
    pub(crate) fn check(&self, id: &str, version: &Version) -> Result<(), LookupError> {
        let asked = self.id.as_deref().unwrap_or(id);
        let wanted = self.version.as_ref().unwrap_or(version);
        if (asked, wanted) == (id, version) {
            return Ok(());
        }
        Err(LookupError::Other {
            origin: self.source.clone(),
            came: format!("{id} {version}"),
            asked: format!("{asked} {wanted}"),
        })
    }
}

/// A place that has versions, and the id to ask there.
struct Shelf {
    registry: Box<dyn Registry>,
    id: String,
    /// As the lock names it.
    source: String,
}

/// What a source is.
enum Place {
    Shelf(Shelf, Option<VersionReq>),
    Folder(PathBuf),
    Archive(PathBuf),
    /// A component in a file, without anything beside it.
    File(PathBuf),
    /// A component at a tag or digest, which says no version.
    Component(Reference),
}

/// The id that a source names, if it names one.
pub(crate) fn id_of(session: &Session, source: &str) -> Option<String> {
    match place(session, &session.surroundings.folder, source) {
        Ok(Place::Shelf(shelf, _)) => Some(shelf.id),
        _ => None,
    }
}

/// What a source gives: of several versions the newest that fits, or exactly the one that is named.
pub(crate) fn fetch(
    session: &Session,
    source: &str,
    exact: Option<&Version>,
) -> Result<Came, Report> {
    taken(session, place(session, &session.surroundings.folder, source)?, exact)
}

/// What an entry of the lock names, in its version.
pub(crate) fn fetch_locked(session: &Session, entry: &Entry) -> Result<Came, Report> {
    let place = place(session, &project::top(session), &entry.source)?;
    taken(session, place, Some(&entry.version))
}

fn taken(session: &Session, place: Place, exact: Option<&Version>) -> Result<Came, Report> {
    let (package, path) = match place {
        Place::Shelf(shelf, wanted) => {
            let version = match exact {
                // Who asks for another version is to hear of that one.
                Some(exact) if wanted.as_ref().is_none_or(|wanted| wanted.matches(exact)) => {
                    exact.clone()
                }
                _ => newest(&shelf, wanted.as_ref())?,
            };
            return shelf.fetch(version);
        }
        Place::Component(reference) => {
            let digest = reference.digest;
            let id = reference.repository.rsplit('/').next().map(str::to_owned);
            let version = reference.tag.as_ref().and_then(|tag| Version::parse(tag).ok());
            let fetched = oci(session, &reference.host, "")?.pull_component(&reference)?;
            let digest = Some(fetched.digest).or(digest);
            let source = reference.to_string();
            return Ok(Came {
                package: fetched.package,
                source,
                registry: None,
                digest,
                id,
                version,
            });
        }
        Place::File(path) => {
            let bytes = files::read_plain(&path, COMPONENT_MAX)?;
            let mut files = Files::default();
            files.insert(ARTIFACT, bytes)?;
            let id = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
            let (package, source) = (Package { files, envelope: None }, named(session, &path));
            return Ok(Came {
                package,
                source,
                registry: None,
                digest: None,
                id,
                version: exact.cloned(),
            });
        }
        Place::Folder(path) => (read_folder(there(&path)?)?, path),
        Place::Archive(path) => (read_archive(there(&path)?)?, path),
    };
    let source = named(session, &path);
    Ok(Came { package, source, registry: None, digest: None, id: None, version: exact.cloned() })
}

/// The versions where an entry of the lock came from; nothing if that is no place that has any.
pub(crate) fn versions(session: &Session, entry: &Entry) -> Result<Option<Vec<Version>>, Report> {
    match place(session, &project::top(session), &entry.source)? {
        Place::Shelf(shelf, _) => Ok(Some(shelf.registry.versions(&shelf.id)?)),
        _ => Ok(None),
    }
}

/// One version from where an entry of the lock came from.
pub(crate) fn fetch_version(
    session: &Session,
    entry: &Entry,
    version: &Version,
) -> Result<Came, Report> {
    match place(session, &project::top(session), &entry.source)? {
        Place::Shelf(shelf, _) => shelf.fetch(version.clone()),
        _ => Err(LookupError::OneVersion { origin: entry.source.clone() }.into()),
    }
}

impl Shelf {
    fn fetch(self, version: Version) -> Result<Came, Report> {
        let fetched = self.registry.fetch(&self.id, &version)?;
        Ok(Came {
            package: fetched.package,
            registry: (self.source == self.id).then(|| self.registry.name()),
            source: self.source,
            digest: Some(fetched.digest),
            id: Some(self.id),
            version: Some(version),
        })
    }
}

/// The newest version that fits. A pre-release is taken only by who names one.
fn newest(shelf: &Shelf, wanted: Option<&VersionReq>) -> Result<Version, Report> {
    let versions = shelf.registry.versions(&shelf.id)?;
    let fits = |version: &&Version| match wanted {
        Some(wanted) => wanted.matches(version),
        None => version.pre.is_empty(),
    };
    if let Some(newest) = versions.iter().filter(fits).max() {
        return Ok(newest.clone());
    }
    let mut all: Vec<_> = versions.iter().collect();
    let (registry, id) = (shelf.registry.name(), shelf.id.clone());
    if all.is_empty() {
        return Err(LookupError::NoToolkit { registry, id }.into());
    }
    all.sort_unstable();
    let all: Vec<_> = all.iter().rev().take(8).map(ToString::to_string).collect();
    let help = format!("it has: {}", all.join(", "));
    let wanted =
        wanted.map_or_else(|| "is a release".to_owned(), |wanted| format!("fits {wanted}"));
    Err(LookupError::NoVersion { registry, id, wanted, help }.into())
}

/// What a text names, its paths from a folder.
fn place(session: &Session, here: &Path, text: &str) -> Result<Place, Report> {
    Ok(match text.parse::<Source>()? {
        Source::Id { id, version } => {
            let library = operator::policy(session)?.registry().library.clone();
            let library = library.ok_or(LookupError::NoLibrary)?;
            let registry = registry(session, &library)?;
            let source = id.clone();
            Place::Shelf(Shelf { registry, id, source }, version)
        }
        Source::Folder(path) if path.extension().is_some_and(|ending| ending == "wasm") => {
            Place::File(below(here, &path))
        }
        Source::Folder(path) => Place::Folder(below(here, &path)),
        Source::Archive(path) => Place::Archive(below(here, &path)),
        Source::Oci(reference) => of_reference(session, reference)?,
        Source::Url { registry: url, id, version } => {
            let source = format!("{url}#{id}");
            let registry = registry(session, url.as_str())?;
            Place::Shelf(Shelf { registry, id, source }, version)
        }
    })
}

/// A toolkit's repository is a place with versions; anything else is one component.
fn of_reference(session: &Session, reference: Reference) -> Result<Place, Report> {
    let (prefix, id) = reference.repository.rsplit_once('/').unwrap_or(("", &reference.repository));
    let version = reference.tag.as_ref().map(|tag| VersionReq::parse(&format!("={tag}")));
    let Ok(version) = version.transpose() else { return Ok(Place::Component(reference)) };
    if reference.digest.is_some() || !project::is_id(id) {
        return Ok(Place::Component(reference));
    }
    let registry = Box::new(oci(session, &reference.host, prefix)?);
    let source = Reference { tag: None, ..reference.clone() }.to_string();
    Ok(Place::Shelf(Shelf { registry, id: id.to_owned(), source }, version))
}

/// A path from a folder, by its components, so that it is named without `./`.
fn below(folder: &Path, path: &Path) -> PathBuf {
    folder.join(path).components().collect()
}

/// The path, if anything is there.
fn there(path: &Path) -> Result<&Path, IoError> {
    if files::exists(path) {
        return Ok(path);
    }
    Err(IoError::NotFound { path: path.to_owned() })
}

/// The registry of a text: a folder, `http(s)://…` or `oci://…`.
fn registry(session: &Session, text: &str) -> Result<Box<dyn Registry>, Report> {
    if let Some(rest) = text.strip_prefix("oci://") {
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        return Ok(Box::new(oci(session, &host.parse()?, prefix)?));
    }
    if text.starts_with("https://") || text.starts_with("http://") {
        let policy = operator::policy(session)?;
        let secrets = embedded::secrets(session);
        let network = Network::new(&[])?;
        let fetch = HttpFetch::new(text, policy.registry(), &secrets, Host::TENANT, &network)?;
        return Ok(Box::new(Directory::over(fetch)));
    }
    let folder = below(&session.surroundings.folder, Path::new(text));
    Ok(Box::new(Directory::open(&folder)?))
}

fn oci(session: &Session, host: &Destination, prefix: &str) -> Result<Oci, Report> {
    let policy = operator::policy(session)?;
    let (secrets, network) = (embedded::secrets(session), Network::new(&[])?);
    Ok(Oci::new(host, prefix, policy.registry(), &secrets, Host::TENANT, &network)?)
}

/// The registry to publish to: the one that is named, or the configured one; and whether it is
/// there yet, as a folder need not be.
pub(crate) fn to_publish(
    session: &Session,
    to: Option<&str>,
) -> Result<(Box<dyn Registry>, bool), Report> {
    let configured = operator::policy(session)?.registry().library.clone();
    let to = to.map(str::to_owned).or(configured).ok_or(LookupError::NoLibrary)?;
    if to.starts_with("http://") || to.starts_with("https://") {
        return Err(LookupError::NotWritable { to }.into());
    }
    let is_there =
        to.starts_with("oci://") || files::is_folder(&session.surroundings.folder.join(&to));
    Ok((registry(session, &to)?, is_there))
}

/// What others type to take in what was published.
pub(crate) fn source_of(registry: &str, id: &str, version: &Version) -> String {
    if registry.starts_with("oci://") {
        format!("{}/{id}:{version}", registry.trim_end_matches('/'))
    } else {
        id.to_owned()
    }
}

/// A path as the lock names it: from the workbook's top if it lies below, else whole.
fn named(session: &Session, path: &Path) -> String {
    let (top, path) = (files::real(&project::top(session)), files::real(path));
    match path.strip_prefix(&top) {
        Ok(below) => format!("./{}", below.display()),
        Err(_) => path.display().to_string(),
    }
}
