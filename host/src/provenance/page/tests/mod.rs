//! Pages that were signed, and what can be done to them.

mod attacks;
mod signing;

use super::*;

const PAGE: &str = "<!doctype html><title>t</title><body><p>hi</p>\n</body></html>\n";

fn key() -> SigningKey {
    SigningKey::of(&[7; 32])
}

fn claim() -> Claim {
    Claim {
        generator: "wbx/0".into(),
        issued_at: "2026-11-21T12:00:00Z".parse().unwrap(),
        assertions: vec![Assertion {
            kind: "c2pa.action.published".into(),
            actor: Some("</script><!-- <b>".into()),
            value: None,
        }],
    }
}

fn signed(html: &str) -> String {
    String::from_utf8(sign(html.as_bytes(), &key(), &claim()).unwrap()).unwrap()
}

/// A signed page that carries a bundle.
fn carrying() -> String {
    let page = with_bundle(PAGE.as_bytes(), b"a zip file").unwrap();
    signed(std::str::from_utf8(&page).unwrap())
}

fn is_valid(html: &str) -> bool {
    verify(html.as_bytes()).is_ok_and(|verdict| verdict.is_valid())
}

/// The block of a kind, with its tags.
fn block_of(html: &str, id: &str) -> String {
    let at = html.find(&format!("id=\"{id}\"")).unwrap();
    let start = html[..at].rfind('<').unwrap();
    let end = at + html[at..].find("</script>").unwrap() + "</script>".len();
    html[start..end].to_owned()
}
