//! `apitest review`: pending snapshots, gone through on a terminal or settled at once.

use std::io;
use std::path::{Path, PathBuf};

use super::args::Review;
use super::context::Context;
use super::{print, signals};
use crate::output::plain;
use crate::plan::place_inside;
use crate::project::{Error, not_searched};
use crate::review::{self, Entry, Tally};
use crate::run::Stop;
use crate::snapshot::{name, store};
use crate::text::{Line, Style, count, render};

/// The exit code where something is pending still.
const PENDING: u8 = 1;
const INTERRUPTED: u8 = 130;

/// Goes through what is pending.
pub(super) fn review(context: &Context, arguments: &Review) -> Result<u8, Error> {
    let entries = pending(&arguments.paths)?;
    let color = context.stdout_style(arguments.color).color;
    if entries.is_empty() {
        print("no pending snapshots\n")?;
        return Ok(0);
    }
    if arguments.list {
        print(&render(&list(&entries), color))?;
        return Ok(PENDING);
    }
    if arguments.accept || arguments.reject {
        return settle(&entries, arguments.accept, color);
    }
    if !context.can_draw() {
        let message = format!(
            "{} pending, and this is not a terminal to review them in",
            count(entries.len(), "snapshot")
        );
        return Err(Error::new(message)
            .hint("`--list` lists them, `--accept` or `--reject` decides all of them"));
    }
    on_terminal(entries, color)
}

fn on_terminal(entries: Vec<Entry>, color: bool) -> Result<u8, Error> {
    let stop = Stop::default();
    signals::listen(&stop);
    let mut review = review::Review::new(entries);
    let interrupted = review::walk(&mut review, color, &|| stop.interrupted())
        .map_err(|error| Error::new(format!("the terminal cannot be used: {}", plain(&error))))?;
    let tally = review.tally();
    print(&told(tally))?;
    Ok(match tally.left {
        _ if interrupted => INTERRUPTED,
        0 => 0,
        _ => PENDING,
    })
}

/// `2 accepted, 1 rejected, 3 still pending`
fn told(tally: Tally) -> String {
    let parts = [
        (tally.accepted, "accepted"),
        (tally.rejected, "rejected"),
        (tally.left, "still pending"),
    ];
    let said: Vec<_> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    said.join(", ") + "\n"
}

fn settle(entries: &[Entry], accept: bool, color: bool) -> Result<u8, Error> {
    let word = if accept { "accepted" } else { "rejected" };
    let mut lines = Vec::new();
    let mut failed = None;
    for entry in entries {
        let settled = if accept {
            entry.accept()
        } else {
            entry.reject()
        };
        let line = Line::styled(&format!("{word}  "), Style::Good)
            .with(&entry.path().display().to_string(), Style::Path);
        match settled {
            Ok(()) => lines.push(line),
            Err(reason) => failed = failed.or(Some(reason)),
        }
    }
    print(&render(&lines, color))?;
    failed.map_or(Ok(0), |reason| Err(Error::new(reason)))
}

fn list(entries: &[Entry]) -> Vec<Line> {
    let line = |entry: &Entry| {
        let (word, style) = if entry.is_new() {
            ("new", Style::Good)
        } else {
            ("changed", Style::Warn)
        };
        let (target, request) = entry.request();
        let line = Line::styled(&format!("{word:<9}"), style)
            .with(&entry.path().display().to_string(), Style::Path);
        let line = line.plain("  ").with(request, Style::Bold);
        if target == request {
            line
        } else {
            line.plain("  ").with(target, Style::Dim)
        }
    };
    let total = format!("{} pending", count(entries.len(), "snapshot"));
    entries
        .iter()
        .map(line)
        .chain([Line::styled(&total, Style::Dim)])
        .collect()
}

/// What is pending for these collections, and in these folders and below.
fn pending(paths: &[PathBuf]) -> Result<Vec<Entry>, Error> {
    let here = [PathBuf::from(".")];
    let mut found = Vec::new();
    for path in if paths.is_empty() { &here[..] } else { paths } {
        if path.is_dir() {
            let shown = |path: PathBuf| path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
            let inside = |folder: &PathBuf| place_inside(&[path], folder).is_ok();
            found.extend(
                folders(path)?
                    .into_iter()
                    .filter(inside)
                    .map(shown)
                    .flat_map(|folder| review::find(&folder, |_| true)),
            );
        } else if path.exists() {
            let beside = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            if let Err(reason) = place_inside(&[beside], &beside.join(store::FOLDER)) {
                return Err(Error::new(format!(
                    "`{}` {reason}",
                    beside.join(store::FOLDER).display()
                )));
            }
            let folder = path.parent().unwrap_or(Path::new("")).join(store::FOLDER);
            if let Some(error) = std::fs::read_dir(&folder)
                .err()
                .filter(|error| error.kind() != io::ErrorKind::NotFound)
            {
                return Err(Error::new(format!(
                    "`{}` cannot be searched: {}",
                    folder.display(),
                    plain(&error)
                )));
            }
            let stem = name::stem(path);
            found.extend(review::find(&folder, |base| {
                base.split_once("__").is_some_and(|(of, _)| of == stem)
            }));
        } else {
            return Err(Error::new(format!(
                "no such file or folder: `{}`",
                path.display()
            )));
        }
    }
    let mut seen = indexmap::IndexSet::new();
    found.retain(|entry| seen.insert(entry.path().to_owned()));
    Ok(found)
}

/// The folders of snapshots in a folder and below. What git ignores is looked at: most ignore what is pending. What cannot be
/// searched may hold some.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut walk = ignore::WalkBuilder::new(folder);
    walk.git_ignore(false)
        .git_global(false)
        .git_exclude(false)
        .ignore(false)
        .sort_by_file_path(Ord::cmp);
    walk.filter_entry(|entry| {
        !["target", "node_modules"].contains(&entry.file_name().to_str().unwrap_or_default())
    });
    let entries: Result<Vec<_>, _> = walk.build().collect();
    let entries = entries.map_err(|error| {
        let (path, reason) = not_searched(&error, folder);
        Error::new(format!("`{}` {reason}", path.display()))
    })?;
    let paths = entries.into_iter().map(ignore::DirEntry::into_path);
    Ok(paths
        .filter(|path| path.is_dir() && path.file_name().is_some_and(|name| name == store::FOLDER))
        .collect())
}
