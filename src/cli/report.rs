//! `apitest report`: any report from events that were kept, of one run or of several.

use std::fs::File as Disk;
use std::io::{self, BufRead, BufReader, Read as _};

use super::args::ReportArguments;
use super::context::Context;
use super::piped::Piped;
use super::reports::{Reports, terminal, with_errors};
use super::{WRONG, say, signals};
use crate::event::{Event, Line, Merge, Problem, ReadError, RunStarted, incomplete, read};
use crate::project::Error;
use crate::report::Reporters;
use crate::report::terminal::Verbosity;
use crate::run::Stop;
use crate::secret::Redactor;
use crate::source::{Diagnostic, File, Severity, Span};
use crate::text::count;

/// The exit code of what a signal ended.
const INTERRUPTED: u8 = 130;
/// No event is as long as this; bodies are bounded where they are told.
const LONGEST: u64 = 64 << 20;
/// So many characters of a line are shown.
const SHOWN: usize = 100;
/// So many problems of one file are told.
const PROBLEMS: usize = 20;

/// Makes reports of kept events.
pub(super) fn report(context: &Context, arguments: &ReportArguments) -> Result<u8, Error> {
    let reports = Reports::new(&arguments.reports, context)?;
    let stop = Stop::default();
    signals::listen(&stop);
    let open = |name: &String| Source::open(name, &stop);
    let opened: Result<Vec<_>, _> = arguments.files.iter().map(open).collect();
    let mut sources = opened?;
    let mut teller = Teller {
        reporters: Reporters::new(),
        problems: 0,
        alone: !arguments.reports.is_empty(),
    };
    if arguments.reports.is_empty() {
        let verbosity = Verbosity::of(arguments.quiet, arguments.verbose);
        teller.reporters.add(
            "terminal",
            terminal(context, arguments.color, verbosity, false),
        );
    }
    reports.open(&mut teller.reporters)?;
    let (starts, mut found) = starts(&mut sources);
    found.extend(not_whole(&sources, &starts));
    let interrupted = || {
        // A part of the events is no report: files that stood there before stay as they are.
        say(&Error::new("interrupted, no report was written")
            .render(context.stderr_style(arguments.color)));
        Ok(INTERRUPTED)
    };
    if stop.interrupted() {
        return interrupted();
    }
    let mut merge = Merge::new(starts);
    teller.reporters.tell(&Event::RunStarted(merge.started()));
    for problem in &found {
        teller.problem(problem);
    }
    for (run, source) in sources.iter_mut().enumerate() {
        pass_on((source, run), &mut merge, &mut teller, &stop);
    }
    if stop.interrupted() {
        return interrupted();
    }
    if let Some(warning) = twice(&merge, &sources) {
        teller.problem(&warning);
    }
    let mut over = merge.finished();
    if teller.problems > 0 && over.exit_code != 130 {
        over.exit_code = WRONG;
    }
    teller.reporters.tell(&Event::RunFinished(over.clone()));
    teller.reporters.finish();
    reports.name_written(
        context,
        (arguments.color, arguments.quiet),
        &teller.reporters,
    );
    Ok(with_errors(
        over.exit_code,
        &teller.reporters,
        context.stderr_style(arguments.color),
    ))
}

/// Who is told, and how many problems there were.
struct Teller {
    reporters: Reporters,
    problems: usize,
    /// Whether the terminal's report is not among the reporters.
    alone: bool,
}

impl Teller {
    fn problem(&mut self, problem: &Problem) {
        self.problems += usize::from(problem.severity == Severity::Error);
        self.reporters.tell(&Event::Problem(problem.clone()));
        if self.alone {
            say(&(problem.rendered.clone() + "\n"));
        }
    }
}

