//! `retry`, `poll`, `repeat`, `rows`: how often a request is sent.

use std::time::Duration;

use super::keys::{PASS, POLL, REPEAT, RETRY};
use super::variable::strings;
use super::{Data, Node, Problems, Spanned, check_keys, wrong_type};
use crate::source::Diagnostic;
use crate::template::{Document, Expression, Template};

/// `retry`: for transport failures and overload; what is not written is inherited.
#[derive(Debug, Clone, Default)]
pub struct Retry {
    /// How many times at most.
    pub times: Option<u64>,
    /// The pause before the first.
    pub delay: Option<Duration>,
    /// What the pause is multiplied with.
    pub backoff: Option<f64>,
    /// The longest pause.
    pub max_delay: Option<Duration>,
    /// What is tried again.
    pub on: Option<Vec<RetryOn>>,
}

/// What a retry is made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryOn {
    /// No connection was made.
    Connect,
    /// The connection was closed or reset before the response.
    Reset,
    /// A time limit passed.
    Timeout,
    /// A status.
    Status(u16),
    /// A class of statuses: 5 is `5xx`.
    Class(u16),
    /// The signatures of a deployment that is not everywhere yet.
    Propagation,
}

/// `poll`: sends until the expectations hold.
#[derive(Debug, Clone, Default)]
pub struct Poll {
    /// The pause between two tries.
    pub every: Option<Duration>,
    /// When to give up.
    pub timeout: Option<Duration>,
    /// What ends it as failed at once.
    pub stop: Option<Spanned<Expression>>,
}

/// `repeat`: sends several times and judges every response.
#[derive(Debug, Clone)]
pub struct Repeat {
    /// How many times (at most, where there is `until`).
    pub times: u64,
    /// What ends it.
    pub until: Option<Spanned<Expression>>,
    /// The pause between two.
    pub every: Option<Duration>,
    /// How many must pass; all where it is not written.
    pub pass: Option<Pass>,
}

/// How many rounds must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    at_least: u64,
    at_most: u64,
}

impl Pass {
    /// Whether so many are right.
    #[must_use]
    pub fn holds(self, passed: u64) -> bool {
        (self.at_least..=self.at_most).contains(&passed)
    }

    /// The bounds in words.
    #[must_use]
    pub fn describe(self) -> String {
        match (self.at_least, self.at_most) {
            (low, high) if low == high => format!("{low} rounds to pass"),
            (low, u64::MAX) => format!("at least {low} rounds to pass"),
            (0, high) => format!("at most {high} rounds to pass"),
            (low, high) => format!("{low} to {high} rounds to pass"),
        }
    }
}

/// `rows`: once for every row.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Written in the collection.
    Inline(Vec<Document>),
    /// A CSV, JSON or JSON Lines file.
    File(String),
    /// A list that an expression gives.
    Expression(Template),
}

/// What a `false` drops and anything else sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch<T> {
    /// `false`.
    Off,
    /// The table.
    On(T),
}

impl<T> Switch<T> {
    /// The table, if it is not dropped.
    pub fn on(&self) -> Option<&T> {
        match self {
            Self::Off => None,
            Self::On(value) => Some(value),
        }
    }
}

/// How often `repeat = { until }` sends where it has no `max`.
const MOST_ROUNDS: u64 = 1000;

/// Decodes `false` or a table.
pub(super) fn switch<T>(
    node: &Node,
    problems: &mut Problems,
    decode: impl Fn(&Node, &mut Problems) -> Option<T>,
) -> Option<Spanned<Switch<T>>> {
    let value = if let Data::Bool(false) = node.data {
        Switch::Off
    } else {
        Switch::On(decode(node, problems)?)
    };
    Some(Spanned::new(&node.span, value))
}

/// Decodes `retry`.
pub(super) fn retry(node: &Node, problems: &mut Problems) -> Option<Retry> {
    if let Data::Number(_) = node.data {
        return Some(Retry {
            times: Some(node.count(problems)?),
            ..Retry::default()
        });
    }
    let table = node.table(
        "`false`, a number, or a table `{ times, delay, … }`",
        problems,
    )?;
    check_keys(table, &[RETRY], "`retry`", problems);
    let on = table.get("on").map(|node| {
        let words = strings(node, problems);
        words
            .iter()
            .filter_map(|word| retry_on(word, problems))
            .collect()
    });
    Some(Retry {
        times: table.get("times").and_then(|node| node.count(problems)),
        delay: table.get("delay").and_then(|node| node.duration(problems)),
        backoff: table
            .get("backoff")
            .and_then(|node| backoff(node, problems)),
        max_delay: table
            .get("max_delay")
            .and_then(|node| node.duration(problems)),
        on,
    })
}

fn backoff(node: &Node, problems: &mut Problems) -> Option<f64> {
    let factor = if let Data::Number(number) = &node.data {
        Some(number.as_f64())
    } else {
        None
    };
    factor
        .filter(|factor| *factor >= 1.0)
        .or_else(|| problems.refuse(wrong_type(node, "a number from 1")))
}

fn retry_on(word: &Spanned<String>, problems: &mut Problems) -> Option<RetryOn> {
    match word.as_str() {
        "connect" => Some(RetryOn::Connect),
        "reset" => Some(RetryOn::Reset),
        "timeout" => Some(RetryOn::Timeout),
        "propagation" => Some(RetryOn::Propagation),
        text => {
            let class = text
                .strip_suffix("xx")
                .and_then(|digit| digit.parse().ok())
                .filter(|digit| (1..=5).contains(digit));
            let status = text
                .parse()
                .ok()
                .filter(|status| (100..=599).contains(status));
            class.map(RetryOn::Class).or(status.map(RetryOn::Status)).or_else(|| {
                let hint =
                    "`on` takes `connect`, `reset`, `timeout`, `propagation`, a status such as `429`, a class such as `5xx`";
                problems.refuse(Diagnostic::error(&word.span, format!("`{text}` is not a reason to retry")).hint(hint))
            })
        }
    }
}

