//! Events that the reporters' tests are made of.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

mod runs;

pub(crate) use runs::*;

use super::{Kind, Output};
use crate::event::{
    Attempt, Body, CollectionFinished, CollectionStarted, Counts, Difference, ErrorKind, Event,
    Exchange, Failure, Frame, Hop, Message, Part, Place, Problem, RequestFinished, RequestStarted,
    RunFinished, RunStarted, Severity, Snapshots, Status, Subject, Timing,
};
use crate::lock::IgnorePoison as _;

/// What was written, to be read by the test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().ignore_poison().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a report writes of these events.
pub(crate) fn written(kind: &Kind, events: &[Event]) -> String {
    let captured = Captured::default();
    let mut reporter = (kind.open)(Output::stream(captured.clone()));
    for event in events {
        reporter.tell(event).unwrap();
    }
    reporter.finish().unwrap();
    captured.text()
}

pub(crate) const STATUSES: [Status; 6] = [
    Status::Passed,
    Status::Flaky,
    Status::Failed,
    Status::Blocked,
    Status::Skipped,
    Status::NotRun,
];

pub(crate) const PATH: &str = "collections/hello.toml";
pub(crate) const BASE: &str = "http://127.0.0.1:4010/dev";

pub(crate) fn run_started() -> Event {
    Event::RunStarted(RunStarted {
        format: crate::event::FORMAT,
        id: "0d5f1c9e-7a55-4f0e-9a53-0f5f2c1f6b11".into(),
        time: "2026-11-22T13:00:00Z".into(),
        version: "0.1.0".into(),
        seed: 42,
        requests: 3,
        collections: 1,
        shard: None,
    })
}

pub(crate) fn problem() -> Problem {
    let rendered = "\
error: unknown key `statsu`
 --> collections/broken.toml:4:8
  |
4 | expect.statsu = 200
  |        ^^^^^^
  |
  = hint: did you mean `status`?
";
    Problem {
        severity: Severity::Error,
        message: "unknown key `statsu`".into(),
        place: Some(place(
            "collections/broken.toml",
            4,
            8,
            "expect.statsu = 200",
            6,
        )),
        hint: Some("did you mean `status`?".into()),
        rendered: rendered.into(),
    }
}

pub(crate) fn place(file: &str, line: usize, column: usize, text: &str, length: usize) -> Place {
    Place {
        file: file.into(),
        line,
        column,
        text: text.into(),
        length,
    }
}

pub(crate) fn collection_started(path: &str, name: &str) -> Event {
    Event::CollectionStarted(CollectionStarted {
        path: path.into(),
        name: name.into(),
        row: None,
        stage: Some("local".into()),
        base_url: Some(BASE.into()),
    })
}

pub(crate) fn collection_finished(path: &str, name: &str, counts: Counts) -> Event {
    let duration = Duration::from_millis(57);
    Event::CollectionFinished(CollectionFinished {
        path: path.into(),
        name: name.into(),
        row: None,
        counts,
        duration,
    })
}

pub(crate) fn request_started(request: &RequestFinished) -> Event {
    let RequestFinished {
        path,
        collection_row,
        name,
        row,
        ..
    } = request.clone();
    Event::RequestStarted(RequestStarted {
        path,
        collection_row,
        name,
        row,
    })
}

pub(crate) fn run_finished(counts: Counts) -> RunFinished {
    let failed = counts.failed + counts.blocked > 0;
    RunFinished {
        counts,
        broken: 0,
        unreachable: 0,
        duration: Duration::from_millis(1240),
        interrupted: false,
        reason: None,
        nothing_ran: false,
        exit_code: u8::from(failed),
        rerun: failed.then(|| "apitest run --last-failed collections".into()),
        snapshots: Snapshots::default(),
    }
}

pub(crate) fn finished(request: RequestFinished) -> Event {
    Event::RequestFinished(Box::new(request))
}

pub(crate) fn passed(name: &str) -> RequestFinished {
    RequestFinished {
        path: PATH.into(),
        collection_row: None,
        name: name.into(),
        row: None,
        part: Part::Request,
        needed: false,
        tags: Vec::new(),
        place: place(PATH, 20, 1, "[[request]]", 11),
        status: Status::Passed,
        reason: None,
        title: None,
        blocked_by: None,
        method: "GET".into(),
        url: format!("{BASE}/hello"),
        code: Some(200),
        start: Duration::from_micros(40_500),
        duration: Duration::from_micros(12_300),
        sent: 1,
        attempts: Vec::new(),
        expectations: 2,
        failures: Vec::new(),
        error: None,
        diagnosis: None,
        facts: Vec::new(),
        request_ids: Vec::new(),
        curl: None,
        rerun: None,
        exchange: None,
    }
}

/// Not sent, or not judged as passed.
pub(crate) fn ended(name: &str, status: Status, reason: &str) -> RequestFinished {
    let sent = usize::from(status == Status::Flaky);
    let code = (sent > 0).then_some(200);
    RequestFinished {
        status,
        reason: Some(reason.into()),
        sent,
        code,
        expectations: sent,
        ..passed(name)
    }
}

