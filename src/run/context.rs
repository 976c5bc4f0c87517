//! What a step runs with: it reads all of it, and changes nothing.

use std::sync::Arc;

use super::options::options;
use super::scope::VariableScope;
use super::sender::Sender;
use super::snapshots::Snapshots;
use super::transport::{Caller, Transport};
use crate::http::{self, ErrorKind, Exchange};
use crate::plan::Step;

/// What a step, or a row of it, runs with.
pub(super) struct StepContext<'a, T> {
    pub(super) caller: Caller<'a>,
    pub(super) names: &'a VariableScope<'a>,
    pub(super) sender: Sender<'a, T>,
    /// How often a failed test is run again.
    pub(super) reruns: u64,
    /// The run's snapshots; none where they have no meaning.
    pub(super) snapshots: Option<&'a Snapshots>,
}

impl<T> Clone for StepContext<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StepContext<'_, T> {}

impl<'a, T: Transport> StepContext<'a, T> {
    pub(super) fn step(&self) -> &'a Step {
        self.caller.step
    }

    /// The same, of one row.
    pub(super) fn in_row(&self, row: Option<usize>) -> Self {
        Self {
            caller: Caller { row, ..self.caller },
            ..*self
        }
    }

    /// Whether another attempt can have another response.
    pub(super) fn has_more(&self) -> bool {
        self.sender.transport.has_more(&self.caller)
    }

    /// Records an exchange, now that secrets it held are known.
    pub(super) fn record(&self, exchange: &Exchange) {
        self.sender.transport.record(&self.caller, exchange);
    }

    fn title(&self) -> (&str, &str) {
        (&self.names.collection.path, &self.step().name)
    }

    /// How the connection of a request is made.
    pub(super) fn settings(&self, request: &http::Request) -> Arc<http::Settings> {
        request
            .settings
            .clone()
            .unwrap_or_else(|| options(&self.step().request).settings)
    }

    /// The other request that reported that the credentials of this one cannot be had.
    pub(super) fn lacking(
        &self,
        filled: &http::Request,
        settings: &Arc<http::Settings>,
    ) -> Option<String> {
        let auth = filled
            .auth
            .as_ref()
            .filter(|_| !self.step().expects_error)?;
        self.names.credentials.cause((auth, settings), self.title())
    }

    /// Notes whether the credentials of a request could be had; gives who reported it before, if they could not.
    pub(super) fn lacked(
        &self,
        exchange: &Exchange,
        settings: &Arc<http::Settings>,
    ) -> Option<String> {
        let auth = exchange
            .request
            .auth
            .as_ref()
            .filter(|_| !self.step().expects_error)?;
        match &exchange.result {
            Err(error) if error.kind == ErrorKind::Auth => {
                self.names.credentials.lack((auth, settings), self.title())
            }
            _ => {
                self.names.credentials.had(auth);
                None
            }
        }
    }
}
