//! Regular expressions, compiled within bounds, their problems with places.

use std::ops::Range;

use regex::RegexBuilder;

use super::QueryError;
use crate::budget;

/// What a compiled expression may take, in bytes: repetitions multiply.
const MAX_SIZE: usize = 4 << 20;
/// A text that is longer is searched apart, in bytes.
const LONG: usize = 256 << 10;

/// A regular expression (the `regex` crate's syntax), compiled. It searches; `^…$` pins it to the whole.
#[derive(Debug, Clone)]
pub struct Regex(regex::Regex);

impl Regex {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Where the text is no regular expression, or compiles to something too large.
    pub fn compile(text: &str) -> Result<Self, QueryError> {
        compile(text).map(Self)
    }

    /// The expression as written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the expression is found anywhere in a text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.on(text, regex::Regex::is_match).unwrap_or_default()
    }

    /// The first match in a text: its first group where the expression has one, else the match.
    #[must_use]
    pub fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let found = self.on(text, |regex, text| group(&regex.captures(text)?));
        text.get(found.flatten()?)
    }

    /// Every match in a text, each as [`Regex::find`] gives it.
    #[must_use]
    pub fn find_all<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let all = |regex: &regex::Regex, text: &str| {
            regex
                .captures_iter(text)
                .filter_map(|found| group(&found))
                .collect()
        };
        let found: Vec<_> = self.on(text, all).unwrap_or_default();
        found
            .into_iter()
            .filter_map(|range| text.get(range))
            .collect()
    }

    fn on<T: Send + 'static>(
        &self,
        text: &str,
        search: impl FnOnce(&regex::Regex, &str) -> T + Send + 'static,
    ) -> Option<T> {
        on(&self.0, text, search)
    }
}

/// Searches a text, a long one apart: a large expression takes its size times that of the text.
pub(super) fn on<T: Send + 'static>(
    regex: &regex::Regex,
    text: &str,
    search: impl FnOnce(&regex::Regex, &str) -> T + Send + 'static,
) -> Option<T> {
    if text.len() <= LONG {
        return Some(search(regex, text));
    }
    let (regex, text) = (regex.clone(), text.to_owned());
    budget::apart(move || search(&regex, &text))
}

/// A first group that took no part in the match (`a(b)?`) gives nothing: the match would be a surprise.
fn group(captures: &regex::Captures<'_>) -> Option<Range<usize>> {
    let wanted = usize::from(captures.len() > 1);
    captures.get(wanted).map(|found| found.range())
}

/// Compiles within the bound; for the patterns inside a path too.
pub(super) fn compile(text: &str) -> Result<regex::Regex, QueryError> {
    RegexBuilder::new(text)
        .size_limit(MAX_SIZE)
        .build()
        .map_err(|error| problem(text, &error))
}

fn problem(text: &str, error: &regex::Error) -> QueryError {
    let regex::Error::Syntax(report) = error else {
        return QueryError::new(0..text.len(), "the regular expression is too large")
            .hint("repeat less: `{1,1000}` multiplies");
    };
    let reason = report.lines().last().unwrap_or_default();
    let reason = reason
        .strip_prefix("error: ")
        .unwrap_or(reason)
        .trim_end_matches('.');
    let problem = QueryError::new(
        place(text, report),
        format!("invalid regular expression: {reason}"),
    );
    if reason.contains("look-around") {
        return problem.hint("match the part that must exist, and put the rest into `not`");
    }
    problem
}

/// The crate draws its problem: the expression after four blanks, carets below. An expression of several lines is drawn
/// otherwise, and meant as a whole.
fn place(text: &str, report: &str) -> Range<usize> {
    let mut lines = report
        .lines()
        .skip_while(|line| line.strip_prefix("    ") != Some(text));
    let carets = lines
        .nth(1)
        .and_then(|line| line.strip_prefix("    "))
        .filter(|line| line.trim_start().starts_with('^'));
    let Some(carets) = carets else {
        return 0..text.len();
    };
    let byte = |column: usize| {
        text.char_indices()
            .nth(column)
            .map_or(text.len(), |(byte, _)| byte)
    };
    let start = carets
        .chars()
        .take_while(|character| *character == ' ')
        .count();
    let length = carets.chars().filter(|character| *character == '^').count();
    byte(start)..byte(start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_group_is_what_is_found_else_the_match() {
        let find = |regex: &str, text: &'static str| Regex::compile(regex).unwrap().find(text);
        assert_eq!(find("id=(\\d+)", "id=42;"), Some("42"));
        assert_eq!(find("id=\\d+", "id=42;"), Some("id=42"));
        assert_eq!(find("a(b)?", "a"), None);
        assert_eq!(find("x", "abc"), None);
        assert_eq!(
            Regex::compile("<(\\w)>").unwrap().find_all("<a><b>"),
            ["a", "b"]
        );
    }

    #[test]
    fn problems_point_into_the_expression() {
        let refused = |text: &str| {
            let error = Regex::compile(text).unwrap_err();
            (text.get(error.range).unwrap().to_owned(), error.message)
        };
        assert_eq!(
            refused("é(b"),
            (
                "(".into(),
                "invalid regular expression: unclosed group".into()
            )
        );
        assert_eq!(refused("a{2,1}").0, "{2,1}");
        assert_eq!(refused("(a\nb").0, "(a\nb");
        assert!(
            Regex::compile("(?!a)")
                .unwrap_err()
                .hint
                .unwrap()
                .contains("`not`")
        );
    }

    #[test]
    fn what_would_grow_is_refused() {
        let error = Regex::compile("((a{1000}){1000}){1000}").unwrap_err();
        assert_eq!(error.message, "the regular expression is too large");
    }
}
