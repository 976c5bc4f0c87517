//! `JUnit` XML, as CI systems read it.
//!
//! A suite is a collection (or one of its rows), a case is a request (and row). What could not be judged is an `error`
//! (blocked requests, broken files, the run itself), what was judged and is wrong a `failure`. Suites stand behind their
//! totals, so cases go into a temporary file first, which is in memory while it is small: what is held does not grow with
//! the run.

use std::io::{self, Seek as _, Write};
use std::time::Duration;

use indexmap::IndexMap;
use quick_xml::Writer;
use quick_xml::events::BytesText;
use tempfile::SpooledTempFile;

use super::case::{Case, Cases, Id, Outcome};
use super::{Kind, Output, Reporter, words};
use crate::event::{
    CollectionFinished, CollectionStarted, ErrorKind, Event, RunFinished, RunStarted, Status,
};
use crate::text::escape_control_line;

/// The report `junit`.
pub const KIND: Kind = Kind {
    name: "junit",
    about: "JUnit XML, for CI systems",
    exchanges: false,
    beside: false,
    open: |output| Box::new(Junit::new(output)),
};

/// So many bytes of a suite, and of all suites together, are held in memory before they go to a file.
const HELD: usize = 1 << 16;

/// Writes a suite a collection, a case a request.
struct Junit {
    output: Option<Output>,
    cases: Cases,
    run: Option<RunStarted>,
    open: IndexMap<Id, Suite>,
    /// The suites that are over.
    suites: SpooledTempFile,
    totals: Totals,
    time: Duration,
}

#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

/// A collection that is not over.
struct Suite {
    name: String,
    properties: Vec<(&'static str, String)>,
    totals: Totals,
    time: Duration,
    cases: SpooledTempFile,
}

impl Suite {
    fn new(name: &str) -> Self {
        let (properties, totals) = (Vec::new(), Totals::default());
        let cases = SpooledTempFile::new(HELD);
        Self {
            name: text(name),
            properties,
            totals,
            time: Duration::ZERO,
            cases,
        }
    }

    fn of(started: &CollectionStarted) -> Self {
        let known = [("stage", &started.stage), ("base_url", &started.base_url)];
        let properties = known
            .into_iter()
            .filter_map(|(name, value)| Some((name, text(value.as_deref()?))))
            .collect();
        Self {
            properties,
            ..Self::new(&words::titled(&started.name, started.row))
        }
    }

    fn add(&mut self, case: &Case<'_>) -> io::Result<()> {
        self.totals.add(case.outcome);
        self.time += case
            .request
            .map_or(Duration::ZERO, |request| request.duration);
        write_case(&mut self.cases, case)
    }
}

impl Totals {
    fn add(&mut self, outcome: Outcome) {
        self.tests += 1;
        match outcome {
            Outcome::Request(Status::Passed | Status::Flaky) => {}
            Outcome::Request(Status::Failed) => self.failures += 1,
            Outcome::Request(Status::Skipped | Status::NotRun) => self.skipped += 1,
            Outcome::Request(Status::Blocked) | Outcome::Problem | Outcome::Run => self.errors += 1,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
        }
    }

    fn attributes(self) -> [(&'static str, String); 3] {
        [
            ("tests", self.tests),
            ("failures", self.failures),
            ("errors", self.errors),
        ]
        .map(|(name, number)| (name, number.to_string()))
    }
}

impl Junit {
    fn new(output: Output) -> Self {
        Self {
            output: Some(output),
            cases: Cases::default(),
            run: None,
            open: IndexMap::new(),
            suites: SpooledTempFile::new(HELD),
            totals: Totals::default(),
            time: Duration::ZERO,
        }
    }

    fn case(&mut self, case: &Case<'_>) -> io::Result<()> {
        if let Some(suite) = self.open.get_mut(&case.id) {
            return suite.add(case);
        }
        self.open
            .entry(case.id.clone())
            .or_insert_with(|| Suite::new(&case.suite))
            .add(case)
    }

