//! A matcher with its templates filled: what it says now, as if that were written.

use std::sync::Arc;

use super::{Expected, Matcher, Operation, Operator, ResolvedExpected, Search};
use crate::template::{EvalError, Scope};

impl Matcher {
    /// The matcher with its templates filled. One that is equal to a pattern is that pattern.
    ///
    /// # Errors
    /// For the first placeholder that has no value.
    pub(in crate::check) fn resolved(&self, scope: &dyn Scope) -> Result<Self, EvalError> {
        let operators: Result<Vec<_>, EvalError> = self
            .operators
            .iter()
            .map(|operator| {
                Ok(Operator {
                    operation: operator.operation.resolved(scope)?,
                    span: operator.span.clone(),
                })
            })
            .collect();
        let operators = operators?;
        if let [
            Operator {
                operation: Operation::Equals(Expected::Ready(ResolvedExpected::Pattern(pattern))),
                ..
            },
        ] = operators.as_slice()
        {
            return Ok(Self::clone(pattern));
        }
        Ok(Self {
            operators,
            optional: self.optional,
        })
    }
}

impl Operation {
    fn resolved(&self, scope: &dyn Scope) -> Result<Self, EvalError> {
        let ready = |wanted: &Expected| {
            wanted
                .resolve(scope)
                .map(|target| Expected::Ready(target.into_owned()))
        };
        let inside = |matcher: &Matcher| matcher.resolved(scope).map(Box::new);
        Ok(match self {
            Self::Equals(one) => Self::Equals(ready(one)?),
            Self::NotEquals(one) => Self::NotEquals(ready(one)?),
            Self::Order(relation, one) => Self::Order(*relation, ready(one)?),
            Self::Between(low, high) => Self::Between(ready(low)?, ready(high)?),
            Self::CloseTo(one, tolerance) => Self::CloseTo(ready(one)?, ready(tolerance)?),
            Self::Contains(one) => Self::Contains(ready(one)?),
            Self::NotContains(one) => Self::NotContains(ready(one)?),
            Self::StartsWith(one) => Self::StartsWith(ready(one)?),
            Self::EndsWith(one) => Self::EndsWith(ready(one)?),
            Self::OneOf(one) => Self::OneOf(ready(one)?),
            Self::Json(one) => Self::Json(ready(one)?),
            Self::JsonContains(one) => Self::JsonContains(ready(one)?),
            Self::Covers(one) => Self::Covers(ready(one)?),
            Self::Matches(search) => {
                Self::Matches(Search::Fixed(search.regex(scope)?.into_owned()))
            }
            Self::Schema(schema) => Self::Schema(Arc::clone(schema)),
            Self::Len(inner) => Self::Len(inside(inner)?),
            Self::Count(inner) => Self::Count(inside(inner)?),
            Self::All(inner) => Self::All(inside(inner)?),
            Self::Any(inner) => Self::Any(inside(inner)?),
            Self::Not(inner) => Self::Not(inside(inner)?),
            Self::Type(_)
            | Self::Format(_)
            | Self::Exists(_)
            | Self::Empty(_)
            | Self::Unique
            | Self::Sorted(_) => self.clone(),
        })
    }
}
