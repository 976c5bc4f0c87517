//! The core functions (XPath 1.0 section 4).

use super::ast::{Expr, Type};
use super::eval::{Context, Item, Outcome, to_number};
use crate::query::markup::{Id, Kind};

/// A function: its signature, checked when an expression is compiled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function {
    pub(super) name: &'static str,
    least: usize,
    most: usize,
    pub(super) gives: Type,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Last,
    Position,
    Count,
    Sum,
    LocalName,
    NamespaceUri,
    Name,
    String,
    Concat,
    StartsWith,
    Contains,
    SubstringBefore,
    SubstringAfter,
    Substring,
    StringLength,
    NormalizeSpace,
    Translate,
    Boolean,
    Not,
    True,
    False,
    Lang,
    Number,
    Floor,
    Ceiling,
    Round,
}

const fn function(
    name: &'static str,
    least: usize,
    most: usize,
    gives: Type,
    what: What,
) -> Function {
    Function {
        name,
        least,
        most,
        gives,
        what,
    }
}

pub(super) const FUNCTIONS: [Function; 26] = [
    function("last", 0, 0, Type::Number, What::Last),
    function("position", 0, 0, Type::Number, What::Position),
    function("count", 1, 1, Type::Number, What::Count),
    function("sum", 1, 1, Type::Number, What::Sum),
    function("local-name", 0, 1, Type::Text, What::LocalName),
    function("namespace-uri", 0, 1, Type::Text, What::NamespaceUri),
    function("name", 0, 1, Type::Text, What::Name),
    function("string", 0, 1, Type::Text, What::String),
    function("concat", 2, usize::MAX, Type::Text, What::Concat),
    function("starts-with", 2, 2, Type::Boolean, What::StartsWith),
    function("contains", 2, 2, Type::Boolean, What::Contains),
    function("substring-before", 2, 2, Type::Text, What::SubstringBefore),
    function("substring-after", 2, 2, Type::Text, What::SubstringAfter),
    function("substring", 2, 3, Type::Text, What::Substring),
    function("string-length", 0, 1, Type::Number, What::StringLength),
    function("normalize-space", 0, 1, Type::Text, What::NormalizeSpace),
    function("translate", 3, 3, Type::Text, What::Translate),
    function("boolean", 1, 1, Type::Boolean, What::Boolean),
    function("not", 1, 1, Type::Boolean, What::Not),
    function("true", 0, 0, Type::Boolean, What::True),
    function("false", 0, 0, Type::Boolean, What::False),
    function("lang", 1, 1, Type::Boolean, What::Lang),
    function("number", 0, 1, Type::Number, What::Number),
    function("floor", 1, 1, Type::Number, What::Floor),
    function("ceiling", 1, 1, Type::Number, What::Ceiling),
    function("round", 1, 1, Type::Number, What::Round),
];

impl Function {
    /// Whether it gives a number of nodes or characters.
    pub(super) fn is_count(&self) -> bool {
        matches!(self.what, What::Count | What::StringLength)
    }

    /// Whether it is about the node at which it is evaluated.
    pub(super) fn uses_context(&self, arguments: usize) -> bool {
        self.what == What::Lang
            || (arguments == 0 && !matches!(self.what, What::True | What::False))
    }
}

/// Whether the arguments fit, else the message.
pub(super) fn check(function: &Function, arguments: &[Expr]) -> Result<(), String> {
    let (name, found) = (function.name, arguments.len());
    if !(function.least..=function.most).contains(&found) {
        let wanted = match (function.least, function.most) {
            (least, most) if least == most => format!("{least}"),
            (least, usize::MAX) => format!("at least {least}"),
            (least, most) => format!("{least} or {most}"),
        };
        return Err(format!("`{name}` takes {wanted} arguments, found {found}"));
    }
    let takes_nodes = matches!(
        function.what,
        What::Count | What::Sum | What::LocalName | What::NamespaceUri | What::Name
    );
    let wrong = takes_nodes
        && arguments
            .iter()
            .any(|argument| argument.kind() != Type::Nodes);
    if wrong {
        Err(format!("`{name}` takes nodes"))
    } else {
        Ok(())
    }
}

