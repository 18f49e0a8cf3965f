//! The registry of a case: commands from `conformance/guests`.

use std::collections::BTreeMap;
use std::path::Path;

use workbooks_host::fabric::{Command, CommandError, Commands};
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Grant, Host, Profile};

use super::{Case, Lanes, Origin};

/// What `commands` of a case says.
#[derive(Debug)]
pub(super) struct Registry(BTreeMap<String, Command>);

impl Registry {
    pub(super) fn of(case: &Case, lanes: &Lanes) -> Result<Self, String> {
        let command = |(name, file): (&String, &String)| {
            let bytes = Origin::Shared(file.clone()).bytes(Path::new(""), lanes)?;
            let grants = case.grants.iter().cloned().collect();
            let operator = ToolkitPolicy { grants, ..ToolkitPolicy::default() };
            let grant = Grant::bare(name, &Profile::named("posix"), &operator);
            Ok((name.clone(), Command::bytes(bytes, grant)))
        };
        case.commands.iter().map(command).collect::<Result<_, String>>().map(Self)
    }
}

impl Commands for Registry {
    fn names(&self, tenant: &str) -> Result<Vec<String>, CommandError> {
        let own = self.0.keys().filter(|_| tenant == Host::TENANT);
        Ok(own.cloned().collect())
    }

    fn find(&self, tenant: &str, name: &str) -> Result<Option<Command>, CommandError> {
        Ok(self.0.get(name).filter(|_| tenant == Host::TENANT).cloned())
    }
}
