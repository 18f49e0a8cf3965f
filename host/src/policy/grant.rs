//! The grant: declared ∩ profile ∩ policy. The only way to one is through here, so that no
//! other place can widen it.

use std::collections::{BTreeMap, BTreeSet};

use miette::Diagnostic;
use thiserror::Error;

use super::{
    destinations::Destinations,
    endpoint::Endpoint,
    limits::Limits,
    mount::Mount,
    operator::{Policy, ToolkitPolicy},
    private::PrivateRange,
    profile::Profile,
    program::Program,
    secret::SecretBinding,
};
use crate::provenance::{TrustError, Verified};
use crate::toolkit::{Manifest, TrustClaim};

/// What one toolkit may do. Made by [`grant`] or [`Grant::bare`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub(crate) toolkit: String,
    pub(crate) profile: String,
    pub(crate) declared: BTreeSet<String>,
    pub(crate) capabilities: BTreeSet<String>,
    pub(crate) withheld: BTreeMap<String, Withheld>,
    pub(crate) limits: Limits,
    pub(crate) net: Destinations,
    pub(crate) private: Vec<PrivateRange>,
    pub(crate) llm_tokens: Option<u64>,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, SecretBinding>,
    pub(crate) sign: BTreeSet<String>,
    pub(crate) endpoints: BTreeMap<String, Endpoint>,
    pub(crate) programs: BTreeMap<String, Program>,
    /// Who withholds what was not declared. Private, so that no other module makes a grant.
    undeclared: Withheld,
}

/// Who withholds a capability. Where several do, the first in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Withheld {
    /// The manifest does not ask for it.
    Manifest,
    /// The operator did not grant it.
    Policy,
    /// The profile does not hold it.
    Profile,
    /// The one that started it as a child was not granted it.
    Caller,
}

/// Where a toolkit came from. What it is trusted as is the lesser of this, of what its manifest
/// claims, and of what the policy says.
#[derive(Debug, Clone, Copy)]
pub enum Provenance<'a> {
    /// From the user's own hand: their tree, or a folder that they named.
    Local,
    /// From somebody else, whatever its manifest claims. Only who was verified has this to show.
    Signed(&'a Verified),
}

/// Why a toolkit gets no grant at all.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum GrantError {
    /// It is somebody else's, and nothing proves whose.
    #[error("`{toolkit}` is a third-party toolkit, and nothing proves who made it")]
    #[diagnostic(
        code(workbooks::grant::third_party),
        help(
            "it has to be signed by someone whom you trust: see `wbx trust`; if you take it over as \
             your own, read it and write `#+TRUST: first-party`"
        )
    )]
    ThirdParty {
        /// The toolkit's id.
        toolkit: String,
    },
    /// What was verified is another toolkit.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotTheSigned(#[from] TrustError),
    /// The operator took back its leave to run.
    #[error("`{toolkit}` is revoked by the policy")]
    #[diagnostic(
        code(workbooks::grant::revoked),
        help("`wbx grant {toolkit} CAPABILITY…` lets it run again")
    )]
    Revoked {
        /// The toolkit's id.
        toolkit: String,
    },
}

