//! The words of the command line. Everything of ours stands before a run's TARGET; whatever
//! follows it is the guest's.

mod bundle;
mod identity;
mod new;
mod travel;
#[cfg(test)]
mod tests;

use std::ffi::OsString;

use clap::{Args as ClapArgs, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use miette::Diagnostic;
use thiserror::Error;

pub(crate) use bundle::{Bundle, Unbundle};
pub(crate) use identity::{Key, Trust};
pub(crate) use new::{Exec, Lang, New};
pub(crate) use travel::{Add, Travel};

/// Build and run sandboxed toolkits.
#[derive(Debug, Parser)]
#[command(name = "wbx", version, about, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// Answer with one JSON object on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make, look at, build and run toolkits
    #[command(subcommand)]
    Toolkit(Toolkit),
    /// The compilers, which are themselves sandboxed
    #[command(subcommand)]
    Lane(Lane),
    /// The commands that toolkits may run by name
    #[command(subcommand)]
    Command(Command),
    /// Print the WIT world of a toolkit, or of a guest with these capabilities
    Wit {
        /// The toolkit: its id or folder
        #[arg(conflicts_with = "caps")]
        target: Option<String>,
        /// The words of `#+CAPS`
        #[arg(long, value_name = "CAP", value_delimiter = ',', num_args = 1..)]
        caps: Vec<String>,
        /// The language of what `--into` writes; a toolkit's own, if none is named
        #[arg(long, value_name = "LANG", requires = "into")]
        lang: Option<Lang>,
        /// Write into this folder what an editor wants to know of it
        #[arg(long, value_name = "DIR")]
        into: Option<std::path::PathBuf>,
    },
    /// Let a toolkit have capabilities
    Grant {
        /// The toolkit
        id: String,
        /// What it may have; nothing more than to run again, if none is named
        #[arg(value_name = "CAP", value_delimiter = ',')]
        caps: Vec<String>,
    },
    /// Take capabilities from a toolkit, or its leave to run
    Revoke {
        /// The toolkit
        id: String,
        /// What it loses; everything if none is named
        #[arg(value_name = "CAP", value_delimiter = ',')]
        caps: Vec<String>,
    },
    /// Listen for a toolkit, building it first if need be
    Serve(Serve),
    /// What toolkits did and what they were refused
    Audit {
        /// Of this toolkit only
        #[arg(long, value_name = "ID")]
        toolkit: Option<String>,
        /// Only count, by capability, operation and code
        #[arg(long)]
        stats: bool,
    },
    /// Keep keys and tokens that toolkits use and never see
    #[command(subcommand)]
    Secret(Secret),
    /// Sign a page of HTML, and the bundle that it may carry
    Sign {
        /// The page
        file: std::path::PathBuf,
        /// Write the signed page to this file, and leave the other as it is
        #[arg(short, long, value_name = "FILE")]
        out: Option<std::path::PathBuf>,
    },
    /// Whether a page is the one that somebody signed whom you trust
    Verify {
        /// The page
        file: std::path::PathBuf,
    },
    /// Put a workbook's page, source and volumes into one file
    Bundle(Bundle),
    /// Take a workbook out of a bundle
    Unbundle(Unbundle),
    /// The members of the workspace around this folder
    #[command(subcommand)]
    Library(Library),
    /// The keys that this installation signs with
    #[command(subcommand)]
    Key(Key),
    /// The keys of others that are trusted
    #[command(subcommand)]
    Trust(Trust),
    /// Say how this installation stands
    Doctor,
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Say what there is; with `--json` the tree of all verbs
    Help {
        /// Of this verb
        #[arg(value_name = "VERB")]
        verbs: Vec<String>,
    },
}

