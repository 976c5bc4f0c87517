//! CTRF, the Common Test Report Format: <https://ctrf.io>. The summary stands behind the tests, so that nothing is held.

use std::io::{self, Write as _};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::case::{Case, Cases, Outcome};
use super::{Kind, Output, Reporter, words};
use crate::event::{Event, RunFinished, RunStarted, Status};
use crate::text::escape_control_line;

/// The report `ctrf`.
pub const KIND: Kind = Kind {
    name: "ctrf",
    about: "CTRF JSON, the Common Test Report Format",
    exchanges: false,
    beside: false,
    open: |output| {
        Box::new(Ctrf {
            output: Some(output),
            ..Ctrf::default()
        })
    },
};

/// The version of the specification.
const SPECIFICATION: &str = "0.0.0";

/// Writes a test a case, then the summary.
#[derive(Default)]
struct Ctrf {
    output: Option<Output>,
    cases: Cases,
    /// When the run began, in milliseconds since 1970.
    start: i64,
    counts: Counts,
    suites: usize,
    over: Option<RunFinished>,
}

#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
    pending: usize,
    other: usize,
    flaky: usize,
}

impl Counts {
    fn tests(&self) -> usize {
        self.passed + self.failed + self.skipped + self.pending + self.other
    }

    /// Counts a case, and gives the word for what it came to.
    fn add(&mut self, outcome: Outcome) -> &'static str {
        let (number, word) = match outcome {
            Outcome::Request(Status::Passed) => (&mut self.passed, "passed"),
            Outcome::Request(Status::Flaky) => {
                self.flaky += 1;
                (&mut self.passed, "passed")
            }
            Outcome::Request(Status::Skipped) => (&mut self.skipped, "skipped"),
            Outcome::Request(Status::NotRun) => (&mut self.pending, "pending"),
            Outcome::Request(Status::Blocked) => (&mut self.other, "other"),
            Outcome::Request(Status::Failed) | Outcome::Problem | Outcome::Run => {
                (&mut self.failed, "failed")
            }
        };
        *number += 1;
        word
    }
}

impl Ctrf {
    fn begin(&mut self, run: &RunStarted) -> io::Result<()> {
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        self.start = run.time.parse().map_or(0, jiff::Timestamp::as_millisecond);
        let tool = json!({ "name": "apitest", "version": run.version });
        write!(
            output,
            r#"{{"reportFormat":"CTRF","specVersion":"{SPECIFICATION}","runId":{},"timestamp":{},"generatedBy":"apitest","results":{{"tool":{tool},"tests":["#,
            Value::from(run.id.as_str()),
            Value::from(run.time.as_str()),
        )
    }

    fn case(&mut self, case: &Case<'_>) -> io::Result<()> {
        let before = if self.counts.tests() == 0 {
            "\n"
        } else {
            ",\n"
        };
        let test = test(case, self.counts.add(case.outcome));
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        write!(output, "{before}{test}")
    }

    /// What stands behind the tests.
    fn end(&self) -> String {
        let Counts {
            passed,
            failed,
            skipped,
            pending,
            other,
            flaky,
        } = self.counts;
        let duration = millis(
            self.over
                .as_ref()
                .map_or(Duration::ZERO, |over| over.duration),
        );
        let mut summary = json!({
            "tests": self.counts.tests(), "passed": passed, "failed": failed, "skipped": skipped, "pending": pending,
            "other": other, "flaky": flaky, "suites": self.suites,
            "start": self.start, "stop": self.start.saturating_add(duration), "duration": duration,
        });
        if let Some((over, members)) = self.over.as_ref().zip(summary.as_object_mut()) {
            let extra = json!({ "exitCode": over.exit_code, "interrupted": over.interrupted, "rerun": over.rerun });
            members.insert("extra".to_owned(), extra);
        }
        format!("\n],\"summary\":{summary}}}}}\n")
    }
}

impl Reporter for Ctrf {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        if let Some(case) = self.cases.of(event) {
            self.case(&case)?;
        }
        match event {
            Event::RunStarted(run) => self.begin(run)?,
            Event::CollectionStarted(_) => self.suites += 1,
            Event::RunFinished(over) => self.over = Some(over.clone()),
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        output.write_all(self.end().as_bytes())?;
        output.finish()
    }
}

fn test(case: &Case<'_>, status: &str) -> Value {
    let mut test = Map::new();
    let mut put = |name: &str, value: Value| drop(test.insert(name.to_owned(), value));
    put("testId", escape_control_line(&case.identity()).into());
    put(
        "name",
        if case.name.is_empty() {
            "-".into()
        } else {
            case.name.as_str().into()
        },
    );
    put("status", status.into());
    put(
        "duration",
        millis(
            case.request
                .map_or(Duration::ZERO, |request| request.duration),
        )
        .into(),
    );
    put(
        "suite",
        json!([escape_control_line(&case.id.0), case.suite]),
    );
    if !case.reason.is_empty() {
        put("message", case.reason.as_str().into());
    }
    if case.is_bad() {
        put("trace", case.details().into());
    }
    if let Some(place) = case.place {
        put("filePath", escape_control_line(&place.file).into());
        put("line", place.line.into());
        put("snippet", escape_control_line(&place.text).into());
    }
    let Some(request) = case.request else {
        return Value::Object(test);
    };
    put(
        "rawStatus",
        serde_json::to_value(request.status).unwrap_or_default(),
    );
    put("type", "api".into());
    put("flaky", (request.status == Status::Flaky).into());
    if !request.tags.is_empty() {
        put(
            "tags",
            request
                .tags
                .iter()
                .map(|tag| Value::from(escape_control_line(tag)))
                .collect(),
        );
    }
    put(
        "extra",
        json!({ "request": words::sent(request), "sent": request.sent, "rerun": request.rerun, "curl": request.curl }),
    );
    Value::Object(test)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from((duration + Duration::from_micros(500)).as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn every_run() {
        for (name, events) in samples::runs() {
            let written = samples::written(&KIND, &events);
            let read: Value = serde_json::from_str(&written).unwrap();
            let tests = read["results"]["tests"].as_array().unwrap().len();
            assert_eq!(read["results"]["summary"]["tests"], tests, "{name}");
            insta::assert_snapshot!(name, written);
        }
    }
}
