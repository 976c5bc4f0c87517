//! `events`: a stream of Server-Sent Events, of which only as much is read as is enough.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::check::Expectation;
use crate::check::compile::Compiler;
use crate::check::expectation::{Assertion, EvalContext, LocatedMismatch};
use crate::check::matcher::Domain;
use crate::check::message::{MessageKind, compile_message, inner, of_event};
use crate::check::outcome::Mismatch;
use crate::check::part::ExchangePart;
use crate::check::subject::{ReadResult, Subject, typed};
use crate::http::{EventReader, MOST_EVENTS, Request, Response, ServerEvent};
use crate::source::{Diagnostic, Span};
use crate::syntax::keys::EVENTS;
use crate::syntax::{Data, Node, Problems, Table, check_keys};
use crate::template::{Scope, Template};

/// What is expected of an event: all of these.
type ExpectedEvents = Vec<Expectation>;

/// What is expected of a stream, and so how much of it is read.
#[derive(Debug, Default)]
pub struct Events {
    /// Of the first events, one after the other.
    first: Vec<ExpectedEvents>,
    /// Of one event, with which reading ends.
    until: Option<ExpectedEvents>,
    /// Of some event each.
    contains: Vec<ExpectedEvents>,
    /// Of every event.
    all: ExpectedEvents,
    /// How many are read.
    count: Option<usize>,
    within: Option<Duration>,
}

/// Follows a stream while it comes in.
pub struct Watch<'a> {
    events: &'a Events,
    scope: &'a dyn Scope,
    request: &'a Request,
    progress: RefCell<Progress>,
}

#[derive(Default)]
struct Progress {
    reader: EventReader,
    /// How much of the body was read.
    read: usize,
    came: usize,
    until: bool,
    /// Which of `contains` were found.
    found: Vec<usize>,
}

pub(super) fn compile(compiler: &mut Compiler<'_>, node: &Node) {
    let Some(table) = node.table(
        "a table such as `{ first = [{ data = \"…\" }] }`",
        compiler.problems,
    ) else {
        return;
    };
    check_keys(table, &[EVENTS], "`events`", compiler.problems);
    check_asserting(compiler, table, node);
    let mut events = Events {
        first: each(compiler, table.get("first")),
        until: table.get("until").map(|node| wanted(compiler, node)),
        contains: each(compiler, table.get("contains")),
        all: table
            .get("all")
            .map(|node| wanted(compiler, node))
            .unwrap_or_default(),
        count: None,
        within: table
            .get("within")
            .and_then(|node| node.duration(compiler.problems)),
    };
    let count = table.get("count");
    if let Some(node) = count.filter(|node| matches!(node.data, Data::Number(_))) {
        events.count = enough(node, compiler.problems);
    }
    push_all(compiler, &Arc::new(events), table, node);
    if let Some(node) = count.filter(|node| !matches!(node.data, Data::Number(_))) {
        compiler.matched(Count, node);
    }
    if let Some(node) = table.get("retry") {
        compiler.matched(Retry, node);
    }
}

/// The number of events that are enough.
fn enough(node: &Node, problems: &mut Problems) -> Option<usize> {
    let count = node
        .count(problems)
        .and_then(|count| usize::try_from(count).ok());
    if count == Some(0) {
        let problem = Diagnostic::error(&node.span, "a stream without events would assert nothing");
        let hint = "if none may arrive, write `count = { equals = 0 }` with `within`";
        problems.push(problem.hint(hint));
    }
    count
}

/// One expectation for each thing that is expected of events.
fn push_all(compiler: &mut Compiler<'_>, events: &Arc<Events>, table: &Table, node: &Node) {
    push(compiler, events, Part::Enough, &node.span);
    for (at, wanted) in events.first.iter().enumerate() {
        for (index, expectation) in wanted.iter().enumerate() {
            push(compiler, events, Part::First(at, index), expectation.span());
        }
    }
    if let Some(node) = table.get("until") {
        push(compiler, events, Part::StreamLimit, &node.span);
    }
    for at in 0..events.contains.len() {
        let span = table
            .get("contains")
            .and_then(|node| node.one_or_many().get(at))
            .map_or(&node.span, |node| &node.span);
        push(compiler, events, Part::Contains(at), span);
    }
    for (index, expectation) in events.all.iter().enumerate() {
        push(compiler, events, Part::All(index), expectation.span());
    }
}

