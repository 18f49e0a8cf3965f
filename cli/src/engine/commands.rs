//! The commands that guests find: those that were added as commands, and, for the project's own
//! toolkits, the project's toolkits of the shape `command`, its own and those that were added to it,
//! each by its id and with what the policy grants it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use miette::Report;
use workbooks_host::Shape;
use workbooks_host::fabric::{Command, CommandError, CommandFolder, Commands};
use workbooks_host::provenance::{Timestamp, Verified};

use super::loaded::believed;
use super::operator::{self, Flags};
use super::workbook::Workbook;
use super::{catalog, embedded, identity};
use crate::io::scratch::Scratch;
use crate::io::{self, Surroundings};
use crate::output::Output;
use crate::project::{ids, is_id, root};
use crate::session::{Home, Session};

/// The commands that were added.
pub(crate) fn added(session: &Session) -> CommandFolder {
    CommandFolder::new(session.home.commands())
}

/// Toolkits of the project that are commands, by id: its own, and those that were added to it. One
/// that may not be used is none.
pub(crate) fn toolkits(session: &Session) -> Vec<String> {
    let is_command = |id: &String| {
        let found = catalog::by_id(session, id).ok().flatten();
        let loaded = found.and_then(|toolkit| toolkit.load(session).ok());
        loaded.is_some_and(|loaded| loaded.manifest.exec == Shape::Command)
    };
    let mut all = root(session).as_deref().map(ids).unwrap_or_default();
    if let Ok(lock) = Workbook::of(session).lock(session) {
        all.extend(lock.entries().map(|entry| entry.id.clone()));
    }
    all.sort_unstable();
    all.dedup();
    all.retain(is_command);
    all
}

/// What makes a session on the thread that asks for a command.
struct Around {
    surroundings: Surroundings,
    home: Home,
    json: bool,
}

impl Around {
    fn of(session: &Session) -> Self {
        let (surroundings, home) = (session.surroundings.clone(), session.home.clone());
        Self { surroundings, home, json: session.output.json }
    }

    fn session(&self) -> Session {
        let mut output = Output::new(&self.surroundings);
        output.json = self.json;
        let (surroundings, home) = (self.surroundings.clone(), self.home.clone());
        Session { io: io::platform(), surroundings, output, home }
    }
}

/// The commands that were added. One whose publisher is not believed any more is not given.
pub(crate) struct Added {
    folder: CommandFolder,
    around: Around,
}

impl Added {
    pub(crate) fn new(session: &Session) -> Self {
        Self { folder: added(session), around: Around::of(session) }
    }
}

impl Commands for Added {
    fn names(&self, tenant: &str) -> Result<Vec<String>, CommandError> {
        self.folder.names(tenant)
    }

    fn find(&self, tenant: &str, name: &str) -> Result<Option<Command>, CommandError> {
        let entry = self.folder.get(tenant, name)?;
        if let Some(publisher) = entry.and_then(|entry| entry.policy.publisher) {
            let trust = identity::trust(&self.around.session());
            if !trust.is_ok_and(|trust| trust.stands(&publisher, Timestamp::now())) {
                let why = format!("{publisher}, who made it, is not trusted any more");
                return Err(CommandError::Unavailable { why });
            }
        }
        self.folder.find(tenant, name)
    }
}

/// What the project's own toolkits find. What was added comes first, so that no project puts
/// something else in its place.
pub(crate) struct Project {
    added: Added,
    around: Around,
    /// Toolkits that were found and built for this process.
    built: Mutex<BTreeMap<String, Found>>,
}

/// A command, the proof of who made it, and what its guests see that has to stay until they have
/// ended.
struct Found {
    command: Command,
    verified: Option<Verified>,
    _shown: Option<Scratch>,
}

impl Project {
    pub(crate) fn new(session: &Session) -> Self {
        let (added, around) = (Added::new(session), Around::of(session));
        Self { added, around, built: Mutex::default() }
    }

    fn build(&self, id: &str) -> Result<Option<Found>, Report> {
        let session = self.around.session();
        let Some(toolkit) = catalog::by_id(&session, id)? else { return Ok(None) };
        let loaded = toolkit.load(&session)?;
        if loaded.manifest.exec != Shape::Command {
            return Ok(None);
        }
        let grant = operator::grant_toolkit(&session, &loaded, &Flags::default())?;
        let program = embedded::program(&session, &loaded)?;
        let command = Command::bytes(program.file()?.into_owned(), grant);
        let command = command.arg_mode(loaded.manifest.arg_mode);
        let verified = loaded.verified.clone();
        Ok(Some(Found { command, verified, _shown: loaded.into_shown() }))
    }
}

impl Commands for Project {
    fn names(&self, tenant: &str) -> Result<Vec<String>, CommandError> {
        let mut names = self.added.names(tenant)?;
        names.extend(toolkits(&self.around.session()));
        Ok(names)
    }

    fn find(&self, tenant: &str, name: &str) -> Result<Option<Command>, CommandError> {
        if let Some(command) = self.added.find(tenant, name)? {
            return Ok(Some(command));
        }
        if !is_id(name) {
            return Ok(None);
        }
        // Held while it builds: a second caller finds it built.
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = built.get(name) {
            if !believed(&self.around.session(), found.verified.as_ref()) {
                let why = "its publisher is not trusted any more".to_owned();
                return Err(CommandError::Unavailable { why });
            }
            return Ok(Some(found.command.clone()));
        }
        let found =
            self.build(name).map_err(|why| CommandError::Unavailable { why: why.to_string() })?;
        let Some(found) = found else { return Ok(None) };
        let command = found.command.clone();
        built.insert(name.to_owned(), found);
        Ok(Some(command))
    }
}
