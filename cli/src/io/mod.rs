//! The seam to the outside world: the trait `Io`, one implementation for each target, and what
//! the process was given. Nothing else of `wbx` reads the environment or starts a process.

#[cfg(not(target_family = "wasm"))]
pub(crate) mod child;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod confirm;
pub(crate) mod files;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod hidden;
#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod private;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod scratch;
#[cfg(target_family = "wasm")]
mod wasm;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

/// A request to the engine's own interface.
#[derive(Clone, Debug)]
pub(crate) struct HttpReq {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub(crate) method: &'static str,
    /// The path; discovery supplies the rest.
    pub(crate) path: String,
    /// The body, if there is one.
    #[expect(dead_code, reason = "no engine is called yet")]
    pub(crate) body: Option<Vec<u8>>,
}

/// The five things that `wbx` asks of the world. A verb cannot tell on which target it runs.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the seam has five methods; no verb dials or spawns yet")
)]
pub(crate) trait Io {
    /// Calls the discovered engine.
    fn http(&self, request: &HttpReq) -> Result<Vec<u8>, IoError>;

    /// Calls a URL that the user typed.
    fn http_url(
        &self,
        method: &str,
        url: &str,
        body: Option<&[u8]>,
        bearer: Option<&str>,
    ) -> Result<Vec<u8>, IoError>;

    /// Reads a file whole.
    fn read(&self, path: &Path) -> Result<Vec<u8>, IoError>;

    /// Writes a file whole or not at all; a folder that it makes is the user's alone.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), IoError>;

    /// Runs a program of the operating system and gives what it wrote to its stdout.
    fn spawn(&self, program: &str, args: &[&str]) -> Result<Vec<u8>, IoError>;
}

/// The `Io` of this target.
pub(crate) fn platform() -> Box<dyn Io> {
    #[cfg(not(target_family = "wasm"))]
    {
        Box::new(native::Native)
    }
    #[cfg(target_family = "wasm")]
    {
        Box::new(wasm::Wasm)
    }
}

/// Why the outside world did not do as it was asked.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum IoError {
    /// No such file.
    #[error("there is no file `{}`", path.display())]
    #[diagnostic(
        code(workbooks::cli::not_found),
        help("is the path right? it is read from the current folder")
    )]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// A file or folder that cannot be used.
    #[error("`{}` cannot be used: {why}", path.display())]
    #[diagnostic(
        code(workbooks::cli::file),
        help("check its permissions, and that the disk is not full")
    )]
    File {
        /// The path.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// There is no engine server to call yet.
    #[error("`{method} {target}`: calls over HTTP are not available yet")]
    #[diagnostic(
        code(workbooks::cli::no_engine),
        help("toolkits run inside this very process: `wbx toolkit run`")
    )]
    NoHttp {
        /// The method.
        method: String,
        /// Path or URL.
        target: String,
    },
    /// A program that did not start, or failed.
    #[error("`{program}` failed: {why}")]
    #[diagnostic(code(workbooks::cli::spawn), help("is `{program}` installed and on the PATH?"))]
    Spawn {
        /// The program.
        program: String,
        /// Why.
        why: String,
    },
}

impl IoError {
    pub(crate) fn of(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound { path },
            _ => Self::File { path, why: error.to_string() },
        }
    }
}

/// What the process was given, read once.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    /// The command line, the program's name first.
    pub(crate) args: Vec<OsString>,
    /// The environment.
    pub(crate) env: BTreeMap<OsString, OsString>,
    /// The current folder.
    pub(crate) folder: PathBuf,
    /// Whether stdout is a terminal.
    pub(crate) stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub(crate) stderr_is_terminal: bool,
}

impl Surroundings {
    /// Reads them.
    pub(crate) fn read() -> Self {
        use std::io::IsTerminal as _;
        #[expect(clippy::disallowed_methods, reason = "this is the seam to the environment")]
        let (folder, home, mut env): (_, _, BTreeMap<_, _>) =
            (std::env::current_dir(), std::env::home_dir(), std::env::vars_os().collect());
        // Services often have none, and the current folder, which would stand in for it, may be
        // somebody else's project, with keys and trust of its own.
        if let (None, Some(home)) = (env.get(OsStr::new("HOME")), home) {
            env.insert("HOME".into(), home.into());
        }
        Self {
            args: std::env::args_os().collect(),
            env,
            folder: folder.unwrap_or_else(|_| PathBuf::from(".")),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// A variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.env.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A setting of ours: `WBX_<name>`, or else `WB_<name>`, its older spelling.
    pub(crate) fn setting(&self, name: &str) -> Option<&OsStr> {
        self.variable(&format!("WBX_{name}")).or_else(|| self.variable(&format!("WB_{name}")))
    }

    /// A folder of the XDG base directory specification: `$variable`, if it is absolute, or
    /// `$HOME/fallback`, or that in the current folder where there is no home.
    pub(crate) fn xdg(&self, variable: &str, fallback: &str) -> PathBuf {
        let set = self.variable(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        set.unwrap_or_else(|| match self.variable("HOME") {
            Some(home) => Path::new(home).join(fallback),
            None => self.folder.join(fallback),
        })
    }

    /// Columns of the terminal, if it says.
    pub(crate) fn columns(&self) -> usize {
        let said =
            self.variable("COLUMNS").and_then(OsStr::to_str).and_then(|text| text.parse().ok());
        said.unwrap_or(100).clamp(40, 140)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(env: &[(&str, &str)]) -> Surroundings {
        Surroundings {
            args: Vec::new(),
            env: env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            folder: "/here".into(),
            stdout_is_terminal: false,
            stderr_is_terminal: false,
        }
    }

    #[test]
    fn a_relative_or_empty_xdg_folder_is_ignored() {
        for value in ["data", ""] {
            let found = surroundings(&[("XDG_DATA_HOME", value), ("HOME", "/me")]);
            assert_eq!(found.xdg("XDG_DATA_HOME", ".local/share"), Path::new("/me/.local/share"));
        }
        assert_eq!(surroundings(&[]).xdg("XDG_DATA_HOME", "x"), Path::new("/here/x"));
    }

    #[test]
    fn the_newer_spelling_of_a_setting_wins() {
        let both = surroundings(&[("WB_HOME", "/old"), ("WBX_HOME", "/new")]);
        assert_eq!(both.setting("HOME"), Some(OsStr::new("/new")));
        assert_eq!(surroundings(&[("WB_HOME", "/old")]).setting("HOME"), Some(OsStr::new("/old")));
        assert_eq!(surroundings(&[("WBX_HOME", "")]).setting("HOME"), None);
    }

    #[test]
    fn no_request_leaves_the_process_yet() {
        let request = HttpReq { method: "GET", path: "/api/library/local".into(), body: None };
        let io = platform();
        assert!(matches!(io.http(&request), Err(IoError::NoHttp { .. })));
        let url = io.http_url("PUT", "https://example.org/x", None, None);
        assert!(matches!(url, Err(IoError::NoHttp { .. })));
    }

    #[test]
    fn a_file_is_written_whole_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/file");
        let io = platform();
        assert!(matches!(io.read(&path), Err(IoError::NotFound { .. })));
        io.write(&path, b"one").unwrap();
        io.write(&path, b"two").unwrap();
        assert_eq!(io.read(&path).unwrap(), b"two");
        assert_eq!(files::list(path.parent().unwrap()).len(), 1);
    }

    #[test]
    fn a_program_that_does_not_exist_is_an_error() {
        assert!(matches!(
            platform().spawn("no-such-program-of-ours", &[]),
            Err(IoError::Spawn { .. })
        ));
    }
}
