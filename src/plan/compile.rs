//! A request as written, with what it inherits, made into a step.

mod checks;

use std::cell::RefCell;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::files::Files;
use super::step::{Method, Request, Step, Transfer};
use super::variables::lay_over;
use super::{
    Conversation, Definitions, Stage, body, connection, conversation, drops, rows, snapshots,
};
use crate::check::{self, Capture, Expectation};
use crate::event::Part;
use crate::http;
use crate::snapshot::Volatile;
use crate::source::{Diagnostic, File, did_you_mean};
use crate::syntax::{self, Problems, Settings, Skip, Switch};

/// The requests of a collection by part. They are taken out of what was written: a request is dropped when its step is
/// made, so that a large collection is never held twice.
pub(super) struct RequestsByPart {
    pub(super) setup: Vec<syntax::Request>,
    pub(super) requests: Vec<syntax::Request>,
    pub(super) teardown: Vec<syntax::Request>,
}

impl RequestsByPart {
    /// Takes them out of a collection and of what it includes.
    pub(super) fn take(written: &mut syntax::Collection, included: &mut [syntax::Common]) -> Self {
        let own = &mut written.common;
        let mut setup: Vec<_> = included
            .iter_mut()
            .flat_map(|common| std::mem::take(&mut common.setup))
            .collect();
        setup.append(&mut own.setup);
        // What was set up last is taken down first.
        let mut teardown = std::mem::take(&mut own.teardown);
        teardown.extend(
            included
                .iter_mut()
                .rev()
                .flat_map(|common| std::mem::take(&mut common.teardown)),
        );
        Self {
            setup,
            requests: std::mem::take(&mut written.requests),
            teardown,
        }
    }

    /// Each with its part, in the order in which they run.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Part, &syntax::Request)> {
        let parts = [
            (Part::Setup, &self.setup),
            (Part::Request, &self.requests),
            (Part::Teardown, &self.teardown),
        ];
        parts
            .into_iter()
            .flat_map(|(part, requests)| requests.iter().map(move |request| (part, request)))
    }

    /// Each with its part, given away one after the other.
    pub(super) fn into_iter(self) -> impl Iterator<Item = (Part, syntax::Request)> {
        let parts = [
            (Part::Setup, self.setup),
            (Part::Request, self.requests),
            (Part::Teardown, self.teardown),
        ];
        parts
            .into_iter()
            .flat_map(|(part, requests)| requests.into_iter().map(move |request| (part, request)))
    }
}

/// What a request inherits and may send to the base URL's origin alone.
struct OriginBound {
    /// Whether its authentication is.
    auth: bool,
    headers: Vec<String>,
}