/// The verbs about toolkits.
#[derive(Debug, Subcommand)]
pub(crate) enum Toolkit {
    /// Write a new toolkit that builds
    New(New),
    /// Every toolkit of the project, and those that were added
    List,
    /// What a toolkit asks for, what it would get and which skills it has; or one of these
    Show {
        /// An id or a folder
        #[arg(value_name = "ID")]
        target: String,
        /// One of its skills, or `skill/text` for one beside it
        #[arg(value_name = "SKILL")]
        skill: Option<String>,
    },
    /// Every problem of a manifest and its skills, and every mismatch of an artifact with its world
    Check {
        /// An id, a folder, `AUTHORING.org`, or a `.wasm` or `.wat` file
        #[arg(value_name = "TARGET")]
        target: String,
    },
    /// Compile a toolkit inside the sandbox
    Build {
        /// An id or a folder
        #[arg(value_name = "ID")]
        target: String,
        /// Write the artifact to this file
        #[arg(short, long, value_name = "FILE")]
        out: Option<std::path::PathBuf>,
    },
    /// Run a toolkit, building it first if need be
    Run(Run),
    /// Sign every file of a toolkit, as they are now
    Sign {
        /// An id or a folder; the current folder if none is named
        #[arg(value_name = "ID")]
        target: Option<String>,
        /// Whose key
        #[arg(long, value_name = "NAME", default_value = "local")]
        tenant: String,
    },
    /// Prove that each file of a toolkit is what somebody signed who is trusted
    Verify {
        /// An id, a folder, or a `.tar`, `.tar.gz` or `.zip`; the current folder if none is named
        #[arg(value_name = "TARGET")]
        target: Option<String>,
    },
    #[command(flatten)]
    Travel(Travel),
}

/// The verbs about lanes.
#[derive(Debug, Subcommand)]
pub(crate) enum Lane {
    /// Every language, and whether its compiler is here; of one, what it cannot do too
    List {
        /// The language
        #[arg(value_name = "LANE")]
        lane: Option<String>,
    },
    /// Fetch, check and prepare compilers; read again and repair those that are here
    Install {
        /// The languages
        #[arg(value_name = "LANE", required_unless_present = "all")]
        lanes: Vec<String>,
        /// Every lane
        #[arg(long, conflicts_with = "lanes")]
        all: bool,
        /// Take the archives from this folder, by name or digest, and ask no package client
        #[arg(long, value_name = "DIR")]
        from: Option<std::path::PathBuf>,
        /// Remove the versions of these lanes that this program does not use
        #[arg(long)]
        prune: bool,
        /// Do not ask whether to
        #[arg(long)]
        yes: bool,
    },
    /// Read every file of compilers again, and compare it with what was pinned
    Verify {
        /// The language; all that are here if none is named
        #[arg(value_name = "LANE")]
        lane: Option<String>,
    },
    /// Remove a compiler and its generated code
    Remove {
        /// The language
        #[arg(value_name = "LANE")]
        lane: String,
        /// Even if another lane needs it
        #[arg(long)]
        force: bool,
    },
}

/// The verbs about secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum Secret {
    /// Store one, in place of that of the same name; its value comes from stdin, where a terminal
    /// is asked for it
    Set {
        /// Its name: letters, digits and `_`
        name: String,
        /// The one thing that it is for
        #[arg(
            long = "for",
            value_name = "PURPOSE",
            default_value = "credential",
            value_parser = ["credential", "hmac-sha256", "hmac-sha512", "ed25519"]
        )]
        purpose: String,
    },
    /// The names of all, and what each is for
    List,
    /// Remove one
    Remove {
        /// Its name
        name: String,
    },
}

/// The verbs about members of a workspace.
#[derive(Debug, Subcommand)]
pub(crate) enum Library {
    /// Every member, what you may do with it, and what is there
    List,
    /// Copy the files of a member into a folder, to work on them
    Checkout {
        /// The member's id
        member: String,
        /// The folder; one of the member's name here if none is named
        #[arg(long, value_name = "DIR")]
        into: Option<std::path::PathBuf>,
    },
    /// Put all files of a checkout in the place of the member's
    Checkin {
        /// The member's id
        member: String,
        /// The checkout
        dir: std::path::PathBuf,
    },
    /// Ask one SELECT of the files of all members: `files(member, path, size, content, volume, bundle)`
    Query {
        /// The statement
        sql: String,
    },
}

/// The verbs about commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Every command that was added, and every toolkit of the project that is one
    List,
    /// Let toolkits run a program by this name, with what it is granted and they have too
    Add {
        /// Its name: letters, digits, `-`, `_`, `.` and `+`
        name: String,
        /// An id, a folder, or a `.wasm` or `.wat` file
        target: String,
        /// The bounds it runs within: compute, minimal, network or posix
        #[arg(long, value_name = "PROFILE")]
        profile: Option<String>,
        /// Grant it these capabilities
        #[arg(long, value_name = "CAP", value_delimiter = ',')]
        grant: Vec<String>,
    },
    /// Forget a command
    Remove {
        /// Its name
        name: String,
    },
}

