//! `apitest run`: from the command line to the exit code.

use std::num::NonZero;
use std::time::Instant;

use super::args::{Color, Run};
use super::context::Context;
use super::error::CliError;
use super::load::{self, Loaded};
use super::memory::{Fates, Memory};
use super::reports::{Reports, terminal, with_errors};
use super::settings::Flow;
use super::{WRONG, again, cookies, list, print, say, signals, tape};
use crate::clock::Clock;
use crate::event::{Event, Problem, RunShard, RunStarted};
use crate::plan::{Collection, Plan, Shard};
use crate::recording::Tape;
use crate::report::Reporters;
use crate::report::terminal::Verbosity;
use crate::run::{self, Outcome, Stop, exit_code};
use crate::secret::Redactor;
use crate::source::{Diagnostic, Severity, Style, render};
use crate::syntax::Problems;

/// Runs collections.
pub(super) fn run(context: &Context, arguments: &Run) -> Result<u8, CliError> {
    let mut recording = None;
    let mut loaded = load::load_as_of(
        context,
        &arguments.input,
        (!arguments.dry, Redactor::default()),
        |written| {
            recording = tape::recording(arguments, written)?;
            Ok(recording
                .as_ref()
                .and_then(|recording| recording.about.clone()))
        },
    )?;
    let mut problems = Problems::default();
    let project = loaded.project.clone();
    let flow = Flow::new(
        arguments,
        (loaded.project.as_deref(), &loaded.user),
        &mut problems,
    )?
    .where_ci_is(context.is_ci());
    let unwaitable = loaded
        .plan
        .unwaitable
        .take()
        .filter(|_| flow.wait_ready.is_some());
    if let Some(problem) = unwaitable {
        problems.push(problem);
    }
    let reports = Reports::new(&arguments.reports, context)?
        .of_project(project.as_deref(), &mut problems)?
        .of_step();
    if arguments.show_secrets {
        context.may_show_secrets(reports.is_empty())?;
    }
    let unclear = problems.any_error()
        || loaded
            .diagnostics
            .iter()
            .any(Diagnostic::is_of_command_line);
    loaded.diagnostics.extend(problems.into_vec());
    if unclear {
        // What was meant is not known, so nothing is sent.
        loaded.complain(context.stderr_style(arguments.input.color));
        return Ok(WRONG);
    }
    if arguments.dry {
        return dry_run(context, arguments, &loaded);
    }
    let jar_file = cookies::jar_file(arguments, &loaded);
    let jar = cookies::with_jar_file(&loaded, jar_file.as_deref())?;
    let kept_jar = jar_file
        .filter(|_| recording.is_none())
        .map(cookies::Kept::open)
        .transpose()?;
    let mut reporters = reporters(context, arguments.input.color, &flow, &reports)?;
    let stop = Stop::default();
    signals::listen(&stop);
    let tape = tape::tape(arguments, &loaded, recording)?;
    let settings = run::Settings {
        tape,
        cookies: jar,
        ..run_settings(arguments, &loaded, &flow, &reports)
    };
    reporters.tell(&started(&loaded, &settings));
    loaded.diagnostics.iter().for_each(|diagnostic| {
        reporters.tell(&Event::Problem(Problem::of(diagnostic, &loaded.redactor)));
    });
    let mut fates = Fates::default();
    let mut outcome = run::execute(&loaded.plan, &settings, &stop, &mut |event| {
        fates.note(&event);
        reporters.tell(&event);
    });
    let late = outcome.gateway_problems.iter().chain(&outcome.unreferenced);
    late.for_each(|diagnostic| {
        reporters.tell(&Event::Problem(Problem::of(diagnostic, &loaded.redactor)));
    });
    let code = exit_code(&outcome, loaded.is_broken());
    let rerun = rerun(&outcome, &settings);
    let outcome_jar = outcome.cookies.take();
    let finished = outcome.finished(loaded.plan.broken, code, rerun);
    reporters.tell(&Event::RunFinished(finished));
    reporters.finish();
    reports.name_written(context, (arguments.input.color, flow.quiet), &reporters);
    let cookies = kept_jar
        .zip(outcome_jar)
        .map_or(Ok(()), |(kept, jar)| kept.save(&jar));
    let kept = tape::finish(settings.tape).and(cookies);
    remember(context, arguments, &loaded, &fates);
    // The process ends here: freeing every step of a large plan one by one would only take time.
    std::mem::forget(loaded);
    let style = context.stderr_style(arguments.input.color);
    let code = with_errors(code, &reporters, style);
    Ok(kept.map_or_else(|error| lost(code, &error, style), |()| code))
}

