//! `[vars]`: variables and where their values come from.

use std::time::Duration;

use indexmap::IndexMap;

use super::keys::VARIABLE;
use super::{Data, Node, Problems, Spanned, Table, unknown_key};
use crate::source::{Diagnostic, did_you_mean};
use crate::suggest::nearest;
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
    let Some(table) = node.table("a table of variables", problems) else {
        return Variables::new();
    };
    let decoded = table.iter().filter_map(|(name, entry)| {
        check_name(name, &entry.key, "a variable", problems);
        let (origin, secret) = origin(&entry.value, problems)?;
        let value = Spanned::new(&entry.value.span, origin);
        Some((
            name.to_owned(),
            Variable {
                name_span: entry.key.clone(),
                value,
                secret,
            },
        ))
    });
    decoded.collect()
}

/// Reports a name that expressions could not use.
pub(super) fn check_name(
    name: &str,
    span: &crate::source::Span,
    what: &str,
    problems: &mut Problems,
) {
    if !is_name(name) {
        let hint = "a name has letters, digits and `_`, and does not start with a digit";
        problems
            .push(Diagnostic::error(span, format!("{what} cannot be named `{name}`")).hint(hint));
    } else if RESERVED.contains(&name) {
        let problem = Diagnostic::error(
            span,
            format!("{what} cannot be named `{name}`: the name is built in"),
        );
        problems.push(problem.hint(format!("choose another, such as `my_{name}`")));
    }
}

fn origin(node: &Node, problems: &mut Problems) -> Option<(Origin, bool)> {
    let source = node.as_table().filter(|table| is_source(table));
    let Some(table) = source else {
        node.as_table()
            .into_iter()
            .for_each(|table| check_data(table, problems));
        return Some((Origin::Value(node.document(problems)?), false));
    };
    check_names(table, problems);
    check_together(table, problems);
    // What was meant to be a secret is one, however it is written: messages about it must not show it.
    let secret = match table.get("secret") {
        Some(node) => node.boolean(problems).unwrap_or(true),
        None => table.iter().any(|(key, _)| is_slip(key, &["secret"])),
    };
    let text = |key: &str, problems: &mut Problems| {
        table
            .get(key)
            .and_then(|node| node.string(problems))
            .map(str::to_owned)
    };
    let origin = if let Some(value) = table.get("value") {
        Origin::Value(value.document(problems)?)
    } else if table.get("env").is_some() {
        let default = table
            .get("default")
            .and_then(|node| node.document(problems));
        Origin::Env(text("env", problems)?, default)
    } else if table.get("file").is_some() {
        Origin::File(text("file", problems)?)
    } else if let Some(node) = table.get("command") {
        Origin::Command(command(table, node, problems)?)
    } else {
        // What stands under a misspelt key, which was reported, must be hidden all the same.
        let misspelt = || {
            table
                .iter()
                .find(|(key, _)| !is_known(key))
                .map(|(_, entry)| &entry.value)
        };
        let Some(value) = misspelt() else {
            let problem = Diagnostic::error(&node.span, "this secret has no value");
            return problems
                .refuse(problem.hint("write `value`, `env`, `file` or `command` beside `secret`"));
        };
        Origin::Value(value.document(problems)?)
    };
    Some((origin, secret))
}

/// Reports keys that a variable does not have: misspelt ones, and those of a table that may be meant as the value.
fn check_names(table: &Table, problems: &mut Problems) {
    let names = || VARIABLE.iter().map(|known| known.name);
    for (key, entry) in table.iter().filter(|(key, _)| !is_known(key)) {
        let problem = unknown_key(&entry.key, key, "a variable", names());
        // Beside `secret`, it is a source in any case.
        problems.push(if is_slip_of_any(key) || table.get("secret").is_some() {
            problem
        } else {
            problem.hint(DATA)
        });
    }
}

