//! Reads an expression's tokens into its tree: Jinja's grammar for expressions, without calls of anything but functions
//! and patterns.

use std::ops::Range;

use super::fault::Fault;
use super::scan::{Kind, Token};
use super::tree::{Arguments, Bounds, Comparison, Condition, Node, Operator, Part};
use super::{literal, names};
use crate::suggest::did_you_mean;
use crate::value::Value;

type Parsed = Result<Node, Fault>;

const A_VALUE: &str = "expected a value";

/// The tree of an expression.
pub(super) fn parse(tokens: &[Token<'_>]) -> Parsed {
    let mut parser = Parser { tokens, at: 0 };
    let node = parser.expression()?;
    match parser.peek() {
        None => Ok(node),
        Some(token) => Err(
            Fault::new(format!("unexpected `{}` after the expression", token.text))
                .at(&token.range()),
        ),
    }
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    fn next_is(&self, symbol: &str) -> bool {
        self.peek().is_some_and(|token| token.is(symbol))
    }

    fn skip(&mut self, symbol: &str) -> bool {
        let found = self.next_is(symbol);
        self.at += usize::from(found);
        found
    }

    fn skip_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_word(word));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Fault> {
        if self.skip(symbol) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("expected `{symbol}`")))
        }
    }

    /// What stands here cannot; at the end, the last token is shown.
    fn unexpected(&self, expected: &str) -> Fault {
        match (self.peek(), self.tokens.last()) {
            (Some(token), _) => {
                Fault::new(format!("unexpected `{}`, {expected}", token.text)).at(&token.range())
            }
            (None, Some(last)) if expected == A_VALUE => {
                Fault::new("an expression is missing").at(&last.range())
            }
            (None, Some(last)) => {
                Fault::new(format!("the expression ends too early, {expected}")).at(&last.range())
            }
            (None, None) => Fault::new("an expression is missing"),
        }
    }

    fn name(&mut self) -> Result<&'a Token<'a>, Fault> {
        let name = self
            .peek()
            .filter(|token| token.kind == Kind::Name)
            .ok_or_else(|| self.unexpected("expected a name"))?;
        self.at += 1;
        Ok(name)
    }

    /// The bytes from a start to the last token that was read.
    fn since(&self, start: usize) -> Range<usize> {
        let end = self
            .at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(start, |token| token.range().end);
        start..end
    }

    fn start(&self) -> usize {
        self.peek().map_or(0, |token| token.start)
    }

    fn node(&self, part: Part, start: usize) -> Node {
        Node {
            part,
            range: self.since(start),
        }
    }

    fn expression(&mut self) -> Parsed {
        let start = self.start();
        let mut node = self.or()?;
        while self.skip_word("if") {
            let decides = self.or()?;
            let otherwise = if self.skip_word("else") {
                Some(self.expression()?)
            } else {
                None
            };
            let condition = Condition {
                decides,
                then: node,
                otherwise,
            };
            node = self.node(Part::If(Box::new(condition)), start);
        }
        Ok(node)
    }

    fn or(&mut self) -> Parsed {
        let start = self.start();
        let mut node = self.and()?;
        while self.skip_word("or") {
            let right = Box::new(self.and()?);
            node = self.node(Part::Or(Box::new(node), right), start);
        }
        Ok(node)
    }

    fn and(&mut self) -> Parsed {
        let start = self.start();
        let mut node = self.not()?;
        while self.skip_word("and") {
            let right = Box::new(self.not()?);
            node = self.node(Part::And(Box::new(node), right), start);
        }
        Ok(node)
    }

    fn not(&mut self) -> Parsed {
        let start = self.start();
        if self.skip_word("not") {
            let inner = Box::new(self.not()?);
            return Ok(self.node(Part::Not(inner), start));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed {
        let start = self.start();
        let first = self.sum()?;
        let mut others = Vec::new();
        while let Some(comparison) = self.comparison_operator()? {
            others.push((comparison, self.sum()?));
        }
        Ok(if others.is_empty() {
            first
        } else {
            self.node(Part::Comparison(Box::new(first), others), start)
        })
    }

    fn comparison_operator(&mut self) -> Result<Option<Comparison>, Fault> {
        let Some(token) = self.peek() else {
            return Ok(None);
        };
        let comparison = match (token.kind, token.text) {
            (Kind::Symbol, "==") => Comparison::Equal,
            (Kind::Symbol, "!=") => Comparison::Unequal,
            (Kind::Symbol, "<") => Comparison::Less,
            (Kind::Symbol, "<=") => Comparison::LessOrEqual,
            (Kind::Symbol, ">") => Comparison::Greater,
            (Kind::Symbol, ">=") => Comparison::GreaterOrEqual,
            (Kind::Name, "in") => Comparison::In,
            (Kind::Name, "not") => {
                self.at += 1;
                if !self.peek().is_some_and(|token| token.is_word("in")) {
                    return Err(self.unexpected("expected `in`"));
                }
                Comparison::NotIn
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(comparison))
    }

    fn sum(&mut self) -> Parsed {
        self.binary(
            &[("+", Operator::Add), ("-", Operator::Subtract)],
            Self::join,
        )
    }

    fn join(&mut self) -> Parsed {
        self.binary(&[("~", Operator::Join)], Self::product)
    }

    fn product(&mut self) -> Parsed {
        const PRODUCTS: [(&str, Operator); 4] = [
            ("*", Operator::Multiply),
            ("/", Operator::Divide),
            ("//", Operator::FloorDivide),
            ("%", Operator::Remainder),
        ];
        self.binary(&PRODUCTS, Self::power)
    }

    fn power(&mut self) -> Parsed {
        self.binary(&[("**", Operator::Power)], Self::filtered)
    }

    fn binary(
        &mut self,
        operators: &[(&str, Operator)],
        operand: fn(&mut Self) -> Parsed,
    ) -> Parsed {
        let start = self.start();
        let mut node = operand(self)?;
        while let Some((_, operator)) = operators.iter().find(|(symbol, _)| self.next_is(symbol)) {
            self.at += 1;
            let right = Box::new(operand(self)?);
            node = self.node(Part::Binary(*operator, Box::new(node), right), start);
        }
        Ok(node)
    }

    /// An operand with its filters and tests.
    fn filtered(&mut self) -> Parsed {
        let start = self.start();
        let mut node = self.signed()?;
        loop {
            node = if self.skip("|") {
                let name = self.name()?;
                let arguments = if self.next_is("(") {
                    self.arguments()?
                } else {
                    Arguments::default()
                };
                check_names(name.text, &arguments)?;
                self.node(
                    Part::Filter(Box::new(node), name.text.to_owned(), arguments),
                    start,
                )
            } else if self.skip_word("is") {
                let negated = self.skip_word("not");
                let name = self.name()?.text.to_owned();
                let arguments = self.test_arguments()?;
                let test = self.node(Part::Test(Box::new(node), name, arguments), start);
                if negated {
                    self.node(Part::Not(Box::new(test)), start)
                } else {
                    test
                }
            } else {
                return Ok(node);
            };
        }
    }

    /// The arguments of a test; a single one may do without parentheses.
    fn test_arguments(&mut self) -> Result<Arguments, Fault> {
        if self.next_is("(") {
            return self.arguments();
        }
        let starts = |token: &Token<'_>| match token.kind {
            Kind::Name => !["and", "or", "else", "is", "if", "in", "not"].contains(&token.text),
            Kind::Number | Kind::String => true,
            Kind::Symbol => ["-", "[", "{"].contains(&token.text),
        };
        let positional = if self.peek().is_some_and(starts) {
            vec![self.signed()?]
        } else {
            Vec::new()
        };
        Ok(Arguments {
            positional,
            named: Vec::new(),
        })
    }

    fn signed(&mut self) -> Parsed {
        let start = self.start();
        if !self.skip("-") {
            let primary = self.primary()?;
            return self.postfix(primary, start);
        }
        let inner = self.signed()?;
        let part = match inner.part {
            Part::Constant(Value::Number(number)) => {
                Part::Constant(Value::Number(number.negated()))
            }
            part => Part::Negative(Box::new(Node {
                part,
                range: inner.range,
            })),
        };
        Ok(self.node(part, start))
    }

    fn postfix(&mut self, primary: Node, start: usize) -> Parsed {
        let mut node = primary;
        loop {
            if self.skip(".") {
                let part = self.member(node)?;
                node = self.node(part, start);
            } else if self.skip("[") {
                let part = self.subscript(node)?;
                node = self.node(part, start);
            } else if self.next_is("(") {
                return Err(self.unexpected("only functions can be called"));
            } else {
                return Ok(node);
            }
        }
    }

    fn member(&mut self, of: Node) -> Result<Part, Fault> {
        let key = self
            .peek()
            .ok_or_else(|| self.unexpected("expected a member"))?;
        let part = match key.kind {
            Kind::Name => Part::Member(Box::new(of), key.text.to_owned()),
            Kind::Number if key.text.bytes().all(|byte| byte.is_ascii_digit()) => {
                let index = Node {
                    part: Part::Constant(number(key)?),
                    range: key.range(),
                };
                Part::Index(Box::new(of), Box::new(index))
            }
            _ => return Err(self.unexpected("expected a member")),
        };
        self.at += 1;
        Ok(part)
    }

    fn subscript(&mut self, of: Node) -> Result<Part, Fault> {
        let mut bounds: Bounds = [None, None, None];
        let mut colons = 0;
        for bound in &mut bounds {
            if !self.next_is(":") && !self.next_is("]") {
                *bound = Some(Box::new(self.expression()?));
            }
            if !self.skip(":") {
                break;
            }
            colons += 1;
        }
        if self.next_is("]") && colons < 3 {
            self.at += 1;
        } else {
            return Err(self.unexpected("expected `]`"));
        }
        match bounds {
            [Some(index), None, None] if colons == 0 => Ok(Part::Index(Box::new(of), index)),
            [None, ..] if colons == 0 => Err(self.at_last("the brackets are empty")),
            bounds => Ok(Part::Slice(Box::new(of), bounds)),
        }
    }

    fn at_last(&self, message: &str) -> Fault {
        let last = self
            .at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last));
        let fault = Fault::new(message);
        last.map(Token::range)
            .map_or_else(|| fault.clone(), |range| fault.clone().at(&range))
    }

    fn arguments(&mut self) -> Result<Arguments, Fault> {
        let mut arguments = Arguments::default();
        self.expect("(")?;
        while !self.skip(")") {
            if !(arguments.positional.is_empty() && arguments.named.is_empty()) {
                self.expect(",")?;
                if self.skip(")") {
                    break;
                }
            }
            let named = self
                .tokens
                .get(self.at + 1)
                .is_some_and(|next| next.is("="));
            if named {
                let name = self.name()?.text.to_owned();
                self.at += 1;
                arguments.named.push((name, self.expression()?));
            } else if arguments.named.is_empty() {
                arguments.positional.push(self.expression()?);
            } else {
                return Err(self.unexpected("arguments without a name come first"));
            }
        }
        Ok(arguments)
    }

    fn primary(&mut self) -> Parsed {
        let start = self.start();
        let token = self.peek().ok_or_else(|| self.unexpected(A_VALUE))?;
        self.at += 1;
        let part = match (token.kind, token.text) {
            (Kind::Number, _) => Part::Constant(number(token)?),
            (Kind::String, _) => Part::Constant(self.strings(token)?),
            (Kind::Name, "true" | "True") => Part::Constant(Value::Bool(true)),
            (Kind::Name, "false" | "False") => Part::Constant(Value::Bool(false)),
            (Kind::Name, "none" | "None" | "null") => Part::Constant(Value::Null),
            (Kind::Name, "any") if self.skip(".") => {
                let name = self.name()?.text.to_owned();
                let arguments = if self.next_is("(") {
                    self.arguments()?
                } else {
                    Arguments::default()
                };
                Part::Pattern(name, arguments)
            }
            (Kind::Name, word) if is_keyword(word) => {
                self.at -= 1;
                return Err(self.unexpected(A_VALUE));
            }
            (Kind::Name, name) if self.next_is("(") => {
                Part::Function(name.to_owned(), self.arguments()?)
            }
            (Kind::Name, name) => Part::Name(name.to_owned()),
            (Kind::Symbol, "(") => self.parenthesized()?,
            (Kind::Symbol, "[") => Part::List(self.items("]")?),
            (Kind::Symbol, "{") => Part::Object(self.members()?),
            _ => {
                self.at -= 1;
                return Err(self.unexpected(A_VALUE));
            }
        };
        Ok(self.node(part, start))
    }

    /// A string; those that follow it directly belong to it.
    fn strings(&mut self, first: &Token<'_>) -> Result<Value, Fault> {
        let read = |token: &Token<'_>| {
            let message = "a string does not end, or has an escape that is unknown";
            literal::string(token.text).ok_or_else(|| Fault::new(message).at(&token.range()))
        };
        let mut text = read(first)?;
        while let Some(next) = self.peek().filter(|token| token.kind == Kind::String) {
            text.push_str(&read(next)?);
            self.at += 1;
        }
        Ok(Value::String(text))
    }

    fn parenthesized(&mut self) -> Result<Part, Fault> {
        if self.skip(")") {
            return Ok(Part::List(Vec::new()));
        }
        let first = self.expression()?;
        if self.skip(")") {
            return Ok(first.part);
        }
        self.expect(",")?;
        let mut items = vec![first];
        items.extend(self.items(")")?);
        Ok(Part::List(items))
    }

    fn items(&mut self, close: &str) -> Result<Vec<Node>, Fault> {
        let mut items = Vec::new();
        while !self.skip(close) {
            if !items.is_empty() {
                self.expect(",")?;
                if self.skip(close) {
                    break;
                }
            }
            items.push(self.expression()?);
        }
        Ok(items)
    }

    fn members(&mut self) -> Result<Vec<(Node, Node)>, Fault> {
        let mut members = Vec::new();
        while !self.skip("}") {
            if !members.is_empty() {
                self.expect(",")?;
                if self.skip("}") {
                    break;
                }
            }
            let key = self.expression()?;
            self.expect(":")?;
            members.push((key, self.expression()?));
        }
        Ok(members)
    }
}

