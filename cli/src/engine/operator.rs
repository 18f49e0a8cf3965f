//! The operator: the stored policy, the flags of one run, and the grant that comes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_host::policy::{Endpoint, Mount, ToolkitPolicy};
use workbooks_host::{Grant, Policy, Profile, Vocabulary, grant};

use super::catalog::{Provenance, Toolkit, vocabulary};
use super::loaded::Loaded;
use super::workbook::Workbook;
use crate::args::UsageError;
use crate::io::{IoError, files};
use crate::session::Session;
use crate::verb::nearest::did_you_mean;

/// The profile that bounds what a toolkit of the project's own tree gets unasked.
const OWN: &str = "minimal";
/// The profile that holds everything.
const ALL: &str = "posix";

/// What the flags of one run say.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    profile: Option<Profile>,
    grants: BTreeSet<String>,
    mounts: Vec<Mount>,
    endpoints: BTreeMap<String, Endpoint>,
}

/// A mount that makes no sense.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum MountRefused {
    /// It would not be seen.
    #[error("`{toolkit}` would not see the mount: it has no file system")]
    #[diagnostic(
        code(workbooks::mount::no_file_system),
        help(
            "a file system comes with the capability `vfs`: write it in `#+CAPS:`, or for a bare file give `--grant vfs`"
        )
    )]
    Unseen {
        /// The toolkit.
        toolkit: String,
    },
    /// A toolkit may show its guest its own folders only.
    #[error("`#+PREOPEN: {folder}` leads out of the toolkit")]
    #[diagnostic(
        code(workbooks::mount::outside),
        help("it is a link: put the files into the toolkit, or use `--mount`")
    )]
    Outside {
        /// The folder as it is written.
        folder: String,
    },
}

impl Flags {
    /// Checks what was given: a misspelt profile, capability or mount is a usage error.
    pub(crate) fn read(
        profile: Option<&str>,
        grants: &[String],
        mounts: &[String],
    ) -> Result<Self, Report> {
        Ok(Self {
            profile: profile.map(find_profile).transpose()?,
            grants: capabilities(grants)?.into_iter().collect(),
            mounts: mounts.iter().map(|mount| mount.parse()).collect::<Result<_, _>>()?,
            endpoints: BTreeMap::new(),
        })
    }

    /// The same for a toolkit that is to be served, and here too: who asks for that by name
    /// grants it.
    pub(crate) fn serve(mut self, listen: &[String]) -> Result<Self, Report> {
        self.grants.insert("serve".to_owned());
        for text in listen {
            let named = text.split_once('=').filter(|(name, _)| !name.is_empty());
            let (name, address) = named.ok_or_else(|| UsageError::Value {
                value: text.clone(),
                what: "an endpoint",
                help: "write a name and an address: `--listen web=127.0.0.1:8080`".to_owned(),
            })?;
            let scheme = if address.contains("://") { "" } else { "http://" };
            let endpoint: Endpoint = format!("{scheme}{address}").parse()?;
            self.endpoints.insert(name.to_owned(), endpoint);
        }
        Ok(self)
    }
}

fn find_profile(name: &str) -> Result<Profile, UsageError> {
    Profile::find(name).ok_or_else(|| UsageError::Value {
        value: name.to_owned(),
        what: "a profile",
        help: did_you_mean(name, Profile::names()),
    })
}

/// The words, if each is a capability.
pub(crate) fn capabilities(words: &[String]) -> Result<Vec<String>, Report> {
    let known: Vocabulary = vocabulary();
    Ok(words.iter().map(|word| known.check(word)).collect::<Result<_, _>>()?)
}

/// The stored policy; one that allows nothing if there is none.
pub(crate) fn policy(session: &Session) -> Result<Policy, Report> {
    read(session, &session.home.policy())
}

/// The policy in a file; one that allows nothing if there is none.
pub(super) fn read(session: &Session, file: &Path) -> Result<Policy, Report> {
    match session.io.read(file) {
        Ok(bytes) => Ok(Policy::parse(&String::from_utf8_lossy(&bytes), &vocabulary())?),
        Err(IoError::NotFound { .. }) => Ok(Policy::default()),
        Err(error) => Err(error.into()),
    }
}

/// Changes the stored policy and returns it. Changes that come at once are made one after the
/// other.
pub(crate) fn change(
    session: &Session,
    change: impl FnOnce(&mut Policy),
) -> Result<Policy, Report> {
    session.home.make()?;
    change_in(session, &session.home.policy(), change)
}

/// Changes what is stored of a toolkit: of one that was added, in the workbook's own policy.
pub(crate) fn change_for(
    session: &Session,
    found: Option<&Toolkit>,
    how: impl FnOnce(&mut Policy),
) -> Result<Policy, Report> {
    match found.map(|found| &found.provenance) {
        Some(Provenance::Added(_)) => Workbook::of(session).change(session, how),
        _ => change(session, how),
    }
}

/// Changes the policy in a file whose folder there is.
pub(super) fn change_in(
    session: &Session,
    file: &Path,
    change: impl FnOnce(&mut Policy),
) -> Result<Policy, Report> {
    let _turn = files::lock(&file.with_extension("lock"))?;
    let mut policy = read(session, file)?;
    change(&mut policy);
    session.io.write(file, policy.to_toml().as_bytes())?;
    Ok(policy)
}

