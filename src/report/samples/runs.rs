//! Whole runs.

use std::time::Duration;

use super::*;

/// Runs of every sort, by name: each report is looked at for all of them.
pub(crate) fn runs() -> Vec<(&'static str, Vec<Event>)> {
    let mut mixed = passing();
    mixed.extend([wrong_status(), wrong_json()]);
    let mut broken = run(passing(), |over| (over.broken, over.exit_code) = (1, 2));
    broken.insert(1, Event::Problem(problem()));
    let nothing = run(Vec::new(), |over| {
        (over.reason, over.exit_code) = (Some("no request was selected".into()), 2);
    });
    let half = run(
        vec![
            passed("GET /hello greets"),
            ended("later", Status::NotRun, "the run was stopped"),
        ],
        |over| {
            (over.interrupted, over.exit_code) = (true, 130);
        },
    );
    vec![
        ("each", of_each()),
        ("green", plain(passing())),
        ("mixed", plain(mixed)),
        (
            "down",
            run(down(), |over| (over.unreachable, over.exit_code) = (1, 3)),
        ),
        ("blocked", plain(blocked())),
        ("broken", broken),
        ("nothing", nothing),
        ("interrupted", half),
        ("hostile", plain(hostile())),
    ]
}

/// A run of one collection.
pub(crate) fn run(
    requests: Vec<RequestFinished>,
    change: impl FnOnce(&mut RunFinished),
) -> Vec<Event> {
    let mut counts = Counts::default();
    for request in requests
        .iter()
        .filter(|request| request.part == Part::Request || request.status != Status::Passed)
    {
        counts.add(request.status);
    }
    let mut over = run_finished(counts);
    change(&mut over);
    let mut events = vec![run_started(), collection_started(PATH, "hello")];
    events.extend(
        requests
            .into_iter()
            .flat_map(|request| [request_started(&request), finished(request)]),
    );
    events.extend([
        collection_finished(PATH, "hello", counts),
        Event::RunFinished(over),
    ]);
    events
}

pub(crate) fn plain(requests: Vec<RequestFinished>) -> Vec<Event> {
    run(requests, |_| {})
}

pub(crate) fn passing() -> Vec<RequestFinished> {
    vec![
        RequestFinished {
            part: Part::Setup,
            method: "POST".into(),
            ..passed("log in")
        },
        RequestFinished {
            needed: true,
            ..passed("create order")
        },
        passed("GET /hello greets"),
        RequestFinished {
            row: Some(1),
            ..passed("POST /hello returns the key")
        },
        RequestFinished {
            row: Some(2),
            duration: Duration::from_millis(1240),
            ..passed("POST /hello returns the key")
        },
        RequestFinished {
            sent: 3,
            ..ended("GET /slow wakes up", Status::Flaky, "")
        },
        ended("DELETE /hello", Status::Skipped, "the stage is read-only"),
        RequestFinished {
            part: Part::Teardown,
            code: Some(204),
            ..passed("log out")
        },
    ]
}

