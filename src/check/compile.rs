//! From the `expect` table to expectations.

use std::sync::Arc;

use super::expectation::{Assertion, Expectation, Matched};
use super::matcher::{Decoder, Files, Matcher, Written};
use super::part::ExchangePart;
use super::subject::{self, Guard, GuardKind, Paths, Subject};
use crate::http::ErrorKind;
use crate::source::{Diagnostic, Span};
use crate::syntax::{Key, Node, Problems, Table, WITHOUT_RESPONSE, unknown_key};
use crate::template::Template;

/// What a collection says around an `expect` table.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The place of the request: that of what is expected by default.
    pub place: &'a Span,
    /// Reads the files that expectations name.
    pub files: &'a Files<'a>,
    /// The `JSONPath`s that were compiled for other requests of the collection.
    pub paths: &'a Paths,
    /// Whether the request is a GraphQL one, so that its guard stands.
    pub graphql: bool,
    /// Whether a WebSocket is asked for, so that 101 is what is expected.
    pub websocket: bool,
    /// Whether a status other than 2xx fails where none is expected, and the guards stand; not so for what is judged
    /// in the middle of something, such as `[wait]`.
    pub defaults: bool,
}

/// The keys that later versions will know.
const LATER: [&str; 4] = ["openapi", "gateway", "cors", "within"];

/// The key of what is not judged here: a snapshot is read and written, and judging is pure.
pub const SNAPSHOT: &str = "snapshot";

/// The keys of `expect`.
pub fn subjects() -> impl Iterator<Item = Key> + Clone {
    let namespaces = Key {
        name: "namespaces",
        shape: "#names",
        about: "prefix → namespace, for the names in `xpath`",
    };
    let snapshot = Key {
        name: SNAPSHOT,
        shape: "#snapshot",
        about: "compare the response with a snapshot: `true`, a name, or a table",
    };
    subject::ALL
        .iter()
        .map(|(key, _)| *key)
        .chain([namespaces, snapshot])
}

/// Compiles an `expect` table, merged from all that a request inherits, with what is expected by default. Every
/// problem is kept at its place.
pub fn compile(
    expect: Option<&Table>,
    setting: &Setting<'_>,
    problems: &mut Problems,
) -> Vec<Expectation> {
    let empty = Table::default();
    let table = expect.unwrap_or(&empty);
    let mut compiler = Compiler::new(table, setting, problems);
    for (name, entry) in table.iter() {
        match subject::ALL.iter().find(|(key, _)| key.name == name) {
            Some((_, compile)) => compile(&mut compiler, &entry.value),
            // `xpath` reads it.
            None if name == "namespaces" && table.get("xpath").is_none() => {
                drop(subject::namespaces(table, compiler.problems));
            }
            None if [SNAPSHOT, "namespaces"].contains(&name) => {}
            None => compiler.problems.push(unknown(&entry.key, name)),
        }
    }
    if setting.defaults {
        compiler.add_defaults();
    }
    compiler.found
}

/// The keys of `expect` that need a response and not its whole body: they may stand beside an `error` in the body.
const OF_THE_HEAD: [&str; 9] = [
    "status",
    "headers",
    "cookies",
    "http",
    "certificate",
    "tls",
    "ip",
    "interim",
    "trailers",
];

/// The errors that a response whose head came may end in.
const IN_THE_BODY: [ErrorKind; 2] = [ErrorKind::Body, ErrorKind::Timeout];

/// The problem of a request that expects an error and, in the same breath, something that is not received then. What it
/// inherits gives way. `captures` are the keys of its captures, and what each is taken from.
#[must_use]
pub fn contradiction(
    own: &Table,
    inherited: &Table,
    captures: &[(&Span, ExchangePart)],
) -> Option<Diagnostic> {
    let error = own.entry("error").or_else(|| inherited.entry("error"))?;
    let in_body = may_be_in_the_body(&error.value);
    let may_stand =
        |name: &str| WITHOUT_RESPONSE.contains(&name) || (in_body && OF_THE_HEAD.contains(&name));
    let may_be_taken = |about: ExchangePart| {
        matches!(
            about,
            ExchangePart::Url | ExchangePart::Time | ExchangePart::Variables
        ) || (in_body && !about.needs_body())
    };
    let (what, span) = match own
        .iter()
        .find(|(name, _)| is_subject(name) && !may_stand(name))
    {
        Some((name, entry)) => (format!("`{name}`"), &entry.key),
        None => (
            "a capture".to_owned(),
            captures.iter().find(|(_, about)| !may_be_taken(*about))?.0,
        ),
    };
    let (message, hint) = if in_body {
        (
            "needs the whole body, and `error` expects that it is not received",
            "`status`, `headers` and `cookies` may stand beside `error`",
        )
    } else {
        (
            "needs a response, and `error` expects none",
            "use two requests: one for the error, one for the response",
        )
    };
    Some(
        Diagnostic::error(span, format!("{what} {message}"))
            .related(&error.key, "here")
            .hint(hint),
    )
}

/// Whether an expected error may be one of a response whose head came: a literal says so, anything else may.
fn may_be_in_the_body(node: &Node) -> bool {
    let known =
        |text: &str| !text.contains("{{") && ErrorKind::ALL.iter().any(|kind| kind.name() == text);
    let in_body = |text: &str| !known(text) || IN_THE_BODY.iter().any(|kind| kind.name() == text);
    node.one_or_many()
        .iter()
        .any(|node| node.as_str().is_none_or(in_body))
}