/// What a toolkit may do under a profile and a policy: of what it declares, what both allow.
///
/// Capabilities that are withheld are no error here: the grant lacks them, and linking tells of
/// all that an artifact imports and its grant lacks.
///
/// # Errors
/// [`GrantError`] if the policy revoked it, or it is a third party's that was not verified.
pub fn grant(
    manifest: &Manifest,
    provenance: Provenance<'_>,
    profile: &Profile,
    policy: &Policy,
) -> Result<Grant, GrantError> {
    let toolkit = manifest.id.clone();
    let operator = policy.toolkit(&manifest.id).cloned().unwrap_or_default();
    if operator.revoked {
        return Err(GrantError::Revoked { toolkit });
    }
    let publisher = match provenance {
        Provenance::Local if policy.trust(manifest) == TrustClaim::ThirdParty => {
            return Err(GrantError::ThirdParty { toolkit });
        }
        Provenance::Local => None,
        Provenance::Signed(verified) => {
            verified.check(manifest)?;
            Some(verified.publisher())
        }
    };
    let operator = operator.of_publisher(publisher);
    let all = publisher.is_none() && policy.allows_declared(&manifest.id);

    let ceiling = operator.profile.as_deref().map(Profile::named);
    let declared: BTreeSet<_> = manifest.caps.iter().map(|cap| cap.value.clone()).collect();
    let mut capabilities = declared.clone();
    let mut withheld = BTreeMap::new();
    capabilities.retain(|word| {
        let allowed = (all || operator.grants.contains(word))
            && !operator.withheld.contains(word)
            && ceiling.as_ref().is_none_or(|ceiling| ceiling.holds(word));
        let by = match (profile.holds(word), allowed) {
            (true, true) => return true,
            (_, false) => Withheld::Policy,
            (false, true) => Withheld::Profile,
        };
        withheld.insert(word.clone(), by);
        false
    });

    let mut limits = Limits::of(profile);
    if let Some(ceiling) = &ceiling {
        limits.memory = limits.memory.min(ceiling.memory);
        limits.cpu_time = limits.cpu_time.min(ceiling.time);
    }
    let declares = (!manifest.net.is_empty()).then_some(&manifest.net[..]);
    let net = Destinations::listed(declares).meet(&Destinations::listed(operator.net.as_deref()));
    let mut env = manifest.env.clone();
    env.extend(operator.env.clone());
    Ok(Grant {
        toolkit,
        profile: profile.name.clone(),
        declared,
        capabilities,
        withheld,
        undeclared: Withheld::Manifest,
        limits,
        net,
        private: operator.private.clone(),
        llm_tokens: operator.llm_tokens,
        mounts: operator.mounts.clone(),
        env,
        secrets: operator.secrets.clone(),
        sign: operator.sign.clone(),
        endpoints: operator.serve.clone(),
        programs: operator.posix.clone(),
    })
}

impl Grant {
    /// The grant of an artifact without a manifest: exactly what the operator names, with the
    /// limits of the profile. It declares nothing, so the profile bounds no capability.
    pub fn bare(toolkit: &str, profile: &Profile, operator: &ToolkitPolicy) -> Self {
        let capabilities: BTreeSet<_> =
            operator.grants.difference(&operator.withheld).cloned().collect();
        Self {
            toolkit: toolkit.to_owned(),
            profile: profile.name.clone(),
            declared: capabilities.clone(),
            capabilities,
            withheld: BTreeMap::new(),
            undeclared: Withheld::Policy,
            limits: Limits::of(profile),
            net: Destinations::listed(operator.net.as_deref()),
            private: operator.private.clone(),
            llm_tokens: operator.llm_tokens,
            mounts: operator.mounts.clone(),
            env: operator.env.clone(),
            secrets: operator.secrets.clone(),
            sign: operator.sign.clone(),
            endpoints: operator.serve.clone(),
            programs: operator.posix.clone(),
        }
    }

    /// A grant of nothing, for tests of what stands behind the gate.
    #[cfg(test)]
    pub(crate) fn nothing() -> Self {
        Self::bare("notes", &Profile::named("compute"), &ToolkitPolicy::default())
    }

    /// What a child of this grant may do for a caller: what both may. A folder is shared only
    /// where both grants mount the very same one, a secret only where both bind it alike. The
    /// constants of its environment are its own; they give no access to anything.
    #[must_use]
    pub fn within(&self, caller: &Self) -> Self {
        // All fields by name, so that a new one cannot be forgotten here.
        let Self {
            toolkit,
            profile,
            declared,
            capabilities,
            withheld,
            limits,
            net,
            private,
            mounts,
            env,
            secrets,
            sign,
            endpoints,
            programs,
            llm_tokens,
            undeclared,
        } = self;
        let mut withheld = withheld.clone();
        let lost = capabilities.difference(&caller.capabilities).cloned();
        withheld.extend(lost.map(|word| (word, Withheld::Caller)));
        Self {
            toolkit: toolkit.clone(),
            profile: profile.clone(),
            declared: declared.clone(),
            capabilities: capabilities.intersection(&caller.capabilities).cloned().collect(),
            withheld,
            limits: limits.within(&caller.limits),
            net: net.meet(&caller.net),
            private: private
                .iter()
                .flat_map(|range| caller.private.iter().filter_map(|other| range.meet(other)))
                .collect(),
            mounts: mounts.iter().filter_map(|mount| mount.within(&caller.mounts)).collect(),
            env: env.clone(),
            secrets: secrets
                .iter()
                .filter(|(name, binding)| caller.secrets.get(*name) == Some(binding))
                .map(|(name, binding)| (name.clone(), binding.clone()))
                .collect(),
            sign: sign.intersection(&caller.sign).cloned().collect(),
            endpoints: endpoints
                .iter()
                .filter(|(name, endpoint)| caller.endpoints.get(*name) == Some(endpoint))
                .map(|(name, endpoint)| (name.clone(), endpoint.clone()))
                .collect(),
            llm_tokens: match (*llm_tokens, caller.llm_tokens) {
                (Some(own), Some(other)) => Some(own.min(other)),
                (own, other) => own.or(other),
            },
            programs: programs
                .iter()
                .filter(|(name, program)| caller.programs.get(*name) == Some(program))
                .map(|(name, program)| (name.clone(), program.clone()))
                .collect(),
            undeclared: *undeclared,
        }
    }

