//! The values that a subject can have: an operator that holds for all of them asserts nothing, and is refused.

use super::evaluate::{Evaluator, Interpretation, Received};
use super::{Expected, Matcher, Operation, Operator, ResolvedExpected, TYPES, Type, pattern};
use crate::source::Span;
use crate::syntax::parse_duration;
use crate::value::{Kind, Value};

/// The values that a subject can have.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Domain {
    values: Values,
    /// Whether the subject is always there.
    always: bool,
}

#[derive(Debug, Clone, Copy)]
enum Values {
    Anything,
    /// Whole numbers between two bounds, read as the sort says.
    Integers(i64, i64, Interpretation),
    Booleans,
    /// One of these strings.
    Words(&'static [&'static str]),
    /// Strings of any length, of which these differ as much as they can.
    Texts(&'static [&'static str]),
    /// Strings of one shape, of which these differ as much as they can.
    Shaped(&'static [&'static str]),
}

/// A part of a matcher that no value decides: it holds for all of them, or for none.
#[derive(Debug)]
pub(in crate::check) struct Vacuous {
    /// Where it is written; a pattern's operators have no place of their own.
    pub(in crate::check) place: Option<Span>,
}

/// Whether an operator holds for the values of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Always,
    Never,
    Open,
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "\n",
    "\n\n",
    "a",
    "Z",
    "0",
    "-1.5",
    "ab c",
    "é",
    "\u{0}",
    "{\"a\": [1]}",
    "<a>b</a>",
    "a\nb\r\nc\n",
];
const LINES: &[&str] = &[
    "",
    "a",
    "Z",
    "0",
    "-1.5",
    "ab, c; d=\"e\"",
    "é",
    "/",
    "<",
    "\t",
];
const URLS: &[&str] = &[
    "http://a/",
    "https://b.example:8443/c/d?e=f&g=h#i",
    "http://127.0.0.1:80/x%20y/",
    "https://[::1]/",
];
const HASHES: &[&str] = &[
    "0000000000000000000000000000000000000000000000000000000000000000",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "12a41f0b7c52e3d96812a41f0b7c52e3d968a0b1c2d3e4f5968778695a4b3c2d",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// So long is the string that is tried last: a pattern may bound the length.
const LONGEST: usize = 200_000;

/// Of so many numbers the sums and differences are tried as well: the bounds of `close_to`.
const MOST_PAIRED: usize = 12;

impl Domain {
    /// Any value of JSON.
    pub(in crate::check) const ANYTHING: Self = Self::maybe(Values::Anything);
    /// Any value of JSON, which is there.
    pub(in crate::check) const SOMETHING: Self = Self::always(Values::Anything);
    /// A number of things, of bytes or milliseconds.
    pub(in crate::check) const COUNT: Self = Self::integers(0, i64::MAX);
    pub(in crate::check) const STATUS: Self =
        Self::always(Values::Integers(100, 599, Interpretation::Status));
    /// A number of microseconds.
    pub(in crate::check) const DURATION: Self =
        Self::always(Values::Integers(0, i64::MAX, Interpretation::Time));
    /// The code with which a WebSocket is closed, as a string.
    pub(in crate::check) const CLOSE_CODE: Self =
        Self::maybe(Values::Integers(1000, 4999, Interpretation::Text));
    pub(in crate::check) const BOOLEAN: Self = Self::maybe(Values::Booleans);
    pub(in crate::check) const VERSION: Self = Self::always(Values::Words(&["1.0", "1.1", "2"]));
    pub(in crate::check) const MESSAGE_TYPE: Self = Self::maybe(Values::Words(&["text", "binary"]));
    /// A string of one line, such as a header.
    pub(in crate::check) const LINE: Self = Self::maybe(Values::Texts(LINES));
    /// A body.
    pub(in crate::check) const TEXT: Self = Self::always(Values::Texts(TEXTS));
    pub(in crate::check) const URL: Self = Self::always(Values::Shaped(URLS));
    pub(in crate::check) const HASH: Self = Self::always(Values::Shaped(HASHES));

    const fn integers(low: i64, high: i64) -> Self {
        Self::always(Values::Integers(low, high, Interpretation::Typed))
    }

    const fn always(values: Values) -> Self {
        Self {
            values,
            always: true,
        }
    }

    const fn maybe(values: Values) -> Self {
        Self {
            values,
            always: false,
        }
    }

    /// The same values, of something that may be missing.
    pub(in crate::check) fn or_missing(self) -> Self {
        Self {
            always: false,
            ..self
        }
    }

    /// The same values, of something that is there: an item of a list, or what a pattern allows to be missing anyhow.
    fn there(self) -> Self {
        Self {
            always: true,
            ..self
        }
    }

    /// The first part of a matcher that holds for every value.
    pub(in crate::check) fn vacuous(self, matcher: &Matcher) -> Option<Vacuous> {
        if matcher.optional {
            return (self.there().conjunction(matcher) == Truth::Always)
                .then_some(Vacuous { place: None });
        }
        let written = matcher
            .operators
            .iter()
            .filter(|operator| operator.span.is_some());
        let part = written.into_iter().find_map(|operator| {
            let place = operator.span.clone();
            let inside = operator
                .operation
                .inner()
                .and_then(|inner| self.of(&operator.operation).vacuous(inner));
            let found = inside.or_else(|| {
                (self.truth(&operator.operation) == Truth::Always)
                    .then_some(Vacuous { place: None })
            })?;
            Some(Vacuous {
                place: found.place.or(place),
            })
        });
        part.or_else(|| {
            (self.conjunction(matcher) == Truth::Always).then_some(Vacuous { place: None })
        })
    }

    /// Where a type is asked for that no string has, of values that are strings. A pattern of an array may say more of a set.
    pub(in crate::check) fn impossible_type(self, matcher: &Matcher) -> Option<Vacuous> {
        if !matches!(self.values, Values::Texts(_)) {
            return None;
        }
        let bare = matcher
            .operators
            .iter()
            .all(|operator| no_string_has(&operator.operation));
        let counts = |operator: &&Operator| {
            bare || operator.span.is_some() || !no_string_has(&operator.operation)
        };
        matcher
            .operators
            .iter()
            .filter(counts)
            .find_map(|operator| {
                let inside = self.impossible_in(&operator.operation)?;
                Some(Vacuous {
                    place: inside.place.or_else(|| operator.span.clone()),
                })
            })
    }

    fn impossible_in(self, operation: &Operation) -> Option<Vacuous> {
        match operation {
            Operation::Type(_) if no_string_has(operation) => Some(Vacuous { place: None }),
            Operation::All(inner) | Operation::Any(inner) | Operation::Not(inner) => {
                self.impossible_type(inner)
            }
            Operation::Equals(wanted) | Operation::NotEquals(wanted) | Operation::OneOf(wanted) => {
                let Expected::Ready(target) = wanted else {
                    return None;
                };
                is_bare_type(target).then_some(Vacuous { place: None })
            }
            _ => None,
        }
    }

    /// Whether a matcher with expressions, which are known now, holds for every value; said of values that can be gone through
    /// and are no measures: statuses, versions, booleans.
    pub(in crate::check) fn is_vacuous_in(
        self,
        matcher: &Matcher,
        evaluator: Evaluator<'_>,
    ) -> bool {
        let values: Vec<Value> = match self.values {
            Values::Integers(low, high, Interpretation::Status) => {
                (low..=high).map(Value::from).collect()
            }
            Values::Booleans => vec![true.into(), false.into()],
            Values::Words(words) => words.iter().copied().map(Value::from).collect(),
            _ => return false,
        };
        let mut templates = Vec::new();
        matcher.templates(&mut templates);
        let sort = match self.values {
            Values::Integers(_, _, sort) => sort,
            Values::Booleans => Interpretation::Text,
            _ => Interpretation::Typed,
        };
        let holds = |value: &Value| {
            let received = Received { value, sort };
            evaluator.quietly().check(matcher, Some(received)).is_ok()
        };
        !templates.is_empty() && values.iter().all(holds)
    }

    /// The domain of what the matcher inside an operator is about.
    fn of(self, operation: &Operation) -> Self {
        match operation {
            Operation::Len(_) | Operation::Count(_) => Self::COUNT,
            Operation::All(_) | Operation::Any(_) => self.there(),
            _ => self,
        }
    }

    fn conjunction(self, matcher: &Matcher) -> Truth {
        let truths: Vec<_> = matcher
            .operators
            .iter()
            .map(|operator| self.truth(&operator.operation))
            .collect();
        let all = |wanted| truths.iter().all(|truth| *truth == wanted);
        match () {
            () if all(Truth::Always) => Truth::Always,
            () if truths.contains(&Truth::Never) => Truth::Never,
            () if !matcher
                .operators
                .iter()
                .all(|operator| self.is_known(&operator.operation)) =>
            {
                Truth::Open
            }
            () => self
                .exact(&[Operation::Not(Box::new(matcher.clone()))])
                .map_or(Truth::Open, Truth::negated),
        }
    }

    fn truth(self, operation: &Operation) -> Truth {
        if !self.is_known(operation) {
            return Truth::Open;
        }
        match operation {
            Operation::Exists(true) => Truth::Always,
            Operation::Exists(false) => Truth::Never,
            Operation::Type(types) => self.type_truth(types),
            _ if self.is_exact() => self
                .exact(std::slice::from_ref(operation))
                .unwrap_or(Truth::Open),
            Operation::Not(inner) => self.conjunction(inner).negated(),
            Operation::Len(inner) => self.length().conjunction(inner),
            Operation::Count(inner) | Operation::All(inner) | Operation::Any(inner) => {
                self.of(operation).conjunction(inner)
            }
            _ => self.sampled(operation),
        }
    }

    /// Whether it can be said of an operator: it has no placeholders, and does not ask whether something is there that may
    /// be missing.
    fn is_known(self, operation: &Operation) -> bool {
        let mut templates = Vec::new();
        operation
            .operands()
            .into_iter()
            .for_each(|operand| operand.templates(&mut templates));
        let known = match operation {
            Operation::Exists(_) => self.always,
            Operation::Matches(search) => search.is_fixed(),
            _ => templates.is_empty(),
        };
        let inside = self.of(operation);
        known
            && operation.inner().is_none_or(|inner| {
                inner
                    .operators
                    .iter()
                    .all(|part| inside.is_known(&part.operation))
            })
    }

    /// The lengths of the values: those of hashes are all the same.
    fn length(self) -> Self {
        match self.values {
            Values::Shaped([first, rest @ ..])
                if rest.iter().all(|other| other.len() == first.len()) =>
            {
                let length = i64::try_from(first.len()).unwrap_or(i64::MAX);
                Self::integers(length, length)
            }
            _ => Self::COUNT,
        }
    }

    fn type_truth(self, types: &[Type]) -> Truth {
        let has = |wanted| types.contains(&wanted);
        let covered = match self.values {
            Values::Anything => TYPES
                .iter()
                .all(|(_, wanted)| *wanted == Type::Integer || has(*wanted)),
            Values::Integers(.., Interpretation::Typed | Interpretation::Status) => {
                has(Type::Integer) || has(Type::Kind(Kind::Number))
            }
            Values::Booleans => has(Type::Kind(Kind::Boolean)),
            Values::Integers(..) | Values::Words(_) | Values::Texts(_) | Values::Shaped(_) => {
                has(Type::Kind(Kind::String))
            }
        };
        if covered && self.always {
            Truth::Always
        } else {
            Truth::Open
        }
    }

    /// Whether the values can be gone through, so that it is known of all whether an operator holds.
    fn is_exact(self) -> bool {
        matches!(
            self.values,
            Values::Integers(..) | Values::Booleans | Values::Words(_)
        )
    }

    /// Judges all values among which the verdict can change: those next to the operands.
    fn exact(self, operations: &[Operation]) -> Option<Truth> {
        let (values, sort): (Vec<Value>, _) = match self.values {
            Values::Integers(low, high, sort) => (critical(operations, low, high, sort), sort),
            Values::Booleans => (vec![true.into(), false.into()], Interpretation::Text),
            Values::Words(words) => (
                words.iter().copied().map(Value::from).collect(),
                Interpretation::Typed,
            ),
            Values::Anything | Values::Texts(_) | Values::Shaped(_) => return None,
        };
        let holds = |value: &Value| judged(operations, Received { value, sort });
        Some(match values.iter().filter(|value| holds(value)).count() {
            0 => Truth::Never,
            some if some == values.len() => Truth::Always,
            _ => Truth::Open,
        })
    }

    /// Judges strings that differ as much as they can; what holds for all of them holds for all others too, unless it asks
    /// for what is not in a string.
    fn sampled(self, operation: &Operation) -> Truth {
        let positive = matches!(
            operation,
            Operation::Matches(_)
                | Operation::StartsWith(_)
                | Operation::EndsWith(_)
                | Operation::Contains(_)
                | Operation::Format(_)
                | Operation::Empty(false)
        );
        let (samples, bounded) = match self.values {
            Values::Texts(samples) => (samples, false),
            Values::Shaped(samples) => (samples, true),
            Values::Anything if matches!(operation, Operation::Matches(_)) => (TEXTS, false),
            _ => return Truth::Open,
        };
        let holds = |text: &str| {
            judged(
                std::slice::from_ref(operation),
                Received::typed(&Value::from(text)),
            )
        };
        let all = positive
            && samples.iter().all(|text| holds(text))
            && (bounded || holds(&"x".repeat(LONGEST)));
        if all { Truth::Always } else { Truth::Open }
    }
}

/// Whether it asks for types that no string has; a string may be read as a number.
fn no_string_has(operation: &Operation) -> bool {
    let may_be = |wanted: &Type| {
        matches!(
            wanted,
            Type::Integer | Type::Kind(Kind::String | Kind::Number)
        )
    };
    matches!(operation, Operation::Type(types) if !types.iter().any(may_be))
}

/// Whether it is a pattern, or a list with one, that asks for such a type and nothing else.
fn is_bare_type(target: &ResolvedExpected) -> bool {
    match target {
        ResolvedExpected::Pattern(matcher) => matcher
            .operators
            .iter()
            .all(|operator| no_string_has(&operator.operation)),
        ResolvedExpected::Array(items) => items.iter().any(is_bare_type),
        ResolvedExpected::Value(_) | ResolvedExpected::Object(_) => false,
    }
}

impl Truth {
    fn negated(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Open => Self::Open,
        }
    }
}