/// Nobody asked for it, so a run of which it cannot be remembered what failed stays what it is.
fn remember(context: &Context, arguments: &Run, loaded: &Loaded, fates: &Fates) {
    let Ok(memory) = Memory::of(context, loaded.project.as_deref()) else {
        return;
    };
    let input = &arguments.input;
    let whole = input.tags.is_empty()
        && input.filters.is_empty()
        && !input.last_failed
        && input.shard.is_none();
    let all = if whole {
        load::whole_paths(input)
    } else {
        Vec::new()
    };
    if let Err(error) = memory.update((&loaded.plan, &all), fates) {
        let message = format!(
            "what failed cannot be remembered for `--last-failed`: {}",
            crate::plan::plain(&error)
        );
        let warning = Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::nowhere(message)
        };
        say(&render(
            &[warning],
            context.stderr_style(arguments.input.color),
        ));
    }
}

/// Something that was asked for could not be written: the run is not green.
fn lost(code: u8, error: &CliError, style: Style) -> u8 {
    say(&error.render(style));
    if code == 130 { code } else { WRONG }
}

fn dry_run(context: &Context, arguments: &Run, loaded: &Loaded) -> Result<u8, CliError> {
    if !loaded.diagnostics.is_empty() {
        loaded.complain(context.stderr_style(arguments.input.color));
    }
    let color = context.stdout_style(arguments.input.color).color;
    print(&list::plain(loaded, color))?;
    print("nothing was sent: this is a dry run\n")?;
    Ok(
        if loaded.is_broken() || loaded.plan.collections.is_empty() {
            WRONG
        } else {
            0
        },
    )
}

/// The terminal's report, where standard output is free, and those that are asked for.
pub(super) fn reporters(
    context: &Context,
    color: Color,
    flow: &Flow,
    reports: &Reports<'_>,
) -> Result<Reporters, CliError> {
    let mut reporters = Reporters::new();
    if reports.leave_stdout() {
        let progress = !flow.no_progress && !flow.quiet;
        let verbosity = Verbosity::of(flow.quiet, flow.verbose);
        reporters.add("terminal", terminal(context, color, verbosity, progress));
    }
    reports.open(&mut reporters)?;
    Ok(reporters)
}

fn run_settings(
    arguments: &Run,
    loaded: &Loaded,
    flow: &Flow,
    reports: &Reports<'_>,
) -> run::Settings {
    let collections = &loaded.plan.collections;
    let several = collections.len() > 1
        || collections
            .iter()
            .any(|collection| collection.rows.is_some());
    // Asking for the processors reads files; a single collection has nothing to run beside it.
    let processors = several
        .then(|| std::thread::available_parallelism().ok())
        .flatten()
        .unwrap_or(NonZero::<usize>::MIN);
    run::Settings {
        started: Instant::now(),
        jobs: flow.jobs.unwrap_or(processors),
        max_failures: flow.max_failures,
        retries: flow.retries,
        wait_ready: flow.wait_ready,
        exchanges: flow.verbose || reports.exchanges(),
        run_id: loaded.world.run_id.clone(),
        seed: loaded.world.seed,
        command: again::command(arguments, &loaded.redactor),
        snapshots: flow.snapshots.unwrap_or_default(),
        unreferenced: flow.unreferenced,
        redactor: loaded.redactor.clone(),
        tape: Tape::Off,
        trust: loaded.trust.clone(),
        cookies: None,
        shown: if arguments.show_secrets {
            Redactor::open()
        } else {
            loaded.redactor.clone()
        },
    }
}

/// The command that runs what failed again, where that is short enough to be typed.
fn rerun(outcome: &Outcome, settings: &run::Settings) -> Option<String> {
    let targets: Vec<_> = outcome
        .few_failed()
        .map(|(path, name)| run::target(path, name))
        .collect();
    let command = format!("{} {}", settings.command, targets.join(" "));
    (!targets.is_empty()).then_some(command)
}

/// The part of a selection that a plan is, as events tell it.
pub(super) fn run_shard(plan: &Plan) -> Option<RunShard> {
    let cut = plan.shard.as_ref()?;
    let Shard { number, of } = cut.shard;
    Some(RunShard {
        number,
        of,
        requests: cut.requests,
        selection: cut.selection.clone(),
    })
}

fn started(loaded: &Loaded, settings: &run::Settings) -> Event {
    Event::RunStarted(RunStarted {
        format: crate::event::FORMAT,
        id: settings.run_id.clone(),
        time: Clock::System.now().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: settings.seed,
        requests: loaded
            .plan
            .collections
            .iter()
            .map(Collection::requests)
            .sum(),
        collections: loaded.plan.collections.len(),
        shard: run_shard(&loaded.plan),
    })
}
