//! Walks a [`Node`] tree and keeps every problem instead of stopping at the first.

use std::time::Duration;

use super::synonyms::advice;
use super::{Data, Node, Table};
use crate::source::{Diagnostic, Span, did_you_mean, nearest};
use crate::template::{Document, Template, TemplateError};

/// The problems found so far.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Diagnostic>,
    /// Where the syntax itself is broken: nothing that was decoded from there on can be relied on.
    breaks: Vec<Diagnostic>,
}

impl Problems {
    /// Keeps a problem.
    pub fn push(&mut self, problem: Diagnostic) {
        self.found.push(problem);
    }

    /// Keeps a problem of the syntax, which makes what was decoded behind it doubtful.
    pub(super) fn push_break(&mut self, problem: Diagnostic) {
        self.breaks.push(problem);
    }

    /// Keeps a problem and gives nothing.
    pub fn refuse<T>(&mut self, problem: Diagnostic) -> Option<T> {
        self.push(problem);
        None
    }

    /// All of them, in the order of their places. Where the syntax is broken, only what stands before the block with
    /// the first break counts beside the breaks.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        let start = |problem: &Diagnostic| problem.span.as_ref().map_or(0, |span| span.start);
        let mut found = self.found;
        if let Some(first) = self
            .breaks
            .iter()
            .filter_map(|problem| problem.span.as_ref())
            .min_by_key(|span| span.start)
        {
            let before = first.file.text().get(..first.start).unwrap_or_default();
            let block = before.rfind("\n[").unwrap_or(0);
            found.retain(|problem| start(problem) < block);
        }
        found.extend(self.breaks);
        found.sort_by_key(start);
        // What stands in `[defaults]` is looked at with every request that inherits it.
        found.dedup();
        found
    }

    /// Whether the syntax itself is broken.
    pub(super) fn any_break(&self) -> bool {
        !self.breaks.is_empty()
    }

    /// Whether any of them is an error.
    #[must_use]
    pub fn any_error(&self) -> bool {
        !self.breaks.is_empty() || self.found.iter().any(Diagnostic::is_error)
    }
}

/// A key that a construct knows. The tables of these are what unknown keys are held against, what `apitest schema`
/// writes, and what the reference is checked to name.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// Its JSON Schema, in the words of the `schema` room: the name of a type, a name of its own after `#`, or several
    /// with `|` between them.
    pub shape: &'static str,
    /// What it is for, in one line.
    pub about: &'static str,
}

/// Reports every key of a table that is not among `keys`; `what` is the construct, with its article.
pub fn check_keys(table: &Table, keys: &[&[Key]], what: &str, problems: &mut Problems) {
    let known = || keys.iter().flat_map(|keys| keys.iter()).map(|key| key.name);
    for (key, entry) in table.iter() {
        if !known().any(|name| name == key) {
            problems.push(unknown_key(&entry.key, key, what, known()));
        }
    }
}

/// The problem of a key that a construct does not know.
pub fn unknown_key<'a>(
    span: &Span,
    key: &str,
    what: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Diagnostic {
    /// No more names are listed: nobody reads them.
    const MOST_NAMES: usize = 12;
    let advice = advice(key, &known).map(str::to_owned);
    let hint = advice.or_else(|| did_you_mean(key, known.clone()));
    let hint = hint.unwrap_or_else(|| {
        let names: Vec<_> = known.map(|name| format!("`{name}`")).collect();
        if names.len() > MOST_NAMES {
            return "the documentation has an index of all keys: docs/keys.md".to_owned();
        }
        format!("{what} has {}", names.join(", "))
    });
    Diagnostic::error(span, format!("{what} has no key `{key}`")).hint(hint)
}

/// The problem of a value of the wrong type.
#[must_use]
pub fn wrong_type(node: &Node, wanted: &str) -> Diagnostic {
    Diagnostic::error(
        &node.span,
        format!("expected {wanted}, found {}", node.described()),
    )
}

