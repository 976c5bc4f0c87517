//! What changes with every response and means nothing: `[snapshots] redact` of the project file.

use std::borrow::Cow;
use std::sync::Arc;

use regex::{NoExpand, Regex};

use super::placeholder::typed;
use crate::source::Diagnostic;
use crate::syntax::{Data, Key, Node, Problems, Table, check_keys, names_hint, wrong_type};
use crate::value::{Kind, Value};

/// The keys of `[snapshots]`.
pub const PROJECT_KEYS: &[Key] = &[Key {
    name: "redact",
    shape: "#volatile",
    about: "values that are volatile everywhere: `\"uuid\"`, `\"datetime\"` …",
}];

/// The members of a pattern of your own.
pub const PATTERN_KEYS: &[Key] = &[
    Key {
        name: "matches",
        shape: "string",
        about: "a regular expression; its matches are replaced",
    },
    Key {
        name: "with",
        shape: "string",
        about: "the placeholder",
    },
];

/// The kinds that have a name, in the order in which they are sought: a date-time is not first taken for a date.
pub const KINDS: [(&str, &str); 6] = [
    (
        "uuid",
        r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    ),
    (
        "jwt",
        r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*",
    ),
    ("ulid", r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b"),
    (
        "datetime",
        r"(?x)\b[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt\x20][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?
          |\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun),\x20[0-9]{2}\x20[A-Z][a-z]{2}\x20[0-9]{4}\x20[0-9]{2}:[0-9]{2}:[0-9]{2}\x20GMT\b",
    ),
    ("date", r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"),
    ("timestamp", r"\b1[0-9]{9}([0-9]{3})?\b"),
];

/// Patterns whose finds are replaced wherever they stand in a response.
#[derive(Debug, Default)]
pub struct Volatile(Vec<(Regex, String)>);

impl Volatile {
    /// Reads `[snapshots]`; every problem is kept at its place.
    pub fn compile(table: &Table, problems: &mut Problems) -> Arc<Self> {
        check_keys(table, &[PROJECT_KEYS], "`[snapshots]`", problems);
        let written = table
            .get("redact")
            .map(Node::one_or_many)
            .unwrap_or_default();
        let mut named = Vec::new();
        let mut patterns = Vec::new();
        for node in written {
            match &node.data {
                Data::String(name) => named.extend(kind(name, node, problems)),
                Data::Table(table) => patterns.extend(own(table, node, problems)),
                _ => problems.push(wrong_type(
                    node,
                    "a kind such as `\"uuid\"`, or `{ matches, with }`",
                )),
            }
        }
        for (name, pattern) in KINDS.into_iter().filter(|(name, _)| named.contains(name)) {
            patterns.extend(
                Regex::new(pattern)
                    .ok()
                    .map(|regex| (regex, format!("[{name}]"))),
            );
        }
        Arc::new(Self(patterns))
    }

    /// Whether there is nothing to be replaced.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A text with a placeholder for everything volatile.
    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.0
            .iter()
            .fold(Cow::Borrowed(text), |text, (pattern, with)| {
                match pattern.replace_all(&text, NoExpand(with)) {
                    Cow::Borrowed(_) => text,
                    Cow::Owned(replaced) => Cow::Owned(replaced),
                }
            })
    }

    /// Whether one of the placeholders stands in a text.
    pub(super) fn stands_in(&self, text: &str) -> bool {
        self.0
            .iter()
            .any(|(_, with)| !with.is_empty() && text.contains(with.as_str()))
    }

    /// Replaces in every text and number of a document; a number becomes a text with its type.
    pub(super) fn value(&self, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.value(member)),
            Value::String(text) => {
                if let Cow::Owned(replaced) = self.text(text) {
                    *text = replaced;
                }
            }
            Value::Number(number) => {
                if let Cow::Owned(replaced) = self.text(&number.to_string()) {
                    *value = Value::String(typed(&replaced, Kind::Number));
                }
            }
        }
    }
}