    /// A collection is over: its suite goes to the others.
    fn over(&mut self, over: &CollectionFinished) -> io::Result<()> {
        let id = (over.path.clone(), over.row);
        let Some(suite) = self.open.shift_remove(&id) else {
            return Ok(());
        };
        self.close(
            &id,
            Suite {
                time: over.duration,
                ..suite
            },
        )
    }

    fn close(&mut self, id: &Id, suite: Suite) -> io::Result<()> {
        self.totals = self.totals.plus(suite.totals);
        write_suite(&mut self.suites, id, suite, self.run.as_ref())
    }

    fn rest(&mut self) -> io::Result<()> {
        for (id, suite) in std::mem::take(&mut self.open) {
            self.close(&id, suite)?;
        }
        Ok(())
    }
}

impl Reporter for Junit {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        if let Some(case) = self.cases.of(event) {
            self.case(&case)?;
        }
        match event {
            Event::RunStarted(run) => self.run = Some(run.clone()),
            Event::CollectionStarted(started) => {
                self.open
                    .entry((started.path.clone(), started.row))
                    .or_insert_with(|| Suite::of(started));
            }
            Event::CollectionFinished(over) => self.over(over)?,
            Event::RunFinished(RunFinished { duration, .. }) => self.time = *duration,
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        self.rest()?;
        let mut writer = Writer::new(&mut output);
        writer
            .get_mut()
            .write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        let time = seconds(self.time);
        let element = writer
            .create_element("testsuites")
            .with_attribute(("name", "apitest"));
        let element = self
            .totals
            .attributes()
            .iter()
            .fold(element, |element, (name, value)| {
                element.with_attribute((*name, value.as_str()))
            });
        self.suites.rewind()?;
        element
            .with_attribute(("time", time.as_str()))
            .write_inner_content(|writer| {
                writer.get_mut().write_all(b"\n")?;
                io::copy(&mut self.suites, writer.get_mut()).map(drop)
            })?;
        output.write_all(b"\n")?;
        output.finish()
    }
}

fn write_suite(
    out: &mut impl Write,
    id: &Id,
    mut suite: Suite,
    run: Option<&RunStarted>,
) -> io::Result<()> {
    suite.cases.rewind()?;
    let (skipped, time, file) = (
        suite.totals.skipped.to_string(),
        seconds(suite.time),
        text(&id.0),
    );
    let mut writer = Writer::new(out);
    let element = writer
        .create_element("testsuite")
        .with_attribute(("name", suite.name.as_str()));
    let element = suite
        .totals
        .attributes()
        .iter()
        .fold(element, |element, (name, value)| {
            element.with_attribute((*name, value.as_str()))
        });
    let element = element.with_attributes([
        ("skipped", skipped.as_str()),
        ("time", time.as_str()),
        ("file", file.as_str()),
    ]);
    let element = run.iter().fold(element, |element, run| {
        element.with_attribute(("timestamp", text(&run.time).as_str()))
    });
    element.write_inner_content(|writer| {
        writer.get_mut().write_all(b"\n")?;
        let of_run = run.map(|run| {
            [
                ("run", run.id.clone()),
                ("seed", run.seed.to_string()),
                ("apitest", run.version.clone()),
            ]
        });
        writer
            .create_element("properties")
            .write_inner_content(|writer| {
                for (name, value) in suite
                    .properties
                    .iter()
                    .cloned()
                    .chain(of_run.into_iter().flatten())
                {
                    let value = text(&value);
                    writer
                        .create_element("property")
                        .with_attributes([("name", name), ("value", value.as_str())])
                        .write_empty()?;
                }
                Ok(())
            })?;
        writer.get_mut().write_all(b"\n")?;
        io::copy(&mut suite.cases, writer.get_mut()).map(drop)
    })?;
    writer.get_mut().write_all(b"\n")
}

fn write_case(out: &mut impl Write, case: &Case<'_>) -> io::Result<()> {
    let mut writer = Writer::new(out);
    let (name, class) = (text(&case.name), class(&case.id.0));
    let time = case
        .request
        .map_or(Duration::ZERO, |request| request.duration);
    let (time, tags) = (
        seconds(time),
        case.request
            .map(|request| text(&request.tags.join(",")))
            .unwrap_or_default(),
    );
    let mut element = writer
        .create_element("testcase")
        .with_attributes([("name", name.as_str()), ("classname", class.as_str())]);
    element = element.with_attribute(("time", time.as_str()));
    if !tags.is_empty() {
        element = element.with_attribute(("group", tags.as_str()));
    }
    element.write_inner_content(|writer| {
        write_verdict(writer, case)?;
        let Some(told) = told(case) else {
            return Ok(());
        };
        writer
            .create_element("system-out")
            .write_text_content(BytesText::new(&text_lines(&told)))
            .map(drop)
    })?;
    writer.get_mut().write_all(b"\n")
}

fn write_verdict<W: Write>(writer: &mut Writer<W>, case: &Case<'_>) -> io::Result<()> {
    let (element, kind) = match case.outcome {
        Outcome::Request(Status::Passed | Status::Flaky) => return Ok(()),
        Outcome::Request(Status::Skipped | Status::NotRun) => {
            let message = text(&case.reason);
            return writer
                .create_element("skipped")
                .with_attribute(("message", message.as_str()))
                .write_empty()
                .map(drop);
        }
        Outcome::Request(Status::Failed) => (
            "failure",
            case.request
                .and_then(|request| request.error.map(ErrorKind::name)),
        ),
        Outcome::Request(Status::Blocked) => ("error", Some("blocked")),
        Outcome::Problem => ("error", Some("problem")),
        Outcome::Run => ("error", Some("run")),
    };
    let subject = case
        .request
        .and_then(|request| request.failures.first())
        .map(|failure| failure.subject.text());
    let (message, kind) = (
        text(&case.reason),
        text(words::start(kind.or(subject).unwrap_or("failed"), 100)),
    );
    let element = writer
        .create_element(element)
        .with_attributes([("message", message.as_str()), ("type", kind.as_str())]);
    element
        .write_text_content(BytesText::new(&text_lines(&case.details())))
        .map(drop)
}

/// Where the request stands and what it sent; with a failure its own text says so.
fn told(case: &Case<'_>) -> Option<String> {
    let request = case.request.filter(|_| !case.is_bad())?;
    let again = if request.sent > 1 {
        format!("\nsent {} times", request.sent)
    } else {
        String::new()
    };
    Some(format!(
        "{}\n{}{again}",
        words::at(&request.place),
        words::sent(request)
    ))
}

/// `collections/hello.toml` as `collections.hello`: what CI systems take for a package and a class.
fn class(path: &str) -> String {
    let path = path
        .strip_suffix(".toml")
        .unwrap_or(path)
        .trim_start_matches(['.', '/']);
    text(&path.replace(['/', '\\'], "."))
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

/// A text on one line, without what XML 1.0 forbids: control characters are visible already.
fn text(text: &str) -> String {
    text_lines(&escape_control_line(text))
}

/// Lines of harmless text, without the two characters beside controls that XML 1.0 forbids.
fn text_lines(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
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
    fn it_is_xml_and_its_totals_are_those_of_its_cases() {
        for (name, events) in samples::runs() {
            let written = samples::written(&KIND, &events);
            let document = roxmltree::Document::parse(&written)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let root = document.root_element();
            for (attribute, tag) in [
                ("tests", "testcase"),
                ("failures", "failure"),
                ("errors", "error"),
            ] {
                let of = |node: roxmltree::Node<'_, '_>| {
                    let found = node
                        .descendants()
                        .filter(|node| node.has_tag_name(tag))
                        .count();
                    assert_eq!(
                        node.attribute(attribute),
                        Some(found.to_string().as_str()),
                        "{name}: {attribute}"
                    );
                };
                of(root);
                root.children()
                    .filter(roxmltree::Node::is_element)
                    .for_each(of);
            }
        }
    }

    #[test]
    fn what_is_large_goes_through_a_file() {
        let many = (1..=3_000).map(|row| crate::event::RequestFinished {
            row: Some(row),
            ..samples::passed("GET /")
        });
        let written = samples::written(&KIND, &samples::plain(many.collect()));
        assert!(written.len() > 4 * HELD);
        assert_eq!(written.matches("<testcase ").count(), 3_000);
        assert!(roxmltree::Document::parse(&written).is_ok());
    }
}
