//! Both shapes, both ways.

use serde_json::json;

use super::*;
use crate::capability::Refusal;
use crate::llm::{Completion, Stop, anthropic, openai};

fn schema() -> serde_json::Value {
    json!({ "type": "object", "properties": { "place": { "type": "string" } } })
}

#[test]
fn a_conversation_in_the_shape_of_openai() {
    let function = |id: &str, arguments: &str| {
        json!({ "id": id, "type": "function",
                "function": { "name": "weather", "arguments": arguments } })
    };
    let golden = json!({
        "model": "small",
        "messages": [
            { "role": "system", "content": "be brief" },
            { "role": "user", "content": [
                { "type": "text", "text": "what is this?" },
                { "type": "image_url", "image_url": { "url": "data:image/png;base64,AQID" } },
            ]},
            { "role": "assistant", "content": "let me see", "tool_calls": [
                function("c1", r#"{"place":"Oslo"}"#), function("c2", r#"{"place":"Rome"}"#),
            ]},
            { "role": "tool", "content": "rain", "tool_call_id": "c1" },
            { "role": "tool", "content": "sun", "tool_call_id": "c2" },
        ],
        "max_tokens": 100,
        "tools": [{ "type": "function", "function": {
            "name": "weather", "description": "of a place", "parameters": schema(),
        }}],
        "temperature": 0.5,
        "stop": ["END"],
        "tool_choice": "required",
    });
    let body = openai::request("small", &conversation(), openai::LIMIT).unwrap();
    assert_eq!(body.to_string(), golden.to_string());
}

#[test]
fn a_conversation_in_the_shape_of_anthropic() {
    let golden = json!({
        "model": "small",
        "max_tokens": 100,
        "system": "be brief",
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "what is this?" },
                { "type": "image", "source": {
                    "type": "base64", "media_type": "image/png", "data": "AQID" } },
            ]},
            { "role": "assistant", "content": [
                { "type": "text", "text": "let me see" },
                { "type": "tool_use", "id": "c1", "name": "weather", "input": { "place": "Oslo" } },
                { "type": "tool_use", "id": "c2", "name": "weather", "input": { "place": "Rome" } },
            ]},
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "c1",
                  "content": [{ "type": "text", "text": "rain" }] },
                { "type": "tool_result", "tool_use_id": "c2",
                  "content": [{ "type": "text", "text": "sun" }] },
            ]},
        ],
        "tools": [{ "name": "weather", "description": "of a place", "input_schema": schema() }],
        "temperature": 0.5,
        "stop_sequences": ["END"],
        "tool_choice": { "type": "any" },
    });
    let body = anthropic::request("small", &conversation()).unwrap();
    assert_eq!(body.to_string(), golden.to_string());
}

#[test]
fn what_one_of_them_lacks_is_refused_and_not_dropped() {
    let with = |name: &str| Request { extra: vec![(name.into(), "1".into())], ..hello() };
    assert!(openai::request("m", &with("top_k"), openai::LIMIT).is_err());
    assert!(openai::request("m", &with("seed"), openai::LIMIT).is_ok());
    assert!(anthropic::request("m", &with("seed")).is_err());
    assert!(anthropic::request("m", &with("top_k")).is_ok());
    let mut image = conversation();
    image.messages[3].content.push(Part::Data(("image/png".into(), vec![1])));
    assert!(openai::request("m", &image, openai::LIMIT).is_err());
    assert!(anthropic::request("m", &image).is_ok());
    let mut broken = conversation();
    broken.messages[2].content.push(Part::ToolCall(ToolCall {
        id: "c3".into(),
        name: "weather".into(),
        arguments: "{\"pla".into(),
    }));
    assert!(openai::request("m", &broken, openai::LIMIT).is_ok());
    assert!(anthropic::request("m", &broken).is_err());
    assert!(anthropic::request("m", &asked(vec![text(Role::User, " ")])).is_err());
}

fn parts(completion: &Completion) -> Vec<String> {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::ToolCall(call) => format!("{} {} {}", call.id, call.name, call.arguments),
        Part::Data(_) => unreachable!(),
    };
    completion.message.content.iter().map(part).collect()
}