fn kind(name: &str, node: &Node, problems: &mut Problems) -> Option<&'static str> {
    let wanted = name.replace(['-', '_'], "");
    let found = KINDS
        .into_iter()
        .find(|(known, _)| *known == wanted)
        .map(|(known, _)| known);
    found.or_else(|| {
        let hint = names_hint(name, KINDS.iter().map(|kind| kind.0));
        problems.refuse(
            Diagnostic::error(&node.span, format!("there is no volatile kind `{name}`")).hint(hint),
        )
    })
}

fn own(table: &Table, node: &Node, problems: &mut Problems) -> Option<(Regex, String)> {
    check_keys(table, &[PATTERN_KEYS], "a volatile pattern", problems);
    let (Some(matches), Some(with)) = (table.get("matches"), table.get("with")) else {
        return problems.refuse(Diagnostic::error(
            &node.span,
            "a volatile pattern needs `matches` and `with`",
        ));
    };
    let (pattern, with) = (matches.string(problems)?, with.string(problems)?);
    match Regex::new(pattern) {
        Ok(regex) if regex.is_match("") => problems.refuse(Diagnostic::error(
            &matches.span,
            "this also matches the empty string, so it would match everywhere",
        )),
        Ok(regex) => Some((regex, with.to_owned())),
        Err(error) => {
            let reason = error
                .to_string()
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ")
                .to_owned();
            problems.refuse(Diagnostic::error(
                &matches.span,
                format!("this is not a regular expression: {reason}"),
            ))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::source::File;
    use crate::syntax::read;

    pub(in crate::snapshot) fn volatile(text: &str) -> (Arc<Volatile>, Vec<String>) {
        let mut problems = Problems::default();
        let table = read(&File::new("apitest.toml", text), &mut problems);
        let volatile = Volatile::compile(&table, &mut problems);
        (
            volatile,
            problems
                .into_vec()
                .into_iter()
                .map(|problem| problem.message)
                .collect(),
        )
    }

    #[test]
    fn each_kind_finds_its_own_inside_texts_and_numbers() {
        let all = r#"redact = ["date", "uuid", "date-time", "ulid", "jwt", "timestamp", { matches = "ord_[0-9]+", with = "[order $0]" }]"#;
        let (volatile, problems) = volatile(all);
        assert!(problems.is_empty(), "{problems:?}");
        for (text, wanted) in [
            ("/o/67e55044-10b1-426f-9247-bb680e5fe0c8/x", "/o/[uuid]/x"),
            (
                "2026-01-31T12:00:00.25Z and 2026-01-31 12:00",
                "[datetime] and [datetime]",
            ),
            ("Fri, 30 Jan 2026 12:00:00 GMT", "[datetime]"),
            ("on 2026-01-31", "on [date]"),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "[ulid]"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "[jwt]"),
            (
                "1714563200123 1714563200 17145632001",
                "[timestamp] [timestamp] 17145632001",
            ),
            ("ord_17", "[order $0]"),
            (
                "nothing of all that: 12, 1.5",
                "nothing of all that: 12, 1.5",
            ),
        ] {
            assert_eq!(volatile.text(text), wanted);
        }
        let mut value =
            crate::value::parse(r#"{"at":1714563200,"n":12,"l":["2026-01-31",null]}"#).unwrap();
        volatile.value(&mut value);
        assert_eq!(
            value.to_json(),
            r#"{"at":"[timestamp] (number)","n":12,"l":["[date]",null]}"#
        );
    }

    #[test]
    fn what_is_no_kind_is_told() {
        let (_, problems) = volatile(
            r#"redact = ["uid", 1, { matches = "(", with = "x" }, { matches = "a*", with = "x" }, { with = "x" }]"#,
        );
        assert_eq!(problems.len(), 5, "{problems:?}");
        let (_, problems) = self::volatile("redct = []");
        assert_eq!(problems.len(), 1);
    }
}
