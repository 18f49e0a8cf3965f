//! What an installation says while it works. Whoever shows it implements the trait; nothing here
//! prints.

use std::fmt;

use crate::toolchain::Cost;

/// Hears how far an installation or a build is.
pub trait Progress: Send + Sync {
    /// A stage begins, and with it the one before it is over.
    fn stage(&self, stage: &Stage);
}

/// A stage of an installation or a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Another process installs the same; this one waits for it.
    Waiting,
    /// A compiler that is not here begins to be installed.
    Installing {
        /// The lane's word.
        lane: String,
        /// What it takes.
        cost: Cost,
    },
    /// A compiler is no longer what was installed, and is made anew.
    Repairing {
        /// The lane's word.
        lane: String,
        /// The first difference.
        what: String,
    },
    /// The package client fetches.
    Fetching {
        /// Name and version.
        package: String,
        /// The archive's size in bytes, where it is known.
        bytes: Option<u64>,
    },
    /// Digests are compared.
    Checking {
        /// Of what.
        what: String,
    },
    /// Files are unpacked.
    Unpacking {
        /// From what.
        what: String,
    },
    /// The host generates code for the compiler, once per machine.
    Preparing {
        /// The lane's word.
        lane: String,
    },
    /// A source file is compiled.
    Compiling {
        /// Its path in the toolkit.
        file: String,
        /// How many of the files that need it are done, this one not counted.
        done: usize,
        /// How many need it.
        of: usize,
    },
    /// The objects are linked.
    Linking,
    /// All is done.
    Done,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => f.write_str("waiting for another installation"),
            Self::Installing { lane, cost } => write!(
                f,
                "installing the {lane} lane: {} MiB on disk, about {} s of CPU time, once",
                cost.disk_bytes >> 20,
                cost.cpu_seconds
            ),
            Self::Repairing { lane, what } => {
                write!(f, "repairing the {lane} lane: {what} is not what was installed")
            }
            Self::Fetching { package, .. } => write!(f, "fetching {package}"),
            Self::Checking { what } => write!(f, "checking {what}"),
            Self::Unpacking { what } => write!(f, "unpacking {what}"),
            Self::Preparing { lane } => write!(f, "preparing the {lane} lane's compiler"),
            Self::Compiling { file, .. } => write!(f, "compiling {file}"),
            Self::Linking => f.write_str("linking"),
            Self::Done => f.write_str("done"),
        }
    }
}

/// Shows nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &Stage) {}
}
