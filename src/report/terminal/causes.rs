//! The failures of a run, kept until its end: one cause each, with what it blocked.
//!
//! A stage that is down is one cause, however many requests it takes with it. What is kept is drawn already and bounded: a run
//! in which everything fails holds no more than one in which a thousand requests do.

use indexmap::IndexMap;

use super::buffer::{TextBuffer, Theme, bounded, start, titled};
use super::failure::{Base, INDENT, failure, place};
use super::groups::Id;
use super::{Verbosity, line};
use crate::event::{ErrorKind, RequestFinished, Status, SubjectKind};
use crate::text::{Align, Line, Style, Table, count};

/// How many causes are told in full.
const CAUSES: usize = 1_000;
/// How many requests of one cause are remembered by name.
const NAMES: usize = 10_000;
/// How many of them are listed.
const LISTED: usize = 10;

/// What failed, and why.
#[derive(Debug, Default)]
pub(super) struct Causes {
    list: IndexMap<Key, Cause>,
    /// Which cause a failed request belongs to, for those that it blocks.
    by_name: IndexMap<(String, Id), usize>,
    /// Blocked by something that is not known here.
    orphans: Names,
    /// Failures beyond those that are told.
    untold: usize,
}

/// What makes two failures one.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    /// The same trouble on the way to the same stage.
    Wire(ErrorKind, String, Option<String>),
    /// The same refusal by the same stage: status, what is most likely the matter, what did not hold.
    Refused(u16, Option<String>, String, Option<String>),
    /// Any other failure stands for itself.
    Own(usize),
}

#[derive(Debug)]
struct Cause {
    /// The collections' order of appearance.
    order: usize,
    failed: Names,
    /// What requests of one cause have in common.
    shared: Option<Shared>,
    /// The first failure, drawn.
    body: String,
    blocked: Names,
}

/// What requests of one cause have in common: how they ended, and what is the matter.
#[derive(Debug)]
struct Shared {
    ended: String,
    said: String,
}

/// Names, the first of them and how many more.
#[derive(Debug, Default)]
struct Names {
    listed: Vec<Named>,
    count: usize,
}

/// A request's name, what stands beside it, and where that leads.
#[derive(Debug, Default)]
struct Named {
    name: String,
    beside: String,
    url: Option<String>,
}

impl Names {
    fn add(&mut self, name: impl FnOnce() -> Named) {
        self.count += 1;
        if self.listed.len() < LISTED {
            self.listed.push(name());
        }
    }

    fn draw(&self, indent: usize, look: Theme) -> String {
        let mut table = Table::new(&[Align::Left]).indented(indent);
        for named in &self.listed {
            table.row([
                Line::from(named.name.as_str()),
                Line::styled(&named.beside, Style::Dim),
            ]);
        }
        let mut page = TextBuffer::new(look, 0);
        for (line, named) in table.lines(look.width).iter().zip(&self.listed) {
            page.leading(line, &named.beside, named.url.as_deref());
        }
        if self.count > self.listed.len() {
            let mut more = Line::new();
            more.space(indent);
            page.line(&more.with(
                &format!("… and {} more", self.count - self.listed.len()),
                Style::Dim,
            ));
        }
        page.into_text()
    }
}

/// A collection, as a failure in it is told.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    pub(super) title: String,
    pub(super) base: Base,
    pub(super) order: usize,
}

impl Context {
    /// `hello › GET /hello [2]`
    pub(super) fn label(&self, request: &RequestFinished) -> String {
        format!(
            "{} › {}",
            start(&self.title, 300),
            titled(request.shown_name(), request.row)
        )
    }
}

impl Causes {
    /// Takes a request that failed or was blocked.
    pub(super) fn add(
        &mut self,
        request: &RequestFinished,
        context: &Context,
        verbosity: Verbosity,
        look: Theme,
    ) {
        match request.status {
            Status::Failed => self.failed(request, context, verbosity, look),
            Status::Blocked => self.blocked(request, context),
            _ => {}
        }
    }

    fn failed(
        &mut self,
        request: &RequestFinished,
        context: &Context,
        verbosity: Verbosity,
        look: Theme,
    ) {
        let (key, shared) = cause(request, context.base.url.as_ref(), self.list.len());
        if self.list.len() >= CAUSES && !self.list.contains_key(&key) {
            self.untold += 1;
            return;
        }
        let entry = self.list.entry(key);
        let at = entry.index();
        let cause = entry.or_insert_with(|| Cause {
            order: context.order,
            failed: Names::default(),
            shared,
            body: failure(request, &context.base, verbosity, look),
            blocked: Names::default(),
        });
        cause.failed.add(|| Named {
            name: context.label(request),
            beside: place(&request.place).render(false),
            url: look.url(&request.place),
        });
        if self.by_name.len() < NAMES {
            self.by_name.insert((known(&request.name), id(request)), at);
        }
    }

    fn blocked(&mut self, request: &RequestFinished, context: &Context) {
        let cause = request.blocked_by.as_ref().and_then(|name| {
            let here = self.by_name.get(&(known(name), id(request)));
            // What the project's setup captures is used everywhere.
            let anywhere = || {
                self.by_name
                    .iter()
                    .find(|((failed, _), _)| *failed == known(name))
                    .map(|(_, at)| at)
            };
            here.or_else(anywhere).copied()
        });
        let named = |beside: &str| Named {
            name: context.label(request),
            beside: start(beside, 300).to_owned(),
            url: None,
        };
        match cause.and_then(|at| self.list.get_index_mut(at)) {
            Some((_, cause)) => cause.blocked.add(|| named("")),
            None => self
                .orphans
                .add(|| named(request.reason.as_deref().unwrap_or_default())),
        }
    }

