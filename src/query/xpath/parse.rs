//! From a text to an expression (XPath 1.0 section 2 and 3), with the place of every slip.

use std::ops::Range;

use indexmap::IndexMap;

use super::ast::{AXES, Axis, Expr, LEVELS, Operator, Path, Start, Step, Test, Type};
use super::functions::{self, FUNCTIONS};
use crate::query::QueryError;
use crate::query::cursor::{self, Cursor};
use crate::source::did_you_mean;

/// How deep brackets and calls may nest: everything that walks an expression recurses.
const MAX_NESTING: usize = 32;

/// `xml` needs no declaration.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

type Read<T> = cursor::Step<T>;

pub(super) struct Parser<'a> {
    cursor: Cursor<'a>,
    namespaces: &'a IndexMap<String, String>,
    depth: usize,
    /// Whether an element is named without a prefix, which finds nothing where the document has a default namespace.
    pub(super) unprefixed: bool,
}

/// A name with its prefix, `*` for any.
struct Written<'a> {
    prefix: Option<&'a str>,
    local: &'a str,
    range: Range<usize>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, namespaces: &'a IndexMap<String, String>) -> Self {
        Self {
            cursor: Cursor { text, at: 0 },
            namespaces,
            depth: 0,
            unprefixed: false,
        }
    }

    /// The whole text as one expression.
    pub(super) fn parse(&mut self) -> Read<Expr> {
        let expression = self.expression()?;
        self.cursor.blanks();
        if self.cursor.rest().is_empty() {
            Ok(expression)
        } else {
            Err(self.cursor.expected("an operator or the end"))
        }
    }

    fn expression(&mut self) -> Read<Expr> {
        if self.depth == MAX_NESTING {
            let message = format!("the expression is nested deeper than {MAX_NESTING} levels");
            return Err(QueryError::new(self.cursor.here(), message));
        }
        self.depth += 1;
        let result = self.level(0);
        self.depth -= 1;
        result
    }

    fn level(&mut self, level: usize) -> Read<Expr> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let first = self.level(level + 1)?;
        let mut rest = Vec::new();
        while let Some(operator) = self.operator(operators) {
            rest.push((operator, self.level(level + 1)?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Expr::Chain(Box::new(first), rest)
        })
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        self.cursor.blanks();
        let rest = self.cursor.rest();
        let is_next = |written: &str| {
            let behind = rest.strip_prefix(written);
            behind
                .is_some_and(|behind| !written.starts_with(is_name) || !behind.starts_with(is_name))
        };
        let (written, operator) = operators.iter().find(|(written, _)| is_next(written))?;
        self.cursor.eat(written);
        Some(*operator)
    }

    fn unary(&mut self) -> Read<Expr> {
        let mut signs = 0_usize;
        self.cursor.blanks();
        while self.cursor.eat("-") {
            signs += 1;
            self.cursor.blanks();
        }
        let operand = self.union()?;
        Ok(match signs {
            0 => operand,
            // Twice negated is the number, not the operand: `--'1'` is 1.
            even if even % 2 == 0 => Expr::Negate(Box::new(Expr::Negate(Box::new(operand)))),
            _ => Expr::Negate(Box::new(operand)),
        })
    }

    fn union(&mut self) -> Read<Expr> {
        let start = self.cursor.at;
        let first = self.path()?;
        let mut parts = vec![first];
        loop {
            self.cursor.blanks();
            if !self.cursor.eat("|") {
                break;
            }
            parts.push(self.path()?);
        }
        if parts.len() > 1 && parts.iter().any(|part| part.kind() != Type::Nodes) {
            return Err(QueryError::new(
                start..self.cursor.at,
                "`|` joins nodes, and one side is none",
            ));
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Expr::Union(parts)
        })
    }

    fn path(&mut self) -> Read<Expr> {
        self.cursor.blanks();
        let start = self.cursor.at;
        let (start_at, mut steps) = if self.cursor.eat("//") {
            (Start::Root, vec![anything_below(), self.step()?])
        } else if self.cursor.eat("/") {
            self.cursor.blanks();
            let steps = if self.starts_step() {
                vec![self.step()?]
            } else {
                Vec::new()
            };
            let more = !steps.is_empty();
            if !more {
                return Ok(Expr::Path(Box::new(Path {
                    start: Start::Root,
                    steps,
                })));
            }
            (Start::Root, steps)
        } else if let Some(primary) = self.primary()? {
            let predicates = self.predicates()?;
            self.cursor.blanks();
            if predicates.is_empty() && self.cursor.peek() != Some('/') {
                return Ok(primary);
            }
            if primary.kind() != Type::Nodes {
                let problem = QueryError::new(
                    start..self.cursor.at,
                    "what is filtered or gone into must be nodes",
                );
                return Err(problem);
            }
            (Start::Of(primary, predicates), Vec::new())
        } else {
            (Start::Current, vec![self.step()?])
        };
        self.more_steps(&mut steps)?;
        Ok(Expr::Path(Box::new(Path {
            start: start_at,
            steps,
        })))
    }

    fn more_steps(&mut self, steps: &mut Vec<Step>) -> Read<()> {
        loop {
            self.cursor.blanks();
            if self.cursor.eat("//") {
                steps.push(anything_below());
            } else if !self.cursor.eat("/") {
                return Ok(());
            }
            steps.push(self.step()?);
        }
    }

    fn starts_step(&self) -> bool {
        self.cursor
            .peek()
            .is_some_and(|next| matches!(next, '.' | '@' | '*') || is_name_start(next))
    }

    fn step(&mut self) -> Read<Step> {
        self.cursor.blanks();
        for (written, axis) in [("..", Axis::Parent), (".", Axis::OneSelf)] {
            if self.cursor.eat(written) {
                return Ok(Step {
                    axis,
                    test: Test::Node,
                    predicates: Vec::new(),
                });
            }
        }
        let axis = self.axis()?;
        self.cursor.blanks();
        let test = self.test(axis)?;
        Ok(Step {
            axis,
            test,
            predicates: self.predicates()?,
        })
    }

    fn axis(&mut self) -> Read<Axis> {
        if self.cursor.eat("@") {
            return Ok(Axis::Attribute);
        }
        let start = self.cursor.at;
        let name = self.local_name();
        let range = start..self.cursor.at;
        self.cursor.blanks();
        if name.is_empty() || !self.cursor.eat("::") {
            self.cursor.at = start;
            return Ok(Axis::Child);
        }
        let known = AXES.iter().find(|(known, _)| *known == name);
        known.map(|(_, axis)| *axis).ok_or_else(|| {
            let hint = did_you_mean(name, AXES.map(|(name, _)| name));
            QueryError {
                hint,
                ..QueryError::new(range, format!("there is no axis `{name}`"))
            }
        })
    }

    fn test(&mut self, axis: Axis) -> Read<Test> {
        let Some(name) = self.name() else {
            return Err(self.cursor.expected("a name, `*`, `.`, `..` or `@`"));
        };
        let behind = self.cursor.at;
        self.cursor.blanks();
        if name.prefix.is_none() && self.cursor.eat("(") {
            return self.kind_test(&name);
        }
        self.cursor.at = behind;
        let namespace = name
            .prefix
            .map(|prefix| self.namespace(prefix, &name.range))
            .transpose()?;
        Ok(match (namespace, name.local) {
            (None, "*") => Test::Any,
            (Some(namespace), "*") => Test::Namespace(namespace),
            (namespace, local) => {
                self.unprefixed |= namespace.is_none() && axis != Axis::Attribute;
                Test::Name(namespace, local.to_owned())
            }
        })
    }

    fn namespace(&self, prefix: &str, range: &Range<usize>) -> Read<String> {
        let declared = self
            .namespaces
            .get(prefix)
            .map(String::as_str)
            .or((prefix == "xml").then_some(XML));
        declared.map(str::to_owned).ok_or_else(|| {
            let problem = QueryError::new(
                range.clone(),
                format!("the prefix `{prefix}` is not declared"),
            );
            problem.hint(format!("declare it: `namespaces = {{ {prefix} = \"…\" }}`"))
        })
    }

    /// `text()` and its like; the cursor is behind the bracket.
    fn kind_test(&mut self, name: &Written<'_>) -> Read<Test> {
        self.cursor.blanks();
        let test = match name.local {
            "node" => Test::Node,
            "text" => Test::Text,
            "comment" => Test::Comment,
            "processing-instruction" => Test::Instruction(self.literal()?),
            other => {
                let problem =
                    QueryError::new(name.range.clone(), format!("`{other}(…)` cannot be a step"));
                return Err(
                    problem.hint(format!("a function goes around a path: `{other}(//a/b)`"))
                );
            }
        };
        self.cursor.blanks();
        if self.cursor.eat(")") {
            Ok(test)
        } else {
            Err(self.cursor.expected("`)`"))
        }
    }

    fn predicates(&mut self) -> Read<Vec<Expr>> {
        let mut predicates = Vec::new();
        loop {
            let before = self.cursor.at;
            self.cursor.blanks();
            if !self.cursor.eat("[") {
                self.cursor.at = before;
                return Ok(predicates);
            }
            predicates.push(self.expression()?);
            self.cursor.blanks();
            if !self.cursor.eat("]") {
                return Err(self.cursor.expected("an operator or `]`"));
            }
        }
    }

    /// A literal, a number, an expression in brackets, a call; `None` where a step stands.
    fn primary(&mut self) -> Read<Option<Expr>> {
        match self.cursor.peek() {
            Some('"' | '\'') => Ok(self.literal()?.map(Expr::Text)),
            Some('(') => {
                self.cursor.eat("(");
                let inner = self.expression()?;
                self.cursor.blanks();
                if self.cursor.eat(")") {
                    Ok(Some(inner))
                } else {
                    Err(self.cursor.expected("an operator or `)`"))
                }
            }
            Some('$') => {
                let problem =
                    QueryError::new(self.cursor.here(), "XPath variables are not supported");
                Err(problem.hint("insert the value: `{{ name }}`"))
            }
            Some('0'..='9') => self.number().map(Some),
            Some('.') if self.fraction_follows() => self.number().map(Some),
            _ => self.call(),
        }
    }

    fn fraction_follows(&self) -> bool {
        self.cursor
            .rest()
            .strip_prefix('.')
            .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
    }

    fn number(&mut self) -> Read<Expr> {
        let start = self.cursor.at;
        let written = self
            .cursor
            .take_while(|character| character.is_ascii_digit() || character == '.');
        let wrong = || {
            QueryError::new(
                start..start + written.len(),
                format!("`{written}` is not a number"),
            )
        };
        written.parse().map(Expr::Number).map_err(|_| wrong())
    }

    fn literal(&mut self) -> Read<Option<String>> {
        let start = self.cursor.at;
        let Some(quote @ ('"' | '\'')) = self.cursor.peek() else {
            return Ok(None);
        };
        self.cursor.next();
        let text = self
            .cursor
            .take_while(|character| character != quote)
            .to_owned();
        let closed = self.cursor.next().is_some();
        let unclosed = || {
            QueryError::new(start..self.cursor.at, "the text does not end")
                .hint("close it with its quote")
        };
        if closed {
            Ok(Some(text))
        } else {
            Err(unclosed())
        }
    }

    fn call(&mut self) -> Read<Option<Expr>> {
        let start = self.cursor.at;
        let name = self.local_name();
        let range = start..self.cursor.at;
        self.cursor.blanks();
        let is_call = !name.is_empty() && self.cursor.eat("(");
        if !is_call || matches!(name, "node" | "text" | "comment" | "processing-instruction") {
            self.cursor.at = start;
            return Ok(None);
        }
        let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
            let hint = did_you_mean(name, FUNCTIONS.iter().map(|function| function.name));
            return Err(QueryError {
                hint,
                ..QueryError::new(range, format!("XPath 1.0 has no function `{name}`"))
            });
        };
        let arguments = self.arguments()?;
        functions::check(function, &arguments)
            .map_err(|message| QueryError::new(start..self.cursor.at, message))?;
        Ok(Some(Expr::Call(*function, arguments)))
    }

    fn arguments(&mut self) -> Read<Vec<Expr>> {
        let mut arguments = Vec::new();
        self.cursor.blanks();
        if self.cursor.eat(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            self.cursor.blanks();
            if self.cursor.eat(")") {
                return Ok(arguments);
            }
            if !self.cursor.eat(",") {
                return Err(self.cursor.expected("`,` or `)`"));
            }
        }
    }

    fn local_name(&mut self) -> &'a str {
        if self.cursor.peek().is_some_and(is_name_start) {
            self.cursor.take_while(is_name)
        } else {
            ""
        }
    }

    /// `*`, `name`, `prefix:name` or `prefix:*`.
    fn name(&mut self) -> Option<Written<'a>> {
        let start = self.cursor.at;
        if self.cursor.eat("*") {
            return Some(Written {
                prefix: None,
                local: "*",
                range: start..self.cursor.at,
            });
        }
        let first = self.local_name();
        if first.is_empty() {
            return None;
        }
        let behind = self.cursor.at;
        if self.cursor.eat(":") {
            let local = if self.cursor.eat("*") {
                "*"
            } else {
                self.local_name()
            };
            if !local.is_empty() {
                return Some(Written {
                    prefix: Some(first),
                    local,
                    range: start..self.cursor.at,
                });
            }
            self.cursor.at = behind;
        }
        Some(Written {
            prefix: None,
            local: first,
            range: start..behind,
        })
    }
}

/// What `//` stands for.
fn anything_below() -> Step {
    Step {
        axis: Axis::DescendantOrSelf,
        test: Test::Node,
        predicates: Vec::new(),
    }
}

fn is_name_start(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '\u{B7}')
}