impl Node {
    /// The table, or a problem.
    pub fn table(&self, wanted: &str, problems: &mut Problems) -> Option<&Table> {
        self.as_table()
            .or_else(|| problems.refuse(wrong_type(self, wanted)))
    }

    /// The table itself, or a problem.
    pub fn into_table(self, wanted: &str, problems: &mut Problems) -> Option<Table> {
        match self.data {
            Data::Table(table) => Some(table),
            data => problems.refuse(wrong_type(&Self { data, ..self }, wanted)),
        }
    }

    /// A literal string, or a problem: nothing evaluates it, so a placeholder in it is one. Strings that are evaluated are read
    /// by [`Node::template`], [`Node::document`] and [`Node::expression`].
    pub fn string(&self, problems: &mut Problems) -> Option<&str> {
        match self.any_string(problems)? {
            text if text.contains("{{") => problems.refuse(self.not_evaluated()),
            text => Some(text),
        }
    }

    /// A string, placeholders and all, for those who evaluate it; or a problem.
    pub fn any_string(&self, problems: &mut Problems) -> Option<&str> {
        self.as_str()
            .or_else(|| problems.refuse(wrong_type(self, "a string")))
    }

    /// Reports every placeholder in the strings of a value that is taken as it is written, such as an inline schema.
    /// `true` if there is none.
    pub fn check_literal(&self, problems: &mut Problems) -> bool {
        match &self.data {
            Data::String(text) if text.contains("{{") => {
                problems.push(self.not_evaluated());
                false
            }
            Data::Array(items) => {
                items
                    .iter()
                    .filter(|item| !item.check_literal(problems))
                    .count()
                    == 0
            }
            Data::Table(table) => {
                table
                    .iter()
                    .filter(|(_, entry)| !entry.value.check_literal(problems))
                    .count()
                    == 0
            }
            _ => true,
        }
    }

    /// The problem of a placeholder where nothing evaluates it.
    fn not_evaluated(&self) -> Diagnostic {
        let open = self.as_str().and_then(|text| text.find("{{"));
        let span = open.map_or_else(|| self.span.clone(), |open| self.inside(open..open + 2));
        Diagnostic::error(
            &span,
            "`{{` is not evaluated here: this string is used as written",
        )
        .hint("write the value itself")
    }

    /// The boolean, or a problem.
    pub fn boolean(&self, problems: &mut Problems) -> Option<bool> {
        if let Data::Bool(value) = self.data {
            Some(value)
        } else {
            problems.refuse(wrong_type(self, "`true` or `false`"))
        }
    }

    /// The items of an array, or the value itself as the only one.
    #[must_use]
    pub fn one_or_many(&self) -> &[Node] {
        if let Data::Array(items) = &self.data {
            items
        } else {
            std::slice::from_ref(self)
        }
    }

    /// A whole number that is not negative, or a problem.
    pub fn count(&self, problems: &mut Problems) -> Option<u64> {
        let count = if let Data::Number(number) = &self.data {
            number.as_i64().and_then(|count| u64::try_from(count).ok())
        } else {
            None
        };
        let found = if let Data::Number(number) = &self.data {
            format!("`{number}`")
        } else {
            self.described().to_owned()
        };
        count.or_else(|| {
            problems.refuse(Diagnostic::error(
                &self.span,
                format!("expected a whole number from 0, found {found}"),
            ))
        })
    }

    /// A duration such as `"500ms"`, `"2s"`, `"1m 30s"`, or a problem.
    pub fn duration(&self, problems: &mut Problems) -> Option<Duration> {
        let read = self.as_str().and_then(parse_duration);
        let hint = "write a number with its unit: `ms`, `s`, `m` or `h`";
        let problem = || match self.as_str() {
            Some(text) => Diagnostic::error(&self.span, format!("`{text}` is not a duration")),
            None => wrong_type(self, "a duration such as `\"2s\"`"),
        };
        read.or_else(|| problems.refuse(problem().hint(hint)))
    }