/// Refuses what is expected of no event, or is so of every one.
fn check_asserting(compiler: &mut Compiler<'_>, table: &Table, node: &Node) {
    if table.iter().all(|(name, _)| name == "within") {
        compiler.says_nothing(&node.span);
    }
    let empty = |node: &&Node| match &node.data {
        Data::Array(items) => items.is_empty(),
        _ => false,
    };
    ["first", "contains"]
        .iter()
        .filter_map(|name| table.get(name))
        .filter(empty)
        .for_each(|node| compiler.says_nothing(&node.span));
    if let Some(all) = table.get("all").filter(|node| {
        node.as_table()
            .is_some_and(|table| table.entries.is_empty())
    }) {
        compiler.says_nothing(&all.span);
    }
}

fn push(compiler: &mut Compiler<'_>, events: &Arc<Events>, part: Part, span: &Span) {
    compiler.push(
        span,
        EventsAssertion {
            events: Arc::clone(events),
            part,
        },
    );
}

fn each(compiler: &mut Compiler<'_>, node: Option<&Node>) -> Vec<ExpectedEvents> {
    let items = node.map(Node::one_or_many).unwrap_or_default();
    items.iter().map(|item| wanted(compiler, item)).collect()
}

fn wanted(compiler: &mut Compiler<'_>, node: &Node) -> ExpectedEvents {
    let setting = inner(&node.span, &compiler.setting);
    compile_message(MessageKind::Event, node, &setting, compiler.problems)
}

impl Events {
    /// The most that reading may take.
    #[must_use]
    pub fn within(&self) -> Option<Duration> {
        self.within
    }

    /// Follows a stream that begins.
    #[must_use]
    pub fn watch<'a>(&'a self, scope: &'a dyn Scope, request: &'a Request) -> Watch<'a> {
        Watch {
            events: self,
            scope,
            request,
            progress: RefCell::default(),
        }
    }

    fn ends(&self) -> bool {
        self.until.is_some() || self.needed() > 0 || !self.contains.is_empty()
    }

    /// How many events there must be.
    fn needed(&self) -> usize {
        self.first.len().max(self.count.unwrap_or_default())
    }
}

impl Watch<'_> {
    /// Whether the body so far is enough; one that is shorter than the last one begins anew.
    pub fn is_enough(&self, body: &[u8]) -> bool {
        let mut progress = self.progress.borrow_mut();
        if body.len() < progress.read || body.is_empty() {
            *progress = Progress::default();
        }
        let fresh = body.get(progress.read..).unwrap_or_default();
        let events = progress.reader.read(fresh);
        progress.read = body.len();
        for event in events {
            self.note(&event, &mut progress);
        }
        let Events {
            until, contains, ..
        } = self.events;
        if progress.reader.is_full() {
            return true;
        }
        let found = progress.found.len() == contains.len() && (until.is_none() || progress.until);
        self.events.ends() && found && progress.came >= self.events.needed()
    }

    fn note(&self, event: &ServerEvent, progress: &mut Progress) {
        progress.came += 1;
        let fits = |wanted: &ExpectedEvents| fits(wanted, event, self.request, self.scope);
        progress.until |= self.events.until.as_ref().is_some_and(fits);
        for (at, wanted) in self.events.contains.iter().enumerate() {
            if !progress.found.contains(&at) && fits(wanted) {
                progress.found.push(at);
            }
        }
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("events", self.events)
            .finish_non_exhaustive()
    }
}

