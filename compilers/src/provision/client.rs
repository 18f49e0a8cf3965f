//! The package clients that the person has: the only place that starts them.
//!
//! They run with the person's own settings (mirrors, proxies, credentials) and never run a
//! package's scripts. No registry is named here.

use std::{
    ffi::{OsStr, OsString},
    fmt, fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{client_error::ClientError, sdist};
use crate::toolchain::{Package, Registry};
use workbooks_host::provenance::Digest;

/// Fetches a package's archive. Implement it to bring packages from elsewhere, or for tests.
pub trait PackageClient: Send + Sync {
    /// Puts the archive of `package`, as the registry serves it, into the empty folder `into`
    /// and gives its path. The caller checks its digest.
    ///
    /// # Errors
    /// See [`ClientError`].
    fn fetch(&self, package: &Package, into: &Path) -> Result<PathBuf, ClientError>;

    /// Runs a native tool and gives its stdout: one that came in a pinned package, or that runs
    /// such a package, over trusted input alone. Nothing of a toolkit ever reaches it.
    ///
    /// # Errors
    /// [`ClientError::NotInstalled`] if there is no such tool, or none may run;
    /// [`ClientError::Tool`] if it fails.
    fn run_tool(&self, tool: &Tool) -> Result<Vec<u8>, ClientError> {
        Err(ClientError::NotInstalled { program: tool.name })
    }
}

/// A native tool of trusted provisioning.
#[derive(Clone, Debug)]
pub struct Tool {
    /// What it is called in messages.
    pub name: &'static str,
    /// Its file, or its name on the `PATH`.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// The folder that it runs in.
    pub folder: PathBuf,
    /// Its environment; of the person's own it gets `PATH` and `HOME` besides, if they are not in
    /// here.
    pub env: Vec<(OsString, OsString)>,
}

/// The clients of this machine: `npm`, `cargo` and `pip`.
pub struct SystemClients {
    environment: Vec<(OsString, OsString)>,
}

impl fmt::Debug for SystemClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The environment may hold a registry's credentials.
        f.debug_struct("SystemClients").finish_non_exhaustive()
    }
}

impl SystemClients {
    /// Clients that run in `environment`, which must hold `PATH` and `HOME` and may hold the
    /// clients' own variables (`CARGO_HOME`, `npm_config_*`, proxies).
    pub fn new(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self { environment: environment.into_iter().collect() }
    }