pub(crate) fn wrong_status() -> RequestFinished {
    RequestFinished {
        code: Some(403),
        exchange: Some(exchange(r#"{"message":"Missing Authentication Token"}"#)),
        diagnosis: Some(
            "API Gateway responds like this if the stage does not have the path, or the path does not have the method".into(),
        ),
        request_ids: vec![("x-amzn-requestid".into(), "8c1f0a52-1f7e-4b0e-93c1-4e8e1f0a5b11".into())],
        ..failed("GET /hello greets", vec![wrong("status", "200", "403")])
    }
}

pub(crate) fn wrong_json() -> RequestFinished {
    let items: Vec<String> = (0..12)
        .map(|item| format!(r#"{{"sku":"A-{item}","qty":{}}}"#, item % 4))
        .collect();
    let body = format!(
        r#"{{"order":{{"id":12345678901234567890,"items":[{}],"note":null}}}}"#,
        items.join(",")
    );
    let json = Failure {
        differences: many_differences(),
        more_differences: 3,
        hint: Some("`json_contains` lets objects have more members".into()),
        place: Some(place(
            PATH,
            41,
            15,
            "expect.json = { order = { id = 12345678901234567890 } }",
            40,
        )),
        ..wrong("json", "…", "…")
    };
    let path = Failure {
        place: Some(place(
            PATH,
            42,
            44,
            r#"expect.jsonpath."$.order.items[7].sku" = { starts_with = "B-" }"#,
            4,
        )),
        ..wrong(
            "jsonpath $.order.items[7].sku",
            r#"a string that starts with "B-""#,
            r#""A-7""#,
        )
    };
    let missing = Failure {
        actual: None,
        reason: Some("`$.order.total` was not found".into()),
        message: Some("an order has a total".into()),
        place: Some(place(
            PATH,
            43,
            28,
            r#"expect.jsonpath."$.order.total" = { gt = 0 }"#,
            8,
        )),
        ..wrong("jsonpath $.order.total", "a number greater than 0", "")
    };
    RequestFinished {
        method: "POST".into(),
        row: Some(2),
        exchange: Some(exchange(&body)),
        ..failed("POST /orders returns the order", vec![json, path, missing])
    }
}

/// More differences than are shown.
fn many_differences() -> Vec<Difference> {
    let mut differences = vec![difference("$.order.items[7].qty", "expected 4, got 3")];
    differences.extend((12..28).map(|at| {
        difference(
            &format!("$.order.items[{at}]"),
            "missing, expected {\"sku\":\"B\"}",
        )
    }));
    differences
}

/// Nobody answers.
pub(crate) fn down() -> Vec<RequestFinished> {
    let down = |name: &str| {
        unanswered(
            name,
            "connect",
            "no connection to 127.0.0.1:4010: connection refused",
        )
    };
    let mut requests: Vec<_> = (1..=3)
        .map(|row| RequestFinished {
            row: Some(row),
            ..down("GET /hello greets")
        })
        .collect();
    requests.push(unanswered("GET /slow", "timeout", "no response within 2 s"));
    requests
}

/// A setup failed, and took others with it.
pub(crate) fn blocked() -> Vec<RequestFinished> {
    let capture = Failure {
        actual: None,
        reason: Some("`$.token` was not found".into()),
        place: Some(place(PATH, 14, 17, r#"capture.token = "$.token""#, 9)),
        ..wrong("capture token", "", "")
    };
    let login = RequestFinished {
        part: Part::Setup,
        ..failed("log in", vec![capture])
    };
    let blocked = |name: &str| RequestFinished {
        blocked_by: Some("log in".into()),
        ..ended(
            name,
            Status::Blocked,
            "`token` was not captured, since `log in` failed",
        )
    };
    let mut requests = vec![login, blocked("GET /orders"), passed("GET /hello greets")];
    requests.extend((1..=12).map(|row| RequestFinished {
        row: Some(row),
        ..blocked("GET /orders/{id}")
    }));
    requests.push(ended("of nobody", Status::Blocked, "`id` was not captured"));
    requests
}

/// Texts that would break out of a report: out of its markup, its lines, its terminal.
pub(crate) fn hostile() -> Vec<RequestFinished> {
    let text = "a|b `c` ``` <script>alert(1)</script> ]]> &amp; \"q\" 'q' %0A ::error:: # \\ {\n\r\n\u{0}\u{1b}[2J\u{fffe}\u{202e}end";
    let failure = Failure {
        message: Some(text.into()),
        hint: Some(text.into()),
        differences: vec![difference(text, text)],
        place: Some(place("a,b::c%/ü.toml", 7, 3, text, 4)),
        ..wrong(text, text, text)
    };
    let tags = vec![text.into(), "smoke".into()];
    let exchange = Some(exchange(text));
    vec![
        RequestFinished {
            tags,
            exchange,
            diagnosis: Some(text.into()),
            url: text.into(),
            ..failed(text, vec![failure])
        },
        ended(text, Status::Skipped, text),
        RequestFinished {
            blocked_by: Some(text.into()),
            ..ended(text, Status::Blocked, text)
        },
    ]
}
