//! The world that a toolkit's author declares: the files of its `wit/`, resolved beside the contract
//! and checked. What comes out is text that stands behind the guest's own world.
//!
//! The folder is laid out as WIT tools have it: `wit/*.wit` is one package, and each of
//! `wit/deps/*.wit` and `wit/deps/*/` another. The packages of the contract are there already.

use std::{collections::BTreeMap, ops::Range, path::Path, thread};

use wit_component::{OutputToString, WitPrinter};
use wit_parser::{
    PackageId, PackageName, Resolve, SourceMap, Span, UnresolvedPackageGroup, WorldId,
};

use crate::{
    declared_error::DeclaredError,
    diagnostics::{SourceDiagnostic, Texts},
    origin::Origin,
    wit_check,
    world::{Contract, WorldError},
};

/// The folder beside the manifest.
const FOLDER: &str = "wit";
/// KiB of all its files together. The largest interface of WASI, `wasi:filesystem/types`, has 25.
const MAX_TEXT: usize = 128;
/// Bytes of stack for the resolver, which descends a level for each alias of an alias: as many
/// levels as there can be in the text, at 1 KiB each.
const STACK: usize = 64 << 20;
/// The namespace of the contract's own packages.
const RESERVED: &str = "workbooks";

/// The files of a toolkit's `wit/`, by path in the toolkit.
#[derive(Debug)]
pub(crate) struct Declared {
    files: BTreeMap<String, Vec<u8>>,
}

/// A world of the author's, fit to be included in the guest's.
#[derive(Debug)]
pub(crate) struct Included {
    /// What the line `include …;` names.
    pub(crate) world: String,
    /// The author's packages, in WIT.
    pub(crate) packages: String,
}

impl Declared {
    /// The WIT of the toolkit `origin`, whose manifest names `world`.
    ///
    /// # Errors
    /// [`DeclaredError::Missing`], [`DeclaredError::TooLarge`], [`DeclaredError::Source`].
    pub(crate) fn read(origin: &Origin, world: &str) -> Result<Self, DeclaredError> {
        let missing = || DeclaredError::Missing { world: world.to_owned() };
        let files = origin.read_if_there(FOLDER)?.ok_or_else(missing)?;
        Self::of(files).ok_or_else(missing)?.bounded()
    }

    /// Of `files` those that are WIT; none if there are none.
    fn of(mut files: BTreeMap<String, Vec<u8>>) -> Option<Self> {
        files.retain(|path, _| Path::new(path).extension().is_some_and(|end| end == "wit"));
        (!files.is_empty()).then_some(Self { files })
    }

    fn bounded(self) -> Result<Self, DeclaredError> {
        let size: usize = self.files.values().map(Vec::len).sum();
        if size > MAX_TEXT << 10 {
            return Err(DeclaredError::TooLarge { limit: MAX_TEXT });
        }
        Ok(self)
    }

    /// Resolves `name` beside the contract, for a guest that has the capabilities of `offered`, a
    /// world of the contract's.
    ///
    /// # Errors
    /// [`WorldError::Declared`], and [`WorldError::Contract`] for a bug of ours.
    pub(crate) fn included(
        &self,
        contract: Contract<'_>,
        name: &str,
        offered: &(Resolve, WorldId),
    ) -> Result<Included, WorldError> {
        let texts = Texts::of(&self.files);
        let (contract, _) = contract.resolve()?;
        let (main, dependencies) = self.parsed(&texts)?;
        clashes(&main, &dependencies, &contract, &texts)?;
        let ours: Vec<_> = contract.package_names.values().copied().collect();
        let (resolve, package) = resolved(contract, main, dependencies, &texts)?;
        let theirs: Vec<_> = resolve
            .topological_packages()
            .into_iter()
            .filter(|package| !ours.contains(package))
            .collect();
        let (home, world) = find(&resolve, package, &theirs, name)?;
        wit_check::check(&resolve, world, &theirs, offered, &texts)?;
        let name = path(&resolve.packages[home].name, &resolve.worlds[world].name);
        Ok(Included { world: name, packages: printed(resolve, world, &theirs)? })
    }

    /// The author's package and those in `deps/`.
    fn parsed(
        &self,
        texts: &Texts<'_>,
    ) -> Result<(UnresolvedPackageGroup, Vec<UnresolvedPackageGroup>), DeclaredError> {
        let mut maps: BTreeMap<Option<&str>, SourceMap> =
            BTreeMap::from([(None, SourceMap::new())]);
        for (path, bytes) in &self.files {
            let inside = path.strip_prefix(FOLDER).and_then(|path| path.strip_prefix('/'));
            let parts: Vec<_> = inside.unwrap_or(path).split('/').collect();
            let package = match parts[..] {
                [_] => None,
                ["deps", name] | ["deps", name, _] => Some(name),
                _ => continue,
            };
            let text = std::str::from_utf8(bytes).map_err(|why| {
                let at = why.valid_up_to();
                invalid(path, at..at + 1, "is not UTF-8 text", texts)
            })?;
            maps.entry(package).or_default().push_str(path, text);
        }
        let mut groups = maps.into_values().map(|map| {
            map.parse().map_err(|(map, why)| {
                let first = map.source_names().next().unwrap_or(FOLDER);
                let (path, range) = placed(&map, why.kind().span()).unwrap_or((first, 0..0));
                invalid(path, range, &why.to_string(), texts)
            })
        });
        let main = groups.next().unwrap_or_else(|| {
            SourceMap::new()
                .parse()
                .map_err(|(_, why)| invalid(FOLDER, 0..0, &why.to_string(), texts))
        })?;
        Ok((main, groups.collect::<Result<_, _>>()?))
    }
}

