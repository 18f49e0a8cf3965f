//! `browse`: a page as a reader sees it, and search.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;
use wasmtime::component::Linker;
use workbooks_bindings::engine::browse::{self, Format, Hit, Page};

use crate::browse::SearchProvider;
use crate::browse::page::{self, Answer, BODY};
use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::egress::Egress;
use crate::egress::http::{Bounds, Outgoing, collect, read_url};
use crate::instance::Guest;

/// Pages that are read at once, each on a thread of its own; others wait, under their deadlines.
const AT_ONCE: usize = 4;
/// Hits of one search.
const HITS: u32 = 50;
/// Bytes of a query.
const QUERY: usize = 1_024;

/// Pages and search.
///
/// A page is fetched as `net` fetches, within the same destinations, by `GET` with up to five
/// redirects; at most 4 MiB as it is sent and as it is shown, with the first 1,000 links. A search
/// has 1 to 50 hits.
pub(crate) struct Browse {
    egress: Arc<Egress>,
    search: Option<Arc<dyn SearchProvider>>,
    turns: Arc<Semaphore>,
}

impl Browse {
    pub(crate) fn new(egress: Arc<Egress>, search: Option<Arc<dyn SearchProvider>>) -> Self {
        Self { egress, search, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    async fn fetch(call: &Admitted<'_, Self>, url: &str, format: Format) -> Result<Page, Refusal> {
        let until = call.deadline();
        let answer = Self::get(call, url, until).await?;
        let turns = call.capability().turns.clone();
        let turn = timeout_at(until.into(), turns.acquire_owned()).await;
        let turn = turn.map_err(|_| Refusal::Timeout)?;
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            page::read(answer, format, until)
        });
        match timeout_at(until.into(), reading).await {
            Ok(Ok(read)) => read,
            Ok(Err(_)) => Err(Refusal::Unavailable("the page cannot be read".into())),
            Err(_) => Err(Refusal::Timeout),
        }
    }

    async fn get(call: &Admitted<'_, Self>, url: &str, until: Instant) -> Result<Answer, Refusal> {
        const ACCEPT: HeaderValue = HeaderValue::from_static(
            "text/html, application/xhtml+xml, text/plain;q=0.9, application/json;q=0.9, */*;q=0.1",
        );
        const AGENT: HeaderValue =
            HeaderValue::from_static(concat!("workbooks/", env!("CARGO_PKG_VERSION")));
        let headers = HeaderMap::from_iter([(header::ACCEPT, ACCEPT), (header::USER_AGENT, AGENT)]);
        let outgoing =
            Outgoing { method: Method::GET, url: read_url(url)?, headers, body: Bytes::new() };
        let bounds = Bounds { response: BODY as u64, ..Bounds::until(until) };
        let egress = &call.capability().egress;
        let followed = Box::pin(egress.follow(call.caller(), outgoing, None, &bounds)).await?;
        let (head, body) = followed.response.into_parts();
        match head.status {
            status if status.is_success() => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Refusal::NotFound),
            status => {
                return Err(Refusal::Unavailable(format!("the site answers {}", status.as_u16())));
            }
        }
        let value = |name: HeaderName| {
            head.headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let media = value(header::CONTENT_TYPE);
        page::check_media(media.as_deref())?;
        let coding = value(header::CONTENT_ENCODING);
        let body = collect(body, BODY).await?.into();
        Ok(Answer { url: followed.url, media, coding, body })
    }

    async fn search(
        call: &Admitted<'_, Self>,
        query: &str,
        limit: u32,
    ) -> Result<Vec<Hit>, Refusal> {
        let provider = call.capability().search.as_deref().ok_or_else(|| {
            let what = "no search engine is set up: the operator's policy has no table `[search]`";
            Refusal::Unsupported(what.to_owned())
        })?;
        if query.trim().is_empty() {
            return Err(Refusal::Invalid("the query is blank".to_owned()));
        }
        if query.len() > QUERY {
            return Err(Refusal::TooLarge(QUERY as u64));
        }
        if !(1..=HITS).contains(&limit) {
            return Err(Refusal::Invalid(format!("the limit is from 1 to {HITS}")));
        }
        let until = call.deadline();
        let searching = provider.search(call.caller(), query, limit, until);
        let mut hits =
            timeout_at(until.into(), searching).await.map_err(|_| Refusal::Timeout)??;
        hits.truncate(limit as usize);
        Ok(hits)
    }
}

impl Capability for Browse {
    fn name(&self) -> &'static str {
        "browse"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        browse::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl browse::Host for Call<'_, Browse> {
    async fn fetch(&mut self, url: String, format: Format) -> Result<Page, Refusal> {
        let call = self.admit("fetch")?;
        unless_withdrawn(&call, Browse::fetch(&call, &url, format)).await
    }

    async fn search(&mut self, query: String, limit: u32) -> Result<Vec<Hit>, Refusal> {
        let call = self.admit("search")?;
        unless_withdrawn(&call, Browse::search(&call, &query, limit)).await
    }
}

async fn unless_withdrawn<T>(
    call: &Admitted<'_, Browse>,
    operation: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    let done = tokio::select! {
        biased;
        () = call.withdrawn() => Err(Refusal::Revoked),
        done = operation => done,
    };
    done.map_err(|refusal| call.refuse(refusal))
}
