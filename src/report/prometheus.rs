//! Metrics of a run, for smoke tests on a schedule: a file for `node_exporter`'s textfile collector or a push gateway.
//!
//! The text is valid as `OpenMetrics` and as Prometheus' own format. A request stands there once, whatever its rows: what is
//! held grows with the collections, not with the run.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

use indexmap::IndexMap;

use super::{Kind, Output, Reporter};
use crate::event::{CollectionFinished, Counts, Event, RequestFinished, RunFinished, Status};
use crate::text::escape_control_line;

/// The report `prometheus`.
pub const KIND: Kind = Kind {
    name: "prometheus",
    about: "Prometheus metrics, valid OpenMetrics",
    exchanges: false,
    beside: false,
    open: |output| {
        Box::new(Prometheus {
            output: Some(output),
            ..Prometheus::default()
        })
    },
};

/// Holds what the metrics are made of.
#[derive(Default)]
struct Prometheus {
    output: Option<Output>,
    /// When the run began, in seconds since 1970.
    start: f64,
    stages: IndexMap<String, String>,
    requests: IndexMap<(String, String), Request>,
    collections: IndexMap<String, (Counts, Duration)>,
    over: Option<RunFinished>,
}

/// All rows of a request together.
#[derive(Default)]
struct Request {
    /// Whether it was judged, in any of its rows.
    judged: bool,
    /// Whether a row is red.
    bad: bool,
    /// The slowest row.
    time: Duration,
}

impl Prometheus {
    fn request(&mut self, told: &RequestFinished) {
        if !told.is_counted() {
            return;
        }
        let request = self
            .requests
            .entry((told.path.clone(), told.name.clone()))
            .or_default();
        request.judged |= !matches!(told.status, Status::Skipped | Status::NotRun);
        request.bad |= matches!(told.status, Status::Failed | Status::Blocked);
        request.time = request.time.max(told.duration);
    }

    fn collection(&mut self, over: &CollectionFinished) {
        let (counts, time) = self.collections.entry(over.path.clone()).or_default();
        *counts = counts.plus(over.counts);
        *time += over.duration;
    }

    fn text(&self) -> String {
        let mut page = Page::default();
        if let Some(over) = &self.over {
            run(&mut page, over, self.start);
        }
        self.write_collections(&mut page);
        self.write_requests(&mut page);
        page.text + "# EOF\n"
    }

    /// The stage of a collection.
    fn stage(&self, path: &str) -> &str {
        self.stages
            .get(path)
            .map(String::as_str)
            .unwrap_or_default()
    }

    fn write_collections(&self, page: &mut Page) {
        page.family(
            "apitest_collection_requests",
            "",
            "Number of requests of a collection by outcome.",
        );
        for (path, (counts, _)) in &self.collections {
            for (status, number) in by_status(*counts) {
                page.sample(
                    &[
                        ("collection", path),
                        ("stage", self.stage(path)),
                        ("status", status),
                    ],
                    whole(number),
                );
            }
        }
        page.family(
            "apitest_collection_duration_seconds",
            "seconds",
            "Duration of a collection.",
        );
        for (path, (_, time)) in &self.collections {
            page.sample(
                &[("collection", path), ("stage", self.stage(path))],
                time.as_secs_f64(),
            );
        }
    }

    fn write_requests(&self, page: &mut Page) {
        page.family(
            "apitest_request_success",
            "",
            "Whether a request passed, in all of its rows.",
        );
        let judged = || self.requests.iter().filter(|(_, request)| request.judged);
        for ((path, name), request) in judged() {
            let labels = [
                ("collection", path.as_str()),
                ("stage", self.stage(path)),
                ("request", name),
            ];
            page.sample(&labels, f64::from(u8::from(!request.bad)));
        }
        page.family(
            "apitest_request_duration_seconds",
            "seconds",
            "Response time of a request; the slowest of its rows.",
        );
        for ((path, name), request) in judged() {
            let labels = [
                ("collection", path.as_str()),
                ("stage", self.stage(path)),
                ("request", name),
            ];
            page.sample(&labels, request.time.as_secs_f64());
        }
    }
}

fn run(page: &mut Page, over: &RunFinished, start: f64) {
    page.family("apitest_run_success", "", "Whether the run passed.");
    page.sample(&[], f64::from(u8::from(over.exit_code == 0)));
    page.family("apitest_run_exit_code", "", "The exit code of the run.");
    page.sample(&[], f64::from(over.exit_code));
    page.family(
        "apitest_run_start_timestamp_seconds",
        "seconds",
        "Start time of the run, in seconds since 1970.",
    );
    page.sample(&[], start);
    page.family(
        "apitest_run_duration_seconds",
        "seconds",
        "Duration of the run.",
    );
    page.sample(&[], over.duration.as_secs_f64());
    page.family("apitest_run_requests", "", "Number of requests by outcome.");
    for (status, number) in by_status(over.counts) {
        page.sample(&[("status", status)], whole(number));
    }
    page.family(
        "apitest_run_broken_collections",
        "",
        "Number of collections that had errors and did not run.",
    );
    page.sample(&[], whole(over.broken));
    page.family(
        "apitest_run_unreachable_stages",
        "",
        "Number of stages that could not be reached.",
    );
    page.sample(&[], whole(over.unreachable));
}

/// Each request is in one of them: `flaky` ones are not in `passed` here.
fn by_status(counts: Counts) -> [(&'static str, usize); 6] {
    [
        ("passed", counts.passed.saturating_sub(counts.flaky)),
        ("flaky", counts.flaky),
        ("failed", counts.failed),
        ("blocked", counts.blocked),
        ("skipped", counts.skipped),
        ("not_run", counts.not_run),
    ]
}

fn whole(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

impl Reporter for Prometheus {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(run) => {
                let start = run
                    .time
                    .parse()
                    .map_or(jiff::Timestamp::UNIX_EPOCH, |time| time);
                self.start = start.as_duration().as_secs_f64();
            }
            Event::CollectionStarted(started) => {
                self.stages.insert(
                    started.path.clone(),
                    started.stage.clone().unwrap_or_default(),
                );
            }
            Event::RequestFinished(request) => self.request(request),
            Event::CollectionFinished(over) => self.collection(over),
            Event::RunFinished(over) => self.over = Some(over.clone()),
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        output.write_all(self.text().as_bytes())?;
        output.finish()
    }
}

/// Metric families in the making; all of them are gauges: a run tells its own numbers, not those since some start.
#[derive(Default)]
struct Page {
    text: String,
    name: &'static str,
}

impl Page {
    fn family(&mut self, name: &'static str, unit: &str, help: &str) {
        self.name = name;
        let _ = writeln!(self.text, "# TYPE {name} gauge");
        if !unit.is_empty() {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.text, "# HELP {name} {help}");
    }

    fn sample(&mut self, labels: &[(&str, &str)], value: f64) {
        let pairs: Vec<_> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = if pairs.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", pairs.join(","))
        };
        let _ = writeln!(self.text, "{}{labels} {value}", self.name);
    }
}

fn escaped(value: &str) -> String {
    escape_control_line(value)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
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
