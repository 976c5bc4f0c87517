//! `that`: expressions that are true, for what no other key says.

use crate::check::compile::Compiler;
use crate::check::expectation::{Fault, Judge, Moment};
use crate::check::outcome::Complaint;
use crate::source::Diagnostic;
use crate::syntax::Node;
use crate::template::{Evaluated, Lookup, Template};
use crate::value::Value;
use crate::value::diff::show;

/// An expression that is to be true.
#[derive(Debug)]
struct That(Template);

pub(super) fn compile(compiler: &mut Compiler<'_>, node: &Node) {
    for item in node.one_or_many() {
        let Some(template) = item.template(compiler.problems) else { continue };
        let text = template.text().trim();
        if template.literal().is_some() || !text.starts_with("{{") || !text.ends_with("}}") {
            let problem = Diagnostic::error(&item.span, "`that` is an expression that is true or false");
            compiler.problems.push(problem.hint(format!("write `\"{{{{ {} }}}}\"`", text.trim_matches(['{', '}', ' ']))));
            continue;
        }
        compiler.push(&item.span, That(template));
    }
}

impl Judge for That {
    fn label(&self) -> String {
        format!("that {}", self.0.text())
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        found.push(&self.0);
    }

    fn judge(&self, moment: Moment<'_>) -> Result<(), Fault> {
        let (actual, reason, hint) = match self.0.evaluate(moment.scope) {
            Ok(Evaluated::Value(binding)) => match &*binding.value {
                Value::Bool(true) => return Ok(()),
                Value::Bool(false) => (Some("false".to_owned()), None, self.values(moment)),
                other => (Some(show(other)), Some(format!("it is {}", other.kind().with_article())), None),
            },
            Ok(Evaluated::Pattern(_)) => (None, Some("it is a pattern".to_owned()), None),
            Err(error) => (None, Some(error.message), error.hint),
        };
        let expected = "true".to_owned();
        Err(Box::new(Complaint { expected, actual, reason, hint, ..Complaint::default() }).into())
    }
}

impl That {
    /// What the names in the expression are now; those that are secret are not shown.
    fn values(&self, moment: Moment<'_>) -> Option<String> {
        let named = self.0.names().into_iter().filter(|name| !matches!(name.as_str(), "response" | "request"));
        let values = named.filter_map(|name| match moment.scope.look_up(&name) {
            Lookup::Found(binding) if !binding.secret => Some(format!("`{name}` is {}", show(&binding.value))),
            _ => None,
        });
        let values: Vec<_> = values.collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}
