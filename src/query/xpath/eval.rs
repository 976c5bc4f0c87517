//! Running an expression on a tree: node-sets are sorted lists of numbers, and the work is bounded.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::ast::{Axis, Expr, Operator, Path, Start, Step, Test};
use crate::budget;
use crate::query::markup::{Id, Kind, Tree};

/// How many nodes one evaluation may look at: `//a[preceding::b]` looks at the square of what there is.
const MOST_VISITED: u64 = 30_000_000;

/// A result, or why there is none.
pub(super) type Outcome<T> = Result<T, String>;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// In document order, each once.
    Nodes(Vec<Id>),
    Number(f64),
    Text(String),
    Boolean(bool),
}

/// Where an expression is evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'t> {
    work: &'t Work<'t>,
    pub(super) node: Id,
    pub(super) position: usize,
    pub(super) size: usize,
    /// Whether it is inside a predicate, which asks what a node has.
    filters: bool,
}

#[derive(Debug)]
struct Work<'t> {
    tree: &'t Tree,
    left: Cell<u64>,
    /// Whether a path that selects nothing was taken for a string or number.
    missing: Cell<bool>,
}

/// What an expression gives; `None` for a string, number or boolean that is made of a path that selects nothing.
pub(super) fn evaluate(expression: &Expr, tree: &Tree) -> Outcome<Option<Item>> {
    let work = Work {
        tree,
        left: Cell::new(MOST_VISITED),
        missing: Cell::new(false),
    };
    let context = Context {
        work: &work,
        node: 0,
        position: 1,
        size: 1,
        filters: false,
    };
    let item = context.evaluate(expression)?;
    Ok((!work.missing.get()).then_some(item))
}

impl Work<'_> {
    fn spend(&self, nodes: usize) -> Outcome<()> {
        let left = self
            .left
            .get()
            .checked_sub(u64::try_from(nodes).unwrap_or(u64::MAX));
        self.left
            .set(left.ok_or("the expression looks at too many nodes")?);
        if budget::tick() {
            Err(budget::reason().unwrap_or_default())
        } else {
            Ok(())
        }
    }
}

