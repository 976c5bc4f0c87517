//! The paths of routes: `/orders/{id}`, `/{proxy+}`, `$default`; which of several is nearest to a request.

use std::ops::Range;

use crate::value::{Object, Value};

/// A route's path, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    parts: Vec<Part>,
}

/// A segment; the order is precedence: what says more comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Fixed(String),
    Parameter(String),
    /// One segment or more.
    Rest(String),
    /// Anything at all: the `$default` route of an HTTP API.
    Default,
}

/// Why a text is no path of a route, and in which bytes.
#[derive(Debug)]
pub(super) struct PathError {
    pub(super) message: String,
    pub(super) range: Range<usize>,
    pub(super) hint: Option<String>,
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, PathError> {
        if text == "$default" {
            return Ok(Self {
                text: text.to_owned(),
                parts: vec![Part::Default],
            });
        }
        let whole = |message: &str, hint: String| PathError {
            message: message.to_owned(),
            range: 0..text.len(),
            hint: Some(hint),
        };
        let Some(rest) = text.strip_prefix('/') else {
            return Err(whole("a path starts with `/`", format!("write `/{text}`")));
        };
        if rest.is_empty() {
            return Ok(Self {
                text: text.to_owned(),
                parts: Vec::new(),
            });
        }
        if rest.ends_with('/') {
            return Err(whole(
                "a path does not end with `/`",
                format!("write `{}`", text.trim_end_matches('/')),
            ));
        }
        let mut at = 1;
        let mut parts = Vec::new();
        for segment in rest.split('/') {
            let part = Part::parse(segment);
            parts.push(part.map_err(|(message, hint)| PathError {
                message,
                range: at..at + segment.len(),
                hint,
            })?);
            at += segment.len() + 1;
        }
        let pattern = Self {
            text: text.to_owned(),
            parts,
        };
        pattern.check().map_err(|message| PathError {
            message,
            range: 0..text.len(),
            hint: None,
        })?;
        Ok(pattern)
    }

    /// What only the whole path can tell.
    fn check(&self) -> Result<(), String> {
        let before_last = self
            .parts
            .split_last()
            .map_or(&[][..], |(_, before)| before);
        if before_last.iter().any(|part| matches!(part, Part::Rest(_))) {
            return Err("`{name+}` takes the rest of the path: nothing can follow it".to_owned());
        }
        let names: Vec<_> = self.parts.iter().filter_map(Part::name).collect();
        let twice = names
            .iter()
            .enumerate()
            .find(|(at, name)| names.iter().take(*at).any(|earlier| earlier == *name));
        twice.map_or(Ok(()), |(_, name)| {
            Err(format!("the parameter `{name}` appears twice"))
        })
    }

    /// As written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_default(&self) -> bool {
        self.parts == [Part::Default]
    }

    /// Whether two paths take the same requests, whatever their parameters are called.
    pub(super) fn same_shape(&self, other: &Self) -> bool {
        let same = |(one, two): (&Part, &Part)| match (one, two) {
            (Part::Fixed(one), Part::Fixed(two)) => one == two,
            _ => one.rank() == two.rank(),
        };
        self.parts.len() == other.parts.len() && self.parts.iter().zip(&other.parts).all(same)
    }

    /// Orders paths that take the same request: from the left, a fixed segment before a parameter before the rest.
    pub(super) fn rank(&self) -> Vec<u8> {
        self.parts.iter().map(Part::rank).collect()
    }

    /// The parameters, where the path takes these segments.
    pub(super) fn parameters(&self, segments: &[String]) -> Option<Object> {
        let mut parameters = Object::default();
        let mut left = segments;
        for part in &self.parts {
            if *part == Part::Default {
                return Some(parameters);
            }
            let (first, behind) = left.split_first()?;
            match part {
                Part::Fixed(fixed) if fixed != first => return None,
                Part::Parameter(_) | Part::Rest(_) if first.is_empty() => return None,
                Part::Parameter(name) => {
                    parameters.insert(name.clone(), Value::from(first.as_str()));
                }
                Part::Rest(name) => {
                    parameters.insert(name.clone(), Value::from(left.join("/")));
                    return Some(parameters);
                }
                _ => {}
            }
            left = behind;
        }
        left.is_empty().then_some(parameters)
    }
}

