//! `--report KIND=FILE` and the project file's `[report]`: which reports are written, and where.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use super::args::Color;
use super::context::Context;
use super::{print, say};
use crate::project::{Error, file_inside};
use crate::report::terminal::{Options, Terminal, Verbosity};
use crate::report::{self, KINDS, Kind, Output, Reporters};
use crate::source::{Diagnostic, Style};
use crate::syntax::{Node, Problems, Project, names_hint};
use crate::text::{Line, Style as TextStyle, file_url, link};

/// A report that is asked for.
#[derive(Debug, Clone)]
struct Wanted<'a> {
    kind: &'static Kind,
    file: Cow<'a, str>,
}

impl Wanted<'_> {
    fn to_stdout(&self) -> bool {
        self.file == "-"
    }

    /// `json=events.jsonl`
    fn name(&self) -> String {
        format!("{}={}", self.kind.name, self.file)
    }

    fn output(&self, shared: bool) -> Result<Output, Error> {
        let output = match &*self.file {
            // Those that stand beside the terminal's report are commands themselves.
            "-" if self.kind.beside => Ok(Output::stream(io::stdout())),
            "-" => Ok(super::context::stdout_of_report()),
            file if shared => Output::append(Path::new(file)),
            file => Output::file(Path::new(file)),
        };
        output.map_err(|error| {
            Error::new(format!(
                "the report `{}` cannot be written: {}",
                self.name(),
                crate::plan::plain(&error)
            ))
        })
    }
}

/// The reports that are asked for.
#[derive(Debug)]
pub(super) struct Reports<'a> {
    list: Vec<Wanted<'a>>,
    /// A file that others write to as well: what goes there is added at its end.
    shared: Option<&'a str>,
}

impl<'a> Reports<'a> {
    /// Those of the command line.
    pub(super) fn new(written: &'a [String], context: &'a Context) -> Result<Self, Error> {
        let mut reports = Self {
            list: Vec::new(),
            shared: context.step_summary(),
        };
        for written in written {
            let Some((kind, file)) = written.split_once('=').filter(|(_, file)| !file.is_empty())
            else {
                let hint = "such as `--report json=events.jsonl`; `-` is standard output";
                return Err(Error::new(format!("`--report {written}` is not KIND=FILE")).hint(hint));
            };
            let kind = known(kind).map_err(|(message, hint)| Error::new(message).hint(hint))?;
            reports.add(Wanted {
                kind,
                file: file.into(),
            })?;
        }
        Ok(reports)
    }

    /// With those of the project file, whose problems are kept.
    pub(super) fn of_project(
        mut self,
        project: Option<&'a Project>,
        problems: &mut Problems,
    ) -> Result<Self, Error> {
        for (kind, entry) in project.iter().flat_map(|project| project.report.iter()) {
            match (known(kind), report_file(project, &entry.value)) {
                (Ok(kind), Ok(file)) => self.add(Wanted { kind, file })?,
                (Ok(_), Err(problem)) => problems.push(*problem),
                (Err((message, hint)), _) => {
                    problems.push(Diagnostic::error(&entry.key, message).hint(hint));
                }
            }
        }
        Ok(self)
    }

    /// With the summary of a step of GitHub Actions, where there is one and nothing else goes there.
    pub(super) fn of_step(mut self) -> Self {
        if let Some(file) = self
            .shared
            .filter(|file| self.list.iter().all(|known| known.file != *file))
        {
            self.list.push(Wanted {
                kind: &report::markdown::KIND,
                file: file.into(),
            });
        }
        self
    }