/// Compiles the requests of one collection.
pub(super) struct Compiler<'a> {
    files: Files<'a>,
    inherited: &'a Settings,
    tags: &'a [String],
    read_only: bool,
    /// What is volatile in every snapshot.
    volatile: Arc<Volatile>,
    /// The `JSONPath`s of its expectations.
    paths: check::Paths,
    /// Whether there is nothing that a path could be joined to.
    without_base: bool,
    /// Whether the collection runs once for each data row.
    in_rows: bool,
    /// How the last request is sent: most are sent in the same way, and share it.
    last: RefCell<connection::Last>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(
        files: Files<'a>,
        inherited: &'a Settings,
        tags: &'a [String],
        stage: Option<&Stage>,
    ) -> Self {
        let read_only = stage.is_some_and(|stage| stage.read_only);
        let (volatile, paths, last) = (Arc::default(), check::Paths::default(), RefCell::default());
        Self {
            files,
            inherited,
            tags,
            read_only,
            volatile,
            paths,
            without_base: false,
            in_rows: false,
            last,
        }
    }

    /// This is volatile in every snapshot.
    pub(super) fn with_volatile(self, volatile: &Arc<Volatile>) -> Self {
        Self {
            volatile: Arc::clone(volatile),
            ..self
        }
    }

    /// There is nothing that a path could be joined to.
    pub(super) fn without_base(self) -> Self {
        Self {
            without_base: true,
            ..self
        }
    }

    /// The collection runs once for each data row.
    pub(super) fn in_rows(self, in_rows: bool) -> Self {
        Self { in_rows, ..self }
    }

    /// The steps in the order in which they run; names made unique, `needs` found.
    pub(super) fn steps(&self, blocks: RequestsByPart, problems: &mut Problems) -> Vec<Step> {
        let names = names(&blocks, problems);
        let all_read = blocks.iter().all(|(_, request)| !request.name_lost);
        let mut known = Known {
            steps: IndexMap::with_capacity(names.len()),
            all_read,
        };
        for (index, name) in names.iter().enumerate() {
            known.steps.entry(name).or_insert(index);
        }
        let mut steps = Vec::with_capacity(names.len());
        for (name, (part, mut request)) in names.iter().zip(blocks.into_iter()) {
            let index = steps.len();
            let needs = std::mem::take(&mut request.needs);
            let mut step = self.step(part, (name, request), index, problems);
            step.needs = needs
                .iter()
                .filter_map(|need| named_need(need, index, &known, problems))
                .collect();
            steps.push(step);
        }
        steps
    }

    /// Only what is expected of a request's response and taken from it.
    pub(super) fn check_answer(&self, written: &syntax::Request, problems: &mut Problems) {
        self.check_contradiction(written, problems);
        let settings = self.settings_of(Settings::clone(&written.settings));
        let _: Vec<Expectation> = self.expectations(written, &settings, problems);
        let _: IndexMap<String, Capture> = captures(&written.captures, problems);
        let _: Option<Conversation> = self.conversation(&mut written.clone(), problems);
        snapshots::compile(&settings, &self.volatile, problems);
    }

    fn step(
        &self,
        part: Part,
        (name, mut written): (&String, syntax::Request),
        index: usize,
        problems: &mut Problems,
    ) -> Step {
        self.check_target(&written, problems);
        self.check_path_params(&written, problems);
        self.check_contradiction(&written, problems);
        self.check_title(&written, problems);
        let foreign = self.foreign(&written.settings);
        let own_drops = drops::own(&written.settings);
        let mut settings = self.settings_of(*std::mem::take(&mut written.settings));
        Self::check_transfer(&written, &settings, problems);
        drops::check(&written, (&settings, self.inherited), &own_drops, problems);
        settings.lay(self.files.world.command_line.clone());
        Self::check_chunks(&written, &settings, problems);
        let expects_error = settings.expect.get("error").is_some();
        let expectations = self.expectations(&written, &settings, problems);
        let mut vars = Definitions::new();
        lay_over(&mut vars, &written.vars);
        let mut tags: IndexSet<String> = self.tags.iter().cloned().collect();
        tags.extend(written.tags.iter().cloned());
        Step {
            index,
            part,
            name: name.clone(),
            title: written.title.take(),
            span: written.span.clone(),
            tags: tags.into_iter().collect(),
            selected: false,
            needed: false,
            safe: is_safe(&written),
            skip: self.skip(&written, &settings),
            when: settings.when.clone(),
            vars,
            when_first: false,
            rows: written.rows.as_ref().map(|rows| {
                syntax::Spanned::new(&rows.span, rows::resolve(rows, part, &self.files, problems))
            }),
            retry: on(settings.retry.clone()).map(Box::new),
            poll: poll(&written, &settings, problems).map(Box::new),
            repeat: written.repeat.take().map(|repeat| Box::new(repeat.value)),
            delay: settings.delay,
            captures: captures(&written.captures, problems),
            expects_error,
            expectations,
            snapshot: snapshots::compile(&settings, &self.volatile, problems).map(Box::new),
            needs: Vec::new(),
            from_project: Vec::new(),
            uses_request: false,
            uses_response: false,
            request: self.request(written, settings, foreign, problems),
        }
    }

    /// The settings of a request over those that it inherits.
    fn settings_of(&self, own: Settings) -> Settings {
        let mut settings = self.inherited.clone();
        settings.lay(own);
        settings
    }

    fn expectations(
        &self,
        written: &syntax::Request,
        settings: &Settings,
        problems: &mut Problems,
    ) -> Vec<Expectation> {
        let graphql = matches!(
            written.body.as_ref().map(|body| &body.value),
            Some(syntax::Body::Graphql(_))
        );
        let read = |path: &std::path::Path| self.files.bytes_at(path, &written.span.file);
        let websocket = written.conversation.is_some();
        let (place, paths) = (&written.span, &self.paths);
        let setting = check::Setting {
            place,
            files: &read,
            paths,
            graphql,
            websocket,
            defaults: true,
        };
        check::compile(Some(&settings.expect), &setting, problems)
    }

    fn conversation(
        &self,
        written: &mut syntax::Request,
        problems: &mut Problems,
    ) -> Option<Conversation> {
        let conversation = written.conversation.take()?;
        let read = |path: &std::path::Path| self.files.bytes_at(path, &written.span.file);
        let (place, paths) = (&written.span, &self.paths);
        let setting = check::Setting {
            place,
            files: &read,
            paths,
            graphql: false,
            websocket: true,
            defaults: false,
        };
        Some(conversation::compile(conversation, &setting, problems))
    }

    fn check_contradiction(&self, written: &syntax::Request, problems: &mut Problems) {
        let (own, inherited) = (&written.settings.expect, &self.inherited.expect);
        if own.get("error").is_none() && inherited.get("error").is_none() {
            return;
        }
        let compiled = captures(&written.captures, &mut Problems::default());
        let abouts: Vec<_> = compiled
            .iter()
            .filter_map(|(name, capture)| Some((&written.captures.get(name)?.key, capture.about())))
            .collect();
        if let Some(problem) = check::contradiction(own, inherited, &abouts) {
            problems.push(problem);
        }
    }

    fn skip(&self, written: &syntax::Request, settings: &Settings) -> Option<String> {
        match &settings.skip {
            Some(Skip::Yes(reason)) => Some(reason.clone().unwrap_or_default()),
            _ if self.read_only && !is_safe(written) => Some(format!(
                "the stage is read-only and {} may change it",
                written.method
            )),
            _ => None,
        }
    }

    /// What a request with these settings inherits.
    fn foreign(&self, own: &Settings) -> OriginBound {
        let headers = self
            .inherited
            .headers
            .keys()
            .filter(|name| !own.headers.contains_key(*name));
        OriginBound {
            auth: own.auth.is_none(),
            headers: headers.cloned().collect(),
        }
    }

    fn request(
        &self,
        mut written: syntax::Request,
        settings: Settings,
        foreign: OriginBound,
        problems: &mut Problems,
    ) -> Request {
        let mut last = self.last.borrow_mut();
        let (connection, sending) =
            connection::resolve(settings.options.as_ref(), &mut last, problems);
        let jar = settings.jar.unwrap_or(true);
        let conversation = self.conversation(&mut written, problems);
        Request {
            method: Method(written.method),
            url: written.url,
            path_params: settings.path_params,
            query: settings.query,
            headers: settings.headers,
            cookies: settings.cookies,
            auth: settings
                .auth
                .filter(|auth| auth.scheme().is_some())
                .map(|auth| Box::new((auth, foreign.auth))),
            inherited_headers: foreign.headers,
            conversation,
            body: written
                .body
                .and_then(|body| body::resolve(*body, &self.files, problems))
                .map(Box::new),
            connection,
            options: http::Options {
                interim: settings.expect.get("interim").is_some(),
                cookies: jar,
                ..sending.options
            },
            path_as_is: sending.path_as_is,
            transfer: Transfer {
                coding: sending.coding,
                chunked: sending.chunked,
            },
        }
    }
}