impl<'t> Context<'t> {
    pub(super) fn tree(&self) -> &'t Tree {
        self.work.tree
    }

    pub(super) fn evaluate(&self, expression: &Expr) -> Outcome<Item> {
        self.work.spend(1)?;
        match expression {
            Expr::Number(number) => Ok(Item::Number(*number)),
            Expr::Text(text) => Ok(Item::Text(text.clone())),
            Expr::Negate(operand) => {
                let operand = self.evaluate(operand)?;
                self.note_missing(&operand);
                Ok(Item::Number(-operand.number(self.tree())))
            }
            Expr::Chain(first, rest) => self.chain(first, rest),
            Expr::Union(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(self.nodes(part)?);
                }
                Ok(Item::Nodes(sorted(all)))
            }
            Expr::Call(function, arguments) => function.call(self, arguments),
            Expr::Path(path) => self.path(path).map(Item::Nodes),
        }
    }

    fn nodes(&self, expression: &Expr) -> Outcome<Vec<Id>> {
        Ok(if let Item::Nodes(nodes) = self.evaluate(expression)? {
            nodes
        } else {
            Vec::new()
        })
    }

    fn chain(&self, first: &Expr, rest: &[(Operator, Expr)]) -> Outcome<Item> {
        let mut left = self.evaluate(first)?;
        for (operator, right) in rest {
            left = match operator {
                Operator::Or if left.boolean() => Item::Boolean(true),
                Operator::And if !left.boolean() => Item::Boolean(false),
                Operator::Or | Operator::And => Item::Boolean(self.evaluate(right)?.boolean()),
                _ => self.apply(*operator, &left, &self.evaluate(right)?)?,
            };
        }
        Ok(left)
    }

    fn apply(&self, operator: Operator, left: &Item, right: &Item) -> Outcome<Item> {
        self.charge(left)?;
        self.charge(right)?;
        // Compared with a boolean, nodes are asked whether there are any.
        if !matches!((left, right), (Item::Boolean(_), _) | (_, Item::Boolean(_))) {
            self.note_missing(left);
            self.note_missing(right);
        }
        let (one, two) = (|| left.number(self.tree()), || right.number(self.tree()));
        Ok(match operator {
            Operator::Add => Item::Number(one() + two()),
            Operator::Subtract => Item::Number(one() - two()),
            Operator::Multiply => Item::Number(one() * two()),
            Operator::Divide => Item::Number(one() / two()),
            Operator::Remainder => Item::Number(one() % two()),
            _ => Item::Boolean(self.compare(operator, left, right)?),
        })
    }

    /// XPath 1.0 section 3.4: a node-set compares if any of its nodes does.
    fn compare(&self, operator: Operator, left: &Item, right: &Item) -> Outcome<bool> {
        match (left, right) {
            (Item::Nodes(_), Item::Boolean(_)) | (Item::Boolean(_), Item::Nodes(_)) => Ok(atoms(
                operator,
                &Item::Boolean(left.boolean()),
                &Item::Boolean(right.boolean()),
            )),
            (Item::Nodes(nodes), Item::Nodes(others)) => self.compare_sets(operator, nodes, others),
            (Item::Nodes(nodes), other) => {
                self.any_node(nodes, |node| atoms(operator, &node, other))
            }
            (other, Item::Nodes(nodes)) => {
                self.any_node(nodes, |node| atoms(operator, other, &node))
            }
            _ => Ok(atoms(operator, left, right)),
        }
    }

    fn any_node(&self, nodes: &[Id], holds: impl Fn(Item) -> bool) -> Outcome<bool> {
        for id in nodes {
            if holds(Item::Text(self.text(*id)?)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A node's text; what is in the node is looked at for it.
    pub(super) fn text(&self, id: Id) -> Outcome<String> {
        self.work.spend(self.tree().end(id).saturating_sub(id))?;
        Ok(self.tree().text(id))
    }

    /// Notes that a path is taken for a string or number and selects nothing: a typo must not decide anything.
    pub(super) fn note_missing(&self, item: &Item) {
        if !self.filters && matches!(item, Item::Nodes(nodes) if nodes.is_empty()) {
            self.work.missing.set(true);
        }
    }

    /// Pays for the text that an item will be taken as.
    pub(super) fn charge(&self, item: &Item) -> Outcome<()> {
        let first = if let Item::Nodes(nodes) = item {
            nodes.first()
        } else {
            None
        };
        first.map_or(Ok(()), |id| {
            self.work.spend(self.tree().end(*id).saturating_sub(*id))
        })
    }

    /// Without comparing each with each.
    fn compare_sets(&self, operator: Operator, nodes: &[Id], others: &[Id]) -> Outcome<bool> {
        let texts = |nodes: &[Id]| {
            nodes
                .iter()
                .map(|id| self.text(*id))
                .collect::<Outcome<BTreeSet<String>>>()
        };
        let (one, two) = (texts(nodes)?, texts(others)?);
        let bounds = |texts: &BTreeSet<String>| {
            let numbers = texts
                .iter()
                .map(|text| to_number(text))
                .filter(|number| !number.is_nan());
            numbers.fold(
                (f64::INFINITY, f64::NEG_INFINITY, false),
                |(low, high, _), number| (low.min(number), high.max(number), true),
            )
        };
        let ((low, high, any), (other_low, other_high, other_any)) = (bounds(&one), bounds(&two));
        Ok(match operator {
            Operator::Equal => one.intersection(&two).next().is_some(),
            Operator::NotEqual => {
                !one.is_empty() && !two.is_empty() && (one.len() > 1 || two.len() > 1 || one != two)
            }
            Operator::Less => any && other_any && low < other_high,
            Operator::LessOrEqual => any && other_any && low <= other_high,
            Operator::Greater => any && other_any && high > other_low,
            _ => any && other_any && high >= other_low,
        })
    }

    fn path(&self, path: &Path) -> Outcome<Vec<Id>> {
        let mut nodes = match &path.start {
            Start::Root => vec![0],
            Start::Current => vec![self.node],
            Start::Of(expression, predicates) => {
                self.filter(self.nodes(expression)?, predicates)?
            }
        };
        for step in &path.steps {
            let mut found = Vec::new();
            for node in nodes {
                found.extend(self.step(step, node)?);
            }
            nodes = sorted(found);
        }
        Ok(nodes)
    }

    /// One step from one node, in document order.
    fn step(&self, step: &Step, from: Id) -> Outcome<Vec<Id>> {
        let (all, looked_at) = along(self.tree(), step.axis, from);
        self.work.spend(looked_at)?;
        let fitting = all
            .into_iter()
            .filter(|id| step.test.holds(self.tree().kind(*id), step.axis));
        self.filter(fitting.collect(), &step.predicates)
    }

    /// What is left by the predicates; positions are by the order given.
    fn filter(&self, mut nodes: Vec<Id>, predicates: &[Expr]) -> Outcome<Vec<Id>> {
        for predicate in predicates {
            let size = nodes.len();
            let mut kept = Vec::new();
            for (at, node) in nodes.into_iter().enumerate() {
                let context = Context {
                    work: self.work,
                    node,
                    position: at + 1,
                    size,
                    filters: true,
                };
                if context.keeps(predicate)? {
                    kept.push(node);
                }
            }
            nodes = kept;
        }
        Ok(nodes)
    }

    /// A number is a position.
    #[expect(
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "positions are small and exact, and `[1.5]` is none"
    )]
    fn keeps(&self, predicate: &Expr) -> Outcome<bool> {
        Ok(match self.evaluate(predicate)? {
            Item::Number(number) => number == self.position as f64,
            item => item.boolean(),
        })
    }
}