/// The stored policy as it stands for a toolkit: of what is said of its id, what is meant for it.
/// What was added has what the workbook's own policy gives, or else what the installation's gives
/// its publisher; what either takes is taken.
pub(crate) fn policy_for(session: &Session, loaded: &Loaded) -> Result<Policy, Report> {
    let mut policy = policy(session)?;
    let of_workbook = match loaded.found.provenance {
        Provenance::Added(_) => Workbook::of(session).policy(session)?,
        _ => Policy::default(),
    };
    meant(&mut policy, of_workbook, loaded);
    Ok(policy)
}

fn meant(policy: &mut Policy, mut of_workbook: Policy, loaded: &Loaded) {
    let id = &loaded.manifest.id;
    let here = |said: &ToolkitPolicy| match (&said.folder, loaded.found.folder()) {
        (None, _) => said.of_publisher(loaded.publisher()),
        (Some(meant), Some(folder)) if files::real(folder) == Path::new(meant) => {
            said.of_publisher(loaded.publisher())
        }
        // The revocation of an id holds for whoever bears it.
        _ => said.of_anyone(),
    };
    let said = of_workbook.toolkit(id).is_some();
    let (all, own) = (policy.toolkit_mut(id), of_workbook.toolkit_mut(id));
    let mut found = here(if said { own } else { all });
    for taken in [&*all, &*own] {
        found.revoked |= taken.revoked;
        found.withheld.extend(taken.withheld.iter().cloned());
    }
    *all = found;
}

/// What a toolkit may do: what it declares, of that what its profile holds, of that what the
/// operator granted. A toolkit of the project's own tree gets unasked what it declares within
/// the profile `minimal`, or within the one that a flag names.
pub(crate) fn grant_toolkit(
    session: &Session,
    loaded: &Loaded,
    flags: &Flags,
) -> Result<Grant, Report> {
    granted(loaded, policy_for(session, loaded)?, flags, &session.home.scratch())
}

/// The same, of a policy that [`meant`] has seen.
fn granted(
    loaded: &Loaded,
    mut policy: Policy,
    flags: &Flags,
    scratch: &Path,
) -> Result<Grant, Report> {
    let (manifest, own) = (&loaded.manifest, loaded.is_own());
    let declared: BTreeSet<&str> = manifest.caps.iter().map(|cap| cap.value.as_str()).collect();
    let bound = flags.profile.clone().unwrap_or_else(|| Profile::named(OWN));
    let toolkit = policy.toolkit_mut(&manifest.id);
    // What the flags give is meant for this very toolkit.
    toolkit.publisher = loaded.publisher().cloned();
    for word in &flags.grants {
        toolkit.withheld.remove(word);
        toolkit.grants.insert(word.clone());
    }
    toolkit.mounts.extend(flags.mounts.iter().cloned());
    toolkit.serve.extend(flags.endpoints.clone());
    toolkit.mounts.extend(preopen(loaded, scratch)?);
    let beyond: Vec<String> = declared
        .iter()
        .filter(|word| !bound.capabilities.contains(**word) && !toolkit.grants.contains(**word))
        .map(|word| (*word).to_owned())
        .collect();
    let wanted: Vec<&str> = declared
        .iter()
        .copied()
        .filter(|word| {
            toolkit.grants.contains(*word) || (own && bound.capabilities.contains(*word))
        })
        .collect();
    let profile = flags.profile.clone().unwrap_or_else(|| {
        Profile::smallest_holding(wanted, ALL).unwrap_or_else(|| Profile::named(OWN))
    });
    if own {
        policy.toolkit_mut(&manifest.id).withheld.extend(beyond);
        policy.allow_declared(&manifest.id);
    }
    seen(grant(manifest, loaded.proof(), &profile, &policy)?, flags)
}

/// What an artifact without a manifest may do: what the flags grant, with the limits of the
/// profile `compute` or the one that they name.
pub(crate) fn grant_file(id: &str, flags: &Flags) -> Result<Grant, Report> {
    let operator = ToolkitPolicy {
        grants: flags.grants.clone(),
        mounts: flags.mounts.clone(),
        serve: flags.endpoints.clone(),
        ..ToolkitPolicy::default()
    };
    let profile = flags.profile.clone().unwrap_or_else(|| Profile::named("compute"));
    seen(Grant::bare(id, &profile, &operator), flags)
}

fn seen(grant: Grant, flags: &Flags) -> Result<Grant, Report> {
    if flags.mounts.is_empty() || grant.allows("vfs") {
        return Ok(grant);
    }
    Err(MountRefused::Unseen { toolkit: grant.toolkit().to_owned() }.into())
}

/// The folder of its own that a toolkit shows its guest, to be read only.
fn preopen(loaded: &Loaded, scratch: &Path) -> Result<Option<Mount>, Report> {
    let Some(preopen) = &loaded.manifest.preopen else { return Ok(None) };
    let folder = preopen.folder.as_str();
    let (top, shown) = loaded.shown(folder, scratch)?;
    let (top, shown) = (files::real(&top), files::real(&shown));
    match shown.to_str() {
        Some(host) if shown.starts_with(top) => {
            Ok(Some(Mount { host: host.to_owned(), guest: preopen.guest.clone(), writable: false }))
        }
        _ => Err(MountRefused::Outside { folder: folder.to_owned() }.into()),
    }
}

#[cfg(test)]
#[path = "operator_tests.rs"]
mod tests;
