//! A scope for tests.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use indexmap::IndexMap;

use super::{Binding, Context, EnvironmentVariable, Evaluated, Lookup, Scope, Template};
use crate::clock::Clock;
use crate::value::{Value, parse};

/// Names from a JSON object; those in `secrets` are secret, `unset` is declared, `broken` has failed.
pub(super) struct TestScope {
    names: IndexMap<String, Arc<Value>>,
    secrets: Vec<&'static str>,
    pub(super) context: Arc<Context>,
}

pub(super) fn context(seed: u64, folder: PathBuf, root: PathBuf) -> Arc<Context> {
    let environment = |name: &str| {
        let secret = name.starts_with("SECRET");
        (secret || name == "HOME_URL").then(|| EnvironmentVariable {
            text: format!("value of {name}"),
            secret,
        })
    };
    let clock = Clock::Fixed("2026-02-28T23:59:58.5Z".parse().unwrap());
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    Arc::new(Context {
        clock,
        random,
        environment: Arc::new(environment),
        folder,
        root,
    })
}

pub(super) fn scope(json: &str) -> TestScope {
    let Value::Object(names) = parse(json).unwrap() else {
        panic!("not an object")
    };
    let names = names
        .into_iter()
        .map(|(name, value)| (name, Arc::new(value)))
        .collect();
    TestScope {
        names,
        secrets: Vec::new(),
        context: context(7, ".".into(), ".".into()),
    }
}

impl TestScope {
    pub(super) fn secret(mut self, name: &'static str) -> Self {
        self.secrets.push(name);
        self
    }

    /// The value as JSON, or the message of the error.
    pub(super) fn eval(&self, text: &str) -> Result<String, String> {
        let template = Template::parse(text).map_err(|error| error.message)?;
        match template.evaluate(self).map_err(|error| error.message)? {
            Evaluated::Value(binding) => Ok(binding.value.to_json()),
            Evaluated::Pattern(pattern) => Ok(format!("{pattern:?}")),
        }
    }
}

impl Scope for TestScope {
    fn look_up(&self, name: &str) -> Lookup {
        match self.names.get(name) {
            Some(value) => Lookup::Found(Binding {
                value: Arc::clone(value),
                secret: self.secrets.contains(&name),
            }),
            None if name == "unset" => Lookup::Unset,
            None if name == "broken" => Lookup::Failed("the command for `broken` failed".into()),
            None => Lookup::Unknown,
        }
    }

    fn context(&self) -> &Arc<Context> {
        &self.context
    }
}
