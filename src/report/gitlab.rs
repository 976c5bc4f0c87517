//! GitLab's code quality report: what failed, at its line in a merge request.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>. A fingerprint stays the same as long as
//! the same expectation of the same request fails, wherever its line moves to.

use std::io::{self, Write as _};

use indexmap::IndexMap;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::case::{Case, Cases, Outcome};
use super::{Kind, Output, Reporter, words};
use crate::event::{Event, Place, Status};
use crate::text::escape_control_line;

/// The report `gitlab`.
pub const KIND: Kind = Kind {
    name: "gitlab",
    about: "GitLab code quality JSON",
    exchanges: false,
    beside: false,
    open: |output| {
        Box::new(Gitlab {
            output: Some(output),
            cases: Cases::default(),
            written: 0,
        })
    },
};

/// Writes an entry a failed expectation.
struct Gitlab {
    output: Option<Output>,
    cases: Cases,
    written: usize,
}

/// What is wrong, and where.
struct Issue<'a> {
    check: &'a str,
    severity: &'static str,
    what: String,
    place: Option<&'a Place>,
}

impl Gitlab {
    fn issues(&mut self, case: &Case<'_>) -> io::Result<()> {
        let mut seen: IndexMap<&str, usize> = IndexMap::new();
        for issue in issues(case) {
            let nth = seen.entry(issue.check).or_default();
            *nth += 1;
            let fingerprint = format!("{}\n{}\n{nth}", case.identity(), issue.check);
            let path = issue
                .place
                .map_or(case.id.0.as_str(), |place| place.file.as_str());
            self.write(&json!({
                "description": format!("{}: {}", case.title(), issue.what),
                "check_name": escape_control_line(words::start(issue.check, 200)),
                "fingerprint": hex::encode(Sha256::digest(fingerprint)),
                "severity": issue.severity,
                "location": {
                    "path": escape_control_line(path.trim_start_matches("./")),
                    "lines": { "begin": issue.place.map_or(1, |place| place.line) },
                },
            }))?;
        }
        Ok(())
    }

    fn write(&mut self, issue: &serde_json::Value) -> io::Result<()> {
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        let before = if self.written == 0 { "[\n" } else { ",\n" };
        self.written += 1;
        write!(output, "{before}{issue}")
    }
}

impl Reporter for Gitlab {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        match self.cases.of(event).filter(Case::is_bad) {
            Some(case) => self.issues(&case),
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        output.write_all(if self.written == 0 { b"[]\n" } else { b"\n]\n" })?;
        output.finish()
    }
}

fn issues<'a>(case: &'a Case<'a>) -> Vec<Issue<'a>> {
    let failures = case
        .request
        .map(|request| request.failures.as_slice())
        .unwrap_or_default();
    if failures.is_empty() {
        let (check, severity) = match case.outcome {
            Outcome::Request(Status::Blocked) => ("blocked", "minor"),
            Outcome::Request(_) => ("failed", "major"),
            Outcome::Problem => ("problem", "critical"),
            Outcome::Run => ("run", "critical"),
        };
        return vec![Issue {
            check,
            severity,
            what: case.reason.clone(),
            place: case.place,
        }];
    }
    let each = failures.iter().map(|failure| Issue {
        check: failure.subject.text(),
        severity: "major",
        what: words::headline(failure),
        place: failure.place.as_ref().or(case.place),
    });
    each.collect()
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

    #[test]
    fn a_fingerprint_is_unique_and_stays_where_lines_and_values_change() {
        let read = |line: usize, got: &str| {
            let wrong = || crate::event::Failure {
                place: Some(samples::place(samples::PATH, line, 1, "x", 1)),
                ..samples::wrong("status", "200", got)
            };
            let events = samples::plain(vec![samples::failed("GET /", vec![wrong(), wrong()])]);
            let written: serde_json::Value =
                serde_json::from_str(&samples::written(&KIND, &events)).unwrap();
            let issues = written.as_array().unwrap().clone();
            issues
                .iter()
                .map(|issue| issue["fingerprint"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let (one, other) = (read(3, "404"), read(77, "500"));
        assert_eq!(one, other);
        assert_ne!(one[0], one[1]);
    }
}
