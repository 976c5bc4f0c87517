//! The values that a subject can have: an operator that holds for all of them asserts nothing, and is refused.

mod critical;
mod strings;

use std::fmt;

use super::evaluate::Evaluator;
use super::expected::Piece;
use super::received::{Interpretation, Received};
use super::{
    Expected, Matcher, Operation, Operator, ResolvedExpected, Search, TYPES, Type, pattern, status,
    text,
};
use crate::event::ErrorKind;
use crate::source::Span;
use crate::value::diff::{describe, show};
use crate::value::{Kind, Value};
use critical::critical;
use strings::{Set, Strings};

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
    /// Arrays: what a path gives that may find several values.
    Arrays,
    Numbers,
    /// Whole numbers between two bounds, read as the sort says.
    Integers(i64, i64, Interpretation),
    Booleans,
    /// One of these strings.
    Words(&'static [&'static str]),
    /// Strings, or a set of them.
    Strings(&'static Strings, Set),
}

/// A part of a matcher that no value decides: it holds for all of them, or for none.
#[derive(Debug)]
pub(in crate::check) struct Vacuous {
    /// Where it is written; a pattern's operators have no place of their own.
    pub(in crate::check) place: Option<Span>,
}

/// An item of a list that no value can be.
#[derive(Debug)]
pub(in crate::check) struct Unreachable {
    pub(in crate::check) place: Option<Span>,
    /// The item, as a message shows it.
    pub(in crate::check) item: String,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no value can be {}, so that part asserts nothing",
            self.item
        )
    }
}

/// Whether an operator holds for the values of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Always,
    Never,
    Open,
}

