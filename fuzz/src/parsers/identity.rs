//! Who says what: envelopes, statements, keys, sites, and signed pages.

use workbooks_host::provenance::page::{self, verify};
use workbooks_host::provenance::{
    Did, DidWeb, Envelope, KeyStatement, SigningKey, Statement, TrustStore, Trusted,
};

use super::accepted;
use super::archive::{bundles, key, now, package};

pub(super) fn envelopes() -> Vec<Vec<u8>> {
    let mut envelope = package().envelope.expect("it is signed");
    let one = envelope.to_json().into_bytes();
    envelope.countersign(&SigningKey::of(&[8; 32]));
    vec![one, envelope.to_json().into_bytes()]
}

pub(super) fn envelope(bytes: &[u8]) -> bool {
    let Some(envelope) = accepted(Envelope::parse(bytes)) else { return false };
    assert_eq!(Envelope::parse(envelope.to_json().as_bytes()).as_ref(), Ok(&envelope));
    accepted(Statement::of_envelope(&envelope)).is_some()
}

pub(super) fn statements() -> Vec<Vec<u8>> {
    vec![package().envelope.expect("it is signed").payload]
}

/// Bytes that a key did sign, as what they are.
pub(super) fn statement(bytes: &[u8]) -> bool {
    let envelope = Envelope::sign("application/vnd.in-toto+json", bytes.to_vec(), &key());
    let said = accepted(KeyStatement::of_envelope(&envelope)).is_some();
    let Some(statement) = accepted(Statement::of_envelope(&envelope)) else { return said };
    assert_eq!(Statement::of_envelope(&statement.sign(&key())), Ok(statement));
    assert!(!said, "it is about a toolkit and about a key");
    true
}

pub(super) fn key_statements() -> Vec<Vec<u8>> {
    let rotated = KeyStatement::rotate(&key(), &SigningKey::of(&[8; 32]), now()).to_json();
    let revoked = KeyStatement::revoke(&key(), now()).to_json();
    vec![(rotated + &revoked).into_bytes()]
}

pub(super) fn key_statement(bytes: &[u8]) -> bool {
    let mut store = TrustStore::default();
    store.believe(&key().did());
    let all = accepted(KeyStatement::read(bytes));
    all.is_some_and(|all| all.iter().all(|said| accepted(store.apply(said, now())).is_some()))
}

pub(super) fn dids() -> Vec<Vec<u8>> {
    let own = key().did().to_string();
    vec![own.into_bytes(), b"did:web:example.org%3A8443:users:ada".to_vec()]
}

pub(super) fn did(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let key = text.parse::<Did>();
    assert!(key.as_ref().map_or(true, |did| did.to_string() == text), "a key has one name");
    let Some(site) = accepted(text.parse::<DidWeb>()) else { return key.is_ok() };
    assert_eq!(site.to_string().parse(), Ok(site));
    true
}

fn site() -> DidWeb {
    "did:web:example.org".parse().expect("a site")
}

pub(super) fn did_webs() -> Vec<Vec<u8>> {
    vec![site().document(&key().did()).to_string().into_bytes()]
}

pub(super) fn did_web(bytes: &[u8]) -> bool {
    accepted(site().keys(bytes)).is_some()
}

pub(super) fn trust_stores() -> Vec<Vec<u8>> {
    let mut store = TrustStore::default();
    let toolkits = Some(["echo".to_owned()].into());
    let entry =
        Trusted { name: Some("Ada".to_owned()), toolkits, ..Trusted::new(key().did(), now()) };
    store.add(entry).expect("it is new");
    store.revoke(&SigningKey::of(&[8; 32]).did(), now());
    vec![store.to_toml().into_bytes()]
}

pub(super) fn trust_store(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Some(store) = accepted(TrustStore::parse(text)) else { return false };
    assert_eq!(TrustStore::parse(&store.to_toml()).expect("it was written"), store);
    true
}

pub(super) fn pages() -> Vec<Vec<u8>> {
    let signed = bundles().pop().expect("the last is a page");
    let plain = b"<!doctype html><title>x</title><body><!-- c --><script>a</script><p>x".to_vec();
    vec![signed, plain]
}

pub(super) fn page(bytes: &[u8]) -> bool {
    accepted(page::bundle(bytes));
    if let Ok(bare) = page::bare(bytes) {
        assert_eq!(page::bare(&bare).as_ref(), Ok(&bare), "nothing is left to take out");
    }
    accepted(verify(bytes)).is_some()
}

const OPEN: &str = "<script type=\"application/workbooks-c2pa+json\" id=\"wb-c2pa-manifest\">";

/// What stands in the block of a signed page: canonical JSON.
pub(super) fn blocks() -> Vec<Vec<u8>> {
    let signed = String::from_utf8(pages().swap_remove(0)).expect("it is text");
    let block = signed.split_once(OPEN).and_then(|(_, rest)| rest.split_once("</script>"));
    vec![block.expect("a page that is signed has a block").0.as_bytes().to_vec()]
}

/// In a page that is another than the one that was signed.
pub(super) fn block(bytes: &[u8]) -> bool {
    let page = [b"<body>\n", OPEN.as_bytes(), bytes, b"</script>\n</body>\n"].concat();
    accepted(verify(&page)).is_some()
}
