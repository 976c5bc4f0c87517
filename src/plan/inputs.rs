//! What a plan may know of the world outside its files.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::clock::Clock;
use crate::lock::IgnorePoison as _;
pub(crate) use crate::output::plain;
use crate::source::File;
use crate::syntax::Settings;
use crate::template::{EnvironmentVariable, is_name};
use crate::value::{Value, parse_unambiguous};

/// How an environment variable is asked for.
pub type Environment = Arc<dyn Fn(&str) -> Option<EnvironmentVariable> + Send + Sync>;

/// The world outside the collections, as the command line found it.
#[derive(Clone)]
pub struct PlanInputs {
    /// The environment, environment files over the process's own.
    pub environment: Environment,
    /// The time.
    pub clock: Clock,
    /// The seed of everything random.
    pub seed: u64,
    /// The run's id.
    pub run_id: String,
    /// Variables of the command line.
    pub given: Vec<CliVariable>,
    /// The folder that files may not leave; `None`: each collection's own folder.
    pub root: Option<PathBuf>,
    /// Whether `{ command = […] }` may run.
    pub allow_commands: bool,
    /// The environment variables that collections may read; `None`: all. `environment` has no others.
    pub env_allow: Option<Vec<String>>,
    /// Whether requests will be sent: `check`, `list` and `show` send none.
    pub sends: bool,
    /// The files that are read while a plan is made.
    pub reads: Reads,
    /// Standard input, for an outputs file named `-`.
    pub stdin: Arc<dyn Fn() -> std::io::Result<String> + Send + Sync>,
    /// The settings of the environment, which everything else wins over: its proxies.
    pub environment_settings: Settings,
    /// The settings of the command line, which win over everything else.
    pub command_line: Settings,
}

impl fmt::Debug for PlanInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("seed", &self.seed)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// The files that a plan was made from; clones share one list.
#[derive(Debug, Clone, Default)]
pub struct Reads(Arc<Mutex<BTreeSet<PathBuf>>>);

impl Reads {
    /// Adds a file.
    pub fn add(&self, path: &Path) {
        let mut files = self.0.lock().ignore_poison();
        if !files.contains(path) {
            files.insert(path.to_owned());
        }
    }

    /// All of them, sorted.
    #[must_use]
    pub fn list(&self) -> Vec<PathBuf> {
        let files = self.0.lock().ignore_poison();
        files.iter().cloned().collect()
    }
}

/// A variable of the command line: `--var name=text` or `--var name:=json`.
#[derive(Debug, Clone, PartialEq)]
pub struct CliVariable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// Reads `name=text` or `name:=json`.
///
/// # Errors
/// Where there is no `=`, the name is none, or the JSON is none; the text says which.
pub fn parse_given(text: &str) -> Result<CliVariable, String> {
    let Some((left, right)) = text
        .split_once('=')
        .filter(|(left, _)| !left.trim_end_matches(':').is_empty())
    else {
        return Err(format!("`{text}` is not `name=text` or `name:=json`"));
    };
    let (name, value) = match left.strip_suffix(':') {
        Some(name) => {
            let value = parse_unambiguous(right).map_err(|error| {
                format!("the value of `{name}` is not JSON: {error}; for a string write `{name}=…`")
            })?;
            (name, value)
        }
        None => (left, Value::from(right)),
    };
    if is_name(name) {
        Ok(CliVariable {
            name: name.to_owned(),
            value,
        })
    } else {
        Err(format!("`{name}` is not a valid variable name"))
    }
}

/// Whether a list of names has an environment variable; `*` at the end of an entry stands for any rest. Without a list: always.
#[must_use]
pub(crate) fn env_allows(list: Option<&[String]>, name: &str) -> bool {
    let fits = |entry: &String| {
        entry
            .strip_suffix('*')
            .map_or(entry == name, |start| name.starts_with(start))
    };
    list.is_none_or(|list| list.iter().any(fits))
}

/// Checks that a file, which may not exist yet, lies inside of one of the roots, all links resolved, and not in a `.git`.
///
/// # Errors
/// If it lies elsewhere, or that cannot be found out; the text goes on behind the path.
pub(crate) fn place_inside(roots: &[&Path], path: &Path) -> Result<(), String> {
    let real = real_place(path)?;
    let roots: Vec<_> = roots
        .iter()
        .filter_map(|root| std::fs::canonicalize(root).ok())
        .collect();
    match roots.iter().find_map(|root| real.strip_prefix(root).ok()) {
        None => Err(match roots.first() {
            Some(root) => format!("is outside the project `{}`", root.display()),
            None => "is outside the project".to_owned(),
        }),
        Some(inner) if inner.iter().any(|part| part == ".git") => {
            Err("is inside `.git`".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// A path with all links resolved, of a file or of folders that may not exist yet.
fn real_place(path: &Path) -> Result<PathBuf, String> {
    match std::fs::canonicalize(path) {
        Ok(real) => Ok(real),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot be reached: {}", plain(&error)))
        }
        Err(_) if path.is_symlink() => Err("is a broken symbolic link".to_owned()),
        Err(_) => {
            let name = path
                .file_name()
                .ok_or("is in a folder that does not exist")?;
            let parent = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            Ok(real_place(parent)?.join(name))
        }
    }
}

/// A path that is there and lies inside of the root or of the collection's folder.
///
/// # Errors
/// Where there is no such file, or it lies outside; the text says which.
pub(crate) fn inside(root: Option<&Path>, path: &Path, from: &File) -> Result<PathBuf, String> {
    let shown = path.display();
    let real = std::fs::canonicalize(path)
        .map_err(|error| format!("`{shown}` cannot be read: {}", plain(&error)))?;
    let folder = if from.folder().as_os_str().is_empty() {
        Path::new(".")
    } else {
        from.folder()
    };
    let roots = [root, Some(folder)]
        .into_iter()
        .flatten()
        .filter_map(|root| std::fs::canonicalize(root).ok());
    if roots.into_iter().any(|root| real.starts_with(&root)) {
        return Ok(real);
    }
    let root = root.unwrap_or(folder).display();
    Err(format!(
        "`{shown}` is outside `{root}`: the files of a collection must be inside its project"
    ))
}