    /// The grant of what its holder made, or had made: of its capabilities those that are named,
    /// within the same limits, and nothing of its environment.
    ///
    /// # Errors
    /// The words among them that it lacks.
    pub fn only(&self, words: &[String]) -> Result<Self, Vec<String>> {
        let (named, lacking): (BTreeSet<_>, Vec<_>) = (
            words.iter().cloned().collect(),
            words.iter().filter(|word| !self.allows(word)).cloned().collect(),
        );
        if !lacking.is_empty() {
            return Err(lacking);
        }
        let withheld = self.capabilities.difference(&named);
        Ok(Self {
            withheld: withheld.map(|word| (word.clone(), Withheld::Caller)).collect(),
            declared: named.clone(),
            capabilities: named,
            env: BTreeMap::new(),
            undeclared: Withheld::Caller,
            ..self.clone()
        })
    }

    /// Whether it is of an artifact without a manifest, of which the stored policy says nothing.
    pub fn is_bare(&self) -> bool {
        self.undeclared == Withheld::Policy
    }

    /// The same grant under other limits. They are the host's to set: a manifest never does.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The toolkit's id.
    pub fn toolkit(&self) -> &str {
        &self.toolkit
    }

    /// The name of the profile.
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// What it asked for.
    pub fn declared(&self) -> &BTreeSet<String> {
        &self.declared
    }

    /// What it got.
    pub fn capabilities(&self) -> &BTreeSet<String> {
        &self.capabilities
    }

    /// Whether it got this capability.
    pub fn allows(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    /// What it asked for and did not get, and who withholds it.
    pub fn withheld(&self) -> &BTreeMap<String, Withheld> {
        &self.withheld
    }

    /// Who withholds a capability that is not granted.
    pub fn why_withheld(&self, capability: &str) -> Withheld {
        self.withheld.get(capability).copied().unwrap_or(self.undeclared)
    }

    /// The bounds it runs within.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Where it may connect to, if it has a capability that connects.
    pub fn net(&self) -> &Destinations {
        &self.net
    }

    /// The private addresses that it may dial too.
    pub fn private(&self) -> &[PrivateRange] {
        &self.private
    }

    /// Tokens that it may use of the host's model while the host runs, if they are bounded.
    pub fn llm_tokens(&self) -> Option<u64> {
        self.llm_tokens
    }

    /// The folders of the host that it sees.
    pub fn mounts(&self) -> &[Mount] {
        &self.mounts
    }

    /// Its whole environment: the manifest's constants and what the operator gave.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// The secrets it may use, if it has a capability that does.
    pub fn secrets(&self) -> &BTreeMap<String, SecretBinding> {
        &self.secrets
    }

    /// The native programs it may run, if it has the capability `posix`.
    pub fn programs(&self) -> &BTreeMap<String, Program> {
        &self.programs
    }

    /// Where it may be served, by name, if it has the capability `serve`.
    pub fn endpoints(&self) -> &BTreeMap<String, Endpoint> {
        &self.endpoints
    }

    /// The secrets that it may sign with, if it has the capability `secrets`.
    pub fn sign(&self) -> &BTreeSet<String> {
        &self.sign
    }
}
