//! What was recorded, found again by who asks and for what.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use indexmap::IndexMap;
use url::Url;

use super::recorder::RunInfo;
use super::{Identity, place};
use crate::http::{
    Error, ErrorKind, Recorded, Resend, Response, Target, Timing, Transcript, boundary_of,
};
use crate::lock::IgnorePoison as _;
use crate::secret::Redactor;
use crate::value::{Value, parse_bytes};

/// One request that was sent, and what came back: a redirect is one of its own.
#[derive(Debug, Default)]
pub(super) struct Take {
    /// Who sent it; other tools do not say.
    pub(super) of: Option<Identity>,
    /// The stage's URL then.
    pub(super) base: Option<Url>,
    pub(super) method: String,
    pub(super) url: Option<Url>,
    /// The body that was sent, where it is known.
    pub(super) sent: Option<Vec<u8>>,
    /// What the body was said to be.
    pub(super) content_type: Option<String>,
    /// What came back, or why nothing did.
    pub(super) result: Option<Result<Response, Error>>,
    /// Where its time went.
    pub(super) timing: Timing,
    /// What was said over the WebSocket that it opened.
    pub(super) transcript: Option<Transcript>,
    /// What the client itself sent it again for before that.
    pub(super) resends: Vec<Resend>,
    /// Whether nothing of it reached a server.
    pub(super) unsent: bool,
}

/// A recording, read: every response is given once.
#[derive(Debug)]
pub struct Recording {
    /// Of the run in which it was made, where it says.
    pub about: Option<RunInfo>,
    shelves: Mutex<ReplayIndex>,
}

/// Who asks, without the collection's path or name.
type Key = (String, Option<usize>, String, Option<usize>);

/// The takes that are left, in the order in which they were made.
#[derive(Debug, Default)]
struct ReplayIndex {
    takes: Vec<Take>,
    /// Those of a request, by the path of its collection.
    by_path: IndexMap<Key, VecDeque<usize>>,
    /// The same, by the name of its collection: the file may lie elsewhere now.
    by_name: IndexMap<Key, VecDeque<usize>>,
    /// Those of which nobody knows who sent them, by method and path.
    by_target: IndexMap<(String, String), VecDeque<usize>>,
}

/// Who asks a recording.
#[derive(Debug, Clone, Copy)]
pub struct ReplayKey<'a> {
    /// The request.
    pub of: &'a Identity,
    /// The stage's URL now.
    pub base: Option<&'a Url>,
    /// Knows what stands as stars in the recording.
    pub redactor: &'a Redactor,
}

fn key(collection: &str, of: &Identity) -> Key {
    (
        collection.to_owned(),
        of.collection_row,
        of.name.clone(),
        of.row,
    )
}

impl Recording {
    pub(super) fn new(about: Option<RunInfo>, takes: Vec<Take>) -> Self {
        let mut shelves = ReplayIndex::default();
        for (index, take) in takes.iter().enumerate() {
            shelves.put(index, take);
        }
        shelves.takes = takes;
        Self {
            about,
            shelves: Mutex::new(shelves),
        }
    }

    fn shelves(&self) -> MutexGuard<'_, ReplayIndex> {
        self.shelves.lock().ignore_poison()
    }

    /// The URL of the stage that a collection, given by its path and name, was sent to.
    #[must_use]
    pub fn base(&self, path: &str, collection: &str) -> Option<Url> {
        let shelves = self.shelves();
        let known = || {
            shelves
                .takes
                .iter()
                .filter_map(|take| Some((take.of.as_ref()?, take.base.as_ref()?)))
        };
        let found = known()
            .find(|(of, _)| of.path == path)
            .or_else(|| known().find(|(of, _)| of.collection == collection));
        found.map(|(_, base)| base.clone())
    }

    /// Whether anything is left of what a request received: another try of it can be answered.
    #[must_use]
    pub fn has_more(&self, of: &Identity) -> bool {
        let shelves = self.shelves();
        let left = |queue: Option<&VecDeque<usize>>| queue.is_some_and(|queue| !queue.is_empty());
        left(shelves.by_path.get(&key(&of.path, of)))
            || left(shelves.by_name.get(&key(&of.collection, of)))
    }

    /// What came back when that was asked for.
    ///
    /// It is found by who asks, and there by method and path, the stage's own URL aside: first the one with the same query
    /// and body, else the first that is left. Where the recording does not say who sent what, method, URL and body must
    /// be the same, and the last of several that are is given again and again.
    #[must_use]
    pub fn find(&self, asker: ReplayKey<'_>, target: Target<'_>) -> Recorded {
        let mut shelves = self.shelves();
        match shelves
            .known(asker, target)
            .or_else(|| shelves.foreign(asker, target))
        {
            Some(recorded) => recorded,
            None => Recorded::missing(shelves.missing(asker, target)),
        }
    }
}

impl ReplayIndex {
    /// Notes where a take is found.
    fn put(&mut self, index: usize, take: &Take) {
        if let Some(of) = &take.of {
            self.by_path
                .entry(key(&of.path, of))
                .or_default()
                .push_back(index);
            self.by_name
                .entry(key(&of.collection, of))
                .or_default()
                .push_back(index);
        } else {
            let path = take.url.as_ref().map_or("", Url::path).to_owned();
            self.by_target
                .entry((take.method.clone(), path))
                .or_default()
                .push_back(index);
        }
    }

