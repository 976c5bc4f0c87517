//! TAP 14, the Test Anything Protocol: a line a case, what is wrong as YAML below it.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use super::case::{Case, Cases, Outcome};
use super::{Kind, Output, Reporter, words};
use crate::event::{Event, Status};
use crate::text::escape_control_line;

/// The report `tap`.
pub const KIND: Kind = Kind {
    name: "tap",
    about: "TAP 14, with diagnostics in YAML",
    exchanges: false,
    beside: false,
    open: |output| {
        Box::new(Tap {
            output: Some(output),
            cases: Cases::default(),
            written: 0,
        })
    },
};

/// Writes a test point a case; the plan stands at the end.
struct Tap {
    output: Option<Output>,
    cases: Cases,
    written: usize,
}

impl Tap {
    fn begin(&mut self) -> io::Result<()> {
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        output.write_all(b"TAP version 14\n")?;
        output.end_line()
    }

    fn point(&mut self, case: &Case<'_>) -> io::Result<()> {
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        if case.outcome == Outcome::Run {
            // The run is no test: it ends the report as red, in place of the plan.
            writeln!(output, "Bail out! {}", case.reason)?;
            return output.end_line();
        }
        self.written += 1;
        output.write_all(point(case, self.written).as_bytes())?;
        output.end_line()
    }
}

impl Reporter for Tap {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunStarted(_) = event {
            self.begin()?;
        }
        let case = self.cases.of(event);
        if let Some(case) = &case {
            self.point(case)?;
        }
        let Some(output) = self
            .output
            .as_mut()
            .filter(|_| matches!(event, Event::RunFinished(_)) && case.is_none())
        else {
            return Ok(());
        };
        writeln!(output, "1..{}", self.written)?;
        output.end_line()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.output.take().map_or(Ok(()), Output::finish)
    }
}

fn point(case: &Case<'_>, number: usize) -> String {
    let title = escaped(&case.title());
    let ok = if case.is_bad() { "not ok" } else { "ok" };
    let skipped = matches!(
        case.outcome,
        Outcome::Request(Status::Skipped | Status::NotRun)
    );
    let directive = if skipped {
        format!(" # SKIP {}", escaped(&case.reason))
            .trim_end()
            .to_owned()
    } else {
        String::new()
    };
    let mut text = format!("{ok} {number} - {title}{directive}\n");
    if case.is_bad() || case.outcome == Outcome::Request(Status::Flaky) {
        text.push_str(&diagnostic(case));
    }
    text
}

/// The block of YAML below a point; its texts are JSON strings, which YAML reads as they are.
fn diagnostic(case: &Case<'_>) -> String {
    let mut lines = Yaml::default();
    let severity = match case.outcome {
        Outcome::Request(Status::Flaky) => "flaky",
        Outcome::Request(Status::Blocked) => "blocked",
        Outcome::Problem => "problem",
        _ => "fail",
    };
    lines.text("message", &case.reason);
    lines.text("severity", severity);
    if let Some(place) = case.place {
        lines.text("file", &place.file);
        lines.raw("line", &place.line.to_string());
        lines.raw("column", &place.column.to_string());
    }
    if let Some(request) = case.request {
        lines.text("request", &words::sent(request));
        lines.raw(
            "duration_ms",
            &format!("{:.3}", request.duration.as_secs_f64() * 1_000.0),
        );
        if request.sent > 1 {
            lines.raw("sent", &request.sent.to_string());
        }
        if let [failure] = request.failures.as_slice() {
            lines.text("expected", &words::bounded(&failure.expected, 4_000));
            lines.text(
                "actual",
                &words::bounded(failure.actual.as_deref().unwrap_or_default(), 4_000),
            );
        }
    }
    if case.is_bad() {
        lines.block("details", &case.details());
    }
    format!("  ---\n{}  ...\n", lines.0)
}

/// Members of a YAML mapping, indented by two.
#[derive(Default)]
struct Yaml(String);

impl Yaml {
    fn raw(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.0, "  {name}: {value}");
    }

    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.raw(
                name,
                &serde_json::Value::from(escape_control_line(value)).to_string(),
            );
        }
    }

    /// Lines as they are; an indicator says how far they are indented, since the first may begin with spaces.
    fn block(&mut self, name: &str, lines: &str) {
        self.raw(name, "|2-");
        for line in lines.trim_end().lines() {
            let line = line.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
            let _ = writeln!(self.0, "{}", format!("    {line}").trim_end());
        }
    }
}

/// A description: `#` would begin a directive, a backslash escapes.
fn escaped(text: &str) -> String {
    escape_control_line(text)
        .replace('\\', "\\\\")
        .replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn every_run() {
        for (name, events) in samples::runs() {
            insta::assert_snapshot!(name, samples::written(&KIND, &events));
        }
    }
}
