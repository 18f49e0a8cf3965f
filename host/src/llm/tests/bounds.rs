//! Requests that no provider is asked.

use super::*;
use crate::capability::Refusal;
use crate::llm::check;

fn refused(change: impl FnOnce(&mut Request)) -> Refusal {
    let mut request = conversation();
    change(&mut request);
    check(&mut request).unwrap_err()
}

#[test]
fn what_is_over_a_count_or_a_size_is_refused_and_what_is_at_it_is_not() {
    let most = 1_024;
    let many = |count| asked(vec![text(Role::User, "x"); count]);
    assert!(check(&mut many(most)).is_ok());
    assert_eq!(check(&mut many(most + 1)), Err(Refusal::Quota(1_024)));
    assert_eq!(refused(|r| r.tools = vec![weather(); 129]), Refusal::Quota(128));
    let long = |bytes| asked(vec![text(Role::User, &"x".repeat(bytes))]);
    assert!(check(&mut long(4 << 20)).is_ok());
    assert_eq!(check(&mut long((4 << 20) + 1)), Err(Refusal::TooLarge(4 << 20)));
}

#[test]
fn what_stands_where_it_means_nothing_is_refused() {
    let changes: [fn(&mut Request); 17] = [
        |r| r.messages.clear(),
        |r| r.messages.truncate(1),
        |r| r.max_tokens = Some(0),
        |r| r.messages[1].content.clear(),
        |r| r.messages[1].tool_call_id = Some("c1".into()),
        |r| r.messages[3].tool_call_id = None,
        |r| r.messages[3].tool_call_id = Some(String::new()),
        |r| r.messages[1].content.push(call("c3", "x")),
        |r| r.messages[2].content.push(Part::Data(("image/png".into(), vec![]))),
        |r| r.messages[0].content.push(Part::Data(("image/png".into(), vec![]))),
        |r| r.messages[1].content.push(Part::Data(("image/svg+xml".into(), vec![]))),
        |r| r.messages[2].content.push(call("", "x")),
        |r| r.tools[0].name = "a b".into(),
        |r| r.tools[0].name = "n".repeat(65),
        |r| r.tools[0].parameters = "[]".into(),
        |r| r.tools[0].parameters = "{".into(),
        |r| r.tools[0].parameters = "[".repeat(100_000),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        assert!(matches!(refused(change), Refusal::Invalid(_)), "{at}");
    }
    assert!(check(&mut conversation()).is_ok());
}

#[test]
fn an_answer_has_4096_tokens_if_nothing_is_said() {
    let mut request = Request { max_tokens: None, ..hello() };
    check(&mut request).unwrap();
    assert_eq!(request.max_tokens, Some(4_096));
}
