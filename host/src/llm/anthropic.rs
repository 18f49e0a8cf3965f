//! The shape of `POST /v1/messages`, as Anthropic has it
//! (<https://docs.anthropic.com/en/api/messages>), version 2023-06-01.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::extra::{Choice, Extra};
use super::remote::{Used, unread};
use super::{Completion, Message, Part, Request, Role, Stop, ToolCall};
use crate::capability::Refusal;

/// The request's body.
pub(super) fn request(model: &str, asked: &Request) -> Result<Value, Refusal> {
    let extra = Extra::read(&asked.extra, &["seed", "presence_penalty", "frequency_penalty"])?;
    let mut body = json!({ "model": model, "max_tokens": asked.max_tokens });
    let system = asked.messages.iter().filter(|message| message.role == Role::System);
    let system: Vec<_> = system.flat_map(|message| &message.content).filter_map(text).collect();
    if !system.is_empty() {
        body["system"] = json!(system.join("\n\n"));
    }
    body["messages"] = messages(&asked.messages)?;
    if !asked.tools.is_empty() {
        let tools = asked.tools.iter().map(|tool| {
            let schema: Value = serde_json::from_str(&tool.parameters).unwrap_or_default();
            json!({ "name": tool.name, "description": tool.description, "input_schema": schema })
        });
        body["tools"] = tools.collect();
    }
    extra.put_numbers(&mut body);
    if !extra.stops.is_empty() {
        body["stop_sequences"] = json!(extra.stops);
    }
    if let Some(choice) = extra.choice {
        let choice = match choice {
            Choice::Auto => "auto",
            Choice::None => "none",
            Choice::Required => "any",
        };
        body["tool_choice"] = json!({ "type": choice });
    }
    Ok(body)
}

/// The turns of user and assistant. Results of tools are the user's, and what one role says in
/// several messages is one turn, as the answers to several calls must be.
fn messages(asked: &[Message]) -> Result<Value, Refusal> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in asked {
        let role = match message.role {
            Role::System => continue,
            Role::Assistant => "assistant",
            Role::User | Role::Tool => "user",
        };
        let mut blocks = message.content.iter().filter_map(block).collect::<Result<Vec<_>, _>>()?;
        if let Some(id) = &message.tool_call_id {
            blocks = vec![json!({ "type": "tool_result", "tool_use_id": id, "content": blocks })];
        }
        match turns.last_mut() {
            Some((last, before)) if *last == role => before.append(&mut blocks),
            _ => turns.push((role, blocks)),
        }
    }
    if turns.iter().any(|(_, blocks)| blocks.is_empty()) {
        return Err(Refusal::Invalid("a message is empty".to_owned()));
    }
    Ok(turns
        .into_iter()
        .map(|(role, content)| json!({ "role": role, "content": content }))
        .collect())
}

fn text(part: &Part) -> Option<&str> {
    match part {
        Part::Text(text) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

/// A part as a block; nothing for blank text, which is refused there.
fn block(part: &Part) -> Option<Result<Value, Refusal>> {
    Some(Ok(match part {
        Part::Text(_) => json!({ "type": "text", "text": text(part)? }),
        Part::Data((media, data)) => json!({ "type": "image", "source": {
            "type": "base64", "media_type": media, "data": BASE64_STANDARD.encode(data),
        }}),
        Part::ToolCall(call) => {
            let arguments = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
            let Ok(input) = serde_json::from_str::<Map<_, _>>(arguments) else {
                let what = "a tool call's `arguments` are no JSON object";
                return Some(Err(Refusal::Invalid(what.to_owned())));
            };
            json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input })
        }
    }))
}

#[derive(Deserialize)]
struct Answer {
    content: Vec<Block>,
    stop_reason: Option<String>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Map<String, Value>,
    },
    /// What was not asked for, such as thoughts.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(rename = "input_tokens")]
    input: u64,
    #[serde(rename = "output_tokens")]
    output: u64,
    #[serde(default, rename = "cache_creation_input_tokens")]
    cached: Option<u64>,
    #[serde(default, rename = "cache_read_input_tokens")]
    read_from_cache: Option<u64>,
}

/// Reads the answer's body.
pub(super) fn completion(body: &[u8]) -> Result<(Completion, Used), Refusal> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| unread())?;
    let parts = answer.content.into_iter().filter_map(|block| match block {
        Block::Text { text } => Some(Part::Text(text)),
        Block::ToolUse { id, name, input } => {
            let arguments = Value::Object(input).to_string();
            Some(Part::ToolCall(ToolCall { id, name, arguments }))
        }
        Block::Other => None,
    });
    let content = parts.collect();
    let stop = match answer.stop_reason.as_deref() {
        Some("max_tokens" | "model_context_window_exceeded") => Stop::Length,
        Some("tool_use") => Stop::ToolCalls,
        Some("refusal") => Stop::Filtered,
        _ => Stop::End,
    };
    let used = answer.usage.map(|usage| {
        let cached = [usage.cached, usage.read_from_cache];
        let cached = cached.into_iter().flatten().fold(0, u64::saturating_add);
        (usage.input.saturating_add(cached), usage.output)
    });
    let message = Message { role: Role::Assistant, content, tool_call_id: None };
    Ok((Completion { message, stop, input_tokens: 0, output_tokens: 0 }, used))
}
