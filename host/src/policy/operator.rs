//! The operator's policy: one TOML file that says what each toolkit may have. Only its text is
//! read here; where it lies is for the caller to know.
//!
//! ```toml
//! [toolkit.notes]
//! grants = ["kv", "net"]
//! profile = "network"
//! net = ["api.example.org:443"]
//! private = ["10.1.0.0/16"]
//! mounts = ["notes::/data:rw"]
//! sign = ["WEBHOOK_KEY"]
//!
//! [toolkit.notes.serve]
//! web = "http://127.0.0.1:8080"
//!
//! [toolkit.notes.secrets.TOKEN]
//! origin = "https://api.example.org"
//!
//! [llm]
//! provider = "anthropic"
//! url = "https://api.anthropic.com"
//! model = "claude-haiku-4-5"
//! key = "MODEL_KEY"
//!
//! [search]
//! url = "http://10.0.0.7:8888"
//!
//! [registry]
//! library = "oci://registry.example.org/toolkits"
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use miette::{Diagnostic, SourceSpan};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml::Spanned;

use super::{
    endpoint::Endpoint,
    mount::Mount,
    private::PrivateRange,
    profile::Profile,
    program::Program,
    registry::{self, RegistryPolicy},
    secret::SecretBinding,
    servers::{LlmPolicy, SearchPolicy},
};
use crate::provenance::Did;
use crate::toolkit::{
    Destination, Invalid, Manifest, SourceText, TrustClaim, Vocabulary, Word, did_you_mean,
    printable, slug, source_text, variable,
};

/// What the operator allows. The default allows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(default, rename = "toolkit", skip_serializing_if = "BTreeMap::is_empty")]
    toolkits: BTreeMap<String, ToolkitPolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    llm: Option<LlmPolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    search: Option<SearchPolicy>,
    #[serde(
        default,
        deserialize_with = "registry::read",
        skip_serializing_if = "RegistryPolicy::is_empty"
    )]
    registry: RegistryPolicy,
    /// Toolkits that get what they declare. Never from a file: the caller knows which are its own.
    #[serde(skip)]
    declared: BTreeSet<String>,
}

/// What the operator allows one toolkit. The default allows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ToolkitPolicy {
    /// Nothing runs, whatever else is said here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
    /// What the operator takes it for, if they say. It can lower a manifest's claim, not raise it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustClaim>,
    /// The folder of the toolkit that is meant, absolute: another with the same id, which is only
    /// what its manifest says, gets nothing of this. Without it every toolkit of the id is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The publisher of the toolkit that is meant: one by another, or by nobody that was verified,
    /// gets nothing of this. Without it what is meant is nobody else's: no third party gets
    /// anything of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Did>,
    /// The profile it runs within, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Capabilities that are granted.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub grants: BTreeSet<String>,
    /// Capabilities that are withheld, even from a toolkit that gets what it declares.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub withheld: BTreeSet<String>,
    /// Where it may connect to; any public destination if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<Vec<Destination>>,
    /// Ranges of private addresses that it may dial, besides public ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub private: Vec<PrivateRange>,
    /// Tokens, in and out, that it may use of the host's model while the host runs; any number if
    /// absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub llm_tokens: Option<u64>,
    /// Folders of the host that it sees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Variables of its environment, besides the manifest's and over them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Secrets it may use, by name, each with the place it may be sent to.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretBinding>,
    /// Secrets that it may sign with, by name.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sign: BTreeSet<String>,
    /// Where it may be served, by the name of the endpoint, if it has the capability `serve`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub serve: BTreeMap<String, Endpoint>,
    /// Native programs it may run under `posix`, by the name that it calls them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub posix: BTreeMap<String, Program>,
}

