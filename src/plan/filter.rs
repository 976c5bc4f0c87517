//! `--filter`: `tag(smoke) and not name(/slow/)`.
//!
//! The language of cargo-nextest's filtersets over what requests have: a predicate takes a text (contained for `name`,
//! equal for the others), `=text` (equal), `~text` (contained), `/regex/` or `#glob`.

use indexmap::IndexSet;
use regex::Regex;

use super::known::Known;
use crate::source::{Diagnostic, Severity, did_you_mean};

/// A filter expression, compiled.
#[derive(Debug, Clone)]
pub struct Filter(Node);

/// Why a text is no filter, with the text and the place drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// What is wrong.
    pub message: String,
    /// The byte of the expression at which it is.
    pub at: usize,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What a filter is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) name: &'a str,
    pub(super) tags: &'a [String],
    pub(super) path: &'a str,
    pub(super) collection: &'a str,
    pub(super) method: &'a str,
}

#[derive(Debug, Clone)]
enum Node {
    All,
    None,
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Is(Field, Matcher),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    Tag,
    Path,
    Collection,
    Method,
}

#[derive(Debug, Clone)]
struct Matcher {
    /// As written, for messages.
    written: String,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Equal(String),
    Contains(String),
    Regex(Regex),
}

const FIELDS: &[(&str, Field)] = &[
    ("name", Field::Name),
    ("tag", Field::Tag),
    ("path", Field::Path),
    ("collection", Field::Collection),
    ("method", Field::Method),
];

/// How deep `not` and brackets may nest.
const MAX_DEPTH: usize = 64;

impl Filter {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Where it is not one.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut parser = Parser {
            text,
            at: 0,
            depth: 0,
        };
        let node = parser.or()?;
        parser.space();
        if parser.at < text.len() {
            return Err(parser.error("expected `and`, `or` or the end"));
        }
        Ok(Self(node))
    }

    pub(super) fn holds(&self, candidate: Candidate<'_>) -> bool {
        holds(&self.0, candidate)
    }

    /// What the filter names and nothing has. Below `not` that is an error only if it is nearly a known name: everything is chosen
    /// then, and nobody would see it.
    pub(super) fn unknown(&self, known: &Known) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        unknown(&self.0, false, known, &mut found);
        found
    }
}

fn unknown(node: &Node, negated: bool, known: &Known, found: &mut Vec<Diagnostic>) {
    match node {
        Node::All | Node::None => {}
        Node::Not(inner) => unknown(inner, true, known, found),
        Node::And(one, two) | Node::Or(one, two) => {
            unknown(one, negated, known, found);
            unknown(two, negated, known, found);
        }
        Node::Is(field, matcher) => {
            let names = field.known(known);
            if names.iter().any(|name| matcher.holds(name)) {
                return;
            }
            let hint = matcher.near(names);
            let severity = if negated && hint.is_none() {
                Severity::Warning
            } else {
                Severity::Error
            };
            let problem = Diagnostic::nowhere(format!("`--filter`: {}", matcher.nothing(*field)))
                .maybe_hint(hint);
            found.push(Diagnostic {
                severity,
                ..problem
            });
        }
    }
}

impl Field {
    fn known(self, known: &Known) -> &IndexSet<String> {
        match self {
            Self::Name => &known.names,
            Self::Tag => &known.tags,
            Self::Path => &known.paths,
            Self::Collection => &known.collections,
            Self::Method => &known.methods,
        }
    }
}

fn holds(node: &Node, candidate: Candidate<'_>) -> bool {
    match node {
        Node::All => true,
        Node::None => false,
        Node::Not(inner) => !holds(inner, candidate),
        Node::And(one, two) => holds(one, candidate) && holds(two, candidate),
        Node::Or(one, two) => holds(one, candidate) || holds(two, candidate),
        Node::Is(Field::Name, matcher) => matcher.holds(candidate.name),
        Node::Is(Field::Path, matcher) => matcher.holds(candidate.path),
        Node::Is(Field::Collection, matcher) => matcher.holds(candidate.collection),
        Node::Is(Field::Method, matcher) => matcher.holds(candidate.method),
        Node::Is(Field::Tag, matcher) => candidate.tags.iter().any(|tag| matcher.holds(tag)),
    }
}

