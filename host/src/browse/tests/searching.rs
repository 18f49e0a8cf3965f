//! Searches: refusals first.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::json;
use wasmtime::component::ResourceTable;
use workbooks_bindings::engine::browse::Host as _;

use crate::admission::Caller;
use crate::browse::{Hit, SearXng, SearchProvider, Searching};
use crate::capabilities::Browse;
use crate::capability::{Call, Refusal};
use crate::egress::doubles::{Dns, Web, egress, stranger, text};
use crate::policy::Policy;
use crate::toolkit::Vocabulary;

async fn search(
    provider: Option<Arc<dyn SearchProvider>>,
    query: &str,
    limit: u32,
) -> Result<Vec<Hit>, Refusal> {
    let browse = Browse::new(Arc::new(egress(Dns::start().await.resolver(), None)), provider);
    let caller = stranger();
    Call::new(&browse, &caller, &mut ResourceTable::new()).search(query.to_owned(), limit).await
}

async fn engine(web: &Web) -> Arc<dyn SearchProvider> {
    let text = format!("[search]\nurl = 'http://{}/base/'", web.address());
    let policy = Policy::parse(&text, &Vocabulary::new(["browse"])).unwrap();
    let network = Arc::new(egress(Dns::start().await.resolver(), None));
    Arc::new(SearXng::new(policy.search().unwrap(), network))
}

/// Notes what it is asked, and has more hits than anybody wants.
#[derive(Default)]
struct Many(Mutex<Vec<String>>);

impl SearchProvider for Many {
    fn search<'a>(
        &'a self,
        _: &'a Arc<Caller>,
        query: &'a str,
        _: u32,
        _: Instant,
    ) -> Searching<'a> {
        self.0.lock().unwrap().push(query.to_owned());
        let hit =
            Hit { url: "https://e.org/".into(), title: String::new(), snippet: String::new() };
        Box::pin(async move { Ok(vec![hit; 100]) })
    }
}

#[tokio::test]
async fn without_an_engine_it_is_unsupported_and_says_what_to_do() {
    let refused = search(None, "x", 1).await.map(|_| ()).unwrap_err();
    let Refusal::Unsupported(what) = refused else { panic!("{refused:?}") };
    assert!(what.contains("[search]"));
}

#[tokio::test]
async fn what_is_out_of_bounds_is_not_asked() {
    let many = Arc::new(Many::default());
    for (query, limit, code) in [
        ("x", 0, "invalid"),
        ("x", 51, "invalid"),
        (" \n", 1, "invalid"),
        (&"x".repeat(1_025), 1, "too-large"),
    ] {
        let refused = search(Some(many.clone()), query, limit).await.map(|_| ()).unwrap_err();
        assert_eq!(refused.code(), code);
    }
    assert!(many.0.lock().unwrap().is_empty());
    assert_eq!(search(Some(many.clone()), &"x".repeat(1_024), 50).await.unwrap().len(), 50);
}

#[tokio::test]
async fn an_engine_that_fails_tells_nothing_of_itself() {
    for (status, body) in [(500, "{\"results\":[]}"), (200, "<html>"), (200, "{}"), (302, "")] {
        let web = Web::start(None, move |_| text(status, body)).await;
        let refused = search(Some(engine(&web).await), "x", 1).await.map(|_| ()).unwrap_err();
        let silent = Refusal::Unavailable("the search engine does not answer".into());
        assert_eq!(refused, silent, "{status}");
    }
}

#[tokio::test]
async fn hits_are_of_the_web_and_no_more_than_were_asked_for() {
    let hit = |url: &str| json!({ "url": url, "title": "t", "content": "s", "engine": "x" });
    let body = json!({ "query": "q", "results": [
        hit("https://a.org/"), hit("javascript:1"), hit("file:///etc/passwd"),
        { "url": "http://b.org/", "content": null }, hit("https://c.org/"),
    ]});
    let web = Web::start(None, move |_| text(200, body.to_string())).await;
    let hits = search(Some(engine(&web).await), "a b&c=#", 2).await.unwrap();
    let urls: Vec<_> = hits.iter().map(|hit| hit.url.as_str()).collect();
    assert_eq!(urls, ["https://a.org/", "http://b.org/"]);
    assert_eq!((hits[0].title.as_str(), hits[0].snippet.as_str()), ("t", "s"));
    let asked = web.seen()[0].uri.to_string();
    assert_eq!(asked, "/base/search?q=a+b%26c%3D%23&format=json");
}