/// A file of events, read line by line.
struct Source {
    name: String,
    lines: Box<dyn BufRead>,
    /// The number of the line that was read last, and how it begins.
    number: usize,
    line: String,
    /// An event that was read to see what the file begins with.
    held: Option<Event>,
    /// How many problems were found.
    problems: usize,
    /// How many events of later versions were passed over.
    unknown: usize,
    done: bool,
}

impl Source {
    fn open(name: &str, stop: &Stop) -> Result<Self, Error> {
        let shown = if name == "-" { "standard input" } else { name };
        let cannot = |error: io::Error| {
            Error::new(format!(
                "`{shown}` cannot be read: {}",
                crate::plan::plain(&error)
            ))
        };
        let lines: Box<dyn BufRead> = if name == "-" {
            Box::new(BufReader::new(
                Piped::new(io::stdin(), stop).map_err(cannot)?,
            ))
        } else {
            let file = Disk::open(name).map_err(cannot)?;
            let kind = file.metadata().map_err(cannot)?;
            if kind.is_dir() {
                let problem = Error::new(format!("`{name}` is a folder, not a file of events"));
                return Err(problem.hint(format!("name the files: `{name}/*.jsonl`")));
            }
            if kind.is_file() {
                Box::new(BufReader::with_capacity(1 << 16, file))
            } else {
                Box::new(BufReader::new(Piped::new(file, stop).map_err(cannot)?))
            }
        };
        Ok(Self {
            name: shown.to_owned(),
            lines,
            number: 0,
            line: String::new(),
            held: None,
            problems: 0,
            unknown: 0,
            done: false,
        })
    }

    /// The next event, or what is wrong with its line; `None` at the end.
    fn next(&mut self) -> Option<Result<Event, Problem>> {
        if let Some(event) = self.held.take() {
            return Some(Ok(event));
        }
        while !self.done {
            let line = match self.line() {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(reason) => {
                    self.done = true;
                    return Some(Err(self.problem(&reason)));
                }
            };
            match read(line.trim()) {
                Ok(Line::Event(event)) => return Some(Ok(event)),
                Ok(Line::Unknown(_)) => self.unknown += 1,
                Err(_) if line.trim().is_empty() => {}
                Err(error) => {
                    self.done = matches!(error, ReadError::Newer { .. });
                    return Some(Err(self.problem(&error.to_string())));
                }
            }
        }
        self.done = true;
        None
    }

    fn line(&mut self) -> Result<Option<String>, String> {
        let mut bytes = Vec::new();
        let size = self
            .lines
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut bytes)
            .map_err(|error| crate::plan::plain(&error))?;
        if size == 0 {
            return Ok(None);
        }
        self.number += 1;
        // What is no text is no event either, and told as such.
        let line = String::from_utf8_lossy(&bytes);
        self.line = line.trim_end().chars().take(SHOWN).collect();
        if size as u64 == LONGEST {
            return Err("this line is longer than any event".to_owned());
        }
        Ok(Some(line.into_owned()))
    }

    /// A problem at the line that was read last; of a file without any there is nothing to show.
    fn problem(&mut self, message: &str) -> Problem {
        self.problems += 1;
        let shown = crate::text::escape_control_line(&self.line).into_owned();
        let end = shown.chars().next().map_or(0, char::len_utf8);
        let span = Span::new(
            &File::excerpt(self.name.clone(), shown, self.number.max(1)),
            0..end,
        );
        let problem = if end == 0 {
            Diagnostic::nowhere(message).at_path(self.name.clone())
        } else {
            Diagnostic::error(&span, message)
        };
        problem.to_event(&Redactor::default())
    }
}

