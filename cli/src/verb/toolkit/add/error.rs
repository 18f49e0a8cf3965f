//! Why nothing was taken in, though what came may be what was signed.

use miette::Diagnostic;
use semver::Version;
use thiserror::Error;
use workbooks_host::provenance::Did;

/// Why nothing was taken in. Nothing is stored, granted or locked then.
#[derive(Debug, Error, Diagnostic)]
pub(in crate::verb::toolkit) enum AddError {
    /// The person said no.
    #[error("nothing was added")]
    #[diagnostic(code(workbooks::add::declined), help("it was your choice; nothing has changed"))]
    Declined,
    /// There is nobody to ask.
    #[error("nothing was added: nobody could be asked whether to{report}")]
    #[diagnostic(
        code(workbooks::add::unconsented),
        help(
            "`--yes` adds it without being asked, and grants what stays inside the sandbox; \
             `--grant CAP,…` says what else"
        )
    )]
    Unconsented {
        /// What it would have been shown, where it was not.
        report: String,
    },
    /// A capability is to be granted that it does not ask for.
    #[error("`{id}` does not ask for `{capability}`")]
    #[diagnostic(code(workbooks::add::not_asked_for), help("it asks for: {asked}"))]
    NotAskedFor { id: String, capability: String, asked: String },
    /// Nobody said that its publisher is to be believed.
    #[error("{did} signed `{id}`, whom you do not trust")]
    #[diagnostic(
        code(workbooks::trust::unknown_issuer),
        help(
            "compare that key with what its publisher says elsewhere; `--trust` believes it about \
             this toolkit from now on, `wbx trust add` about more"
        )
    )]
    UnknownPublisher { id: String, did: Box<Did> },
    /// Nobody signed it.
    #[error("nobody signed what `{origin}` gave")]
    #[diagnostic(
        code(workbooks::trust::unsigned),
        help(
            "ask its author to sign it; if you are the author: `wbx toolkit sign`. `--vouch` signs \
             exactly these bytes with your own key: then you answer for them"
        )
    )]
    Unsigned { origin: String },
    /// The project has its own toolkit of this id.
    #[error("`{id}` is a toolkit of this project already, at `{folder}`")]
    #[diagnostic(
        code(workbooks::add::own),
        help(
            "two toolkits of one id cannot be told apart: rename the folder and its `#+TOOLKIT:`"
        )
    )]
    Own { id: String, folder: String },
    /// Another one signed what has the same id.
    #[error("`{id}` is here already, of another publisher: {here}, and this is of {new}")]
    #[diagnostic(
        code(workbooks::add::other_publisher),
        help(
            "an id is no proof of who made it. If the publisher handed over, `wbx trust add FILE` \
             takes its statement; to take the other one, `wbx toolkit remove {id}` first"
        )
    )]
    OtherPublisher { id: String, here: Box<Did>, new: Box<Did> },
    /// It is older than what is here.
    #[error("`{id}` is here as {here} already, and {new} is older")]
    #[diagnostic(
        code(workbooks::add::older),
        help(
            "an old version can be signed and still be the one with the hole; to go back on \
             purpose: `wbx toolkit pin {id} {new}`"
        )
    )]
    Older { id: String, here: Version, new: Version },
    /// Other bytes under the same version.
    #[error("{version} of `{id}` is here already, and this is another {version}")]
    #[diagnostic(
        code(workbooks::add::changed),
        help(
            "versions never change: ask the publisher; to take it all the same, \
             `wbx toolkit remove {id}` first"
        )
    )]
    Changed { id: String, version: Version },
    /// It is not what `wbx.lock` names.
    #[error("`{id}` is not what `wbx.lock` names: {why}")]
    #[diagnostic(
        code(workbooks::add::drift),
        help("nothing was taken; `wbx toolkit update {id}` or `wbx toolkit add` change the lock")
    )]
    Drift { id: String, why: String },
    /// The lock is to be kept to, and there is none.
    #[error("there is no `wbx.lock` here, which would say what to take in")]
    #[diagnostic(
        code(workbooks::add::no_lock),
        help("`wbx toolkit add SOURCE` writes one; commit it beside the toolkits")
    )]
    NoLock,
    /// It is not here.
    #[error("no toolkit `{id}` was added here")]
    #[diagnostic(code(workbooks::add::not_found), help("`wbx toolkit list` shows those that were"))]
    NotAdded { id: String },
    /// What nobody signed is to be signed, and is no component.
    #[error("this cannot be vouched for: {why}")]
    #[diagnostic(
        code(workbooks::add::not_vouchable),
        help(
            "`--vouch` signs a single component that has no manifest; ask its author for a toolkit"
        )
    )]
    NotVouchable { why: String },
}
