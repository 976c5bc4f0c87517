//! `apitest run`: from the command line to the exit code.

use super::args::{Color, Run};
use super::context::Context;
use super::reports::{Reports, terminal, with_errors};
use super::{WRONG, list, print, say, signals};
use crate::project::{Error, Flow, PreparedRun, Workspace};
use crate::report::Reporters;
use crate::report::terminal::Verbosity;
use crate::run::Stop;
use crate::source::render;
use crate::syntax::Problems;

/// Runs collections.
pub(super) fn run(context: &Context, arguments: &Run) -> Result<u8, Error> {
    let (options, run_options) = (arguments.input.options(), arguments.options());
    let color = arguments.input.color;
    let style = context.stderr_style(color);
    let mut prepared = PreparedRun::new(&context.host, &options, &run_options, !arguments.dry)?;
    let project = prepared.workspace.project.clone();
    let mut problems = Problems::default();
    let reports = Reports::new(&arguments.reports, context)?
        .of_project(project.as_deref(), &mut problems)?
        .of_step();
    prepared.add_problems(problems);
    if arguments.show_secrets {
        context.may_show_secrets(reports.is_empty())?;
    }
    if prepared.is_unclear() {
        say(&prepared.workspace.problems(style));
        return Ok(WRONG);
    }
    if arguments.dry {
        return dry_run(context, color, &prepared.workspace);
    }
    let flow = prepared.flow.clone();
    let run = prepared.open(reports.exchanges())?;
    let mut reporters = reporters(context, color, &flow, &reports)?;
    let stop = Stop::default();
    signals::listen(&stop);
    let finished = run.execute(&stop, &mut |event| reporters.tell(event));
    reporters.finish();
    reports.name_written(context, (color, flow.quiet), &reporters);
    if !finished.warnings.is_empty() {
        say(&render(&finished.warnings, style));
    }
    let code = with_errors(finished.exit_code, &reporters, style);
    let Err(error) = finished.saved else {
        return Ok(code);
    };
    // Something that was asked for could not be saved: the run has not passed.
    say(&error.render(style));
    Ok(if code == 130 { code } else { WRONG })
}

fn dry_run(context: &Context, color: Color, workspace: &Workspace) -> Result<u8, Error> {
    if !workspace.diagnostics.is_empty() {
        say(&workspace.problems(context.stderr_style(color)));
    }
    print(&list::plain(workspace, context.stdout_style(color).color))?;
    print("no requests were sent: this is a dry run\n")?;
    let nothing = workspace.plan.collections.is_empty();
    Ok(if workspace.is_broken() || nothing {
        WRONG
    } else {
        0
    })
}

/// The terminal's report, if standard output is free, and those that are asked for.
pub(super) fn reporters(
    context: &Context,
    color: Color,
    flow: &Flow,
    reports: &Reports<'_>,
) -> Result<Reporters, Error> {
    let mut reporters = Reporters::new();
    if reports.leave_stdout() {
        let progress = !flow.no_progress && !flow.quiet;
        let verbosity = Verbosity::of(flow.quiet, flow.verbose);
        reporters.add("terminal", terminal(context, color, verbosity, progress));
    }
    reports.open(&mut reporters)?;
    Ok(reporters)
}
