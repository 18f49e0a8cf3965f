//! Where a page leads: absolute addresses of the web, and nothing else.

use std::collections::HashSet;

use url::Url;

use super::tag::Tag;
use super::tape::{ADDRESS, Step, Tape};

/// Links of one page; further ones are left out, so that a page of nothing but links stays small.
const MOST: usize = 1_000;

/// What `address` means on a page at `base`, if it is on the web.
pub(super) fn absolute(base: &Url, address: &str) -> Option<Url> {
    if address.is_empty() {
        return None;
    }
    let url = base.join(address).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    (web && url.as_str().len() <= ADDRESS).then_some(url)
}

/// The first thousand links of a page, each once, without fragments, in the page's order.
pub(super) fn all(tape: &Tape, base: &Url) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut links = Vec::new();
    for step in &tape.steps {
        let Step::Open { tag: Tag::Anchor, with: Some(with), .. } = step else { continue };
        let Some(mut url) = absolute(base, &with.address) else { continue };
        url.set_fragment(None);
        let link = String::from(url);
        if !with.hidden && seen.insert(link.clone()) {
            links.push(link);
            if links.len() == MOST {
                break;
            }
        }
    }
    links
}
