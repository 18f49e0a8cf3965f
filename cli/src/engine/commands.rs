//! The commands that guests find: those that were added as commands, and, for the project's own
//! toolkits, the project's toolkits of the shape `command`, its own and those that were added to it,
//! each by its id and with what the policy grants it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use miette::Report;
use tempfile::TempDir;
use workbooks_host::Shape;
use workbooks_host::fabric::{Command, CommandError, CommandFolder, Commands};

use super::operator::{self, Flags};
use super::workbook::Workbook;
use super::{catalog, embedded};
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

/// What the project's own toolkits find. What was added comes first, so that no project puts
/// something else in its place.
pub(crate) struct Project {
    added: CommandFolder,
    surroundings: Surroundings,
    home: Home,
    json: bool,
    /// Toolkits that were found and built for this process.
    built: Mutex<BTreeMap<String, Found>>,
}

/// A command, and what its guests see that has to stay until they have ended.
struct Found {
    command: Command,
    _shown: Option<TempDir>,
}

impl Project {
    pub(crate) fn new(session: &Session) -> Self {
        Self {
            added: added(session),
            surroundings: session.surroundings.clone(),
            home: session.home.clone(),
            json: session.output.json,
            built: Mutex::default(),
        }
    }

    /// A session of the thread that asks.
    fn session(&self) -> Session {
        let mut output = Output::new(&self.surroundings);
        output.json = self.json;
        Session {
            io: io::platform(),
            surroundings: self.surroundings.clone(),
            output,
            home: self.home.clone(),
        }
    }

    fn build(&self, id: &str) -> Result<Option<Found>, Report> {
        let session = self.session();
        let Some(toolkit) = catalog::by_id(&session, id)? else { return Ok(None) };
        let loaded = toolkit.load(&session)?;
        if loaded.manifest.exec != Shape::Command {
            return Ok(None);
        }
        let grant = operator::grant_toolkit(&session, &loaded, &Flags::default())?;
        let program = embedded::program(&session, &loaded)?;
        let command = Command::bytes(program.file()?.into_owned(), grant);
        let command = command.arg_mode(loaded.manifest.arg_mode);
        Ok(Some(Found { command, _shown: loaded.into_shown() }))
    }
}

impl Commands for Project {
    fn names(&self, tenant: &str) -> Result<Vec<String>, CommandError> {
        let mut names = self.added.names(tenant)?;
        names.extend(toolkits(&self.session()));
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
