//! Brings together what several runs tell of the same requests, and tells what differs as the events of one run.

use indexmap::IndexMap;

use super::{Answers, Comparison, Rules, compare, failure};
use crate::event::{
    CollectionFinished, CollectionStarted, Counts, ErrorKind, Event, Failure, Part,
    RequestFinished, Status,
};
use crate::recording::Entry;

/// Which of the runs tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// That on the first stage.
    From,
    /// The second one on the first stage.
    Again,
    /// That on the second stage.
    To,
}

/// A collection's path and row, and for which time it is run: the project's own is run before and after all others.
type Run = (String, Option<usize>, usize);
/// A request's name and row.
type Name = (String, Option<usize>);

/// What the runs have told so far and not of one another; what they all have told is compared and dropped.
pub struct Pairs<'a> {
    rules: &'a Rules,
    begun: IndexMap<(Side, String, Option<usize>), usize>,
    open: IndexMap<Run, Open>,
    /// What came of all requests.
    pub counts: Counts,
    /// Whether a stage could not be reached.
    pub unreached: bool,
    /// How many requests got a response from a stage, and how many of them a 2xx response from one at least.
    responses: (usize, usize),
}

/// A collection that is run.
#[derive(Default)]
struct Open {
    started: [Option<CollectionStarted>; 3],
    finished: [Option<CollectionFinished>; 3],
    requests: IndexMap<Name, [Option<Told>; 3]>,
    /// What is told when all have begun.
    waiting: Vec<Event>,
    counts: Counts,
}

/// What became of a request on one side.
struct Told {
    finished: RequestFinished,
    entry: Option<Box<Entry>>,
}

impl Open {
    fn has_begun(&self) -> bool {
        self.started.iter().all(Option::is_some)
    }
}

impl<'a> Pairs<'a> {
    /// Nothing is told yet.
    #[must_use]
    pub fn new(rules: &'a Rules) -> Self {
        let (begun, open) = (IndexMap::new(), IndexMap::new());
        Self {
            rules,
            begun,
            open,
            counts: Counts::default(),
            unreached: false,
            responses: (0, 0),
        }
    }

    /// Takes what a run tells, with the last exchange of a request that is finished; tells on what is known by that.
    pub fn take(
        &mut self,
        side: Side,
        event: Event,
        entry: Option<Box<Entry>>,
        tell: &mut dyn FnMut(Event),
    ) {
        match event {
            Event::CollectionStarted(started) => self.start(side, started, tell),
            Event::RequestFinished(finished) => self.request(
                side,
                Told {
                    finished: *finished,
                    entry,
                },
                tell,
            ),
            Event::CollectionFinished(finished) => self.finish(side, finished, tell),
            Event::Problem(_) if side != Side::Again => tell(event),
            _ => {}
        }
    }

    fn run(&self, side: Side, path: &str, row: Option<usize>) -> Run {
        let time = self
            .begun
            .get(&(side, path.to_owned(), row))
            .copied()
            .unwrap_or_default();
        (path.to_owned(), row, time)
    }

    fn start(&mut self, side: Side, started: CollectionStarted, tell: &mut dyn FnMut(Event)) {
        *self
            .begun
            .entry((side, started.path.clone(), started.row))
            .or_default() += 1;
        let open = self
            .open
            .entry(self.run(side, &started.path, started.row))
            .or_default();
        if let Some(slot) = open.started.get_mut(side as usize) {
            *slot = Some(started);
        }
        if open.has_begun() {
            tell(Event::CollectionStarted(self.rules.both(&open.started)));
            open.waiting.drain(..).for_each(tell);
        }
    }

    fn request(&mut self, side: Side, told: Told, tell: &mut dyn FnMut(Event)) {
        let run = self.run(side, &told.finished.path, told.finished.collection_row);
        let Some(open) = self.open.get_mut(&run) else {
            return;
        };
        if told.finished.part != Part::Request {
            // Logins differ by nature: told is only what went wrong.
            if side != Side::Again
                && matches!(told.finished.status, Status::Failed | Status::Blocked)
            {
                let told = self.rules.around(side, told.finished);
                self.tell(&run, told, tell);
            }
            return;
        }
        let name = (told.finished.name.clone(), told.finished.row);
        let sides = open.requests.entry(name.clone()).or_default();
        if let Some(slot) = sides.get_mut(side as usize) {
            *slot = Some(told);
        }
        if sides.iter().all(Option::is_some)
            && let Some(sides) = open.requests.shift_remove(&name)
        {
            self.judge(&run, &sides, tell);
        }
    }

