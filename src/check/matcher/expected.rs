//! Operands: documents whose templates are filled when they are judged, and whose patterns are matchers.

use std::borrow::Cow;
use std::sync::Arc;

use super::evaluate::Evaluator;
use super::{Matcher, pattern};
use crate::source::Span;
use crate::template::{EvalError, Evaluated, Scope, Template};
use crate::value::diff::{Expect, Predicate, View, describe};
use crate::value::{Members, Value};

/// An operand as compiled.
#[derive(Debug, Clone)]
pub(in crate::check) enum Expected {
    /// Without templates.
    Ready(ResolvedExpected),
    /// A text with placeholders.
    Template(Template),
    /// A list of which some item is not ready.
    Array(Vec<Expected>),
    /// An object of which some member is not ready.
    Object(Members<Expected>),
}

/// An operand with its templates filled: values, and matchers among them.
#[derive(Debug, Clone)]
pub(in crate::check) enum ResolvedExpected {
    /// A value, whole.
    Value(Arc<Value>),
    /// What `any.…` stands for.
    Pattern(Arc<Matcher>),
    /// A list in which some item is or has a pattern.
    Array(Vec<ResolvedExpected>),
    /// An object in which some member is or has a pattern.
    Object(Members<ResolvedExpected>),
}

impl Expected {
    /// A value that is known.
    pub(in crate::check) fn value(value: impl Into<Value>) -> Self {
        Self::Ready(ResolvedExpected::Value(Arc::new(value.into())))
    }

    /// The value, where it is known now.
    pub(in crate::check) fn as_value(&self) -> Option<&Value> {
        if let Self::Ready(ResolvedExpected::Value(value)) = self {
            Some(value)
        } else {
            None
        }
    }

    /// A list, ready where all its items are.
    pub(in crate::check) fn array(items: Vec<Self>) -> Self {
        if !items.iter().all(|item| matches!(item, Self::Ready(_))) {
            return Self::Array(items);
        }
        let targets = items.into_iter().filter_map(|item| {
            if let Self::Ready(target) = item {
                Some(target)
            } else {
                None
            }
        });
        Self::Ready(ResolvedExpected::array(targets.collect()))
    }

    /// An object, ready where all its members are.
    pub(in crate::check) fn object(members: Members<Self>) -> Self {
        if !members
            .values()
            .all(|member| matches!(member, Self::Ready(_)))
        {
            return Self::Object(members);
        }
        let targets = members.into_iter().filter_map(|(name, member)| {
            if let Self::Ready(target) = member {
                Some((name, target))
            } else {
                None
            }
        });
        Self::Ready(ResolvedExpected::object(targets.collect()))
    }

    /// Fills the templates.
    ///
    /// # Errors
    /// For the first placeholder that has no value, and where a pattern's arguments are wrong.
    pub(in crate::check) fn resolve(
        &self,
        scope: &dyn Scope,
    ) -> Result<Cow<'_, ResolvedExpected>, EvalError> {
        if let Self::Ready(target) = self {
            return Ok(Cow::Borrowed(target));
        }
        self.fill(scope).map(Cow::Owned)
    }

    fn fill(&self, scope: &dyn Scope) -> Result<ResolvedExpected, EvalError> {
        match self {
            Self::Ready(target) => Ok(target.clone()),
            Self::Template(template) => evaluate(template, scope),
            Self::Array(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| item.fill(scope)).collect();
                Ok(ResolvedExpected::array(items?))
            }
            Self::Object(members) => {
                let members: Result<Members<_>, _> = members
                    .iter()
                    .map(|(name, member)| Ok((name.clone(), member.fill(scope)?)))
                    .collect();
                Ok(ResolvedExpected::object(members?))
            }
        }
    }

    /// What is wanted, in words; a template that has no value is shown as written.
    pub(in crate::check) fn describe(&self, evaluator: &Evaluator<'_>) -> String {
        match (self.resolve(evaluator.scope), self) {
            (Ok(target), _) => describe(&*target),
            (Err(_), Self::Template(template)) => format!("`{}`", template.text()),
            (Err(_), _) => "a document with an undefined value".to_owned(),
        }
    }

    /// Its templates.
    pub(in crate::check) fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        match self {
            Self::Ready(_) => {}
            Self::Template(template) => found.push(template),
            Self::Array(items) => items.iter().for_each(|item| item.templates(found)),
            Self::Object(members) => members.values().for_each(|member| member.templates(found)),
        }
    }
}

