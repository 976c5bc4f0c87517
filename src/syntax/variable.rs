//! `[vars]`: variables and where their values come from.

use std::time::Duration;

use indexmap::IndexMap;

use super::keys::VARIABLE;
use super::{Data, Node, Problems, Spanned, Table, check_keys};
use crate::source::{Diagnostic, did_you_mean};
use crate::template::{Document, RESERVED, is_name};

/// Variables by name, in the order written.
pub type Variables = IndexMap<String, Variable>;

/// A variable as written.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Where the name stands.
    pub name_span: crate::source::Span,
    /// Where its value comes from.
    pub value: Spanned<Origin>,
    /// Whether it must not be shown.
    pub secret: bool,
}

/// Where a variable's value comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The value itself, possibly with placeholders.
    Value(Document),
    /// A variable of the environment, and the value where it is not set.
    Env(String, Option<Document>),
    /// A file's text.
    File(String),
    /// A command's output.
    Command(CommandLine),
}

/// A command whose output is a variable's value.
#[derive(Debug, Clone)]
pub struct CommandLine {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Its time limit.
    pub timeout: Option<Duration>,
}

/// Decodes a table of variables.
pub(super) fn decode(node: &Node, problems: &mut Problems) -> Variables {
    let Some(table) = node.table("a table of variables", problems) else { return Variables::new() };
    let decoded = table.iter().filter_map(|(name, entry)| {
        check_name(name, &entry.key, "a variable", problems);
        let (origin, secret) = origin(&entry.value, problems)?;
        let value = Spanned::new(&entry.value.span, origin);
        Some((name.to_owned(), Variable { name_span: entry.key.clone(), value, secret }))
    });
    decoded.collect()
}

/// Reports a name that expressions could not use.
pub(super) fn check_name(name: &str, span: &crate::source::Span, what: &str, problems: &mut Problems) {
    if !is_name(name) {
        let hint = "a name has letters, digits and `_`, and does not start with a digit";
        problems.push(Diagnostic::error(span, format!("{what} cannot be called `{name}`")).hint(hint));
    } else if RESERVED.contains(&name) {
        let problem = Diagnostic::error(span, format!("{what} cannot be called `{name}`: the name is built in"));
        problems.push(problem.hint(format!("choose another, such as `my_{name}`")));
    }
}

fn origin(node: &Node, problems: &mut Problems) -> Option<(Origin, bool)> {
    let source = node.as_table().filter(|table| is_source(table));
    let Some(table) = source else { return Some((Origin::Value(node.document(problems)?), false)) };
    check_keys(table, &[VARIABLE], "a variable", problems);
    if let Some(entry) = table.entry("timeout").filter(|_| table.get("command").is_none()) {
        problems.push(Diagnostic::error(&entry.key, "`timeout` belongs to a `command`"));
    }
    let secret = table.get("secret").and_then(|node| node.boolean(problems)).unwrap_or(false);
    let text = |key: &str, problems: &mut Problems| table.get(key).and_then(|node| node.string(problems)).map(str::to_owned);
    let origin = if table.get("env").is_some() {
        let default = table.get("default").and_then(|node| node.document(problems));
        Origin::Env(text("env", problems)?, default)
    } else if table.get("file").is_some() {
        Origin::File(text("file", problems)?)
    } else if let Some(node) = table.get("command") {
        Origin::Command(command(table, node, problems)?)
    } else {
        // What stands under a misspelt key, which was told, must be hidden all the same.
        let misspelt = || table.iter().find(|(key, _)| !is_known(key)).map(|(_, entry)| &entry.value);
        let Some(value) = table.get("value").or_else(misspelt) else {
            let problem = Diagnostic::error(&node.span, "this secret has no value");
            return problems.refuse(problem.hint("write `value`, `env`, `file` or `command` beside `secret`"));
        };
        Origin::Value(value.document(problems)?)
    };
    Some((origin, secret))
}

fn command(table: &Table, node: &Node, problems: &mut Problems) -> Option<CommandLine> {
    let words: Vec<_> = strings(node, problems).into_iter().map(|word| word.value).collect();
    if words.first().is_none_or(|program| program.trim().is_empty()) {
        let problem = Diagnostic::error(&node.span, "the command is empty");
        return problems.refuse(problem.hint("write a program and its arguments: `[\"git\", \"rev-parse\", \"HEAD\"]`"));
    }
    let limit = table.get("timeout");
    let timeout = limit.and_then(|node| node.duration(problems));
    if let Some(node) = limit.filter(|_| timeout.is_some_and(|timeout| timeout.is_zero())) {
        problems.push(Diagnostic::error(&node.span, "a command needs more time than that").hint("leave it out for 30 s"));
    }
    Some(CommandLine { words, timeout })
}

/// Whether a table says where a value comes from, rather than being the value: it has one of the source keys or is marked as
/// a secret, and has only keys of a variable, or misspelt ones: a secret must not become a value that is shown.
fn is_source(table: &Table) -> bool {
    let sources = ["env", "file", "command"].iter().filter(|key| table.get(key).is_some()).count();
    let secret = matches!(table.get("secret").map(|node| &node.data), Some(Data::Bool(true)));
    let marked = table.get("value").is_some() && table.get("secret").is_some();
    let slip = |key: &str| did_you_mean(key, VARIABLE.iter().map(|known| known.name)).is_some();
    // Without a command, `timeout` is data, unless something would be shown then.
    let fits = |key: &str| key != "timeout" || secret || table.get("command").is_some();
    marked || ((sources == 1 || secret) && table.iter().all(|(key, _)| (is_known(key) || slip(key)) && fits(key)))
}

/// Whether a variable has that key.
fn is_known(key: &str) -> bool {
    VARIABLE.iter().any(|known| known.name == key)
}

/// A list of texts, or one text alone.
pub(super) fn strings(node: &Node, problems: &mut Problems) -> Vec<Spanned<String>> {
    let items = node.one_or_many().iter();
    items.filter_map(|item| Some(Spanned::new(&item.span, item.string(problems)?.to_owned()))).collect()
}