/// Why a policy was refused.
#[derive(Debug, Clone, Error, Diagnostic)]
pub enum PolicyError {
    /// It is not TOML, or says what no policy says.
    #[error("the policy cannot be read: {message}")]
    #[diagnostic(
        code(workbooks::policy::syntax),
        help(
            "a table `[toolkit.ID]` has: revoked trust folder publisher profile grants withheld net private llm_tokens mounts env secrets sign serve posix; `[llm]`: provider url model models key seconds private; `[search]`: url private; `[registry]`: library, and for `[registry.host.\"HOST:PORT\"]`: private plain user secret auth"
        )
    )]
    Syntax {
        /// What is wrong.
        message: String,
        /// The policy's text, printable.
        #[source_code]
        text: SourceText,
        /// Where it is wrong, if that is known.
        #[label("here")]
        at: Option<SourceSpan>,
    },
    /// It names something that does not exist.
    #[error("the policy cannot be used: {invalid}")]
    #[diagnostic(code(workbooks::policy::value), help("{}", invalid.help))]
    Value {
        /// The name and what it may be.
        invalid: Invalid,
        /// The policy's text, printable.
        #[source_code]
        text: SourceText,
        /// Where it is.
        #[label("{}", invalid.reason)]
        at: SourceSpan,
    },
}

impl Policy {
    /// Reads a policy. Capabilities and profiles must exist: one that is misspelt would silently
    /// grant or bound nothing.
    ///
    /// # Errors
    /// [`PolicyError`] at the first thing that is wrong.
    pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Self, PolicyError> {
        let source = source_text("policy.toml", text);
        let syntax = |error: toml::de::Error| PolicyError::Syntax {
            message: printable(error.message()),
            text: source.clone(),
            at: error.span().map(SourceSpan::from),
        };
        let values: Values = toml::from_str(text).map_err(syntax)?;
        values.check(vocabulary).map_err(|(invalid, span)| PolicyError::Value {
            invalid,
            text: source.clone(),
            at: span.into(),
        })?;
        toml::from_str(text).map_err(syntax)
    }

    /// The policy as a file. Comments of the file it was read from are not kept.
    ///
    /// # Panics
    /// Never: whatever a policy can hold is TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("tables of strings, lists and booleans are TOML")
    }

    /// The model that guests ask, if there is one.
    pub fn llm(&self) -> Option<&LlmPolicy> {
        self.llm.as_ref()
    }

    /// The search engine that guests ask, if there is one.
    pub fn search(&self) -> Option<&SearchPolicy> {
        self.search.as_ref()
    }

    /// The registries that are configured.
    pub fn registry(&self) -> &RegistryPolicy {
        &self.registry
    }

    /// What is said of a toolkit, if anything is.
    pub fn toolkit(&self, id: &str) -> Option<&ToolkitPolicy> {
        self.toolkits.get(id)
    }

    /// What is said of a toolkit, to change it; begins with nothing allowed.
    pub fn toolkit_mut(&mut self, id: &str) -> &mut ToolkitPolicy {
        self.toolkits.entry(id.to_owned()).or_default()
    }

    /// Every toolkit of which something is said.
    pub fn toolkits(&self) -> impl Iterator<Item = (&str, &ToolkitPolicy)> {
        self.toolkits.iter().map(|(id, toolkit)| (id.as_str(), toolkit))
    }

    /// Grants a toolkit these capabilities, and lifts its revocation.
    pub fn grant<'c>(&mut self, id: &str, capabilities: impl IntoIterator<Item = &'c str>) {
        let toolkit = self.toolkit_mut(id);
        toolkit.revoked = false;
        for capability in capabilities {
            toolkit.withheld.remove(capability);
            toolkit.grants.insert(capability.to_owned());
        }
    }

    /// Takes these capabilities from a toolkit, or, for `None`, all it was granted and its leave
    /// to run.
    pub fn revoke(&mut self, id: &str, capabilities: Option<&[&str]>) {
        let toolkit = self.toolkit_mut(id);
        match capabilities {
            None => {
                toolkit.grants.clear();
                toolkit.revoked = true;
            }
            Some(capabilities) => {
                for &capability in capabilities {
                    toolkit.grants.remove(capability);
                    toolkit.withheld.insert(capability.to_owned());
                }
            }
        }
    }

    /// Forgets all that was said of a toolkit.
    pub fn forget(&mut self, id: &str) {
        self.toolkits.remove(id);
    }

    /// Lets a toolkit have what its manifest declares, within its profile and minus what is
    /// withheld or revoked. For toolkits of the caller's own tree; never stored.
    pub fn allow_declared(&mut self, id: &str) {
        self.declared.insert(id.to_owned());
    }

    /// What a toolkit is taken for, as far as its manifest and this policy go: the lesser of both.
    /// Where it came from can only lower it.
    pub fn trust(&self, manifest: &Manifest) -> TrustClaim {
        let said = self.toolkit(&manifest.id).and_then(|toolkit| toolkit.trust);
        manifest.trust.max(said.unwrap_or(manifest.trust))
    }

    pub(super) fn allows_declared(&self, id: &str) -> bool {
        self.declared.contains(id)
    }
}