    /// The text as a template, or a problem. On the command line it is a text, `{{` in it too.
    pub fn template(&self, problems: &mut Problems) -> Option<Template> {
        let text = self.any_string(problems)?;
        if self.span.file.is_command_line() {
            return Some(Template::verbatim(text));
        }
        match Template::parse(text) {
            Ok(template) => Some(template),
            Err(error) => problems.refuse(template_problem(self, error)),
        }
    }

    /// The value as the text of a template; numbers and booleans stand for their text.
    pub fn scalar_template(&self, problems: &mut Problems) -> Option<Template> {
        match &self.data {
            Data::Number(number) => Template::parse(&number.to_string()).ok(),
            Data::Bool(value) => Template::parse(if *value { "true" } else { "false" }).ok(),
            Data::String(_) => self.template(problems),
            _ => problems.refuse(wrong_type(self, "a string, a number or a boolean")),
        }
    }

    /// The value as a document with templates in its texts; problems are kept, `None` where there were any.
    pub fn document(&self, problems: &mut Problems) -> Option<Document> {
        match &self.data {
            Data::String(text) if self.is_bare() => problems.refuse(Diagnostic::error(
                &self.span,
                format!("JSON has no number `{text}`"),
            )),
            Data::String(_) => {
                let template = self.template(problems)?;
                let literal = template
                    .literal()
                    .map(|text| Document::Literal(std::sync::Arc::new(text.into())));
                Some(literal.unwrap_or(Document::Template(template)))
            }
            Data::Array(items) => {
                let parts: Vec<_> = items.iter().map(|item| item.document(problems)).collect();
                let parts: Vec<_> = parts.into_iter().collect::<Option<_>>()?;
                Some(if all_literal(&parts) {
                    self.literal()
                } else {
                    Document::Array(parts)
                })
            }
            Data::Table(table) => {
                let parts: Vec<_> = table
                    .iter()
                    .map(|(key, entry)| Some((key.to_owned(), entry.value.document(problems)?)))
                    .collect();
                let parts: indexmap::IndexMap<_, _> = parts.into_iter().collect::<Option<_>>()?;
                Some(if all_literal(parts.values()) {
                    self.literal()
                } else {
                    Document::Object(parts)
                })
            }
            _ => Some(self.literal()),
        }
    }

    fn literal(&self) -> Document {
        Document::Literal(std::sync::Arc::new(self.to_value()))
    }
}

fn all_literal<'a>(parts: impl IntoIterator<Item = &'a Document>) -> bool {
    parts
        .into_iter()
        .all(|part| matches!(part, Document::Literal(_)))
}

/// A template's problem, at its place inside the string where that can be told.
#[must_use]
pub fn template_problem(node: &Node, error: TemplateError) -> Diagnostic {
    Diagnostic::error(&node.inside(error.range), error.message).maybe_hint(error.hint)
}

impl Node {
    /// The place of some bytes of a string's text: exact where the string has no escapes, else the string as a whole.
    #[must_use]
    pub fn inside(&self, range: std::ops::Range<usize>) -> Span {
        let (Some(text), written) = (self.as_str(), self.span.text()) else {
            return self.span.clone();
        };
        match written.find(text) {
            Some(start) if !text.is_empty() => {
                self.span.part(start + range.start..start + range.end)
            }
            _ => self.span.clone(),
        }
    }
}

/// Reads `500ms`, `2s`, `1.5s`, `1m30s`, `1h`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits =
            rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit = tail
            .find(|character: char| !character.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit)?;
        let seconds = match unit {
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        total = total.checked_add(
            Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?,
        )?;
        rest = tail.trim_start();
    }
    Some(total)
}

/// The known name nearest to a written one, for values that name something: ``did you mean `a`?``, else the list.
#[must_use]
pub fn names_hint<'a>(written: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(written, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!(
            "it is one of {}",
            known
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
