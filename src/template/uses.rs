//! What an expression uses, seen in its tokens: names and paths from the scope, functions, filters, tests, patterns.
//!
//! The grammar has no construct that binds a name, so the tokens around a name tell what it is.

use indexmap::IndexSet;

use super::TemplateError;
use super::names::{FILTERS, FUNCTIONS, PATTERN_NAMES, RESERVED, TESTS};
use super::scan::{Kind, Token};
use crate::suggest::did_you_mean;

/// What an expression, or all expressions of a template, take from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// Names from the scope, in order.
    pub(super) names: IndexSet<String>,
    /// Names from the scope with the member that is taken, where the text says which.
    pub(super) paths: IndexSet<(String, Option<String>)>,
    /// Environment variables that are asked for by a literal name and must be set: they have no default, and the expression
    /// does not ask whether they are defined.
    pub(super) env: IndexSet<String>,
    /// Files that are read by a literal name.
    pub(super) files: IndexSet<String>,
}

impl Uses {
    /// Takes over what another one uses.
    pub(super) fn extend(&mut self, other: &Self) {
        self.names.extend(other.names.iter().cloned());
        self.paths.extend(other.paths.iter().cloned());
        self.env.extend(other.env.iter().cloned());
        self.files.extend(other.files.iter().cloned());
    }
}

const KEYWORDS: [&str; 14] = [
    "and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "null", "True", "False",
    "None",
];

/// What the names of an expression are; unknown functions, filters, tests and patterns are errors, at their bytes.
pub(super) fn uses(tokens: &[Token<'_>]) -> Result<Uses, TemplateError> {
    let mut uses = Uses::default();
    let mut asked = IndexSet::new();
    for (index, token) in tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.kind == Kind::Name)
    {
        let place = Place {
            tokens,
            index,
            token,
        };
        place.note(&mut uses)?;
        asked.extend(place.asked_variable());
    }
    uses.env.retain(|name| !asked.contains(name.as_str()));
    Ok(uses)
}

/// A name in an expression, with what stands around it.
struct Place<'a> {
    tokens: &'a [Token<'a>],
    index: usize,
    token: &'a Token<'a>,
}

impl<'a> Place<'a> {
    fn before(&self, distance: usize) -> Option<&'a Token<'a>> {
        self.tokens.get(self.index.checked_sub(distance)?)
    }

    fn after(&self, distance: usize) -> Option<&'a Token<'a>> {
        self.tokens.get(self.index + distance)
    }

    fn note(&self, uses: &mut Uses) -> Result<(), TemplateError> {
        let before = |symbol| self.before(1).is_some_and(|token| token.is(symbol));
        let after = |symbol| self.after(1).is_some_and(|token| token.is(symbol));
        if before(".") {
            return self.check_member(after("("));
        }
        if before("|") {
            return self.check("filter", FILTERS);
        }
        if self.follows_is() {
            return if self.token.text == "not" {
                Ok(())
            } else {
                self.check("test", TESTS)
            };
        }
        if KEYWORDS.contains(&self.token.text) || after("=") {
            return Ok(());
        }
        if self.token.text == "any" {
            return self.check_any();
        }
        if after("(") {
            self.check("function", FUNCTIONS)?;
            self.note_literals(uses);
            return Ok(());
        }
        self.note_name(uses)
    }

    fn follows_is(&self) -> bool {
        let is = |distance| {
            let dotted = self.before(distance + 1).is_some_and(|token| token.is("."));
            !dotted
                && self
                    .before(distance)
                    .is_some_and(|token| token.is_word("is"))
        };
        is(1) || (is(2) && self.before(1).is_some_and(|token| token.is_word("not")))
    }

    fn check(&self, what: &str, known: &[&str]) -> Result<(), TemplateError> {
        if known.contains(&self.token.text) {
            return Ok(());
        }
        let hint = did_you_mean(self.token.text, known.iter().copied());
        Err(self.error(format!("there is no {what} `{}`", self.token.text), hint))
    }

    fn error(&self, message: String, hint: Option<String>) -> TemplateError {
        TemplateError {
            message,
            range: self.token.range(),
            hint,
        }
    }