/// So long is the string that is tried last: a pattern may bound the length.
const LONGEST: usize = 200_000;

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
    /// The values that a path finds which may find several, or statuses, or names.
    pub(in crate::check) const ARRAY: Self = Self::maybe(Values::Arrays);
    pub(in crate::check) const NUMBER: Self = Self::maybe(Values::Numbers);
    pub(in crate::check) const VERSION: Self = Self::always(Values::Words(&["1.0", "1.1", "2"]));
    /// The versions of TLS that there are: that one of ours was used says that the connection is secure.
    pub(in crate::check) const TLS: Self =
        Self::maybe(Values::Words(&["1.0", "1.1", "1.2", "1.3"]));
    pub(in crate::check) const MESSAGE_TYPE: Self = Self::maybe(Values::Words(&["text", "binary"]));
    /// The name of a class of errors.
    pub(in crate::check) const ERROR: Self = Self::maybe(Values::Words(&ErrorKind::NAMES));
    /// The lines of a header or trailer.
    pub(in crate::check) const LINES: Self =
        Self::maybe(Values::Strings(&strings::LINE, Set::Lines));
    /// A string of one line that may say a number.
    pub(in crate::check) const LINE: Self = Self::maybe(Values::Strings(&strings::LINE, Set::None));
    /// A cookie's value, or an attribute that is a string.
    pub(in crate::check) const COOKIE: Self =
        Self::maybe(Values::Strings(&strings::COOKIE, Set::None));
    /// The texts of nodes.
    pub(in crate::check) const NODES: Self =
        Self::maybe(Values::Strings(&strings::READ, Set::Nodes));
    /// Any string that may say a number.
    pub(in crate::check) const STRING: Self =
        Self::maybe(Values::Strings(&strings::READ, Set::None));
    /// A body, which is a string even if it says a number.
    pub(in crate::check) const TEXT: Self =
        Self::always(Values::Strings(&strings::TEXT, Set::None));
    pub(in crate::check) const URL: Self = Self::always(Values::Strings(&strings::URL, Set::None));
    pub(in crate::check) const HASH: Self =
        Self::always(Values::Strings(&strings::HASH, Set::None));
    /// Hexadecimal digits in lower case.
    pub(in crate::check) const HEX: Self = Self::maybe(Values::Strings(&strings::HEX, Set::None));
    pub(in crate::check) const MOMENT: Self =
        Self::maybe(Values::Strings(&strings::MOMENT, Set::None));
    pub(in crate::check) const ADDRESS: Self =
        Self::maybe(Values::Strings(&strings::ADDRESS, Set::None));

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
        if !matches!(self.values, Values::Strings(..)) {
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

    /// The first item of a list of which no value can be it: it is never compared.
    pub(in crate::check) fn unreachable(self, matcher: &Matcher) -> Option<Unreachable> {
        matcher.operators.iter().find_map(|operator| {
            let inside = operator
                .operation
                .inner()
                .and_then(|inner| self.of(&operator.operation).unreachable(inner));
            let found = inside.or_else(|| {
                let item = self.unreachable_item(&operator.operation)?;
                Some(Unreachable { place: None, item })
            })?;
            Some(Unreachable {
                place: found.place.or_else(|| operator.span.clone()),
                ..found
            })
        })
    }

    fn unreachable_item(self, operation: &Operation) -> Option<String> {
        let (Operation::OneOf(Expected::Ready(target))
        | Operation::NotContains(Expected::Ready(target))) = operation
        else {
            return None;
        };
        let reachable = |piece: Piece<'_>| match operation {
            Operation::NotContains(_) => self.can_have_in_it(piece),
            _ => self.can_be_piece(piece),
        };
        let found = target
            .pieces()
            .into_iter()
            .find(|piece| !reachable(*piece))?;
        Some(match found {
            Piece::Value(value) => show(value),
            Piece::ResolvedExpected(target) => describe(target),
        })
    }

    /// The domain of what the matcher inside an operator is about.
    fn of(self, operation: &Operation) -> Self {
        match operation {
            Operation::Len(_) | Operation::Count(_) => Self::COUNT,
            Operation::All(_) | Operation::Any(_) => Self::always(match self.values {
                Values::Arrays => Values::Anything,
                Values::Strings(strings, _) => Values::Strings(strings, Set::None),
                values => values,
            }),
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
            () if !self.is_exact()
                || !matcher
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
            Operation::Equals(Expected::Ready(ResolvedExpected::Pattern(inner)))
                if !self.is_set() =>
            {
                self.conjunction(inner)
            }
            _ if self.is_impossible(operation) => Truth::Never,
            Operation::NotEquals(Expected::Ready(target)) if !self.can_be(target) => Truth::Always,
            Operation::NotContains(Expected::Ready(target))
                if target
                    .pieces()
                    .into_iter()
                    .all(|piece| !self.can_have_in_it(piece)) =>
            {
                Truth::Always
            }
            _ => self.sampled(operation),
        }
    }

    /// Whether no value is so.
    fn is_impossible(self, operation: &Operation) -> bool {
        let has = |affix: &Expected| {
            let found = affix.as_value().and_then(text::of);
            found.is_none_or(|part| self.can_have(&part))
        };
        match operation {
            Operation::Equals(Expected::Ready(target)) => !self.can_be(target),
            Operation::Json(Expected::Ready(target)) if matches!(self.values, Values::Arrays) => {
                !self.can_be(target)
            }
            Operation::OneOf(Expected::Ready(target)) => {
                let pieces = target.pieces();
                !pieces.is_empty() && pieces.into_iter().all(|piece| !self.can_be_piece(piece))
            }
            Operation::Contains(Expected::Ready(target)) => target
                .pieces()
                .into_iter()
                .any(|piece| !self.can_have_in_it(piece)),
            Operation::StartsWith(affix) | Operation::EndsWith(affix) => !has(affix),
            Operation::Matches(Search::Fixed(regex)) => {
                literal(regex.text()).is_some_and(|text| !self.can_have(text))
            }
            Operation::Format(format) => match self.values {
                Values::Strings(strings, Set::None) => strings.shaped && !strings.may_fit(*format),
                Values::Arrays => true,
                _ => false,
            },
            Operation::Empty(true) => {
                matches!(self.values, Values::Strings(strings, Set::None) if strings.lengths.0 > 0)
            }
            _ => false,
        }
    }

    fn is_set(self) -> bool {
        matches!(
            self.values,
            Values::Strings(_, Set::Lines | Set::Nodes) | Values::Arrays
        )
    }

    /// Whether a value can be what is wanted; `true` if it is not known.
    fn can_be(self, target: &ResolvedExpected) -> bool {
        match target {
            ResolvedExpected::Value(value) => self.can_be_value(value),
            ResolvedExpected::Pattern(_) => true,
            ResolvedExpected::Array(_) => self.is_set() || matches!(self.values, Values::Anything),
            ResolvedExpected::Object(_) => matches!(self.values, Values::Anything),
        }
    }

    fn can_be_piece(self, piece: Piece<'_>) -> bool {
        match piece {
            Piece::Value(value) => self.can_be_value(value),
            Piece::ResolvedExpected(target) => self.can_be(target),
        }
    }

    fn can_be_value(self, value: &Value) -> bool {
        match self.values {
            Values::Anything => true,
            Values::Arrays => value.as_array().is_some(),
            Values::Numbers | Values::Integers(.., Interpretation::Typed) => {
                value.as_number().is_some()
            }
            Values::Integers(.., Interpretation::Status) => status::is_one(value),
            Values::Integers(..) => text::of(value).is_some(),
            Values::Booleans => value.as_bool().is_some(),
            Values::Words(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Values::Strings(strings, set) => strings.can_be(value, set),
        }
    }

    /// Whether strings can have something in them; `true` of anything else.
    fn can_have_in_it(self, piece: Piece<'_>) -> bool {
        let text = piece.as_value().and_then(text::of);
        text.is_none_or(|part| self.can_have(&part))
    }

    fn can_have(self, part: &str) -> bool {
        match self.values {
            Values::Strings(strings, _) => strings.can_have(part),
            _ => true,
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

    fn length(self) -> Self {
        match self.values {
            Values::Strings(strings, Set::None) => {
                Self::integers(strings.lengths.0, strings.lengths.1)
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
            Values::Numbers => has(Type::Kind(Kind::Number)),
            Values::Arrays => has(Type::Kind(Kind::Array)),
            Values::Integers(..) | Values::Words(_) | Values::Strings(..) => {
                has(Type::Kind(Kind::String))
            }
        };
        let may_have = match self.values {
            Values::Strings(strings, Set::None) => {
                covered
                    || (strings.numeric && (has(Type::Kind(Kind::Number)) || has(Type::Integer)))
            }
            Values::Numbers => covered || has(Type::Integer),
            Values::Arrays => covered,
            _ => true,
        };
        match (covered && self.always, may_have) {
            (true, _) => Truth::Always,
            (_, false) => Truth::Never,
            _ => Truth::Open,
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
            _ => return None,
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
        let strings = match self.values {
            Values::Strings(strings, _) => strings,
            Values::Anything if matches!(operation, Operation::Matches(_)) => &strings::TEXT,
            _ => return Truth::Open,
        };
        let holds = |text: &str| {
            judged(
                std::slice::from_ref(operation),
                Received::typed(&Value::from(text)),
            )
        };
        let all = positive
            && strings.samples.iter().all(|text| holds(text))
            && (strings.shaped || holds(&"x".repeat(LONGEST)));
        if all { Truth::Always } else { Truth::Open }
    }
}

/// The text that a regex without operators looks for.
fn literal(regex: &str) -> Option<&str> {
    let text = regex.strip_prefix('^').unwrap_or(regex);
    let text = text.strip_suffix('$').unwrap_or(text);
    (!text.contains([
        '\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$',
    ]))
    .then_some(text)
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