    fn variable(&self, name: &str) -> Option<&OsStr> {
        let found = self.environment.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_os_str())
    }

    fn run(
        &self,
        program: &'static str,
        args: &[&str],
        cwd: &Path,
        package: &Package,
    ) -> Result<(), ClientError> {
        self.run_with(program, args, cwd, package, &[])
    }

    #[expect(clippy::disallowed_methods, reason = "package clients start here and nowhere else")]
    fn run_with(
        &self,
        program: &'static str,
        args: &[&str],
        cwd: &Path,
        package: &Package,
        env: &[(&str, OsString)],
    ) -> Result<(), ClientError> {
        let mut command = Command::new(program);
        let output = command
            .args(args)
            .current_dir(cwd)
            .env_clear()
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .envs(env.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => ClientError::NotInstalled { program },
                _ => error.into(),
            })?;
        if output.status.success() {
            return Ok(());
        }
        Err(ClientError::Failed {
            program,
            package: package.to_string(),
            said: tail(&output.stderr),
        })
    }

    /// `npm pack` downloads and writes the tarball; with an exact version of a registry package
    /// it runs no script, and `--ignore-scripts` says so once more.
    fn npm(&self, package: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        let spec = package.to_string();
        let args =
            ["pack", &spec, "--ignore-scripts", "--loglevel=error", "--pack-destination", "."];
        self.run("npm", &args, into, package)?;
        archives(into, "tgz")?.pop().ok_or_else(|| no_archive("npm", package))
    }

    /// `pip`, which some systems call `pip3`.
    fn run_pip(
        &self,
        args: &[&str],
        into: &Path,
        package: &Package,
        env: &[(&str, OsString)],
    ) -> Result<(), ClientError> {
        for program in ["pip", "pip3"] {
            match self.run_with(program, args, into, package, env) {
                Err(ClientError::NotInstalled { .. }) => {}
                other => return other,
            }
        }
        Err(ClientError::NotInstalled { program: "pip" })
    }

    /// `pip download` of a wheel: a source archive's scripts would run, so none is taken.
    fn pip(&self, package: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        let spec = format!("{}=={}", package.name, package.version);
        let mut args = vec!["download", "--quiet", "--no-deps", "--only-binary=:all:"];
        args.extend(["--disable-pip-version-check", "--dest", "."]);
        if let Some(platform) = &package.platform {
            args.extend(["--platform", platform]);
        }
        args.push(&spec);
        self.run_pip(&args, into, package, &[])?;
        archives(into, "whl")?.pop().ok_or_else(|| no_archive("pip", package))
    }

    /// `pip download` of a source archive, with [`sdist`] in the place of what would run its scripts.
    fn sdist(&self, package: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        let env = sdist::lay_out(package, into, self.variable("PYTHONPATH"))?;
        self.run_pip(&sdist::ARGS, into, package, &env)?;
        archives(into, "gz")?.pop().ok_or_else(|| no_archive("pip", package))
    }

    /// `cargo fetch` for a manifest that depends on nothing else: downloads, compiles nothing.
    fn cargo(&self, package: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        let file = format!("{}-{}.crate", package.name, package.version);
        if let Some(cached) = self.in_cargo_cache(&file, Some(package.sha256)) {
            return Ok(cached);
        }
        let manifest = format!(
            "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
             [lib]\npath = \"lib.rs\"\n[workspace]\n\
             [dependencies.package]\npackage = \"{}\"\nversion = \"={}\"\ndefault-features = false\n",
            package.name, package.version
        );
        fs::write(into.join("Cargo.toml"), manifest)?;
        fs::write(into.join("lib.rs"), "")?;
        self.run("cargo", &["fetch", "--quiet"], into, package)?;
        self.in_cargo_cache(&file, Some(package.sha256))
            .or_else(|| self.in_cargo_cache(&file, None))
            .ok_or_else(|| no_archive("cargo", package))
    }

    /// The archive called `file` in the cache of one of cargo's registries.
    fn in_cargo_cache(&self, file: &str, sha256: Option<Digest>) -> Option<PathBuf> {
        let home = match self.variable("CARGO_HOME") {
            Some(home) => PathBuf::from(home),
            None => Path::new(self.variable("HOME")?).join(".cargo"),
        };
        let registries = fs::read_dir(home.join("registry/cache")).ok()?;
        let mut found = registries.flatten().map(|registry| registry.path().join(file));
        found.find(|path| match sha256 {
            Some(expected) => Digest::of_file(path).is_ok_and(|got| got == expected),
            None => path.is_file(),
        })
    }
}

impl PackageClient for SystemClients {
    #[expect(clippy::disallowed_methods, reason = "tools of provisioning start here too")]
    fn run_tool(&self, tool: &Tool) -> Result<Vec<u8>, ClientError> {
        let own = ["PATH", "HOME"].map(|name| Some((name, self.variable(name)?)));
        let output = Command::new(&tool.program)
            .args(&tool.args)
            .current_dir(&tool.folder)
            .env_clear()
            .envs(own.into_iter().flatten())
            .envs(tool.env.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => ClientError::NotInstalled { program: tool.name },
                _ => error.into(),
            })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(ClientError::Tool { program: tool.name, said: tail(&output.stderr) })
    }

    fn fetch(&self, package: &Package, into: &Path) -> Result<PathBuf, ClientError> {
        package.check()?;
        match package.registry {
            Registry::Npm => self.npm(package, into),
            Registry::Cargo => self.cargo(package, into),
            Registry::Pip => self.pip(package, into),
            Registry::Sdist => self.sdist(package, into),
        }
    }
}