fn fits(
    wanted: &ExpectedEvents,
    event: &ServerEvent,
    request: &Request,
    scope: &dyn Scope,
) -> bool {
    let exchange = of_event(request, event);
    wanted.iter().all(|expectation| {
        expectation
            .judge
            .judge(EvalContext {
                exchange: &exchange,
                scope,
            })
            .is_ok()
    })
}

/// One thing that is expected of a stream.
#[derive(Debug)]
struct EventsAssertion {
    events: Arc<Events>,
    part: Part,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    /// That it is one, and long enough.
    Enough,
    /// Of an event, one of the expectations.
    First(usize, usize),
    StreamLimit,
    Contains(usize),
    /// Of every event, one of the expectations.
    All(usize),
}

impl EventsAssertion {
    fn expectation(&self) -> Option<&Expectation> {
        match self.part {
            Part::First(at, index) => self.events.first.get(at)?.get(index),
            Part::All(index) => self.events.all.get(index),
            _ => None,
        }
    }

    fn wanted(&self) -> Option<&ExpectedEvents> {
        match self.part {
            Part::StreamLimit => self.events.until.as_ref(),
            Part::Contains(at) => self.events.contains.get(at),
            _ => None,
        }
    }
}

impl Assertion for EventsAssertion {
    fn label(&self) -> String {
        let inner = || {
            self.expectation()
                .map(|expectation| expectation.subject().to_string())
                .unwrap_or_default()
        };
        match self.part {
            Part::Enough => "events".to_owned(),
            Part::First(at, _) => format!("event {} {}", at + 1, inner()),
            Part::StreamLimit => "events until".to_owned(),
            Part::Contains(_) => "events contains".to_owned(),
            Part::All(_) => format!("all events {}", inner()),
        }
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        found.extend(
            self.expectation()
                .into_iter()
                .chain(self.wanted().into_iter().flatten())
                .flat_map(Expectation::templates),
        );
    }

    fn stream(&self) -> Option<&Arc<Events>> {
        matches!(self.part, Part::Enough).then_some(&self.events)
    }

    fn about(&self) -> ExchangePart {
        ExchangePart::Events
    }

    fn judge(&self, eval: EvalContext<'_>) -> Result<(), LocatedMismatch> {
        let Some(response) = eval.response() else {
            return Ok(());
        };
        let events = response.events();
        match self.part {
            Part::Enough => self.enough(eval, events.len()),
            Part::First(at, _) => self.held(at, events.get(at), eval),
            Part::All(_) => events
                .iter()
                .enumerate()
                .try_for_each(|(at, event)| self.held(at, Some(event), eval)),
            Part::StreamLimit | Part::Contains(_) => {
                let request = &eval.exchange.request;
                let found = self.wanted().is_none_or(|wanted| {
                    events
                        .iter()
                        .any(|event| fits(wanted, event, request, eval.scope))
                });
                if found {
                    Ok(())
                } else {
                    Err(complain("an event like this", none_of(eval, events), None))
                }
            }
        }
    }
}

impl EventsAssertion {
    fn enough(&self, eval: EvalContext<'_>, came: usize) -> Result<(), LocatedMismatch> {
        let content_type = eval
            .response()
            .and_then(|response| response.content_type())
            .unwrap_or_default();
        if !content_type.eq_ignore_ascii_case("text/event-stream") {
            let actual = if content_type.is_empty() {
                "a response without a content type".to_owned()
            } else {
                format!("`{content_type}`")
            };
            return Err(complain(
                "an event stream, `text/event-stream`",
                actual,
                None,
            ));
        }
        if came > MOST_EVENTS {
            let actual = format!("more than {MOST_EVENTS}: apitest reads no more of a stream");
            return Err(complain(
                "a stream of fewer events",
                actual,
                Some("`until`, `count` and `first` end the stream earlier"),
            ));
        }
        let needed = self.events.needed();
        if eval
            .response()
            .is_some_and(|response| response.body_error.is_some())
        {
            let expected = if came < needed {
                crate::text::count(needed, "event")
            } else {
                "a stream that is not cut".to_owned()
            };
            let actual = format!("{}, {}", crate::text::count(came, "event"), ended(eval));
            return Err(complain(
                &expected,
                actual,
                Some("did the server crash, or did a proxy in between close the connection?"),
            ));
        }
        if came >= needed {
            return if came == 0 && !self.events.all.is_empty() {
                Err(complain(
                    "events, all of which must match",
                    "none".to_owned(),
                    None,
                ))
            } else {
                Ok(())
            };
        }
        let actual = format!("{}, {}", crate::text::count(came, "event"), ended(eval));
        let hint = eval
            .response()
            .is_some_and(|response| !response.complete)
            .then_some("`within` gives it more time");
        Err(complain(&crate::text::count(needed, "event"), actual, hint))
    }

