//! Grants of third parties: who gets nothing without a proof, and whose proof is for what.

use semver::Version;

use super::*;
use crate::provenance::{
    Did, Files, SigningKey, Statement, Timestamp, TrustStore, Trusted, Verified, verify,
};
use crate::registry::Package;
use crate::toolkit::{Manifest, TrustClaim, Vocabulary};

fn manifest(lines: &str) -> Manifest {
    let vocabulary = Vocabulary::new(["vfs", "kv", "net"]);
    let text = format!("#+TOOLKIT: a\n#+VERSION: 1.0.0\n#+CAPS: kv vfs\n{lines}\n");
    Manifest::parse(text.as_bytes(), None, &vocabulary).unwrap()
}

fn did(seed: u8) -> Did {
    SigningKey::of(&[seed; 32]).did()
}

/// The proof that the key of `seed` signed this version of a toolkit.
fn proof(seed: u8, id: &str, version: &str) -> Verified {
    let (key, now) = (SigningKey::of(&[seed; 32]), Timestamp::now());
    let mut files = Files::default();
    files.insert("manifest.org", b"#+TOOLKIT: a".to_vec()).unwrap();
    let version: Version = version.parse().unwrap();
    let envelope = Some(Statement::of(&files, id, &version, &key, now).sign(&key));
    let mut trust = TrustStore::default();
    trust.add(Trusted::new(key.did(), now)).unwrap();
    verify(&Package { files, envelope }, &trust, now).unwrap()
}

fn granted(lines: &str, of: Provenance<'_>, policy: &Policy) -> Result<Vec<String>, GrantError> {
    let grant = grant(&manifest(lines), of, &Profile::named("minimal"), policy)?;
    Ok(grant.capabilities().iter().cloned().collect())
}

/// A policy that grants `kv` to whatever this publisher made.
fn policy(publisher: Option<Did>) -> Policy {
    let mut policy = Policy::default();
    policy.grant("a", ["kv"]);
    policy.toolkit_mut("a").publisher = publisher;
    policy
}

#[test]
fn a_third_party_without_a_proof_is_refused_whoever_says_that_it_is_one() {
    let refused = Err(GrantError::ThirdParty { toolkit: "a".into() });
    let mut policy = policy(None);
    assert_eq!(granted("#+TRUST: third-party", Provenance::Local, &policy), refused);
    policy.toolkit_mut("a").trust = Some(TrustClaim::FirstParty);
    assert_eq!(granted("#+TRUST: third-party", Provenance::Local, &policy), refused);
    policy.toolkit_mut("a").trust = Some(TrustClaim::ThirdParty);
    assert_eq!(granted("#+TRUST: first-party", Provenance::Local, &policy), refused);
}

#[test]
fn a_claim_makes_no_first_party_of_what_came_from_elsewhere() {
    let mut policy = policy(None);
    policy.allow_declared("a");
    let proof = proof(1, "a", "1.0.0");
    for claim in ["#+TRUST: first-party", "#+TRUST: third-party"] {
        let words = granted(claim, Provenance::Signed(&proof), &policy).unwrap();
        assert!(words.is_empty(), "{claim}: {words:?}");
    }
}

#[test]
fn a_proof_is_for_one_toolkit_one_version_and_one_author() {
    let policy = policy(Some(did(1)));
    let with = |lines: &str, proof: &Verified| granted(lines, Provenance::Signed(proof), &policy);
    for (id, version) in [("b", "1.0.0"), ("a", "1.0.1")] {
        let refused = with("", &proof(1, id, version));
        assert!(matches!(refused, Err(GrantError::NotTheSigned(_))), "{refused:?}");
    }
    let right = proof(1, "a", "1.0.0");
    let other = format!("#+AUTHOR_DID: {}", did(2));
    assert!(matches!(with(&other, &right), Err(GrantError::NotTheSigned(_))));
    assert_eq!(with(&format!("#+AUTHOR_DID: {}", did(1)), &right).unwrap(), ["kv"]);
}

#[test]
fn what_is_granted_to_one_publisher_is_granted_to_no_other() {
    let (one, other) = (proof(1, "a", "1.0.0"), proof(2, "a", "1.0.0"));
    let policy = policy(Some(did(1)));
    assert_eq!(granted("", Provenance::Signed(&one), &policy).unwrap(), ["kv"]);
    assert!(granted("", Provenance::Signed(&other), &policy).unwrap().is_empty());
    assert!(granted("", Provenance::Local, &policy).unwrap().is_empty());
}

#[test]
fn what_is_granted_to_nobodys_is_not_granted_to_a_third_party() {
    let policy = policy(None);
    assert_eq!(granted("", Provenance::Local, &policy).unwrap(), ["kv"]);
    let words = granted("", Provenance::Signed(&proof(1, "a", "1.0.0")), &policy).unwrap();
    assert!(words.is_empty());
}

#[test]
fn what_is_taken_is_taken_from_whoever_bears_the_id() {
    let mut policy = policy(Some(did(1)));
    policy.revoke("a", Some(&["kv"]));
    let (one, other) = (proof(1, "a", "1.0.0"), proof(2, "a", "1.0.0"));
    assert!(granted("", Provenance::Signed(&one), &policy).unwrap().is_empty());
    policy.revoke("a", None);
    for of in [Provenance::Local, Provenance::Signed(&one), Provenance::Signed(&other)] {
        assert!(matches!(granted("", of, &policy), Err(GrantError::Revoked { .. })));
    }
}

#[test]
fn a_publisher_is_written_and_read_back_and_one_that_is_none_is_refused() {
    let policy = policy(Some(did(1)));
    let vocabulary = Vocabulary::new(["kv"]);
    assert_eq!(Policy::parse(&policy.to_toml(), &vocabulary).unwrap(), policy);
    for bad in ["ada", "did:web:example.org", ""] {
        let text = format!("[toolkit.a]\npublisher = '{bad}'");
        assert!(matches!(Policy::parse(&text, &vocabulary), Err(PolicyError::Syntax { .. })));
    }
}
