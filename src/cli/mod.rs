//! The command line: what was typed, what it means, and one file a command.

mod args;
mod check;
mod completions;
mod context;
mod diff;
mod gateway;
mod init;
mod list;
mod piped;
mod report;
mod reports;
mod review;
mod run;
mod schema;
mod show;
mod signals;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser;
use clap::error::{ContextKind, ContextValue};

use crate::project::Error;
use args::{Arguments, Color, Command};
use context::Context;

/// The exit code of a wrong command line or collection.
const WRONG: u8 = 2;

/// Runs the program and gives its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let context = Context::new();
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error, &context),
    };
    let color = color(&arguments.command);
    match dispatch(&context, arguments.command) {
        Ok(code) => code,
        Err(error) => {
            say(&error.render(context.stderr_style(color)));
            WRONG
        }
    }
}

/// What later versions bring: options of `run`, and commands.
const LATER: &[&str] = &["import", "export"];

/// Help and version go to standard output, mistakes to standard error; clap knows which.
fn usage(error: &clap::Error, context: &Context) -> u8 {
    if let Some(later) = not_there_yet(error) {
        let said = Error::new(format!("`{later}` is not supported yet"))
            .hint("it is planned for a later version");
        say(&said.render(context.stderr_style(Color::Auto)));
        return WRONG;
    }
    if let Some(said) = not_a_command(error) {
        say(&said.render(context.stderr_style(Color::Auto)));
        return WRONG;
    }
    match error.print() {
        // A closed pipe is nobody's mistake.
        Err(failed) if failed.kind() != io::ErrorKind::BrokenPipe => WRONG,
        _ if error.use_stderr() => WRONG,
        _ => 0,
    }
}

/// The option or command that was typed, if a later version brings it.
fn not_there_yet(error: &clap::Error) -> Option<&'static str> {
    let typed = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand]
        .into_iter()
        .find_map(|kind| error.get(kind))?;
    let ContextValue::String(typed) = typed else {
        return None;
    };
    let name = typed.split(['=', ' ']).next().unwrap_or_default();
    LATER.iter().copied().find(|later| *later == name)
}

/// A file or a URL in the place of the command.
fn not_a_command(error: &clap::Error) -> Option<Error> {
    let ContextValue::String(typed) = error.get(ContextKind::InvalidSubcommand)? else {
        return None;
    };
    let hint = if typed.contains("://") {
        format!("did you mean `apitest run PATH --base-url {typed}`?")
    } else if typed.contains(['.', '/']) {
        format!("did you mean `apitest run {typed}`?")
    } else {
        return None;
    };
    Some(Error::new(format!("there is no command `{typed}`")).hint(hint))
}

fn color(command: &Command) -> Color {
    match command {
        Command::Run(run) => run.input.color,
        Command::Diff(diff) => diff.input.color,
        Command::Check(check) => check.input.color,
        Command::List(list) => list.input.color,
        Command::Show(show) => show.input.color,
        Command::Report(report) => report.color,
        Command::Gateway(gateway) => gateway.color,
        Command::Review(review) => review.color,
        _ => Color::Auto,
    }
}

fn dispatch(context: &Context, command: Command) -> Result<u8, Error> {
    match command {
        Command::Run(run) => run::run(context, &run),
        Command::Diff(diff) => diff::diff(context, &diff),
        Command::Check(check) => check::check(context, &check),
        Command::List(list) => list::list(context, &list),
        Command::Show(show) => show::show(context, &show),
        Command::Report(arguments) => report::report(context, &arguments),
        Command::Gateway(gateway) => gateway::gateway(context, &gateway),
        Command::Review(review) => review::review(context, &review),
        Command::Init(init) => init::init(&init),
        Command::Schema(schema) => schema::schema(&schema),
        Command::Completions { shell } => completions::completions(shell),
        Command::Man => completions::man(),
    }
}

/// Writes to standard output; a reader who has seen enough is no error.
fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out
        .write_all(context::for_stdout(text).as_bytes())
        .and_then(|()| out.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::new(format!(
            "standard output cannot be written: {}",
            crate::plan::plain(&error)
        ))),
        _ => Ok(()),
    }
}

/// Writes to standard error; where that fails, nobody can be told.
fn say(text: &str) {
    let _ = io::stderr()
        .lock()
        .write_all(context::for_stderr(text).as_bytes());
}
