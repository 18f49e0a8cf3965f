//! Packages from a folder instead of a registry, for machines without a network.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use super::{
    client::{PackageClient, Tool},
    client_error::ClientError,
};
use crate::toolchain::{Package, Registry};
use workbooks_host::provenance::Digest;

/// What the names of archives end with, in lower case.
const ARCHIVES: [&str; 6] = [".tgz", ".tar.gz", ".crate", ".whl", ".zip", ".archive"];

/// Takes archives from a folder and asks no registry.
///
/// An archive is there under the name that its client gives it (`scope-name-1.0.0.tgz`,
/// `name-1.0.0.crate`, `name-1.0.0-*.whl` for its platform, `name-1.0.0.tar.gz`), under its digest,
/// or under any name of an archive if it has the digest.
pub struct FromFolder<'a> {
    folder: PathBuf,
    tools: &'a dyn PackageClient,
}

impl<'a> FromFolder<'a> {
    /// Archives of `folder`; native tools of provisioning are run by `tools`, which fetches
    /// nothing.
    pub fn new(folder: impl Into<PathBuf>, tools: &'a dyn PackageClient) -> Self {
        Self { folder: folder.into(), tools }
    }
}

impl fmt::Debug for FromFolder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFolder").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl PackageClient for FromFolder<'_> {
    fn fetch(&self, package: &Package, _: &Path) -> Result<PathBuf, ClientError> {
        package.check()?;
        let files = fs::read_dir(&self.folder)?.flatten().map(|entry| entry.path());
        let mut files: Vec<_> = files.filter(|path| path.is_file()).collect();
        files.sort_unstable();
        let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let named = |path: &&PathBuf| name(path).is_some_and(|name| is_named(package, &name));
        if let Some(found) = files.iter().find(named) {
            return Ok(found.clone());
        }
        let has_digest = |path: &&PathBuf| {
            let name = name(path).unwrap_or_default().to_ascii_lowercase();
            ARCHIVES.iter().any(|end| name.ends_with(end))
                && Digest::of_file(path).is_ok_and(|got| got == package.sha256)
        };
        files.iter().find(has_digest).cloned().ok_or_else(|| ClientError::NotInFolder {
            package: package.to_string(),
            name: archive_name(package),
            sha256: package.sha256,
        })
    }

    fn run_tool(&self, tool: &Tool) -> Result<Vec<u8>, ClientError> {
        self.tools.run_tool(tool)
    }
}

/// What a client calls the archive; of a wheel, what its name begins with.
pub(super) fn archive_name(package: &Package) -> String {
    let Package { registry, name, version, .. } = package;
    match registry {
        Registry::Npm => {
            format!("{}-{version}.tgz", name.trim_start_matches('@').replace('/', "-"))
        }
        Registry::Cargo => format!("{name}-{version}.crate"),
        Registry::Pip => format!("{}-{version}-", name.replace(['-', '.'], "_")),
        Registry::Sdist => format!("{}-{version}.tar.gz", name.replace(['-', '.'], "_")),
    }
}

fn is_named(package: &Package, file: &str) -> bool {
    let digest = package.sha256.to_string();
    let known = archive_name(package);
    let by_name = match package.registry {
        Registry::Pip => {
            file.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(&known))
                && Path::new(file).extension().is_some_and(|end| end == "whl")
                && package.platform.as_ref().is_none_or(|platform| file.contains(platform.as_str()))
        }
        Registry::Npm | Registry::Cargo | Registry::Sdist => file == known,
    };
    by_name
        || file.strip_prefix(&digest).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(registry: Registry, name: &str, archive: &[u8]) -> Package {
        let (name, version) = (name.to_owned(), "1.0.0".to_owned());
        let sha256 = Digest::of(archive);
        Package { registry, name, version, sha256, bytes: None, platform: None }
    }

    #[test]
    fn an_archive_is_found_by_its_name_its_digest_or_its_bytes() {
        let digest = Digest::of(b"x");
        for (registry, name, file) in [
            (Registry::Npm, "@a/b", "a-b-1.0.0.tgz".to_owned()),
            (Registry::Cargo, "a-b", "a-b-1.0.0.crate".to_owned()),
            (Registry::Pip, "A-b.c", "a_b_c-1.0.0-py3-none-any.whl".to_owned()),
            (Registry::Sdist, "a-b", "a_b-1.0.0.tar.gz".to_owned()),
            (Registry::Npm, "a", digest.to_string()),
            (Registry::Npm, "a", format!("{digest}.tgz")),
            (Registry::Cargo, "a", "whatever.tar.gz".to_owned()),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("a-1.0.0.txt"), b"x").unwrap();
            fs::write(folder.path().join(&file), b"x").unwrap();
            let client = FromFolder::new(folder.path(), &NoTools);
            let found = client.fetch(&package(registry, name, b"x"), folder.path()).unwrap();
            assert_eq!(found, folder.path().join(&file));
        }
    }

    #[test]
    fn a_wheel_for_another_platform_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let name = |platform| format!("a-1.0.0-py3-none-manylinux_2_17_{platform}.manylinux1.whl");
        for platform in ["aarch64", "x86_64"] {
            fs::write(folder.path().join(name(platform)), platform).unwrap();
        }
        let client = FromFolder::new(folder.path(), &NoTools);
        for platform in ["aarch64", "x86_64"] {
            let mut package = package(Registry::Pip, "a", platform.as_bytes());
            package.platform = Some(format!("manylinux_2_17_{platform}"));
            let found = client.fetch(&package, folder.path()).unwrap();
            assert_eq!(found, folder.path().join(name(platform)));
        }
    }

    #[test]
    fn what_is_missing_is_said_by_its_name_and_digest() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("other.tgz"), b"y").unwrap();
        let client = FromFolder::new(folder.path(), &NoTools);
        let error = client.fetch(&package(Registry::Npm, "a", b"x"), folder.path()).unwrap_err();
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(help.contains("a-1.0.0.tgz") && help.contains(&Digest::of(b"x").to_string()));
        let absent = FromFolder::new(folder.path().join("absent"), &NoTools);
        let error = absent.fetch(&package(Registry::Npm, "a", b"x"), folder.path()).unwrap_err();
        assert!(matches!(error, ClientError::Io(_)));
    }

    struct NoTools;

    impl PackageClient for NoTools {
        fn fetch(&self, _: &Package, _: &Path) -> Result<PathBuf, ClientError> {
            panic!("no client is asked")
        }
    }
}
