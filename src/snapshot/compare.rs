//! What differs between a snapshot and a response.

use super::Rules;
use super::content::{Body, Content, Kind};
use super::file::{File, Trouble};
use super::placeholder::Untyped;
use crate::value::Value;
use crate::value::diff::{Differences, diff};

/// One part of a snapshot that is something else now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `status`, a header's name; `None` for the body.
    pub part: Option<String>,
    /// What the snapshot has; for the body, what it is kept as.
    pub expected: Option<String>,
    /// What the response has.
    pub actual: Option<String>,
    /// Each place at which documents or texts differ.
    pub differences: Differences,
}

/// Whether a snapshot's text is exactly what the response gives, but for the ends of lines and of the text: as insta has it.
#[must_use]
pub fn is_same(stored: &File, content: &Content<'_>) -> bool {
    stored.lines == content.head.len() && same_text(&stored.content, &content.to_text())
}

fn same_text(one: &str, two: &str) -> bool {
    let (one, two) = (one.trim_end(), two.trim_end());
    one == two
        || ((one.contains('\r') || two.contains('\r'))
            && one.replace("\r\n", "\n") == two.replace("\r\n", "\n"))
}

/// What differs. Documents are compared as documents: the order of members and white space do not count, and what the
/// rules leave out now does not count in an older snapshot either.
///
/// # Errors
/// Where the snapshot holds a merge conflict, or is damaged.
pub fn compare(
    stored: &File,
    content: &Content<'_>,
    rules: &Rules,
) -> Result<Vec<Change>, Trouble> {
    if is_same(stored, content) {
        return Ok(Vec::new());
    }
    let (head, body) = stored.parts();
    let mut changes = heads(&head, &content.head);
    changes.extend(match &content.body {
        Body::Json(document) if stored.kind.is_none_or(|kind| kind == Kind::Json) => {
            let expected = stored.json()?;
            let untyped = if stored.typed {
                Untyped::default()
            } else {
                rules.untyped(&expected)
            };
            let expected = rules.apply_to_stored(expected);
            if untyped.is_empty() {
                documents(&expected, document)
            } else {
                documents(
                    &untyped.without_types(expected),
                    &untyped.without_types(document.clone().into_owned()),
                )
            }
        }
        Body::Json(document) => texts(stored, body, &document.to_json_pretty(), content.kind())?,
        Body::Text(text) => texts(stored, body, text, content.kind())?,
        Body::Bytes(text) => texts(stored, body, text, content.kind())?,
    });
    Ok(changes)
}

fn documents(expected: &Value, actual: &Value) -> Option<Change> {
    let differences = diff(expected, actual);
    let kind = || Some(Kind::Json.name().to_owned());
    (!differences.is_empty()).then(|| Change {
        part: None,
        expected: kind(),
        actual: kind(),
        differences,
    })
}

fn texts(
    stored: &File,
    expected: &str,
    actual: &str,
    kind: Kind,
) -> Result<Option<Change>, Trouble> {
    if same_text(expected, actual) {
        return Ok(None);
    }
    if let Some(line) = stored.conflict() {
        return Err(Trouble::Conflict(line));
    }
    let value = |text: &str| {
        let text = text.trim_end().replace("\r\n", "\n");
        // Lines have their ends; a single one is told as a value.
        Value::from(if text.contains('\n') {
            text + "\n"
        } else {
            text
        })
    };
    let before = stored.kind.unwrap_or(kind).name();
    let differences = diff(&value(expected), &value(actual));
    Ok(Some(Change {
        part: None,
        expected: Some(before.to_owned()),
        actual: Some(kind.name().to_owned()),
        differences,
    }))
}

/// Line by line: a header may have several.
fn heads(expected: &[(&str, &str)], actual: &[(String, String)]) -> Vec<Change> {
    let mut names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    names.extend(actual.iter().map(|(name, _)| name.as_str()));
    let mut seen = indexmap::IndexSet::new();
    names.retain(|name| seen.insert(*name));
    let joined = |lines: Vec<&str>| (!lines.is_empty()).then(|| lines.join(", "));
    let changed = names.into_iter().filter_map(|name| {
        let before = joined(
            expected
                .iter()
                .filter(|line| line.0 == name)
                .map(|line| line.1)
                .collect(),
        );
        let now = joined(
            actual
                .iter()
                .filter(|line| line.0 == name)
                .map(|line| line.1.as_str())
                .collect(),
        );
        let part = Some(name.to_owned());
        (before != now).then(|| Change {
            part,
            expected: before,
            actual: now,
            differences: Differences::default(),
        })
    });
    changed.collect()
}

