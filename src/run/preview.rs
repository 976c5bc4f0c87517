//! A request as it would be sent, without sending it.

use std::sync::Arc;

use super::captures::Captured;
use super::command::Commands;
use super::credentials::Credentials;
use super::fill;
use super::scope::{RequestScope, RunContext, VariableScope};
use crate::export;
use crate::http;
use crate::http::auth::Trust;
use crate::plan::{Base, Collection, Step};
use crate::secret::Redactor;
use crate::template::Binding;
use crate::value::Value;

/// A request as it would be sent: what only a response can tell stays a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// As HTTP.
    pub http: String,
    /// As a `curl` command.
    pub curl: String,
}

/// Runs no commands.
pub(super) struct Never;

impl Commands for Never {
    fn output(&self, _: &crate::syntax::CommandLine) -> Result<String, String> {
        Err("commands are not run here".to_owned())
    }
}

/// Resolves a request as far as it can be without sending; commands are not run. Cookies of the jar go along.
#[must_use]
pub fn preview(
    (collection, step): (&Collection, &Step),
    redactor: &Redactor,
    (run_id, trust): (&str, &Trust),
    jar: &http::Jar,
) -> Preview {
    let credentials = Credentials::new(trust.clone());
    let common = RunContext {
        redactor,
        credentials: &credentials,
        run_id,
        commands: &Never,
    };
    let unrowed = VariableScope::new(collection, None, Captured::default(), common);
    let first = |rows: Option<&crate::plan::Rows>, names: &VariableScope<'_>| {
        let rows = fill::rows(rows?, &RequestScope::of_collection(names), &step.span);
        rows.ok()?.next()
    };
    let mut names = VariableScope::new(
        collection,
        first(collection.rows.as_deref(), &unrowed),
        stand_ins(step),
        common,
    );
    let stage = collection.stage.as_ref();
    let base = stage.and_then(|stage| match &stage.base {
        Base::Url(url) => Some(url.clone()),
        // Where a local stage will listen is known only when it does.
        Base::Gateway(gateway) => local(gateway.stage()),
        Base::Template(template) => {
            let text =
                fill::target::base_text(template, &RequestScope::of_collection(&names)).ok()?;
            http::url::base(&text).ok()
        }
    });
    names.set_stage(
        stage.and_then(|stage| stage.name.as_deref()),
        base.as_ref().map(url::Url::as_str),
    );
    let scope = RequestScope::new(&names, step, first(step.rows.as_deref(), &names));
    match fill::fill(&step.request, base.as_ref(), &scope) {
        Ok(mut request) => {
            if let Some(line) = jar
                .line_of(&request)
                .filter(|_| step.request.options.cookies)
            {
                request.set_cookie_line(line);
            }
            let drawn = drawn(&request, step, redactor);
            Preview {
                http: uncoded(drawn.http, step),
                ..drawn
            }
        }
        Err(unfilled) => {
            let reason = redactor.redact_message(&unfilled.message).into_owned();
            let line = format!(
                "{} {}",
                step.request.method.0,
                redactor.redact(step.request.url.value.text())
            );
            Preview {
                http: format!("{line}\n# not known before the run: {reason}\n"),
                curl: String::new(),
            }
        }
    }
}

/// What a request needs of earlier answers, as it is written: `{{ id }}`.
fn stand_ins(step: &Step) -> Captured {
    let bind = |name: &String| {
        let value = Arc::new(Value::String(placeholder(name)));
        (
            name.clone(),
            Binding {
                value,
                secret: false,
            },
        )
    };
    needed(step).map(bind).collect()
}

fn needed(step: &Step) -> impl Iterator<Item = &String> {
    step.needs
        .iter()
        .filter_map(|need| need.capture.as_ref())
        .chain(&step.from_project)
}

fn placeholder(name: &str) -> String {
    format!("{{{{ {name} }}}}")
}

/// In a URL a stand-in is percent-encoded, which nobody can read.
fn uncoded(text: String, step: &Step) -> String {
    needed(step).fold(text, |text, name| {
        text.replace(&format!("%7B%7B%20{name}%20%7D%7D"), &placeholder(name))
    })
}

/// A local stage's URL without its port, by the address at which a run starts it: cookies are given for that.
fn local(stage: &str) -> Option<url::Url> {
    let path = Some(stage)
        .filter(|stage| *stage != "$default")
        .unwrap_or_default();
    url::Url::parse(&format!("http://127.0.0.1/{path}")).ok()
}

fn drawn(request: &http::Request, step: &Step, redactor: &Redactor) -> Preview {
    let mut text = format!(
        "{} {}\n",
        request.method,
        redactor.redact(&request.sent_url())
    );
    for (name, value) in &request.headers {
        text.extend([
            &*redactor.redact_header_name(name),
            ": ",
            &redactor.redact_header(name, value),
            "\n",
        ]);
    }
    if let Some(auth) = &request.auth {
        text.extend(["authorization: ", auth.preview(), "\n"]);
    }
    if let Some(body) = &request.body {
        text.push('\n');
        match body.content().as_text() {
            Some(body) => text.push_str(&redactor.redact(&body)),
            None => text.push_str(&crate::text::size(body.content().length())),
        }
        text.push('\n');
    }
    if let Some(conversation) = &step.request.conversation {
        let turns = conversation
            .turns
            .iter()
            .map(|turn| format!("\n{}", redactor.redact(turn.span.text())));
        text.extend(
            std::iter::once("\n# messages".to_owned())
                .chain(turns)
                .chain(["\n".to_owned()]),
        );
    }
    let options = super::options::options(&step.request);
    Preview {
        http: crate::text::escape_control(&text).into_owned(),
        curl: export::curl(request, &options, redactor),
    }
}
