//! Which files a project consists of: collections, the project file, the user's configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::Error;
use super::foreign::is_foreign;
use super::host::Host;
use super::options::Options;
use super::user::UserConfig;
use super::values::read;
use crate::plan;
use crate::source::{Diagnostic, File, did_you_mean};
use crate::syntax::{self, Project};

/// The project file's name.
pub(crate) const PROJECT: &str = "apitest.toml";

/// The files of a project that options name, before anything is planned.
pub(crate) struct Discovered<'a> {
    pub(super) host: &'a Host,
    pub(super) options: &'a Options,
    /// Files and directories, as given.
    pub(super) paths: Vec<PathBuf>,
    /// Requests that `PATH::NAME` names, by the shown path of their collection.
    pub(super) names: Vec<(String, String)>,
    /// The collections' files.
    pub(super) files: Vec<PathBuf>,
    pub(crate) user: UserConfig,
    pub(crate) project: Option<Arc<Project>>,
    /// Whether no directory is unreadable and no configuration has errors: else nothing is sent.
    pub(super) sound: bool,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'a> Discovered<'a> {
    /// Finds and reads them.
    ///
    /// # Errors
    /// If a path does not exist or holds no collection, or a configuration cannot be read.
    pub(crate) fn new(host: &'a Host, options: &'a Options) -> Result<Self, Error> {
        let (paths, names) = targets(options);
        let mut diagnostics = Vec::new();
        let files = collections(host, &paths, &mut diagnostics)?;
        let names = as_shown(host, names, &files)?;
        let user = UserConfig::read(host, &mut diagnostics)?;
        let start = files.first().map_or(Path::new("."), PathBuf::as_path);
        let project = find_project(host, start, &mut diagnostics)?;
        Ok(Self {
            sound: !diagnostics.iter().any(Diagnostic::is_error),
            host,
            options,
            paths,
            names,
            files,
            user,
            project,
            diagnostics,
        })
    }

    /// The collections of the project that were not asked for, as far as they can be read.
    pub(super) fn others(&self) -> Vec<Arc<File>> {
        others(self.host, self.project.as_deref(), &self.files)
    }
}

/// `PATH::NAME` taken apart; a Windows drive or a URL has a single colon.
fn targets(options: &Options) -> (Vec<PathBuf>, Vec<(String, String)>) {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut names = Vec::new();
    for written in &options.paths {
        let (path, name) = written
            .split_once("::")
            .map_or((written.as_str(), None), |(path, name)| (path, Some(name)));
        if !paths.iter().any(|known| known == Path::new(path)) {
            paths.push(PathBuf::from(path));
        }
        names.extend(name.map(|name| {
            (
                path.strip_prefix("./").unwrap_or(path).to_owned(),
                name.to_owned(),
            )
        }));
    }
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    (paths, names)
}

/// The paths that are run as a whole, without those of `PATH::NAME`.
pub(super) fn whole_paths(options: &Options) -> Vec<PathBuf> {
    let (paths, names) = targets(options);
    let in_part = |path: &PathBuf| names.iter().any(|(of, _)| Path::new(of) == path);
    paths.into_iter().filter(|path| !in_part(path)).collect()
}

/// The names of `PATH::NAME` by their collection's path as it is shown, however that was written.
fn as_shown(
    host: &Host,
    names: Vec<(String, String)>,
    found: &[PathBuf],
) -> Result<Vec<(String, String)>, Error> {
    let resolved = names.into_iter().map(|(path, name)| {
        if Path::new(&path).is_dir() {
            let problem = Error::new(format!(
                "`{path}` is a folder: `{path}::{name}` names no request"
            ));
            return Err(problem.hint("name the collection's file: `FILE.toml::NAME`"));
        }
        let wanted = real(Path::new(&path));
        let file = found.iter().find(|file| real(file) == wanted);
        Ok((
            file.map_or(path, |file| host.shown(file).display().to_string()),
            name,
        ))
    });
    resolved.collect()
}

