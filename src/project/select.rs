//! Which requests are selected: filters, shards, what failed last time.

use std::path::Path;

use super::discover::{Discovered, real};
use super::error::Error;
use super::last_failed::LastFailedStore;
use crate::plan::{Filter, Selection, Shard};
use crate::secret::Redactor;

fn filters(written: &[String]) -> Result<Vec<Filter>, Error> {
    let parsed = written.iter().map(|text| {
        Filter::parse(text).map_err(|error| {
            let marker = format!(
                "{}^",
                " ".repeat(
                    text.get(..error.at)
                        .map_or(0, |before| before.chars().count())
                )
            );
            Error::new(format!(
                "`--filter`: {}\n  {text}\n  {marker}",
                error.message
            ))
            .maybe_hint(error.hint)
        })
    });
    parsed.collect()
}

/// The selection that options describe.
pub(super) fn selection(found: &Discovered<'_>, redactor: &Redactor) -> Result<Selection, Error> {
    let options = found.options;
    let only = options
        .last_failed
        .then(|| last_failed(found))
        .transpose()?;
    Ok(Selection {
        tags: options.tags.clone(),
        filters: filters(&options.filters)?,
        names: found.names.clone(),
        only,
        shard: options.shard.as_deref().map(shard).transpose()?,
        secrets: redactor.clone(),
    })
}

/// What failed last time, by the paths of the collections as they are shown.
///
/// # Errors
/// If nothing failed here, or a collection in which something failed is not here any more.
fn last_failed(found: &Discovered<'_>) -> Result<Vec<(String, String)>, Error> {
    let host = found.host;
    let failed = LastFailedStore::of(host, found.project.as_deref())?.failed()?;
    let folders: Vec<_> = found.paths.iter().map(|path| real(path)).collect();
    let here: Vec<_> = found
        .files
        .iter()
        .map(|path| (real(path), host.shown(path).display().to_string()))
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
        let file = host.shown(path).display().to_string();
        let problem = Error::new(format!(
            "`{name}` of `{file}` failed last time, but the collection no longer exists"
        ));
        return Err(problem.hint("a run without `--last-failed` records the failures again"));
    }
    let only: Vec<_> = failed
        .into_iter()
        .filter_map(|(path, name)| Some((shown(&path)?, name)))
        .collect();
    if only.is_empty() {
        let hint = "run without `--last-failed` to run everything";
        return Err(Error::new(
            "none of these requests failed last time, so there is nothing to run",
        )
        .hint(hint));
    }
    Ok(only)
}

fn shard(text: &str) -> Result<Shard, Error> {
    let parts = text
        .split_once('/')
        .and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((number, of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
        _ => Err(Error::new(format!("`--shard {text}` is not K/N"))
            .hint("write K/N, such as `--shard 2/3` for the second of three parts")),
    }
}
