//! A model in the shape of `OpenAI` (`POST /v1/chat/completions`): it repeats the last message, and asked
//! for the `time` it calls the first tool.

use serde_json::{Value, json};

/// The answer to a request's body, whose sender has this `Authorization`.
pub(super) fn complete(authorization: &str, body: &[u8]) -> Value {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let last = request["messages"].as_array().and_then(|messages| messages.last());
    let content = last.map(|message| &message["content"]);
    // Text is a string, or the first of the parts.
    let word = content.and_then(|content| content.as_str().or(content[0]["text"].as_str()));
    let word = word.unwrap_or("nothing");
    let tool = &request["tools"][0]["function"]["name"];
    let (message, reason) = if word == "time" && tool.is_string() {
        let call = json!({ "id": "call-1", "type": "function",
            "function": { "name": tool, "arguments": "{}" } });
        (json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls")
    } else {
        let model = request["model"].as_str().unwrap_or("no model");
        let said = format!("{model} heard {word} from {authorization}");
        (json!({ "role": "assistant", "content": said }), "stop")
    };
    json!({ "id": "1", "object": "chat.completion", "model": request["model"],
        "choices": [{ "index": 0, "message": message, "finish_reason": reason }],
        "usage": { "prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12 } })
}
