//! What stands behind `browse.search`: the trait, and the one over a server that answers as
//! `SearXNG` does (<https://docs.searxng.org/dev/search_api.html>).

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use http::header::{self, HeaderValue};
use http::{Request, Uri};
use serde::Deserialize;
use url::Url;
pub use workbooks_bindings::engine::browse::Hit;

use crate::admission::Caller;
use crate::capability::Refusal;
use crate::egress::http::whole;
use crate::egress::{Egress, Server};
use crate::policy::SearchPolicy;

/// A search under way.
pub type Searching<'a> = Pin<Box<dyn Future<Output = Result<Vec<Hit>, Refusal>> + Send + 'a>>;

/// Searches the web for guests.
///
/// The query is not blank and at most 1 KiB, the limit from 1 to 50; hits beyond the limit are
/// dropped. It is dropped itself when the deadline passes or the grant is withdrawn.
pub trait SearchProvider: Send + Sync {
    /// Searches once. What fails must tell no key, URL or address of the host's.
    fn search<'a>(
        &'a self,
        caller: &'a Arc<Caller>,
        query: &'a str,
        limit: u32,
        until: Instant,
    ) -> Searching<'a>;
}

/// A search engine with `SearXNG`'s interface.
pub(crate) struct SearXng(Server);

#[derive(Deserialize)]
struct Answer {
    results: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    url: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    content: Option<String>,
}

impl SearXng {
    pub(crate) fn new(policy: &SearchPolicy, egress: Arc<Egress>) -> Self {
        Self(Server::new(policy.base.clone(), egress))
    }

    async fn ask(
        &self,
        caller: &Arc<Caller>,
        query: &str,
        until: Instant,
    ) -> Result<Vec<Hit>, Refusal> {
        let broken = || Refusal::Unavailable("the search engine does not answer".into());
        let mut url = self.0.at("/search");
        url.query_pairs_mut().append_pair("q", query).append_pair("format", "json");
        let uri: Uri = url.as_str().parse().map_err(|_| broken())?;
        let mut request = Request::new(whole(""));
        *request.uri_mut() = uri;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::ACCEPT, json);
        let said = self.0.ask(caller, request, until).await.map_err(|refusal| match refusal {
            Refusal::Unavailable(_) | Refusal::Denied(_) => broken(),
            other => other,
        })?;
        if !said.status.is_success() {
            return Err(broken());
        }
        let answer: Answer = serde_json::from_slice(&said.body).map_err(|_| broken())?;
        let web = answer.results.into_iter().filter(|found| {
            Url::parse(&found.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        });
        let hits = web.map(|found| Hit {
            url: found.url,
            title: found.title.unwrap_or_default(),
            snippet: found.content.unwrap_or_default(),
        });
        Ok(hits.collect())
    }
}

impl SearchProvider for SearXng {
    fn search<'a>(
        &'a self,
        caller: &'a Arc<Caller>,
        query: &'a str,
        _: u32,
        until: Instant,
    ) -> Searching<'a> {
        Box::pin(self.ask(caller, query, until))
    }
}
