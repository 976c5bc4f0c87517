//! Expressions that decide: `when`, `until`, `stop`, `that`.

use super::placeholder::Placeholder;
use super::{Binding, EvalError, Evaluated, Piece, Scope, Template, TemplateError};
use crate::value::Value;

/// How much JSON an explanation shows of a value; of more, it says only what it is. Nothing is cut in the middle: half of a
/// secret would not be recognised.
const MOST_SHOWN: usize = 2000;

/// A text that is exactly one `{{ … }}` and is to give `true` or `false`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression(Template);

impl Expression {
    /// Compiles a text.
    ///
    /// # Errors
    /// As [`Template::parse`], and where the text is anything but one placeholder.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let template = Template::parse(text)?;
        if matches!(template.pieces(), [Piece::Placeholder(_)]) {
            return Ok(Self(template));
        }
        let hint = if template.literal().is_some() {
            format!("write `{{{{ {} }}}}`", text.trim())
        } else {
            "put the whole expression between one pair of braces".into()
        };
        Err(TemplateError {
            message: "expected one `{{ expression }}` and nothing else".into(),
            range: 0..text.len(),
            hint: Some(hint),
        })
    }

    /// The template: its text, and the names that it uses.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.0
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// As [`Template::evaluate`], and where the result is not a boolean.
    pub fn test(&self, scope: &dyn Scope) -> Result<bool, EvalError> {
        let gave = match self.0.evaluate(scope)? {
            Evaluated::Value(Binding { value, secret }) => match &*value {
                Value::Bool(holds) => return Ok(*holds),
                value if secret => value.kind().with_article().to_owned(),
                value => with_kind(value),
            },
            Evaluated::Pattern(pattern) => format!("the pattern `any.{}`", pattern.name),
        };
        let hint = Some(
            "compare it with something: `x == 1`, `x is defined`, `x | length > 0`".to_owned(),
        );
        Err(EvalError {
            message: format!("expected `true` or `false`, the expression gives {gave}"),
            range: 0..self.0.text().len(),
            hint,
        })
    }

    /// How the two sides of a comparison differ, if they look alike and are not equal; nothing is said of secrets.
    #[must_use]
    pub fn alike(&self, scope: &dyn Scope) -> Option<String> {
        self.0.pieces().iter().find_map(|piece| {
            if let Piece::Placeholder(part) = piece {
                part.alike(scope)
            } else {
                None
            }
        })
    }

    /// The names and paths that the expression uses with their values as JSON, in order: why it gave what it gave. Secret
    /// ones are stars.
    #[must_use]
    pub fn explain(&self, scope: &dyn Scope) -> Vec<(String, String)> {
        let parts = self.0.pieces().iter().filter_map(|piece| {
            if let Piece::Placeholder(part) = piece {
                Some(part)
            } else {
                None
            }
        });
        let values = parts.flat_map(|part| Placeholder::values(part, scope));
        values
            .map(|(path, value)| {
                (
                    path,
                    value.map_or_else(|reason| reason, |binding| shown(&binding)),
                )
            })
            .collect()
    }
}

fn shown(binding: &Binding) -> String {
    if binding.secret {
        return "***".into();
    }
    let json = binding.value.to_json();
    match &*binding.value {
        _ if json.len() <= MOST_SHOWN => json,
        Value::Array(items) => format!("an array of {} items", items.len()),
        Value::Object(members) => format!("an object of {} members", members.len()),
        Value::String(text) => format!("a string of {} characters", text.chars().count()),
        other => other.kind().with_article().to_owned(),
    }
}

fn with_kind(value: &Value) -> String {
    let json = value.to_json();
    let kind = value.kind().with_article();
    if matches!(value, Value::Null) || json.len() > 100 {
        kind.into()
    } else {
        format!("{kind}: `{json}`")
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestScope, scope};
    use super::Expression;

    fn data() -> TestScope {
        scope(r#"{"n": 3, "a": {"x": 1.50, "s": "é"}, "token": "s3cret!", "yes": true}"#)
            .secret("token")
    }

    #[test]
    fn a_condition_is_a_boolean_or_an_error_that_shows_what_it_is() {
        let test = |text: &str| {
            Expression::parse(text)
                .unwrap()
                .test(&data())
                .map_err(|error| error.message)
        };
        assert_eq!(test("{{ n > 2 and a.x == 1.5 }}"), Ok(true));
        assert_eq!(test("{{ not yes }}"), Ok(false));
        for (text, gave) in [
            ("{{ n }}", "a number: `3`"),
            ("{{ a.s }}", "a string: `\"é\"`"),
            ("{{ null }}", "null"),
            ("{{ token }}", "a string"),
            ("{{ any.uuid }}", "the pattern `any.uuid`"),
            ("{{ 'x' * 200 }}", "a string"),
        ] {
            assert_eq!(
                test(text).unwrap_err(),
                format!("expected `true` or `false`, the expression gives {gave}"),
                "{text}"
            );
        }
        assert_eq!(test("{{ unset > 1 }}").unwrap_err(), "`unset` has no value");
    }

    #[test]
    fn it_is_one_placeholder_and_nothing_else() {
        for (text, hint) in [
            ("n > 2", "write `{{ n > 2 }}`"),
            (
                "{{ n }} > 2",
                "put the whole expression between one pair of braces",
            ),
            (
                "{{ n }}{{ n }}",
                "put the whole expression between one pair of braces",
            ),
        ] {
            assert_eq!(Expression::parse(text).unwrap_err().hint.unwrap(), hint);
        }
    }

    #[test]
    fn an_explanation_gives_each_path_with_its_value() {
        let expression = Expression::parse(
            "{{ a.x > n and a['s'] == token | upper or a.nope == unset or a.x < n + uuid() }}",
        )
        .unwrap();
        let explained = expression.explain(&data());
        let explained: Vec<_> = explained
            .iter()
            .map(|(path, value)| (path.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            explained,
            [
                ("a.x", "1.50"),
                ("n", "3"),
                ("a['s']", "\"é\""),
                ("token", "***"),
                ("a.nope", "`a` has no member `nope`"),
                ("unset", "`unset` has no value"),
            ]
        );
    }
}