/// Refuses a package that the contract has, of whatever version, and one of its namespace.
fn clashes(
    main: &UnresolvedPackageGroup,
    dependencies: &[UnresolvedPackageGroup],
    contract: &Resolve,
    texts: &Texts<'_>,
) -> Result<(), DeclaredError> {
    let mut diagnostics = Vec::new();
    for group in std::iter::once(main).chain(dependencies) {
        for package in std::iter::once(&group.main).chain(&group.nested) {
            let PackageName { namespace, name, .. } = &package.name;
            let ours = contract
                .package_names
                .keys()
                .find(|ours| (&ours.namespace, &ours.name) == (namespace, name));
            let help = match ours {
                Some(ours) => format!("leave it out: `{ours}` is there already"),
                None if namespace == RESERVED => {
                    format!("`{RESERVED}` is the contract's own namespace: choose another")
                }
                None => continue,
            };
            let message = format!("`{namespace}:{name}` is a package of the contract");
            let declared = texts.find(&format!("package {namespace}:{name}"));
            let (path, range) = declared.unwrap_or((FOLDER, 0..0));
            diagnostics.push(SourceDiagnostic::at(path, range, &message, vec![help], texts));
        }
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(DeclaredError::Clash { diagnostics }) }
}

/// Adds the author's packages to the contract.
fn resolved(
    mut contract: Resolve,
    main: UnresolvedPackageGroup,
    dependencies: Vec<UnresolvedPackageGroup>,
    texts: &Texts<'_>,
) -> Result<(Resolve, PackageId), DeclaredError> {
    let push = move || {
        let pushed = contract.push_groups(main, dependencies);
        (contract, pushed)
    };
    let gave_up = || invalid(FOLDER, 0..0, "the resolver gave up", texts);
    let (resolve, pushed) = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, push);
        thread.map_err(|_| gave_up())?.join().map_err(|_| gave_up())
    })?;
    match pushed {
        Ok(package) => Ok((resolve, package)),
        Err(why) => {
            let (path, range) =
                placed(&resolve.source_map, why.kind().span()).unwrap_or((FOLDER, 0..0));
            Err(invalid(path, range, &why.to_string(), texts))
        }
    }
}

/// The author's packages, without the worlds that are not asked for.
fn printed(
    mut resolve: Resolve,
    world: WorldId,
    packages: &[PackageId],
) -> Result<String, WorldError> {
    for package in packages {
        resolve.packages[*package].worlds.retain(|_, id| *id == world);
    }
    let mut text = String::new();
    for package in packages {
        let mut printer = WitPrinter::new(OutputToString::default());
        let printed = printer.print_package(&resolve, *package, false);
        printed.map_err(|why| WorldError::Contract(format!("{why:#}")))?;
        text.push_str(&printer.output.to_string());
        text.push('\n');
    }
    Ok(text)
}

/// The world that is called `name`, alone or with its package.
fn find(
    resolve: &Resolve,
    main: PackageId,
    theirs: &[PackageId],
    name: &str,
) -> Result<(PackageId, WorldId), DeclaredError> {
    let is_it = |package: PackageId, world: &str| {
        let path = resolve.id_of_name(package, world);
        package == main && world == name || path == name || path.split('@').next() == Some(name)
    };
    let worlds = theirs.iter().flat_map(|package| {
        let worlds = resolve.packages[*package].worlds.iter();
        worlds.map(|(world, id)| (*package, world.as_str(), *id))
    });
    let mut found = worlds.filter(|(package, world, _)| is_it(*package, world));
    found.next().map(|(package, _, id)| (package, id)).ok_or_else(|| DeclaredError::UnknownWorld {
        world: name.to_owned(),
        known: resolve.packages[main].worlds.keys().cloned().collect(),
    })
}

/// The path of a world, with each word marked as no keyword.
fn path(package: &PackageName, world: &str) -> String {
    let PackageName { namespace, name, version } = package;
    let version = version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
    format!("%{namespace}:%{name}/%{world}{version}")
}

/// The file of a span, and the bytes of it.
pub(crate) fn placed(map: &SourceMap, span: Span) -> Option<(&str, Range<usize>)> {
    map.resolve_span(span).map(|location| (location.path, location.range))
}

fn invalid(path: &str, range: Range<usize>, message: &str, texts: &Texts<'_>) -> DeclaredError {
    let diagnostic = SourceDiagnostic::at(path, range, message, Vec::new(), texts);
    DeclaredError::Invalid { diagnostics: vec![diagnostic] }
}

#[cfg(test)]
#[path = "declared_tests.rs"]
mod tests;
