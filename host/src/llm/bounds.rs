//! What a guest may ask, whoever the provider is.

use super::{Message, Part, Request, Role, ToolSpec};
use crate::capability::Refusal;

/// Bytes of all that is asked. 4 MiB, of the request that is made of it too.
pub(super) const BYTES: usize = 4 << 20;
/// Messages of one request.
const MESSAGES: usize = 1_024;
/// Tools of one request; providers have 128.
const TOOLS: usize = 128;
/// Bytes of a tool's name; providers have 64.
const NAME: usize = 64;
/// Tokens of an answer if the guest does not say.
const TOKENS: u32 = 4_096;

/// Images that both shapes know.
const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Checks a request, and sets the tokens of its answer if they are not: 4,096.
///
/// # Errors
///
/// [`Refusal::TooLarge`] over 4 MiB, [`Refusal::Quota`] over 1,024 messages or 128 tools, and
/// [`Refusal::Invalid`] for what stands where it means nothing.
pub(crate) fn check(request: &mut Request) -> Result<(), Refusal> {
    if request.messages.len() > MESSAGES {
        return Err(Refusal::Quota(MESSAGES as u64));
    }
    if request.tools.len() > TOOLS {
        return Err(Refusal::Quota(TOOLS as u64));
    }
    if size(request) > BYTES {
        return Err(Refusal::TooLarge(BYTES as u64));
    }
    if *request.max_tokens.get_or_insert(TOKENS) == 0 {
        return Err(invalid("`max-tokens` is 0"));
    }
    if !request.messages.iter().any(|message| message.role != Role::System) {
        return Err(invalid("there is no message to answer"));
    }
    request.messages.iter().try_for_each(check_message)?;
    request.tools.iter().try_for_each(check_tool)
}

fn check_message(message: &Message) -> Result<(), Refusal> {
    let of_tool = message.role == Role::Tool;
    if of_tool == message.tool_call_id.as_deref().unwrap_or_default().is_empty() {
        return Err(invalid(
            "`tool-call-id` belongs to a message of the role `tool`, and to no other",
        ));
    }
    if message.content.is_empty() && !of_tool {
        return Err(invalid("a message is empty"));
    }
    for part in &message.content {
        match (part, message.role) {
            (Part::Text(_), _) => {}
            (Part::Data((media, _)), Role::User | Role::Tool) => {
                if !IMAGES.contains(&media.as_str()) {
                    return Err(invalid(
                        "data is an image of PNG, JPEG, GIF or WebP, by its media type",
                    ));
                }
            }
            (Part::Data(_), _) => return Err(invalid("images come from a user or a tool")),
            (Part::ToolCall(call), Role::Assistant) => {
                check_name(&call.name)?;
                if call.id.is_empty() {
                    return Err(invalid("a tool call has no id"));
                }
            }
            (Part::ToolCall(_), _) => return Err(invalid("tool calls come from an assistant")),
        }
    }
    Ok(())
}

fn check_tool(tool: &ToolSpec) -> Result<(), Refusal> {
    check_name(&tool.name)?;
    let schema = serde_json::from_str(&tool.parameters);
    match schema {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        _ => Err(invalid("a tool's `parameters` are no JSON object")),
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if (1..=NAME).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(invalid("a tool's name is 1 to 64 of the characters A-Z, a-z, 0-9, `_` and `-`"))
}

fn size(request: &Request) -> usize {
    let of_part = |part: &Part| match part {
        Part::Text(text) => text.len(),
        Part::Data((media, data)) => media.len() + data.len(),
        Part::ToolCall(call) => call.id.len() + call.name.len() + call.arguments.len(),
    };
    let of_message = |message: &Message| {
        let id = message.tool_call_id.as_deref().unwrap_or_default().len();
        id + message.content.iter().map(of_part).sum::<usize>()
    };
    let of_tool =
        |tool: &ToolSpec| tool.name.len() + tool.description.len() + tool.parameters.len();
    let extra = request.extra.iter().map(|(name, value)| name.len() + value.len());
    request.messages.iter().map(of_message).sum::<usize>()
        + request.tools.iter().map(of_tool).sum::<usize>()
        + extra.sum::<usize>()
}

fn invalid(what: &str) -> Refusal {
    Refusal::Invalid(what.to_owned())
}