/// The collections' files: those named, and those of folders in the order of their paths.
fn collections(
    host: &Host,
    paths: &[PathBuf],
    problems: &mut Vec<Diagnostic>,
) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.is_dir() {
            let inside = in_folder(path, host, problems);
            if inside.is_empty() && problems.is_empty() {
                let shown = host.shown(path).display().to_string();
                let folder = match shown.as_str() {
                    "" | "." => "the current folder".to_owned(),
                    name => format!("`{name}`"),
                };
                return Err(Error::new(format!("{folder} has no collections"))
                    .hint("collections are `*.toml` files; `apitest init` writes a first one"));
            }
            files.extend(inside);
        } else if path.exists() {
            files.push(path.clone());
        } else if path.is_symlink() {
            return Err(Error::new(format!(
                "`{}` is a broken symbolic link",
                path.display()
            )));
        } else if let Err(error) = path.try_exists() {
            return Err(Error::new(format!(
                "`{}` cannot be read: {}",
                path.display(),
                plan::plain(&error)
            )));
        } else if path.as_os_str().is_empty() {
            return Err(Error::new("a request name without a file")
                .hint("`FILE.toml::NAME` is one request of a file"));
        } else {
            return Err(missing(path));
        }
    }
    let mut seen = indexmap::IndexSet::new();
    files.retain(|file| seen.insert(std::fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
    Ok(files)
}

fn missing(path: &Path) -> Error {
    if path.to_string_lossy().contains("://") {
        let message = format!("`{}` is a URL, not a collection", path.display());
        return Error::new(message).hint("name the stage with `--base-url URL`");
    }
    let message = format!("no such file or folder: `{}`", path.display());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let beside: Vec<String> = std::fs::read_dir(folder)
        .map(|entries| {
            entries
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .collect()
        })
        .unwrap_or_default();
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Error::new(message).maybe_hint(did_you_mean(&name, beside.iter().map(String::as_str)))
}

/// Every `*.toml` in a folder and below, but the project's, gateways', and other tools'; hidden and ignored files are not
/// looked at.
///
/// What cannot be searched is a problem: it may hold a collection. A link that leads nowhere is kept, and told when it is
/// read.
fn in_folder(folder: &Path, host: &Host, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder)
        .sort_by_file_path(Ord::cmp)
        .build();
    let mut entries = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) => entries.push(entry.into_path()),
            Err(error) => {
                let (path, reason) = not_searched(&error, folder);
                problems.push(Diagnostic::nowhere(reason).at_path(host.shown(&path)));
            }
        }
    }
    let files = entries
        .into_iter()
        .filter(|path| path.is_file() || (path.is_symlink() && !path.exists()));
    let wanted = files.filter(|path| {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let other = name == PROJECT || name.ends_with(".gateway.toml") || is_foreign(name);
        path.extension().is_some_and(|ending| ending == "toml") && !other
    });
    wanted.collect()
}

/// The folder that cannot be searched, below the one that is, and why.
pub(crate) fn not_searched(error: &ignore::Error, folder: &Path) -> (PathBuf, String) {
    match error {
        ignore::Error::WithDepth { err, .. } => not_searched(err, folder),
        ignore::Error::WithPath { path, err } => not_searched(err, path),
        ignore::Error::Io(error) => (
            folder.to_owned(),
            format!("cannot be searched: {}", plan::plain(error)),
        ),
        other => (folder.to_owned(), format!("cannot be searched: {other}")),
    }
}

/// The collections of the project that were not asked for, as far as they can be read.
fn others(host: &Host, project: Option<&Project>, asked: &[PathBuf]) -> Vec<Arc<File>> {
    let Some(project) = project else {
        return Vec::new();
    };
    let folder = host.folder.join(project.file.folder());
    let asked: Vec<_> = asked.iter().map(|path| real(path)).collect();
    let all = in_folder(&folder, host, &mut Vec::new())
        .into_iter()
        .filter(|path| !asked.contains(&real(path)));
    all.filter_map(|path| Some(File::new(host.shown(&path), read(&path).ok()?)))
        .collect()
}

/// The nearest project file, from the first collection's directory upwards.
fn find_project(
    host: &Host,
    from: &Path,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Option<Arc<Project>>, Error> {
    let full = std::fs::canonicalize(from).unwrap_or_else(|_| host.folder.clone());
    let Some(path) = full
        .ancestors()
        .map(|folder| folder.join(PROJECT))
        .find(|path| path.is_file())
    else {
        return Ok(None);
    };
    let shown = host.shown(&path);
    let text =
        read(&path).map_err(|reason| Error::new(format!("`{}` {reason}", shown.display())))?;
    let (project, mut found) = syntax::parse_project(&File::new(shown, text));
    found.extend(wrong_files(&project));
    diagnostics.extend(found);
    Ok(Some(Arc::new(project)))
}

/// Files of `[run]` that lie outside of the project; those of `[report]` are checked when reports are made.
fn wrong_files(project: &Project) -> Vec<Diagnostic> {
    let files = ["record", "replay", "cookies", "cookie_jar", "cookie-jar"]
        .into_iter()
        .filter_map(|key| project.run.get(key));
    files
        .filter_map(|node| Some(*super::inside::file(project, node).err()?))
        .collect()
}

pub(super) fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
