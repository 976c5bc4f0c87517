//! What a collection's run commits, and what blocks a step.

use crate::event::{Event, Status};
use crate::http::ErrorKind;
use crate::run::testing::{run, run_with};
use crate::run::transport::fake::Reply;

const FLOW: &str = r#"
    [[setup]]
    name = "log in"
    post = "/login"
    capture.token = "$.token"

    [[request]]
    name = "read"
    get = "/read/{{ token }}"

    [[request]]
    name = "other"
    get = "/other"

    [[teardown]]
    name = "log out"
    delete = "/login/{{ token }}"
"#;

fn token(status: u16, token: &str) -> Reply {
    Reply::json(status, &format!(r#"{{"token":"{token}"}}"#))
}

#[test]
fn captures_are_committed_for_the_steps_that_follow() {
    let replies = [
        token(200, "t1"),
        Reply::status(200),
        Reply::status(200),
        Reply::status(200),
    ];
    let ran = run(FLOW, replies);
    assert_eq!(
        ran.sent(),
        [
            "0 POST /login",
            "0 GET /read/t1",
            "0 GET /other",
            "0 DELETE /login/t1"
        ]
    );
    assert_eq!(ran.statuses(), [Status::Passed; 4]);
}

#[test]
fn a_failed_step_commits_what_it_captured() {
    let replies = [
        token(500, "t1"),
        Reply::status(200),
        Reply::status(200),
        Reply::status(200),
    ];
    let ran = run(FLOW, replies);
    assert_eq!(ran.statuses()[0], Status::Failed);
    assert_eq!(ran.sent().last(), Some(&"0 DELETE /login/t1"));
}

#[test]
fn a_missing_capture_blocks_who_needs_it_and_teardown_is_silent() {
    let ran = run(FLOW, [Reply::status(200), Reply::status(200)]);
    assert_eq!(ran.sent(), ["0 POST /login", "0 GET /other"]);
    assert_eq!(
        ran.statuses(),
        [Status::Failed, Status::Blocked, Status::Passed]
    );
    let blocked = ran.finished().nth(1).unwrap();
    assert_eq!(blocked.blocked_by.as_deref(), Some("log in"));
    assert_eq!(
        blocked.reason.as_deref(),
        Some("it needs `token`, which `log in` did not capture")
    );
}

#[test]
fn what_needs_a_blocked_step_names_the_first_cause() {
    let text = r#"
        [[request]]
        name = "a"
        get = "/a"
        capture.x = "$.x"

        [[request]]
        name = "b"
        get = "/b/{{ x }}"
        capture.y = "$.y"

        [[request]]
        name = "c"
        get = "/c/{{ y }}"

        [[request]]
        name = "d"
        get = "/d"
        needs = ["a"]
    "#;
    let ran = run(text, [Reply::status(200)]);
    let by: Vec<_> = ran
        .finished()
        .map(|finished| finished.blocked_by.as_deref())
        .collect();
    assert_eq!(by, [None, Some("a"), Some("a"), Some("a")]);
}

#[test]
fn what_needs_a_skipped_step_is_skipped() {
    let text = r#"
        [[request]]
        name = "a"
        get = "/a"
        skip = "later"

        [[request]]
        name = "b"
        get = "/b"
        needs = ["a"]
    "#;
    let ran = run(text, []);
    assert_eq!(ran.statuses(), [Status::Skipped, Status::Skipped]);
}

/// Two requests capture the same name, and the second one's value is missing.
#[test]
fn an_earlier_value_does_not_stand_in_for_one_that_was_lost() {
    let text = r#"
        [[request]]
        name = "first"
        get = "/first"
        capture.id = "$.token"

        [[request]]
        name = "second"
        get = "/second"
        capture.id = "$.token"

        [[request]]
        name = "third"
        get = "/third/{{ id }}"
    "#;
    let both = run(text, [token(200, "a"), token(200, "b"), Reply::status(200)]);
    assert_eq!(both.sent().last(), Some(&"0 GET /third/b"));
    for lost in [Reply::status(200), Reply::error(ErrorKind::Reset)] {
        let ran = run(text, [token(200, "a"), lost]);
        assert_eq!(
            ran.statuses(),
            [Status::Passed, Status::Failed, Status::Blocked]
        );
    }
}

/// A step sees its own captures before they are committed: the next attempt asks for what the last one gave.
#[test]
fn an_attempt_sees_what_the_one_before_it_captured() {
    let text = r#"
        [vars]
        next = "first"

        [[request]]
        name = "pages"
        get = "/pages/{{ next }}"
        repeat = { max = 3, until = "{{ next == 'end' }}" }
        capture.next = "$.token"
    "#;
    let ran = run(text, [token(200, "two"), token(200, "end")]);
    assert_eq!(ran.sent(), ["0 GET /pages/first", "0 GET /pages/two"]);
    assert_eq!(ran.statuses(), [Status::Passed]);
}

#[test]
fn a_stage_that_cannot_be_reached_is_reported_once() {
    let ran = run(FLOW, [Reply::unsent(ErrorKind::Connect)]);
    assert_eq!(ran.sent(), ["0 POST /login"]);
    assert_eq!(
        ran.statuses(),
        [Status::Failed, Status::Blocked, Status::Blocked]
    );
    assert_eq!(
        ran.finished().last().unwrap().reason.as_deref(),
        Some("the stage cannot be reached")
    );
}

#[test]
fn teardown_runs_after_enough_failures() {
    let replies = [token(500, "t1"), Reply::status(200)];
    let ran = run_with(FLOW, replies, |settings| settings.max_failures = Some(1));
    assert_eq!(ran.sent(), ["0 POST /login", "0 DELETE /login/t1"]);
    assert_eq!(ran.statuses()[1..3], [Status::NotRun, Status::NotRun]);
}

/// The fake panics if more is sent than it has replies for, as a defect of this program would.
#[test]
fn a_panic_fails_its_step_alone() {
    let text = r#"
        [[request]]
        name = "a"
        get = "/a"

        [[request]]
        name = "b"
        get = "/b"
        when = "{{ 1 == 2 }}"
    "#;
    let ran = run(text, []);
    assert_eq!(ran.statuses(), [Status::Failed, Status::Skipped]);
    assert_eq!(
        ran.reasons(),
        ["request: apitest itself failed: nothing is scripted for GET /a"]
    );
}

#[test]
fn warnings_follow_the_results_of_their_step() {
    let text = r#"
        [[request]]
        name = "a"
        get = "/a"
        rows = [{ n = 1 }, { n = 2 }]
        capture.pin = { jsonpath = "$.token", secret = true }

        [[request]]
        name = "b"
        get = "/b"
    "#;
    let ran = run(text, [token(200, "1"), token(200, "2"), Reply::status(200)]);
    let kinds: Vec<_> = ran
        .events
        .iter()
        .map(|event| match event {
            Event::RequestStarted(_) => "started",
            Event::RequestFinished(_) => "finished",
            Event::Problem(_) => "warning",
            _ => "collection",
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "collection",
            "started",
            "finished",
            "finished",
            "warning",
            "warning",
            "started",
            "finished",
            "collection"
        ]
    );
}
