//! One request to a registry and its answer: who may be dialled, how long, how much, where a
//! redirect may lead, and where a credential may go.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::challenge::Challenge;
use super::endpoint::Endpoint;
use crate::capability::Refusal;
use crate::egress::http::{Body, Bounds, collect, read_url, retry_after, whole};
use crate::json::{self, Rules};
use crate::registry::{Network, RegistryError};
use crate::toolkit::{printable, quoted};

/// Redirects that one request may meet.
const REDIRECTS: usize = 5;
/// How often a server that is busy is asked again.
const AGAIN: usize = 4;
/// Bytes of an answer that says what went wrong, and of one with a token.
const SMALL: usize = 64 << 10;

/// How long a registry may take.
#[derive(Clone, Copy, Debug)]
pub(in crate::registry) struct Limits {
    /// To connect, and to begin with an answer that needs no upload.
    pub(in crate::registry) answer: Duration,
    /// Between two pieces of an answer.
    pub(in crate::registry) idle: Duration,
    /// For all of it, with what has to be asked again.
    pub(in crate::registry) whole: Duration,
    /// The first pause before it is asked again; each further one is twice as long.
    pub(in crate::registry) pause: Duration,
    /// The longest pause, whatever it asks for.
    pub(in crate::registry) patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            whole: Duration::from_mins(10),
            pause: Duration::from_millis(500),
            patience: Duration::from_mins(1),
        }
    }
}

/// Where a redirect may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::registry) enum Follow {
    /// Nowhere.
    Never,
    /// To the registry itself.
    Own,
    /// To any public place by https: what comes is known by its digest.
    Anywhere,
}

/// A question.
#[derive(Clone, Debug)]
pub(in crate::registry) struct Ask<'a> {
    pub(in crate::registry) method: Method,
    pub(in crate::registry) url: Url,
    pub(in crate::registry) accept: &'a str,
    /// The body, with its type.
    pub(in crate::registry) content: Option<(&'a str, Bytes)>,
    /// Bytes of an answer that is a success.
    pub(in crate::registry) cap: u64,
    pub(in crate::registry) follow: Follow,
    /// What a token is to allow, as registries write it; empty for what has none.
    pub(in crate::registry) scope: &'a str,
}

impl<'a> Ask<'a> {
    pub(in crate::registry) fn get(url: Url, accept: &'a str, cap: u64, scope: &'a str) -> Self {
        let (method, follow) = (Method::GET, Follow::Never);
        Self { method, url, accept, content: None, cap, follow, scope }
    }
}

/// An answer.
#[derive(Debug)]
pub(in crate::registry) struct Said {
    pub(in crate::registry) status: StatusCode,
    pub(in crate::registry) headers: HeaderMap,
    pub(in crate::registry) body: Bytes,
    /// Whether another than the registry gave it.
    elsewhere: bool,
}

/// Asks one host.
pub(in crate::registry) struct Client {
    name: String,
    endpoint: Endpoint,
    network: Network,
    limits: Limits,
    /// Values of `Authorization` that were good, by what they allow.
    tokens: Mutex<BTreeMap<String, HeaderValue>>,
}

impl Client {
    pub(in crate::registry) fn new(
        name: String,
        endpoint: Endpoint,
        network: Network,
        limits: Limits,
    ) -> Self {
        Self { name, endpoint, network, limits, tokens: Mutex::default() }
    }

    /// How people write the registry.
    pub(in crate::registry) fn name(&self) -> &str {
        &self.name
    }

    pub(in crate::registry) fn at(&self, path: &str) -> Url {
        self.endpoint.at(path)
    }

    pub(in crate::registry) fn owns(&self, url: &Url) -> bool {
        self.endpoint.owns(url)
    }

    pub(in crate::registry) fn wait<T: Send>(&self, task: impl Future<Output = T> + Send) -> T {
        self.network.wait(task)
    }

