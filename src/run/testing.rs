//! Runs a collection over a [`Fake`], for unit tests.

use std::cell::RefCell;
use std::sync::Arc;

use super::collection::{CollectionRun, InitialState, WorkerContext};
use super::job::Job;
use super::settings::Settings;
use super::state::RunState;
use super::stop::Stop;
use super::transport::fake::{Fake, Reply};
use crate::clock::Clock;
use crate::event::{Event, RequestFinished, Status};
use crate::plan::{Input, Plan, PlanInputs, Reads, Selection, build};
use crate::secret::Redactor;
use crate::source::{File, Style, render};

/// What a run came to.
pub(super) struct Ran {
    pub(super) events: Vec<Event>,
    /// What was sent and recorded.
    pub(super) log: Vec<String>,
}

impl Ran {
    pub(super) fn finished(&self) -> impl Iterator<Item = &RequestFinished> {
        self.events.iter().filter_map(|event| match event {
            Event::RequestFinished(finished) => Some(&**finished),
            _ => None,
        })
    }

    pub(super) fn statuses(&self) -> Vec<Status> {
        self.finished().map(|finished| finished.status).collect()
    }

    /// What was sent: the times in milliseconds, and the first lines.
    pub(super) fn sent(&self) -> Vec<&str> {
        let sent = self.log.iter().map(String::as_str);
        sent.filter(|line| !line.contains(" record ")).collect()
    }

    /// The reasons of the first failures, requests without a failure aside.
    pub(super) fn reasons(&self) -> Vec<String> {
        let first = self.finished().filter_map(|finished| {
            let failure = finished.failures.first()?;
            let reason = failure.reason.as_deref().unwrap_or(&failure.expected);
            Some(format!("{}: {reason}", failure.subject))
        });
        first.collect()
    }
}

fn plan(text: &str) -> Plan {
    let world = PlanInputs {
        environment: Arc::new(|_| None),
        clock: Clock::System,
        seed: 1,
        run_id: String::new(),
        given: Vec::new(),
        root: None,
        allow_commands: false,
        env_allow: None,
        sends: true,
        reads: Reads::default(),
        stdin: Arc::new(|| Ok(String::new())),
        environment_settings: crate::syntax::Settings::default(),
        command_line: crate::syntax::Settings::default(),
    };
    let base = url::Url::parse("http://stage.test").unwrap();
    let (plan, problems) = build(&Input {
        files: &[File::new("test.toml", text)],
        project: None,
        project_sound: true,
        stage: None,
        base_url: Some(&base),
        selection: &Selection::default(),
        others: &Vec::new,
        world: &world,
    });
    let style = Style {
        color: false,
        width: 100,
    };
    assert_eq!(plan.broken, 0, "{}", render(&problems, style));
    plan
}

/// Runs a collection with these replies.
pub(super) fn run(text: &str, replies: impl IntoIterator<Item = Reply>) -> Ran {
    run_with(text, replies, |_| {})
}

/// Runs a collection with these replies, after a change of the settings.
pub(super) fn run_with(
    text: &str,
    replies: impl IntoIterator<Item = Reply>,
    change: impl FnOnce(&mut Settings),
) -> Ran {
    let mut settings = Settings::plain(Redactor::default());
    change(&mut settings);
    let (plan, fake, stop) = (plan(text), Fake::new(replies), Stop::default());
    let shared = RunState::new(&settings, &stop);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let events = RefCell::new(Vec::new());
    let emit = |event: Event| events.borrow_mut().push(event);
    let start = InitialState::default();
    let worker = WorkerContext {
        runtime: &runtime,
        transport: &fake,
    };
    for collection in &plan.collections {
        for job in Job::all(collection, &shared).unwrap() {
            CollectionRun::new(&job, &shared, worker, &start, &emit).run();
        }
    }
    Ran {
        events: events.into_inner(),
        log: fake.log(),
    }
}
