//! A model behind HTTP, as the operator's policy names it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request as HttpRequest, StatusCode, Uri};
use jiff::Timestamp;
use serde_json::Value;
use zeroize::Zeroizing;

use super::bounds::BYTES;
use super::{Completing, Completion, Part, Provider, ProviderError, Request, anthropic, openai};
use crate::admission::Caller;
use crate::capability::Refusal;
use crate::egress::http::{Body, Forms, retry_after, whole};
use crate::egress::{Egress, Said, Server};
use crate::policy::{LlmPolicy, LlmShape};
use crate::secret::{Purpose, SecretProvider};

/// Tokens in and out, if the provider tells them.
pub(super) type Used = Option<(u64, u64)>;

/// Bytes that a key has at least: a shorter one would be found by chance in any answer.
const LEAST_KEY: usize = 8;

const ANTHROPIC_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// A model behind HTTP.
pub(crate) struct Remote {
    policy: LlmPolicy,
    server: Server,
    pub(super) secrets: Arc<dyn SecretProvider>,
    /// The tenant whose secret the key is: the host's own.
    tenant: &'static str,
}

impl Remote {
    pub(crate) fn new(
        policy: &LlmPolicy,
        egress: Arc<Egress>,
        secrets: Arc<dyn SecretProvider>,
        tenant: &'static str,
    ) -> Self {
        let server = Server::new(policy.base.clone(), egress);
        Self { policy: policy.clone(), server, secrets, tenant }
    }

    async fn ask(
        &self,
        caller: &Arc<Caller>,
        request: &Request,
        until: Instant,
    ) -> Result<Completion, ProviderError> {
        let model = self.model(request.model.as_deref())?;
        let (path, body) = match self.policy.provider {
            LlmShape::OpenAi => {
                ("/chat/completions", openai::request(model, request, self.limit())?)
            }
            LlmShape::Anthropic => ("/v1/messages", anthropic::request(model, request)?),
        };
        let key = self.key()?;
        let sent = self.request(path, &body, key.as_ref().map(|key| &key[..]))?;
        let said = self.server.ask(caller, sent, until).await.map_err(unreached)?;
        let body = match &key {
            Some(key) => Arc::new(Forms::of(key)).scrub(&said.body),
            None => said.body.to_vec(),
        };
        if !said.status.is_success() {
            return Err(failed(&said, &body));
        }
        let (mut completion, used) = match self.policy.provider {
            LlmShape::OpenAi => openai::completion(&body)?,
            LlmShape::Anthropic => anthropic::completion(&body)?,
        };
        let used = used.unwrap_or_else(|| estimate(request, &completion));
        (completion.input_tokens, completion.output_tokens) = used;
        Ok(completion)
    }

    fn model<'a>(&'a self, asked: Option<&'a str>) -> Result<&'a str, Refusal> {
        let Some(asked) = asked else { return Ok(&self.policy.model) };
        if asked == self.policy.model || self.policy.models.iter().any(|model| model == asked) {
            return Ok(asked);
        }
        Err(Refusal::Denied("the operator's policy does not name this model".into()))
    }

    fn limit(&self) -> &'static str {
        let own = self.server.at("/").host_str() == Some("api.openai.com");
        if own { openai::OWN_LIMIT } else { openai::LIMIT }
    }

    fn key(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
        let Some(name) = &self.policy.key else { return Ok(None) };
        let missing = || Refusal::Unavailable("the host has no usable key for its model".into());
        let secret = self.secrets.secret(self.tenant, name).map_err(|_| missing())?;
        let secret = secret.ok_or_else(missing)?;
        if secret.purpose != Purpose::Credential || secret.bytes.len() < LEAST_KEY {
            return Err(missing());
        }
        Ok(Some(secret.bytes))
    }

    fn request(
        &self,
        path: &str,
        body: &Value,
        key: Option<&[u8]>,
    ) -> Result<HttpRequest<Body>, Refusal> {
        let body = body.to_string();
        if body.len() > BYTES {
            return Err(Refusal::TooLarge(BYTES as u64));
        }
        let unusable = || Refusal::Unavailable("the host's model is not set up well".into());
        let uri: Uri = self.server.at(path).as_str().parse().map_err(|_| unusable())?;
        let mut request = HttpRequest::new(whole(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let (name, before) = match self.policy.provider {
            LlmShape::OpenAi => (header::AUTHORIZATION, &b"Bearer "[..]),
            LlmShape::Anthropic => {
                headers.insert("anthropic-version", ANTHROPIC_VERSION);
                (HeaderName::from_static("x-api-key"), &b""[..])
            }
        };
        if let Some(key) = key {
            let value = Zeroizing::new([before, key].concat());
            let mut value = HeaderValue::from_bytes(&value).map_err(|_| unusable())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(request)
    }
}

impl Provider for Remote {
    fn complete<'a>(
        &'a self,
        caller: &'a Arc<Caller>,
        request: &'a Request,
        until: Instant,
    ) -> Completing<'a> {
        Box::pin(self.ask(caller, request, until))
    }

    fn time(&self) -> Duration {
        self.policy.time
    }
}

/// What is said of an answer that makes no sense.
pub(super) fn unread() -> Refusal {
    Refusal::Unavailable("the model's answer cannot be understood".into())
}

fn unreached(refusal: Refusal) -> ProviderError {
    let unreached = Refusal::Unavailable("the model cannot be reached".into());
    match refusal {
        Refusal::Unavailable(_) => ProviderError::Passing { refusal: unreached, after: None },
        Refusal::Denied(_) => ProviderError::Final(unreached),
        other => ProviderError::Final(other),
    }
}

/// Why a provider refused. Of its text only the word for it is shown: the rest may hold what is
/// the host's.
fn failed(said: &Said, body: &[u8]) -> ProviderError {
    let because = word(body).map(|word| format!(": {word}")).unwrap_or_default();
    let unavailable = |what: &str| Refusal::Unavailable(format!("{what}{because}"));
    let status = said.status;
    if status == StatusCode::REQUEST_TIMEOUT
        || status == StatusCode::TOO_MANY_REQUESTS
        || status.is_server_error()
    {
        let refusal = unavailable("the model is busy or broken");
        return ProviderError::Passing {
            refusal,
            after: retry_after(&said.headers, Timestamp::now()),
        };
    }
    ProviderError::Final(match status {
        StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNPROCESSABLE_ENTITY => {
            Refusal::Invalid(format!("the model does not take this request{because}"))
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            unavailable("the model does not take the host's key")
        }
        _ => unavailable("the model does not answer"),
    })
}

/// The word for an error, as both shapes have it: `error.code` or `error.type`.
fn word(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let words = ["code", "type"].map(|name| body["error"][name].as_str());
    let is_word =
        |word: &&str| word.len() <= 64 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    words.into_iter().flatten().find(is_word).map(str::to_owned)
}

/// What a provider that tells nothing has probably counted: a token for each four bytes.
fn estimate(request: &Request, completion: &Completion) -> (u64, u64) {
    let of = |parts: &[Part]| {
        let bytes = parts.iter().map(|part| match part {
            Part::Text(text) => text.len(),
            Part::Data((_, data)) => data.len(),
            Part::ToolCall(call) => call.name.len() + call.arguments.len(),
        });
        bytes.sum::<usize>() as u64
    };
    let asked: u64 = request.messages.iter().map(|message| of(&message.content)).sum();
    (asked.div_ceil(4), of(&completion.message.content).div_ceil(4))
}
