//! Fills `auth` of a request: a known value becomes a header or parameter, the rest becomes credentials.

use std::sync::Arc;

use url::Url;

use super::{Filled, Filler, Unfilled, add_query, evaluate, unfilled};
use crate::http;
use crate::http::auth::{AuthServices, Credentials, Environment, Trust};
use crate::secret::Redactor;
use crate::source::{Diagnostic, Span};
use crate::syntax::{self, AuthScope, Authentication, Spanned, Text};
use crate::template::Document;
use crate::value::Value;

impl Filler<'_> {
    /// Inherited authentication goes to the base URL's origin alone; a header that is written wins over it.
    pub(super) fn auth(&self) -> Filled<()> {
        let Some((auth, inherited)) = self.request.auth.as_deref() else {
            return Ok(());
        };
        let Some(scheme) = auth.scheme() else {
            return Ok(());
        };
        if *inherited && self.leaves_base() {
            return Ok(());
        }
        let filled = scheme.fill(&auth.span, self);
        self.authenticate(filled.map_err(|problem| of_diagnostic(*problem, &auth.span))?);
        Ok(())
    }

    fn authenticate(&self, authentication: Authentication) {
        match authentication {
            Authentication::Authorization(value) => {
                if !self.has_header("authorization") {
                    self.push("authorization", value);
                }
            }
            Authentication::Header { name, value } => {
                self.with_request(|request| request.sensitive.push(name.clone()));
                self.push(&name, value);
            }
            Authentication::Query { name, value } => self.with_request(|request| {
                let raw = request.raw_target.as_mut();
                add_query(&mut request.url, raw, &[(name, value)]);
            }),
            Authentication::Credentials(credentials) => self.share(credentials),
        }
    }

    fn share(&self, credentials: Credentials) {
        if !self.has_header("authorization") {
            let shared = self.scope.names.credentials.share(credentials);
            self.with_request(|request| request.auth = Some(shared));
        }
    }

    /// The environment in which credentials are sought: that of the process, if the user's own settings say so.
    fn auth_environment(&self) -> Environment {
        let own = || -> Environment {
            let environment = Arc::clone(&self.scope.names.collection.context.environment);
            Arc::new(move |name: &str| environment(name).map(|variable| variable.text))
        };
        self.trust().environment.clone().unwrap_or_else(own)
    }
}

impl AuthScope for Filler<'_> {
    fn fill_text(&self, text: &Text) -> syntax::Filled<String> {
        self.text(&text.value, &text.span).map_err(to_diagnostic)
    }

    fn fill_endpoint(&self, text: &Text) -> syntax::Filled<Url> {
        let written = self.other_target(text).map_err(to_diagnostic)?;
        let joined = match self.base {
            Some(base) => http::url::join(base, &written),
            None => http::url::base(&written),
        };
        joined.map_err(|error| to_diagnostic(unfilled(error.message, &text.span)))
    }

    fn fill_document(&self, document: &Spanned<Document>) -> syntax::Filled<Arc<Value>> {
        evaluate(document, self.scope)
            .map(|binding| binding.value)
            .map_err(|message| to_diagnostic(unfilled(message, &document.span)))
    }

    fn url(&self) -> syntax::Filled<Url> {
        let request = self.scope.request.borrow();
        let url = request.as_ref().map(|request| request.url.clone());
        let span = &self.request.url.span;
        url.ok_or_else(|| to_diagnostic(unfilled("the request was taken back", span)))
    }

    fn settings(&self) -> Arc<http::Settings> {
        let request = self.scope.request.borrow();
        let own = request
            .as_ref()
            .and_then(|request| request.settings.clone());
        own.unwrap_or_else(|| super::super::options::options(self.request).settings)
    }

    fn services(&self) -> AuthServices {
        let trust = self.trust();
        AuthServices {
            environment: self.auth_environment(),
            clock: self.scope.names.collection.context.clock,
            processes: self.scope.names.commands.processes(),
            redactor: self.redactor().clone(),
            settings: trust
                .environment
                .is_some()
                .then(|| Arc::clone(&trust.settings)),
        }
    }

    fn trust(&self) -> &Trust {
        &self.scope.names.credentials.trust
    }

    fn redactor(&self) -> &Redactor {
        self.scope.names.redactor
    }
}

/// The problem of a scheme as that of the request; without a place of its own it is at `auth`.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "it is made to be an error, which travels boxed"
)]
fn of_diagnostic(problem: Diagnostic, span: &Span) -> Box<Unfilled> {
    Box::new(Unfilled {
        message: problem.message,
        hint: problem.hint,
        span: problem.span.unwrap_or_else(|| span.clone()),
    })
}

#[expect(clippy::boxed_local, reason = "errors travel boxed")]
fn to_diagnostic(problem: Box<Unfilled>) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(&problem.span, problem.message);
    Box::new(diagnostic.maybe_hint(problem.hint))
}