impl Part {
    fn parse(segment: &str) -> Result<Self, (String, Option<String>)> {
        let Some(inner) = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        else {
            return Self::fixed(segment);
        };
        let (name, rest) = inner
            .strip_suffix('+')
            .map_or((inner, false), |name| (name, true));
        let plain = |character: char| {
            character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | ':')
        };
        if name.is_empty() || !name.chars().all(plain) {
            return Err((
                format!("`{segment}` names no parameter"),
                Some("write `{id}` or `{proxy+}`".to_owned()),
            ));
        }
        Ok(if rest {
            Self::Rest(name.to_owned())
        } else {
            Self::Parameter(name.to_owned())
        })
    }

    fn fixed(segment: &str) -> Result<Self, (String, Option<String>)> {
        if segment.is_empty() {
            return Err(("two slashes in a row".to_owned(), None));
        }
        if segment.contains(['{', '}']) {
            let hint = "a parameter is a whole segment: `/orders/{id}`";
            return Err((
                format!("`{segment}` is half a parameter"),
                Some(hint.to_owned()),
            ));
        }
        if segment.contains(['?', '#']) || segment.chars().any(char::is_whitespace) {
            let hint =
                "a route is a path only: require a query with `required = { query = [\"…\"] }`";
            return Err((
                format!("`{segment}` is not allowed in a path"),
                Some(hint.to_owned()),
            ));
        }
        Ok(Self::Fixed(segment.to_owned()))
    }

    fn name(&self) -> Option<&str> {
        if let Self::Parameter(name) | Self::Rest(name) = self {
            Some(name)
        } else {
            None
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Fixed(_) => 0,
            Self::Parameter(_) => 1,
            Self::Rest(_) => 2,
            Self::Default => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pattern: &str, path: &str) -> Option<String> {
        let segments: Vec<_> = path.split('/').map(str::to_owned).collect();
        Pattern::parse(pattern)
            .unwrap()
            .parameters(&segments)
            .map(|found| Value::Object(found).to_json())
    }

    #[test]
    fn segments_are_fixed_parameters_or_the_rest() {
        let cases = [
            ("/hello", "hello", Some("{}")),
            ("/hello", "hello/", None),
            ("/hello", "Hello", None),
            ("/{id}", "7", Some(r#"{"id":"7"}"#)),
            ("/{id}", "", None),
            ("/a/{id}/b", "a/x/b", Some(r#"{"id":"x"}"#)),
            ("/{proxy+}", "a/b/c", Some(r#"{"proxy":"a/b/c"}"#)),
            ("/a/{proxy+}", "a", None),
            ("/a/{proxy+}", "a/", None),
            ("$default", "x/y", Some("{}")),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(
                parameters(pattern, path).as_deref(),
                expected,
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn slips_have_a_place() {
        let cases = [
            ("hello", "hello", "a path starts with `/`"),
            ("/a/", "/a/", "a path does not end with `/`"),
            ("/a//b", "", "two slashes in a row"),
            ("/x{id}", "x{id}", "`x{id}` is half a parameter"),
            ("/{}", "{}", "`{}` names no parameter"),
            (
                "/{a+}/b",
                "/{a+}/b",
                "`{name+}` takes the rest of the path: nothing can follow it",
            ),
            ("/{a}/{a}", "/{a}/{a}", "the parameter `a` appears twice"),
            ("/a?b=1", "a?b=1", "`a?b=1` is not allowed in a path"),
        ];
        for (text, place, message) in cases {
            let error = Pattern::parse(text).unwrap_err();
            assert_eq!(
                (text.get(error.range).unwrap(), error.message.as_str()),
                (place, message)
            );
        }
    }
}
