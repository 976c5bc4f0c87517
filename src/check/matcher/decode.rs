//! From a collection's text, or a pattern's arguments, to matchers.

mod operators;
mod schema;

use std::path::Path;
use std::sync::Arc;

pub(in crate::check) use operators::operators;
use operators::{OPERATORS, operators_named, synonym};

use super::expected::from_template;
use super::{
    Direction, Domain, Expected, Format, Matcher, Operation, Operator, Received, Relation,
    ResolvedExpected, Search, TYPES, Written, format,
};

use crate::source::{Diagnostic, Span};
use crate::syntax::{Data, Node, Problems, Table, names_hint, unknown_key, wrong_type};
use crate::template::Document;
use crate::value::Value;

/// Reads a file that an expectation names.
pub(in crate::check) type Files<'a> = dyn Fn(&Path) -> Result<Vec<u8>, String> + 'a;

/// Makes matchers; every problem is kept.
pub(in crate::check) struct Decoder<'a> {
    pub(in crate::check) problems: &'a mut Problems,
    files: Option<&'a Files<'a>>,
    /// Where a pattern stands whose arguments are read.
    place: Option<&'a Span>,
}

impl<'a> Decoder<'a> {
    /// For the expectations of a collection.
    pub(in crate::check) fn new(problems: &'a mut Problems, files: &'a Files<'a>) -> Self {
        Self {
            problems,
            files: Some(files),
            place: None,
        }
    }

    /// For the arguments of a pattern.
    pub(super) fn for_pattern(problems: &'a mut Problems, place: Option<&'a Span>) -> Self {
        Self {
            problems,
            files: None,
            place,
        }
    }

    /// Keeps a problem at what was written, and gives nothing.
    pub(in crate::check) fn refuse<T>(
        &mut self,
        written: Written<'_>,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Option<T> {
        let problem = match (written, self.place) {
            (Written::Node(node), _) => Diagnostic::error(&node.span, message),
            (_, Some(place)) => Diagnostic::error(place, message),
            _ => Diagnostic::nowhere(message),
        };
        self.problems.refuse(problem.maybe_hint(hint))
    }

    fn wrong<T>(&mut self, written: Written<'_>, wanted: &str) -> Option<T> {
        if let Written::Node(node) = written {
            return self.problems.refuse(wrong_type(node, wanted));
        }
        self.refuse(
            written,
            format!("expected {wanted}, found {}", written.described()),
            None,
        )
    }

    /// A literal, a pattern, or a table of operators.
    pub(in crate::check) fn matcher(&mut self, written: Written<'_>) -> Option<Matcher> {
        match written {
            Written::Node(Node {
                data: Data::Table(table),
                ..
            }) => self.table(table, written),
            Written::Value(Value::Object(members)) => {
                if members.is_empty() {
                    return self.no_operator(written);
                }
                let operators: Vec<_> = members
                    .iter()
                    .map(|(name, value)| self.operation(name, Written::Value(value)))
                    .collect();
                let operators = operators.into_iter().map(|operation| {
                    Some(Operator {
                        operation: operation?,
                        span: None,
                    })
                });
                Some(Matcher {
                    operators: operators.collect::<Option<_>>()?,
                    optional: false,
                })
            }
            _ => self.wanted(written).map(Matcher::literal),
        }
    }

    /// A table of operators; `message` is the caller's.
    fn table(&mut self, table: &Table, written: Written<'_>) -> Option<Matcher> {
        let operators: Vec<_> = table
            .iter()
            .filter(|(name, _)| *name != "message")
            .collect();
        if operators.is_empty() {
            return self.no_operator(written);
        }
        let read = operators.into_iter().map(|(name, entry)| {
            if !OPERATORS.iter().any(|(key, _)| key.name == name) {
                let names = operators_named();
                let meant = synonym(name).map(|known| format!("did you mean `{known}`?"));
                return self
                    .problems
                    .refuse(unknown_key(&entry.key, name, "a matcher", names).maybe_hint(meant));
            }
            let operation = self.operation(name, Written::Node(&entry.value))?;
            Some(Operator {
                operation,
                span: Some(entry.value.span.clone()),
            })
        });
        let read: Vec<_> = read.collect();
        Some(Matcher {
            operators: read.into_iter().collect::<Option<_>>()?,
            optional: false,
        })
    }