fn judged(operations: &[Operation], received: Received<'_>) -> bool {
    let judge = |evaluator: Evaluator<'_>| {
        operations
            .iter()
            .all(|operation| evaluator.quietly().operation(operation, received).is_ok())
    };
    pattern::without_scope(judge)
}

/// The numbers of a range at which a verdict can change: its bounds, the operands, and what is next to them.
fn critical(operations: &[Operation], low: i64, high: i64, sort: Interpretation) -> Vec<Value> {
    let mut numbers = Vec::new();
    for operation in operations {
        collect_operation(operation, &mut numbers);
    }
    let mut found: Vec<i64> = vec![low, high, low.saturating_add(1), high.saturating_sub(1)];
    if sort == Interpretation::Status {
        // The bounds of the classes.
        found.extend([199, 200, 299, 300, 399, 400, 499, 500]);
    }
    let near = |number: i64| [number.saturating_sub(1), number, number.saturating_add(1)];
    found.extend(numbers.iter().copied().flat_map(near));
    if numbers.len() <= MOST_PAIRED {
        let pairs = numbers
            .iter()
            .flat_map(|one| numbers.iter().map(move |two| (*one, *two)));
        found.extend(
            pairs
                .flat_map(|(one, two)| [one.saturating_add(two), one.saturating_sub(two)])
                .flat_map(near),
        );
    }
    found.retain(|number| (low..=high).contains(number));
    found.sort_unstable();
    found.dedup();
    let value = |number: i64| {
        if sort == Interpretation::Text {
            Value::from(number.to_string())
        } else {
            Value::from(number)
        }
    };
    found.into_iter().map(value).collect()
}

