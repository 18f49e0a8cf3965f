//! The operator: the stored policy, the flags of one run, and the grant that comes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_host::policy::{Endpoint, Mount, ToolkitPolicy};
use workbooks_host::{Grant, Manifest, Policy, Profile, Vocabulary, grant};

use super::catalog::{Toolkit, vocabulary};
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
    match session.io.read(&session.home.policy()) {
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
    let file = session.home.policy();
    let _turn = files::lock(&file.with_extension("lock"))?;
    let mut policy = policy(session)?;
    change(&mut policy);
    session.io.write(&file, policy.to_toml().as_bytes())?;
    Ok(policy)
}

/// What a toolkit may do: what it declares, of that what its profile holds, of that what the
/// operator granted. A toolkit of the project's own tree gets unasked what it declares within
/// the profile `minimal`, or within the one that a flag names.
pub(crate) fn grant_toolkit(
    manifest: &Manifest,
    found: &Toolkit,
    mut policy: Policy,
    flags: &Flags,
) -> Result<Grant, Report> {
    let declared: BTreeSet<&str> = manifest.caps.iter().map(|cap| cap.value.as_str()).collect();
    let bound = flags.profile.clone().unwrap_or_else(|| Profile::named(OWN));
    let toolkit = policy.toolkit_mut(&manifest.id);
    if toolkit.folder.as_ref().is_some_and(|meant| files::real(&found.folder) != Path::new(meant)) {
        // The revocation of an id holds for whoever bears it.
        *toolkit = ToolkitPolicy {
            revoked: toolkit.revoked,
            withheld: std::mem::take(&mut toolkit.withheld),
            ..ToolkitPolicy::default()
        };
    }
    for word in &flags.grants {
        toolkit.withheld.remove(word);
        toolkit.grants.insert(word.clone());
    }
    toolkit.mounts.extend(flags.mounts.iter().cloned());
    toolkit.serve.extend(flags.endpoints.clone());
    toolkit.mounts.extend(preopen(manifest, &found.folder)?);
    let beyond: Vec<String> = declared
        .iter()
        .filter(|word| !bound.capabilities.contains(**word) && !toolkit.grants.contains(**word))
        .map(|word| (*word).to_owned())
        .collect();
    let wanted: Vec<&str> = declared
        .iter()
        .copied()
        .filter(|word| {
            toolkit.grants.contains(*word) || (found.own && bound.capabilities.contains(*word))
        })
        .collect();
    let profile = flags.profile.clone().unwrap_or_else(|| {
        Profile::smallest_holding(wanted, ALL).unwrap_or_else(|| Profile::named(OWN))
    });
    if found.own {
        policy.toolkit_mut(&manifest.id).withheld.extend(beyond);
        policy.allow_declared(&manifest.id);
    }
    seen(grant(manifest, &profile, &policy)?, flags)
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
fn preopen(manifest: &Manifest, folder: &Path) -> Result<Option<Mount>, MountRefused> {
    let Some(preopen) = &manifest.preopen else { return Ok(None) };
    let (top, shown) = (files::real(folder), files::real(&folder.join(preopen.folder.as_str())));
    match shown.to_str() {
        Some(host) if shown.starts_with(top) => {
            Ok(Some(Mount { host: host.to_owned(), guest: preopen.guest.clone(), writable: false }))
        }
        _ => Err(MountRefused::Outside { folder: preopen.folder.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(caps: &str) -> Manifest {
        let text = format!("#+TOOLKIT: t\n#+CAPS: {caps}\n");
        Manifest::parse(text.as_bytes(), None, &vocabulary()).unwrap()
    }

    fn found(own: bool) -> Toolkit {
        Toolkit { folder: "/nowhere".into(), own }
    }

    fn granted(caps: &str, own: bool, policy: Policy, flags: &Flags) -> Grant {
        grant_toolkit(&manifest(caps), &found(own), policy, flags).unwrap()
    }

    fn words(grant: &Grant) -> Vec<&str> {
        grant.capabilities().iter().map(String::as_str).collect()
    }

    #[test]
    fn what_is_not_the_projects_own_gets_nothing_unasked() {
        let grant = granted("kv vfs net", false, Policy::default(), &Flags::default());
        assert!(words(&grant).is_empty());
        let mut policy = Policy::default();
        policy.grant("t", ["net"]);
        let grant = granted("kv vfs net", false, policy, &Flags::default());
        assert_eq!(words(&grant), ["net"]);
        assert_eq!(grant.profile(), "network");
    }

    #[test]
    fn the_projects_own_gets_what_it_declares_within_minimal_and_no_more() {
        let grant = granted("kv vfs net", true, Policy::default(), &Flags::default());
        assert_eq!(words(&grant), ["kv", "vfs"]);
        assert_eq!(grant.profile(), "minimal");
        assert_eq!(granted("vfs", true, Policy::default(), &Flags::default()).profile(), "compute");
    }

    #[test]
    fn a_grant_of_one_capability_beyond_minimal_brings_no_other() {
        let flags = Flags { grants: ["posix".to_owned()].into(), ..Flags::default() };
        let grant = granted("kv net posix", true, Policy::default(), &flags);
        assert_eq!(words(&grant), ["kv", "posix"]);
        assert_eq!(grant.profile(), "posix");
    }

    #[test]
    fn a_flag_does_not_lift_a_revocation() {
        let mut policy = Policy::default();
        policy.revoke("t", None);
        let flags = Flags { grants: ["kv".to_owned()].into(), ..Flags::default() };
        assert!(grant_toolkit(&manifest("kv"), &found(true), policy, &flags).is_err());
    }

    #[test]
    fn another_folder_of_the_same_id_gets_nothing_of_a_grant() {
        let mut policy = Policy::default();
        policy.grant("t", ["kv"]);
        policy.toolkit_mut("t").folder = Some("/elsewhere".to_owned());
        assert!(words(&granted("kv", false, policy.clone(), &Flags::default())).is_empty());
        policy.toolkit_mut("t").folder = Some("/nowhere".to_owned());
        assert_eq!(words(&granted("kv", false, policy.clone(), &Flags::default())), ["kv"]);
        policy.toolkit_mut("t").folder = Some("/elsewhere".to_owned());
        policy.revoke("t", None);
        assert!(grant_toolkit(&manifest("kv"), &found(false), policy, &Flags::default()).is_err());
    }

    #[test]
    fn what_was_revoked_stays_away_from_the_projects_own() {
        let mut policy = Policy::default();
        policy.revoke("t", Some(&["kv"]));
        assert_eq!(words(&granted("kv vfs", true, policy, &Flags::default())), ["vfs"]);
    }

    #[test]
    fn a_named_profile_bounds_even_what_is_granted() {
        let flags = Flags::read(Some("compute"), &["kv".into()], &[]).unwrap();
        assert_eq!(words(&granted("kv vfs", true, Policy::default(), &flags)), ["vfs"]);
    }

    #[test]
    fn a_toolkit_shows_its_guest_no_folder_but_its_own() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("link")).unwrap();
        let preopened = |name: &str| {
            let text = format!("#+TOOLKIT: t\n#+CAPS: vfs\n#+PREOPEN: {name}::/data\n");
            preopen(&Manifest::parse(text.as_bytes(), None, &vocabulary()).unwrap(), folder.path())
        };
        assert!(preopened("link").is_err());
        let mount = preopened("data").unwrap().unwrap();
        assert_eq!((mount.guest.as_str(), mount.writable), ("/data", false));
    }

    #[test]
    fn a_mount_that_nobody_would_see_is_refused() {
        let flags = Flags::read(None, &[], &[".::/data".into()]).unwrap();
        assert!(grant_file("x", &flags).is_err());
        let flags = Flags::read(None, &["vfs".into()], &[".::/data".into()]).unwrap();
        assert_eq!(grant_file("x", &flags).unwrap().mounts().len(), 1);
    }
}