    fn no_operator<T>(&mut self, written: Written<'_>) -> Option<T> {
        let hint = "such as `equals = 1`, or `exists = true`".to_owned();
        self.refuse(written, "empty matcher: add an operator", Some(hint))
    }

    /// One operator by its name.
    pub(super) fn operation(&mut self, name: &str, written: Written<'_>) -> Option<Operation> {
        if let Some((_, read)) = OPERATORS.iter().find(|(key, _)| key.name == name) {
            return read(self, written);
        }
        let hint = names_hint(name, operators_named());
        self.refuse(
            written,
            format!("there is no operator `{name}`"),
            Some(hint),
        )
    }

    /// An operand: a document with templates and patterns in it.
    pub(in crate::check) fn wanted(&mut self, written: Written<'_>) -> Option<Expected> {
        match written {
            Written::Node(node) => self.wanted_node(node),
            Written::Value(value) => Some(Expected::value(value.clone())),
            Written::Pattern(pattern) => Some(Expected::Ready(ResolvedExpected::Pattern(
                Arc::new(self.pattern(pattern)?),
            ))),
            Written::List(items) => {
                let items: Vec<_> = items
                    .iter()
                    .map(|item| self.wanted(Written::of(item)))
                    .collect();
                Some(Expected::array(items.into_iter().collect::<Option<_>>()?))
            }
        }
    }

