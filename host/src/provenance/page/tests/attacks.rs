//! What can be done to a signed page by who has no key: each is refused.

use proptest::prelude::*;

use super::*;

#[test]
fn a_changed_page_does_not_verify() {
    let page = signed(PAGE);
    let changed = page.replace("hi", "ho");
    let verdict = verify(changed.as_bytes()).unwrap();
    assert!(verdict.signature && !verdict.asset_integrity);
    assert!(matches!(verdict.valid(), Err(PageError::Tampered { .. })));
    for changed in [format!("{page} "), format!(" {page}"), page.replace("</html>", "")] {
        assert!(!is_valid(&changed), "{changed}");
    }
}

#[test]
fn a_changed_manifest_does_not_verify() {
    let page = signed(PAGE);
    for (from, to) in [
        ("2026-11-21", "2026-11-22"),
        ("published", "updated"),
        ("wbx/0", "wbx/1"),
        ("\"version\":\"v1\"", "\"version\":\"v1\",\"more\":1"),
    ] {
        let changed = page.replace(from, to);
        assert_ne!(changed, page);
        assert!(!verify(changed.as_bytes()).unwrap().signature, "{from}");
    }
}

#[test]
fn a_manifest_that_is_not_as_it_is_written_is_refused() {
    let page = signed(PAGE);
    for (from, to) in [
        ("\"version\":\"v1\"", "\"version\":\"v2\""),
        ("\"version\":\"v1\"", "\"version\":\"v1\",\"version\":\"v1\""),
        ("\"version\":\"v1\"", "\"version\":\"v1\",\"n\":1.0"),
        ("\"claim_generator\"", "\"\\u0063laim_generator\":\"x\",\"claim_generator\""),
        ("\\u003c!--", "<!--"),
        ("did:key:z6M", "did:key:z6X"),
        ("\"signature\":\"", "\"signature\":\"AA"),
        ("}</script>", "}{}</script>"),
        ("}</script>", "</script>"),
    ] {
        let changed = page.replacen(from, to, 1);
        assert_ne!(changed, page, "{from}");
        let refused = verify(changed.as_bytes());
        assert!(matches!(refused, Err(PageError::Malformed { .. })), "{to}: {refused:?}");
    }
}

/// The block is not part of what is signed: what a browser would do with its tags is.
#[test]
fn tags_that_could_mean_something_are_refused() {
    let page = signed(PAGE);
    let tag = "<script type=\"application/workbooks-c2pa+json\" id=\"wb-c2pa-manifest\">";
    for other in [
        "<script src=\"x\" type=\"application/workbooks-c2pa+json\" id=\"wb-c2pa-manifest\">",
        "<script type=\"text/javascript\" id=\"wb-c2pa-manifest\">",
        "<script type=\"application/workbooks-c2pa+json\" id=\"x\">",
        "<script type=\"module\" type=\"application/workbooks-c2pa+json\" id=\"wb-c2pa-manifest\">",
        "<script type=\"application/workbooks-c2pa+json\" type=module id=\"wb-c2pa-manifest\">",
        "<script type=\"application/workbooks-c2pa+json\" id=\"wb-c2pa-manifest\" async>",
        "<script type=\"application/workbooks-c2pa+json\" id=\"wb-c2pa-manifest\"/>",
        "<script type=\"application/workbooks-c2pa+json\" id=\"wb-c2pa&#45;manifest\">",
        "<script id=\"wb-c2pa-manifest\">",
    ] {
        let changed = page.replace(tag, other);
        assert_ne!(changed, page);
        let refused = verify(changed.as_bytes());
        assert!(matches!(refused, Err(PageError::Malformed { .. })), "{other}: {refused:?}");
    }
    for other in [
        "<SCRIPT\n id=wb-c2pa-manifest\ttype='Application/Workbooks-C2PA+JSON' >",
        "<script id=\"wb-c2pa-manifest\" type=\"application/workbooks-c2pa+json\">",
    ] {
        assert!(is_valid(&page.replace(tag, other)), "{other}");
    }
}

#[test]
fn a_second_block_is_refused() {
    let (page, other) = (signed(PAGE), signed("<p>other</p>"));
    let second = block_of(&other, MANIFEST_ID);
    for changed in
        [format!("{second}{page}"), page.replace("</body>", &(second.clone() + "</body>"))]
    {
        assert!(matches!(verify(changed.as_bytes()), Err(PageError::Malformed { .. })));
    }
    // Blocks of another page are not of this one.
    let moved = page.replace(&block_of(&page, MANIFEST_ID), &second);
    assert!(!verify(moved.as_bytes()).unwrap().asset_integrity);
}

/// Elsewhere, a block would leave the hash as it is and take the page apart.
#[test]
fn a_block_that_stands_elsewhere_is_refused() {
    let html = "<!doctype html><body><p>a &amp; b</p><!-- c --></body></html>";
    let page = signed(html);
    let block = block_of(&page, MANIFEST_ID);
    let place = html.find("</body>").unwrap();
    for at in 0..=html.len() {
        let (before, after) = html.split_at(at);
        let moved = format!("{before}{block}{after}");
        assert_eq!(is_valid(&moved), at == place, "{moved}");
    }
}

#[test]
fn a_bundle_that_the_signature_does_not_bind_is_refused() {
    let page = signed(PAGE);
    let slipped = page.replace("</body>", &(bundle_block(b"evil") + "</body>"));
    let verdict = verify(slipped.as_bytes()).unwrap();
    assert_eq!(verdict.bundle, Some(false));
    assert!(verdict.signature && verdict.asset_integrity && !verdict.is_valid());

    let page = carrying();
    let block = block_of(&page, BUNDLE_ID);
    for changed in [
        page.replace(&block, &bundle_block(b"evil")),
        page.replace(&block, ""),
        page.replace(
            &block,
            &bundle_block(b"a zip file").replace("application/vnd.workbooks.bundle+zip", "module"),
        ),
        page.replace(&block, &block.replace(" id=", " onload=x id=")),
        page.replace(&block, &block.replace("id=\"wb-bundle\"", "id=\"x\"")),
        page.replace(&block, &block.replace("\">", "\">!")),
        page.replace(&block, &format!("{block}{block}")),
    ] {
        assert_ne!(changed, page);
        assert!(!is_valid(&changed), "{changed}");
    }
}

proptest! {
    #[test]
    fn no_changed_byte_changes_what_verifies(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let page = carrying();
        let mut changed = page.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] = byte;
        // White space, case and quotes of the tags are not signed, nor are they anything to a reader.
        if let Ok(verdict) = verify(&changed)
            && verdict.is_valid()
        {
            prop_assert_eq!(verdict, verify(page.as_bytes()).unwrap());
            prop_assert_eq!(bare(&changed).unwrap(), PAGE.as_bytes());
            prop_assert_eq!(bundle(&changed).unwrap().unwrap(), b"a zip file");
        }
    }
}
