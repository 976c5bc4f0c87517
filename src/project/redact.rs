//! Makes the secrets that files name known to the redactor before a problem quotes a line, and before anything is sent.

use std::sync::Arc;

use super::marked::marked_words;
use super::meant::meant_secrets;
use crate::http;
use crate::plan::{PlanInputs, inside};
use crate::secret::Redactor;
use crate::source::{Diagnostic, File, Span};
use crate::syntax::{self, Origin, Project, Variable};
use crate::template::Document;

/// Where secrets come from, and who has to know them.
pub(super) struct Secrets<'a> {
    world: &'a PlanInputs,
    redactor: &'a Redactor,
    /// Places of secrets that are hidden in part only, or not at all: their names and how many characters they have.
    short: Vec<(Span, String, usize)>,
}

impl<'a> Secrets<'a> {
    pub(super) fn new(world: &'a PlanInputs, redactor: &'a Redactor) -> Self {
        Self {
            world,
            redactor,
            short: Vec::new(),
        }
    }

    /// Those of the project's file.
    pub(super) fn of_project(&mut self, project: &Project) {
        http::url::hide_logins(project.file.text(), self.redactor);
        self.variables(&project.common, &[]);
    }

    /// Those of a collection, or of a file that it includes.
    pub(super) fn of_file(&mut self, file: &Arc<File>) {
        http::url::hide_logins(file.text(), self.redactor);
        if file.text().contains("secret") {
            self.parsed(file);
        }
    }

    /// Those of the files that problems quote, also of those that are included. What marks a secret may be misspelt
    /// there, and credentials may stand in the wrong way.
    pub(super) fn of_quoted(&mut self, found: &[Diagnostic]) {
        // Of a file without errors it is known what its secrets are.
        let is_wrong = |file: &Arc<File>| {
            let errors = found.iter().filter(|problem| problem.is_error());
            let mut places = errors.filter_map(|error| error.span.as_ref());
            places.any(|span| Arc::ptr_eq(&span.file, file))
        };
        let spans = found.iter().flat_map(|problem| {
            problem
                .span
                .iter()
                .chain(problem.related.iter().map(|(span, _)| span))
        });
        let mut seen: Vec<&Arc<File>> = Vec::new();
        for file in spans.map(|span| &span.file) {
            if !seen.iter().any(|known| Arc::ptr_eq(known, file)) {
                seen.push(file);
                http::url::hide_logins(file.text(), self.redactor);
                self.parsed(file);
                let meant = is_wrong(file).then(|| meant_secrets(file.text()));
                for (name, value) in meant.into_iter().flatten() {
                    let _ = self.redactor.add(name, value);
                }
                if is_wrong(file) && !syntax::is_toml(file.text()) {
                    self.marked(file.text());
                }
                for (name, value) in syntax::literal_credentials(file) {
                    // One that is too short is found in everything.
                    let _ = self.redactor.add_value(&name, &value);
                }
            }
        }
    }

    /// Strings of unknown keys of the user's own configuration.
    pub(super) fn of_unknown(&mut self, texts: &[String]) {
        for text in texts {
            // One that is too short is found in everything.
            let _ = self.redactor.add("a value of the configuration", text);
        }
    }

    /// Of a text that is no TOML, every word of the entries that are marked.
    fn marked(&self, text: &str) {
        for word in marked_words(text) {
            let _ = self.redactor.add("a secret", word);
        }
    }

    fn parsed(&mut self, file: &Arc<File>) {
        let (written, _) = syntax::parse(file);
        self.variables(&written.common, &written.requests);
    }

    /// Warnings about short secrets, but for those that are errors.
    pub(super) fn warnings(self, errors: &[Diagnostic]) -> Vec<Diagnostic> {
        let is_error = |span: &Span| {
            errors
                .iter()
                .filter_map(|error| error.span.as_ref())
                .any(|error| error == span)
        };
        let short = self.short.into_iter().filter(|(span, ..)| !is_error(span));
        short
            .map(|(span, name, count)| {
                short_warning(&name, count, |message| Diagnostic::warning(&span, message))
            })
            .collect()
    }

    fn variables(&mut self, common: &syntax::Common, requests: &[syntax::Request]) {
        let requests = common.setup.iter().chain(requests).chain(&common.teardown);
        let stages = common.stages.values().map(|stage| &stage.vars);
        let all = stages
            .chain([&common.vars])
            .chain(requests.map(|request| &request.vars))
            .flatten();
        all.filter(|(_, variable)| variable.secret)
            .for_each(|(name, variable)| self.variable(name, variable));
    }

    fn variable(&mut self, name: &str, variable: &Variable) {
        let text = match &variable.value.value {
            Origin::Value(document) => return self.literal(name, variable, document),
            Origin::Env(environment, default) => {
                match ((self.world.environment)(environment), default) {
                    (Some(found), _) => found.text,
                    (None, Some(default)) => return self.literal(name, variable, default),
                    (None, None) => return,
                }
            }
            Origin::File(path) => {
                let file = &variable.name_span.file;
                let full = inside(self.world.root.as_deref(), &file.folder().join(path), file);
                let Some(text) = full
                    .ok()
                    .and_then(|full| std::fs::read_to_string(full).ok())
                else {
                    return;
                };
                text.strip_suffix('\n')
                    .map_or(&*text, |text| text.strip_suffix('\r').unwrap_or(text))
                    .to_owned()
            }
            Origin::Command(_) => return,
        };
        self.text(name, variable, &text);
    }

    fn literal(&mut self, name: &str, variable: &Variable, document: &Document) {
        let Some(value) = document.literal() else {
            return;
        };
        match value.to_text() {
            Some(text) => self.text(name, variable, &text),
            // A short one among several is reported when it is used.
            None => {
                let _ = self.redactor.add_value(name, value);
            }
        }
    }

    fn text(&mut self, name: &str, variable: &Variable, text: &str) {
        let count = text.chars().take(Redactor::ANYWHERE).count();
        // One that is too short is an error if it is used.
        let _ = self.redactor.add(name, text);
        let is_known = self
            .short
            .iter()
            .any(|(span, ..)| *span == variable.name_span);
        if (1..Redactor::ANYWHERE).contains(&count) && !is_known {
            self.short
                .push((variable.name_span.clone(), name.to_owned(), count));
        }
    }
}

/// The warning about a short secret.
pub(super) fn short_warning(
    name: &str,
    count: usize,
    warning: impl FnOnce(String) -> Diagnostic,
) -> Diagnostic {
    let (what, hint) = if count < Redactor::SHORTEST {
        (
            "is not redacted",
            "a secret needs at least 4 characters; a shorter one would mask too much",
        )
    } else {
        (
            "is only masked as a separate word",
            "secrets of 8 or more characters are also masked inside words",
        )
    };
    warning(format!(
        "the secret `{name}` has only {count} characters and {what}"
    ))
    .hint(hint)
}
