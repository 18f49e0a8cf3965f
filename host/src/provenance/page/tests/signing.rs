//! What is signed verifies, ours and the original's.

use proptest::prelude::*;

use super::*;

#[test]
fn a_page_that_nobody_signed_is_unsigned() {
    for html in [
        "",
        PAGE,
        "<!-- <script type=\"application/workbooks-c2pa+json\" id=\"wb-c2pa-manifest\">{}</script> -->",
        "<textarea><script id=wb-c2pa-manifest>{}</script></textarea>",
        "<script>'<script id=wb-c2pa-manifest>{}'</script>",
    ] {
        assert_eq!(verify(html.as_bytes()), Err(PageError::Unsigned), "{html}");
    }
}

#[test]
fn a_signed_page_verifies_and_says_who_and_when() {
    let page = signed(PAGE);
    let verdict = verify(page.as_bytes()).unwrap().valid().unwrap();
    assert_eq!(verdict.issuer, key().did());
    assert_eq!(verdict.issued_at, claim().issued_at);
    assert_eq!(verdict.assertions, claim().assertions);
    assert_eq!(bare(page.as_bytes()).unwrap(), PAGE.as_bytes());
}

#[test]
fn nothing_of_a_value_ends_the_block() {
    let page = signed(PAGE);
    let block = block_of(&page, MANIFEST_ID);
    let body = &block[block.find('>').unwrap() + 1..block.len() - "</script>".len()];
    assert!(!body.contains('<'), "{body}");
}

#[test]
fn a_block_goes_before_the_end_of_the_body_that_a_browser_sees() {
    for html in [
        "<body><!-- </body> --><p>x</BODY ></html>",
        "<script>'</body>'</script><p>x</body></body>",
        "<title></body></title>x",
        "no tags",
        "",
    ] {
        let page = signed(html);
        assert!(is_valid(&page), "{page}");
        let at = page.find("<script type=\"application/workbooks").unwrap();
        assert!(page[..at].ends_with('x') || page[..at] == *html, "{page}");
    }
}

#[test]
fn signing_again_takes_the_place_of_what_was_signed() {
    let other = SigningKey::of(&[9; 32]);
    let again = sign(signed(PAGE).as_bytes(), &other, &claim()).unwrap();
    assert_eq!(again, sign(PAGE.as_bytes(), &other, &claim()).unwrap());
    assert_eq!(verify(&again).unwrap().issuer, other.did());
}

#[test]
fn a_page_into_which_nothing_can_be_put_is_not_signed() {
    for html in ["<p><!-- open", "<plaintext>", "<script>", "<textarea>", "<p title='", "<style>"] {
        assert_eq!(sign(html.as_bytes(), &key(), &claim()), Err(PageError::Unsignable), "{html}");
        assert_eq!(with_bundle(html.as_bytes(), b"zip"), Err(PageError::Unsignable), "{html}");
    }
}

#[test]
fn a_bundle_is_bound_by_the_signature() {
    let page = carrying();
    let verdict = verify(page.as_bytes()).unwrap();
    assert_eq!(verdict.bundle, Some(true));
    assert!(verdict.is_valid());
    assert_eq!(bundle(page.as_bytes()).unwrap().unwrap(), b"a zip file");
    assert_eq!(bare(page.as_bytes()).unwrap(), PAGE.as_bytes());
    assert_eq!(bundle(PAGE.as_bytes()), Ok(None));
}

/// Written by `original.py`, which knows the format and nothing of this code.
#[test]
fn a_page_that_the_original_signed_verifies() {
    for (page, bundle) in [
        (&include_bytes!("original.html")[..], None),
        (include_bytes!("original_fragment.html"), None),
        (include_bytes!("original_bundle.html"), Some(true)),
    ] {
        let verdict = verify(page).unwrap().valid().unwrap();
        assert_eq!(verdict.bundle, bundle);
        assert_eq!(verdict.generator, "workbooks-cli/0.1");
        let seed: Vec<u8> = (0..32).collect();
        assert_eq!(verdict.issuer, SigningKey::of(&seed.try_into().unwrap()).did());
        assert_eq!(verdict.assertions[1].actor.as_deref(), Some("Zoë “Ada” Łukasz"));
    }
}

/// Pages of pieces that make a tokenizer change its mind.
fn pages() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<body>"),
        Just("</body>"),
        Just("<!--"),
        Just("-->"),
        Just("<script>"),
        Just("</script>"),
        Just("<title>"),
        Just("</title>"),
        Just("<svg>"),
        Just("<![CDATA["),
        Just("]]>"),
        Just("<p id='"),
        Just("'>"),
        Just("<plaintext>"),
        Just("<"),
        Just("text "),
        Just("<script id=wb-bundle>"),
        Just("<script id=\"wb-c2pa-manifest\">"),
        Just("é\0"),
        Just("</scr"),
        Just("ipt>"),
        Just("<noscript>"),
        Just("</noscript>"),
        Just("\n"),
        Just("<script type=\"application/workbooks-c2pa+json\" id=wb-c2pa-manifest>{}</script>"),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_is_the_page_without_blocks(html in pages()) {
        if let Ok(page) = sign(html.as_bytes(), &key(), &claim()) {
            let verdict = verify(&page).unwrap();
            prop_assert!(verdict.is_valid());
            if !html.contains("wb-") {
                prop_assert_eq!(bare(&page).unwrap(), html.into_bytes());
            }
        }
    }

    #[test]
    fn no_page_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), html in pages()) {
        drop(verify(&bytes));
        drop(verify(html.as_bytes()));
        drop(with_bundle(&bytes, &bytes));
    }
}
