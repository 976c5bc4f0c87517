//! `that`: expressions that are true, for what no other key says.

use crate::check::compile::Compiler;
use crate::check::expectation::{Assertion, EvalContext, LocatedMismatch};
use crate::check::outcome::Mismatch;
use crate::check::part::ExchangePart;
use crate::source::Diagnostic;
use crate::syntax::Node;
use crate::template::{Expression, Template};

/// An expression that is to be true.
#[derive(Debug)]
struct That(Expression);

pub(super) fn compile(compiler: &mut Compiler<'_>, node: &Node) {
    if node.one_or_many().is_empty() {
        compiler.says_nothing(&node.span);
    }
    for item in node.one_or_many() {
        let Some(expression) = item.expression(compiler.problems) else {
            continue;
        };
        if names_nothing(expression.value.template()) {
            let problem = Diagnostic::error(
                &item.span,
                "this expression names no variable, so it asserts nothing",
            );
            compiler
                .problems
                .push(problem.hint("name what is checked, such as `response.json.total`"));
        } else {
            compiler.push(&item.span, That(expression.value));
        }
    }
}

/// Whether an expression gives the same in every run: it uses no variable, environment variable or file.
fn names_nothing(template: &Template) -> bool {
    template.names().is_empty() && template.env_names().is_empty() && template.files().is_empty()
}

impl Assertion for That {
    fn label(&self) -> String {
        format!("that {}", self.0.template().text())
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        found.push(self.0.template());
    }

    fn about(&self) -> ExchangePart {
        ExchangePart::expression(self.0.template())
    }

    fn expected(&self, _: EvalContext<'_>) -> String {
        "true".to_owned()
    }

    fn judge(&self, eval: EvalContext<'_>) -> Result<(), LocatedMismatch> {
        let (actual, reason, hint) = match self.0.test(eval.scope) {
            Ok(true) => return Ok(()),
            Ok(false) => (Some("false".to_owned()), None, self.values(eval)),
            Err(error) => (None, Some(error.message), error.hint),
        };
        let expected = "true".to_owned();
        Err(Box::new(Mismatch {
            expected,
            actual,
            reason,
            hint,
            ..Mismatch::default()
        })
        .into())
    }
}

impl That {
    /// What the names and paths in the expression are now; those that are secret are not shown.
    fn values(&self, eval: EvalContext<'_>) -> Option<String> {
        let values = self
            .0
            .explain(eval.scope)
            .into_iter()
            .map(|(path, value)| format!("`{path}` is {value}"));
        let values: Vec<_> = values.collect();
        let alike = self.0.alike(eval.scope);
        let lines: Vec<_> = values.into_iter().chain(alike).collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }
}