/// Reports keys that cannot stand beside each other.
fn check_together(table: &Table, problems: &mut Problems) {
    for (key, of) in [("timeout", "command"), ("default", "env")] {
        let misspelt = || table.iter().any(|(key, _)| is_slip(key, &[of]));
        if let Some(entry) = table
            .entry(key)
            .filter(|_| table.get(of).is_none() && !misspelt())
        {
            problems.push(
                Diagnostic::error(&entry.key, format!("`{key}` belongs to `{of}`")).hint(DATA),
            );
        }
    }
    let mut sources = table.iter().filter(|(key, _)| SOURCES.contains(key));
    let Some((first, _)) = sources.next() else {
        return;
    };
    for (other, entry) in sources {
        let message = format!("a variable has one source, and there are `{first}` and `{other}`");
        problems.push(Diagnostic::error(&entry.key, message).hint(DATA));
    }
}

fn command(table: &Table, node: &Node, problems: &mut Problems) -> Option<CommandLine> {
    let words: Vec<_> = strings(node, problems)
        .into_iter()
        .map(|word| word.value)
        .collect();
    if words
        .first()
        .is_none_or(|program| program.trim().is_empty())
    {
        let problem = Diagnostic::error(&node.span, "the command is empty");
        return problems.refuse(
            problem.hint("write a program and its arguments: `[\"git\", \"rev-parse\", \"HEAD\"]`"),
        );
    }
    let limit = table.get("timeout");
    let timeout = limit.and_then(|node| node.duration(problems));
    if let Some(node) = limit.filter(|_| timeout.is_some_and(|timeout| timeout.is_zero())) {
        problems.push(
            Diagnostic::error(
                &node.span,
                "the time limit of a command must be longer than that",
            )
            .hint("remove it for the default of 30 s"),
        );
    }
    Some(CommandLine { words, timeout })
}

/// Where a value comes from: one of these keys says it.
const SOURCES: &[&str] = &["value", "env", "file", "command"];
/// What to do if a table is a value, and not meant to say where one comes from.
const DATA: &str = "if the table is the value itself, write `{ value = { … } }`";

/// Whether a table says where a value comes from, rather than being the value. With `value` it does if every other key is `secret`.
/// With the name of a variable or file, or with a command, it does too: a key that a variable does not have is reported then. A misspelt key counts as the one that was meant: it is
/// reported then, and a secret does not become a value that is shown.
fn is_source(table: &Table) -> bool {
    let has = |key: &str| table.get(key).is_some();
    let keys = || table.iter().map(|(key, _)| key);
    let secret = matches!(
        table.get("secret").map(|node| &node.data),
        Some(Data::Bool(true))
    );
    if has("value") {
        return secret
            || keys().all(|key| matches!(key, "value" | "secret") || is_slip(key, &["secret"]));
    }
    if table
        .iter()
        .any(|(key, entry)| names_source(key, &entry.value))
    {
        return true;
    }
    let source = SOURCES.iter().any(|key| has(key));
    if secret && source {
        return true;
    }
    let all = keys().all(|key| is_known(key) || is_slip_of_any(key));
    let misspelt = || {
        (has("default") || has("secret") || has("timeout"))
            && keys().any(|key| is_slip(key, SOURCES))
    };
    // `Env` alone is a source, in another case than it is written.
    let cased = || {
        let is_cased = |key: &str| !is_known(key) && SOURCES.contains(&&*key.to_lowercase());
        keys().any(is_cased)
    };
    all && (source || secret || misspelt() || cased())
}

/// Whether a member says where a value comes from, by its key and its type.
fn names_source(key: &str, value: &Node) -> bool {
    matches!(
        (key, &value.data),
        ("env" | "file", Data::String(_)) | ("command", Data::String(_) | Data::Array(_))
    )
}

/// Warns of a table that is a value although nearly all of its keys are those of a source.
fn check_data(table: &Table, problems: &mut Problems) {
    let is_source_key = |key: &str| SOURCES.contains(&&*key.to_lowercase());
    let known = |key: &str| is_known(&key.to_lowercase());
    let keys = || table.iter().map(|(key, _)| key);
    let is_command = table
        .get("command")
        .is_some_and(|node| matches!(node.data, Data::Array(_)));
    let sources = keys().filter(|key| is_source_key(key)).count();
    if !(is_command || (sources > 1 && keys().all(known))) {
        return;
    }
    let Some((key, entry)) = table.iter().find(|(key, _)| is_source_key(key)) else {
        return;
    };
    let message =
        format!("`{key}` is not a source here: with these keys the table is the value itself");
    problems.push(Diagnostic::warning(&entry.key, message).hint(
        "a source has one of `value`, `env`, `file`, `command`, and only keys of a variable beside it; if the table is the value, write `{ value = { … } }`",
    ));
}