impl Matcher {
    fn holds(&self, text: &str) -> bool {
        match &self.test {
            Test::Equal(wanted) => text == wanted,
            Test::Contains(part) => text.contains(part.as_str()),
            Test::Regex(regex) => regex.is_match(text),
        }
    }

    /// The known name that was nearly written, or for a part of a name the word.
    fn near(&self, names: &IndexSet<String>) -> Option<String> {
        let whole = || names.iter().map(String::as_str);
        match &self.test {
            Test::Equal(wanted) => did_you_mean(wanted, whole()),
            Test::Contains(part) => {
                let words = || {
                    whole().flat_map(|name| {
                        name.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                    })
                };
                did_you_mean(part, whole()).or_else(|| did_you_mean(part, words()))
            }
            Test::Regex(_) => None,
        }
    }

    /// That nothing has it.
    fn nothing(&self, field: Field) -> String {
        let written = &self.written;
        match (field, &self.test) {
            (Field::Tag, Test::Equal(_)) => format!("no request has the tag `{written}`"),
            (Field::Tag, _) => format!("no request has a tag that matches `{written}`"),
            (Field::Method, _) => format!("no request has the method `{written}`"),
            (Field::Name, Test::Equal(_)) => format!("there is no request `{written}`"),
            (Field::Name, _) => format!("no request has a name that matches `{written}`"),
            (Field::Collection, Test::Equal(_)) => format!("there is no collection `{written}`"),
            (Field::Collection, _) => format!("no collection has a name that matches `{written}`"),
            (Field::Path, _) => format!("no collection has a path that matches `{written}`"),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn error(&self, message: impl Into<String>) -> FilterError {
        FilterError {
            message: message.into(),
            at: self.at,
            hint: None,
        }
    }

    /// Takes an operator: a symbol, or a word that ends there.
    fn take(&mut self, tokens: &[&str]) -> bool {
        self.space();
        let rest = self.rest();
        let found = tokens.iter().find(|token| {
            let word = token.chars().all(char::is_alphabetic);
            let after = rest.get(token.len()..).and_then(|tail| tail.chars().next());
            rest.starts_with(**token)
                && !(word && after.is_some_and(|next| next.is_alphanumeric() || next == '_'))
        });
        self.at += found.map_or(0, |token| token.len());
        found.is_some()
    }

    fn or(&mut self) -> Result<Node, FilterError> {
        let mut node = self.and()?;
        while self.take(&["or", "||", "|", "+"]) {
            node = Node::Or(Box::new(node), Box::new(self.and()?));
        }
        Ok(node)
    }

    fn and(&mut self) -> Result<Node, FilterError> {
        let mut node = self.not()?;
        while self.take(&["and", "&&", "&"]) {
            node = Node::And(Box::new(node), Box::new(self.not()?));
        }
        Ok(node)
    }

    fn not(&mut self) -> Result<Node, FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("the filter is nested too deeply"));
        }
        let node = if self.take(&["not", "!"]) {
            Node::Not(Box::new(self.not()?))
        } else if self.take(&["("]) {
            let inner = self.or()?;
            if !self.take(&[")"]) {
                return Err(self.error("expected `)`"));
            }
            inner
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn predicate(&mut self) -> Result<Node, FilterError> {
        self.space();
        let start = self.at;
        let length = self
            .rest()
            .find(|character: char| !character.is_alphanumeric() && character != '_')
            .unwrap_or(self.rest().len());
        let word = self.rest().get(..length).unwrap_or_default();
        if word.is_empty() {
            return Err(self.error("expected a predicate such as `tag(smoke)`"));
        }
        self.at += length;
        if !self.take(&["("]) {
            let hint = format!("write `tag({word})` or `name({word})`");
            return Err(FilterError {
                at: start,
                hint: Some(hint),
                ..self.error(format!("expected `(` after `{word}`"))
            });
        }
        if ["all", "none"].contains(&word) {
            let node = if word == "all" { Node::All } else { Node::None };
            return if self.take(&[")"]) {
                Ok(node)
            } else {
                Err(self.error("expected `)`"))
            };
        }
        let Some((_, field)) = FIELDS.iter().find(|(name, _)| *name == word) else {
            let known = || FIELDS.iter().map(|(name, _)| *name).chain(["all", "none"]);
            let hint = did_you_mean(word, known()).unwrap_or_else(|| {
                format!("predicates are {}", known().collect::<Vec<_>>().join(", "))
            });
            return Err(FilterError {
                at: start,
                hint: Some(hint),
                ..self.error(format!("there is no predicate `{word}`"))
            });
        };
        Ok(Node::Is(*field, self.matcher(*field)?))
    }

    /// The inside of a predicate's brackets, and the closing one.
    fn matcher(&mut self, field: Field) -> Result<Matcher, FilterError> {
        self.space();
        let start = self.at;
        let (text, kind) = if self.rest().starts_with('/') {
            self.regex()?
        } else {
            self.plain()?
        };
        if !self.take(&[")"]) {
            return Err(self.error("expected `)`"));
        }
        let written = if kind == '/' {
            format!("/{text}/")
        } else {
            text.clone()
        };
        let how = match kind {
            '/' => Test::Regex(regex(&text).map_err(|message| FilterError {
                at: start,
                ..self.error(message)
            })?),
            '#' => Test::Regex(regex(&glob(&text)).map_err(|message| self.error(message))?),
            '~' => Test::Contains(text),
            '=' => Test::Equal(text),
            _ if matches!(field, Field::Name | Field::Path) => Test::Contains(text),
            _ => Test::Equal(text),
        };
        Ok(Matcher { written, test: how })
    }

    fn regex(&mut self) -> Result<(String, char), FilterError> {
        let inner = self.rest().get(1..).unwrap_or_default();
        let mut escaped = false;
        for (at, character) in inner.char_indices() {
            match character {
                '/' if !escaped => {
                    let text = inner.get(..at).unwrap_or_default().replace("\\/", "/");
                    self.at += at + 2;
                    return Ok((text, '/'));
                }
                _ => escaped = character == '\\' && !escaped,
            }
        }
        Err(self.error("the regex does not end: `/` is missing"))
    }

    /// A text up to the bracket that closes the predicate; brackets inside it are balanced.
    fn plain(&mut self) -> Result<(String, char), FilterError> {
        let kind = self
            .rest()
            .chars()
            .next()
            .filter(|first| "=~#".contains(*first));
        self.at += kind.map_or(0, char::len_utf8);
        let mut open = 0_usize;
        let end = self
            .rest()
            .char_indices()
            .find(|(_, character)| match character {
                '(' => {
                    open += 1;
                    false
                }
                ')' if open > 0 => {
                    open -= 1;
                    false
                }
                ')' => true,
                _ => false,
            });
        let Some((end, _)) = end else {
            return Err(self.error("expected `)`"));
        };
        let text = self.rest().get(..end).unwrap_or_default().trim().to_owned();
        if text.is_empty() {
            return Err(self.error("expected a text, or a regex between slashes"));
        }
        self.at += end;
        Ok((text, kind.unwrap_or(' ')))
    }
}

fn regex(text: &str) -> Result<Regex, String> {
    let first_line = |error: regex::Error| {
        error
            .to_string()
            .lines()
            .last()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    regex::RegexBuilder::new(text)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| format!("`/{text}/` is not a regex: {}", first_line(error)))
}

fn glob(text: &str) -> String {
    let parts = text.chars().map(|character| match character {
        '*' => ".*".to_owned(),
        '?' => ".".to_owned(),
        other => regex::escape(&other.to_string()),
    });
    format!("^{}$", parts.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(filter: &str, name: &str, tags: &[&str]) -> bool {
        let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let candidate = Candidate {
            name,
            tags: &tags,
            path: "a/b.toml",
            collection: "b",
            method: "GET",
        };
        Filter::parse(filter).unwrap().holds(candidate)
    }

    #[test]
    fn predicates_and_operators_are_nextests() {
        assert!(matches(
            "tag(smoke) and not name(/slow/)",
            "quick",
            &["smoke"]
        ));
        assert!(!matches(
            "tag(smoke) and not name(/slow/)",
            "slow one",
            &["smoke"]
        ));
        assert!(matches("tag(a) or tag(b) and tag(c)", "x", &["a"]));
        assert!(!matches("(tag(a) or tag(b)) & tag(c)", "x", &["a"]));
        assert!(matches("name(ui) && !name(=ui)", "quick", &[]));
        assert!(matches("name(#q*k) | none()", "quick", &[]));
        assert!(matches(r"name(/a\/b/)", "a/b", &[]));
        assert!(matches("name(GET (all) of it)", "the GET (all) of it", &[]));
        assert!(matches(
            "path(b.toml) and method(GET) and collection(b) and all()",
            "x",
            &[]
        ));
        assert!(!matches("tag(smo)", "x", &["smoke"]));
    }

    #[test]
    fn mistakes_have_places_and_hints() {
        let error = Filter::parse("tags(smoke)").unwrap_err();
        assert_eq!(
            (error.at, error.hint.as_deref()),
            (0, Some("did you mean `tag`?"))
        );
        assert_eq!(
            Filter::parse("smoke").unwrap_err().hint.as_deref(),
            Some("write `tag(smoke)` or `name(smoke)`")
        );
        for bad in [
            "",
            "tag(",
            "tag()",
            "name(/a",
            "name(/(/)",
            "tag(a) tag(b)",
            "(tag(a)",
            "not",
            "and",
        ] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
        assert!(Filter::parse(&"not ".repeat(100_000)).is_err());
    }

    /// Filters of which nothing has a part, and what is told of them.
    const UNKNOWN: [(&str, &str); 14] = [
        (
            "tag(slwo)",
            "error | `--filter`: no request has the tag `slwo` | did you mean `slow`?",
        ),
        (
            "not tag(slwo)",
            "error | `--filter`: no request has the tag `slwo` | did you mean `slow`?",
        ),
        (
            "not (all() and (tag(slow) or tag(slwo)))",
            "error | `--filter`: no request has the tag `slwo` | did you mean `slow`?",
        ),
        (
            "not tag(nightly)",
            "warning | `--filter`: no request has the tag `nightly` | -",
        ),
        (
            "tag(slow) or tag(nightly)",
            "error | `--filter`: no request has the tag `nightly` | -",
        ),
        (
            "method(get)",
            "error | `--filter`: no request has the method `get` | did you mean `GET`?",
        ),
        (
            "not method(DELTE)",
            "error | `--filter`: no request has the method `DELTE` | did you mean `DELETE`?",
        ),
        (
            "name(ordres)",
            "error | `--filter`: no request has a name that matches `ordres` | did you mean `orders`?",
        ),
        (
            "name(=list ordres)",
            "error | `--filter`: there is no request `list ordres` | did you mean `list orders`?",
        ),
        (
            "not name(/^x/)",
            "warning | `--filter`: no request has a name that matches `/^x/` | -",
        ),
        (
            "name(/^x/)",
            "error | `--filter`: no request has a name that matches `/^x/` | -",
        ),
        (
            "not collection(teh cart)",
            "error | `--filter`: there is no collection `teh cart` | did you mean `the cart`?",
        ),
        (
            "path(crat.toml)",
            "error | `--filter`: no collection has a path that matches `crat.toml` | -",
        ),
        (
            "tag(#x*)",
            "error | `--filter`: no request has a tag that matches `x*` | -",
        ),
    ];

    #[test]
    fn what_nothing_has_is_told() {
        let mut known = Known::default();
        known.add(("shop/cart.toml", "the cart"));
        known.add_request(
            ("list orders", "PROPFIND"),
            &["slow".to_owned(), "smoke".to_owned()],
        );
        let told = |filter: &str| {
            let found = Filter::parse(filter).unwrap().unknown(&known);
            let shown = found.iter().map(|problem| {
                let hint = problem.hint.as_deref().unwrap_or("-");
                format!(
                    "{} | {} | {hint}",
                    if problem.is_error() {
                        "error"
                    } else {
                        "warning"
                    },
                    problem.message
                )
            });
            shown.collect::<Vec<_>>().join("\n")
        };
        for fine in [
            "tag(slow)",
            "name(orders)",
            "name(=list orders)",
            "path(cart)",
            "collection(the cart)",
            "not tag(slow)",
        ] {
            assert_eq!(told(fine), "");
        }
        for fine in [
            "method(PROPFIND)",
            "method(PATCH)",
            "not method(TRACE)",
            "name(/^list/)",
            "tag(#s*)",
            "all()",
            "not none()",
        ] {
            assert_eq!(told(fine), "");
        }

        for (filter, expected) in UNKNOWN {
            assert_eq!(told(filter), expected, "{filter}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[a-z()!&|/#=~ é]{0,40}") {
            let _ = Filter::parse(&text);
        }
    }
}