/// Decodes `poll`.
pub(super) fn poll(node: &Node, problems: &mut Problems) -> Option<Poll> {
    let table = node.table("`false` or a table `{ every, timeout }`", problems)?;
    check_keys(table, &[POLL], "`poll`", problems);
    Some(Poll {
        every: table.get("every").and_then(|node| node.duration(problems)),
        timeout: table
            .get("timeout")
            .and_then(|node| node.duration(problems)),
        stop: table.get("stop").and_then(|node| node.expression(problems)),
    })
}

/// Decodes `repeat`.
pub(super) fn repeat(node: &Node, problems: &mut Problems) -> Option<Spanned<Repeat>> {
    let repeat = if let Data::Number(_) = node.data {
        Repeat {
            times: node.count(problems)?,
            until: None,
            every: None,
            pass: None,
        }
    } else {
        let table = node.table(
            "a number or a table `{ until, max, every, pass }`",
            problems,
        )?;
        check_keys(table, &[REPEAT], "`repeat`", problems);
        let until = table
            .get("until")
            .and_then(|node| node.expression(problems));
        let times = table.get("max").and_then(|node| node.count(problems));
        if until.is_none() && times.is_none() {
            return problems.refuse(Diagnostic::error(
                &node.span,
                "`repeat` needs `max` or `until`",
            ));
        }
        Repeat {
            times: times.unwrap_or(MOST_ROUNDS),
            until,
            every: table.get("every").and_then(|node| node.duration(problems)),
            pass: table
                .get("pass")
                .and_then(|node| pass(node, times.unwrap_or(MOST_ROUNDS), problems)),
        }
    };
    if let Some(pass) = repeat.pass.filter(|pass| pass.at_least > repeat.times) {
        let message = format!(
            "this needs {}, but there are only {}",
            pass.describe(),
            repeat.times
        );
        return problems
            .refuse(Diagnostic::error(&node.span, message).hint("raise `max`, or lower `pass`"));
    }
    if repeat.times == 0 {
        return problems.refuse(
            Diagnostic::error(&node.span, "a request must be sent at least once")
                .hint("use `skip`"),
        );
    }
    Some(Spanned::new(&node.span, repeat))
}

/// Decodes how many of so many rounds must pass: a number, or bounds.
fn pass(node: &Node, rounds: u64, problems: &mut Problems) -> Option<Pass> {
    let exactly = |count| Pass {
        at_least: count,
        at_most: count,
    };
    if let Data::Number(_) = node.data {
        return node.count(problems).map(exactly);
    }
    let table = node.table("a number or bounds such as `{ gte = 18 }`", problems)?;
    check_keys(table, &[PASS], "`pass`", problems);
    let mut bounds = Pass {
        at_least: 0,
        at_most: u64::MAX,
    };
    for (key, entry) in table.iter() {
        let count = entry.value.count(problems)?;
        let (low, high) = match key {
            "equals" => (count, count),
            "gte" => (count, u64::MAX),
            "gt" => (count.saturating_add(1), u64::MAX),
            "lte" => (0, count),
            _ if count == 0 => {
                return problems.refuse(Diagnostic::error(
                    &entry.value.span,
                    "a count is never negative",
                ));
            }
            _ => (0, count - 1),
        };
        if low == 0 && high >= rounds {
            let problem = Diagnostic::error(
                &entry.value.span,
                format!("this holds however many of {rounds} rounds pass"),
            );
            return problems
                .refuse(problem.hint("write how many must pass, such as `pass = { gte = 18 }`"));
        }
        bounds = Pass {
            at_least: bounds.at_least.max(low),
            at_most: bounds.at_most.min(high),
        };
    }
    if table.entries.is_empty() {
        let problem = Diagnostic::error(
            &node.span,
            "any number of rounds would pass, so this asserts nothing",
        );
        return problems
            .refuse(problem.hint("write how many must pass, such as `pass = { gte = 18 }`"));
    }
    if bounds.at_least > bounds.at_most {
        return problems.refuse(Diagnostic::error(
            &node.span,
            "no number of rounds is within these bounds",
        ));
    }
    Some(bounds)
}

/// Decodes `rows`.
pub(super) fn rows(node: &Node, problems: &mut Problems) -> Option<Spanned<Rows>> {
    let rows = match &node.data {
        Data::Array(items) => {
            let rows: Vec<_> = items.iter().map(|item| item.document(problems)).collect();
            Rows::Inline(rows.into_iter().collect::<Option<_>>()?)
        }
        Data::String(_) => {
            let template = node.template(problems)?;
            match template.literal() {
                Some(path) => Rows::File(path.to_owned()),
                None => Rows::Expression(template),
            }
        }
        _ => {
            return problems.refuse(wrong_type(
                node,
                "a list, a file's path or an expression `\"{{ … }}\"`",
            ));
        }
    };
    Some(Spanned::new(&node.span, rows))
}

impl Node {
    /// The text as an expression that gives true or false, or a problem.
    pub fn expression(&self, problems: &mut Problems) -> Option<Spanned<Expression>> {
        let Some(text) = self.as_str() else {
            return problems.refuse(super::wrong_type(
                self,
                "an expression such as `\"{{ region == 'eu' }}\"`",
            ));
        };
        match Expression::parse(text) {
            Ok(expression) => Some(Spanned::new(&self.span, expression)),
            Err(error) => problems.refuse(super::template_problem(self, error)),
        }
    }
}
