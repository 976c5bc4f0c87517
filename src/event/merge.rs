//! Several runs as one: the shards of a run, or a run and its reruns.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use indexmap::{IndexMap, IndexSet};
use jiff::{SignedDuration, Timestamp};

use super::{
    Counts, ErrorKind, Event, FORMAT, Part, RequestFinished, RunFinished, RunStarted, Snapshots,
    Status,
};

/// Several runs that become one. What is held of each request is a number of eight bytes.
#[derive(Debug)]
pub struct Merge {
    runs: Vec<Run>,
    /// In which run each request was seen first, by the hash of its identity.
    seen: IndexMap<u64, usize>,
    twice: Option<Twice>,
}

/// Requests that stand in several runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twice {
    /// How many there are.
    pub count: usize,
    /// One of them, `path::name`.
    pub example: String,
    /// The runs in which that one stands, from 0.
    pub runs: (usize, usize),
}

/// What is known of one of the runs.
#[derive(Debug)]
struct Run {
    started: Option<RunStarted>,
    counts: Counts,
    /// The time of all responses, where the run's end is not known.
    time: Duration,
    over: Option<RunFinished>,
}

impl Merge {
    /// Runs by their first events; `None` where one has lost it.
    #[must_use]
    pub fn new(starts: Vec<Option<RunStarted>>) -> Self {
        let run = |started| Run {
            started,
            counts: Counts::default(),
            time: Duration::ZERO,
            over: None,
        };
        Self {
            runs: starts.into_iter().map(run).collect(),
            seen: IndexMap::new(),
            twice: None,
        }
    }

    /// The first event of the whole: when the first run began, how much all of them had to do.
    #[must_use]
    pub fn started(&self) -> RunStarted {
        let known: Vec<_> = self
            .runs
            .iter()
            .filter_map(|run| run.started.as_ref())
            .collect();
        let first = known
            .iter()
            .min_by_key(|run| run.time.parse().unwrap_or(Timestamp::MAX));
        let (id, time) = first.map_or_else(
            || (String::new(), Timestamp::UNIX_EPOCH.to_string()),
            |run| (run.id.clone(), run.time.clone()),
        );
        RunStarted {
            format: FORMAT,
            id,
            time,
            version: first.map_or_else(
                || env!("CARGO_PKG_VERSION").to_owned(),
                |run| run.version.clone(),
            ),
            seed: first.map_or(0, |run| run.seed),
            requests: known.iter().map(|run| run.requests).sum(),
            collections: known.iter().map(|run| run.collections).sum(),
            shard: None,
        }
    }

    /// Takes an event of a run, and gives back what the whole tells of it: all but beginnings and ends of runs.
    pub fn take(&mut self, run: usize, event: Event) -> Option<Event> {
        let told = self.runs.get_mut(run)?;
        match event {
            Event::RunStarted(_) => None,
            Event::RunFinished(over) => {
                told.over = Some(over);
                None
            }
            Event::RequestFinished(request) => {
                if request.is_counted() {
                    told.counts.add(request.status);
                }
                told.time += request.duration;
                self.note(run, &request);
                Some(Event::RequestFinished(request))
            }
            other => Some(other),
        }
    }

    fn note(&mut self, run: usize, request: &RequestFinished) {
        let mut hasher = DefaultHasher::new();
        (
            &request.path,
            request.collection_row,
            request.part.name(),
            &request.name,
            request.row,
        )
            .hash(&mut hasher);
        let first = *self.seen.entry(hasher.finish()).or_insert(run);
        // What a shard needs, and setup and teardown, stand in each by right.
        if first == run || request.needed || request.part != Part::Request {
            return;
        }
        let example = || Twice {
            count: 0,
            example: format!("{}::{}", request.path, request.name),
            runs: (first, run),
        };
        self.twice.get_or_insert_with(example).count += 1;
    }

    /// Whether a run's last event was taken.
    #[must_use]
    pub fn is_over(&self, run: usize) -> bool {
        self.runs.get(run).is_some_and(|run| run.over.is_some())
    }

    /// How many requests a run says it had, and how many were told, if these differ.
    #[must_use]
    pub fn lost(&self, run: usize) -> Option<(usize, usize)> {
        let run = self.runs.get(run)?;
        let said = run.over.as_ref()?.counts;
        (said != run.counts).then(|| (said.total(), run.counts.total()))
    }

