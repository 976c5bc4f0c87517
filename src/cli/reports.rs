//! `--report KIND=FILE` and the project file's `[report]`: which reports are written, and where.

use std::io;
use std::path::Path;

use super::error::CliError;
use crate::report::{self, KINDS, Kind, Output, Reporters};
use crate::source::Diagnostic;
use crate::syntax::{Data, Problems, Project, names_hint, wrong_type};

/// A report that is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    kind: &'static Kind,
    file: &'a str,
}

impl Wanted<'_> {
    /// Whether it goes to standard output, in place of the terminal's.
    fn takes_stdout(self) -> bool {
        self.file == "-"
    }

    /// `json=events.jsonl`
    fn name(self) -> String {
        format!("{}={}", self.kind.name, self.file)
    }

    fn output(self) -> Result<Output, CliError> {
        let output = if self.takes_stdout() { Ok(Output::stream(io::stdout())) } else { Output::file(Path::new(self.file)) };
        output.map_err(|error| {
            CliError::new(format!("the report `{}` cannot be written: {}", self.name(), crate::plan::plain(&error)))
        })
    }
}

/// The reports that are asked for.
#[derive(Debug, Default)]
pub(super) struct Reports<'a>(Vec<Wanted<'a>>);

impl<'a> Reports<'a> {
    /// Those of the project file and those of the command line; problems of the former are kept.
    pub(super) fn new(written: &'a [String], project: Option<&'a Project>, problems: &mut Problems) -> Result<Self, CliError> {
        let mut reports = Self::default();
        for (kind, entry) in project.iter().flat_map(|project| project.report.iter()) {
            let Data::String(file) = &entry.value.data else {
                problems.push(wrong_type(&entry.value, "a file's path"));
                continue;
            };
            match known(kind) {
                Ok(kind) => reports.add(Wanted { kind, file })?,
                Err((message, hint)) => problems.push(Diagnostic::error(&entry.key, message).hint(hint)),
            }
        }
        for written in written {
            let Some((kind, file)) = written.split_once('=').filter(|(_, file)| !file.is_empty()) else {
                let hint = "such as `--report json=events.jsonl`; `-` is standard output";
                return Err(CliError::new(format!("`--report {written}` is not KIND=FILE")).hint(hint));
            };
            let kind = known(kind).map_err(|(message, hint)| CliError::new(message).hint(hint))?;
            reports.add(Wanted { kind, file })?;
        }
        Ok(reports)
    }

    /// One more; the same twice is written once, two into one place would be neither.
    fn add(&mut self, wanted: Wanted<'a>) -> Result<(), CliError> {
        match self.0.iter().find(|known| known.file == wanted.file) {
            None => self.0.push(wanted),
            Some(known) if known.kind.name == wanted.kind.name => {}
            Some(known) => {
                let place = if wanted.takes_stdout() { "standard output" } else { "the same file" };
                let message = format!("the reports `{}` and `{}` go to {place}", known.name(), wanted.name());
                return Err(CliError::new(message).hint("each report needs a place of its own"));
            }
        }
        Ok(())
    }

    /// Whether standard output is free for the terminal's report.
    pub(super) fn leave_stdout(&self) -> bool {
        !self.0.iter().any(|wanted| wanted.takes_stdout())
    }

    /// Whether one of them shows every exchange.
    pub(super) fn exchanges(&self) -> bool {
        self.0.iter().any(|wanted| wanted.kind.exchanges)
    }

    /// Opens them all, before anything is sent.
    pub(super) fn open(&self, reporters: &mut Reporters) -> Result<(), CliError> {
        for wanted in &self.0 {
            reporters.add(wanted.name(), (wanted.kind.open)(wanted.output()?));
        }
        Ok(())
    }
}

/// What `--help` says of `--report`.
pub(super) fn help() -> String {
    let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    format!("Write a report: KIND=FILE, `-` is standard output (kinds: {})", names.join(", "))
}

fn known(kind: &str) -> Result<&'static Kind, (String, String)> {
    report::kind(kind)
        .ok_or_else(|| (format!("there is no report `{kind}`"), names_hint(kind, KINDS.iter().map(|kind| kind.name))))
}