fn is_subject(name: &str) -> bool {
    subjects().any(|key| key.name == name)
}

fn unknown(span: &Span, name: &str) -> Diagnostic {
    if LATER.contains(&name) {
        return Diagnostic::error(span, format!("`{name}` is not supported yet"));
    }
    unknown_key(span, name, "`expect`", subjects().map(|key| key.name))
}

/// Compiles the entries of one table.
pub(super) struct Compiler<'a> {
    pub(super) problems: &'a mut Problems,
    pub(super) setting: Setting<'a>,
    /// The whole table, for keys that belong together.
    pub(super) table: &'a Table,
    found: Vec<Expectation>,
    /// The guards of which something is written, so that they do not stand by default.
    guards: Vec<GuardKind>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(table: &'a Table, setting: &Setting<'a>, problems: &'a mut Problems) -> Self {
        Self {
            problems,
            setting: *setting,
            table,
            found: Vec::new(),
            guards: Vec::new(),
        }
    }

    /// What was compiled.
    pub(super) fn finish(self) -> Vec<Expectation> {
        self.found
    }
}

impl Compiler<'_> {
    /// What makes matchers.
    pub(super) fn decoder(&mut self) -> Decoder<'_> {
        Decoder::new(self.problems, self.setting.files)
    }

    /// Keeps an expectation.
    pub(super) fn push(&mut self, span: &Span, judge: impl Assertion + 'static) {
        self.found.push(Expectation {
            span: span.clone(),
            default: false,
            judge: Arc::new(judge),
            message: None,
        });
    }

    /// Keeps the expectation that a subject is what a literal or matcher says.
    pub(super) fn matched(&mut self, subject: impl Subject + 'static, node: &Node) {
        let message = self.message(node);
        if let Some(matcher) = self.decoder().matcher(Written::Node(node)) {
            if let Some(vacuous) = subject.domain().vacuous(&matcher) {
                return self
                    .decoder()
                    .refuse_vacuous(Written::Node(node), vacuous.place)
                    .unwrap_or_default();
            }
            if let Some(unreachable) = subject.domain().unreachable(&matcher) {
                let place = unreachable.place.as_ref().unwrap_or(&node.span);
                let problem = Diagnostic::error(place, unreachable.to_string());
                return self.problems.push(problem);
            }
            if let Some(impossible) = subject.domain().impossible_type(&matcher) {
                let problem = Diagnostic::error(
                    &impossible.place.unwrap_or_else(|| node.span.clone()),
                    "this is always a string, so no value has that type",
                );
                let hint = "`count`, `all`, `any` and equality with a list see a set of strings";
                return self.problems.push(problem.hint(hint));
            }
            self.keep(&node.span, Matched { subject, matcher }, message);
        }
    }

    /// Keeps the expectation that a subject is what a matcher made elsewhere says.
    pub(super) fn held(&mut self, subject: impl Subject + 'static, matcher: Matcher, span: &Span) {
        self.push(span, Matched { subject, matcher });
    }

    fn keep(&mut self, span: &Span, judge: impl Assertion + 'static, message: Option<Template>) {
        self.push(span, judge);
        if let Some(last) = self.found.last_mut() {
            last.message = message;
        }
    }

    /// The `message` beside the operators of a matcher.
    fn message(&mut self, node: &Node) -> Option<Template> {
        node.as_table()?.get("message")?.template(self.problems)
    }

    /// The entries of a table of subjects, such as `headers`.
    pub(super) fn each(
        &mut self,
        node: &Node,
        wanted: &str,
        mut compile: impl FnMut(&mut Self, &str, &Span, &Node),
    ) {
        let Some(table) = node.table(wanted, self.problems) else {
            return;
        };
        if table.entries.is_empty() {
            self.says_nothing(&node.span);
        }
        for (name, entry) in table.iter() {
            compile(self, name, &entry.key, &entry.value);
        }
    }

    /// Reports something that is empty, so that nothing would be judged by it.
    pub(super) fn says_nothing(&mut self, span: &Span) {
        let problem = Diagnostic::error(span, "this is empty, so nothing would be checked");
        self.problems
            .push(problem.hint("write what you expect, or remove it"));
    }

    /// Notes that something is written of a guard.
    pub(super) fn guard(&mut self, kind: GuardKind) {
        self.guards.push(kind);
    }

    fn add_defaults(&mut self) {
        let has = |name| self.table.get(name).is_some();
        let mut defaults: Vec<Arc<dyn Assertion>> = Vec::new();
        if !has("status") && !has("error") {
            defaults.push(subject::default_status(self.setting.websocket));
        }
        let stands = |kind: &GuardKind| {
            !self.guards.contains(kind) && (*kind == GuardKind::Lambda || self.setting.graphql)
        };
        for kind in GuardKind::ALL.into_iter().filter(stands) {
            defaults.push(Arc::new(Guard { kind, wanted: None }));
        }
        let place = self.setting.place;
        let defaults = defaults.into_iter().map(|judge| Expectation {
            span: place.clone(),
            default: true,
            judge,
            message: None,
        });
        self.found.extend(defaults);
    }
}
