//! What proves who sends the requests of a run; what cannot be had is told once, and not as a thousand failures.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::http::auth::{self, Store};

/// The credentials of a run.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    store: Store,
    lacking: Mutex<Vec<Lacking>>,
}

/// Credentials that could not be had.
#[derive(Debug)]
struct Lacking {
    credentials: Arc<auth::Credentials>,
    /// The path of the collection and the name of the request that told it.
    told_by: (String, String),
}

impl Credentials {
    /// The credentials that are equal to these, for all who use them.
    pub(super) fn share(&self, credentials: auth::Credentials) -> Arc<auth::Credentials> {
        self.store.share(credentials)
    }

    fn lacking(&self) -> MutexGuard<'_, Vec<Lacking>> {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The other request that told that these cannot be had.
    pub(super) fn cause(&self, credentials: &Arc<auth::Credentials>, request: (&str, &str)) -> Option<String> {
        let lacking = self.lacking();
        let found = lacking.iter().find(|lacking| Arc::ptr_eq(&lacking.credentials, credentials))?;
        let (path, name) = &found.told_by;
        ((path.as_str(), name.as_str()) != request).then(|| name.clone())
    }

    /// Notes that these cannot be had; says who told it before, where another request did.
    pub(super) fn lack(&self, credentials: &Arc<auth::Credentials>, request: (&str, &str)) -> Option<String> {
        let cause = self.cause(credentials, request);
        if cause.is_none() {
            self.had(credentials);
            let told_by = (request.0.to_owned(), request.1.to_owned());
            self.lacking().push(Lacking { credentials: Arc::clone(credentials), told_by });
        }
        cause
    }

    /// Notes that these were had after all.
    pub(super) fn had(&self, credentials: &Arc<auth::Credentials>) {
        self.lacking().retain(|lacking| !Arc::ptr_eq(&lacking.credentials, credentials));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_told_by_the_first_alone() {
        let all = Credentials::default();
        let share = |user: &str| all.share(auth::Credentials::Digest(auth::Digest::new(user, "password")));
        let (ada, other) = (share("ada"), share("other"));
        assert!(Arc::ptr_eq(&ada, &share("ada")));
        assert_eq!(all.lack(&ada, ("a.toml", "one")), None);
        assert_eq!(all.lack(&ada, ("a.toml", "one")), None, "tried again by the same");
        assert_eq!(all.lack(&ada, ("b.toml", "one")).as_deref(), Some("one"));
        assert_eq!(all.cause(&ada, ("a.toml", "two")).as_deref(), Some("one"));
        assert_eq!(all.cause(&other, ("a.toml", "two")), None);
        all.had(&ada);
        assert_eq!(all.cause(&ada, ("a.toml", "two")), None);
    }
}
