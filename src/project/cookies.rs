//! `--cookies` and `--cookie-jar`: the cookies that a run starts with, and those of its end, in files.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::discover::Discovered;
use super::error::Error;
use super::load::Workspace;
use super::options::RunOptions;
use crate::clock::Clock;
use crate::http::{self, Jar};
use crate::output::{Output, plain};
use crate::secret::Redactor;
use crate::source::{Diagnostic, Severity};

/// A shorter value (`en`, `1`) is hidden in headers alone: sought in every text it would hide much else.
const SHORTEST: usize = 8;
/// How many broken lines of a file are told.
const MOST: usize = 10;

/// The file that a run starts with where it is there, and that it ends with.
pub(super) fn jar_file(options: &RunOptions, workspace: &Workspace) -> Option<PathBuf> {
    let configured = || {
        let project = workspace.project.as_deref();
        workspace.user.file(project, "cookie_jar")
    };
    options.cookie_jar.clone().or_else(configured)
}

/// The cookies of `--cookies`, where it is named.
pub(super) fn start(
    found: &Discovered<'_>,
    clock: Clock,
    redactor: &Redactor,
) -> Result<Option<Jar>, Error> {
    let configured = || found.user.file(found.project.as_deref(), "cookies");
    let Some(path) = found.options.cookies.clone().or_else(configured) else {
        return Ok(None);
    };
    let jar = Jar::new(clock);
    fill(
        &jar,
        read(&path, || Err(ErrorKind::NotFound.into()))?,
        redactor,
    );
    Ok(Some(jar))
}

/// The cookies of `--cookie-jar` over those of `--cookies`.
pub(super) fn with_jar_file(
    workspace: &Workspace,
    jar_file: Option<&Path>,
) -> Result<Option<Jar>, Error> {
    let Some(path) = jar_file else {
        return Ok(workspace.cookies.clone());
    };
    let jar = workspace
        .cookies
        .clone()
        .unwrap_or_else(|| Jar::new(workspace.world.clock));
    fill(&jar, read(path, || Ok(String::new()))?, &workspace.redactor);
    Ok(Some(jar))
}

/// Takes cookies in, whose values are hidden from now on.
fn fill(jar: &Jar, cookies: Vec<http::Cookie>, redactor: &Redactor) {
    for cookie in cookies
        .iter()
        .filter(|cookie| cookie.value.len() >= SHORTEST)
    {
        redactor.add_whole(&cookie.name, &cookie.value);
    }
    jar.extend(cookies);
}

/// The cookies of a file; `missing` says what one holds that is not there.
fn read(
    path: &Path,
    missing: impl FnOnce() -> std::io::Result<String>,
) -> Result<Vec<http::Cookie>, Error> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).or_else(|error| {
        if error.kind() == ErrorKind::NotFound {
            missing()
        } else {
            Err(error)
        }
    });
    let text = text.map_err(|error| {
        Error::new(format!(
            "the cookies `{shown}` cannot be read: {}",
            plain(&error)
        ))
    })?;
    let (cookies, broken) = http::read_cookies(&text);
    if broken.is_empty() {
        return Ok(cookies);
    }
    // The lines are not quoted: they may hold what is secret.
    let mut lines: Vec<_> = broken
        .iter()
        .take(MOST)
        .map(|broken| format!("{shown}:{} {}", broken.line, broken.reason))
        .collect();
    if broken.len() > MOST {
        lines.push(format!("and {} more", broken.len() - MOST));
    }
    let hint = "a line is `domain  TRUE or FALSE  path  TRUE or FALSE  seconds  name  value`, with tabs between";
    Err(Error::new(format!(
        "`{shown}` is not a file of cookies\n{}",
        lines.join("\n")
    ))
    .hint(hint))
}

/// A file that will hold the cookies of the end, for its owner's eyes alone.
pub(super) struct Kept {
    path: PathBuf,
    output: Output,
}

impl Kept {
    /// Begins the file; what stands there stays until [`Kept::save`].
    pub(super) fn open(path: PathBuf) -> Result<Self, Error> {
        let output = Output::private(&path).map_err(|error| unwritable(&path, &error))?;
        Ok(Self { path, output })
    }

    /// Saves these cookies. Those that the format cannot hold are the warning.
    pub(super) fn save(mut self, jar: &Jar) -> Result<Option<Diagnostic>, Error> {
        let cookies = jar.cookies();
        let (text, unfit) = http::write_cookies(&cookies);
        let written = self.output.write_all(text.as_bytes());
        written
            .and_then(|()| self.output.finish())
            .map_err(|error| unwritable(&self.path, &error))?;
        Ok((!unfit.is_empty()).then(|| left_out(&self.path, &unfit)))
    }
}

/// The warning about cookies that a cookie file cannot hold.
fn left_out(path: &Path, names: &[&str]) -> Diagnostic {
    let quote = |name: &&str| format!("`{}`", name.escape_debug());
    let names: Vec<_> = names.iter().map(quote).collect();
    let message = format!(
        "cookies with a tab in them cannot be saved to `{}`: {} skipped",
        path.display(),
        names.join(", ")
    );
    Diagnostic {
        severity: Severity::Warning,
        ..Diagnostic::nowhere(message)
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!(
        "the cookies cannot be written to `{}`: {}",
        path.display(),
        plain(error)
    ))
}
