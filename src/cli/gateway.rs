//! `apitest gateway FILE`: the local stage alone, until it is stopped.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::args::GatewayArguments;
use super::context::Context;
use super::{WRONG, print, say};
use crate::clock::Clock;
use crate::gateway::{AccessLogEntry, Gateway};
use crate::project::Error;
use crate::source::{File, Style, render};
use crate::syntax::Problems;
use crate::template;

/// Starts a local stage and keeps it until Ctrl-C.
pub(super) fn gateway(context: &Context, arguments: &GatewayArguments) -> Result<u8, Error> {
    let path = &arguments.file;
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new(format!(
            "`{}` cannot be read: {}",
            path.display(),
            crate::plan::plain(&error)
        ))
    })?;
    let mut problems = Problems::default();
    let gateway = Gateway::decode(&File::new(context.host.shown(path), text), &mut problems);
    let broken = problems.any_error();
    let found = problems.into_vec();
    if !found.is_empty() {
        say(&(render(&found, context.stderr_style(arguments.color)) + "\n"));
    }
    if broken {
        return Ok(WRONG);
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let context_of_run = template_context(context, path);
    let style = context.stderr_style(arguments.color);
    let running =
        Arc::new(gateway).start(address, context_of_run, move |served| watch(served, style));
    let running = running.map_err(|error| {
        Error::new(format!(
            "cannot listen at {address}: {}",
            crate::plan::plain(&error)
        ))
    })?;
    print(&format!("the stage is at {}\n", running.url()))?;
    say("stop it with Ctrl-C\n");
    super::signals::until_signal()?;
    running.stop();
    Ok(0)
}

/// A line a request, and why a response could not be made.
fn watch(served: &AccessLogEntry, style: Style) {
    let line = format!("{} {} {}\n", served.status, served.method, served.path);
    // Who reads it may have gone.
    drop(print(&crate::text::escape_control(&line)));
    if let Some(problem) = &served.problem {
        say(&render(std::slice::from_ref(&**problem), style));
    }
}

fn template_context(context: &Context, path: &Path) -> Arc<template::Context> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
        .to_owned();
    Arc::new(template::Context {
        clock: Clock::System,
        random: Mutex::new(fastrand::Rng::new()),
        environment: context.host.process_environment(),
        root: folder.clone(),
        folder,
    })
}
