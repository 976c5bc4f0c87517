//! Which requests run: those that were chosen, and those that they need.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use url::{Host, Url};

use super::Collection;
use super::filter::{Candidate, Filter};
use super::known::Known;
use super::step::Step;
use crate::event::Part;
use crate::secret::{Redactor, STARS};
use crate::source::{Diagnostic, File, Severity, did_you_mean};

/// What the command line chooses.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Tags, of which one is enough; none: all.
    pub tags: Vec<String>,
    /// Filters, which must all hold.
    pub filters: Vec<Filter>,
    /// `PATH::NAME`: names by the collection's path; a collection that stands here runs only these.
    pub names: Vec<(String, String)>,
    /// What may be chosen at all, by the collection's path and the name; `None`: everything.
    pub only: Option<Vec<(String, String)>>,
    /// Which part of what is chosen.
    pub shard: Option<Shard>,
    /// The secrets that reports hide: a request may be named as it is shown there.
    pub secrets: Redactor,
}

/// One of several parts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl Shard {
    /// Which of so many requests are in it: together the shards have each of them once, in parts of the same size.
    fn range(self, all: usize) -> std::ops::Range<usize> {
        let end = |number: usize| all.saturating_mul(number) / self.of.max(1);
        end(self.number.saturating_sub(1))..end(self.number)
    }
}

impl Selection {
    /// Whether everything is chosen.
    #[must_use]
    pub fn is_all(&self) -> bool {
        let whole = self.only.is_none() && self.shard.is_none();
        whole && self.tags.is_empty() && self.filters.is_empty() && self.names.is_empty()
    }

    /// Whether a request has that name, as written or as reports show it.
    fn is_called(&self, own: &str, name: &str) -> bool {
        own == name || (name.contains(STARS) && self.secrets.redact(own) == name)
    }

    fn is_among(&self, named: &[(String, String)], path: &str, wanted: &str) -> bool {
        named
            .iter()
            .any(|(of, name)| of == path && self.is_called(wanted, name))
    }

    fn chooses(&self, step: &Step, path: &str, collection: &str) -> bool {
        let candidate = Candidate {
            name: &step.name,
            tags: &step.tags,
            path,
            collection,
            method: &step.request.method.0,
        };
        let tagged = self.tags.is_empty() || self.tags.iter().any(|tag| step.tags.contains(tag));
        let mut named = self.names.iter().filter(|(of, _)| of == path).peekable();
        let by_name =
            named.peek().is_none() || named.any(|(_, name)| self.is_called(&step.name, name));
        let allowed = self
            .only
            .as_ref()
            .is_none_or(|only| self.is_among(only, path, &step.name));
        allowed && tagged && by_name && self.filters.iter().all(|filter| filter.holds(candidate))
    }
}

/// Marks what runs. Setup runs wherever a request does; teardown too; a setup or teardown that is named alone is chosen
/// like a request.
pub(super) fn mark(steps: &mut [Step], selection: &Selection, path: &str, collection: &str) {
    let only = selection.only.as_deref().unwrap_or_default();
    let named = |step: &Step| {
        selection.is_among(&selection.names, path, &step.name)
            || selection.is_among(only, path, &step.name)
    };
    for step in steps.iter_mut() {
        step.selected = match step.part {
            Part::Request => selection.chooses(step, path, collection),
            Part::Setup | Part::Teardown => named(step),
        };
    }
    mark_needed(steps);
}

/// Marks what runs because a chosen step needs it.
fn mark_needed(steps: &mut [Step]) {
    if !steps.iter().any(|step| step.selected) {
        return;
    }
    let mut wanted: BTreeSet<usize> = steps
        .iter()
        .filter(|step| step.selected)
        .map(|step| step.index)
        .collect();
    let mut open: Vec<usize> = wanted.iter().copied().collect();
    while let Some(index) = open.pop() {
        let needs = steps
            .get(index)
            .map(|step| step.needs.as_slice())
            .unwrap_or_default();
        open.extend(
            needs
                .iter()
                .map(|need| need.step)
                .filter(|needed| wanted.insert(*needed)),
        );
    }
    for step in steps.iter_mut() {
        let around = step.part != Part::Request;
        step.needed = !step.selected && (around || wanted.contains(&step.index));
    }
}

