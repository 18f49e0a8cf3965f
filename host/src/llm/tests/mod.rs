//! What is refused before anything is asked, the two shapes byte for byte, providers that fail or
//! lie, and what is metered. Providers are servers on loopback or stand in this process.

mod bounds;
mod calls;
mod remote;
mod shapes;

use super::{Message, Part, Request, Role, ToolCall, ToolSpec};

fn text(role: Role, text: &str) -> Message {
    Message { role, content: vec![Part::Text(text.into())], tool_call_id: None }
}

fn asked(messages: Vec<Message>) -> Request {
    Request { model: None, messages, tools: Vec::new(), max_tokens: Some(100), extra: Vec::new() }
}

fn hello() -> Request {
    asked(vec![text(Role::User, "hello")])
}

fn weather() -> ToolSpec {
    ToolSpec {
        name: "weather".into(),
        description: "of a place".into(),
        parameters: r#"{"type":"object","properties":{"place":{"type":"string"}}}"#.into(),
    }
}

fn call(id: &str, place: &str) -> Part {
    let arguments = format!(r#"{{"place":"{place}"}}"#);
    Part::ToolCall(ToolCall { id: id.into(), name: "weather".into(), arguments })
}

fn result(id: &str, text: &str) -> Message {
    Message {
        role: Role::Tool,
        content: vec![Part::Text(text.into())],
        tool_call_id: Some(id.into()),
    }
}

/// A conversation with everything in it: system, an image, two calls at once and their results.
fn conversation() -> Request {
    let mut seen = text(Role::User, "what is this?");
    seen.content.push(Part::Data(("image/png".into(), vec![1, 2, 3])));
    let mut called = text(Role::Assistant, "let me see");
    called.content.extend([call("c1", "Oslo"), call("c2", "Rome")]);
    Request {
        tools: vec![weather()],
        extra: vec![
            ("temperature".into(), "0.5".into()),
            ("stop".into(), "END".into()),
            ("tool_choice".into(), "required".into()),
        ],
        ..asked(vec![
            text(Role::System, "be brief"),
            seen,
            called,
            result("c1", "rain"),
            result("c2", "sun"),
        ])
    }
}