impl Function {
    #[expect(
        clippy::cast_precision_loss,
        reason = "no document has 2^53 nodes or characters"
    )]
    pub(super) fn call(&self, context: &Context<'_>, arguments: &[Expr]) -> Outcome<Item> {
        let count = |count: usize| Item::Number(count as f64);
        let boolean = |at| argument(context, arguments, at).map(|item| item.boolean());
        Ok(match self.what {
            What::Last => count(context.size),
            What::Position => count(context.position),
            What::Count => count(into_nodes(argument(context, arguments, 0)?).len()),
            What::Sum => Item::Number(sum(context, arguments)?),
            What::True => Item::Boolean(true),
            What::False => Item::Boolean(false),
            What::Boolean => Item::Boolean(boolean(0)?),
            What::Not => Item::Boolean(!boolean(0)?),
            What::Lang => Item::Boolean(lang(context, &text(context, arguments, 0)?)),
            What::StringLength => count(text(context, arguments, 0)?.chars().count()),
            What::Number => Item::Number(number(context, arguments, 0)?),
            What::Floor => Item::Number(number(context, arguments, 0)?.floor()),
            What::Ceiling => Item::Number(number(context, arguments, 0)?.ceil()),
            What::Round => Item::Number(round(number(context, arguments, 0)?)),
            What::StartsWith => Item::Boolean(
                text(context, arguments, 0)?.starts_with(&text(context, arguments, 1)?),
            ),
            What::Contains => {
                Item::Boolean(text(context, arguments, 0)?.contains(&text(context, arguments, 1)?))
            }
            _ => Item::Text(self.text(context, arguments)?),
        })
    }

    /// Those that give a text.
    fn text(&self, context: &Context<'_>, arguments: &[Expr]) -> Outcome<String> {
        if matches!(self.what, What::LocalName | What::NamespaceUri | What::Name) {
            let nodes = into_nodes(present(context, arguments, 0)?);
            return Ok(self.name_part(context, nodes.first().copied()));
        }
        let first = text(context, arguments, 0)?;
        Ok(match self.what {
            What::Concat => {
                let rest = (1..arguments.len()).map(|at| text(context, arguments, at));
                rest.collect::<Outcome<Vec<_>>>()?
                    .into_iter()
                    .fold(first, |whole, part| whole + &part)
            }
            What::SubstringBefore => {
                let before = first
                    .split_once(&*text(context, arguments, 1)?)
                    .map(|(before, _)| before.to_owned());
                before.unwrap_or_default()
            }
            What::SubstringAfter => {
                let after = first
                    .split_once(&*text(context, arguments, 1)?)
                    .map(|(_, after)| after.to_owned());
                after.unwrap_or_default()
            }
            What::Substring => {
                let start = round(number(context, arguments, 1)?);
                let length = if arguments.len() > 2 {
                    round(number(context, arguments, 2)?)
                } else {
                    f64::INFINITY
                };
                substring(&first, start, length)
            }
            What::NormalizeSpace => first
                .split([' ', '\t', '\r', '\n'])
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            What::Translate => translate(
                &first,
                &text(context, arguments, 1)?,
                &text(context, arguments, 2)?,
            ),
            _ => first,
        })
    }

    fn name_part(&self, context: &Context<'_>, id: Option<Id>) -> String {
        match id.map(|id| context.tree().kind(id)) {
            Some(Kind::Element(name) | Kind::Attribute(name, _)) => match (self.what, &name.prefix)
            {
                (What::NamespaceUri, _) => name.namespace.clone().unwrap_or_default(),
                (What::Name, Some(prefix)) => format!("{prefix}:{}", name.local),
                _ => name.local.clone(),
            },
            Some(Kind::Instruction(target, _)) if self.what != What::NamespaceUri => target.clone(),
            _ => String::new(),
        }
    }
}

/// An argument, the context node where it is left out.
fn argument(context: &Context<'_>, arguments: &[Expr], at: usize) -> Outcome<Item> {
    let item = arguments.get(at).map_or_else(
        || Ok(Item::Nodes(vec![context.node])),
        |argument| context.evaluate(argument),
    )?;
    context.charge(&item)?;
    Ok(item)
}

/// An argument that is taken for a string, number or name: one that selects nothing is noted.
fn present(context: &Context<'_>, arguments: &[Expr], at: usize) -> Outcome<Item> {
    let item = argument(context, arguments, at)?;
    context.note_missing(&item);
    Ok(item)
}

fn text(context: &Context<'_>, arguments: &[Expr], at: usize) -> Outcome<String> {
    Ok(present(context, arguments, at)?.text(context.tree()))
}

fn number(context: &Context<'_>, arguments: &[Expr], at: usize) -> Outcome<f64> {
    Ok(present(context, arguments, at)?.number(context.tree()))
}

fn into_nodes(item: Item) -> Vec<Id> {
    if let Item::Nodes(nodes) = item {
        nodes
    } else {
        Vec::new()
    }
}

fn sum(context: &Context<'_>, arguments: &[Expr]) -> Outcome<f64> {
    let nodes = into_nodes(present(context, arguments, 0)?);
    let numbers = nodes
        .iter()
        .map(|id| context.text(*id).map(|text| to_number(&text)));
    numbers.sum()
}

/// Half goes up, towards positive infinity.
fn round(number: f64) -> f64 {
    (number + 0.5).floor()
}

/// By positions from 1, as numbers, so that infinities and NaN do what the specification says.
#[expect(clippy::cast_precision_loss, reason = "no text has 2^53 characters")]
fn substring(text: &str, start: f64, length: f64) -> String {
    let end = start + length;
    let inside = |at: usize| (at as f64) + 1.0 >= start && (at as f64) + 1.0 < end;
    text.chars()
        .enumerate()
        .filter(|(at, _)| inside(*at))
        .map(|(_, character)| character)
        .collect()
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    let replaced = |character: char| match from.chars().position(|known| known == character) {
        Some(at) => to.get(at).copied(),
        None => Some(character),
    };
    text.chars().filter_map(replaced).collect()
}

/// Whether the nearest `xml:lang` is the language or one of its kinds.
fn lang(context: &Context<'_>, wanted: &str) -> bool {
    let tree = context.tree();
    let mut at = Some(context.node);
    while let Some(id) = at {
        let attributes =
            (id + 1..tree.end(id))
                .map(|id| tree.kind(id))
                .map_while(|kind| match kind {
                    Kind::Attribute(name, value) => Some((name, value)),
                    _ => None,
                });
        let is_lang = |(name, _): &(&crate::query::markup::Name, &String)| name.local == "lang";
        if let Some((_, value)) = attributes.into_iter().find(is_lang) {
            let (value, wanted) = (value.to_lowercase(), wanted.to_lowercase());
            return value == wanted
                || value
                    .strip_prefix(&wanted)
                    .is_some_and(|rest| rest.starts_with('-'));
        }
        at = tree.parent(id);
    }
    false
}