    /// Whether requests got responses, but none got a 2xx response: errors were compared with errors.
    #[must_use]
    pub fn only_errors(&self) -> bool {
        matches!(self.responses, (1.., 0))
    }

    fn judge(&mut self, run: &Run, sides: &[Option<Told>; 3], tell: &mut dyn FnMut(Event)) {
        let responses = || {
            sides
                .iter()
                .filter_map(|told| exchange(told.as_ref())?.response.as_ref())
        };
        self.responses.0 += usize::from(responses().next().is_some());
        self.responses.1 +=
            usize::from(responses().any(|response| (200..300).contains(&response.status)));
        if let Some(told) = self.rules.judge(sides) {
            self.tell(run, told, tell);
        }
    }

    fn tell(&mut self, run: &Run, told: RequestFinished, tell: &mut dyn FnMut(Event)) {
        self.unreached |= told.error.is_some_and(ErrorKind::is_unreachable);
        self.counts.add(told.status);
        let Some(open) = self.open.get_mut(run) else {
            return;
        };
        open.counts.add(told.status);
        let event = Event::RequestFinished(Box::new(told));
        if open.has_begun() {
            tell(event);
        } else {
            open.waiting.push(event);
        }
    }

    fn finish(&mut self, side: Side, finished: CollectionFinished, tell: &mut dyn FnMut(Event)) {
        let run = self.run(side, &finished.path, finished.row);
        let Some(open) = self.open.get_mut(&run) else {
            return;
        };
        let last = finished.clone();
        if let Some(slot) = open.finished.get_mut(side as usize) {
            *slot = Some(finished);
        }
        if !open.finished.iter().all(Option::is_some) {
            return;
        }
        // Rows that come from responses may be more on one side.
        let left = std::mem::take(&mut open.requests);
        for ((name, row), sides) in &left {
            // Where a side did not come to rows, that is told once.
            if row.is_none() || !left.contains_key(&(name.clone(), None)) {
                self.judge(&run, sides, tell);
            }
        }
        if let Some(open) = self.open.shift_remove(&run) {
            tell(Event::CollectionFinished(CollectionFinished {
                counts: open.counts,
                ..last
            }));
        }
    }
}

impl Rules {
    fn name(&self, side: Side) -> &str {
        if side == Side::To {
            &self.names.1
        } else {
            &self.names.0
        }
    }

    /// The beginning of a collection on both stages.
    fn both(&self, started: &[Option<CollectionStarted>; 3]) -> CollectionStarted {
        let [from, _, to] = started;
        let url = |started: &Option<CollectionStarted>| {
            started
                .as_ref()
                .and_then(|started| started.base_url.clone())
        };
        let urls = url(from)
            .zip(url(to))
            .map(|(from, to)| format!("{from} → {to}"));
        let known = from.clone().or_else(|| to.clone());
        // Where a stage is named by its URL, that is told already.
        let named = ![&self.names.0, &self.names.1]
            .iter()
            .any(|name| name.contains("://"));
        let told = |known: CollectionStarted| CollectionStarted {
            stage: named.then(|| format!("{} → {}", self.names.0, self.names.1)),
            base_url: urls,
            ..known
        };
        known.map_or_else(
            || CollectionStarted {
                path: String::new(),
                name: String::new(),
                row: None,
                stage: None,
                base_url: None,
            },
            told,
        )
    }

    /// Setup or teardown that went wrong on a side.
    fn around(&self, side: Side, finished: RequestFinished) -> RequestFinished {
        let name = self.name(side);
        let failures = finished.failures.into_iter();
        let failures = failures.map(|failure| Failure {
            subject: failure
                .subject
                .with_text(format!("{name}: {}", failure.subject)),
            ..failure
        });
        RequestFinished {
            failures: failures.collect(),
            rerun: None,
            ..finished
        }
    }