pub(crate) fn failed(name: &str, failures: Vec<Failure>) -> RequestFinished {
    RequestFinished {
        status: Status::Failed,
        failures,
        curl: Some(format!("curl -sS -i '{BASE}/hello'")),
        rerun: Some(format!("apitest run '{PATH}::{name}'")),
        exchange: Some(exchange(r#"{"message":"Hi from Lambda!"}"#)),
        ..passed(name)
    }
}

/// No response came.
pub(crate) fn unanswered(name: &str, class: &str, message: &str) -> RequestFinished {
    let failure = Failure {
        actual: None,
        reason: Some(message.into()),
        place: None,
        ..wrong(class, "", "")
    };
    RequestFinished {
        error: ErrorKind::from_name(class),
        code: None,
        exchange: Some(Exchange {
            response: None,
            error: Some(message.into()),
            ..exchange("")
        }),
        failures: vec![failure],
        ..failed(name, Vec::new())
    }
}

pub(crate) fn wrong(subject: &str, expected: &str, actual: &str) -> Failure {
    Failure {
        subject: Subject::from_text(subject),
        message: None,
        expected: expected.into(),
        actual: Some(actual.into()),
        reason: None,
        differences: Vec::new(),
        more_differences: 0,
        hint: None,
        place: Some(place(PATH, 23, 17, "expect.status = 200", 3)),
    }
}

pub(crate) fn difference(path: &str, text: &str) -> Difference {
    Difference {
        path: path.into(),
        text: text.into(),
    }
}

pub(crate) fn exchange(body: &str) -> Exchange {
    let json = ("content-type".to_owned(), "application/json".to_owned());
    let body = Body {
        size: body.len(),
        text: Some(body.into()),
        cut: false,
    };
    Exchange {
        request: Message {
            line: format!("GET {BASE}/hello HTTP/1.1"),
            headers: vec![("accept".into(), "*/*".into())],
            body: None,
        },
        hops: Vec::new(),
        response: Some(Message {
            line: "HTTP/1.1 200 OK".into(),
            headers: vec![json],
            body: Some(body),
        }),
        error: None,
        timing: timing(),
        refused_cookies: Vec::new(),
        messages: Vec::new(),
    }
}

/// On a connection that was open already.
pub(crate) fn timing() -> Timing {
    Timing {
        first_byte: Some(Duration::from_millis(12)),
        download: Some(Duration::from_micros(300)),
        total: Duration::from_micros(12_300),
        ..Timing::default()
    }
}

/// One event of each kind, as a run tells it; no list in them is empty.
pub(crate) fn of_each() -> Vec<Event> {
    let request = RequestFinished {
        tags: vec!["smoke".into()],
        sent: 2,
        attempts: vec![Attempt {
            code: Some(503),
            error: None,
            duration: Duration::from_millis(9),
            reason: Some("status did not match".into()),
            resent: false,
        }],
        diagnosis: Some("the stage runs an older deployment".into()),
        facts: vec![("content-type".into(), "application/json".into())],
        request_ids: vec![("x-amzn-requestid".into(), "8c1f0a52".into())],
        exchange: Some(full_exchange()),
        ..failed("GET /hello greets", vec![full_failure()])
    };
    let counts = Counts {
        passed: 2,
        failed: 1,
        ..Counts::default()
    };
    vec![
        run_started(),
        Event::Problem(problem()),
        collection_started(PATH, "hello"),
        request_started(&request),
        finished(request),
        collection_finished(PATH, "hello", counts),
        Event::RunFinished(run_finished(counts)),
    ]
}

/// A failure with all that one can have.
fn full_failure() -> Failure {
    Failure {
        message: Some("the order is what was ordered".into()),
        differences: vec![difference("$.order.items[1].qty", "expected 3, got 1")],
        hint: Some("`any.number` takes any number".into()),
        place: Some(place(
            PATH,
            31,
            15,
            "expect.json = { order = { items = [{ qty = 2 }, { qty = 3 }] } }",
            50,
        )),
        ..wrong(
            "json",
            r#"{"order":{"items":[{"qty":2},{"qty":3}]}}"#,
            r#"{"order":{"items":[{"qty":2},{"qty":1}]}}"#,
        )
    }
}

/// An exchange in which no list is empty.
fn full_exchange() -> Exchange {
    Exchange {
        refused_cookies: vec![(
            "sid".into(),
            "its domain `b.example` is not that of the host `a.example`".into(),
        )],
        messages: vec![Frame {
            sent: true,
            kind: "text".into(),
            code: None,
            body: Body {
                size: 5,
                text: Some("hello".into()),
                cut: false,
            },
            at: Duration::from_millis(15),
        }],
        hops: vec![Hop {
            url: format!("{BASE}/old"),
            status: 302,
            headers: vec![("location".into(), "/dev/hello".into())],
            duration: Duration::from_millis(3),
            timing: Timing {
                dns: Some(Duration::from_micros(400)),
                total: Duration::from_millis(3),
                ..timing()
            },
        }],
        ..exchange(r#"{"order":{"items":[{"qty":2},{"qty":1}]}}"#)
    }
}
