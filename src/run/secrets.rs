//! Makes the secrets of a plan known to the redactor before anything is sent, also those that no request uses: a response may hold
//! them, whoever sent it.
//!
//! A command runs when its value is needed, so its output is known from then on.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexSet;

use super::captures::Captured;
use super::credentials::Credentials;
use super::preview::Never;
use super::scope::{RequestScope, RunContext, VariableScope};
use crate::http::auth::AuthServices;
use crate::lock::IgnorePoison as _;
use crate::plan::{Base, Collection, Connection, Definitions, Plan, Step};
use crate::secret::Redactor;
use crate::syntax::{Origin, Spanned, Text, WrittenAuth};
use crate::template::Template;

/// A password of fewer characters is a word of everyday tests.
const SHORTEST_CREDENTIAL: usize = 8;

/// Makes known what is secret in a plan's variables, authentication and connections, as far as it has a value before the run.
pub fn register(plan: &Plan, redactor: &Redactor, run_id: &str) {
    let credentials = Credentials::default();
    for collection in plan.project.iter().chain(&plan.collections) {
        let common = RunContext {
            redactor,
            credentials: &credentials,
            run_id,
            commands: &Never,
        };
        let random = collection.context.random.lock().ignore_poison().clone();
        let mut names = VariableScope::new(collection, None, Captured::default(), common);
        let stage = collection.stage.as_ref();
        let base = stage.and_then(|stage| {
            if let Base::Url(url) = &stage.base {
                Some(url.as_str())
            } else {
                None
            }
        });
        names.set_stage(stage.and_then(|stage| stage.name.as_deref()), base);
        let mut known = Known {
            names: &names,
            collection,
            redactor,
            seen: IndexSet::new(),
        };
        known.variables(
            &collection.definitions,
            &RequestScope::of_collection(&names),
        );
        collection.steps.iter().for_each(|step| known.step(step));
        // The run draws the numbers that it would have drawn without this.
        *collection.context.random.lock().ignore_poison() = random;
    }
}

struct Known<'a> {
    names: &'a VariableScope<'a>,
    collection: &'a Collection,
    redactor: &'a Redactor,
    /// The places that were looked at: what is inherited is the same for many requests.
    seen: IndexSet<(PathBuf, usize)>,
}

impl Known<'_> {
    /// A variable that has no value yet, or a short one, is reported when it is used.
    fn variables(&self, definitions: &Definitions, scope: &RequestScope<'_>) {
        let secret = definitions
            .iter()
            .filter(|(_, definition)| definition.secret);
        for (name, definition) in
            secret.filter(|(_, definition)| !matches!(definition.origin, Origin::Command(_)))
        {
            drop(self.names.compute(name, definition, scope));
        }
    }

    fn step(&mut self, step: &Step) {
        let scope = RequestScope::new(self.names, step, None);
        self.variables(&step.vars, &scope);
        if let Some((auth, _)) = step.request.auth.as_deref()
            && let Some(scheme) = auth.scheme()
            && self
                .seen
                .insert((auth.span.file.path().to_owned(), auth.span.start))
        {
            self.auth(scheme, &scope);
        }
        if let Connection::Filled(unfilled) = &step.request.connection {
            let text = |template: &Spanned<Template>| {
                let rendered = template.render(&scope).map(|rendered| rendered.text);
                rendered.map_err(|error| (error.message, None, template.span.clone()))
            };
            if let Ok(settings) = unfilled.fill(text) {
                settings.hide_secrets(self.redactor);
            }
        }
    }

    fn auth(&self, scheme: &dyn WrittenAuth, scope: &RequestScope<'_>) {
        for (name, text) in scheme.secrets() {
            if let Ok(rendered) = text.render(scope) {
                self.credential(name, &rendered.text);
            }
        }
        let fill = |text: &Text| text.render(scope).ok().map(|rendered| rendered.text);
        for (name, secret) in scheme.found_secrets(&self.world(), &fill) {
            self.credential(name, &secret);
        }
    }

    fn credential(&self, name: &str, value: &str) {
        if value.chars().nth(SHORTEST_CREDENTIAL - 1).is_some() {
            self.redactor.add_whole(name, value);
        }
    }

    fn world(&self) -> AuthServices {
        let context = &self.collection.context;
        let environment = Arc::clone(&context.environment);
        AuthServices {
            environment: Arc::new(move |name: &str| {
                environment(name).map(|variable| variable.text)
            }),
            clock: context.clock,
            redactor: self.redactor.clone(),
            settings: None,
            processes: None,
        }
    }
}
