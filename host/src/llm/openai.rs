//! The shape of `POST /chat/completions`, as `OpenAI` has it and many servers have it from there
//! (<https://platform.openai.com/docs/api-reference/chat>).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::extra::{Choice, Extra};
use super::remote::{Used, unread};
use super::{Completion, Message, Part, Request, Role, Stop, ToolCall};
use crate::capability::Refusal;

/// What stands for `max-tokens`: `OpenAI`'s own models have a name for it that others do not know.
pub(super) const LIMIT: &str = "max_tokens";
pub(super) const OWN_LIMIT: &str = "max_completion_tokens";

/// The request's body.
pub(super) fn request(model: &str, asked: &Request, limit: &str) -> Result<Value, Refusal> {
    let extra = Extra::read(&asked.extra, &["top_k"])?;
    let messages = asked.messages.iter().map(message).collect::<Result<Vec<_>, _>>()?;
    let mut body = json!({ "model": model, "messages": messages, limit: asked.max_tokens });
    if !asked.tools.is_empty() {
        let tools = asked.tools.iter().map(|tool| {
            let parameters: Value = serde_json::from_str(&tool.parameters).unwrap_or_default();
            json!({ "type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": parameters,
            }})
        });
        body["tools"] = tools.collect();
    }
    extra.put_numbers(&mut body);
    if !extra.stops.is_empty() {
        body["stop"] = json!(extra.stops);
    }
    if let Some(choice) = extra.choice {
        body["tool_choice"] = json!(match choice {
            Choice::Auto => "auto",
            Choice::None => "none",
            Choice::Required => "required",
        });
    }
    Ok(body)
}

fn message(message: &Message) -> Result<Value, Refusal> {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let mut calls = Vec::new();
    let mut parts = Vec::new();
    let mut text = String::new();
    for part in &message.content {
        match part {
            Part::Text(said) => {
                text.push_str(said);
                parts.push(json!({ "type": "text", "text": said }));
            }
            Part::Data(_) if message.role == Role::Tool => {
                let what = "this host's model takes only text from a tool";
                return Err(Refusal::Invalid(what.to_owned()));
            }
            Part::Data((media, data)) => {
                let url = format!("data:{media};base64,{}", BASE64_STANDARD.encode(data));
                parts.push(json!({ "type": "image_url", "image_url": { "url": url } }));
            }
            Part::ToolCall(call) => calls.push(json!({
                "id": call.id, "type": "function",
                "function": { "name": call.name, "arguments": call.arguments },
            })),
        }
    }
    // Many servers know no list of parts but from users.
    let many = message.role == Role::User && parts.len() > 1
        || message.content.iter().any(|part| matches!(part, Part::Data(_)));
    let content = if many {
        Value::Array(parts)
    } else if parts.is_empty() && !calls.is_empty() {
        Value::Null
    } else {
        Value::String(text)
    };
    let mut body = json!({ "role": role, "content": content });
    if !calls.is_empty() {
        body["tool_calls"] = Value::Array(calls);
    }
    if let Some(id) = &message.tool_call_id {
        body["tool_call_id"] = json!(id);
    }
    Ok(body)
}

#[derive(Deserialize)]
struct Answer {
    choices: Vec<Chosen>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Chosen {
    message: Said,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
    refusal: Option<String>,
    tool_calls: Option<Vec<Called>>,
}

#[derive(Deserialize)]
struct Called {
    #[serde(default)]
    id: String,
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: Value,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

/// Reads the answer's body.
pub(super) fn completion(body: &[u8]) -> Result<(Completion, Used), Refusal> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| unread())?;
    let chosen = answer.choices.into_iter().next().ok_or_else(unread)?;
    let said = chosen.message;
    let refused = said.refusal.filter(|refusal| !refusal.is_empty());
    let is_refused = refused.is_some();
    let texts = [said.content, refused].into_iter().flatten().filter(|text| !text.is_empty());
    let mut content: Vec<_> = texts.map(Part::Text).collect();
    let calls = said.tool_calls.unwrap_or_default();
    let called = !calls.is_empty();
    content.extend(calls.into_iter().map(|call| {
        let arguments = match call.function.arguments {
            Value::String(arguments) => arguments,
            Value::Null => "{}".to_owned(),
            // Some servers forget that it is text.
            other => other.to_string(),
        };
        Part::ToolCall(ToolCall { id: call.id, name: call.function.name, arguments })
    }));
    let stop = match chosen.finish_reason.as_deref() {
        Some("content_filter") => Stop::Filtered,
        Some("length") => Stop::Length,
        _ if is_refused => Stop::Filtered,
        // Some servers say `stop` when they call a tool.
        _ if called => Stop::ToolCalls,
        _ => Stop::End,
    };
    let used = answer.usage.map(|usage| (usage.prompt_tokens, usage.completion_tokens));
    let message = Message { role: Role::Assistant, content, tool_call_id: None };
    Ok((Completion { message, stop, input_tokens: 0, output_tokens: 0 }, used))
}
