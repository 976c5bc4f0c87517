//! What `any.…` means: a name that `type` or `format` knows, with operators as arguments.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use super::decode::Decoder;
use super::evaluate::Evaluator;
use super::expected::{Expected, ResolvedExpected, from_template};
use super::{Format, Matcher, Operation, Operator, TYPES, Written};
use crate::clock::Clock;
use crate::source::{Diagnostic, Span};
use crate::syntax::{Node, Problems};
use crate::template::{Argument, Context, Lookup, Pattern, Scope};
use crate::value::diff::Predicate;

/// A scope without names: for patterns, which have no templates, and to see what an expression gives without any.
pub(super) struct Nowhere(Arc<Context>);

impl Scope for Nowhere {
    fn look_up(&self, _: &str) -> Lookup {
        Lookup::Unknown
    }

    fn context(&self) -> &Arc<Context> {
        &self.0
    }
}

impl Nowhere {
    fn at(eval: i64, seed: u64) -> Self {
        let eval = jiff::Timestamp::from_second(eval).unwrap_or_default();
        Self(Arc::new(Context {
            clock: Clock::Fixed(eval),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            environment: Arc::new(|_| None),
            folder: PathBuf::from("/nowhere"),
            root: PathBuf::from("/nowhere"),
        }))
    }
}

/// Two scopes without names that differ in time and chance: what is the same in both depends on neither.
pub(super) fn probes() -> [Nowhere; 2] {
    [Nowhere::at(0, 1), Nowhere::at(1_000_000_000, 2)]
}

/// Judges with a matcher that has no templates.
pub(super) fn without_scope<T>(judge: impl FnOnce(Evaluator<'_>) -> T) -> T {
    static NOWHERE: LazyLock<Nowhere> = LazyLock::new(|| Nowhere::at(0, 0));
    judge(Evaluator::new(&*NOWHERE))
}

/// Compiles a pattern that stands at a place of a collection, or came out of a template at run.
///
/// # Errors
/// What is wrong with its name or arguments, and what to do about it.
pub(super) fn compile(
    pattern: &Pattern,
    place: Option<&Span>,
) -> Result<Matcher, (String, Option<String>)> {
    let mut problems = Problems::default();
    let matcher = Decoder::for_pattern(&mut problems, place).pattern(pattern);
    match (
        matcher,
        problems
            .into_vec()
            .into_iter()
            .find(crate::source::Diagnostic::is_error),
    ) {
        (Some(matcher), None) => Ok(matcher),
        (_, Some(problem)) => Err((problem.message, problem.hint)),
        (None, None) => Err((format!("`any.{}` is not a pattern", pattern.name), None)),
    }
}

/// The pattern that a text is, such as `{{ any.uuid }}`; `None` for plain text. An expression that gives anything else is a
/// problem.
pub fn in_text(node: &Node, problems: &mut Problems) -> Option<Arc<dyn Predicate + Send + Sync>> {
    let template = node.template(problems)?;
    if template.literal().is_some() {
        return None;
    }
    match from_template(template, &node.span) {
        Ok(Expected::Ready(ResolvedExpected::Pattern(matcher))) => Some(matcher),
        Ok(_) => {
            let problem = Diagnostic::error(
                &node.span,
                "expected plain text or one pattern, found another expression",
            );
            problems
                .refuse(problem.hint("a pattern with constant arguments, such as `{{ any.uuid }}`"))
        }
        Err((message, hint)) => {
            problems.refuse(Diagnostic::error(&node.span, message).maybe_hint(hint))
        }
    }
}

impl Decoder<'_> {
    /// The matcher of a pattern, or problems.
    pub(super) fn pattern(&mut self, pattern: &Pattern) -> Option<Matcher> {
        let (first, named) = split(pattern);
        let mut matcher = Matcher {
            operators: Vec::new(),
            optional: pattern.name == "optional",
        };
        match (pattern.name.as_str(), first) {
            ("value" | "optional", None) => matcher.push(Operation::Exists(true)),
            ("optional", Some(first)) => matcher
                .operators
                .extend(self.matcher(Written::of(first))?.operators),
            (_, Some(_)) => {
                return self.refuse_pattern(pattern, "takes named arguments, such as `len=3`");
            }
            (name, None) => matcher.operators.extend(self.named(pattern, name)?),
        }
        for (name, argument) in named {
            let operator = if name == "each" { "all" } else { name };
            matcher.push(match self.operation(operator, Written::of(argument))? {
                // Of a header's lines `len` would be the length of one.
                Operation::Len(inner) if pattern.name == "array" => Operation::Count(inner),
                operation => operation,
            });
        }
        Some(matcher)
    }

    fn named(&mut self, pattern: &Pattern, name: &str) -> Option<Vec<Operator>> {
        let types = TYPES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, wanted)| Operation::Type(vec![*wanted]));
        let operation = types.or_else(|| Format::named(name).map(Operation::Format));
        match operation {
            Some(operation) => Some(Matcher::of(operation).operators),
            None => self.refuse_pattern(pattern, "is not a pattern"),
        }
    }

    fn refuse_pattern<T>(&mut self, pattern: &Pattern, why: &str) -> Option<T> {
        let names = crate::template::PATTERN_NAMES.iter().copied();
        let hint = why
            .starts_with("is not")
            .then(|| crate::syntax::names_hint(&pattern.name, names));
        self.refuse(
            Written::Pattern(pattern),
            format!("`any.{}` {why}", pattern.name),
            hint,
        )
    }
}

impl Matcher {
    fn push(&mut self, operation: Operation) {
        self.operators.push(Operator {
            operation,
            span: None,
        });
    }
}

/// The argument that is given by position, and those that are given by name.
fn split(pattern: &Pattern) -> (Option<&Argument>, Vec<(&str, &Argument)>) {
    let first = pattern
        .arguments
        .iter()
        .find(|(name, _)| name.is_none())
        .map(|(_, argument)| argument);
    let named = pattern
        .arguments
        .iter()
        .filter_map(|(name, argument)| Some((name.as_deref()?, argument)));
    (first, named.collect())
}
