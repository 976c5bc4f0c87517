//! What all collections of a run share. All of it has its own locks, so that collections can run side by side.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use super::credentials::Credentials;
use super::scope::RunContext;
use super::settings::Settings;
use super::snapshots::Snapshots;
use super::stages::{Gateways, UnreachableStages};
use super::stop::Stop;
use crate::http::{Changes, Jar};
use crate::lock::IgnorePoison as _;

/// What all collections of a run share.
pub(super) struct RunState<'a> {
    pub(super) settings: &'a Settings,
    pub(super) stop: &'a Stop,
    pub(super) gateways: Gateways,
    pub(super) down: UnreachableStages,
    pub(super) snapshots: Snapshots,
    /// The credentials of the run's requests.
    credentials: Credentials,
    /// What collections did to the cookies that they started with, by the order of the plan.
    cookies: Mutex<BTreeMap<usize, Changes>>,
    /// What broke in this program.
    broke: Mutex<Option<String>>,
}

impl<'a> RunState<'a> {
    pub(super) fn new(settings: &'a Settings, stop: &'a Stop) -> Self {
        Self {
            settings,
            stop,
            gateways: Gateways::default(),
            down: UnreachableStages::default(),
            snapshots: Snapshots::new(settings.snapshots, settings.unreferenced),
            credentials: Credentials::new(settings.trust.clone()),
            cookies: Mutex::default(),
            broke: Mutex::default(),
        }
    }

    /// What the names of every collection need of the run.
    pub(super) fn common(&self) -> RunContext<'_> {
        let Settings {
            redactor, run_id, ..
        } = self.settings;
        RunContext {
            redactor,
            credentials: &self.credentials,
            run_id,
            commands: self.stop,
        }
    }

    /// Notes what changed in a jar, if somebody wants the cookies of the end.
    pub(super) fn note_cookies(&self, order: usize, before: &Jar, after: &Jar) {
        if self.settings.cookies.is_some() {
            let changes = after.changes_since(before);
            self.cookies.lock().ignore_poison().insert(order, changes);
        }
    }

    /// The cookies of the end: those of the start with the changes of each collection, in the order of the plan.
    pub(super) fn last_cookies(&self) -> Option<Jar> {
        let jar = self.settings.cookies.clone()?;
        let changes = std::mem::take(&mut *self.cookies.lock().ignore_poison());
        for changes in changes.into_values() {
            jar.apply(changes);
        }
        Some(jar)
    }

    /// Does the work. A panic is a defect of this program: it ends this work alone, and the run is not green.
    pub(super) fn guarded(&self, what: &str, work: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            let text = format!(
                "apitest itself failed in {what}: {}",
                panic_text(panic.as_ref())
            );
            self.broke.lock().ignore_poison().get_or_insert(text);
        }
    }

    /// What broke in this program.
    pub(super) fn broke(&self) -> Option<String> {
        self.broke.lock().ignore_poison().take()
    }
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it did not say why")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Outcome, exit_code};
    use crate::secret::Redactor;

    #[test]
    fn a_panic_ends_its_work_alone_and_the_run_is_an_internal_error() {
        let (settings, stop) = (Settings::plain(Redactor::default()), Stop::default());
        let shared = RunState::new(&settings, &stop);
        let mut done = 0;
        shared.guarded("a.toml", || panic!("boom"));
        shared.guarded("b.toml", || done += 1);
        shared.guarded("c.toml", || panic!("a later one"));
        assert_eq!(done, 1);
        let broke = shared.broke();
        assert_eq!(
            broke.as_deref(),
            Some("apitest itself failed in a.toml: boom")
        );
        let mut outcome = Outcome {
            internal: broke,
            ..Outcome::default()
        };
        outcome.counts.passed = 1;
        assert_eq!(exit_code(&outcome, false), 2);
    }
}
