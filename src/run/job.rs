//! What a worker runs at once: a collection, or one row of it.

use std::sync::Arc;

use url::Url;

use super::captures::Captured;
use super::fill;
use super::scope::{RequestScope, VariableScope};
use super::state::RunState;
use super::transport::Transport;
use crate::plan::{Base, Collection};
use crate::value::Value;

/// One run of a collection.
#[derive(Debug, Clone)]
pub(super) struct Job<'a> {
    pub(super) collection: &'a Collection,
    /// `None` if the collection runs without rows.
    pub(super) row: Option<CollectionRow>,
}

/// A row of a collection.
#[derive(Debug, Clone)]
pub(super) struct CollectionRow {
    /// From 1.
    pub(super) number: usize,
    pub(super) value: Arc<Value>,
}

impl<'a> Job<'a> {
    /// A collection as a whole.
    pub(super) fn whole(collection: &'a Collection) -> Self {
        Self {
            collection,
            row: None,
        }
    }

    /// The runs of a collection: one for each row, or a single one if it has none.
    ///
    /// # Errors
    /// If the rows cannot be evaluated, or there are none in the list.
    pub(super) fn all(
        collection: &'a Collection,
        shared: &RunState<'_>,
    ) -> Result<Vec<Self>, String> {
        let Some(rows) = &collection.rows else {
            return Ok(vec![Self::whole(collection)]);
        };
        let names = VariableScope::new(collection, None, Captured::default(), shared.common());
        let scope = RequestScope::of_collection(&names);
        let found = fill::rows(rows, &scope, &rows.span).map_err(|unfilled| unfilled.message)?;
        let job = |(index, value)| Self {
            collection,
            row: Some(CollectionRow {
                number: index + 1,
                value,
            }),
        };
        let jobs: Vec<_> = found.enumerate().map(job).collect();
        if jobs.is_empty() {
            Err(fill::NO_ROWS.to_owned())
        } else {
            Ok(jobs)
        }
    }

    /// The columns of its row.
    pub(super) fn value(&self) -> Option<Arc<Value>> {
        self.row.as_ref().map(|row| Arc::clone(&row.value))
    }
}

/// The URL that a collection is sent to; a local stage is started for it if the transport needs it.
pub(super) fn resolve_base(
    names: &VariableScope<'_>,
    shared: &RunState<'_>,
    transport: &impl Transport,
) -> Result<Option<Url>, String> {
    let Some(stage) = &names.collection.stage else {
        return Ok(None);
    };
    let base = match &stage.base {
        Base::Url(url) => url.clone(),
        Base::Gateway(gateway) => match transport.local_stage(names.collection)? {
            Some(known) => known,
            None => shared.gateways.start(gateway, &names.collection.context)?,
        },
        Base::Template(template) => {
            let scope = RequestScope::of_collection(names);
            let text = fill::target::base_text(template, &scope)?;
            crate::http::url::base(&text).map_err(|error| error.message)?
        }
    };
    crate::http::url::hide_login(&base, "base_url", names.redactor);
    Ok(Some(base))
}
