//! What credentials know of the world outside.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::http::Settings;
use crate::secret::Redactor;

/// Reads an environment variable by its name.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Runs a command line by the shell and gives what it prints, or says why it does not: `failed with exit status: 1`.
pub type Processes = Arc<dyn Fn(&str) -> Result<String, String> + Send + Sync>;

/// What credentials know of the world outside.
#[derive(Clone)]
pub struct AuthServices {
    /// The environment, as the command line gave it.
    pub environment: Environment,
    /// The time, by which signatures are dated.
    pub clock: Clock,
    /// The run's redactor, which is told of every secret that is fetched before anybody else sees it.
    pub redactor: Redactor,
    /// How the places are reached that give AWS keys; `None`: as the request is.
    pub settings: Option<Arc<Settings>>,
    /// Runs the commands that profiles name; `None`: nothing is run.
    pub processes: Option<Processes>,
}

impl AuthServices {
    /// A variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    /// The user's folder.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.variable("HOME")
            .or_else(|| self.variable("USERPROFILE"))
            .map(PathBuf::from)
    }
}

impl fmt::Debug for AuthServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
