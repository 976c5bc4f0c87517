//! What stands behind `?`: conditions, comparisons and functions, well-typed (RFC 9535 sections 2.3.5 and 2.4).

use std::ops::Range;

use super::ast::{Comparison, Logical, Matches, Operand, Pattern, Query};
use super::lexis::Step;
use super::parse::Parser;
use super::regexp;
use crate::query::QueryError;
use crate::source::did_you_mean;
use crate::value::Value;

const FUNCTIONS: [&str; 5] = ["length", "count", "value", "match", "search"];

/// Longer ones first: `<` starts `<=`.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

/// A part of a condition before it is known what is asked of it.
struct Term {
    what: What,
    range: Range<usize>,
}

enum What {
    Literal(Value),
    Query(Query),
    /// A function that gives a value.
    Value(Operand),
    /// A function that gives true or false.
    Logical(Logical),
}

impl Parser<'_> {
    /// Conditions joined by `||`.
    pub(super) fn logical(&mut self) -> Step<Logical> {
        let mut any = self.joined("||", Self::conjunction)?;
        Ok(if any.len() == 1 {
            any.remove(0)
        } else {
            Logical::Any(any)
        })
    }

    fn conjunction(&mut self) -> Step<Logical> {
        let mut all = self.joined("&&", Self::condition)?;
        Ok(if all.len() == 1 {
            all.remove(0)
        } else {
            Logical::All(all)
        })
    }

    fn joined(
        &mut self,
        operator: &str,
        read: impl Fn(&mut Self) -> Step<Logical>,
    ) -> Step<Vec<Logical>> {
        let mut parts = vec![read(self)?];
        loop {
            let before = self.cursor.at;
            self.cursor.blanks();
            if !self.cursor.eat(operator) {
                self.cursor.at = before;
                return Ok(parts);
            }
            self.cursor.blanks();
            parts.push(read(self)?);
        }
    }

    fn condition(&mut self) -> Step<Logical> {
        if self.cursor.eat("!") {
            self.cursor.blanks();
            let negated = if self.cursor.peek() == Some('(') {
                self.group()?
            } else {
                self.term()?.test()?
            };
            return Ok(Logical::Not(Box::new(negated)));
        }
        if self.cursor.peek() == Some('(') {
            return self.group();
        }
        let left = self.term()?;
        let before = self.cursor.at;
        self.cursor.blanks();
        let Some(comparison) = self.comparison() else {
            self.cursor.at = before;
            return left.test();
        };
        self.cursor.blanks();
        let right = self.term()?;
        Ok(Logical::Compare(Box::new((
            left.operand()?,
            comparison,
            right.operand()?,
        ))))
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let found = COMPARISONS
            .iter()
            .find(|(written, _)| self.cursor.rest().starts_with(written))?;
        self.cursor.eat(found.0);
        Some(found.1)
    }

    /// Conditions in round brackets.
    fn group(&mut self) -> Step<Logical> {
        self.cursor.eat("(");
        self.cursor.blanks();
        let inner = self.deeper(Self::logical)?;
        self.cursor.blanks();
        if self.cursor.eat(")") {
            Ok(inner)
        } else {
            Err(self.cursor.expected("`)`"))
        }
    }

    fn term(&mut self) -> Step<Term> {
        let start = self.cursor.at;
        let what = match self.cursor.peek() {
            Some(root @ ('@' | '$')) => {
                self.cursor.next();
                What::Query(Query {
                    absolute: root == '$',
                    segments: self.segments()?,
                })
            }
            Some('\'' | '"') => What::Literal(Value::String(self.cursor.string()?)),
            Some('-' | '0'..='9') => What::Literal(Value::Number(self.cursor.number()?)),
            Some('a'..='z') => self.word()?,
            _ => return Err(self.no_term()),
        };
        Ok(Term {
            what,
            range: start..self.cursor.at,
        })
    }

    fn no_term(&mut self) -> QueryError {
        let problem = self.cursor.expected("`@`, `$`, a literal or a function");
        match self.cursor.name() {
            Some(name) => problem.hint(format!(
                "a member of the current node is `@.{name}`, a string `'{name}'`"
            )),
            None => problem,
        }
    }

    /// `true`, `false`, `null` or a function.
    fn word(&mut self) -> Step<What> {
        let start = self.cursor.at;
        let name = self
            .cursor
            .take_while(|character| matches!(character, 'a'..='z' | '0'..='9' | '_'));
        match name {
            "true" | "false" => Ok(What::Literal(Value::Bool(name == "true"))),
            "null" => Ok(What::Literal(Value::Null)),
            _ if self.cursor.peek() == Some('(') => self.function(name, start),
            _ => {
                let problem =
                    QueryError::new(start..self.cursor.at, format!("`{name}` is not a value"));
                Err(problem.hint(format!(
                    "a member of the current node is `@.{name}`, a string `'{name}'`"
                )))
            }
        }
    }

    fn function(&mut self, name: &str, start: usize) -> Step<What> {
        let named = start..self.cursor.at;
        if !FUNCTIONS.contains(&name) {
            let known = || {
                format!(
                    "the functions are {}",
                    FUNCTIONS.map(|name| format!("`{name}`")).join(", ")
                )
            };
            let hint = did_you_mean(name, FUNCTIONS).unwrap_or_else(known);
            return Err(
                QueryError::new(named, format!("there is no function `{name}`")).hint(hint),
            );
        }
        let mut arguments = self.deeper(Self::arguments)?;
        let wanted = if matches!(name, "match" | "search") {
            2
        } else {
            1
        };
        if arguments.len() != wanted {
            let message = format!(
                "`{name}` takes {wanted} argument{}, found {}",
                plural(wanted),
                arguments.len()
            );
            return Err(QueryError::new(start..self.cursor.at, message));
        }
        let first = arguments.remove(0);
        Ok(match name {
            "length" => What::Value(Operand::Length(Box::new(first.operand()?))),
            "count" => What::Value(Operand::Count(first.nodes(name)?)),
            "value" => What::Value(Operand::Value(first.nodes(name)?)),
            _ => {
                let whole = name == "match";
                let pattern = arguments.remove(0).pattern(whole)?;
                What::Logical(Logical::Matches(Box::new(Matches {
                    text: first.operand()?,
                    pattern,
                    whole,
                })))
            }
        })
    }

    fn arguments(&mut self) -> Step<Vec<Term>> {
        self.cursor.eat("(");
        self.cursor.blanks();
        let mut arguments = Vec::new();
        if self.cursor.eat(")") {
            return Ok(arguments);
        }
        loop {
            self.cursor.blanks();
            arguments.push(self.term()?);
            self.cursor.blanks();
            if self.cursor.eat(")") {
                return Ok(arguments);
            }
            if !self.cursor.eat(",") {
                return Err(self.cursor.expected("`,` or `)`"));
            }
        }
    }
}