/// Two that are no node-sets (XPath 1.0 section 3.4).
fn atoms(operator: Operator, left: &Item, right: &Item) -> bool {
    let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    let order = match (left, right) {
        (Item::Boolean(_), _) | (_, Item::Boolean(_)) if equality => {
            Some(left.boolean().cmp(&right.boolean()))
        }
        (Item::Text(one), Item::Text(two)) if equality => Some(one.cmp(two)),
        _ => left.atom_number().partial_cmp(&right.atom_number()),
    };
    match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
        Operator::Greater => order == Some(Ordering::Greater),
        _ => order.is_some_and(Ordering::is_ge),
    }
}

/// The nodes of an axis in its order, and how many nodes were looked at for them.
fn along(tree: &Tree, axis: Axis, from: Id) -> (Vec<Id>, usize) {
    let is_attribute = |id: &Id| matches!(tree.kind(*id), Kind::Attribute(..));
    let inside = from + 1..tree.end(from);
    let counted = |nodes: Vec<Id>, looked_at: usize| (nodes, looked_at + 1);
    match axis {
        Axis::OneSelf => (vec![from], 1),
        Axis::Parent => (tree.parent(from).into_iter().collect(), 1),
        Axis::Attribute => {
            let attributes: Vec<_> = inside.take_while(is_attribute).collect();
            let count = attributes.len();
            counted(attributes, count)
        }
        Axis::Child => children(tree, from),
        Axis::Descendant => counted(
            inside.clone().filter(|id| !is_attribute(id)).collect(),
            inside.len(),
        ),
        Axis::DescendantOrSelf => {
            let below = inside.clone().filter(|id| !is_attribute(id));
            counted(std::iter::once(from).chain(below).collect(), inside.len())
        }
        Axis::Ancestor | Axis::AncestorOrSelf => {
            let first = if axis == Axis::Ancestor {
                tree.parent(from)
            } else {
                Some(from)
            };
            let line: Vec<_> = std::iter::successors(first, |id| tree.parent(*id)).collect();
            let count = line.len();
            counted(line, count)
        }
        Axis::Following => {
            // An attribute has nothing inside, and what is in its element follows it.
            let after = tree.end(from)..tree.len();
            counted(
                after.clone().filter(|id| !is_attribute(id)).collect(),
                after.len(),
            )
        }
        Axis::Preceding => {
            let before = (1..from)
                .rev()
                .filter(|id| !is_attribute(id) && tree.end(*id) <= from);
            counted(before.collect(), from)
        }
        Axis::FollowingSibling | Axis::PrecedingSibling => siblings(tree, axis, from),
    }
}