/// The names of all steps.
struct Known<'a> {
    /// The first step of each.
    steps: IndexMap<&'a str, usize>,
    /// Whether each name that is written could be read.
    all_read: bool,
}

/// A step that `needs` names.
fn named_need(
    need: &syntax::Spanned<String>,
    index: usize,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Option<super::Need> {
    let problem = |message: String| Diagnostic::error(&need.span, message);
    match known.steps.get(need.value.as_str()).copied() {
        Some(step) if step < index => Some(super::Need {
            step,
            capture: None,
        }),
        Some(_) => {
            let problem =
                problem(format!("`{}` comes later", need.value)).hint("move it above this request");
            problems.refuse(problem.certain())
        }
        None => {
            let hint = did_you_mean(need, known.steps.keys().copied());
            let hint = hint.unwrap_or_else(|| {
                "it takes the `name` of an earlier request; `apitest list` lists them".to_owned()
            });
            let problem = problem(format!("there is no request `{}`", need.value)).hint(hint);
            problems.refuse(if known.all_read {
                problem.certain()
            } else {
                problem
            })
        }
    }
}

/// `poll`, beside which `repeat` has no meaning: one wants every response to hold, the other one of them.
fn poll(
    written: &syntax::Request,
    settings: &Settings,
    problems: &mut Problems,
) -> Option<syntax::Spanned<syntax::Poll>> {
    if let (Some(repeat), Some(poll)) = (&written.repeat, &settings.poll)
        && matches!(poll.value, Switch::On(_))
    {
        let problem = Diagnostic::error(
            &repeat.span,
            "use either `repeat` (checks every response) or `poll` (checks the last one)",
        );
        let problem = problem.related(&poll.span, "`poll` is here");
        return problems
            .refuse(problem.hint("remove one of them; `poll = false` removes an inherited one"));
    }
    let poll = settings.poll.as_ref()?;
    Some(syntax::Spanned::new(&poll.span, on(Some(poll.clone()))?))
}

fn on<T>(switch: Option<syntax::Spanned<Switch<T>>>) -> Option<T> {
    match switch.map(|switch| switch.value) {
        Some(Switch::On(value)) => Some(value),
        _ => None,
    }
}

/// Whether sending a request changes nothing: by its method, or since it says so.
fn is_safe(written: &syntax::Request) -> bool {
    written
        .safe
        .unwrap_or_else(|| Method(written.method.clone()).is_safe())
}

pub(super) fn captures(
    written: &IndexMap<String, syntax::Entry>,
    problems: &mut Problems,
) -> IndexMap<String, Capture> {
    let compiled = written.iter().filter_map(|(name, entry)| {
        let capture = Capture::compile(name, &entry.value, problems)?;
        Some((name.clone(), capture))
    });
    compiled.collect()
}

/// The names of the requests that are written in a file itself, each with its part, in the order in which they run.
#[must_use]
pub fn titles(file: &Arc<File>) -> Vec<(Part, String)> {
    let (mut written, _) = syntax::parse(file);
    let blocks = RequestsByPart::take(&mut written, &mut []);
    let names = names(&blocks, &mut Problems::default());
    blocks.iter().map(|(part, _)| part).zip(names).collect()
}

/// The requests that are written in a collection itself, each with its name.
pub(super) fn titles_of(mut written: syntax::Collection) -> Vec<(String, syntax::Request)> {
    let blocks = RequestsByPart::take(&mut written, &mut []);
    let names = names(&blocks, &mut Problems::default());
    names
        .into_iter()
        .zip(blocks.into_iter().map(|(_, request)| request))
        .collect()
}

/// Every request's name: written ones must differ, default ones get a number.
fn names(blocks: &RequestsByPart, problems: &mut Problems) -> Vec<String> {
    let mut taken: IndexMap<String, &crate::source::Span> = IndexMap::new();
    for name in blocks
        .iter()
        .filter_map(|(_, request)| request.name.as_ref())
    {
        match taken.get(name.value.as_str()) {
            Some(first) => {
                let problem = Diagnostic::error(
                    &name.span,
                    format!("two requests are called `{}`", name.value),
                );
                let problem = problem
                    .related(first, "the first one")
                    .hint("names must be unique within a collection: change one");
                problems.push(problem.certain());
            }
            None => {
                taken.insert(name.value.clone(), &name.span);
            }
        }
    }
    let mut numbers: IndexMap<String, usize> = IndexMap::new();
    let mut name = |request: &syntax::Request| {
        let method = if request.conversation.is_some() {
            "WEBSOCKET"
        } else {
            &request.method
        };
        let target = request.url.value.text();
        let shown = if http::url::has_scheme(target) {
            http::url::without_login(target)
        } else {
            target.into()
        };
        let base = format!("{method} {shown}");
        let mut number = numbers.get(&base).copied().unwrap_or(0);
        loop {
            number += 1;
            let candidate = if number == 1 {
                base.clone()
            } else {
                format!("{base} ({number})")
            };
            if !taken.contains_key(&candidate) {
                numbers.insert(base, number);
                return candidate;
            }
        }
    };
    blocks
        .iter()
        .map(|(_, request)| {
            request
                .name
                .as_ref()
                .map_or_else(|| name(request), |name| name.value.clone())
        })
        .collect()
}