    /// After a dot: a member, or a method, which nothing but `any` has.
    fn check_member(&self, called: bool) -> Result<(), TemplateError> {
        let of_any = self.before(2).is_some_and(|token| token.is_word("any"))
            && !self
                .before(3)
                .is_some_and(|token| token.is(".") || token.is("|"));
        if !called || of_any {
            return Ok(());
        }
        let name = self.token.text;
        let hint = if FILTERS.contains(&name) {
            format!("write `| {name}`")
        } else {
            "use a filter: `x | length`".into()
        };
        Err(self.error(format!("values have no methods: `.{name}()`"), Some(hint)))
    }

    fn check_any(&self) -> Result<(), TemplateError> {
        let name = self
            .after(2)
            .filter(|name| self.after(1).is_some_and(|dot| dot.is(".")) && name.kind == Kind::Name);
        let Some(name) = name else {
            return Err(self.error(
                "`any` is not a value by itself".into(),
                Some("write `any.value`, `any.uuid`, …".into()),
            ));
        };
        let known = PATTERN_NAMES.iter().copied();
        if known.clone().any(|known| known == name.text) || name.text == "date_time" {
            return Ok(());
        }
        let hint = did_you_mean(name.text, known);
        Err(TemplateError {
            message: format!("there is no pattern `any.{}`", name.text),
            range: name.range(),
            hint,
        })
    }

    /// `env('X')` and `file('x')` tell what they need before they run.
    fn note_literals(&self, uses: &mut Uses) {
        let Some(text) = self.after(2).and_then(Token::plain_string) else {
            return;
        };
        match self.token.text {
            "env" if self.has_default() => false,
            "env" => uses.env.insert(text.to_owned()),
            "file" => uses.files.insert(text.to_owned()),
            _ => false,
        };
    }

    /// `env('X', default=…)`, `env('X') | default(…)`, and `… | default(env('X'))`, which may not be needed: the variable need not
    /// be set.
    fn has_default(&self) -> bool {
        let is =
            |distance, text: &str| self.after(distance).is_some_and(|token| token.text == text);
        let was = |distance, text: &str| {
            self.before(distance)
                .is_some_and(|token| token.text == text)
        };
        let filtered = is(3, ")") && is(4, "|") && (is(5, "default") || is(5, "d"));
        let stands_in = was(1, "(") && (was(2, "default") || was(2, "d")) && was(3, "|");
        (is(3, ",") && is(4, "default")) || filtered || stands_in
    }

    /// The variable of `env('X') is defined`, or `is undefined`.
    fn asked_variable(&self) -> Option<&'a str> {
        let is = |distance, text: &str| {
            self.after(distance)
                .is_some_and(|token| token.is_word(text))
        };
        let test = if is(5, "not") { 6 } else { 5 };
        let asks = is(4, "is") && (is(test, "defined") || is(test, "undefined"));
        let called = self.token.text == "env" && self.after(3).is_some_and(|token| token.is(")"));
        if asks && called {
            self.after(2)?.plain_string()
        } else {
            None
        }
    }

    fn note_name(&self, uses: &mut Uses) -> Result<(), TemplateError> {
        let name = self.token.text;
        if FUNCTIONS.contains(&name) {
            return Err(self.error(
                format!("`{name}` is a function"),
                Some(format!("write `{name}()`")),
            ));
        }
        if name == "loop" || name == "self" {
            return Err(self.error(format!("`{name}` has no meaning here"), None));
        }
        uses.names.insert(name.to_owned());
        uses.paths
            .insert((name.to_owned(), self.member().map(str::to_owned)));
        Ok(())
    }

    /// The member that is taken: `.x` or `['x']`.
    fn member(&self) -> Option<&'a str> {
        let (open, key) = (self.after(1)?, self.after(2)?);
        if open.is(".") && key.kind != Kind::Symbol {
            return Some(key.text);
        }
        (open.is("[") && self.after(3)?.is("]")).then(|| key.plain_string())?
    }
}