fn children(tree: &Tree, from: Id) -> (Vec<Id>, usize) {
    let end = tree.end(from);
    let mut found = Vec::new();
    let mut looked_at = 1;
    let mut at = from + 1;
    while at < end {
        looked_at += 1;
        if !matches!(tree.kind(at), Kind::Attribute(..)) {
            found.push(at);
        }
        at = tree.end(at).max(at + 1);
    }
    (found, looked_at)
}

fn siblings(tree: &Tree, axis: Axis, from: Id) -> (Vec<Id>, usize) {
    let parent = tree
        .parent(from)
        .filter(|_| !matches!(tree.kind(from), Kind::Attribute(..)));
    let Some(parent) = parent else {
        return (Vec::new(), 1);
    };
    let (all, looked_at) = children(tree, parent);
    let found = if axis == Axis::FollowingSibling {
        all.into_iter().filter(|id| *id > from).collect()
    } else {
        all.into_iter().rev().filter(|id| *id < from).collect()
    };
    (found, looked_at)
}

impl Test {
    fn holds(&self, kind: &Kind, axis: Axis) -> bool {
        match (self, kind) {
            (Self::Node, _) | (Self::Text, Kind::Text(_)) | (Self::Comment, Kind::Comment(_)) => {
                true
            }
            (Self::Instruction(wanted), Kind::Instruction(target, _)) => {
                wanted.as_ref().is_none_or(|wanted| wanted == target)
            }
            (_, Kind::Element(name)) if axis != Axis::Attribute => self.names(name),
            // `self::x` and `ancestor::x` name elements, also from an attribute.
            (_, Kind::Attribute(name, _)) if axis == Axis::Attribute => self.names(name),
            _ => false,
        }
    }

    fn names(&self, name: &crate::query::markup::Name) -> bool {
        match self {
            Self::Any => true,
            Self::Namespace(namespace) => name.namespace.as_ref() == Some(namespace),
            Self::Name(namespace, local) => name.local == *local && name.namespace == *namespace,
            _ => false,
        }
    }
}

fn sorted(mut nodes: Vec<Id>) -> Vec<Id> {
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

impl Item {
    pub(super) fn boolean(&self) -> bool {
        match self {
            Self::Nodes(nodes) => !nodes.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Boolean(value) => *value,
        }
    }

    pub(super) fn number(&self, tree: &Tree) -> f64 {
        if let Self::Nodes(_) = self {
            to_number(&self.text(tree))
        } else {
            self.atom_number()
        }
    }

    /// Of anything but a node-set.
    fn atom_number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Boolean(value) => f64::from(u8::from(*value)),
            Self::Text(text) => to_number(text),
            Self::Nodes(_) => f64::NAN,
        }
    }

    pub(super) fn text(&self, tree: &Tree) -> String {
        match self {
            Self::Nodes(nodes) => nodes.first().map_or_else(String::new, |id| tree.text(*id)),
            Self::Number(number) => number_text(*number),
            Self::Text(text) => text.clone(),
            Self::Boolean(value) => value.to_string(),
        }
    }
}

/// XPath's spelling: no exponent, no `.0`, no negative zero.
pub(super) fn number_text(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    (number + 0.0).to_string()
}

/// By XPath's grammar, which has neither exponents nor a plus.
pub(super) fn to_number(text: &str) -> f64 {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().any(|byte| byte != b'.');
    if plain {
        text.parse().unwrap_or(f64::NAN)
    } else {
        f64::NAN
    }
}
