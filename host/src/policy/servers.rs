//! The model and the search engine that the operator gives to all guests that may use one: the
//! tables `[llm]` and `[search]`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::base_url::BaseUrl;
use super::private::PrivateRange;
use crate::toolkit::{Invalid, has_hazard, variable};

/// Seconds that a completion may take, retries included, where the operator says nothing: as the
/// original has it.
const SECONDS: u64 = 120;
const MOST_SECONDS: u64 = 600;

/// The shape of a model's interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LlmShape {
    /// `POST {url}/chat/completions`, as many servers have it; a URL ends in `/v1`, mostly.
    OpenAi,
    /// `POST {url}/v1/messages`, version 2023-06-01.
    Anthropic,
}

/// The model that guests ask: the table `[llm]`.
///
/// ```toml
/// [llm]
/// provider = "openai"
/// url = "https://api.example.org/v1"
/// model = "small"
/// models = ["small", "large"]
/// key = "MODEL_KEY"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenLlm", into = "WrittenLlm")]
pub struct LlmPolicy {
    /// How it is asked.
    pub provider: LlmShape,
    /// Where it is.
    pub base: BaseUrl,
    /// The model that is asked if a guest names none.
    pub model: String,
    /// Further models that a guest may name.
    pub models: Vec<String>,
    /// The name of the host's secret that is its key, if it needs one.
    pub key: Option<String>,
    /// How long a completion may take, with all retries; 120 s if absent, at most 600 s.
    pub time: Duration,
}

/// The search engine that guests ask: the table `[search]`. It answers as `SearXNG` does, with
/// its JSON format switched on.
///
/// ```toml
/// [search]
/// url = "http://10.0.0.7:8888"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenSearch", into = "WrittenSearch")]
pub struct SearchPolicy {
    /// Where it is.
    pub base: BaseUrl,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLlm {
    provider: LlmShape,
    url: String,
    model: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    models: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    private: Vec<PrivateRange>,
}

impl TryFrom<WrittenLlm> for LlmPolicy {
    type Error = Invalid;

    fn try_from(written: WrittenLlm) -> Result<Self, Invalid> {
        let base = BaseUrl::new(&written.url, &written.private)?;
        for model in written.models.iter().chain([&written.model]) {
            if model.is_empty() || has_hazard(model).is_some() {
                return Err(Invalid::new(
                    model,
                    "is not a model",
                    "write the provider's name of it",
                ));
            }
        }
        if let Some(key) = &written.key {
            variable(key)?;
        }
        let seconds = written.seconds.unwrap_or(SECONDS);
        if !(1..=MOST_SECONDS).contains(&seconds) {
            let help = "write a number of seconds from 1 to 600";
            return Err(Invalid::new(&seconds.to_string(), "is no time for a completion", help));
        }
        Ok(Self {
            provider: written.provider,
            base,
            model: written.model,
            models: written.models,
            key: written.key,
            time: Duration::from_secs(seconds),
        })
    }
}

impl From<LlmPolicy> for WrittenLlm {
    fn from(policy: LlmPolicy) -> Self {
        Self {
            provider: policy.provider,
            url: policy.base.url().to_owned(),
            private: policy.base.private().to_vec(),
            model: policy.model,
            models: policy.models,
            key: policy.key,
            seconds: Some(policy.time.as_secs()),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSearch {
    url: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    private: Vec<PrivateRange>,
}

impl TryFrom<WrittenSearch> for SearchPolicy {
    type Error = Invalid;

    fn try_from(written: WrittenSearch) -> Result<Self, Invalid> {
        Ok(Self { base: BaseUrl::new(&written.url, &written.private)? })
    }
}

impl From<SearchPolicy> for WrittenSearch {
    fn from(policy: SearchPolicy) -> Self {
        let url = policy.base.url().to_owned();
        Self { url, private: policy.base.private().to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{LlmShape, Policy};
    use crate::toolkit::Vocabulary;

    fn read(text: &str) -> Result<Policy, crate::policy::PolicyError> {
        Policy::parse(text, &Vocabulary::new(["llm"]))
    }

    const LLM: &str = "provider = 'openai'\nurl = 'https://a.example.org/v1'\nmodel = 'small'\n";

    #[test]
    fn a_model_that_cannot_be_asked_is_refused() {
        for text in [
            "[llm]\n".to_owned(),
            "[llm]\nprovider = 'openai'\nmodel = 'm'".to_owned(),
            format!("[llm]\n{LLM}token = 'x'"),
            format!("[llm]\n{LLM}key = 'not a name'"),
            format!("[llm]\n{LLM}seconds = 0"),
            format!("[llm]\n{LLM}seconds = 601"),
            format!("[llm]\n{LLM}models = ['']"),
            format!("[llm]\n{LLM}private = ['8.0.0.0/8']"),
            format!("[llm]\n{}", LLM.replace("openai", "other")),
            format!("[llm]\n{}", LLM.replace("https", "http")),
            "[search]\n".to_owned(),
            "[search]\nurl = 'http://search.example.org'".to_owned(),
            "[toolkit.a]\nllm_tokens = -1".to_owned(),
        ] {
            assert!(read(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = format!(
            "[llm]\n{LLM}models = ['large']\nkey = 'MODEL_KEY'\nseconds = 30\nprivate = ['10.0.0.0/8']\n\
             [search]\nurl = 'http://127.0.0.1:8888'\n[toolkit.a]\nllm_tokens = 100000\n"
        );
        let policy = read(&text).unwrap();
        assert_eq!(read(&policy.to_toml()).unwrap(), policy);
        let llm = policy.llm().unwrap();
        assert_eq!((llm.provider, llm.time.as_secs()), (LlmShape::OpenAi, 30));
        assert_eq!(policy.toolkit("a").unwrap().llm_tokens, Some(100_000));
    }
}