    /// An event that never came is told by `enough`.
    fn held(
        &self,
        at: usize,
        event: Option<&ServerEvent>,
        eval: EvalContext<'_>,
    ) -> Result<(), LocatedMismatch> {
        let (Some(event), Some(expectation)) = (event, self.expectation()) else {
            return Ok(());
        };
        let exchange = of_event(&eval.exchange.request, event);
        expectation
            .judge
            .judge(EvalContext {
                exchange: &exchange,
                scope: eval.scope,
            })
            .map_err(|mut fault| {
                fault.span = fault.span.or_else(|| Some(expectation.span().clone()));
                if matches!(self.part, Part::All(_)) {
                    fault
                        .mismatch
                        .hint
                        .get_or_insert_with(|| format!("it is event {}", at + 1));
                }
                fault
            })
    }
}

fn complain(expected: &str, actual: String, hint: Option<&str>) -> LocatedMismatch {
    let hint = hint.map(str::to_owned);
    Box::new(Mismatch {
        expected: expected.to_owned(),
        actual: Some(actual),
        hint,
        ..Mismatch::default()
    })
    .into()
}

fn none_of(eval: EvalContext<'_>, events: &[ServerEvent]) -> String {
    let told = match events.last() {
        None => "none".to_owned(),
        Some(last) => {
            let data = crate::value::diff::show(&last.data.as_str().into());
            format!(
                "{} that did not match, the last with the data {data}",
                crate::text::count(events.len(), "event")
            )
        }
    };
    format!("{told}; {}", ended(eval))
}

fn ended(eval: EvalContext<'_>) -> String {
    if let Some(cut) = eval
        .response()
        .and_then(|response| response.body_error.as_deref())
    {
        return format!("then the stream was cut: {}", cut.message);
    }
    let ended = eval.response().is_some_and(|response| response.complete);
    if ended {
        "then the stream ended".to_owned()
    } else {
        format!("then {:.1}s had passed", eval.exchange.time.as_secs_f64())
    }
}

/// How many events came.
#[derive(Debug)]
struct Count;

impl Subject for Count {
    fn label(&self) -> String {
        "events count".to_owned()
    }

    fn about(&self) -> ExchangePart {
        ExchangePart::Events
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        eval.response().map_or(ReadResult::Missing, |response| {
            typed(response.events().len() as u64)
        })
    }

    fn domain(&self) -> Domain {
        Domain::COUNT
    }

    fn missing(&self, _: EvalContext<'_>) -> (String, Option<String>) {
        super::always()
    }
}

/// The time after which the stream asks to be connected to again, in milliseconds.
#[derive(Debug)]
struct Retry;

impl Subject for Retry {
    fn label(&self) -> String {
        "events retry".to_owned()
    }

    fn about(&self) -> ExchangePart {
        ExchangePart::Events
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        eval.response()
            .and_then(Response::retry)
            .map_or(ReadResult::Missing, typed)
    }

    fn domain(&self) -> Domain {
        Domain::COUNT.or_missing()
    }

    fn missing(&self, _: EvalContext<'_>) -> (String, Option<String>) {
        (
            "the stream does not set a reconnection time".to_owned(),
            None,
        )
    }
}