impl ToolkitPolicy {
    /// What of it holds for a toolkit that this publisher is proved to have made; for `None`, for
    /// one of the user's own.
    #[must_use]
    pub fn of_publisher(&self, publisher: Option<&Did>) -> Self {
        if self.publisher.as_ref() == publisher { self.clone() } else { self.of_anyone() }
    }

    /// What of it holds for whoever bears the id: what is taken from it.
    #[must_use]
    pub fn of_anyone(&self) -> Self {
        let Self { revoked, trust, withheld, .. } = self;
        Self { revoked: *revoked, trust: *trust, withheld: withheld.clone(), ..Self::default() }
    }
}

/// The values of a policy that have a grammar of their own, with their places.
#[derive(Deserialize)]
struct Values {
    #[serde(default)]
    toolkit: BTreeMap<Spanned<String>, ValuesOfOne>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ValuesOfOne {
    trust: Option<Spanned<String>>,
    profile: Option<Spanned<String>>,
    grants: Vec<Spanned<String>>,
    withheld: Vec<Spanned<String>>,
    net: Vec<Spanned<String>>,
    private: Vec<Spanned<String>>,
    mounts: Vec<Spanned<String>>,
    env: BTreeMap<Spanned<String>, String>,
    secrets: BTreeMap<Spanned<String>, toml::Value>,
    sign: Vec<Spanned<String>>,
    serve: BTreeMap<Spanned<String>, toml::Value>,
    posix: BTreeMap<Spanned<String>, toml::Value>,
}

type Misplaced = (Invalid, Range<usize>);

impl Values {
    fn check(&self, vocabulary: &Vocabulary) -> Result<(), Misplaced> {
        for (id, toolkit) in &self.toolkit {
            each([id], slug)?;
            each(&toolkit.trust, TrustClaim::read)?;
            each(&toolkit.profile, known_profile)?;
            each(&toolkit.grants, |word| vocabulary.check(word))?;
            each(&toolkit.withheld, |word| vocabulary.check(word))?;
            each(&toolkit.net, str::parse::<Destination>)?;
            each(&toolkit.private, str::parse::<PrivateRange>)?;
            each(&toolkit.mounts, str::parse::<Mount>)?;
            each(toolkit.serve.keys(), slug)?;
            each(toolkit.env.keys().chain(toolkit.secrets.keys()), variable)?;
            each(&toolkit.sign, variable)?;
            each(toolkit.posix.keys(), slug)?;
        }
        Ok(())
    }
}

fn each<'v, T>(
    values: impl IntoIterator<Item = &'v Spanned<String>>,
    read: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<(), Misplaced> {
    values.into_iter().try_for_each(|value| match read(value.get_ref()) {
        Ok(_) => Ok(()),
        Err(invalid) => Err((invalid, value.span())),
    })
}

fn known_profile(name: &str) -> Result<Profile, Invalid> {
    let unknown = || Invalid::new(name, "is not a profile", did_you_mean(name, Profile::names()));
    Profile::find(name).ok_or_else(unknown)
}
