//! Packages that are not what somebody signed who is believed, and the one that is.

use std::collections::BTreeSet;

use proptest::prelude::*;
use semver::Version;

use super::*;
use crate::provenance::{Envelope, Files, SigningKey, Trusted};
use crate::toolkit::Vocabulary;

const MANIFEST_TEXT: &str = "#+TOOLKIT: hello\n#+VERSION: 1.2.3\n";

fn key(seed: u8) -> SigningKey {
    SigningKey::of(&[seed; 32])
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn files() -> Files {
    let mut files = Files::default();
    for (path, bytes) in [
        ("artifact.wasm", &b"\0asm\x0d\0\x01\0"[..]),
        ("manifest.org", MANIFEST_TEXT.as_bytes()),
        ("skills/greet.org", b"#+TITLE: Greet"),
        ("src/main.c", b"int main(void) { return 0; }"),
    ] {
        files.insert(path, bytes.to_vec()).unwrap();
    }
    files
}

fn statement(files: &Files, key: &SigningKey) -> Statement {
    Statement::of(files, "hello", &Version::new(1, 2, 3), key, now())
}

/// `hello` 1.2.3 by the key 1.
fn package() -> Package {
    let files = files();
    let envelope = Some(statement(&files, &key(1)).sign(&key(1)));
    Package { files, envelope }
}

fn trusting(key: Trusted) -> TrustStore {
    let mut trust = TrustStore::default();
    trust.add(key).unwrap();
    trust
}

/// Trusts the key 1.
fn trust() -> TrustStore {
    trusting(Trusted::new(key(1).did(), now()))
}

fn code_of(error: &TrustError) -> String {
    use miette::Diagnostic as _;
    error.code().unwrap().to_string()
}

fn refusal(package: &Package, trust: &TrustStore) -> String {
    code_of(&verify(package, trust, now()).unwrap_err())
}

fn with(change: impl FnOnce(&mut Envelope)) -> Package {
    let mut package = package();
    change(package.envelope.as_mut().unwrap());
    package
}

/// The package with another text signed by the key 1, as the type `payload_type`.
fn resigned(payload_type: &str, change: impl FnOnce(String) -> String) -> Package {
    with(|envelope| {
        let text = change(String::from_utf8(envelope.payload.clone()).unwrap());
        *envelope = Envelope::sign(payload_type, text.into_bytes(), &key(1));
    })
}

const IN_TOTO: &str = "application/vnd.in-toto+json";

#[test]
fn what_nobody_signed_is_refused() {
    let package = Package { envelope: None, ..package() };
    assert_eq!(refusal(&package, &trust()), "workbooks::trust::unsigned");
    let stripped = with(|envelope| envelope.signatures.clear());
    assert_eq!(refusal(&stripped, &trust()), "workbooks::trust::tampered");
}

#[test]
fn a_signature_of_anyone_but_the_publisher_is_none() {
    let files = files();
    // The trusted key is named, another signs.
    let named = statement(&files, &key(1)).sign(&key(2));
    let mut posing = named.clone();
    posing.signatures[0].keyid = key(1).did().to_string();
    let mut trust = trust();
    trust.add(Trusted::new(key(2).did(), now())).unwrap();
    for envelope in [named, posing] {
        let package = Package { files: files.clone(), envelope: Some(envelope) };
        assert_eq!(refusal(&package, &trust), "workbooks::trust::tampered");
    }
}

#[test]
fn a_key_that_only_looks_like_the_publishers_is_another() {
    let did = key(1).did().to_string();
    for keyid in [
        String::new(),
        did.to_uppercase(),
        format!(" {did}"),
        format!("{did}#{}", key(1).did().multibase()),
        did.replacen('6', "\u{0431}", 1),
        format!("{did}\0"),
        key(1).did().multibase(),
    ] {
        let package = with(|envelope| envelope.signatures[0].keyid = keyid.clone());
        assert_eq!(refusal(&package, &trust()), "workbooks::trust::tampered", "{keyid:?}");
    }
}

#[test]
fn among_several_signatures_the_publishers_alone_counts() {
    let stranger = |envelope: &Envelope| {
        Envelope::sign(&envelope.payload_type, envelope.payload.clone(), &key(9)).signatures
    };
    let both = with(|envelope| envelope.signatures.splice(..0, stranger(envelope)).for_each(drop));
    assert!(verify(&both, &trust(), now()).is_ok());
    let only_the_stranger = with(|envelope| envelope.signatures = stranger(envelope));
    assert_eq!(refusal(&only_the_stranger, &trust()), "workbooks::trust::tampered");
    let strangers_trusted = trusting(Trusted::new(key(9).did(), now()));
    assert_eq!(refusal(&both, &strangers_trusted), "workbooks::trust::unknown_issuer");
}

#[test]
fn the_second_form_of_a_signature_does_not_hold() {
    // s + L, where L is the order of the group (RFC 8032 §5.1): the same number modulo L.
    const ORDER: [u8; 16] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14,
    ];
    let package = with(|envelope| {
        let s = &mut envelope.signatures[0].bytes[32..];
        let (low, high) = s.split_at_mut(16);
        let (sum, carry) = u128::from_le_bytes(low.try_into().unwrap())
            .overflowing_add(u128::from_le_bytes(ORDER));
        let top = u128::from_le_bytes(high.try_into().unwrap()) + (1 << 124) + u128::from(carry);
        low.copy_from_slice(&sum.to_le_bytes());
        high.copy_from_slice(&top.to_le_bytes());
    });
    assert_eq!(refusal(&package, &trust()), "workbooks::trust::tampered");
}