    /// Of the takes of this very request.
    fn known(&mut self, asker: ReplayKey<'_>, target: Target<'_>) -> Option<Recorded> {
        let of = asker.of;
        let by_path = self
            .by_path
            .get(&key(&of.path, of))
            .filter(|queue| !queue.is_empty());
        let queue = by_path.or_else(|| self.by_name.get(&key(&of.collection, of)))?;
        let fits = |index: &&usize| {
            let take = self.takes.get(**index);
            take.is_some_and(|take| {
                take.method == target.method && place::same(take, target.url, asker)
            })
        };
        let exact = |index: &&usize| {
            self.takes
                .get(**index)
                .is_some_and(|take| take.is_exactly(asker, target))
        };
        let fitting = || queue.iter().filter(fits);
        let chosen = *fitting().find(exact).or_else(|| fitting().next())?;
        let queues = [
            self.by_path.get_mut(&key(&of.path, of)),
            self.by_name.get_mut(&key(&of.collection, of)),
        ];
        for queue in queues.into_iter().flatten() {
            queue.retain(|index| *index != chosen);
        }
        let take = self.takes.get_mut(chosen)?;
        let (result, resends) = (take.result.take()?, std::mem::take(&mut take.resends));
        Some(Recorded {
            result,
            timing: take.timing,
            transcript: take.transcript.take(),
            resends,
            unsent: take.unsent,
        })
    }

    /// Of those whose sender is not known.
    fn foreign(&mut self, asker: ReplayKey<'_>, target: Target<'_>) -> Option<Recorded> {
        let at = (target.method.to_owned(), target.url.path().to_owned());
        let queue = self.by_target.get_mut(&at)?;
        let exact = |index: &usize| {
            self.takes
                .get(*index)
                .is_some_and(|take| take.is_exactly(asker, target))
        };
        let position = queue.iter().position(exact)?;
        let last = queue.iter().skip(position + 1).all(|index| !exact(index));
        let chosen = *queue.get(position)?;
        if !last {
            queue.remove(position);
        }
        let take = self.takes.get(chosen)?;
        let result = match take.result.as_ref()? {
            Ok(response) => Ok(copy(response)),
            Err(error) => Err(error.clone()),
        };
        let (transcript, resends) = (take.transcript.clone(), take.resends.clone());
        Some(Recorded {
            result,
            timing: take.timing,
            transcript,
            resends,
            unsent: take.unsent,
        })
    }

    fn missing(&self, asker: ReplayKey<'_>, target: Target<'_>) -> Error {
        let of = asker.of;
        let there = |name: &String, known: &Key| known.0 == *name && known.2 == of.name;
        let recorded = self.by_path.keys().any(|known| there(&of.path, known))
            || self
                .by_name
                .keys()
                .any(|known| there(&of.collection, known));
        let url = asker.redactor.redact(target.url.as_str());
        let message = format!("`{} {url}` is not in the recording", target.method);
        let hint = if !self.by_target.is_empty() {
            "the recording has no request names, and nothing with this method, URL and body"
        } else if recorded {
            "the request was recorded with another method or path, or sent fewer times: record again with `--record FILE`"
        } else {
            "the recording has nothing of this request: record again with `--record FILE`"
        };
        Error::new(ErrorKind::Request, message).hint(hint)
    }
}

impl Take {
    /// Whether query and body are the same too; a body that is not known is not compared.
    fn is_exactly(&self, asker: ReplayKey<'_>, target: Target<'_>) -> bool {
        let query = self.url.as_ref().and_then(Url::query).unwrap_or_default();
        let same_query = place::text(query)
            == place::text(
                &asker
                    .redactor
                    .redact(target.url.query().unwrap_or_default()),
            );
        let body = asker.redactor.redact_bytes(target.body.unwrap_or_default());
        let (then, now) = (self.content_type.as_deref(), target.content_type);
        same_query
            && self
                .sent
                .as_deref()
                .is_none_or(|sent| same_body((sent, then), (&body, now)))
    }
}

/// Whether two bodies, each with its content type, say the same: byte for byte, as JSON, or as the parts of a form, whose
/// boundary is another each time.
fn same_body(
    (one, kind_of_one): (&[u8], Option<&str>),
    (two, kind_of_two): (&[u8], Option<&str>),
) -> bool {
    let boundaries = (
        kind_of_one.and_then(boundary_of),
        kind_of_two.and_then(boundary_of),
    );
    one == two
        || matches!(boundaries, (Some(first), Some(second)) if without(one, first) == without(two, second))
        || matches!((document(one), document(two)), (Some(one), Some(two)) if one == two)
}

/// A body as JSON in which no member stands twice.
fn document(body: &[u8]) -> Option<Value> {
    parse_bytes(body)
        .ok()
        .filter(|parsed| parsed.duplicate.is_none())
        .map(|parsed| parsed.value)
}

/// A body without its boundaries.
fn without(body: &[u8], boundary: &str) -> String {
    String::from_utf8_lossy(body).replace(&format!("--{boundary}"), "--")
}

/// A response once more.
fn copy(response: &Response) -> Response {
    let mut copied = Response::new(
        response.status,
        response.headers.clone(),
        response.body.clone(),
    );
    copied.version = response.version;
    copied.size_on_wire = response.size_on_wire;
    copied.trailers.clone_from(&response.trailers);
    copied.interim.clone_from(&response.interim);
    copied.complete = response.complete;
    copied.body_error.clone_from(&response.body_error);
    copied
}