/// A selection that is cut into shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Which of the parts is run.
    pub shard: Shard,
    /// How many requests the whole selection has.
    pub requests: usize,
    /// A digest of the whole: the same files and options give the same one.
    pub selection: String,
}

/// Leaves what is in the shard: requests that follow one another, so that few collections are in two. Setup, teardown and what is
/// needed run in each shard that has a request of their collection.
pub(super) fn deal(collections: &mut Vec<Collection>, shard: Shard, base_url: Option<&Url>) -> Cut {
    let (requests, selection) = digest(collections, base_url);
    let mine = shard.range(requests);
    let steps = collections
        .iter_mut()
        .flat_map(|collection| &mut collection.steps)
        .filter(|step| step.selected);
    for (number, step) in steps.enumerate() {
        step.selected = mine.contains(&number);
    }
    collections.retain(|collection| collection.steps.iter().any(|step| step.selected));
    for collection in collections {
        mark_needed(&mut collection.steps);
    }
    Cut {
        shard,
        requests,
        selection,
    }
}

/// How many requests are selected, and a digest of them, and of the base URL that the command line gives for all of them.
fn digest(collections: &[Collection], base_url: Option<&Url>) -> (usize, String) {
    let (mut requests, mut digest) = (0, Sha256::new());
    if let Some(base_url) = base_url {
        digest.update(stage_of(base_url));
    }
    for collection in collections {
        let stage = collection
            .stage
            .as_ref()
            .and_then(|stage| stage.name.as_deref())
            .unwrap_or_default();
        for step in collection.steps.iter().filter(|step| step.selected) {
            requests += 1;
            for text in [&collection.path, stage, &step.name] {
                digest.update(text.len().to_le_bytes());
                digest.update(text);
            }
        }
    }
    let hex = hex::encode(digest.finalize());
    (requests, hex.get(..16).unwrap_or_default().to_owned())
}

/// A base URL as far as it tells stages apart, without a login. Machines side by side may each start a stage of their own: of an
/// address of the machine itself only the path counts.
fn stage_of(base_url: &Url) -> String {
    let path = base_url.path().trim_end_matches('/');
    let is_own = match base_url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if is_own {
        return format!("localhost{path}");
    }
    let host = base_url.host_str().unwrap_or_default();
    let port = base_url.port_or_known_default().unwrap_or_default();
    format!("{}://{host}:{port}{path}", base_url.scheme())
}

/// What the command line names and nothing has: slips, since it selects nothing.
#[derive(Debug, Default)]
pub(super) struct UnmatchedSelectors {
    known: Known,
    /// Names by path.
    names: Vec<(String, Vec<String>)>,
    /// What failed last time and is not selected now.
    passed_over: Vec<String>,
}

impl UnmatchedSelectors {
    /// Notes what a collection has.
    pub(super) fn look(&mut self, steps: &[Step], selection: &Selection, collection: &Collection) {
        let path = &collection.path;
        if !selection.tags.is_empty() || !selection.filters.is_empty() {
            self.known.add((path, &collection.name));
            for step in steps {
                self.known
                    .add_request((&step.name, &step.request.method.0), &step.tags);
            }
        }
        let only = selection.only.as_deref().unwrap_or_default();
        if selection.names.iter().chain(only).any(|(of, _)| of == path) {
            self.names.push((
                path.clone(),
                steps.iter().map(|step| step.name.clone()).collect(),
            ));
        }
        let left = steps
            .iter()
            .filter(|step| !step.selected && selection.is_among(only, path, &step.name));
        self.passed_over
            .extend(left.map(|step| format!("`{path}::{}`", step.name)));
    }

