//! `apitest diff`: the same requests on two stages, their responses compared.

use std::sync::mpsc;

use super::args::Diff;
use super::context::Context;
use super::reports::{Reports, with_errors};
use super::{WRONG, run, say, signals};
use crate::clock::Clock;
use crate::compare::{Pairs, Rules, Side};
use crate::event::Part;
use crate::event::{Event, RequestFinished};
use crate::project::{Discovered, Error, Flow, Options, Purpose, Workspace, base_url, started};
use crate::query::JsonPath;
use crate::recording::{Entry, RecordMode, RunInfo};
use crate::report::Reporters;
use crate::run::{Outcome, Stop, exit_code};
use crate::secret::Redactor;
use crate::source::{Diagnostic, Severity};
use crate::syntax::Problems;

/// Compares two stages.
pub(super) fn diff(context: &Context, arguments: &Diff) -> Result<u8, Error> {
    let input = &arguments.input;
    if input.stage.is_some() || input.base_url.is_some() {
        return Err(
            Error::new("`diff` compares two stages: name them with `--from` and `--to`")
                .hint("names of stages, or URLs"),
        );
    }
    for (option, stage) in [("--from", &arguments.from), ("--to", &arguments.to)] {
        if stage.contains("://") {
            base_url(option, stage)?;
        }
    }
    let mut sides = load_sides(context, arguments)?;
    let project = sides.first().and_then(|(_, loaded)| loaded.project.clone());
    let mut problems = Problems::default();
    let reports = Reports::new(&arguments.reports, context)?
        .of_project(project.as_deref(), &mut problems)?
        .of_step();
    let style = context.stderr_style(input.color);
    let unclear = sides.iter().any(|(_, loaded)| {
        loaded
            .diagnostics
            .iter()
            .any(Diagnostic::is_of_command_line)
    });
    if unclear || problems.any_error() {
        if let Some((_, loaded)) = sides
            .iter_mut()
            .find(|(_, loaded)| !loaded.diagnostics.is_empty())
        {
            loaded.diagnostics.extend(problems.into_vec());
            say(&loaded.problems(style));
        }
        return Ok(WRONG);
    }
    let flow = Flow {
        verbose: arguments.verbose,
        quiet: arguments.quiet,
        no_progress: true,
        ..Flow::default()
    };
    let mut reporters = run::reporters(context, input.color, &flow, &reports)?;
    let rules = rules(arguments, &sides)?;
    let stop = Stop::default();
    signals::listen(&stop);
    let code = compare(&sides, &rules, &stop, &mut reporters);
    reports.name_written(context, (input.color, flow.quiet), &reporters);
    Ok(with_errors(code, &reporters, style))
}

/// What is asked: the first stage twice, so that what is volatile is known, and the second.
type BothStages = Vec<(Side, Workspace)>;

fn load_sides(context: &Context, arguments: &Diff) -> Result<BothStages, Error> {
    let about = RunInfo {
        run_id: uuid::Builder::from_random_bytes(fastrand::u128(..).to_be_bytes())
            .into_uuid()
            .to_string(),
        time: Clock::System.now().to_string(),
        seed: arguments
            .input
            .seed
            .unwrap_or_else(|| fastrand::u64(..1 << 32)),
    };
    // What is secret on one stage is not shown of the other either.
    let redactor = Redactor::default();
    let stages = [
        (Side::From, &arguments.from),
        (Side::Again, &arguments.from),
        (Side::To, &arguments.to),
    ];
    let loaded = stages.into_iter().map(|(side, stage)| {
        // The same clock and chance for all: they send the same.
        let purpose = Purpose {
            sends: true,
            redactor: redactor.clone(),
            earlier: Some(about.clone()),
        };
        let options = on(stage, &arguments.input.options());
        let mut loaded = Discovered::new(&context.host, &options)?.load(purpose)?;
        if !arguments.allow_unsafe {
            leave_unsafe(&mut loaded);
        }
        Ok((side, loaded))
    });
    loaded.collect()
}

/// The command line as it would be for one stage, named or by its URL.
fn on(stage: &str, options: &Options) -> Options {
    let is_url = stage.contains("://");
    let (stage, base_url) = if is_url {
        (None, Some(stage.to_owned()))
    } else {
        (Some(stage.to_owned()), None)
    };
    Options {
        stage,
        base_url,
        ..options.clone()
    }
}

/// Requests that may change something are not sent for being looked at.
fn leave_unsafe(loaded: &mut Workspace) {
    let steps = loaded
        .plan
        .collections
        .iter_mut()
        .flat_map(|collection| &mut collection.steps);
    for step in steps.filter(|step| step.part == Part::Request && !step.safe && step.skip.is_none())
    {
        let method = &step.request.method.0;
        step.skip = Some(format!(
            "{method} may change data: set `safe = true`, or use `--allow-unsafe`"
        ));
    }
}

/// A path of `--ignore`.
fn ignored(path: &str) -> Result<JsonPath, Error> {
    if path.trim() == "$" {
        return Err(Error::new("`--ignore $` leaves nothing to compare")
            .hint("name the members to ignore: `--ignore '$.id'`"));
    }
    JsonPath::compile(path)
        .map_err(|error| Error::new(format!("`--ignore {path}`: {}", error.message)))
}