impl Term {
    fn problem<T>(self, message: &str, hint: &str) -> Step<T> {
        Err(QueryError::new(self.range, message).hint(hint))
    }

    /// As a condition by itself.
    fn test(self) -> Step<Logical> {
        match self.what {
            What::Query(query) => Ok(Logical::Exists(query)),
            What::Logical(logical) => Ok(logical),
            What::Literal(_) => self.problem(
                "a literal is not a condition",
                "compare it with something: `@.name == 'x'`",
            ),
            What::Value(_) => self.problem(
                "the function gives a value, not true or false",
                "compare it: `length(@.name) > 2`",
            ),
        }
    }

    /// As one value.
    fn operand(self) -> Step<Operand> {
        match self.what {
            What::Literal(value) => Ok(Operand::Literal(value)),
            What::Value(operand) => Ok(operand),
            What::Query(query) if query.is_singular() => Ok(Operand::Query(query)),
            What::Query(_) => {
                let hint = "only names and indexes give exactly one value; `count(…)` counts several, `value(…)` takes the only one";
                self.problem("the path can give several values, but one is needed", hint)
            }
            What::Logical(_) => self.problem(
                "the function is true or false already",
                "use it by itself or with `!`",
            ),
        }
    }

    /// As any number of nodes.
    fn nodes(self, function: &str) -> Step<Query> {
        match self.what {
            What::Query(query) => Ok(query),
            _ => self.problem(
                &format!("`{function}` takes a path"),
                "a path starts with `@` or `$`",
            ),
        }
    }

    /// As a pattern, compiled here where it is written out.
    fn pattern(self, whole: bool) -> Step<Pattern> {
        let range = self.range.clone();
        match self.operand()? {
            Operand::Literal(Value::String(text)) => match regexp::compile(&text, whole) {
                Ok(regex) => Ok(Pattern::Fixed(regex)),
                Err(problem) => Err(QueryError { range, ..problem }),
            },
            operand => Ok(Pattern::Dynamic(operand)),
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