    /// Asks, and once more with a credential if the registry wants one. A server that is busy is
    /// asked again, with pauses, as long as there is time.
    ///
    /// # Errors
    /// [`RegistryError::Denied`], [`RegistryError::Busy`], [`RegistryError::Unavailable`],
    /// [`RegistryError::Malformed`]; an answer that is no success is one all the same, but for 401,
    /// 403, 429 and 503.
    pub(in crate::registry) async fn ask(&self, ask: Ask<'_>) -> Result<Said, RegistryError> {
        let until = Instant::now() + self.limits.whole;
        let held = self.held().get(ask.scope).cloned();
        let mut said = self.send(&ask, held.as_ref(), until).await?;
        if said.status == StatusCode::UNAUTHORIZED && !said.elsewhere {
            let authorization = self.authorization(&said.headers, ask.scope, until).await?;
            said = self.send(&ask, Some(&authorization), until).await?;
            if said.status != StatusCode::UNAUTHORIZED {
                self.held().insert(ask.scope.to_owned(), authorization);
            }
        }
        match said.status {
            StatusCode::UNAUTHORIZED => Err(self.denied("it does not take our login")),
            StatusCode::FORBIDDEN => Err(self.denied("our login may not do that there")),
            _ => Ok(said),
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, HeaderValue>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn authorization(
        &self,
        headers: &HeaderMap,
        scope: &str,
        until: Instant,
    ) -> Result<HeaderValue, RegistryError> {
        match Challenge::of(headers) {
            None => Err(self.denied("it wants a login of a kind that we have not")),
            Some(Challenge::Basic) => {
                let login = self.endpoint.login().cloned();
                login.ok_or_else(|| self.denied("it wants a user and a password"))
            }
            Some(Challenge::Bearer { realm, service }) => {
                self.token(&realm, service.as_deref(), scope, until).await
            }
        }
    }

    /// A token of the realm that the registry names, for what we are about to do and no more.
    async fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: &str,
        until: Instant,
    ) -> Result<HeaderValue, RegistryError> {
        let named = quoted(realm);
        let mut url = read_url(realm).map_err(|_| self.denied("it names no place for tokens"))?;
        if !self.endpoint.may_ask_at(&url) {
            return Err(
                self.denied(&format!("it sends us to {named} for a token, which is elsewhere"))
            );
        }
        if self.endpoint.login().is_some() && !self.endpoint.may_log_in_at(&url) {
            return Err(self.denied(&format!(
                "it sends us to {named} with our password; if that is right, write its origin as \
                 `auth` of this registry in the policy"
            )));
        }
        let scope = Some(scope).filter(|scope| !scope.is_empty());
        let pairs = [("service", service), ("scope", scope)];
        let pairs = pairs.into_iter().filter_map(|(key, value)| Some((key, value?)));
        url.query_pairs_mut().extend_pairs(pairs);
        let ask = Ask::get(url, "application/json", SMALL as u64, "");
        let said = self.send(&ask, self.endpoint.login(), until).await?;
        if said.status != StatusCode::OK {
            return Err(self.denied(&format!("{named} gives us no token: {}", said.why())));
        }
        let answer: Token =
            json::read(&said.body, SMALL, Rules::Unique).map_err(|why| self.malformed(why))?;
        let token = answer.token.or(answer.access_token).filter(|token| !token.is_empty());
        let value = token.and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok());
        let mut value = value.ok_or_else(|| self.malformed(format!("no token of {named}")))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Sends a request; a redirect that is followed goes without the credential.
    async fn send(
        &self,
        ask: &Ask<'_>,
        credential: Option<&HeaderValue>,
        until: Instant,
    ) -> Result<Said, RegistryError> {
        let (mut url, mut credential) = (ask.url.clone(), credential);
        for _ in 0..=REDIRECTS {
            let elsewhere = !self.owns(&url);
            let response = self.patiently(ask, &url, credential, until).await?;
            let leads = response.status().is_redirection() && ask.follow != Follow::Never;
            if !leads {
                return self.said(ask, response, elsewhere).await;
            }
            let nowhere = || self.malformed("a redirect leads nowhere".to_owned());
            let location = response.headers().get(header::LOCATION).ok_or_else(nowhere)?;
            let location = location.to_str().map_err(|_| nowhere())?;
            let next = url.join(location).map_err(|_| nowhere())?;
            url = read_url(next.as_str()).map_err(|_| nowhere())?;
            credential = None;
            let allowed = match ask.follow {
                _ if self.owns(&url) => true,
                Follow::Anywhere => url.scheme() == "https",
                _ => false,
            };
            if !allowed {
                let to = quoted(url.as_str());
                return Err(self.malformed(format!("a redirect leads to {to}")));
            }
        }
        Err(self.malformed(format!("more than {REDIRECTS} redirects")))
    }

    /// An exchange with a server that is not busy, or not for long.
    async fn patiently(
        &self,
        ask: &Ask<'_>,
        url: &Url,
        credential: Option<&HeaderValue>,
        until: Instant,
    ) -> Result<Response<Body>, RegistryError> {
        const BUSY: [StatusCode; 2] =
            [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
        // The jitter is as long as the pause.
        let pauses = ExponentialBuilder::new().with_factor(2.0).with_max_times(AGAIN).with_jitter();
        let mut pauses = pauses.with_min_delay(self.limits.pause).build();
        loop {
            let response = self.exchange(ask, url, credential, until).await?;
            let status = response.status();
            if !BUSY.contains(&status) {
                return Ok(response);
            }
            let after = retry_after(response.headers(), Timestamp::now());
            drop(response);
            let (registry, status) = (self.name.clone(), status.as_u16());
            let busy = RegistryError::Busy { registry, status, after };
            let Some(pause) = pauses.next() else { return Err(busy) };
            let pause = after.unwrap_or_default().max(pause);
            let left = until.saturating_duration_since(Instant::now());
            if pause > self.limits.patience || pause >= left {
                return Err(busy);
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn exchange(
        &self,
        ask: &Ask<'_>,
        url: &Url,
        credential: Option<&HeaderValue>,
        until: Instant,
    ) -> Result<Response<Body>, RegistryError> {
        let unfit = || self.malformed("a URL that cannot be asked".to_owned());
        let opened = self.endpoint.opened(url).ok_or_else(unfit)?;
        let body = ask.content.as_ref().map_or_else(Bytes::new, |(_, bytes)| bytes.clone());
        let (now, uploads) = (Instant::now(), !body.is_empty());
        let bounds = Bounds {
            connected: until.min(now + self.limits.answer),
            answered: if uploads { until } else { until.min(now + self.limits.answer) },
            ended: until,
            idle: self.limits.idle,
            request: body.len() as u64,
            response: ask.cap.max(SMALL as u64),
        };
        let mut request = Request::new(whole(body));
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = url[..url::Position::AfterQuery].parse().map_err(|_| unfit())?;
        let headers = request.headers_mut();
        let value = |text: &str| HeaderValue::try_from(text).map_err(|_| unfit());
        headers.insert(header::ACCEPT, value(ask.accept)?);
        headers.insert(header::USER_AGENT, HeaderValue::from_static("workbooks"));
        if let Some((kind, _)) = &ask.content {
            headers.insert(header::CONTENT_TYPE, value(kind)?);
        }
        if let Some(credential) = credential {
            headers.insert(header::AUTHORIZATION, credential.clone());
        }
        let caller = Network::caller(&opened);
        let sent = self.network.egress().send(&caller, request, &bounds).await;
        sent.map_err(|refusal| self.refused(refusal))
    }

    async fn said(
        &self,
        ask: &Ask<'_>,
        response: Response<Body>,
        elsewhere: bool,
    ) -> Result<Said, RegistryError> {
        let (head, body) = response.into_parts();
        let (status, headers) = (head.status, head.headers);
        let body = if status.is_success() {
            let cap = usize::try_from(ask.cap).unwrap_or(usize::MAX);
            collect(body, cap).await.map_err(|refusal| self.refused(refusal))?
        } else {
            // What went wrong is told by the status, whatever else is said or not.
            collect(body, SMALL).await.unwrap_or_default()
        };
        Ok(Said { status, headers, body, elsewhere })
    }

    fn refused(&self, refusal: Refusal) -> RegistryError {
        match refusal {
            Refusal::Timeout => self.unavailable("it does not answer in time".to_owned()),
            Refusal::TooLarge(cap) => self.malformed(format!("more than {cap} bytes")),
            Refusal::Denied(why) => self.denied(&printable(&why)),
            Refusal::Unavailable(why) => self.unavailable(printable(&why)),
            other => self.unavailable(printable(&other.to_string())),
        }
    }

    fn denied(&self, why: &str) -> RegistryError {
        RegistryError::Denied { registry: self.name.clone(), why: why.to_owned() }
    }

    pub(in crate::registry) fn malformed(&self, why: String) -> RegistryError {
        RegistryError::malformed(&self.name, why)
    }

    pub(in crate::registry) fn unavailable(&self, why: String) -> RegistryError {
        RegistryError::Unavailable { registry: self.name.clone(), why }
    }

    pub(in crate::registry) fn not_found(&self, what: String) -> RegistryError {
        RegistryError::NotFound { registry: self.name.clone(), what }
    }

    /// What to make of an answer that nobody expected.
    pub(in crate::registry) fn unexpected(&self, said: &Said) -> RegistryError {
        self.unavailable(format!("it answers {}", said.why()))
    }
}

impl Said {
    /// The status, and what the registry calls the error, if it has such a word for it.
    fn why(&self) -> String {
        let errors = json::read::<Errors>(&self.body, SMALL, Rules::Unique).ok();
        let code = errors.and_then(|read| Some(read.errors.into_iter().next()?.code));
        let word = |code: &String| {
            code.len() <= 64 && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        };
        match code.filter(word) {
            Some(code) => format!("{} {code}", self.status.as_u16()),
            None => self.status.as_u16().to_string(),
        }
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    code: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("name", &self.name).finish_non_exhaustive()
    }
}