#[test]
fn a_publisher_whose_key_has_small_order_is_none() {
    // Two of the eight points of small order: y = 0, which has order 4, and the identity.
    let mut identity = [0; 32];
    identity[0] = 1;
    for weak in [[0; 32], identity] {
        let prefixed = [&[0xed, 0x01][..], &weak].concat();
        let did = format!("did:key:z{}", bs58::encode(prefixed).into_string());
        let package = resigned(IN_TOTO, |text| text.replace(&key(1).did().to_string(), &did));
        assert_eq!(refusal(&package, &trust()), "workbooks::provenance::statement");
    }
}

#[test]
fn another_kind_of_statement_is_not_taken_for_one_about_a_toolkit() {
    for package in [
        resigned("application/json", |text| text),
        resigned(IN_TOTO, |text| text.replace("toolkit:v1", "key-rotation:v1")),
        resigned(IN_TOTO, |text| text.replace("Statement/v1", "Statement/v0.1")),
        resigned(IN_TOTO, |text| format!("[{text}]")),
    ] {
        assert_eq!(refusal(&package, &trust()), "workbooks::provenance::statement");
    }
    let retyped = with(|envelope| envelope.payload_type = "application/json".to_owned());
    assert_eq!(refusal(&retyped, &trust()), "workbooks::provenance::statement");
}

#[test]
fn what_a_statement_says_twice_is_refused() {
    let first = format!("{{\"_type\":\"x\",\"{}", "_type");
    for package in [
        resigned(IN_TOTO, |text| text.replacen("{\"_type", &first, 1)),
        resigned(IN_TOTO, |text| {
            text.replace("\"version\":", "\"version\":\"9.0.0\",\"version\":")
        }),
        resigned(IN_TOTO, |text| text.replace("skills/greet.org", "manifest.org")),
    ] {
        assert_eq!(refusal(&package, &trust()), "workbooks::provenance::statement");
    }
}

#[test]
fn every_difference_is_told() {
    let mut package = package();
    package.files.remove("skills/greet.org");
    package.files.remove("src/main.c");
    package.files.insert("src/other.c", b"int main(void) { return 1; }".to_vec()).unwrap();
    let refused = verify(&package, &trust(), now()).unwrap_err();
    assert_eq!(code_of(&refused), "workbooks::trust::tampered");
    let TrustError::Tampered { differences, .. } = refused else { panic!("{refused}") };
    assert_eq!(
        differences,
        [
            Difference::Missing("skills/greet.org".into()),
            Difference::Missing("src/main.c".into()),
            Difference::Added("src/other.c".into()),
        ]
    );
}

#[test]
fn files_without_a_manifest_are_no_toolkit_though_all_are_signed() {
    let mut files = Files::default();
    files.insert("artifact.wasm", b"\0asm".to_vec()).unwrap();
    let envelope = Some(statement(&files, &key(1)).sign(&key(1)));
    let package = Package { files, envelope };
    assert_eq!(refusal(&package, &trust()), "workbooks::trust::tampered");
}

