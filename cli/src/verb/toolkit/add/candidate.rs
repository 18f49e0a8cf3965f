//! What came, once it is proved to be what a believed publisher signed.

use std::collections::BTreeSet;

use miette::Report;
use semver::{BuildMetadata, Version};
use workbooks_host::Manifest;
use workbooks_host::provenance::{
    Did, Digest, Files, Statement, Timestamp, TrustError, TrustStore, Trusted, Verified, inspect,
    verify,
};
use workbooks_host::registry::{ARTIFACT, Lock, MANIFEST, Package};

use super::error::AddError;
use super::fit::misfits;
use super::lookalike::alike;
use super::offer::{Offer, Standing};
use super::replace::{self, Known};
use crate::engine::catalog::vocabulary;
use crate::engine::identity;
use crate::engine::registries::Came;
use crate::engine::workbook::Workbook;
use crate::project;
use crate::session::Session;

/// How far somebody goes who takes it in.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::verb::toolkit) struct Belief {
    /// A publisher that is not known is believed from now on.
    pub(in crate::verb::toolkit) first_use: bool,
    /// What nobody signed is signed here.
    pub(in crate::verb::toolkit) vouch: bool,
}

/// A package that is what its publisher signed.
pub(in crate::verb::toolkit) struct Candidate {
    /// The files and the signature: those that were verified.
    pub(in crate::verb::toolkit) package: Package,
    /// The proof.
    pub(in crate::verb::toolkit) verified: Verified,
    /// The manifest among the files.
    pub(in crate::verb::toolkit) manifest: Manifest,
    /// Where it came from.
    pub(in crate::verb::toolkit) from: Came,
    /// Whom this installation believes, with whom it is to believe from now on.
    trust: TrustStore,
    /// Who is to be believed from now on.
    pub(in crate::verb::toolkit) first_use: Option<Trusted>,
    standing: Standing,
}

impl Candidate {
    /// Verifies what came, and reads its manifest only then.
    pub(in crate::verb::toolkit) fn of(
        session: &Session,
        mut from: Came,
        belief: Belief,
    ) -> Result<Self, Report> {
        let mut package = std::mem::take(&mut from.package);
        let now = Timestamp::now();
        let mut trust = identity::trust(session)?;
        let mut vouched = false;
        if package.envelope.is_none() {
            if !belief.vouch {
                return Err(AddError::Unsigned { origin: from.source }.into());
            }
            vouch(session, &mut package, &from)?;
            trust = identity::trust(session)?;
            vouched = true;
        }
        let mut first_use = None;
        let verified = match verify(&package, &trust, now) {
            Err(unknown @ (TrustError::UnknownIssuer { .. } | TrustError::NotAbout { .. })) => {
                let statement = inspect(&package)?;
                let did = statement.publisher.clone();
                if !belief.first_use {
                    let id = statement.toolkit;
                    return Err(match unknown {
                        TrustError::NotAbout { .. } => unknown.into(),
                        _ => AddError::UnknownPublisher { id, did: did.into() }.into(),
                    });
                }
                let key = believed(&trust, &statement, now);
                trust.add(key.clone())?;
                first_use = Some(key);
                verify(&package, &trust, now)?
            }
            verified => verified?,
        };
        let text = package.files.get(MANIFEST).unwrap_or_default();
        let manifest = Manifest::parse(text, None, &vocabulary())?;
        verified.check(&manifest)?;
        from.check(&manifest.id, &verified.statement().version)?;
        let standing = match trust.find(verified.publisher()) {
            _ if vouched => Standing::Vouched,
            _ if first_use.is_some() => Standing::FirstUse,
            Some(key) => Standing::Believed { name: key.name.clone(), since: day(key.added) },
            None => Standing::Own,
        };
        Ok(Self { package, verified, manifest, from, trust, first_use, standing })
    }

    /// Its id.
    pub(in crate::verb::toolkit) fn id(&self) -> &str {
        &self.manifest.id
    }

    /// Its version.
    pub(in crate::verb::toolkit) fn version(&self) -> &Version {
        &self.verified.statement().version
    }

    /// Who signed it.
    pub(in crate::verb::toolkit) fn publisher(&self) -> &Did {
        self.verified.publisher()
    }

    /// Whether its publisher is the one that something was consented to for, or whom that one handed
    /// over to.
    pub(super) fn follows(&self, consented: Option<&Did>) -> bool {
        consented.is_some_and(|did| replace::handed_over(did, self.publisher(), &self.trust))
    }

