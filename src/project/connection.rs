//! Connection settings that stand in no file: those of the environment, which everything wins over, and those of the command line,
//! which win over everything.

use std::sync::Arc;

use super::error::Error;
use super::host::Host;
use crate::http::Proxies;
use crate::plan;
use crate::secret::Redactor;
use crate::source::Diagnostic;
use crate::syntax::{self, Given, Proxy, Settings};

/// The proxies that the environment names. Their passwords are never shown.
pub(super) fn of_environment(host: &Host, redactor: &Redactor) -> Result<Settings, Error> {
    let proxies = Proxies::of_environment(|name| host.environment.get(name).cloned())
        .map_err(|error| Error::new(error.message).maybe_hint(error.hint))?;
    if proxies.http.is_none() && proxies.https.is_none() {
        return Ok(Settings::default());
    }
    for proxy in [&proxies.http, &proxies.https].into_iter().flatten() {
        proxy.hide_login(redactor);
    }
    let options = syntax::Options {
        proxy: Some(Proxy::Environment(proxies)),
        ..syntax::Options::default()
    };
    Ok(Settings {
        options: Some(Arc::new(options)),
        ..Settings::default()
    })
}

/// What the options mean. Their passwords are never shown.
pub(super) fn of_command_line(given: &[Given], redactor: &Redactor) -> Result<Settings, Error> {
    let (settings, mut problems) = syntax::of_command_line(given, redactor);
    let (connection, unusable) = plan::check_command_line(&settings);
    connection.hide_secrets(redactor);
    problems.extend(unusable);
    problems.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
    if problems.is_empty() {
        return Ok(settings);
    }
    let redact = |text: String| redactor.redact_message(&text).into_owned();
    let shown = problems.into_iter().map(|problem| Diagnostic {
        message: redact(problem.message),
        hint: problem.hint.map(redact),
        ..problem
    });
    Err(Error::of(shown.collect()))
}