/// What a pending snapshot changes, for people to look at: the file beside the one that it may replace.
///
/// # Errors
/// Where one of them is damaged.
pub fn changes(stored: &File, pending: &File) -> Result<Vec<Change>, Trouble> {
    let (head, body) = pending.parts();
    let head = head
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let body = match pending.kind {
        Some(Kind::Json) => Body::Json(std::borrow::Cow::Owned(pending.json()?)),
        Some(Kind::Bytes) => Body::Bytes(body.to_owned()),
        _ => Body::Text(body.into()),
    };
    compare(
        stored,
        &Content {
            head,
            body,
            typed: pending.typed,
            duplicate: None,
            unmatched: Vec::new(),
            is_spent: false,
        },
        &Rules::default(),
    )
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::file::Head;
    use super::super::rules::tests::rules;
    use super::*;
    use crate::value::parse;

    fn content(status: &str, body: Body<'static>) -> Content<'static> {
        Content {
            head: vec![("status".to_owned(), status.to_owned())],
            body,
            typed: true,
            duplicate: None,
            unmatched: Vec::new(),
            is_spent: false,
        }
    }

    fn json(text: &str) -> Body<'static> {
        Body::Json(Cow::Owned(parse(text).unwrap()))
    }

    fn stored(content: &Content<'_>) -> File {
        File::parse(&File::text(&Head::default(), content)).unwrap()
    }

    fn told(before: &Content<'_>, now: &Content<'_>, rules: &str) -> Vec<String> {
        let changes = compare(&stored(before), now, &self::rules(rules).0.unwrap()).unwrap();
        let tell = |change: Change| {
            let part = change.part.unwrap_or("body".to_owned());
            let list: Vec<_> = change
                .differences
                .kept
                .iter()
                .map(ToString::to_string)
                .collect();
            format!(
                "{part}: {:?} {:?} {}",
                change.expected.unwrap_or_default(),
                change.actual.unwrap_or_default(),
                list.join("; ")
            )
        };
        changes.into_iter().map(tell).collect()
    }

    #[test]
    fn documents_differ_by_value_and_not_by_form() {
        let before = content("200", json(r#"{"a":1,"b":[1,2]}"#));
        assert!(
            told(
                &before,
                &content("200", json(r#"{"b":[1.0,2],"a":1}"#)),
                "true"
            )
            .is_empty()
        );
        let told = told(
            &before,
            &content("404", json(r#"{"a":1,"b":[1,3]}"#)),
            "true",
        );
        assert_eq!(
            told,
            [
                r#"status: "200" "404" "#,
                r#"body: "json" "json" $.b[1]: expected 2, got 3"#
            ]
        );
    }

    #[test]
    fn a_new_rule_counts_for_an_older_snapshot_too() {
        let before = content("200", json(r#"{"a":1,"at":"yesterday"}"#));
        let now = content("200", json(r#"{"a":1}"#));
        assert!(told(&before, &now, r#"{ ignore = ["$.at"] }"#).is_empty());
        assert_eq!(told(&before, &now, "true").len(), 1);
    }

    #[test]
    fn a_redacted_value_must_keep_its_type() {
        let rules = r#"{ redact = { "$.id" = "[id]" } }"#;
        let compared = |typed: bool, before: &str, now: &str| {
            let before = Content {
                typed,
                ..content("200", json(before))
            };
            told(&before, &content("200", json(now)), rules).join("; ")
        };
        let (text, number, null) = (
            r#"{"id":"[id]"}"#,
            r#"{"id":"[id] (number)"}"#,
            r#"{"id":"[id] (null)"}"#,
        );
        for (before, now) in [
            (text, text),
            (number, number),
            (r#"{"id":7}"#, number),
            (r#"{"id":"x"}"#, text),
        ] {
            assert_eq!(
                (compared(true, before, now), compared(false, before, now)),
                Default::default(),
                "{before} {now}"
            );
        }
        for (before, now) in [
            (text, number),
            (text, null),
            (number, null),
            (r#"{"id":7}"#, null),
            (number, "{}"),
            (null, text),
        ] {
            assert_ne!(compared(true, before, now), "", "{before} {now}");
        }
        // A snapshot that was written before placeholders had types.
        for now in [text, number, null] {
            assert_eq!(compared(false, text, now), "", "{now}");
        }
        assert_ne!(compared(false, text, "{}"), "");
        assert_ne!(compared(false, number, null), "");
    }

    #[test]
    fn texts_are_the_same_but_for_the_ends_of_lines_and_of_the_text() {
        let text = |text: &'static str| content("200", Body::Text(Cow::Borrowed(text)));
        assert!(told(&text("a\r\nb \n\n"), &text("a\nb"), "true").is_empty());
        assert!(told(&text("a\nb"), &text("a\r\nb \n\n"), "true").is_empty());
        assert_eq!(told(&text("a\nb"), &text("a\nc"), "true").len(), 1);
        assert!(told(&text("{}"), &content("200", json("{}")), "true").is_empty());
        assert!(
            told(&text("{ }"), &content("200", json("{}")), "true")[0]
                .starts_with(r#"body: "text" "json" $: "#)
        );
    }

    #[test]
    fn a_pending_file_is_held_against_the_kept_one() {
        let (before, now) = (
            stored(&content("200", json("[1]"))),
            stored(&content("200", json("[2]"))),
        );
        assert_eq!(changes(&before, &now).unwrap().len(), 1);
        assert!(changes(&now, &now).unwrap().is_empty());
        let mut broken = before.clone();
        broken.content = broken.content.replace(']', "");
        assert!(matches!(changes(&broken, &now), Err(Trouble::NotJson(..))));
    }
}