fn collect_matcher(matcher: &Matcher, numbers: &mut Vec<i64>) {
    matcher
        .operators
        .iter()
        .for_each(|operator| collect_operation(&operator.operation, numbers));
}

fn collect_operation(operation: &Operation, numbers: &mut Vec<i64>) {
    operation
        .inner()
        .into_iter()
        .for_each(|inner| collect_matcher(inner, numbers));
    for wanted in operation.operands() {
        if let Expected::Ready(target) = wanted {
            collect_target(target, numbers);
        }
    }
}

fn collect_target(target: &ResolvedExpected, numbers: &mut Vec<i64>) {
    match target {
        ResolvedExpected::Value(value) => collect_value(value, numbers),
        ResolvedExpected::Pattern(matcher) => collect_matcher(matcher, numbers),
        ResolvedExpected::Array(items) => {
            for item in items {
                collect_target(item, numbers);
            }
        }
        ResolvedExpected::Object(_) => {}
    }
}

/// A number as integers next to it; a duration in microseconds.
fn collect_value(value: &Value, numbers: &mut Vec<i64>) {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(integer) => numbers.push(integer),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "bounded by the cast, and only a candidate"
            )]
            None => numbers.extend([
                number.as_f64().floor() as i64,
                number.as_f64().ceil() as i64,
            ]),
        },
        Value::String(text) => {
            numbers.extend(text.parse::<i64>().ok());
            numbers.extend(
                parse_duration(text).and_then(|duration| i64::try_from(duration.as_micros()).ok()),
            );
        }
        Value::Array(items) => items.iter().for_each(|item| collect_value(item, numbers)),
        _ => {}
    }
}