    /// Requests that stand in several runs; each of them counts.
    #[must_use]
    pub fn twice(&self) -> Option<&Twice> {
        self.twice.as_ref()
    }

    /// The last event of the whole.
    ///
    /// A run whose end is not known counts as one that went wrong. The exit code is the first of 130, 2, 4, 3, 1 that a run
    /// has; the duration is the time in which at least one of them ran.
    #[must_use]
    pub fn finished(&self) -> RunFinished {
        let counts = self
            .runs
            .iter()
            .fold(Counts::default(), |all, run| all.plus(run.counts));
        let judged = counts.passed + counts.failed + counts.blocked > 0;
        let overs: Vec<_> = self
            .runs
            .iter()
            .filter_map(|run| run.over.as_ref())
            .collect();
        let telling = || overs.iter().filter(|over| !judged || !proved_nothing(over));
        let codes: Vec<u8> = telling().map(|over| over.exit_code).collect();
        let cut = overs.len() < self.runs.len() || self.runs.is_empty();
        let code = [130, 2, 4, 3, 1]
            .into_iter()
            .find(|code| codes.contains(code) || (*code == 2 && cut))
            .unwrap_or(0);
        let joined = |texts: IndexSet<&str>, between: &str| {
            (!texts.is_empty()).then(|| texts.into_iter().collect::<Vec<_>>().join(between))
        };
        RunFinished {
            counts,
            broken: overs.iter().map(|over| over.broken).sum(),
            unreachable: overs.iter().map(|over| over.unreachable).sum(),
            duration: self.duration(),
            interrupted: overs.iter().any(|over| over.interrupted),
            reason: joined(
                telling()
                    .filter_map(|over| over.reason.as_deref())
                    .collect(),
                "; ",
            ),
            nothing_ran: !overs.is_empty() && overs.iter().all(|over| over.nothing_ran),
            exit_code: code,
            rerun: joined(
                overs
                    .iter()
                    .filter_map(|over| over.rerun.as_deref())
                    .collect(),
                "; ",
            ),
            snapshots: overs
                .iter()
                .fold(Snapshots::default(), |all, over| all.plus(over.snapshots)),
        }
    }

    fn duration(&self) -> Duration {
        if let [
            Run {
                over: Some(over), ..
            },
        ] = self.runs.as_slice()
        {
            return over.duration;
        }
        let mut spans: Vec<_> = self.runs.iter().map(Run::span).collect();
        spans.sort_unstable();
        let (mut sum, mut until) = (SignedDuration::ZERO, Timestamp::MIN);
        for (from, to) in spans {
            sum += to.duration_since(from.max(until)).max(SignedDuration::ZERO);
            until = until.max(to);
        }
        Duration::try_from(sum).unwrap_or_default()
    }
}

impl Run {
    /// From when to when it ran.
    fn span(&self) -> (Timestamp, Timestamp) {
        let from = self
            .started
            .as_ref()
            .and_then(|run| run.time.parse().ok())
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let took = self.over.as_ref().map_or(self.time, |over| over.duration);
        let took = SignedDuration::try_from(took).unwrap_or_default();
        (from, from.saturating_add(took).unwrap_or(from))
    }
}

/// As a shard of a larger run, a run in which nothing ran takes nothing away from it.
fn proved_nothing(over: &RunFinished) -> bool {
    over.exit_code == 2 && over.broken == 0 && over.nothing_ran
}

