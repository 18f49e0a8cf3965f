//! The words by which toolkits come from elsewhere and go there.

use clap::{Args, Subcommand};

/// The verbs about toolkits of others, and about ours for others.
#[derive(Debug, Subcommand)]
pub(crate) enum Travel {
    /// Take in a toolkit of somebody else, verified; shows what it asks for, and asks first
    Add(Add),
    /// Give up a toolkit that was added, and what it was granted
    Remove {
        /// Its id
        id: String,
    },
    /// Take newer versions of what was added, of the same publishers, with the same grants
    Update {
        /// Their ids; all if none is named, but for those that are pinned
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
    /// Say what was added and has newer versions; changes nothing
    Outdated,
    /// Keep what was added at its version, or at another one
    Pin {
        /// Its id
        id: String,
        /// The version, which may be an older one
        version: Option<String>,
        /// Let `update` change it again
        #[arg(long, conflicts_with = "version")]
        unpin: bool,
    },
    /// Build, sign and give a toolkit to a registry, where its version never changes afterwards
    Publish {
        /// An id or a folder; the current folder if none is named
        #[arg(value_name = "ID")]
        target: Option<String>,
        /// A folder, or `oci://HOST/PREFIX`; the configured registry if none is named
        #[arg(long, value_name = "REGISTRY")]
        to: Option<String>,
        /// Do not ask whether to
        #[arg(long)]
        yes: bool,
    },
}

/// What to take in, and how.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Add {
    /// An id of the configured registry, with `@VERSION` if need be; a folder; a `.tar`, `.tar.gz`,
    /// `.zip` or `.wasm`; `oci://HOST/REPOSITORY:VERSION`; `https://HOST/REGISTRY#ID`; all that `wbx.lock`
    /// names if none is given
    #[arg(value_name = "SOURCE")]
    pub(crate) source: Option<String>,
    /// Do not ask; of what it asks for it is granted what stays inside this installation
    #[arg(long)]
    pub(crate) yes: bool,
    /// Believe its publisher about this toolkit from now on
    #[arg(long)]
    pub(crate) trust: bool,
    /// Sign what nobody signed with the key of this installation
    #[arg(long)]
    pub(crate) vouch: bool,
    /// Of what it asks for, grant these and no others; `none` grants none
    #[arg(long, value_name = "CAP", value_delimiter = ',')]
    pub(crate) grant: Vec<String>,
    /// Take nothing but what `wbx.lock` names, and leave that file as it is
    #[arg(long)]
    pub(crate) locked: bool,
}