fn is_keyword(word: &str) -> bool {
    ["and", "or", "not", "in", "is", "if", "else"].contains(&word)
}

fn number(token: &Token<'_>) -> Result<Value, Fault> {
    let number = literal::number(token.text).map(Value::Number);
    number.ok_or_else(|| Fault::new(format!("`{}` is not a number", token.text)).at(&token.range()))
}

/// `map('upper')`, `select('odd')` and their like name a filter or a test: it must be there.
fn check_names(filter: &str, arguments: &Arguments) -> Result<(), Fault> {
    let (position, what, known): (_, _, &[&str]) = match filter {
        "map" => (0, "filter", names::FILTERS),
        "select" | "reject" => (0, "test", names::TESTS),
        "selectattr" | "rejectattr" => (1, "test", names::TESTS),
        _ => return Ok(()),
    };
    let Some(Node {
        part: Part::Constant(Value::String(name)),
        range,
    }) = arguments.positional.get(position)
    else {
        return Ok(());
    };
    if known.contains(&name.as_str())
        || (what == "test" && names::OPERATOR_TESTS.contains(&name.as_str()))
    {
        return Ok(());
    }
    Err(Fault::new(format!("there is no {what} `{name}`"))
        .with_hint(did_you_mean(name, known.iter().copied()))
        .at(range))
}