/// The first event of each file. Problems come back, since nothing is told yet.
fn starts(sources: &mut [Source]) -> (Vec<Option<RunStarted>>, Vec<Problem>) {
    let mut starts: Vec<Option<RunStarted>> = Vec::new();
    let mut problems = Vec::new();
    for at in 0..sources.len() {
        let (before, rest) = sources.split_at_mut(at);
        let Some(source) = rest.first_mut() else {
            continue;
        };
        let started = match source.next() {
            Some(Ok(Event::RunStarted(run))) => Some(run),
            Some(Ok(other)) => {
                source.held = Some(other);
                problems.push(source.problem("the events do not begin with `run_started`"));
                None
            }
            Some(Err(problem)) => {
                problems.push(problem);
                None
            }
            None => {
                problems.push(source.problem("there is no event"));
                None
            }
        };
        let same = |known: &Option<RunStarted>| {
            started
                .as_ref()
                .zip(known.as_ref())
                .is_some_and(|(run, known)| run.id == known.id)
        };
        if let Some(first) = starts
            .iter()
            .position(same)
            .and_then(|first| before.get(first))
        {
            source.done = true;
            problems.push(source.problem(&format!("this is the same run as in `{}`", first.name)));
            starts.push(None);
        } else {
            starts.push(started);
        }
    }
    (starts, problems)
}

/// Tells the events of a file.
fn pass_on(
    (source, run): (&mut Source, usize),
    merge: &mut Merge,
    teller: &mut Teller,
    stop: &Stop,
) {
    let given_up = source.done;
    while let Some(next) = source.next() {
        if stop.interrupted() {
            return;
        }
        match next {
            Ok(event) => {
                if let Some(event) = merge.take(run, event) {
                    teller.reporters.tell(&event);
                }
            }
            Err(problem) if source.problems <= PROBLEMS => teller.problem(&problem),
            Err(_) => {}
        }
    }
    if source.problems > PROBLEMS {
        let more = format!(
            "{} that cannot be read",
            count(source.problems - PROBLEMS, "more line")
        );
        let problem = source.problem(&more);
        teller.problem(&problem);
    }
    if source.unknown > 0 {
        let events = count(source.unknown, "event");
        teller.problem(&warning(
            format!(
                "{}: {events} from a later version of apitest ignored",
                source.name
            ),
            None,
        ));
    }
    if !given_up && !merge.is_over(run) && source.number > 0 {
        let problem = source
            .problem("the events end before the run does: it was stopped, or the file was cut");
        teller.problem(&problem);
    }
    if let Some((said, told)) = merge.lost(run).filter(|_| source.problems == 0) {
        let requests = count(said, "request");
        let problem = source.problem(&format!(
            "events are missing: the run had {requests}, and the file contains {told} of them"
        ));
        teller.problem(&problem);
    }
}

/// What is wrong with a set of shards: they are reported, but the report is not that of a whole run.
fn not_whole(sources: &[Source], starts: &[Option<RunStarted>]) -> Vec<Problem> {
    let runs: Vec<_> = sources
        .iter()
        .zip(starts)
        .map(|(source, run)| (source.name.as_str(), run.as_ref()))
        .collect();
    let hint = "give the events of every shard of one run, once each";
    let problem = |message: String| {
        Diagnostic::nowhere(message)
            .hint(hint)
            .to_event(&Redactor::default())
    };
    incomplete(&runs).into_iter().map(problem).collect()
}

fn twice(merge: &Merge, sources: &[Source]) -> Option<Problem> {
    let twice = merge.twice()?;
    let name = |run: usize| sources.get(run).map_or("", |source| source.name.as_str());
    let requests = count(twice.count, "request");
    let (first, second) = (name(twice.runs.0), name(twice.runs.1));
    let message = format!(
        "{requests} occur in several runs, `{}` in {first} and {second}: each one counts",
        twice.example
    );
    Some(warning(
        message,
        Some("to see only the latest results, pass only the last run".to_owned()),
    ))
}

fn warning(message: String, hint: Option<String>) -> Problem {
    let said = hint
        .as_ref()
        .map(|hint| format!(" |\n = hint: {hint}\n"))
        .unwrap_or_default();
    let rendered = format!("warning: {message}\n{said}");
    Problem {
        severity: Severity::Warning,
        message,
        place: None,
        hint,
        rendered,
    }
}