    fn wanted_node(&mut self, node: &Node) -> Option<Expected> {
        match &node.data {
            Data::String(text) if node.is_bare() => self.refuse(
                Written::Node(node),
                format!("JSON has no number `{text}`"),
                None,
            ),
            Data::String(_) => {
                let template = node.template(self.problems)?;
                if let Some(text) = template.literal() {
                    return Some(Expected::value(text));
                }
                match from_template(template, &node.span) {
                    Ok(wanted) => Some(wanted),
                    Err((message, hint)) => self.refuse(Written::Node(node), message, hint),
                }
            }
            Data::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.wanted_node(item)).collect();
                Some(Expected::array(items.into_iter().collect::<Option<_>>()?))
            }
            Data::Table(table) => {
                let members: Vec<_> = table
                    .iter()
                    .map(|(name, entry)| Some((name.to_owned(), self.wanted_node(&entry.value)?)))
                    .collect();
                Some(Expected::object(
                    members.into_iter().collect::<Option<_>>()?,
                ))
            }
            _ => Some(Expected::value(node.to_value())),
        }
    }

    /// An operand from a document that was read elsewhere, written at a node.
    pub(in crate::check) fn document(
        &mut self,
        document: Document,
        node: &Node,
    ) -> Option<Expected> {
        match document {
            Document::Literal(value) => Some(Expected::Ready(ResolvedExpected::Value(value))),
            Document::Template(template) => match from_template(template, &node.span) {
                Ok(wanted) => Some(wanted),
                Err((message, hint)) => self.refuse(Written::Node(node), message, hint),
            },
            Document::Array(items) => {
                let items: Vec<_> = items
                    .into_iter()
                    .map(|item| self.document(item, node))
                    .collect();
                Some(Expected::array(items.into_iter().collect::<Option<_>>()?))
            }
            Document::Object(members) => {
                let members: Vec<_> = members
                    .into_iter()
                    .map(|(name, member)| Some((name, self.document(member, node)?)))
                    .collect();
                Some(Expected::object(
                    members.into_iter().collect::<Option<_>>()?,
                ))
            }
        }
    }

    /// An operand that has an order.
    fn ordered(&mut self, written: Written<'_>) -> Option<Expected> {
        let wanted = self.wanted(written)?;
        match wanted.as_value().map(super::order::check) {
            Some(Err(reason)) => self.refuse(written, reason, None),
            _ if matches!(
                wanted,
                Expected::Ready(ResolvedExpected::Value(_)) | Expected::Template(_)
            ) =>
            {
                Some(wanted)
            }
            _ => self.wrong(written, "a number, a duration or a date"),
        }
    }

    fn order(&mut self, written: Written<'_>, relation: Relation) -> Option<Operation> {
        self.ordered(written)
            .map(|wanted| Operation::Order(relation, wanted))
    }

    fn pair(&mut self, written: Written<'_>, shape: &str) -> Option<(Expected, Expected)> {
        match written.items().as_deref() {
            Some([one, two]) => {
                let (one, two) = (self.ordered(*one), self.ordered(*two));
                Some((one?, two?))
            }
            _ => self.wrong(written, &format!("`{shape}`")),
        }
    }

    fn between(&mut self, written: Written<'_>) -> Option<Operation> {
        let (low, high) = self.pair(written, "[low, high]")?;
        if let (Some(least), Expected::Ready(most)) = (low.as_value(), &high)
            && super::order::stands(Received::typed(least), Relation::Greater, most) == Ok(true)
        {
            let hint = "the lower bound comes first: `[low, high]`".to_owned();
            return self.refuse(written, "no value lies between these", Some(hint));
        }
        Some(Operation::Between(low, high))
    }

    fn close_to(&mut self, written: Written<'_>) -> Option<Operation> {
        let (value, tolerance) = self.pair(written, "[value, tolerance]")?;
        let number = tolerance.as_value().and_then(Value::as_number);
        if number.is_some_and(|number| number.as_f64() < 0.0) {
            return self.refuse(written, "a tolerance cannot be negative", None);
        }
        Some(Operation::CloseTo(value, tolerance))
    }

    fn affix(&mut self, written: Written<'_>) -> Option<Expected> {
        if written.as_str().is_none() {
            return self.wrong(written, "a string");
        }
        let wanted = self.wanted(written)?;
        self.full(written, wanted)
    }

    /// One part or a list of them, which is not empty.
    fn parts(&mut self, written: Written<'_>) -> Option<Expected> {
        let wanted = self.wanted(written)?;
        let empty = match &wanted {
            Expected::Ready(target) => target.pieces().is_empty(),
            Expected::Array(items) => items.is_empty(),
            _ => false,
        };
        if empty {
            self.says_nothing(written, "an empty list of parts")
        } else {
            self.full(written, wanted)
        }
    }

    /// A text that is in every text would be no question.
    fn full(&mut self, written: Written<'_>, wanted: Expected) -> Option<Expected> {
        let empty = wanted
            .as_value()
            .and_then(Value::as_str)
            .is_some_and(str::is_empty);
        if empty {
            self.says_nothing(written, "an empty text")
        } else {
            Some(wanted)
        }
    }

    fn says_nothing<T>(&mut self, written: Written<'_>, what: &str) -> Option<T> {
        let hint =
            "if it should be empty or missing, write `empty = true` or `exists = false`".to_owned();
        self.refuse(written, format!("{what} says nothing"), Some(hint))
    }

    /// Refuses what holds for every value.
    pub(in crate::check) fn refuse_vacuous<T>(
        &mut self,
        written: Written<'_>,
        place: Option<Span>,
    ) -> Option<T> {
        let message = "this holds for every value, so it asserts nothing";
        let hint = "remove it, or write an expectation that can fail";
        match place {
            Some(place) => self
                .problems
                .refuse(Diagnostic::error(&place, message).hint(hint)),
            None => self.refuse(written, message, Some(hint.to_owned())),
        }
    }

    fn list(&mut self, written: Written<'_>) -> Option<Expected> {
        let wanted = self.wanted(written)?;
        if wanted
            .as_value()
            .and_then(Value::as_array)
            .is_some_and(<[Value]>::is_empty)
        {
            return self.refuse(
                written,
                "an empty list asserts nothing: no value is in it",
                None,
            );
        }
        let fits = match &wanted {
            Expected::Ready(target) => {
                matches!(target, ResolvedExpected::Array(_))
                    || target.as_value().is_some_and(is_array)
            }
            Expected::Array(_) | Expected::Template(_) => true,
            Expected::Object(_) => false,
        };
        if fits {
            Some(wanted)
        } else {
            self.wrong(written, "a list of values")
        }
    }

    fn search(&mut self, written: Written<'_>) -> Option<Search> {
        let Some(text) = written.as_str() else {
            return self.wrong(written, "a regex");
        };
        if text.is_empty() {
            return self.says_nothing(written, "an empty regex");
        }
        if let Written::Node(node) = written {
            let template = node.template(self.problems)?;
            if template.literal().is_none() {
                return Some(Search::template(template));
            }
        }
        match Search::compile(text) {
            Ok(search)
                if Domain::SOMETHING
                    .vacuous(&Matcher::of(Operation::Matches(search.clone())))
                    .is_some() =>
            {
                self.refuse_vacuous(written, None)
            }
            Ok(search) => Some(search),
            Err(message) => self.refuse(written, message, None),
        }
    }

    fn types(&mut self, written: Written<'_>) -> Option<Operation> {
        let names = written.items().unwrap_or_else(|| vec![written]);
        let types: Vec<_> = names.into_iter().map(|name| self.one_type(name)).collect();
        let types: Vec<_> = types.into_iter().collect::<Option<_>>()?;
        if types.is_empty() {
            self.wrong(written, "the name of a type")
        } else {
            Some(Operation::Type(types))
        }
    }

    fn one_type(&mut self, written: Written<'_>) -> Option<super::Type> {
        let Some(name) = written.as_str() else {
            return self.wrong(written, "the name of a type");
        };
        let found = TYPES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, wanted)| *wanted);
        found.or_else(|| {
            let hint = names_hint(name, TYPES.iter().map(|(known, _)| *known));
            self.refuse(written, format!("there is no type `{name}`"), Some(hint))
        })
    }

    fn format(&mut self, written: Written<'_>) -> Option<Operation> {
        let Some(name) = written.as_str() else {
            return self.wrong(written, "the name of a format");
        };
        Format::named(name).map(Operation::Format).or_else(|| {
            let hint = names_hint(name, format::FORMATS.iter().map(|format| format.name));
            self.refuse(written, format!("there is no format `{name}`"), Some(hint))
        })
    }

    fn boolean(&mut self, written: Written<'_>) -> Option<bool> {
        written
            .as_bool()
            .or_else(|| self.wrong(written, "`true` or `false`"))
    }

    fn unique(&mut self, written: Written<'_>) -> Option<Operation> {
        if self.boolean(written)? {
            return Some(Operation::Unique);
        }
        self.refuse(
            written,
            "`unique` can only be `true`",
            Some("write `not = { unique = true }`".to_owned()),
        )
    }

    fn sorted(&mut self, written: Written<'_>) -> Option<Operation> {
        match written.as_str() {
            Some("asc") => Some(Operation::Sorted(Direction::Ascending)),
            Some("desc") => Some(Operation::Sorted(Direction::Descending)),
            _ => self.refuse(written, "`sorted` is `\"asc\"` or `\"desc\"`", None),
        }
    }

    /// A number from 0, or a matcher of one.
    fn counted(&mut self, written: Written<'_>) -> Option<Box<Matcher>> {
        let matcher = self.matcher(written)?;
        match matcher.operators.as_slice() {
            [
                Operator {
                    operation: Operation::Equals(wanted),
                    ..
                },
            ] if wanted.as_value().is_some_and(|value| !is_count(value)) => {
                self.wrong(written, "a whole number from 0, or a matcher")
            }
            _ if let Some(vacuous) = Domain::COUNT.vacuous(&matcher) => {
                self.refuse_vacuous(written, vacuous.place)
            }
            _ => Some(Box::new(matcher)),
        }
    }

    fn inner(&mut self, written: Written<'_>) -> Option<Box<Matcher>> {
        self.matcher(written).map(Box::new)
    }

    /// The bytes of a file that is named beside the collection.
    pub(in crate::check) fn file(&mut self, node: &Node) -> Option<Vec<u8>> {
        let path = node.string(self.problems)?;
        let files = self.files?;
        match files(&node.span.file.folder().join(path)) {
            Ok(bytes) => Some(bytes),
            Err(message) => self.refuse(Written::Node(node), message, None),
        }
    }
}

fn is_array(value: &Value) -> bool {
    value.as_array().is_some()
}

fn is_count(value: &Value) -> bool {
    value
        .as_number()
        .and_then(crate::value::Number::as_i64)
        .is_some_and(|count| count >= 0)
}
