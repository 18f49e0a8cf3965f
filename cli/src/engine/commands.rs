//! The commands that guests find: those that were added, and, for the project's own toolkits, its
//! toolkits of the shape `command`, each by its id and with what the policy grants it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use miette::Report;
use workbooks_host::Shape;
use workbooks_host::fabric::{Command, CommandError, CommandFolder, Commands};

use super::catalog::Toolkit;
use super::embedded;
use super::operator::{self, Flags};
use crate::io::{self, Surroundings, files};
use crate::output::Output;
use crate::project::{MANIFEST, ids, is_id, root};
use crate::session::{Home, Session};

/// The commands that were added.
pub(crate) fn added(session: &Session) -> CommandFolder {
    CommandFolder::new(session.home.commands())
}

/// Toolkits of the project's own tree that are commands, by id.
pub(crate) fn toolkits(session: &Session) -> Vec<String> {
    let is_command = |toolkit: Toolkit| {
        toolkit.manifest(session).is_ok_and(|manifest| manifest.exec == Shape::Command)
    };
    let Some(root) = root(session) else { return Vec::new() };
    let own = |id: &String| Toolkit { folder: root.join(id), own: true };
    ids(&root).into_iter().filter(|id| is_command(own(id))).collect()
}

/// What the project's own toolkits find. What was added comes first, so that no project puts
/// something else in its place.
pub(crate) struct Project {
    added: CommandFolder,
    surroundings: Surroundings,
    home: Home,
    json: bool,
    /// Toolkits that were found and built for this process.
    built: Mutex<BTreeMap<String, Command>>,
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

    fn build(&self, id: &str) -> Result<Option<Command>, Report> {
        let session = self.session();
        let Some(folder) = root(&session).map(|root| root.join(id)) else { return Ok(None) };
        if !files::exists(&folder.join(MANIFEST)) {
            return Ok(None);
        }
        let toolkit = Toolkit { folder, own: true };
        let manifest = toolkit.manifest(&session)?;
        if manifest.exec != Shape::Command {
            return Ok(None);
        }
        let policy = operator::policy(&session)?;
        let grant = operator::grant_toolkit(&manifest, &toolkit, policy, &Flags::default())?;
        let program = embedded::program(&session, &toolkit, &manifest)?;
        Ok(Some(Command::bytes(program.file()?.into_owned(), grant).arg_mode(manifest.arg_mode)))
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
        if let Some(command) = built.get(name) {
            return Ok(Some(command.clone()));
        }
        let found =
            self.build(name).map_err(|why| CommandError::Unavailable { why: why.to_string() })?;
        if let Some(command) = &found {
            built.insert(name.to_owned(), command.clone());
        }
        Ok(found)
    }
}