    /// What came of a request on all sides.
    fn judge(&self, sides: &[Option<Told>; 3]) -> Option<RequestFinished> {
        let [from, again, to] = sides;
        let shown = frame(to.as_ref().or(from.as_ref()).or(again.as_ref())?);
        if let (Some(from), Some(to)) = (exchange(from.as_ref()), exchange(to.as_ref())) {
            let found = compare(
                Answers {
                    from,
                    again: exchange(again.as_ref()),
                    to,
                },
                self,
            );
            let kind = |entry: &Entry| {
                let broken = || Some(entry.response.as_ref()?.cut_by.as_ref()?.kind.clone());
                entry
                    .error
                    .as_ref()
                    .map(|lost| lost.kind.clone())
                    .or_else(broken)
            };
            let error = kind(from).or_else(|| kind(to));
            let error = error.as_deref().and_then(ErrorKind::from_name);
            return Some(self.compared(RequestFinished { error, ..shown }, found));
        }
        let status = |told: &Option<Told>| told.as_ref().map(|told| told.finished.status);
        let both = status(from).filter(|one| status(to).is_some_and(|other| other == *one));
        let unasked = [Status::Skipped, Status::Blocked, Status::NotRun];
        if let Some(both) = both.filter(|both| unasked.contains(both)) {
            let told = to.as_ref().map(|told| &told.finished)?;
            let (reason, blocked_by) = (told.reason.clone(), told.blocked_by.clone());
            return Some(RequestFinished {
                status: both,
                reason,
                blocked_by,
                sent: 0,
                ..shown
            });
        }
        let each = || [(Side::From, from.as_ref()), (Side::To, to.as_ref())].into_iter();
        if let Some((side, told)) = each().find_map(|(side, told)| Some((side, blocked(told)?))) {
            let reason = told
                .reason
                .as_deref()
                .map(|reason| format!("{}: {reason}", self.name(side)));
            let blocked_by = told.blocked_by.clone();
            return Some(RequestFinished {
                status: Status::Blocked,
                reason,
                blocked_by,
                sent: 0,
                ..shown
            });
        }
        let failures = each().flat_map(|(side, told)| self.unasked(side, told));
        Some(RequestFinished {
            status: Status::Failed,
            failures: failures.collect(),
            ..shown
        })
    }

    /// Why a side did not answer, where it did not.
    fn unasked(&self, side: Side, told: Option<&Told>) -> Vec<Failure> {
        let name = self.name(side);
        let Some(told) = told else {
            return vec![failure(name, Some("it has no such row".to_owned()))];
        };
        if told.entry.is_some() {
            return Vec::new();
        }
        let finished = &told.finished;
        let word = if finished.status == Status::Skipped {
            "skipped"
        } else {
            "not asked"
        };
        let reason = finished.reason.as_deref().or(finished
            .failures
            .iter()
            .find_map(|failure| failure.reason.as_deref()));
        vec![failure(
            name,
            Some(reason.map_or_else(|| word.to_owned(), |reason| format!("{word}: {reason}"))),
        )]
    }

    fn compared(&self, shown: RequestFinished, found: Comparison) -> RequestFinished {
        const MOST: usize = 8;
        let Comparison {
            mut failures,
            volatile,
        } = found;
        let more = volatile.len().saturating_sub(MOST);
        let listed = volatile
            .get(..MOST.min(volatile.len()))
            .unwrap_or_default()
            .join(", ");
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let reason = (!volatile.is_empty()).then(|| format!("volatile: {listed}{more}"));
        let reason = reason.map(|reason| self.redactor.redact(&reason).into_owned());
        if let (Some(last), Some(reason)) = (failures.last_mut(), &reason) {
            last.hint = Some(format!(
                "{reason} (two responses of `{}` differ in it)",
                self.names.0
            ));
        }
        let status = if failures.is_empty() {
            Status::Passed
        } else {
            Status::Failed
        };
        RequestFinished {
            status,
            reason,
            failures,
            ..shown
        }
    }
}

/// The exchange of a side.
fn exchange(told: Option<&Told>) -> Option<&Entry> {
    told.and_then(|told| told.entry.as_deref())
}

/// What became of a request on a side where it was blocked.
fn blocked(told: Option<&Told>) -> Option<&RequestFinished> {
    told.map(|told| &told.finished)
        .filter(|finished| finished.status == Status::Blocked)
}

/// A request without all that one side alone can say.
fn frame(told: &Told) -> RequestFinished {
    RequestFinished {
        reason: None,
        title: None,
        blocked_by: None,
        expectations: 0,
        failures: Vec::new(),
        error: None,
        diagnosis: None,
        facts: Vec::new(),
        request_ids: Vec::new(),
        curl: None,
        rerun: None,
        exchange: None,
        ..told.finished.clone()
    }
}
