//! The options of a run.

use std::num::NonZero;
use std::time::{Duration, Instant};

use crate::http::Jar;
use crate::http::auth::Trust;
use crate::recording::RecordMode;
use crate::secret::Redactor;
use crate::snapshot::{Mode, Unreferenced};

/// How a plan is carried out.
#[derive(Debug)]
pub struct Settings {
    /// When the run began.
    pub started: Instant,
    /// How many collections run in parallel.
    pub jobs: NonZero<usize>,
    /// After how many failures no new request is sent.
    pub max_failures: Option<usize>,
    /// How often a failed request is run again.
    pub retries: u64,
    /// How long to wait until the stages are ready; `None`: not at all.
    pub wait_ready: Option<Duration>,
    /// Whether every exchange is told, not only those of failures.
    pub exchanges: bool,
    /// The run's id.
    pub run_id: String,
    /// The seed of everything random.
    pub seed: u64,
    /// The command line that runs the same again, without what is selected.
    pub command: String,
    /// How to handle new and changed snapshots.
    pub snapshots: Mode,
    /// How to handle snapshots that no request uses any more, where that is said.
    pub unreferenced: Option<Unreferenced>,
    /// The run's redactor: it knows every secret, and what is kept in files passes through it.
    pub redactor: Redactor,
    /// That of what is shown: the same one, or one that hides nothing where only a terminal is told.
    pub shown: Redactor,
    /// Where responses come from, and whether they are kept.
    pub tape: RecordMode,
    /// The cookies that every collection starts with. Where there are some, the outcome has those of the end.
    pub cookies: Option<Jar>,
    /// Where credentials may go that are found.
    pub trust: Trust,
}

impl Settings {
    /// One collection after the other: nothing is waited for, run again, kept or held against what was kept.
    #[must_use]
    pub fn plain(redactor: Redactor) -> Self {
        Self {
            started: Instant::now(),
            jobs: NonZero::<usize>::MIN,
            max_failures: None,
            retries: 0,
            wait_ready: None,
            exchanges: false,
            run_id: String::new(),
            seed: 0,
            command: String::new(),
            snapshots: Mode::Ignore,
            unreferenced: None,
            shown: redactor.clone(),
            redactor,
            tape: RecordMode::Off,
            cookies: None,
            trust: Trust::default(),
        }
    }
}