    /// Refuses what may not stand beside or in the place of what is here. With `back`, somebody
    /// named an older version themselves.
    pub(in crate::verb::toolkit) fn check(
        &self,
        session: &Session,
        added: &Lock,
        back: bool,
    ) -> Result<(), AddError> {
        let id = self.id();
        if let Some(root) = project::root(session)
            && project::ids(&root).iter().any(|own| own == id)
        {
            let folder = root.join(id).display().to_string();
            return Err(AddError::Own { id: id.to_owned(), folder });
        }
        let Some(entry) = added.find(id) else { return Ok(()) };
        // Who vouches again means the bytes that are here now.
        if self.standing == Standing::Vouched && entry.publisher == *self.publisher() {
            return Ok(());
        }
        let here = Known {
            version: entry.version.clone(),
            tree: entry.tree,
            publisher: entry.publisher.clone(),
        };
        let new = Known {
            version: self.version().clone(),
            tree: *self.verified.tree(),
            publisher: self.publisher().clone(),
        };
        replace::check(id, &here, &new, &self.trust, back)
    }

    /// What somebody is asked, where a yes grants `grants`.
    pub(in crate::verb::toolkit) fn offer(
        &self,
        session: &Session,
        workbook: &Workbook,
        added: &Lock,
        grants: BTreeSet<String>,
    ) -> Result<Offer<'_>, Report> {
        let entry = added.find(self.id());
        let policy = workbook.policy(session)?;
        let had = policy.toolkit(self.id()).map(|toolkit| toolkit.grants.clone());
        let statement = self.verified.statement();
        let artifact = self.package.files.get(ARTIFACT);
        let own = project::root(session).map(|root| project::ids(&root)).unwrap_or_default();
        let known =
            own.iter().map(String::as_str).chain(added.entries().map(|entry| entry.id.as_str()));
        let alike = alike(self.id(), known).into_iter().map(|(id, how)| (id.to_owned(), how));
        Ok(Offer {
            manifest: &self.manifest,
            version: statement.version.to_string(),
            before: entry.map(|entry| entry.version.to_string()),
            source: match &self.from.registry {
                Some(registry) => format!("{}, of {registry}", self.from.source),
                None => self.from.source.clone(),
            },
            publisher: self.publisher().clone(),
            standing: self.standing.clone(),
            issued: statement.issued.to_string(),
            tree: *self.verified.tree(),
            files: self.package.files.len(),
            bytes: self.package.files.bytes(),
            artifact: artifact.map(<[u8]>::len),
            had: had.unwrap_or_default(),
            grants,
            misfits: misfits(&self.manifest, artifact),
            alike: alike.collect(),
        })
    }
}

/// The publisher of a statement, believed about its toolkit from now on and about what it was.
fn believed(trust: &TrustStore, statement: &Statement, now: Timestamp) -> Trusted {
    let did = &statement.publisher;
    let mut key = trust.find(did).cloned().unwrap_or_else(|| Trusted {
        toolkits: Some(BTreeSet::new()),
        ..Trusted::new(did.clone(), now)
    });
    if let Some(toolkits) = &mut key.toolkits {
        toolkits.insert(statement.toolkit.clone());
    }
    key
}

/// Signs what nobody signed, with the key of this installation: a toolkit as it is, a component
/// with a manifest that says no more than its name and what it imports.
fn vouch(session: &Session, package: &mut Package, from: &Came) -> Result<(), Report> {
    let refuse = |why: &str| AddError::NotVouchable { why: why.to_owned() };
    if package.files.get(MANIFEST).is_none() {
        let wasm = package
            .files
            .get(ARTIFACT)
            .ok_or_else(|| refuse("it has no manifest and no component"))?;
        let id = from.id.as_deref().filter(|id| project::is_id(id));
        let id = id.ok_or_else(|| refuse("nothing in its name can be a toolkit's id"))?;
        let version = from.version.clone().unwrap_or_else(|| Version {
            // Not known: 0.0.0, with what tells it from others.
            build: BuildMetadata::new(&Digest::of(wasm).short()).unwrap_or(BuildMetadata::EMPTY),
            ..Version::new(0, 0, 0)
        });
        let manifest = crate::engine::embedded::manifest_of(wasm, id, &version.to_string())?;
        let mut files = Files::default();
        files.insert(ARTIFACT, wasm.to_vec())?;
        files.insert(MANIFEST, manifest.into_bytes())?;
        package.files = files;
    }
    let text = package.files.get(MANIFEST).unwrap_or_default();
    let manifest = Manifest::parse(text, None, &vocabulary())?;
    let version =
        manifest.version.as_ref().ok_or_else(|| refuse("its manifest has no `#+VERSION:`"))?;
    let key = identity::key(session)?;
    let statement = Statement::of(&package.files, &manifest.id, version, &key, Timestamp::now());
    package.envelope = Some(statement.sign(&key));
    Ok(())
}

/// The day of a time, as `2026-11-21`.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}
