//! How `pip` is brought to fetch a source archive without running it.
//!
//! `pip download` asks a source archive for its metadata, which is done by the build backend that
//! it names (PEP 517), and that runs the package's own `setup.py`. Most name `setuptools`. A stand-in
//! of that name, found before any other, answers what is known from the pin and opens no file of the
//! package. By then `pip` has compared the archive with its digest (`--require-hashes`). So no package
//! is to be pinned that names another backend, or has one of its own.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs, io,
    path::Path,
};

use crate::toolchain::Package;

/// The folder with the stand-in.
const BACKEND: &str = "backend";
/// What is to be fetched, and its digest.
const REQUIREMENTS: &str = "requirements.txt";

/// The stand-in: its metadata lies beside it.
const STAND_IN: &str = "\
import os, shutil

HERE = os.path.dirname(os.path.abspath(__file__))


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    [name] = [name for name in os.listdir(HERE) if name.endswith('.dist-info')]
    shutil.copytree(os.path.join(HERE, name), os.path.join(metadata_directory, name))
    return name
";

/// What `pip` is called with, in the folder that was laid out.
pub(super) const ARGS: [&str; 12] = [
    "download",
    "--quiet",
    "--no-deps",
    "--no-binary=:all:",
    // Else it would fetch the backend that the package names.
    "--no-build-isolation",
    // Else a setting of the person's own may have it run `setup.py` in the old way.
    "--use-pep517",
    "--require-hashes",
    "--ignore-requires-python",
    "--disable-pip-version-check",
    "--dest=.",
    "--requirement",
    REQUIREMENTS,
];

/// Writes the stand-in for `package` and what `pip` reads into the folder `into`, and gives the
/// variables that it needs. `path` is the person's own `PYTHONPATH`, of which whole paths come after
/// ours.
///
/// # Errors
/// If the folder cannot be written, or its name cannot stand in a list of folders: without the
/// stand-in the package would run.
pub(super) fn lay_out(
    package: &Package,
    into: &Path,
    path: Option<&OsStr>,
) -> io::Result<[(&'static str, OsString); 2]> {
    let Package { name, version, sha256, .. } = package;
    // `pip` runs the backend in a folder of its own.
    let backend = fs::canonicalize(into)?.join(BACKEND);
    let module = backend.join("setuptools");
    let info = module.join(format!("{}-{version}.dist-info", name.replace(['-', '.'], "_")));
    fs::create_dir_all(&info)?;
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
    fs::write(info.join("METADATA"), metadata)?;
    fs::write(module.join("__init__.py"), "")?;
    fs::write(module.join("build_meta.py"), STAND_IN)?;
    fs::write(into.join(REQUIREMENTS), format!("{name}=={version} --hash=sha256:{sha256}\n"))?;
    // One that is relative, or empty, would be the package's: the backend runs in its folder.
    let others = path.map(env::split_paths).into_iter().flatten().filter(|path| path.is_absolute());
    let path = env::join_paths(std::iter::once(backend).chain(others))
        .map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
    // Interpreters older than 3.12 would ask the stand-in for `distutils`, too.
    Ok([("PYTHONPATH", path), ("SETUPTOOLS_USE_DISTUTILS", "stdlib".into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::Registry;
    use workbooks_host::provenance::Digest;

    fn package() -> Package {
        Package {
            registry: Registry::Sdist,
            name: "a-b".to_owned(),
            version: "1.0.0.1".to_owned(),
            sha256: Digest::of(b"x"),
            bytes: None,
            platform: None,
        }
    }

    #[test]
    fn a_folder_that_no_list_can_name_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let into = place.path().join("a:b");
        fs::create_dir(&into).unwrap();
        let error = lay_out(&package(), &into, None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn the_stand_in_is_found_first_and_the_archive_must_have_its_digest() {
        let place = tempfile::tempdir().unwrap();
        let [(name, path), _] =
            lay_out(&package(), place.path(), Some(OsStr::new("/own::rel:.:/other"))).unwrap();
        let folders: Vec<_> = env::split_paths(&path).collect();
        assert_eq!((name, folders.len()), ("PYTHONPATH", 3));
        let module = folders[0].join("setuptools");
        assert!(folders[0].is_absolute() && module.join("build_meta.py").is_file());
        let metadata = fs::read_to_string(module.join("a_b-1.0.0.1.dist-info/METADATA")).unwrap();
        assert!(metadata.contains("Name: a-b\nVersion: 1.0.0.1\n"), "{metadata}");
        let asked = fs::read_to_string(place.path().join(REQUIREMENTS)).unwrap();
        assert_eq!(asked, format!("a-b==1.0.0.1 --hash=sha256:{}\n", Digest::of(b"x")));
    }
}
