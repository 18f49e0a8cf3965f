//! The operator: the stored policy, the flags of one run, and the grant that comes of them.

use std::collections::BTreeSet;

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_host::policy::{Mount, ToolkitPolicy};
use workbooks_host::{Grant, Manifest, Policy, Profile, Vocabulary, grant};

use super::catalog::vocabulary;
use crate::args::UsageError;
use crate::io::IoError;
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
}

/// A mount that would not be seen.
#[derive(Debug, Error, Diagnostic)]
#[error("`{toolkit}` would not see the mount: it has no file system")]
#[diagnostic(
    code(workbooks::mount::no_file_system),
    help("a file system comes with the capability `vfs`: write it in `#+CAPS:`, or for a bare file give `--grant vfs`")
)]
pub(crate) struct MountUnseen {
    toolkit: String,
}

impl Flags {
    /// Checks what was given: a misspelt profile, capability or mount is a usage error.
    pub(crate) fn read(profile: Option<&str>, grants: &[String], mounts: &[String]) -> Result<Self, Report> {
        Ok(Self {
            profile: profile.map(find_profile).transpose()?,
            grants: capabilities(grants)?.into_iter().collect(),
            mounts: mounts.iter().map(|mount| mount.parse()).collect::<Result<_, _>>()?,
        })
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

/// Stores the policy.
pub(crate) fn store(session: &Session, policy: &Policy) -> Result<(), IoError> {
    session.home.make()?;
    session.io.write(&session.home.policy(), policy.to_toml().as_bytes())
}

/// What a toolkit may do: what it declares, of that what its profile holds, of that what the
/// operator granted. A toolkit of the project's own tree gets unasked what it declares within
/// the profile `minimal`, or within the one that a flag names.
pub(crate) fn grant_toolkit(
    manifest: &Manifest,
    own: bool,
    mut policy: Policy,
    flags: &Flags,
) -> Result<Grant, Report> {
    let declared: BTreeSet<&str> = manifest.caps.iter().map(|cap| cap.value.as_str()).collect();
    let bound = flags.profile.clone().unwrap_or_else(|| Profile::named(OWN));
    let toolkit = policy.toolkit_mut(&manifest.id);
    for word in &flags.grants {
        toolkit.withheld.remove(word);
        toolkit.grants.insert(word.clone());
    }
    toolkit.mounts.extend(flags.mounts.iter().cloned());
    let beyond: Vec<String> = declared
        .iter()
        .filter(|word| !bound.capabilities.contains(**word) && !toolkit.grants.contains(**word))
        .map(|word| (*word).to_owned())
        .collect();
    let wanted: Vec<&str> = declared
        .iter()
        .copied()
        .filter(|word| toolkit.grants.contains(*word) || (own && bound.capabilities.contains(*word)))
        .collect();
    let profile = flags.profile.clone().unwrap_or_else(|| {
        Profile::smallest_holding(wanted, ALL).unwrap_or_else(|| Profile::named(OWN))
    });
    if own {
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
        ..ToolkitPolicy::default()
    };
    let profile = flags.profile.clone().unwrap_or_else(|| Profile::named("compute"));
    seen(Grant::bare(id, &profile, &operator), flags)
}

fn seen(grant: Grant, flags: &Flags) -> Result<Grant, Report> {
    if flags.mounts.is_empty() || grant.allows("vfs") {
        return Ok(grant);
    }
    Err(MountUnseen { toolkit: grant.toolkit().to_owned() }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(caps: &str) -> Manifest {
        let text = format!("#+TOOLKIT: t\n#+CAPS: {caps}\n");
        Manifest::parse(text.as_bytes(), None, &vocabulary()).unwrap()
    }

    fn granted(caps: &str, own: bool, policy: Policy, flags: &Flags) -> Grant {
        grant_toolkit(&manifest(caps), own, policy, flags).unwrap()
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
        assert!(grant_toolkit(&manifest("kv"), true, policy, &flags).is_err());
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
    fn a_mount_that_nobody_would_see_is_refused() {
        let flags = Flags::read(None, &[], &[".::/work".into()]).unwrap();
        assert!(grant_file("x", &flags).is_err());
        let flags = Flags::read(None, &["vfs".into()], &[".::/work".into()]).unwrap();
        assert_eq!(grant_file("x", &flags).unwrap().mounts().len(), 1);
    }
}
