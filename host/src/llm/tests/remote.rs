//! A model behind HTTP, on loopback.

use std::sync::Arc;
use std::time::Duration;

use http::Response;
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use zeroize::Zeroizing;

use super::*;
use crate::capability::Refusal;
use crate::egress::Egress;
use crate::egress::doubles::{
    Dns, Raw, Web, caller, dialled, egress, soon, stranger, text as answer,
};
use crate::llm::{Completion, Provider, ProviderError, Remote};
use crate::policy::Policy;
use crate::secret::{Purpose, Secret, SecretError, SecretProvider};
use crate::toolkit::Vocabulary;

const KEY: &str = "sk-0123456789abcdef";

struct Keys(Purpose);

impl SecretProvider for Keys {
    fn secret(&self, tenant: &str, name: &str) -> Result<Option<Secret>, SecretError> {
        assert_eq!((tenant, name), ("host", "MODEL_KEY"));
        Ok(Some(Secret { purpose: self.0, bytes: Zeroizing::new(KEY.into()) }))
    }
}

async fn network() -> Arc<Egress> {
    Arc::new(egress(Dns::start().await.resolver(), None))
}

fn remote(provider: &str, url: &str, network: &Arc<Egress>) -> Remote {
    let text = format!(
        "[llm]\nprovider = '{provider}'\nurl = '{url}'\nmodel = 'small'\nmodels = ['large']\nkey = 'MODEL_KEY'"
    );
    let policy = Policy::parse(&text, &Vocabulary::new(["llm"])).unwrap();
    Remote::new(policy.llm().unwrap(), network.clone(), Arc::new(Keys(Purpose::Credential)), "host")
}

async fn complete(
    provider: &str,
    web: &Web,
    request: &Request,
) -> Result<Completion, ProviderError> {
    let remote = remote(provider, &format!("http://{}/base", web.address()), &network().await);
    remote.complete(&stranger(), request, soon()).await
}

fn said(text: &str) -> Value {
    json!({ "choices": [{ "message": { "content": text } }] })
}

fn texts(completion: &Completion) -> String {
    completion
        .message
        .content
        .iter()
        .filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn openai_is_asked_with_the_hosts_key_at_the_hosts_url() {
    let web = Web::start(None, |_| answer(200, said("hi").to_string())).await;
    let request = Request { model: Some("large".into()), ..hello() };
    let completion = complete("openai", &web, &request).await.unwrap();
    assert_eq!(texts(&completion), "hi");
    // A provider that tells no usage: four bytes are a token.
    assert_eq!((completion.input_tokens, completion.output_tokens), (2, 1));
    let seen = &web.seen()[0];
    assert_eq!((seen.method.as_str(), seen.uri.path()), ("POST", "/base/chat/completions"));
    assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(seen.headers["content-type"], "application/json");
    let body: Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(body["model"], "large");
}

#[tokio::test]
async fn anthropic_is_asked_with_the_hosts_key_at_the_hosts_url() {
    let body = json!({ "content": [{ "type": "text", "text": "hi" }], "stop_reason": "end_turn",
        "usage": { "input_tokens": 5, "output_tokens": 3 } });
    let web = Web::start(None, move |_| answer(200, body.to_string())).await;
    let completion = complete("anthropic", &web, &hello()).await.unwrap();
    assert_eq!((completion.input_tokens, completion.output_tokens), (5, 3));
    let seen = &web.seen()[0];
    assert_eq!(seen.uri.path(), "/base/v1/messages");
    assert_eq!(seen.headers["x-api-key"], KEY);
    assert_eq!(seen.headers["anthropic-version"], "2023-06-01");
    assert!(!seen.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_model_that_the_policy_does_not_name_is_denied_and_nothing_is_dialled() {
    let network = network().await;
    let remote = remote("openai", "http://127.0.0.1:9", &network);
    let request = Request { model: Some("huge".into()), ..hello() };
    let refused = remote.complete(&stranger(), &request, soon()).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Final(Refusal::Denied(_))));
    assert_eq!(dialled(&network), 0);
}

#[tokio::test]
async fn a_secret_that_was_stored_for_signing_is_no_key() {
    let mut remote = remote("openai", "http://127.0.0.1:9", &network().await);
    remote.secrets = Arc::new(Keys(Purpose::HmacSha256));
    let refused = remote.complete(&stranger(), &hello(), soon()).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Final(Refusal::Unavailable(_))));
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_not_dialled_unless_it_is_named() {
    let dns = Dns::start().await.with("models.example.org", &["10.0.0.1"]);
    let network = Arc::new(egress(dns.resolver(), None));
    let remote = remote("openai", "https://models.example.org", &network);
    let refused = remote.complete(&caller(), &hello(), soon()).await.unwrap_err();
    let refusal = Refusal::Unavailable("the model cannot be reached".into());
    assert_eq!(refused, ProviderError::Final(refusal));
    assert_eq!(dialled(&network), 0);
}