#[test]
fn a_key_that_is_unknown_expired_revoked_or_for_another_toolkit_is_not_believed() {
    let did = || key(1).did();
    let mut revoked = trust();
    revoked.revoke(&did(), now());
    let others = Some(BTreeSet::from(["other".to_owned()]));
    for (trust, code) in [
        (TrustStore::default(), "unknown_issuer"),
        (trusting(Trusted::new(key(2).did(), now())), "unknown_issuer"),
        (trusting(Trusted { until: Some(now()), ..Trusted::new(did(), now()) }), "expired"),
        (revoked, "revoked"),
        (trusting(Trusted { toolkits: others, ..Trusted::new(did(), now()) }), "not_for_toolkit"),
    ] {
        assert_eq!(refusal(&package(), &trust), format!("workbooks::trust::{code}"));
    }
}

#[test]
fn whoever_is_not_trusted_hears_of_tampering_first() {
    let mut package = package();
    package.files.remove("src/main.c");
    assert_eq!(refusal(&package, &TrustStore::default()), "workbooks::trust::tampered");
    assert_eq!(inspect(&self::package()).unwrap().publisher, key(1).did());
}

#[test]
fn a_statement_about_another_toolkit_version_or_author_does_not_cover_the_manifest() {
    let verified = verify(&package(), &trust(), now()).unwrap();
    let check = |text: &str| {
        let vocabulary = Vocabulary::new(["kv"]);
        verified.check(&Manifest::parse(text.as_bytes(), None, &vocabulary).unwrap())
    };
    assert_eq!(check(MANIFEST_TEXT), Ok(()));
    assert_eq!(check(&format!("{MANIFEST_TEXT}#+AUTHOR_DID: {}\n", key(1).did())), Ok(()));
    for text in [
        MANIFEST_TEXT.replace("hello", "hallo"),
        MANIFEST_TEXT.replace("1.2.3", "1.2.4"),
        MANIFEST_TEXT.replace("1.2.3", "1.2.3+1"),
        MANIFEST_TEXT.replace("#+VERSION: 1.2.3\n", ""),
        format!("{MANIFEST_TEXT}#+AUTHOR_DID: {}\n", key(2).did()),
        format!("{MANIFEST_TEXT}#+AUTHOR_DID: did:web:example.org\n"),
    ] {
        assert_eq!(code_of(&check(&text).unwrap_err()), "workbooks::trust::not_for_toolkit");
    }
}

#[test]
fn what_is_verified_says_who_signed_what() {
    let named = Trusted { name: Some("Ada".to_owned()), ..Trusted::new(key(1).did(), now()) };
    let verified = verify(&package(), &trusting(named), now()).unwrap();
    assert_eq!((verified.publisher(), verified.name()), (&key(1).did(), Some("Ada")));
    assert_eq!(*verified.tree(), verified.statement().tree());
    assert_eq!(verified.statement().toolkit, "hello");
}

proptest! {
    #[test]
    fn no_bit_of_an_envelope_can_be_another(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let package = package();
        let mut text = package.envelope.unwrap().to_json().into_bytes();
        let at = at.index(text.len());
        text[at] ^= 1 << bit;
        let Ok(envelope) = Envelope::parse(&text) else { return Ok(()) };
        let changed = Package { envelope: Some(envelope), ..package };
        prop_assert!(verify(&changed, &trust(), now()).is_err());
    }

    #[test]
    fn no_byte_of_a_file_can_be_another(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        xor in 1..=u8::MAX,
    ) {
        let package = package();
        let paths: Vec<_> = package.files.iter().map(|(path, _)| path.to_owned()).collect();
        let changed = &paths[file.index(paths.len())];
        let mut files = Files::default();
        for (path, bytes) in &package.files {
            let mut bytes = bytes.to_vec();
            if path == changed {
                let at = at.index(bytes.len());
                bytes[at] ^= xor;
            }
            files.insert(path, bytes).unwrap();
        }
        let changed = Package { files, ..package };
        prop_assert!(verify(&changed, &trust(), now()).is_err());
    }
}
