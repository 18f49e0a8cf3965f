//! What keys say about themselves: who must have signed it, and what is heard.

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::of(&[seed; 32])
}

fn noon() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn rotation(from: u8, to: u8) -> Envelope {
    KeyStatement::rotate(&key(from), &key(to), noon())
}

fn read(envelope: &Envelope) -> Result<KeyStatement, KeyStatementError> {
    KeyStatement::of_envelope(envelope)
}

fn trusting(seed: u8) -> TrustStore {
    let mut store = TrustStore::default();
    store.add(Trusted::new(key(seed).did(), noon())).unwrap();
    store
}

fn apply(store: &mut TrustStore, envelope: &Envelope) -> Result<bool, KeyStatementError> {
    store.apply(&read(envelope).unwrap(), noon())
}

fn code(error: &KeyStatementError) -> String {
    error.code().unwrap().to_string()
}

/// The envelope with another text in it, signed by the same keys.
fn resigned(envelope: &Envelope, keys: &[u8], from: &str, to: &str) -> Envelope {
    let text = String::from_utf8(envelope.payload.clone()).unwrap().replace(from, to);
    let mut signed = Envelope::sign(PAYLOAD, text.into_bytes(), &key(keys[0]));
    keys[1..].iter().for_each(|&seed| signed.countersign(&key(seed)));
    signed
}

#[test]
fn what_no_key_says_about_itself_is_refused() {
    let (one, two) = (key(1).did().to_string(), key(2).did().to_string());
    let good = rotation(1, 2);
    let mut only_the_old = good.clone();
    only_the_old.signatures.truncate(1);
    let mut only_the_new = good.clone();
    only_the_new.signatures.remove(0);
    let retyped = Envelope { payload_type: "application/json".to_owned(), ..good.clone() };
    for bad in [
        only_the_old,
        only_the_new,
        retyped,
        resigned(&good, &[1, 2], "key-rotation", "key-revocation"),
        resigned(&good, &[1, 2], "key-rotation", "toolkit"),
        resigned(&good, &[1, 2], "Statement/v1", "Statement/v2"),
        resigned(&good, &[1, 2], "\"subject\":[{", "\"subject\":[],\"other\":[{"),
        resigned(&good, &[1, 2], &format!("\"key\":\"{one}\""), &format!("\"key\":\"{two}\"")),
        resigned(&good, &[1, 2], &format!("\"name\":\"{two}\""), &format!("\"name\":\"{one}\"")),
        resigned(&good, &[1, 2], "\"key\":", "\"key\":\"\",\"key\":"),
        resigned(&KeyStatement::revoke(&key(1), noon()), &[2], "", ""),
        KeyStatement::rotate(&key(1), &key(1), noon()),
    ] {
        assert_eq!(
            code(&read(&bad).unwrap_err()),
            "workbooks::trust::key_statement",
            "{}",
            String::from_utf8_lossy(&bad.payload)
        );
    }
}

#[test]
fn a_key_that_is_not_believed_has_no_say_about_who_follows_it() {
    let unknown = apply(&mut trusting(3), &rotation(1, 2)).unwrap_err();
    assert_eq!(code(&unknown), "workbooks::trust::unknown_issuer");
    let mut revoked = trusting(1);
    revoked.revoke(&key(1).did(), noon());
    let before = revoked.clone();
    let refused = apply(&mut revoked, &rotation(1, 2)).unwrap_err();
    assert_eq!(code(&refused), "workbooks::trust::revoked");
    assert_eq!(revoked, before);
    let mut expired = TrustStore::default();
    let until = Some(noon());
    expired.add(Trusted { until, ..Trusted::new(key(1).did(), noon()) }).unwrap();
    let refused = apply(&mut expired, &rotation(1, 2)).unwrap_err();
    assert_eq!(code(&refused), "workbooks::trust::expired");
}

#[test]
fn an_older_rotation_does_not_undo_a_revocation() {
    let mut store = trusting(1);
    assert_eq!(apply(&mut store, &rotation(1, 2)), Ok(true));
    assert_eq!(apply(&mut store, &KeyStatement::revoke(&key(2), noon())), Ok(true));
    assert_eq!(apply(&mut store, &rotation(1, 2)), Ok(false));
    assert!(store.believed(&key(2).did(), None, noon(), noon()).is_err());
    // And where the rotation comes after the revocation for the first time.
    let mut store = trusting(1);
    store.revoke(&key(2).did(), noon());
    let refused = apply(&mut store, &rotation(1, 2)).unwrap_err();
    assert_eq!(code(&refused), "workbooks::trust::revoked");
    assert_eq!(store.find(&key(1).did()).unwrap().successor, None);
}

#[test]
fn a_key_has_one_successor() {
    let mut store = trusting(1);
    apply(&mut store, &rotation(1, 2)).unwrap();
    let refused = apply(&mut store, &rotation(1, 3)).unwrap_err();
    assert!(matches!(refused, KeyStatementError::Other { .. }), "{refused}");
    assert!(store.find(&key(3).did()).is_none());
}

#[test]
fn a_successor_is_believed_exactly_as_far_as_the_old_key() {
    let mut store = TrustStore::default();
    let until = "2027-01-01T00:00:00Z".parse().ok();
    let limited = Trusted {
        name: Some("Ada".to_owned()),
        until,
        toolkits: Some(["hello".to_owned()].into()),
        ..Trusted::new(key(1).did(), noon())
    };
    store.add(limited.clone()).unwrap();
    apply(&mut store, &rotation(1, 2)).unwrap();
    assert_eq!(store.find(&key(2).did()), Some(&Trusted { did: key(2).did(), ..limited.clone() }));
    let old = Trusted { rotated: Some(noon()), successor: Some(key(2).did()), ..limited };
    assert_eq!(store.find(&key(1).did()), Some(&old));
    assert!(store.believed(&key(1).did(), Some("hello"), noon(), noon()).is_ok());
}

#[test]
fn what_the_user_said_about_a_successor_before_stays() {
    let mut store = trusting(1);
    let narrow = Trusted { toolkits: Some([].into()), ..Trusted::new(key(2).did(), noon()) };
    store.add(narrow.clone()).unwrap();
    assert_eq!(apply(&mut store, &rotation(1, 2)), Ok(true));
    assert_eq!(store.find(&key(2).did()), Some(&narrow));
}

#[test]
fn a_file_of_statements_is_a_chain() {
    let lines = [rotation(1, 2), rotation(2, 3), KeyStatement::revoke(&key(2), noon())];
    let text: String = lines.iter().map(Envelope::to_json).collect();
    let chain = KeyStatement::read(text.as_bytes()).unwrap();
    let mut store = trusting(1);
    for said in &chain {
        assert_eq!(store.apply(said, noon()), Ok(true));
    }
    for (seed, believed) in [(1, true), (2, false), (3, true)] {
        let found = store.believed(&key(seed).did(), None, noon(), noon());
        assert_eq!(found.is_ok(), believed, "{seed}");
    }
    assert!(KeyStatement::read(text.repeat(100).as_bytes()).is_err());
    assert!(KeyStatement::read(format!("{text}{{}}\n").as_bytes()).is_err());
}

#[test]
fn the_own_key_hands_over_without_an_entry() {
    let mut store = TrustStore::default();
    store.believe(&key(1).did());
    assert_eq!(apply(&mut store, &rotation(1, 2)), Ok(true));
    assert!(store.believed(&key(2).did(), None, noon(), noon()).is_ok());
}
