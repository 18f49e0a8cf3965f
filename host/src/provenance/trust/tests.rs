//! Trust stores: what is refused, and how far a key is believed.

use super::*;
use crate::provenance::SigningKey;

fn did(seed: u8) -> Did {
    SigningKey::of(&[seed; 32]).did()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-21T12:00:00Z")
}

fn store(keys: impl IntoIterator<Item = Trusted>) -> TrustStore {
    let mut store = TrustStore::default();
    keys.into_iter().for_each(|key| store.add(key).unwrap());
    store
}

fn code(refused: Result<Option<&Trusted>, TrustError>) -> String {
    refused.unwrap_err().code().unwrap().to_string()
}

#[test]
fn a_text_that_is_no_trust_store_is_refused() {
    let one = format!("[[key]]\ndid = '{}'\nadded = '2026-11-21T12:00:00Z'\n", did(1));
    assert!(TrustStore::parse(&one).is_ok());
    for bad in [
        "[key]".to_owned(),
        "[[keys]]".to_owned(),
        one.replace("did:key:z", "did:web:z"),
        one.replace("T12", "T25"),
        one.replace("added", "adde"),
        format!("{one}untill = '2026-11-21T12:00:00Z'\n"),
        format!("{one}revoked = true\n"),
        format!("{one}toolkits = 'hello'\n"),
        format!("{one}{one}"),
        format!("{one}successor = 'nobody'\n"),
        "#".repeat(MAX_BYTES + 1),
    ] {
        assert!(TrustStore::parse(&bad).is_err(), "{bad:.200}");
    }
}

#[test]
fn a_store_reads_back_as_it_is_written() {
    let mut all = store([Trusted {
        name: Some("Ada \"\u{202e}\n".to_owned()),
        until: Some(noon()),
        toolkits: Some(BTreeSet::new()),
        rotated: Some(noon()),
        successor: Some(did(2)),
        ..Trusted::new(did(1), noon())
    }]);
    all.revoke(&did(3), noon());
    assert_eq!(TrustStore::parse(&all.to_toml()).unwrap(), all);
    assert_eq!(TrustStore::default().to_toml(), "");
}

#[test]
fn nobody_is_believed_who_was_not_entered() {
    let store = store([Trusted::new(did(1), noon())]);
    assert!(store.believed(&did(1), None, noon(), noon()).is_ok());
    let refused = store.believed(&did(2), None, noon(), noon());
    assert_eq!(code(refused), "workbooks::trust::unknown_issuer");
}

#[test]
fn a_key_is_believed_until_its_time_and_not_at_it() {
    let until = Some(noon());
    let store = store([Trusted { until, ..Trusted::new(did(1), noon()) }]);
    assert!(store.believed(&did(1), None, noon(), at("2026-11-21T11:59:59Z")).is_ok());
    let refused = store.believed(&did(1), None, noon(), noon());
    assert_eq!(code(refused), "workbooks::trust::expired");
}

#[test]
fn a_key_for_some_toolkits_says_nothing_about_anything_else() {
    let toolkits = Some(BTreeSet::from(["hello".to_owned()]));
    let store = store([
        Trusted { toolkits, ..Trusted::new(did(1), noon()) },
        Trusted { toolkits: Some(BTreeSet::new()), ..Trusted::new(did(2), noon()) },
    ]);
    assert!(store.believed(&did(1), Some("hello"), noon(), noon()).is_ok());
    for (key, toolkit) in [(1, Some("hello2")), (1, None), (2, Some("hello")), (2, None)] {
        let refused = store.believed(&did(key), toolkit, noon(), noon());
        assert_eq!(code(refused), "workbooks::trust::not_for_toolkit");
    }
}

#[test]
fn a_revoked_key_stays_revoked_whatever_is_entered() {
    let mut store = store([Trusted::new(did(1), noon())]);
    store.revoke(&did(1), noon());
    store.revoke(&did(1), at("2030-01-01T00:00:00Z"));
    store.believe(&did(1));
    assert!(matches!(
        store.add(Trusted::new(did(1), noon())),
        Err(TrustError::Revoked { at, .. }) if at == noon()
    ));
    let past = at("2020-01-01T00:00:00Z");
    assert_eq!(code(store.believed(&did(1), None, past, past)), "workbooks::trust::revoked");
}

#[test]
fn a_key_can_be_revoked_before_it_is_known() {
    let mut store = TrustStore::default();
    store.revoke(&did(1), noon());
    assert!(store.add(Trusted::new(did(1), noon())).is_err());
}

#[test]
fn the_own_key_needs_no_entry_and_no_file_makes_one_own() {
    let mut store = TrustStore::default();
    store.believe(&did(1));
    assert_eq!(store.believed(&did(1), Some("t"), noon(), noon()), Ok(None));
    assert_eq!(store.to_toml(), "");
}

#[test]
fn what_a_key_issued_after_it_was_replaced_is_not_believed() {
    let store = store([Trusted {
        rotated: Some(noon()),
        successor: Some(did(2)),
        ..Trusted::new(did(1), noon())
    }]);
    let later = at("2026-11-21T12:00:01Z");
    assert!(store.believed(&did(1), None, noon(), later).is_ok());
    assert_eq!(code(store.believed(&did(1), None, later, later)), "workbooks::trust::expired");
}
