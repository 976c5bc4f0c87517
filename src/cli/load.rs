//! From the command line as typed to a plan: files found, options merged with the project file's.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::args::Input;
use super::context::{self, Context};
use super::error::CliError;
use super::memory::Memory;
use super::secrets::Secrets;
use super::user::UserConfig;
use super::{cookies, wire};
use crate::clock::Clock;
use crate::http;
use crate::http::auth::{Trust, host_and_port};
use crate::plan::{self, Filter, Plan, Selection, Shard, World, parse_given};
use crate::recording::About;
use crate::run;
use crate::secret::Redactor;
use crate::source::{Diagnostic, File, Style, did_you_mean, render_without};
use crate::syntax::{self, Project, parse_duration};

/// The project file's name.
pub(crate) const PROJECT: &str = "apitest.toml";

/// What the command line and the files mean.
pub(crate) struct Loaded {
    pub(crate) plan: Plan,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) project: Option<Arc<Project>>,
    pub(crate) user: UserConfig,
    /// Where credentials may go that are found.
    pub(crate) trust: Trust,
    pub(crate) world: World,
    pub(crate) redactor: Redactor,
    /// The cookies that requests start with, where a file names some.
    pub(crate) cookies: Option<http::Jar>,
    /// How many files were read.
    pub(crate) files: usize,
}

impl Loaded {
    /// Says every problem.
    pub(crate) fn complain(&self, style: Style) {
        super::say(&(render_without(&self.redactor, &self.diagnostics, style) + "\n"));
    }

