//! The stages of a run: local ones started once, and those that cannot be reached noted once.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use url::Url;

use crate::gateway::{AccessLogEntry, Gateway, Running};
use crate::http::url::same_origin;
use crate::lock::IgnorePoison as _;
use crate::source::Diagnostic;
use crate::template::Context;

/// The local stages of a run; they end with it.
#[derive(Default)]
pub(super) struct Gateways {
    running: Mutex<Vec<(Arc<Gateway>, Running)>>,
    /// Why answers could not be made.
    problems: Arc<Mutex<Vec<Diagnostic>>>,
}

impl Gateways {
    /// The URL of a local stage, which is started where it is not running yet.
    pub(super) fn start(
        &self,
        gateway: &Arc<Gateway>,
        context: &Arc<Context>,
    ) -> Result<Url, String> {
        let mut running = self.running.lock().ignore_poison();
        if let Some((_, known)) = running
            .iter()
            .find(|(known, _)| Arc::ptr_eq(known, gateway))
        {
            return Url::parse(known.url()).map_err(|error| error.to_string());
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let problems = Arc::clone(&self.problems);
        let watch = move |served: &AccessLogEntry| {
            problems
                .lock()
                .ignore_poison()
                .extend(served.problem.as_deref().cloned());
        };
        let started = gateway
            .start(address, Arc::clone(context), watch)
            .map_err(|error| format!("the local stage cannot be started: {error}"))?;
        let url = Url::parse(started.url()).map_err(|error| error.to_string())?;
        running.push((Arc::clone(gateway), started));
        Ok(url)
    }

    /// Why local stages could not make answers; each is given once.
    pub(super) fn problems(&self) -> Vec<Diagnostic> {
        let mut problems = std::mem::take(&mut *self.problems.lock().ignore_poison());
        problems.dedup();
        problems
    }
}

/// Which stages cannot be reached, so that each is told once and not as a thousand failures.
#[derive(Debug, Default)]
pub(super) struct UnreachableStages(Mutex<Vec<(Url, Health)>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Health {
    /// It has answered: a failure to connect is that request's own.
    Answered,
    /// The request of that name could not reach it, and none before did.
    Unreachable(String),
}

impl UnreachableStages {
    pub(super) fn answered(&self, base: &Url) {
        let mut known = self.0.lock().ignore_poison();
        match known.iter_mut().find(|(url, _)| same_origin(url, base)) {
            Some((_, health)) => *health = Health::Answered,
            None => known.push((base.clone(), Health::Answered)),
        }
    }

    pub(super) fn unreachable(&self, base: &Url, name: &str) {
        let mut known = self.0.lock().ignore_poison();
        if !known.iter().any(|(url, _)| same_origin(url, base)) {
            known.push((base.clone(), Health::Unreachable(name.to_owned())));
        }
    }

    /// The request whose failure said that a stage cannot be reached.
    pub(super) fn cause(&self, base: &Url) -> Option<String> {
        match self
            .0
            .lock()
            .ignore_poison()
            .iter()
            .find(|(url, _)| same_origin(url, base))
        {
            Some((_, Health::Unreachable(name))) => Some(name.clone()),
            _ => None,
        }
    }

    /// How many stages cannot be reached.
    pub(super) fn count(&self) -> usize {
        self.0
            .lock()
            .ignore_poison()
            .iter()
            .filter(|(_, health)| *health != Health::Answered)
            .count()
    }
}