/// What to run, and how.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Run {
    /// The bounds it runs within: compute, minimal, network or posix
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// Grant these capabilities for this run
    #[arg(long, value_name = "CAP", value_delimiter = ',')]
    pub(crate) grant: Vec<String>,
    /// Show it a folder: `host::guest`, with `:rw` to let it write
    #[arg(long, value_name = "HOST::GUEST[:rw]")]
    pub(crate) mount: Vec<String>,
    /// Give it a variable of its environment
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,
    /// End it after this long, as in 500ms, 5s, 2min
    #[arg(long, value_name = "TIME")]
    pub(crate) deadline: Option<String>,
    /// Call this export of a component, with its arguments in WAVE: `add(1, 2)`
    #[arg(long, value_name = "CALL")]
    pub(crate) invoke: Option<String>,
    /// The instance whose volumes it sees; the toolkit's own if none is named
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Option<String>,
    /// Interpret the source where its language can be, instead of compiling it into the artifact
    #[arg(long)]
    pub(crate) dev: bool,
    /// Print what each step took, on stderr
    #[arg(long)]
    pub(crate) timings: bool,
    /// An id, a folder, or a `.wasm` or `.wat` file; and the guest's own arguments
    #[arg(value_names = ["TARGET", "ARGS"], required = true, num_args = 1.., trailing_var_arg = true)]
    pub(crate) command: Vec<String>,
}

/// What to listen for, and where.
#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// Listen here too: `web=127.0.0.1:8080`, or `raw=tcp://127.0.0.1:9000`; port 0 takes a free one
    #[arg(long, value_name = "NAME=ADDRESS")]
    pub(crate) listen: Vec<String>,
    /// The bounds that each request runs within: compute, minimal, network or posix
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// Grant these capabilities for as long as it is served
    #[arg(long, value_name = "CAP", value_delimiter = ',')]
    pub(crate) grant: Vec<String>,
    /// Show it a folder: `host::guest`, with `:rw` to let it write
    #[arg(long, value_name = "HOST::GUEST[:rw]")]
    pub(crate) mount: Vec<String>,
    /// An id, a folder, or a `.wasm` or `.wat` file
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,
}

/// What is wrong with the command line.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum UsageError {
    /// As clap says.
    #[error("{message}")]
    #[diagnostic(code(workbooks::cli::usage), help("{help}"))]
    Clap {
        /// The first lines.
        message: String,
        /// Tips and usage.
        help: String,
    },
    /// A value that does not exist.
    #[error("`{value}` is not {what}")]
    #[diagnostic(code(workbooks::cli::usage), help("{help}"))]
    Value {
        /// The value.
        value: String,
        /// What it should be, with its article.
        what: &'static str,
        /// The nearest, and all.
        help: String,
    },
}

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A verb, or none.
    Verb(Option<Verb>),
    /// Only a text of clap's: help or version.
    Text(String),
}

impl Args {
    /// Reads the command line.
    pub(crate) fn read(args: &[OsString]) -> (bool, Result<Asked, UsageError>) {
        match Self::try_parse_from(args) {
            Ok(parsed) => (parsed.json, Ok(Asked::Verb(parsed.verb))),
            Err(error) => {
                let json = args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--json");
                (json, usage(&error))
            }
        }
    }

    /// The verb's words in a command line: the names of subcommands at its beginning.
    pub(crate) fn words(args: &[OsString]) -> String {
        let mut command = Self::command();
        let mut words = Vec::new();
        for arg in
            args.iter().skip(1).filter_map(|arg| arg.to_str()).filter(|arg| !arg.starts_with('-'))
        {
            let Some(inner) = command.find_subcommand(arg) else { break };
            words.push(arg.to_owned());
            command = inner.clone();
        }
        words.join(" ")
    }
}

fn usage(error: &clap::Error) -> Result<Asked, UsageError> {
    let text = error.render().to_string();
    if !error.use_stderr() {
        return Ok(Asked::Text(text));
    }
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Err(UsageError::Clap { message: "which verb?".into(), help: text });
    }
    let (message, help) = text.split_once("\n\n").unwrap_or((&text, ""));
    Err(UsageError::Clap {
        message: message.trim_start_matches("error: ").trim_end().to_owned(),
        help: help.trim().to_owned(),
    })
}