#[test]
fn an_answer_in_the_shape_of_openai() {
    let body = json!({ "id": "x", "object": "chat.completion", "choices": [{
        "index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "well", "tool_calls": [
                { "id": "c1", "type": "function",
                  "function": { "name": "weather", "arguments": "{\"place\":\"Oslo\"}" } },
            ]}}],
        "usage": { "prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19 } });
    let (completion, used) = openai::completion(body.to_string().as_bytes()).unwrap();
    assert_eq!(parts(&completion), ["well", r#"c1 weather {"place":"Oslo"}"#]);
    assert_eq!((completion.stop, used), (Stop::ToolCalls, Some((12, 7))));
    assert_eq!(completion.message.role, Role::Assistant);
}

#[test]
fn an_answer_in_the_shape_of_anthropic() {
    let body = json!({ "id": "x", "type": "message", "role": "assistant", "content": [
            { "type": "thinking", "thinking": "hm", "signature": "s" },
            { "type": "text", "text": "well" },
            { "type": "tool_use", "id": "c1", "name": "weather", "input": { "place": "Oslo" } },
        ], "stop_reason": "tool_use", "stop_sequence": null,
        "usage": { "input_tokens": 2, "cache_read_input_tokens": 10,
                   "cache_creation_input_tokens": null, "output_tokens": 7 } });
    let (completion, used) = anthropic::completion(body.to_string().as_bytes()).unwrap();
    assert_eq!(parts(&completion), ["well", r#"c1 weather {"place":"Oslo"}"#]);
    assert_eq!((completion.stop, used), (Stop::ToolCalls, Some((12, 7))));
}

#[test]
fn why_it_stopped_is_told() {
    for (reason, stop) in [
        ("stop", Stop::End),
        ("length", Stop::Length),
        ("content_filter", Stop::Filtered),
        ("something new", Stop::End),
    ] {
        let body =
            json!({ "choices": [{ "finish_reason": reason, "message": { "content": "x" } }] });
        let (completion, used) = openai::completion(body.to_string().as_bytes()).unwrap();
        assert_eq!((completion.stop, used), (stop, None), "{reason}");
    }
    for (reason, stop) in [
        ("end_turn", Stop::End),
        ("stop_sequence", Stop::End),
        ("max_tokens", Stop::Length),
        ("refusal", Stop::Filtered),
    ] {
        let body = json!({ "content": [], "stop_reason": reason });
        let (completion, _) = anthropic::completion(body.to_string().as_bytes()).unwrap();
        assert_eq!(completion.stop, stop, "{reason}");
    }
    let body = json!({ "choices": [{ "message": { "content": null, "refusal": "no" } }] });
    let (completion, _) = openai::completion(body.to_string().as_bytes()).unwrap();
    assert_eq!((parts(&completion), completion.stop), (vec!["no".to_owned()], Stop::Filtered));
}

#[test]
fn garbage_is_a_refusal() {
    let deep = format!("{{\"choices\":{}", "[".repeat(1 << 20));
    for body in ["", "null", "[]", "{}", "{\"choices\":[]}", "{\"content\":1}", "<html>", &deep] {
        for read in [openai::completion, anthropic::completion] {
            let refused = read(body.as_bytes()).map(|_| ()).unwrap_err();
            assert!(matches!(refused, Refusal::Unavailable(_)), "{refused:?}");
        }
    }
}

#[test]
fn what_a_model_calls_can_be_sent_back_with_its_result() {
    let body = json!({ "content": [
        { "type": "tool_use", "id": "c9", "name": "weather", "input": {} }], "stop_reason": "tool_use" });
    let (completion, _) = anthropic::completion(body.to_string().as_bytes()).unwrap();
    let mut next = hello();
    next.messages.extend([completion.message, result("c9", "rain")]);
    crate::llm::check(&mut next).unwrap();
    let messages = &anthropic::request("m", &next).unwrap()["messages"];
    assert_eq!(messages[1]["content"][0]["input"], json!({}));
    assert_eq!(messages[2]["content"][0]["tool_use_id"], "c9");
    let messages = &openai::request("m", &next, openai::LIMIT).unwrap()["messages"];
    assert_eq!(messages[1]["content"], json!(null));
    assert_eq!(messages[2]["tool_call_id"], "c9");
}