impl RequestFinished {
    /// The name that people read: for a data row the evaluated one.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// Whether the counts count it: setup and teardown only where something went wrong with them.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.part == Part::Request || matches!(self.status, Status::Failed | Status::Blocked)
    }

    /// Whether a part of the response's body is missing: not if only its redirect was not followed.
    #[must_use]
    pub fn has_part_of_body(&self) -> bool {
        self.broken_body().is_some() && self.error != Some(ErrorKind::Protocol)
    }

    /// Why the body of the response is broken or its redirect was not followed, if one came and it is: `body cut after 18 of 200 bytes`.
    #[must_use]
    pub fn broken_body(&self) -> Option<String> {
        let class = self.error.filter(|_| self.code.is_some())?;
        let told = self
            .exchange
            .as_ref()
            .and_then(|exchange| exchange.error.clone());
        let class = || match class {
            ErrorKind::Body => "body broken".to_owned(),
            ErrorKind::Protocol => "redirect not followed".to_owned(),
            class => format!("{} in the body", class.name()),
        };
        Some(told.unwrap_or_else(class))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Line, read};
    use super::*;

    /// The run of `tests/data`, begun at that second, with another outcome.
    fn run(second: u8, name: &str, status: &str, over: &str) -> Vec<Event> {
        let kept = include_str!("../../tests/data/events/format-1.jsonl");
        let events = kept.lines().map(|line| match read(line).unwrap() {
            Line::Event(event) => event,
            Line::Unknown(name) => panic!("{name}"),
        });
        let mut events: Vec<Event> = events.collect();
        for event in &mut events {
            match event {
                Event::RunStarted(run) => run.time = format!("2026-11-22T13:00:{second:02}Z"),
                Event::RequestFinished(request) => {
                    request.name = name.to_owned();
                    request.status = serde_json::from_str(&format!("{status:?}")).unwrap();
                }
                _ => {}
            }
        }
        let Line::Event(over) = read(over).unwrap() else {
            panic!("{over}")
        };
        events.pop();
        events.push(over);
        events
    }

    fn over(code: u8, duration: f64, reason: &str) -> String {
        let counts = r#"{"passed":0,"flaky":0,"failed":0,"blocked":0,"skipped":0,"not_run":0}"#;
        format!(
            r#"{{"event":"run_finished","counts":{counts},"broken":0,"unreachable":0,"duration_s":{duration},"interrupted":{},"reason":{reason},"exit_code":{code},"rerun":null}}"#,
            code == 130,
        )
    }

    fn merged(runs: &[Vec<Event>]) -> (RunFinished, Option<Twice>) {
        let starts = runs.iter().map(|run| match &run[0] {
            Event::RunStarted(run) => Some(run.clone()),
            _ => None,
        });
        let mut merge = Merge::new(starts.collect());
        for (at, run) in runs.iter().enumerate() {
            for event in run {
                let _ = merge.take(at, event.clone());
            }
        }
        (merge.finished(), merge.twice().cloned())
    }

    #[test]
    fn counts_are_added_and_time_is_that_in_which_anything_ran() {
        let runs = [
            run(0, "a", "passed", &over(0, 2.5, "null")),
            run(1, "b", "flaky", &over(0, 2.5, "null")),
            run(30, "c", "failed", &over(1, 4.0, "null")),
        ];
        let (over, twice) = merged(&runs);
        assert_eq!(
            over.counts,
            Counts {
                passed: 2,
                flaky: 1,
                failed: 1,
                ..Counts::default()
            }
        );
        assert_eq!(
            (over.exit_code, over.duration),
            (1, Duration::from_millis(7_500))
        );
        assert_eq!(twice, None);
    }

    #[test]
    fn the_exit_code_is_the_worst_and_an_empty_shard_takes_nothing_away() {
        let nothing = || {
            run(
                0,
                "x",
                "skipped",
                &over(2, 1.0, r#""no request was selected", "nothing_ran": true"#),
            )
        };
        let ended = |code: u8| run(0, "a", "failed", &over(code, 1.0, "null"));
        let code = |runs: &[Vec<Event>]| merged(runs).0.exit_code;
        assert_eq!(code(&[ended(1), ended(3)]), 3);
        assert_eq!(code(&[ended(3), ended(2), ended(1)]), 2);
        assert_eq!(code(&[ended(2), ended(130)]), 130);
        assert_eq!(code(&[nothing(), ended(1)]), 1);
        assert_eq!(code(&[nothing(), nothing()]), 2);
        assert_eq!(code(&[]), 2);
    }

    #[test]
    fn a_run_without_its_end_went_wrong() {
        let mut cut = run(0, "a", "passed", &over(0, 1.0, "null"));
        cut.pop();
        let (over, _) = merged(&[cut, run(0, "b", "passed", &over(0, 1.0, "null"))]);
        assert_eq!((over.exit_code, over.counts.passed), (2, 2));
    }

    #[test]
    fn what_stands_in_several_runs_is_told() {
        let one = || run(0, "a", "passed", &over(0, 1.0, "null"));
        let (_, twice) = merged(&[one(), one(), one()]);
        let twice = twice.unwrap();
        assert_eq!(
            (twice.count, twice.example.as_str(), twice.runs),
            (2, "collections/hello.toml::a", (0, 1))
        );
    }
}