    /// Every failure in full, numbered, in the order in which the collections were shown; nothing where there is none.
    pub(super) fn draw(&mut self, look: Theme) -> String {
        self.by_name.clear();
        let mut causes: Vec<Cause> = std::mem::take(&mut self.list).into_values().collect();
        causes.sort_by_key(|cause| cause.order);
        let mut page = TextBuffer::new(look, 0);
        for (at, cause) in causes.iter().enumerate() {
            page.blank();
            cause.draw(at + 1, &mut page);
        }
        let orphans = std::mem::take(&mut self.orphans);
        if orphans.count > 0 {
            page.blank();
            page.line(&heading(
                Status::Blocked,
                &format!("{} blocked", count(orphans.count, "request")),
            ));
            page.drawn(&orphans.draw(INDENT, look));
        }
        let untold = std::mem::take(&mut self.untold);
        if untold > 0 {
            page.blank();
            let more = format!(
                "… and {} more; `--report json=FILE` holds all of them",
                count(untold, "failure")
            );
            page.line(&Line::styled(&more, Style::Dim));
        }
        page.into_text()
    }
}

impl Cause {
    fn draw(&self, number: usize, page: &mut TextBuffer) {
        match &self.shared {
            Some(shared) if self.failed.count > 1 => self.draw_many(number, shared, page),
            _ => {
                let name = self
                    .failed
                    .listed
                    .first()
                    .map(|named| named.name.as_str())
                    .unwrap_or_default();
                page.wrapped(
                    &heading(Status::Failed, &format!("{number}  {name}")),
                    INDENT,
                );
            }
        }
        page.drawn(&self.body);
        if self.blocked.count > 0 {
            page.blank();
            page.line(&Line::styled(
                &format!("    this blocked {}:", count(self.blocked.count, "request")),
                Style::Bold,
            ));
            page.drawn(&self.blocked.draw(INDENT + 2, page.look()));
        }
    }

    /// What all of them have in common, and which they are.
    fn draw_many(&self, number: usize, shared: &Shared, page: &mut TextBuffer) {
        let title = format!(
            "{number}  {} {}",
            count(self.failed.count, "request"),
            shared.ended
        );
        page.wrapped(&heading(Status::Failed, &title), INDENT);
        let mut said = Line::new();
        said.space(INDENT);
        said.append(&bounded(&shared.said, 600, Style::Plain));
        page.wrapped(&said, INDENT);
        page.blank();
        page.drawn(&self.failed.draw(INDENT, page.look()));
        page.blank();
        page.line(&Line::styled("    the first of them:", Style::Dim));
    }
}

/// A name as a key; the names of requests may be of any length.
fn known(name: &str) -> String {
    start(name, 300).to_owned()
}

fn heading(status: Status, title: &str) -> Line {
    let (sign, _) = line::mark(status);
    Line::styled(&format!("{sign} {title}"), Style::BadBold)
}

fn id(request: &RequestFinished) -> Id {
    (request.path.clone(), request.collection_row)
}

/// What makes the failure one with others, and what they have in common.
fn cause(request: &RequestFinished, stage: Option<&String>, own: usize) -> (Key, Option<Shared>) {
    if let Some((class, said)) = error(request) {
        let ended = format!("without a response ({})", class.name());
        return (
            Key::Wire(class, said.clone(), stage.cloned()),
            Some(Shared { ended, said }),
        );
    }
    let whole = request.code.filter(|_| request.error.is_none());
    let Some((code, failed)) = whole
        .filter(|code| is_refusal(*code))
        .zip(wrong_status(request))
    else {
        return (Key::Own(own), None);
    };
    let diagnosis = request
        .diagnosis
        .as_deref()
        .map(|text| start(text, 600).to_owned());
    let said = diagnosis.clone().unwrap_or_else(|| failed.clone());
    (
        Key::Refused(code, diagnosis, failed, stage.cloned()),
        Some(Shared {
            ended: format!("got {code}"),
            said,
        }),
    )
}

/// What a stage says of any request alike when it is down, or takes the caller for nobody: unlike 404, it tells nothing about
/// the request.
fn is_refusal(code: u16) -> bool {
    matches!(code, 401 | 403 | 407 | 429 | 500..)
}

/// What was wrong with the status, where it was: whatever else did not hold follows from that.
fn wrong_status(request: &RequestFinished) -> Option<String> {
    let failure = request
        .failures
        .iter()
        .find(|failure| failure.subject.kind() == SubjectKind::Status)?;
    let (expected, came) = (
        start(&failure.expected, 200),
        start(failure.actual.as_deref()?, 200),
    );
    Some(format!("expected status {expected}, got {came}"))
}

/// The class of the error and what it says, where no response came.
fn error(request: &RequestFinished) -> Option<(ErrorKind, String)> {
    let class = request.error.filter(|_| request.code.is_none())?;
    let said = request
        .exchange
        .as_ref()
        .and_then(|exchange| exchange.error.as_deref());
    let failed = || {
        request
            .failures
            .first()
            .and_then(|failure| failure.reason.as_deref().or(failure.actual.as_deref()))
    };
    Some((
        class,
        start(said.or_else(failed).unwrap_or_default(), 600).to_owned(),
    ))
}
