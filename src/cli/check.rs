//! `apitest check`: everything that can be known without sending.

use super::args::Check;
use super::context::Context;
use super::error::CliError;
use super::{WRONG, load, print};
use crate::source::Diagnostic;
use crate::text::count;

/// Checks collections.
pub(super) fn check(context: &Context, arguments: &Check) -> Result<u8, CliError> {
    let loaded = load::load(context, &arguments.input, false)?;
    let style = context.stderr_style(arguments.input.color);
    if !loaded.diagnostics.is_empty() {
        loaded.complain(style);
    }
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = loaded.diagnostics.len() - errors;
    let files = count(loaded.files, "file");
    let requests = count(loaded.plan.seen, "request");
    let found = match (errors, warnings) {
        (0, 0) => "no problems".to_owned(),
        (0, _) => count(warnings, "warning"),
        (_, 0) => count(errors, "error"),
        _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    // Of a broken file the requests are not known.
    let of_requests = if errors == 0 { format!(" with {requests}") } else { String::new() };
    print(&format!("{found} in {files}{of_requests}\n"))?;
    let nothing = errors == 0 && loaded.plan.seen == 0;
    Ok(if loaded.diagnostics.iter().any(Diagnostic::is_error) || loaded.is_broken() || nothing { WRONG } else { 0 })
}
