//! `--cookies` and `--cookie-jar`: the cookies that a run starts with, and those of its end, in files.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::args::{Input, Run};
use super::error::CliError;
use super::load::Loaded;
use super::say;
use super::user::UserConfig;
use crate::clock::Clock;
use crate::http::{self, Jar};
use crate::output::{Output, plain};
use crate::secret::Redactor;
use crate::syntax::Project;

/// A shorter value (`en`, `1`) is hidden in headers alone: sought in every text it would hide much else.
const SHORTEST: usize = 8;
/// How many broken lines of a file are told.
const MOST: usize = 10;

/// The file that a run starts with where it is there, and that it ends with.
pub(super) fn jar_file(arguments: &Run, loaded: &Loaded) -> Option<PathBuf> {
    arguments
        .cookie_jar
        .clone()
        .or_else(|| loaded.user.file(loaded.project.as_deref(), "cookie_jar"))
}

/// The cookies of `--cookies`, where it is named.
pub(super) fn start(
    input: &Input,
    (project, user): (Option<&Project>, &UserConfig),
    (clock, redactor): (Clock, &Redactor),
) -> Result<Option<Jar>, CliError> {
    let Some(path) = input
        .cookies
        .clone()
        .or_else(|| user.file(project, "cookies"))
    else {
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
    loaded: &Loaded,
    jar_file: Option<&Path>,
) -> Result<Option<Jar>, CliError> {
    let Some(path) = jar_file else {
        return Ok(loaded.cookies.clone());
    };
    let jar = loaded
        .cookies
        .clone()
        .unwrap_or_else(|| Jar::new(loaded.world.clock));
    fill(&jar, read(path, || Ok(String::new()))?, &loaded.redactor);
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
) -> Result<Vec<http::Cookie>, CliError> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).or_else(|error| {
        if error.kind() == ErrorKind::NotFound {
            missing()
        } else {
            Err(error)
        }
    });
    let text = text.map_err(|error| {
        CliError::new(format!(
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
    Err(CliError::new(format!(
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
    pub(super) fn open(path: PathBuf) -> Result<Self, CliError> {
        let output = Output::private(&path).map_err(|error| unwritable(&path, &error))?;
        Ok(Self { path, output })
    }

    /// The file holds these cookies from now on.
    pub(super) fn save(mut self, jar: &Jar) -> Result<(), CliError> {
        let cookies = jar.cookies();
        let (text, unfit) = http::write_cookies(&cookies);
        if !unfit.is_empty() {
            let names: Vec<_> = unfit
                .iter()
                .map(|name| format!("`{}`", name.escape_debug()))
                .collect();
            let path = self.path.display();
            say(&format!(
                "warning: `{path}` cannot hold cookies with a tab in them: {} left out\n",
                names.join(", ")
            ));
        }
        let written = self.output.write_all(text.as_bytes());
        written
            .and_then(|()| self.output.finish())
            .map_err(|error| unwritable(&self.path, &error))
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(format!(
        "the cookies cannot be written to `{}`: {}",
        path.display(),
        plain(error)
    ))
}