    /// One more; the same twice is written once, two into one place would be neither.
    fn add(&mut self, wanted: Wanted<'a>) -> Result<(), Error> {
        let apart =
            |known: &Wanted<'_>| wanted.to_stdout() && known.kind.beside != wanted.kind.beside;
        match self
            .list
            .iter()
            .find(|known| known.file == wanted.file && !apart(known))
        {
            None => self.list.push(wanted),
            Some(known) if known.kind.name == wanted.kind.name => {}
            Some(known) => {
                let place = if wanted.to_stdout() {
                    "standard output"
                } else {
                    "the same file"
                };
                let message = format!(
                    "the reports `{}` and `{}` both go to {place}",
                    known.name(),
                    wanted.name()
                );
                return Err(Error::new(message).hint("write each report to its own file"));
            }
        }
        Ok(())
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether standard output is free for the terminal's report.
    pub(super) fn leave_stdout(&self) -> bool {
        !self
            .list
            .iter()
            .any(|wanted| wanted.to_stdout() && !wanted.kind.beside)
    }

    /// Whether one of them shows every exchange.
    pub(super) fn exchanges(&self) -> bool {
        self.list.iter().any(|wanted| wanted.kind.exchanges)
    }

    /// Opens them all, before anything is told.
    pub(super) fn open(&self, reporters: &mut Reporters) -> Result<(), Error> {
        for wanted in &self.list {
            reporters.add(
                wanted.name(),
                (wanted.kind.open)(wanted.output(self.shared == Some(&*wanted.file))?),
            );
        }
        Ok(())
    }
}

impl Reports<'_> {
    /// Names the files that were written to the person who watches, as links where the terminal opens them. What could not
    /// be written is told otherwise.
    pub(super) fn name_written(
        &self,
        context: &Context,
        (color, quiet): (Color, bool),
        reporters: &Reporters,
    ) {
        if quiet || !context.stdout_is_terminal() {
            return;
        }
        let (colored, folder) = (context.stdout_style(color).color, context.links(color));
        let failed = |wanted: &Wanted<'_>| {
            reporters
                .errors()
                .iter()
                .any(|(name, _)| *name == wanted.name())
        };
        let written = self.list.iter().filter(|wanted| {
            !wanted.to_stdout() && self.shared != Some(&*wanted.file) && !failed(wanted)
        });
        let lines = written.map(|wanted| {
            let shown = Line::styled(&wanted.file, TextStyle::Path).render(colored);
            let url = folder.and_then(|folder| file_url(folder, &wanted.file));
            let shown = url.map_or_else(|| shown.clone(), |url| link(url.as_str(), &shown));
            Line::styled("  report   ", TextStyle::Dim).render(colored) + &shown + "\n"
        });
        // A terminal that is gone needs no names.
        let _shown = print(&lines.collect::<String>());
    }
}

/// The terminal's report, on the streams of this process.
pub(super) fn terminal(
    context: &Context,
    color: Color,
    verbosity: Verbosity,
    progress: bool,
) -> Box<Terminal> {
    let style = context.stdout_style(color);
    let progress = progress && context.shows_progress();
    let options = Options {
        color: style.color,
        width: style.width,
        verbosity,
        progress,
        live: context.stdout_is_terminal(),
        folds: context.folds(),
        links: context.links(color),
    };
    Box::new(Terminal::new(
        options,
        Box::new(io::stdout()),
        Box::new(io::stderr()),
    ))
}

/// A report that could not be written makes the run red, whatever else it was.
pub(super) fn with_errors(code: u8, reporters: &Reporters, style: Style) -> u8 {
    let errors = reporters.errors();
    for (name, error) in errors {
        let message = format!(
            "the report `{name}` could not be written: {}",
            crate::plan::plain(error)
        );
        say(&Error::new(message).render(style));
    }
    if errors.is_empty() || code == 130 {
        code
    } else {
        super::WRONG
    }
}

/// Where a report of the project file goes.
fn report_file<'a>(
    project: Option<&Project>,
    node: &'a Node,
) -> Result<Cow<'a, str>, Box<Diagnostic>> {
    match (node.as_str(), project) {
        (Some("-"), _) | (_, None) => Ok("-".into()),
        (_, Some(project)) => Ok(file_inside(project, node)?.display().to_string().into()),
    }
}

/// What `--help` says of `--report`.
pub(super) fn help() -> String {
    let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    format!(
        "Write a report: KIND=FILE, `-` is standard output (kinds: {})",
        names.join(", ")
    )
}

fn known(kind: &str) -> Result<&'static Kind, (String, String)> {
    report::kind(kind).ok_or_else(|| {
        (
            format!("there is no report `{kind}`"),
            names_hint(kind, KINDS.iter().map(|kind| kind.name)),
        )
    })
}