    /// Whether the command line or a collection is wrong.
    pub(crate) fn is_broken(&self) -> bool {
        self.plan.broken > 0 || self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads everything and makes the plan. `sends` says whether requests will be sent.
pub(crate) fn load(context: &Context, input: &Input, sends: bool) -> Result<Loaded, CliError> {
    load_as_of(context, input, (sends, Redactor::default()), |_| Ok(None))
}

/// As [`load`], in the world as it was in another run, where the project's file or the command line names one.
pub(crate) fn load_as_of(
    context: &Context,
    input: &Input,
    (sends, redactor): (bool, Redactor),
    earlier: impl FnOnce((Option<&Project>, &UserConfig)) -> Result<Option<About>, CliError>,
) -> Result<Loaded, CliError> {
    let (paths, names) = targets(input);
    let mut diagnostics = Vec::new();
    let found = collections(context, &paths, &mut diagnostics)?;
    let names = as_shown(context, names, &found)?;
    let user = UserConfig::read(context, &mut diagnostics)?;
    let user_sound = !diagnostics.iter().any(Diagnostic::is_error);
    let (project, project_sound) = find_project(
        context,
        found.first().map_or(Path::new("."), |path| path.as_path()),
        &mut diagnostics,
    )?;
    let only = if input.last_failed {
        Some(last_failed(context, project.as_deref(), (&paths, &found))?)
    } else {
        None
    };
    let shard = input.shard.as_deref().map(shard).transpose()?;
    let selection = Selection {
        tags: input.tags.clone(),
        filters: filters(&input.filters)?,
        names,
        only,
        shard,
        secrets: redactor.clone(),
    };
    let base_url = input
        .base_url
        .as_deref()
        .map(|url| base_url("--base-url", url))
        .transpose()?;
    let base_url = base_url.or_else(|| user.base_url.clone());
    if let Some(url) = &base_url {
        http::url::hide_login(url, "base_url", &redactor);
    }
    let mut world = world(
        (context, input),
        (project.as_deref(), &user),
        (&redactor, sends),
        &mut diagnostics,
    )?;
    if let Some(earlier) = earlier((project.as_deref(), &user))? {
        repeat(&mut world, &earlier, input);
    }
    let cookies = cookies::start(input, (project.as_deref(), &user), (world.clock, &redactor))?;
    let mut files = Vec::new();
    let mut unreadable = 0;
    for path in &found {
        match read(path) {
            Ok(text) => files.push(File::new(context.shown(path), text)),
            Err(reason) => {
                unreadable += 1;
                diagnostics.push(Diagnostic::nowhere(reason).at_path(context.shown(path)));
            }
        }
    }
    let mut secrets = Secrets::new(&world, &redactor);
    if let Some(project) = &project {
        secrets.of_project(project);
    }
    for file in &files {
        secrets.of_file(file);
    }
    let others = || others(context, project.as_deref(), &found);
    let planned = plan::build(&plan::Input {
        files: &files,
        project: project.clone(),
        project_sound: project_sound && user_sound,
        stage: input.stage.as_deref(),
        base_url: base_url.as_ref(),
        selection: &selection,
        others: &others,
        world: &world,
    });
    let (mut plan, problems) = planned;
    plan.broken += unreadable;
    secrets.of_quoted(&problems);
    run::register_secrets(&plan, &redactor, &world.run_id);
    diagnostics.extend(secrets.warnings(&problems));
    diagnostics.extend(problems);
    let trust = trust(context, input, (&user, base_url), &world)?;
    Ok(Loaded {
        plan,
        diagnostics,
        project,
        user,
        trust,
        world,
        redactor,
        cookies,
        files: files.len() + unreadable,
    })
}

/// The collections of the project that were not asked for, as far as they can be read.
fn others(context: &Context, project: Option<&Project>, asked: &[PathBuf]) -> Vec<Arc<File>> {
    let Some(project) = project else {
        return Vec::new();
    };
    let folder = context.folder.join(project.file.folder());
    let asked: Vec<_> = asked.iter().map(|path| real(path)).collect();
    let all = in_folder(&folder, context, &mut Vec::new())
        .into_iter()
        .filter(|path| !asked.contains(&real(path)));
    all.filter_map(|path| Some(File::new(context.shown(&path), read(&path).ok()?)))
        .collect()
}

fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// `PATH::NAME` taken apart; a Windows drive or a URL has a single colon.
fn targets(input: &Input) -> (Vec<PathBuf>, Vec<(String, String)>) {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut names = Vec::new();
    for written in &input.paths {
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
pub(super) fn whole_paths(input: &Input) -> Vec<PathBuf> {
    let (paths, names) = targets(input);
    let in_part = |path: &PathBuf| names.iter().any(|(of, _)| Path::new(of) == path);
    paths.into_iter().filter(|path| !in_part(path)).collect()
}

/// The names of `PATH::NAME` by their collection's path as it is shown, however that was written.
fn as_shown(
    context: &Context,
    names: Vec<(String, String)>,
    found: &[PathBuf],
) -> Result<Vec<(String, String)>, CliError> {
    let resolved = names.into_iter().map(|(path, name)| {
        if Path::new(&path).is_dir() {
            let problem = CliError::new(format!(
                "`{path}` is a folder: `{path}::{name}` names no request"
            ));
            return Err(problem.hint("name the collection's file: `FILE.toml::NAME`"));
        }
        let wanted = real(Path::new(&path));
        let file = found.iter().find(|file| real(file) == wanted);
        Ok((
            file.map_or(path, |file| context.shown(file).display().to_string()),
            name,
        ))
    });
    resolved.collect()
}

/// The collections' files: those named, and those of folders in the order of their paths.
fn collections(
    context: &Context,
    paths: &[PathBuf],
    problems: &mut Vec<Diagnostic>,
) -> Result<Vec<PathBuf>, CliError> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.is_dir() {
            let inside = in_folder(path, context, problems);
            if inside.is_empty() && problems.is_empty() {
                let message = format!("`{}` holds no collection", context.shown(path).display());
                return Err(CliError::new(message)
                    .hint("collections are `*.toml` files; `apitest init` writes a first one"));
            }
            files.extend(inside);
        } else if path.exists() {
            files.push(path.clone());
        } else if path.is_symlink() {
            return Err(CliError::new(format!(
                "`{}` is a link that leads nowhere",
                path.display()
            )));
        } else if let Err(error) = path.try_exists() {
            return Err(CliError::new(format!(
                "`{}` cannot be read: {}",
                path.display(),
                plan::plain(&error)
            )));
        } else if path.as_os_str().is_empty() {
            return Err(CliError::new("there is a name without a file")
                .hint("`FILE.toml::NAME` is one request of a file"));
        } else {
            return Err(missing(path));
        }
    }
    let mut seen = indexmap::IndexSet::new();
    files.retain(|file| seen.insert(std::fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
    Ok(files)
}

fn missing(path: &Path) -> CliError {
    let message = format!("there is no file or folder `{}`", path.display());
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
    CliError::new(message).maybe_hint(did_you_mean(&name, beside.iter().map(String::as_str)))
}

/// Every `*.toml` in a folder and below, but the project's, gateways', and Cargo's own; hidden and ignored files are not
/// looked at.
///
/// What cannot be searched is a problem: it may hold a collection. A link that leads nowhere is kept, and told when it is
/// read.
fn in_folder(folder: &Path, context: &Context, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder)
        .sort_by_file_path(Ord::cmp)
        .build();
    let mut entries = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) => entries.push(entry.into_path()),
            Err(error) => {
                let (path, reason) = not_searched(&error, folder);
                problems.push(Diagnostic::nowhere(reason).at_path(context.shown(&path)));
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
        let other = name == PROJECT
            || name.ends_with(".gateway.toml")
            || [
                "Cargo.toml",
                "pyproject.toml",
                "clippy.toml",
                "rustfmt.toml",
            ]
            .contains(&name);
        path.extension().is_some_and(|ending| ending == "toml") && !other
    });
    wanted.collect()
}

/// The folder that cannot be searched, below the one that is, and why.
pub(super) fn not_searched(error: &ignore::Error, folder: &Path) -> (PathBuf, String) {
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

pub(super) fn read(path: &Path) -> Result<String, String> {
    /// No collection is as large as this.
    const MOST: u64 = 64 << 20;
    let unreadable = |error: std::io::Error| format!("cannot be read: {}", plan::plain(&error));
    let mut bytes = Vec::new();
    // A pipe or a device does not say how much there is of it.
    std::fs::File::open(path)
        .map_err(unreadable)?
        .take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MOST {
        return Err("is larger than 64 MiB: no collection is as large as that".to_owned());
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("is UTF-16: save it as UTF-8".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error
            .as_bytes()
            .iter()
            .take(valid)
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        format!("is not UTF-8: line {line} holds bytes that are no text")
    })?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// The nearest project file, from the first collection's folder upwards, and whether it is without errors.
fn find_project(
    context: &Context,
    from: &Path,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(Option<Arc<Project>>, bool), CliError> {
    let full = std::fs::canonicalize(from).unwrap_or_else(|_| context.folder.clone());
    let Some(path) = full
        .ancestors()
        .map(|folder| folder.join(PROJECT))
        .find(|path| path.is_file())
    else {
        return Ok((None, true));
    };
    let shown = context.shown(&path);
    let text =
        read(&path).map_err(|reason| CliError::new(format!("`{}` {reason}", shown.display())))?;
    let (project, mut found) = syntax::parse_project(&File::new(shown, text));
    found.extend(wrong_files(&project));
    let broken = found.iter().any(Diagnostic::is_error);
    diagnostics.extend(found);
    Ok((Some(Arc::new(project)), !broken))
}

/// Files of `[run]` that lie outside of the project; those of `[report]` are checked when reports are made.
fn wrong_files(project: &Project) -> Vec<Diagnostic> {
    let files = ["record", "replay", "cookies", "cookie_jar", "cookie-jar"]
        .into_iter()
        .filter_map(|key| project.run.get(key));
    files
        .filter_map(|node| Some(*super::project::file(project, node).err()?))
        .collect()
}

fn filters(written: &[String]) -> Result<Vec<Filter>, CliError> {
    let parsed = written.iter().map(|text| {
        Filter::parse(text).map_err(|error| {
            let marker = format!(
                "{}^",
                " ".repeat(
                    text.get(..error.at)
                        .map_or(0, |before| before.chars().count())
                )
            );
            CliError::new(format!(
                "`--filter`: {}\n  {text}\n  {marker}",
                error.message
            ))
            .maybe_hint(error.hint)
        })
    });
    parsed.collect()
}

/// What failed last time, by the paths of the collections as they are shown.
///
/// # Errors
/// If nothing failed here, or a collection in which something failed is not here any more.
fn last_failed(
    context: &Context,
    project: Option<&Project>,
    (paths, found): (&[PathBuf], &[PathBuf]),
) -> Result<Vec<(String, String)>, CliError> {
    let failed = Memory::of(context, project)?.failed()?;
    let folders: Vec<_> = paths.iter().map(|path| real(path)).collect();
    let here: Vec<_> = found
        .iter()
        .map(|path| (real(path), context.shown(path).display().to_string()))
        .collect();
    let shown = |path: &Path| {
        here.iter()
            .find(|(real, _)| real == path)
            .map(|(_, shown)| shown.clone())
    };
    let is_lost = |path: &Path| {
        folders.iter().any(|folder| path.starts_with(folder)) && shown(path).is_none()
    };
    if let Some((path, name)) = failed.iter().find(|(path, _)| is_lost(path)) {
        let file = context.shown(path).display().to_string();
        let problem = CliError::new(format!(
            "`{name}` of `{file}` failed last time, and there is no such collection any more"
        ));
        return Err(problem.hint("a run without `--last-failed` finds out anew what fails"));
    }
    let only: Vec<_> = failed
        .into_iter()
        .filter_map(|(path, name)| Some((shown(&path)?, name)))
        .collect();
    if only.is_empty() {
        let hint = "leave `--last-failed` out to run everything";
        return Err(
            CliError::new("nothing of this failed last time, so there is nothing to run")
                .hint(hint),
        );
    }
    Ok(only)
}

fn shard(text: &str) -> Result<Shard, CliError> {
    let parts = text
        .split_once('/')
        .and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((number, of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
        _ => Err(CliError::new(format!("`--shard {text}` is not K/N"))
            .hint("such as `--shard 2/3`, the second of three parts")),
    }
}

/// The URL that an option names.
pub(super) fn base_url(option: &str, text: &str) -> Result<Url, CliError> {
    http::url::base(text).map_err(|error| {
        CliError::new(format!("`{option}`: {}", error.message)).maybe_hint(error.hint)
    })
}

fn world(
    (context, input): (&Context, &Input),
    (project, user): (Option<&Project>, &UserConfig),
    (redactor, sends): (&Redactor, bool),
    warnings: &mut Vec<Diagnostic>,
) -> Result<World, CliError> {
    let given = input.vars.iter().map(|text| {
        parse_given(text).map_err(|reason| CliError::new(format!("`--var`: {reason}")))
    });
    let root = project.map(|project| project.file.folder().to_owned());
    let root = root.map(|folder| {
        if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        }
    });
    Ok(World {
        environment: context.environment((input, user), redactor, warnings)?,
        clock: Clock::System,
        seed: input.seed.unwrap_or_else(|| fastrand::u64(..1 << 32)),
        run_id: uuid::Builder::from_random_bytes(fastrand::u128(..).to_be_bytes())
            .into_uuid()
            .to_string(),
        given: given.collect::<Result<_, _>>()?,
        root: Some(root.unwrap_or_else(|| context.folder.clone())),
        allow_commands: input.allow_commands || user.allow_commands,
        env_allow: user.env_allow.clone(),
        sends,
        stdin: Arc::new(context::stdin),
        overrides: wire::overrides(&input.wire, redactor)?,
        proxies: context.proxies(redactor)?,
    })
}

/// What the command line, the user's configuration and the environment say about credentials that are found.
fn trust(
    context: &Context,
    input: &Input,
    (user, base_url): (&UserConfig, Option<Url>),
    world: &World,
) -> Result<Trust, CliError> {
    let hosts = input
        .allow_credentials
        .iter()
        .map(|host| host_and_port(host));
    let hosts: Result<Vec<_>, _> = hosts
        .chain(user.allow_credentials.iter().cloned().map(Ok))
        .collect();
    let unrestricted = Arc::clone(&context.environment(
        (input, &UserConfig::default()),
        &Redactor::default(),
        &mut Vec::new(),
    )?);
    Ok(Trust {
        environment: Some(Arc::new(move |name: &str| {
            unrestricted(name).map(|variable| variable.text)
        })),
        settings: Arc::new(plan::own_settings(&world.overrides, &world.proxies)),
        hosts: hosts.map_err(|reason| CliError::new(format!("`--allow-credentials`: {reason}")))?,
        base_url,
    })
}

/// What an earlier run made of clock and chance, so that its requests are made once more.
fn repeat(world: &mut World, earlier: &About, input: &Input) {
    world.run_id.clone_from(&earlier.run_id);
    world.seed = input.seed.unwrap_or(earlier.seed);
    world.clock = earlier.time.parse().map_or(world.clock, Clock::Fixed);
}

/// A duration of the command line; a bare number is seconds, as everywhere.
pub(crate) fn duration(option: &str, text: &str) -> Result<Duration, CliError> {
    let bare = text
        .parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    bare.or_else(|| parse_duration(text)).ok_or_else(|| {
        CliError::new(format!("`{option}`: `{text}` is not a duration"))
            .hint("write a number with its unit: `500ms`, `10s`, `2m`")
    })
}