#[tokio::test]
async fn a_server_that_does_not_accept_may_pass_and_is_not_told() {
    let address = Web::start(None, |_| answer(200, "")).await.address();
    let remote = remote("openai", &format!("http://{address}"), &network().await);
    let refused = remote.complete(&stranger(), &hello(), soon()).await.unwrap_err();
    let refusal = Refusal::Unavailable("the model cannot be reached".into());
    assert_eq!(refused, ProviderError::Passing { refusal, after: None });
}

#[tokio::test]
async fn a_key_that_comes_back_is_scrubbed_from_the_answer() {
    let escaped = KEY.replace('-', "\\u002d");
    let echo =
        format!("{{\"choices\":[{{\"message\":{{\"content\":\"a {KEY} b {escaped} c\"}}}}]}}");
    let web = Web::start(None, move |_| answer(200, echo.clone())).await;
    let text = texts(&complete("openai", &web, &hello()).await.unwrap());
    assert!(text.starts_with("a *") && text.ends_with("* c"), "{text}");
    assert!(!text.contains("0123456789"), "{text}");
}

#[tokio::test]
async fn errors_tell_neither_key_nor_url_nor_what_the_provider_says_but_for_a_word() {
    for (status, kind) in [
        (400, "invalid"),
        (422, "invalid"),
        (401, "unavailable"),
        (403, "unavailable"),
        (404, "unavailable"),
        (302, "unavailable"),
    ] {
        let web = Web::start(None, move |seen| {
            let host = seen.headers["host"].to_str().unwrap();
            let message = format!("{KEY} at http://{host}/base of org-42");
            let error = json!({ "error": { "message": message, "type": KEY, "code": "context_length_exceeded" } });
            let mut answer = answer(status, error.to_string());
            answer.headers_mut().insert("location", "http://127.0.0.1:1/".parse().unwrap());
            answer
        });
        let web = web.await;
        let refused = complete("openai", &web, &hello()).await.unwrap_err();
        let ProviderError::Final(refusal) = refused else { panic!("{status}: {refused:?}") };
        assert_eq!(refusal.code(), kind, "{status}");
        let shown = refusal.to_string();
        assert!(shown.ends_with(": context_length_exceeded"), "{shown}");
        assert!(!shown.contains("sk-") && !shown.contains("127.0.0.1") && !shown.contains("org"));
        assert_eq!(web.connections(), 1);
    }
}

#[tokio::test]
async fn what_is_busy_may_pass_and_says_for_how_long_to_wait() {
    for status in [408, 429, 500, 502, 503, 529] {
        let web = Web::start(None, move |_| {
            let mut answer: Response<Full<bytes::Bytes>> = answer(status, "no json");
            answer.headers_mut().insert("retry-after", "7".parse().unwrap());
            answer
        });
        let refused = complete("openai", &web.await, &hello()).await.unwrap_err();
        let ProviderError::Passing { refusal, after } = refused else { panic!("{status}") };
        assert_eq!(refusal, Refusal::Unavailable("the model is busy or broken".into()));
        assert_eq!(after, Some(Duration::from_secs(7)));
    }
}

#[tokio::test]
async fn an_answer_over_the_cap_and_garbage_are_refused() {
    let web = Web::start(None, |_| answer(200, vec![b' '; (4 << 20) + 1])).await;
    let refused = complete("openai", &web, &hello()).await.unwrap_err();
    assert_eq!(refused, ProviderError::Final(Refusal::TooLarge(4 << 20)));
    let web = Web::start(None, |_| answer(200, "<html>")).await;
    let refused = complete("anthropic", &web, &hello()).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Final(Refusal::Unavailable(_))));
}

#[tokio::test]
async fn an_answer_without_an_end_is_refused_at_the_cap() {
    let web = Raw::start(|mut stream| async move {
        let mut written = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await;
        while written.is_ok() {
            written = stream.write_all(&[b' '; 1 << 12]).await;
        }
    });
    let web = web.await;
    let url = format!("http://127.0.0.1:{}", web.port());
    let remote = remote("openai", &url, &network().await);
    let refused = remote.complete(&stranger(), &hello(), soon()).await.unwrap_err();
    assert_eq!(refused, ProviderError::Final(Refusal::TooLarge(4 << 20)));
}

#[tokio::test]
async fn a_request_that_grows_over_the_cap_is_refused() {
    let mut request = hello();
    request.messages[0].content.push(Part::Data(("image/png".into(), vec![0; 3_200_000])));
    crate::llm::check(&mut request).unwrap();
    let network = network().await;
    let remote = remote("openai", "http://127.0.0.1:9", &network);
    let refused = remote.complete(&stranger(), &request, soon()).await.unwrap_err();
    assert_eq!(refused, ProviderError::Final(Refusal::TooLarge(4 << 20)));
    assert_eq!(dialled(&network), 0);
}

#[tokio::test]
async fn who_is_revoked_waits_no_longer() {
    let caller = stranger();
    let principal = caller.principal().clone();
    let web = Web::start(None, move |_| {
        principal.revoke();
        answer(200, said("late").to_string())
    });
    let web = web.await;
    let url = format!("http://{}", web.address());
    let remote = remote("openai", &url, &network().await);
    let refused = remote.complete(&caller, &hello(), soon()).await.unwrap_err();
    assert_eq!(refused, ProviderError::Final(Refusal::Revoked));
}
