//! Why a package client brought no archive.

use std::io;

use miette::Diagnostic;
use thiserror::Error;

use crate::toolchain::Package;
use workbooks_host::provenance::Digest;

/// Why a package could not be fetched.
#[derive(Debug, Error, Diagnostic)]
pub enum ClientError {
    /// The name or the version is not one that a registry can have.
    #[error("{text:?} is no package name or exact version")]
    #[diagnostic(
        code(workbooks::client::bad_name),
        help("write name@version with an exact version")
    )]
    BadName {
        /// What was given.
        text: String,
    },

    /// The client is not installed.
    #[error("{program} is not installed")]
    #[diagnostic(
        code(workbooks::client::missing),
        help("install {program}, and see that it is on the PATH")
    )]
    NotInstalled {
        /// The client.
        program: &'static str,
    },

    /// The client failed.
    #[error("{program} could not fetch {package}\n{said}")]
    #[diagnostic(
        code(workbooks::client::failed),
        help("is the network up, and does the registry have this version?")
    )]
    Failed {
        /// The client.
        program: &'static str,
        /// Name and version.
        package: String,
        /// The end of what it printed, without control characters.
        said: String,
    },

    /// The client ended well, but the archive is not where it puts archives.
    #[error("{program} fetched {package}, but its archive was not found")]
    #[diagnostic(
        code(workbooks::client::no_archive),
        help("the client's cache may lie elsewhere; is CARGO_HOME set for it?")
    )]
    NoArchive {
        /// The client.
        program: &'static str,
        /// Name and version.
        package: String,
    },

    /// The folder that archives are taken from lacks one.
    #[error("{package} is not in the folder")]
    #[diagnostic(
        code(workbooks::client::not_in_folder),
        help("put its archive there: {name}, with SHA-256 {sha256}")
    )]
    NotInFolder {
        /// Name and version.
        package: String,
        /// What its archive is called, or begins with.
        name: String,
        /// The pinned digest.
        sha256: Digest,
    },

    /// Of packages that may stand for one another, none could be fetched.
    #[error("none of {packages} could be fetched\n{said}")]
    #[diagnostic(code(workbooks::client::none_of), help("one of them is enough: {help}"))]
    NoneOf {
        /// Names, versions and clients.
        packages: String,
        /// Why not, a line or more for each.
        said: String,
        /// What helps, for each.
        help: String,
    },

    /// A native tool failed.
    #[error("{program} failed\n{said}")]
    #[diagnostic(code(workbooks::client::tool), help("is there room in memory and on the disk?"))]
    Tool {
        /// The tool.
        program: &'static str,
        /// The end of what it printed, without control characters.
        said: String,
    },

    /// A file could not be read or written.
    #[error("the folder for the download cannot be used")]
    #[diagnostic(code(workbooks::client::io), help("is the disk full?"))]
    Io(#[from] io::Error),
}

impl ClientError {
    /// Whether another client may succeed where this one did not.
    pub(super) fn leaves_others(&self) -> bool {
        use ClientError::{Failed, NoArchive, NotInFolder, NotInstalled};
        matches!(self, NotInstalled { .. } | Failed { .. } | NoArchive { .. } | NotInFolder { .. })
    }

    /// The error of those of several packages, any of which would have done.
    pub(super) fn none_of(packages: &[&Package], mut why: Vec<Self>) -> Self {
        if why.len() == 1 {
            return why.remove(0);
        }
        let by = |package: &&Package| format!("{package} (by {})", package.registry.client());
        let packages = packages.iter().map(by).collect::<Vec<_>>().join(", ");
        let said = why.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let help = why.iter().filter_map(|error| Some(error.help()?.to_string()));
        let help = help.collect::<Vec<_>>().join("; or ");
        Self::NoneOf { packages, said, help }
    }
}
