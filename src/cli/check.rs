//! `apitest check`: everything that can be known without sending.

use super::args::Check;
use super::context::Context;
use super::reports::Reports;
use super::{WRONG, print, say};
use crate::project::{Error, Flow, Workspace};
use crate::source::Diagnostic;
use crate::syntax::Problems;
use crate::text::count;

/// Problems of the project file's `[run]` and `[report]`, which a run would take its options from.
fn of_options(context: &Context, loaded: &Workspace) -> Result<Vec<Diagnostic>, Error> {
    let (mut problems, project) = (Problems::default(), loaded.project.as_deref());
    if let Some(project) = project {
        Flow::default().options(&project.run, &mut problems);
    }
    Reports::new(&[], context)?.of_project(project, &mut problems)?;
    Ok(problems.into_vec())
}

/// Checks collections.
pub(super) fn check(context: &Context, arguments: &Check) -> Result<u8, Error> {
    let mut loaded = Workspace::load(&context.host, &arguments.input.options())?;
    loaded.diagnostics.extend(of_options(context, &loaded)?);
    loaded.diagnostics.extend(loaded.plan.unwaitable.take());
    let style = context.stderr_style(arguments.input.color);
    if !loaded.diagnostics.is_empty() {
        say(&loaded.problems(style));
    }
    let errors = loaded
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .count();
    let warnings = loaded.diagnostics.len() - errors;
    let files = count(loaded.files.len() + loaded.unreadable, "file");
    let requests = count(loaded.plan.seen, "request");
    let found = match (errors, warnings) {
        (0, 0) => "no problems".to_owned(),
        (0, _) => count(warnings, "warning"),
        (_, 0) => count(errors, "error"),
        _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    // Of a broken file the requests are not known.
    let of_requests = if errors == 0 {
        format!(" with {requests}")
    } else {
        String::new()
    };
    print(&format!("{found} in {files}{of_requests}\n"))?;
    let nothing = errors == 0 && loaded.plan.seen == 0;
    Ok(
        if loaded.diagnostics.iter().any(Diagnostic::is_error) || loaded.is_broken() || nothing {
            WRONG
        } else {
            0
        },
    )
}
