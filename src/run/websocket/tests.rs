//! Conversations with a script.

use std::time::Duration;

use super::received::{Received, told};
use crate::event::Status;
use crate::http::Frame;
use crate::run::testing::run;
use crate::run::transport::fake::Reply;

#[test]
fn close_codes_are_told_in_plain_words() {
    let close = |code, reason: &str| told(&Received::Frame(Frame::Close(code, reason.to_owned())));
    assert_eq!(
        close(Some(1009), ""),
        "the server closed with 1009, message or frame too big"
    );
    assert_eq!(
        close(Some(1003), "text only"),
        "the server closed with 1003, unsupported data: \"text only\""
    );
    assert_eq!(
        close(Some(4001), "bye"),
        "the server closed with 4001: \"bye\""
    );
    assert_eq!(
        close(None, ""),
        "the server closed with 1005, no status code"
    );
}

/// The other side says these, each after so many frames were sent, at so many milliseconds.
fn talks(frames: &[(usize, u64, &str)]) -> Reply {
    let frame = |(after, at, text): &(usize, u64, &str)| {
        let frame = match *text {
            "close" => Frame::Close(Some(1000), String::new()),
            "ping" => Frame::Ping("".into()),
            text => Frame::Text(text.to_owned()),
        };
        (*after, Duration::from_millis(*at), frame)
    };
    Reply::websocket(frames.iter().map(frame).collect())
}

fn conversation(messages: &str) -> String {
    format!(
        r#"
        [[request]]
        name = "talk"
        websocket = "/ws"
        messages = [{messages}]
        "#
    )
}

#[test]
fn a_conversation_goes_on_step_by_step() {
    let text = conversation(
        r#"{ send = "one" }, { expect = "1", within = "1s" }, { send = "two" }, { expect = "2" }"#,
    );
    let frames = [
        (1, 100, "ping"),
        (1, 200, "1"),
        (2, 300, "2"),
        (3, 310, "close"),
    ];
    let ran = run(&text, [talks(&frames)]);
    assert_eq!(ran.statuses(), [Status::Passed]);
    assert_eq!(
        ran.sent(),
        ["0 GET /ws", "0 text one", "200 text two", "300 close "]
    );
}

#[test]
fn a_message_that_is_late_fails_and_what_follows_is_not_sent() {
    let text = conversation(r#"{ expect = "1", within = "50ms" }, { send = "never" }"#);
    let ran = run(&text, [talks(&[(0, 51, "1")])]);
    assert_eq!(ran.reasons(), ["step 1: none arrived within 50ms"]);
    assert!(!ran.log.iter().any(|line| line.contains("never")));
    let failure = &ran.finished().next().unwrap().failures[0];
    assert_eq!(failure.hint.as_deref(), Some("1 step after it did not run"));
}

#[test]
fn silence_fails_if_a_message_comes() {
    let text = conversation(r#"{ silence = "100ms" }"#);
    assert_eq!(
        run(&text, [talks(&[(0, 101, "late")])]).statuses(),
        [Status::Passed]
    );
    assert_eq!(
        run(&text, [talks(&[(0, 99, "early")])]).reasons(),
        ["step 1 silence: a message arrived: \"early\""]
    );
}

#[test]
fn a_close_ends_what_is_expected() {
    let text = conversation(r#"{ expect = "1" }"#);
    let ran = run(&text, [talks(&[(0, 10, "close")])]);
    assert_eq!(
        ran.reasons(),
        ["step 1: the server closed with 1000, normal closure"]
    );
}

#[test]
fn a_refused_handshake_says_that_nothing_was_said() {
    let text = conversation(r#"{ send = "one" }"#);
    let ran = run(&text, [Reply::status(403)]);
    assert_eq!(ran.statuses(), [Status::Failed]);
    let failures = &ran.finished().next().unwrap().failures;
    let last = failures
        .last()
        .and_then(|failure| failure.reason.as_deref());
    assert_eq!(
        last,
        Some("the handshake was refused, so 1 step of `messages` did not run")
    );
}

#[test]
fn a_capture_of_a_message_is_for_the_steps_that_follow() {
    let text = conversation(r#"{ expect = {}, capture.id = "$.id" }"#)
        + r#"
        [[request]]
        name = "read"
        get = "/read/{{ id }}"
    "#;
    let ran = run(&text, [talks(&[(0, 5, r#"{"id":7}"#)]), Reply::status(200)]);
    assert_eq!(ran.statuses(), [Status::Passed, Status::Passed]);
    assert!(
        ran.sent()
            .last()
            .is_some_and(|line| line.ends_with("GET /read/7"))
    );
}