fn rules(arguments: &Diff, sides: &BothStages) -> Result<Rules, Error> {
    let compiled = arguments.ignore.iter().map(|path| ignored(path));
    let redactor = sides
        .first()
        .map(|(_, loaded)| loaded.redactor.clone())
        .unwrap_or_default();
    let told = |stage: &str| crate::http::url::without_login(stage).into_owned();
    Ok(Rules {
        names: (told(&arguments.from), told(&arguments.to)),
        ignore: compiled.collect::<Result<_, _>>()?,
        ignore_headers: arguments.ignore_headers.clone(),
        redactor,
    })
}

/// What a side tells, with a request's last exchange.
type Message = (Side, Event, Option<Box<Entry>>);

fn compare(sides: &BothStages, rules: &Rules, stop: &Stop, reporters: &mut Reporters) -> u8 {
    let clock = std::time::Instant::now();
    if let Some((_, first)) = sides.first() {
        reporters.tell(&started(first));
    }
    let mut known: Vec<&Diagnostic> = Vec::new();
    for (diagnostic, redactor) in sides.iter().flat_map(|(_, loaded)| {
        loaded
            .diagnostics
            .iter()
            .map(|found| (found, &loaded.redactor))
    }) {
        if !known.contains(&diagnostic) {
            known.push(diagnostic);
            reporters.tell(&Event::Problem(diagnostic.to_event(redactor)));
        }
    }
    let mut pairs = Pairs::new(rules);
    let outcomes = side_by_side(sides, stop, &mut |(side, event, entry)| {
        pairs.take(side, event, entry, &mut |event| reporters.tell(&event));
    });
    if pairs.only_errors() {
        reporters.tell(&Event::Problem(
            only_errors(rules).to_event(&rules.redactor),
        ));
    }
    let broken = sides.iter().any(|(_, loaded)| loaded.is_broken());
    let mut outcome = Outcome::default();
    outcome.counts = pairs.counts;
    outcome.unreached = pairs.unreached;
    outcome.internal = outcomes.iter().find_map(|outcome| outcome.internal.clone());
    outcome.interrupted = stop.interrupted();
    outcome.duration = clock.elapsed();
    let code = exit_code(&outcome, broken);
    let broken = sides
        .iter()
        .map(|(_, loaded)| loaded.plan.broken)
        .max()
        .unwrap_or_default();
    let mut finished = outcome.finished(broken, code, None);
    if code == 1 {
        let (differ, counts) = (outcome.counts.failed, outcome.counts);
        let all = counts.total() - counts.skipped - counts.not_run;
        finished.reason = finished
            .reason
            .or_else(|| Some(format!("{differ} of {all} differ on {}", rules.names.1)));
    }
    reporters.tell(&Event::RunFinished(finished));
    reporters.finish();
    code
}

/// Two stages that refuse everything may look the same.
fn only_errors(rules: &Rules) -> Diagnostic {
    let (from, to) = &rules.names;
    let message = format!("no request got a 2xx response from `{from}` or `{to}`");
    let hint = "only error responses or redirects were compared: check the URLs and the credentials of both stages".to_owned();
    Diagnostic {
        severity: Severity::Warning,
        hint: Some(hint),
        ..Diagnostic::nowhere(message)
    }
}

/// Runs all sides at once, each on a thread of its own.
fn side_by_side(sides: &BothStages, stop: &Stop, hear: &mut dyn FnMut(Message)) -> Vec<Outcome> {
    let (send, receive) = mpsc::channel();
    std::thread::scope(|threads| {
        let running: Vec<_> = sides
            .iter()
            .map(|(side, loaded)| {
                let send = send.clone();
                threads.spawn(move || one_side(*side, loaded, stop, &send))
            })
            .collect();
        drop(send);
        receive.into_iter().for_each(hear);
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| broke()))
            .collect()
    })
}

/// What came of a side on which this program broke.
fn broke() -> Outcome {
    let mut outcome = Outcome::default();
    outcome.internal = Some("apitest itself failed".to_owned());
    outcome
}

/// Runs one side; what it received goes with what it tells.
fn one_side(side: Side, loaded: &Workspace, stop: &Stop, send: &mpsc::Sender<Message>) -> Outcome {
    let (tell, entries) = mpsc::channel::<Box<Entry>>();
    let settings = crate::run::Settings {
        tape: RecordMode::Tell(tell),
        ..plain_settings(loaded)
    };
    let mut last: Option<Box<Entry>> = None;
    let outcome = crate::run::execute(&loaded.plan, &settings, stop, &mut |event| {
        // A request is told when all of its exchanges have been.
        last = entries.try_iter().last().or(last.take());
        let entry = match &event {
            Event::RequestFinished(finished) => last.take_if(|entry| is_of(entry, finished)),
            _ => None,
        };
        drop(send.send((side, event, entry)));
    });
    for diagnostic in &outcome.gateway_problems {
        drop(send.send((
            side,
            Event::Problem(diagnostic.to_event(&loaded.redactor)),
            None,
        )));
    }
    outcome
}

fn is_of(entry: &Entry, finished: &RequestFinished) -> bool {
    let of = &entry.of;
    let same = of.path == finished.path && of.name == finished.name;
    same && of.collection_row == finished.collection_row && of.row == finished.row
}

/// In the order of the collections, so that the sides go through them side by side.
fn plain_settings(loaded: &Workspace) -> crate::run::Settings {
    crate::run::Settings {
        run_id: loaded.world.run_id.clone(),
        seed: loaded.world.seed,
        cookies: loaded.cookies.clone(),
        trust: loaded.trust.clone(),
        ..crate::run::Settings::plain(loaded.redactor.clone())
    }
}
