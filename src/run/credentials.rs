//! What proves who sends the requests of a run; what cannot be had is told once, and not as a thousand failures.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::http::Settings;
use crate::http::auth::{self, Store, Trust};
use crate::lock::IgnorePoison as _;

/// The credentials of a run.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    store: Store,
    lacking: Mutex<Vec<Lacking>>,
    /// Where credentials may go that are found.
    pub(super) trust: Trust,
}

/// Credentials that could not be had on a way, which may be another request's: with other settings of the connection they
/// may be had all the same.
#[derive(Debug)]
struct Lacking {
    credentials: Arc<auth::Credentials>,
    settings: Arc<Settings>,
    /// The path of the collection and the name of the request that told it.
    told_by: (String, String),
}

impl Credentials {
    pub(super) fn new(trust: Trust) -> Self {
        Self {
            trust,
            ..Self::default()
        }
    }

    /// The credentials that are equal to these, for all who use them.
    pub(super) fn share(&self, credentials: auth::Credentials) -> Arc<auth::Credentials> {
        self.store.share(credentials)
    }

    fn lacking(&self) -> MutexGuard<'_, Vec<Lacking>> {
        self.lacking.lock().ignore_poison()
    }

    /// The other request that told that these cannot be had on this way.
    pub(super) fn cause(&self, wanted: Wanted<'_>, request: (&str, &str)) -> Option<String> {
        let lacking = self.lacking();
        let found = lacking.iter().find(|lacking| lacking.is(wanted))?;
        let (path, name) = &found.told_by;
        ((path.as_str(), name.as_str()) != request).then(|| name.clone())
    }

    /// Notes that these cannot be had; says who told it before, where another request did.
    pub(super) fn lack(&self, wanted: Wanted<'_>, request: (&str, &str)) -> Option<String> {
        let cause = self.cause(wanted, request);
        if cause.is_none() {
            let (credentials, settings) = (Arc::clone(wanted.0), Arc::clone(wanted.1));
            let told_by = (request.0.to_owned(), request.1.to_owned());
            let mut lacking = self.lacking();
            lacking.retain(|lacking| !lacking.is(wanted));
            lacking.push(Lacking {
                credentials,
                settings,
                told_by,
            });
        }
        cause
    }

    /// Notes that these were had after all.
    pub(super) fn had(&self, credentials: &Arc<auth::Credentials>) {
        self.lacking()
            .retain(|lacking| !Arc::ptr_eq(&lacking.credentials, credentials));
    }
}

/// Credentials, and how the connection is made of the request that wants them.
type Wanted<'a> = (&'a Arc<auth::Credentials>, &'a Arc<Settings>);

impl Lacking {
    fn is(&self, (credentials, settings): Wanted<'_>) -> bool {
        Arc::ptr_eq(&self.credentials, credentials) && self.settings == *settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_told_by_the_first_alone() {
        let all = Credentials::default();
        let share =
            |user: &str| all.share(auth::Credentials::new(auth::Digest::new(user, "password")));
        let (ada, other) = (share("ada"), share("other"));
        assert!(Arc::ptr_eq(&ada, &share("ada")));
        let plain = Arc::new(Settings::default());
        let proxied = Arc::new(Settings {
            interface: Some("eth1".to_owned()),
            ..Settings::default()
        });
        assert_eq!(all.lack((&ada, &plain), ("a.toml", "one")), None);
        assert_eq!(
            all.lack((&ada, &plain), ("a.toml", "one")),
            None,
            "tried again by the same"
        );
        assert_eq!(
            all.lack((&ada, &plain), ("b.toml", "one")).as_deref(),
            Some("one")
        );
        assert_eq!(
            all.cause((&ada, &plain), ("a.toml", "two")).as_deref(),
            Some("one")
        );
        assert_eq!(all.cause((&other, &plain), ("a.toml", "two")), None);
        assert_eq!(
            all.cause((&ada, &proxied), ("a.toml", "two")),
            None,
            "another way"
        );
        all.had(&ada);
        assert_eq!(all.cause((&ada, &plain), ("a.toml", "two")), None);
    }
}