    /// What was not met. The project's other collections are read only if these do not have it all.
    pub(super) fn diagnostics(
        mut self,
        selection: &Selection,
        others: &dyn Fn() -> Vec<Arc<File>>,
    ) -> Vec<Diagnostic> {
        let mut found = self.unknown(selection);
        if !found.is_empty() {
            for file in others() {
                self.known.read(&file);
            }
            found = self.unknown(selection);
        }
        found.extend(self.unknown_names(selection, &selection.names, |name| {
            format!("there is no request `{name}`")
        }));
        let lost = |name: &str| {
            format!("`{name}` failed last time, but there is no longer a request with that name")
        };
        let only = selection.only.as_deref().unwrap_or_default();
        let hint = || Some("a run without `--last-failed` records the failures again".to_owned());
        let hinted = |problem: Diagnostic| Diagnostic {
            hint: problem.hint.clone().or_else(hint),
            ..problem
        };
        found.extend(
            self.unknown_names(selection, only, lost)
                .into_iter()
                .map(hinted),
        );
        if !self.passed_over.is_empty() {
            let requests = crate::text::count(self.passed_over.len(), "request");
            let message = format!(
                "{requests} that failed last time and are not selected now: {}",
                self.passed_over.join(", ")
            );
            found.push(Diagnostic {
                severity: Severity::Warning,
                ..Diagnostic::nowhere(message)
            });
        }
        found
    }

    /// Tags, and what filters name.
    fn unknown(&self, selection: &Selection) -> Vec<Diagnostic> {
        let tags = selection
            .tags
            .iter()
            .filter(|tag| !self.known.tags.contains(*tag))
            .map(|tag| {
                let hint = did_you_mean(tag, self.known.tags.iter().map(String::as_str));
                Diagnostic::nowhere(format!("no request has the tag `{tag}`")).maybe_hint(hint)
            });
        tags.chain(
            selection
                .filters
                .iter()
                .flat_map(|filter| filter.unknown(&self.known)),
        )
        .collect()
    }

    /// Names, by the paths of their collections, that no request has.
    fn unknown_names(
        &self,
        selection: &Selection,
        wanted: &[(String, String)],
        message: impl Fn(&str) -> String,
    ) -> Vec<Diagnostic> {
        let unknown = wanted.iter().filter_map(|(path, name)| {
            let (_, known) = self.names.iter().find(|(of, _)| of == path)?;
            let problem = || Diagnostic::nowhere(message(name)).at_path(path);
            let is_known = known.iter().any(|known| selection.is_called(known, name));
            (!is_known)
                .then(|| problem().maybe_hint(did_you_mean(name, known.iter().map(String::as_str))))
        });
        unknown.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_tell_stages_apart() {
        let stage = |url: &str| stage_of(&Url::parse(url).unwrap());
        for (one, two, same) in [
            ("http://a.example/x", "http://a.example/x/", true),
            ("http://a.example", "http://a.example:80/", true),
            ("http://u:secret@a.example/", "http://a.example/", true),
            ("http://localhost:1234/x", "http://127.0.0.1:99/x", true),
            ("http://[::1]:1/", "http://api.localhost/", true),
            ("http://localhost/x", "http://localhost/y", false),
            ("http://localhost/", "http://a.example/", false),
            ("http://a.example/", "http://b.example/", false),
            ("http://a.example/x", "http://a.example/zz", false),
            ("http://a.example/", "https://a.example/", false),
            ("http://a.example:81/", "http://a.example/", false),
        ] {
            assert_eq!(stage(one) == stage(two), same, "{one} {two}");
        }
        let digests: BTreeSet<_> = [None, Some("http://a.example"), Some("http://b.example")]
            .map(|url| digest(&[], url.map(|url| Url::parse(url).unwrap()).as_ref()).1)
            .into();
        assert_eq!(digests.len(), 3);
    }
}