/// Whether a key is none of these names, but nearly.
fn is_slip(key: &str, names: &[&str]) -> bool {
    !is_known(key) && nearest(key, names.iter().copied()).is_some()
}

fn is_slip_of_any(key: &str) -> bool {
    did_you_mean(key, VARIABLE.iter().map(|known| known.name)).is_some()
}

/// Whether a variable has that key.
fn is_known(key: &str) -> bool {
    VARIABLE.iter().any(|known| known.name == key)
}

/// A list of texts, or one text alone.
pub(super) fn strings(node: &Node, problems: &mut Problems) -> Vec<Spanned<String>> {
    let items = node.one_or_many().iter();
    items
        .filter_map(|item| Some(Spanned::new(&item.span, item.string(problems)?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::File;

    /// What a variable is, and the messages about it.
    fn read(written: &str) -> (String, bool, Vec<String>) {
        let file = File::new(
            "a.toml",
            format!("base_url = \"http://h\"\n[vars]\nx = {written}\n[[request]]\nget = \"/\"\n"),
        );
        let (collection, problems) = crate::syntax::parse(&file);
        let origin = collection
            .common
            .vars
            .get("x")
            .map(|variable| match &variable.value.value {
                Origin::Value(document) => document
                    .literal()
                    .map_or_else(|| "template".to_owned(), crate::value::Value::to_json),
                Origin::Env(name, default) => {
                    format!("env {name}{}", if default.is_some() { " or" } else { "" })
                }
                Origin::File(path) => format!("file {path}"),
                Origin::Command(command) => format!("command {}", command.words.join(" ")),
            });
        let secret = collection
            .common
            .vars
            .get("x")
            .is_some_and(|variable| variable.secret);
        (
            origin.unwrap_or_default(),
            secret,
            problems
                .into_iter()
                .map(|problem| problem.message)
                .collect(),
        )
    }

    #[test]
    fn a_table_is_a_source_or_a_value() {
        let sources = [
            (r#"{ value = "abcd" }"#, r#""abcd""#, false),
            (r#"{ value = "abcd", secret = true }"#, r#""abcd""#, true),
            (r#"{ value = "abcd", secret = false }"#, r#""abcd""#, false),
            (r#"{ value = { env = "X" } }"#, r#"{"env":"X"}"#, false),
            (
                "{ value = { value = 1, secret = true } }",
                r#"{"value":1,"secret":true}"#,
                false,
            ),
            (r#"{ env = "X" }"#, "env X", false),
            (
                r#"{ env = "X", default = 1, secret = true }"#,
                "env X or",
                true,
            ),
            (r#"{ file = "f", secret = true }"#, "file f", true),
            (
                r#"{ command = ["a", "b"], timeout = "1s" }"#,
                "command a b",
                false,
            ),
            // Data.
            (
                r#"{ value = 10, currency = "EUR" }"#,
                r#"{"value":10,"currency":"EUR"}"#,
                false,
            ),
            (
                "{ value = 10, default = 5 }",
                r#"{"value":10,"default":5}"#,
                false,
            ),
            (
                r#"{ value = { env = "prod", region = "eu" } }"#,
                r#"{"env":"prod","region":"eu"}"#,
                false,
            ),
            ("{ env = 1, region = 2 }", r#"{"env":1,"region":2}"#, false),
            ("{ default = 1 }", r#"{"default":1}"#, false),
            (r#"{ secret = "a" }"#, r#"{"secret":"a"}"#, false),
            (r#"{ end = "x" }"#, r#"{"end":"x"}"#, false),
        ];
        for (written, origin, secret) in sources {
            assert_eq!(
                read(written),
                (origin.to_owned(), secret, Vec::new()),
                "{written}"
            );
        }
    }

    #[test]
    fn what_was_meant_to_be_a_secret_stays_hidden() {
        for said in [
            r#""true""#,
            r#""yes""#,
            r#""""#,
            "1",
            "0",
            "1.5",
            "{}",
            "{ a = 1 }",
            "[]",
            "[true]",
        ] {
            for (source, wanted) in [
                (r#"value = "abcd""#, r#""abcd""#),
                (r#"value = ["abcd"]"#, r#"["abcd"]"#),
                (r#"env = "X""#, "env X"),
                (r#"env = "X", default = "y""#, "env X or"),
                (r#"file = "f""#, "file f"),
                (r#"command = ["c"]"#, "command c"),
            ] {
                let written = format!("{{ {source}, secret = {said} }}");
                let (origin, secret, problems) = read(&written);
                assert_eq!(
                    (&*origin, secret, problems.len()),
                    (wanted, true, 1),
                    "{written}"
                );
            }
        }
        // What is written itself is what could be shown.
        for other in [r#"env = "X""#, r#"file = "f""#, r#"command = ["c"]"#] {
            let written = format!(r#"{{ {other}, value = "abcd", secret = true }}"#);
            let (origin, secret, problems) = read(&written);
            assert_eq!(
                (&*origin, secret, problems.len()),
                (r#""abcd""#, true, 1),
                "{written}"
            );
        }
    }

    #[test]
    fn a_misspelt_key_is_an_error_and_its_value_stays_hidden() {
        for key in [
            "secrets",
            "sceret",
            "secert",
            "Secret",
            "SECRET",
            "secre",
            "is_secret",
            "secret_",
        ] {
            for source in [
                r#"value = "abcd""#,
                r#"env = "X""#,
                r#"file = "f""#,
                r#"command = ["c"]"#,
            ] {
                let (origin, secret, problems) = read(&format!("{{ {source}, {key} = true }}"));
                assert!(
                    secret && !origin.starts_with('{') && !problems.is_empty(),
                    "{key} with {source}: {origin} {problems:?}"
                );
            }
        }
        let wrong = [
            r#"{ vlaue = "abcd", secret = true }"#,
            r#"{ evn = "X", secret = true }"#,
            r#"{ evn = "X", default = "y" }"#,
            r#"{ comand = ["c"], secret = true }"#,
            r#"{ env = "X", deafult = "y" }"#,
            r#"{ value = "abcd", secret = true, note = "x" }"#,
            r#"{ env = "X", secret = true, note = "x" }"#,
            r#"{ env = "X", file = "f" }"#,
            r#"{ env = "X", value = "y", secret = true }"#,
            r#"{ file = "f", command = ["c"] }"#,
            r#"{ file = "f", default = "y" }"#,
            r#"{ command = ["c"], default = "y" }"#,
            r#"{ value = "abcd", secret = "yes" }"#,
            r#"{ env = "X", secret = 1 }"#,
            r#"{ env = "X", timeout = "1s" }"#,
            r#"{ file = "f", timeout = "1s" }"#,
            r#"{ file = "f", timeout = 3 }"#,
            r#"{ evn = "X", timeout = "1s" }"#,
            r#"{ env = "X", required = true }"#,
            r#"{ env = "prod", region = "eu" }"#,
            r#"{ file = "f", trim = true }"#,
            r#"{ file = "f", name = "n" }"#,
            r#"{ command = "id", shell = true }"#,
            r#"{ command = ["id"], cwd = "/" }"#,
            r#"{ Env = "X" }"#,
            r#"{ FILE = "f" }"#,
            r#"{ Command = ["id"] }"#,
            // Data, with a warning.
            r#"{ env = "X", value = "y" }"#,
            r#"{ value = 10, env = "prod" }"#,
            r#"{ value = "x", File = "y" }"#,
            r#"{ command = ["id"], shell = true }"#,
            "{ secret = true }",
        ];
        for written in wrong {
            assert!(!read(written).2.is_empty(), "{written}");
        }
    }
}
