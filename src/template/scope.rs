//! Where an expression's names come from, and what its functions ask the run for.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::clock::Clock;
use crate::value::Value;

/// A value that a name is bound to.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// The value.
    pub value: Arc<Value>,
    /// Whether it is a secret, or was made from one.
    pub secret: bool,
}

/// What a scope says of a name.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// It has a value.
    Found(Binding),
    /// It is declared and has no value yet: `default(…)` may serve.
    Unset,
    /// Nobody declared it.
    Unknown,
    /// It is declared, but its value cannot be had; the text says why.
    Failed(String),
}

/// The names that an expression may use.
pub trait Scope {
    /// What a name means here: variables, captures, and the objects `row`, `stage`, `run`, `request`, `response`.
    fn look_up(&self, name: &str) -> Lookup;

    /// What functions ask the run for.
    fn context(&self) -> &Arc<Context>;

    /// Is told each value that an expression made from a secret: such a value is a secret too.
    fn made_secret(&self, _value: &Value) {}
}

/// A variable of the environment.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvironmentVariable {
    /// Its text.
    pub text: String,
    /// Whether it came from a secret source.
    pub secret: bool,
}

/// Reads an environment variable by its name.
pub type ReadEnvironment = dyn Fn(&str) -> Option<EnvironmentVariable> + Send + Sync;

/// What functions need of a run: time, chance, environment, files.
pub struct Context {
    /// The time.
    pub clock: Clock,
    /// The source of chance, seeded where a run is to be repeated.
    pub random: Mutex<fastrand::Rng>,
    /// The environment as the command line gave it.
    pub environment: Arc<ReadEnvironment>,
    /// The folder that `file('…')` starts from.
    pub folder: PathBuf,
    /// The folder that `file('…')` may not leave.
    pub root: PathBuf,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
