//! Keys that sign, fetched once and again before they expire.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};

use super::super::AuthServices;
use super::super::context::{AuthContext, FetchFailure};
use super::source::{self, Source};
use crate::http::Error;
use crate::lock::IgnorePoison as _;
use crate::secret::Secret;
use crate::value::Value;

/// Keys are fetched again so long before they expire.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// A key, as AWS gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct AwsCredentials {
    /// Its id, which is no secret.
    pub id: String,
    /// The key itself.
    pub secret: Secret,
    /// What comes with keys that expire.
    pub session: Option<Secret>,
    /// When they do.
    pub expires: Option<Timestamp>,
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl AwsCredentials {
    /// The keys of a document, under the names that AWS uses everywhere but for the session token.
    pub(super) fn of_json(document: &Value) -> Option<Self> {
        let text = |name: &str| {
            document
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let session = text("SessionToken").or_else(|| text("Token"));
        Some(Self {
            id: text("AccessKeyId")?.to_owned(),
            secret: Secret::new(text("SecretAccessKey")?),
            session: session.map(Secret::new),
            expires: text("Expiration").and_then(|text| text.parse().ok()),
        })
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now + MARGIN < expires)
    }
}

/// The keys of a source, for all who sign with them.
#[derive(Debug)]
pub(super) struct CredentialCache {
    source: Source,
    world: AuthServices,
    held: Mutex<CacheState>,
    /// Who holds it fetches; the others wait for what comes of it.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct CacheState {
    keys: Option<Arc<AwsCredentials>>,
    /// How often keys were sought.
    fetches: u64,
    /// What came of the last time, where there were none.
    failure: Option<FetchFailure>,
}

impl CredentialCache {
    pub(super) fn new(source: Source, world: AuthServices) -> Self {
        Self {
            source,
            world,
            held: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    fn held(&self) -> MutexGuard<'_, CacheState> {
        self.held.lock().ignore_poison()
    }

    /// The keys, where they are known.
    pub(super) fn keys(&self) -> Option<Arc<AwsCredentials>> {
        self.held().keys.clone()
    }

    fn has_fresh(&self) -> bool {
        self.keys()
            .is_some_and(|keys| keys.is_fresh(self.world.clock.now()))
    }

    /// Forgets keys that can be had anew; says whether there were any.
    pub(super) fn drop_expiring(&self) -> bool {
        self.held()
            .keys
            .take_if(|keys| keys.expires.is_some())
            .is_some()
    }

    /// Fetches keys where there are none that are fresh. Their secrets are known to the redactor from then on.
    ///
    /// # Errors
    /// Where there are none; the message lists where they were sought.
    pub(super) async fn ready(&self, context: AuthContext<'_>) -> Result<(), Error> {
        if self.has_fresh() {
            return Ok(());
        }
        let before = self.held().fetches;
        let _turn = self.turn.lock().await;
        if self.has_fresh() {
            return Ok(());
        }
        {
            let held = self.held();
            let failure = held
                .failure
                .as_ref()
                .filter(|_| held.fetches > before)
                .and_then(|failed| failed.on(context));
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
        let found = source::find(&self.source, &self.world, context).await;
        let mut held = self.held();
        held.fetches += 1;
        held.failure = found
            .as_ref()
            .err()
            .map(|error| FetchFailure::new(error, context));
        let keys = found?;
        self.world
            .redactor
            .add_whole("aws_secret_access_key", keys.secret.expose());
        keys.session.iter().for_each(|token| {
            self.world
                .redactor
                .add_whole("aws_session_token", token.expose());
        });
        held.keys = Some(Arc::new(keys));
        Ok(())
    }
}