fn evaluate(template: &Template, scope: &dyn Scope) -> Result<ResolvedExpected, EvalError> {
    match template.evaluate(scope)? {
        Evaluated::Value(binding) => Ok(ResolvedExpected::Value(binding.value)),
        Evaluated::Pattern(written) => match pattern::compile(&written, None) {
            Ok(matcher) => Ok(ResolvedExpected::Pattern(Arc::new(matcher))),
            Err((message, hint)) => Err(EvalError {
                message,
                range: 0..template.text().len(),
                hint,
            }),
        },
    }
}

/// A template as an operand. One that takes nothing from the scope and gives a pattern is compiled now, so that its
/// mistakes are found before anything is sent.
///
/// # Errors
/// What is wrong with the pattern, and what to do about it.
pub(in crate::check) fn from_template(
    template: Template,
    place: &Span,
) -> Result<Expected, (String, Option<String>)> {
    if !template.names().is_empty() {
        return Ok(Expected::Template(template));
    }
    let [one, two] = pattern::probes().map(|scope| template.evaluate(&scope));
    let (one, two) = match (one, two) {
        (Ok(Evaluated::Pattern(one)), Ok(Evaluated::Pattern(two))) => (one, two),
        (Err(error), Err(_)) if is_pure(&template) => return Err((error.message, error.hint)),
        _ => return Ok(Expected::Template(template)),
    };
    let matcher = pattern::compile(&one, Some(place))?;
    let steady = one == two;
    Ok(if steady {
        Expected::Ready(ResolvedExpected::Pattern(Arc::new(matcher)))
    } else {
        Expected::Template(template)
    })
}

/// Whether a pattern's template asks the run for nothing that fails before it starts.
fn is_pure(template: &Template) -> bool {
    template.text().contains("any.")
        && template.env_names().is_empty()
        && template.files().is_empty()
}

impl ResolvedExpected {
    fn array(items: Vec<Self>) -> Self {
        if !items.iter().all(|item| matches!(item, Self::Value(_))) {
            return Self::Array(items);
        }
        Self::Value(Arc::new(Value::Array(
            items.into_iter().map(Self::into_value).collect(),
        )))
    }

    fn object(members: Members<Self>) -> Self {
        if !members
            .values()
            .all(|member| matches!(member, Self::Value(_)))
        {
            return Self::Object(members);
        }
        Self::Value(Arc::new(Value::Object(
            members
                .into_iter()
                .map(|(name, member)| (name, member.into_value()))
                .collect(),
        )))
    }

    /// The value of a target that is one.
    fn into_value(self) -> Value {
        if let Self::Value(value) = self {
            Arc::unwrap_or_clone(value)
        } else {
            Value::Null
        }
    }

    /// The value, where there is no pattern in it.
    pub(in crate::check) fn as_value(&self) -> Option<&Value> {
        if let Self::Value(value) = self {
            Some(value)
        } else {
            None
        }
    }

    /// The items of a list, or the target itself as the only one.
    pub(in crate::check) fn pieces(&self) -> Vec<Piece<'_>> {
        match self {
            Self::Array(items) => items.iter().map(Piece::ResolvedExpected).collect(),
            Self::Value(value) => match &**value {
                Value::Array(items) => items.iter().map(Piece::Value).collect(),
                single => vec![Piece::Value(single)],
            },
            single => vec![Piece::ResolvedExpected(single)],
        }
    }
}

/// An item of a list of targets.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) enum Piece<'a> {
    Value(&'a Value),
    ResolvedExpected(&'a ResolvedExpected),
}

impl<'a> Piece<'a> {
    /// The value, where there is no pattern in it.
    pub(in crate::check) fn as_value(self) -> Option<&'a Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::ResolvedExpected(target) => target.as_value(),
        }
    }
}

impl Expect for ResolvedExpected {
    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Value(value) => View::Value(value),
            Self::Pattern(matcher) => View::Pattern(&**matcher),
            Self::Array(items) => View::Items(items),
            Self::Object(members) => View::Members(members),
        }
    }
}

/// A pattern's matcher has no templates, so it needs no scope.
impl Predicate for Matcher {
    fn holds(&self, actual: Option<&Value>) -> bool {
        pattern::without_scope(|evaluator| {
            evaluator
                .quietly()
                .check(self, actual.map(super::Received::typed))
                .is_ok()
        })
    }

    fn describe(&self) -> String {
        pattern::without_scope(|evaluator| evaluator.describe(self))
    }
}