impl Package {
    /// Refuses what a client could take for an option, a path, a range or another kind of source.
    pub(crate) fn check(&self) -> Result<(), ClientError> {
        let word = |text: &str, more: &str| {
            let mut chars = text.chars();
            text.len() <= 214
                && chars.next().is_some_and(|c| c.is_ascii_alphanumeric())
                && chars.all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let name = match (self.registry, self.name.split_once('/')) {
            (Registry::Cargo, _) => word(&self.name, "-_"),
            (Registry::Npm | Registry::Pip | Registry::Sdist, None) => word(&self.name, "-_."),
            (Registry::Pip | Registry::Sdist, Some(_)) => false,
            (Registry::Npm, Some((scope, name))) => {
                scope.strip_prefix('@').is_some_and(|scope| word(scope, "-_.")) && word(name, "-_.")
            }
        };
        let core = self.version.split(['-', '+']).next().unwrap_or_default();
        let parts = core.split('.').count();
        // Versions of Python packages have as many parts as they please.
        let python = matches!(self.registry, Registry::Pip | Registry::Sdist);
        let exact = (parts == 3 || python && (2..=6).contains(&parts))
            && core
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        let archive =
            self.registry == Registry::Npm && (is_archive(&self.name) || is_archive(&self.version));
        let platform = self.platform.as_ref().is_none_or(|platform| word(platform, "_"));
        if name && exact && platform && word(&self.version, "-.+") && !archive {
            return Ok(());
        }
        Err(ClientError::BadName { text: self.to_string() })
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// Whether npm takes `text` for the name of an archive on the disk: its `npm-package-arg` asks
/// for `[.](?:tgz|tar.gz|tar)$`, in which the second dot is any character.
fn is_archive(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let ends = |text: &str| [".tgz", ".tar"].iter().any(|end| text.ends_with(end));
    let gzipped = text.strip_suffix("gz").and_then(|text| text.get(..text.len().checked_sub(1)?));
    ends(&text) || gzipped.is_some_and(ends)
}

fn no_archive(program: &'static str, package: &Package) -> ClientError {
    ClientError::NoArchive { program, package: package.to_string() }
}

fn archives(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new(extension)) {
            found.push(path);
        }
    }
    Ok(found)
}

/// The last 2,000 bytes of what a client said, as text that is safe to print.
fn tail(bytes: &[u8]) -> String {
    let start = bytes.len().saturating_sub(2000);
    crate::diagnostics::printable(&String::from_utf8_lossy(&bytes[start..])).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(registry: Registry, name: &str, version: &str) -> Package {
        let sha256 = Digest::of(b"");
        Package {
            registry,
            name: name.into(),
            version: version.into(),
            sha256,
            bytes: None,
            platform: None,
        }
    }

    #[test]
    fn names_and_versions_that_mean_more_to_a_client_are_refused() {
        for name in
            ["", "--x", "../x", "a b", "@a", "@a/b/c", "git+ssh:x", "a\"b", "a\nb", "./a", "a/b"]
        {
            assert!(package(Registry::Npm, name, "1.0.0").check().is_err(), "{name:?}");
        }
        for name in ["@a/b", "a.b", "a/b", "-a"] {
            assert!(package(Registry::Cargo, name, "1.0.0").check().is_err(), "{name:?}");
        }
        for version in
            ["", "1", "1.0", "^1.0.0", "latest", "1.0.x", "*", ">=1.0.0", "1.0.0\"", "1.0.0 x"]
        {
            assert!(package(Registry::Npm, "a", version).check().is_err(), "{version:?}");
        }
    }

    #[test]
    fn what_npm_takes_for_a_file_is_refused() {
        for end in [".tgz", ".tar", ".tar.gz", ".tar-gz", ".TGZ", ".tar.GZ"] {
            let version = format!("1.0.0-a{end}");
            assert!(package(Registry::Npm, "a", &version).check().is_err(), "{version}");
            assert!(package(Registry::Npm, &format!("a{end}"), "1.0.0").check().is_err(), "{end}");
        }
        for version in ["1.0.0-tgz", "1.0.0-a.targz", "1.0.0-gz", "1.0.0-tar.1"] {
            assert!(package(Registry::Npm, "a", version).check().is_ok(), "{version}");
        }
    }

    #[test]
    fn ordinary_names_and_versions_pass() {
        assert!(package(Registry::Npm, "@yowasp/clang", "22.0.0-git20542-10").check().is_ok());
        assert!(package(Registry::Cargo, "lua-src", "551.1.0").check().is_ok());
        assert!(package(Registry::Cargo, "a_b", "1.0.0+551").check().is_ok());
        for version in ["0.17.0.2", "1.0", "2024.1.1"] {
            assert!(package(Registry::Sdist, "a-b", version).check().is_ok(), "{version}");
            let ok = package(Registry::Cargo, "a-b", version).check().is_ok();
            assert_eq!(ok, version.split('.').count() == 3, "{version}");
        }
        for version in ["1", "1.0.", "1.0.x", "1.0 --hash"] {
            assert!(package(Registry::Sdist, "a", version).check().is_err(), "{version}");
        }
    }

    #[test]
    fn a_missing_client_is_said_by_name() {
        let into = tempfile::tempdir().unwrap();
        let clients = SystemClients::new([("PATH".into(), into.path().into())]);
        for (registry, name) in [(Registry::Npm, "npm"), (Registry::Cargo, "cargo")] {
            let error = clients.fetch(&package(registry, "a", "1.0.0"), into.path()).unwrap_err();
            assert!(
                matches!(error, ClientError::NotInstalled { program } if program == name),
                "{error}"
            );
        }
    }

    #[test]
    fn the_debug_form_shows_no_environment() {
        let clients = SystemClients::new([("TOKEN".into(), "hunter2".into())]);
        assert!(!format!("{clients:?}").contains("hunter2"));
    }
}
