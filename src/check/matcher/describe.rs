//! What a matcher asks for, in words that end the sentence *expected …*.

use super::{Direction, Evaluator, Expected, Matcher, Operation, Relation, TYPES, Type};

impl Relation {
    fn words(self) -> &'static str {
        match self {
            Self::Greater => "more than",
            Self::GreaterOrEqual => "at least",
            Self::Less => "less than",
            Self::LessOrEqual => "at most",
        }
    }
}

impl Type {
    /// Its name, as `type` takes it.
    fn name(self) -> &'static str {
        TYPES
            .iter()
            .find(|(_, known)| *known == self)
            .map_or("", |(name, _)| name)
    }

    fn with_article(self) -> &'static str {
        match self {
            Self::Integer => "an integer",
            Self::Kind(kind) => kind.with_article(),
        }
    }
}

impl Evaluator<'_> {
    /// What a matcher asks for.
    pub(in crate::check) fn describe(self, matcher: &Matcher) -> String {
        let parts: Vec<_> = matcher
            .operators
            .iter()
            .map(|operator| self.describe_operation(&operator.operation))
            .collect();
        let all = if parts.is_empty() {
            "anything".to_owned()
        } else {
            parts.join(" and ")
        };
        if matcher.optional {
            format!("{all}, or nothing")
        } else {
            all
        }
    }

    /// What an operator asks for.
    pub(super) fn describe_operation(self, operation: &Operation) -> String {
        let show = |wanted: &Expected| wanted.describe(&self);
        match operation {
            Operation::Equals(wanted) => show(wanted),
            Operation::NotEquals(wanted) => format!("anything but {}", show(wanted)),
            Operation::Order(relation, wanted) => format!("{} {}", relation.words(), show(wanted)),
            Operation::Between(low, high) => {
                format!("something between {} and {}", show(low), show(high))
            }
            Operation::CloseTo(wanted, tolerance) => {
                format!("{} ± {}", show(wanted), show(tolerance))
            }
            Operation::Contains(wanted) => format!("something that contains {}", show(wanted)),
            Operation::NotContains(wanted) => {
                format!("something that does not contain {}", show(wanted))
            }
            Operation::StartsWith(wanted) => format!("a string that starts with {}", show(wanted)),
            Operation::EndsWith(wanted) => format!("a string that ends with {}", show(wanted)),
            Operation::Matches(search) => format!("a string that matches `{}`", search.text()),
            Operation::OneOf(wanted) => format!("one of {}", show(wanted)),
            Operation::Type(types) => describe_types(types),
            Operation::Format(format) => format.with_article().to_owned(),
            Operation::Exists(true) => "something".to_owned(),
            Operation::Exists(false) => "nothing".to_owned(),
            Operation::Empty(true) => "something empty".to_owned(),
            Operation::Empty(false) => "something that is not empty".to_owned(),
            Operation::Len(inner) => format!("a length of {}", self.describe(inner)),
            Operation::Count(inner) => format!("a count of {}", self.describe(inner)),
            Operation::Json(wanted) => format!("the JSON {}", show(wanted)),
            Operation::JsonContains(wanted) | Operation::Covers(wanted) => {
                format!("JSON that contains {}", show(wanted))
            }
            Operation::Schema(schema) => format!("what {} describes", schema.name()),
            Operation::All(inner) => format!("every item to be {}", self.describe(inner)),
            Operation::Any(inner) => format!("some item to be {}", self.describe(inner)),
            Operation::Unique => "items that all differ".to_owned(),
            Operation::Sorted(Direction::Ascending) => "items in ascending order".to_owned(),
            Operation::Sorted(Direction::Descending) => "items in descending order".to_owned(),
            Operation::Not(inner) => format!("not {}", self.describe(inner)),
        }
    }
}

fn describe_types(types: &[Type]) -> String {
    match types {
        [one] => one.with_article().to_owned(),
        several => several
            .iter()
            .map(|one| one.name())
            .collect::<Vec<_>>()
            .join(" or "),
    }
}
