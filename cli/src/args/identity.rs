//! The words about keys: our own, and those that are trusted.

use std::path::PathBuf;

use clap::Subcommand;

/// The verbs about this installation's own keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a key to sign with
    New {
        /// Whose
        #[arg(long, value_name = "NAME", default_value = "local")]
        tenant: String,
    },
    /// By what name others know the key, and where it is kept
    Show {
        /// Whose
        #[arg(long, value_name = "NAME", default_value = "local")]
        tenant: String,
    },
    /// Every key of this installation, and what became of it
    List,
    /// Let a new key take the place of this one, and write that down, signed by both
    Rotate {
        /// Whose
        #[arg(long, value_name = "NAME", default_value = "local")]
        tenant: String,
    },
    /// Write down, signed, that nothing of a key is to be believed any more; for good
    Revoke {
        /// The key, as `wbx key list` shows it
        #[arg(value_name = "DID")]
        did: String,
    },
    /// Print the `did.json` by which a web site answers for the key
    DidWeb {
        /// The site: `example.org`, or `did:web:example.org:path`
        #[arg(value_name = "DOMAIN")]
        domain: String,
        /// Whose
        #[arg(long, value_name = "NAME", default_value = "local")]
        tenant: String,
    },
}

/// The verbs about the keys of others.
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    /// Every key that is trusted or was, and about what
    List,
    /// Trust a key, or hear what a trusted key says of itself
    Add {
        /// A `did:key`; a `did:web` with its `--document`; or a file that `wbx key rotate` or
        /// `wbx key revoke` wrote
        #[arg(value_name = "DID|FILE")]
        what: String,
        /// What you call whoever has it
        #[arg(long)]
        name: Option<String>,
        /// Trust it up to this time, in UTC: 2027-01-31, or 2027-01-31T12:00:00Z
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Trust it about these toolkits only
        #[arg(long = "toolkit", value_name = "ID", value_delimiter = ',')]
        toolkits: Vec<String>,
        /// The `did.json` of a `did:web`, which nobody fetches
        #[arg(long, value_name = "FILE")]
        document: Option<PathBuf>,
    },
    /// Forget a key
    Remove {
        /// Its DID, or what you call its owner
        #[arg(value_name = "DID|NAME")]
        key: String,
    },
    /// Believe nothing of a key any more, and never again
    Revoke {
        /// Its DID, or what you call its owner
        #[arg(value_name = "DID|NAME")]
        key: String,
    },
}