/// Whether a name may be bound; the hint says why not.
///
/// # Errors
/// Where the text is not a name, or is the name of something built in.
pub fn check_name(text: &str) -> Result<(), String> {
    if !super::names::is_name(text) {
        return Err(format!(
            "`{text}` is not a name: letters, digits and `_`, not a digit first"
        ));
    }
    if RESERVED.contains(&text) {
        return Err(format!("`{text}` is a built-in name"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::scan::tokens;

    fn names(source: &str) -> Vec<String> {
        uses(&tokens(source)).unwrap().names.into_iter().collect()
    }

    fn error(source: &str) -> (String, &str, Option<String>) {
        let error = uses(&tokens(source)).unwrap_err();
        (error.message, source.get(error.range).unwrap(), error.hint)
    }

    #[test]
    fn names_are_those_of_the_scope_alone() {
        assert_eq!(
            names("a.b + c['d'] | default(e, boolean=f) ~ a"),
            ["a", "c", "e", "f"]
        );
        assert_eq!(
            names("x is divisibleby y and not z is not defined or null in [true, none]"),
            ["x", "y", "z"]
        );
        assert_eq!(
            names("any.array(each=any.uuid, len=n) if uuid() else {k: 'v'}"),
            ["n", "k"]
        );
        assert_eq!(names("'a' \"b\" 1e5 0x1f x.y.z"), ["x"]);
    }

    #[test]
    fn members_environment_and_files_are_told() {
        let found = uses(&tokens(
            "row.id + row['name'] + items[0] + env('A') + file('b.txt') + env(c)",
        ))
        .unwrap();
        let paths: Vec<_> = found
            .paths
            .iter()
            .map(|(name, member)| (name.as_str(), member.as_deref()))
            .collect();
        assert_eq!(
            paths,
            [
                ("row", Some("id")),
                ("row", Some("name")),
                ("items", None),
                ("c", None)
            ]
        );
        assert_eq!(found.env.iter().collect::<Vec<_>>(), ["A"]);
        assert_eq!(found.files.iter().collect::<Vec<_>>(), ["b.txt"]);
        let found = uses(&tokens(
            "env('A', default='x') ~ env( 'B' , default = 'y') ~ env('C')",
        ))
        .unwrap();
        assert_eq!(found.env.iter().collect::<Vec<_>>(), ["C"]);
        for (text, needed) in [
            ("env('A') | default('x')", &[][..]),
            ("env('A') | d(env('B')) ~ env('C')", &["C"]),
            ("env('A') is defined", &[]),
            (
                "env('A') if env('A') is not undefined else env('B')",
                &["B"],
            ),
            ("env('A') | upper | default('x')", &["A"]),
            ("x | replace(env('A'), 'y')", &["A"]),
            ("env('A') is string", &["A"]),
        ] {
            assert_eq!(
                uses(&tokens(text)).unwrap().env.iter().collect::<Vec<_>>(),
                needed,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_known_is_an_error_with_a_suggestion() {
        assert_eq!(
            error("uid()"),
            (
                "there is no function `uid`".into(),
                "uid",
                Some("did you mean `uuid`?".into())
            )
        );
        assert_eq!(error("a | defalt(1)").2.unwrap(), "did you mean `default`?");
        assert_eq!(error("a is defned").1, "defned");
        assert_eq!(
            error("any.uuidd"),
            (
                "there is no pattern `any.uuidd`".into(),
                "uuidd",
                Some("did you mean `uuid`?".into())
            )
        );
        assert_eq!(error("[any]").1, "any");
        assert_eq!(error("a.upper()").2.unwrap(), "write `| upper`");
        assert_eq!(error("now").2.unwrap(), "write `now()`");
        assert_eq!(error("self.x").1, "self");
    }

    #[test]
    fn built_in_names_cannot_be_bound() {
        assert!(check_name("token_2").is_ok());
        assert!(
            FUNCTIONS
                .iter()
                .chain(&KEYWORDS)
                .all(|name| check_name(name).is_err())
        );
        assert!(
            ["", "a-b", "2x", "é", "a b"]
                .iter()
                .all(|name| check_name(name).is_err())
        );
    }
}
